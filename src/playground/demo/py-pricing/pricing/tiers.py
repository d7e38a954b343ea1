"""Volume tiers: the more pieces, the larger the discount."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Tier:
    from_quantity: int
    percent: Decimal


TIERS = (
    Tier(1, Decimal("0")),
    Tier(10, Decimal("5")),
    Tier(50, Decimal("10")),
    Tier(100, Decimal("17.5")),
)


def tier_percent(quantity: int, tiers: tuple[Tier, ...] = TIERS) -> Decimal:
    """The discount for a quantity. `from_quantity` is the first quantity that gets a tier."""
    if quantity < 1:
        raise ValueError("the quantity must be above 0")
    percent = Decimal("0")
    for tier in tiers:
        if quantity > tier.from_quantity:
            percent = tier.percent
    return percent
