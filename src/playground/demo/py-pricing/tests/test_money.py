import unittest
from decimal import Decimal

from pricing.money import format_amount, percent_of


class Money(unittest.TestCase):
    def test_rounds_half_up(self):
        self.assertEqual(percent_of(333, Decimal("50")), 167)
        self.assertEqual(percent_of(10, Decimal("5")), 1)

    def test_writes_two_digits(self):
        self.assertEqual(format_amount(1250), "12.50")
        self.assertEqual(format_amount(-5), "-0.05")
