"""Value added tax by country of delivery."""

from decimal import Decimal

RATES = {
    "DE": Decimal("19"),
    "FR": Decimal("20"),
    "AT": Decimal("20"),
    "IE": Decimal("23"),
}


def vat_percent(country: str, has_vat_number: bool = False) -> Decimal:
    """Business customers abroad pay the tax themselves; without a known rate nothing is sold."""
    if country not in RATES:
        raise LookupError(f"no VAT rate for {country}")
    if has_vat_number and country != "DE":
        return Decimal("0")
    return RATES[country]
