"""A quote: lines with their discounts, net, tax, gross."""

from dataclasses import dataclass

from pricing.contracts import contract_percent
from pricing.money import percent_of
from pricing.prices import list_price
from pricing.tiers import tier_percent
from pricing.vat import vat_percent


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int


@dataclass(frozen=True)
class Quote:
    net_cents: int
    vat_cents: int

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents


def quote(lines: list[Line], country: str, contract: str = "standard", has_vat_number: bool = False) -> Quote:
    """Prices the lines one by one, then the tax on the sum."""
    net = sum(line_cents(line, contract) for line in lines)
    return Quote(net, percent_of(net, vat_percent(country, has_vat_number)))


def line_cents(line: Line, contract: str) -> int:
    full = list_price(line.sku) * line.quantity
    return full - percent_of(full, tier_percent(line.quantity) + contract_percent(contract))
