import unittest
from decimal import Decimal

from pricing.tiers import tier_percent


class TierPercent(unittest.TestCase):
    def test_takes_nothing_off_single_pieces(self):
        self.assertEqual(tier_percent(1), Decimal("0"))
        self.assertEqual(tier_percent(9), Decimal("0"))

    def test_gives_a_tier_between_its_limits(self):
        self.assertEqual(tier_percent(20), Decimal("5"))
        self.assertEqual(tier_percent(75), Decimal("10"))
        self.assertEqual(tier_percent(5000), Decimal("17.5"))

    def test_gives_a_tier_from_its_first_quantity_on(self):
        self.assertEqual(tier_percent(10), Decimal("5"))
        self.assertEqual(tier_percent(50), Decimal("10"))
        self.assertEqual(tier_percent(100), Decimal("17.5"))

    def test_refuses_no_pieces(self):
        with self.assertRaises(ValueError):
            tier_percent(0)
