"""Money is a whole number of cents."""

from decimal import ROUND_HALF_UP, Decimal


def percent_of(cents: int, percent: Decimal) -> int:
    """A percentage of an amount, rounded half up to the cent."""
    return int((Decimal(cents) * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_amount(cents: int) -> str:
    """1250 is '12.50'."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
