import unittest

from pricing import Line, quote


class QuoteTotals(unittest.TestCase):
    def test_adds_tax_to_the_sum(self):
        result = quote([Line("MUG-RED", 2), Line("CAP", 1)], country="DE")
        self.assertEqual(result.net_cents, 2890)
        self.assertEqual(result.vat_cents, 549)
        self.assertEqual(result.gross_cents, 3439)

    def test_adds_the_contract_to_the_tier(self):
        result = quote([Line("BAG", 20)], country="FR", contract="partner")
        self.assertEqual(result.net_cents, 11224)

    def test_leaves_the_tax_to_businesses_abroad(self):
        self.assertEqual(quote([Line("CAP", 1)], country="FR", has_vat_number=True).vat_cents, 0)
        self.assertEqual(quote([Line("CAP", 1)], country="DE", has_vat_number=True).vat_cents, 207)

    def test_refuses_what_it_does_not_know(self):
        for arguments in (
            {"lines": [Line("NOPE", 1)], "country": "DE"},
            {"lines": [Line("CAP", 1)], "country": "XX"},
            {"lines": [Line("CAP", 1)], "country": "DE", "contract": "friends"},
        ):
            with self.assertRaises(LookupError):
                quote(**arguments)
