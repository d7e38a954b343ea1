"""What a customer's contract takes off, on top of the volume tier."""

from decimal import Decimal

CONTRACTS = {
    "standard": Decimal("0"),
    "partner": Decimal("3"),
    "reseller": Decimal("7.5"),
}


def contract_percent(contract: str) -> Decimal:
    try:
        return CONTRACTS[contract]
    except KeyError:
        raise LookupError(f"no contract named {contract}") from None
