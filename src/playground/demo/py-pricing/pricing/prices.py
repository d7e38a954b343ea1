"""The list prices, in cents per piece before any discount and tax."""

LIST_PRICES = {
    "MUG-RED": 900,
    "TEE-M": 1450,
    "CAP": 1090,
    "BAG": 610,
    "PEN-3": 320,
}


def list_price(sku: str) -> int:
    try:
        return LIST_PRICES[sku]
    except KeyError:
        raise LookupError(f"no list price for {sku}") from None
