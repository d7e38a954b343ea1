"""Prices wholesale quotes: volume tiers, customer contracts, VAT."""

from pricing.quotes import Line, Quote, quote

__all__ = ["Line", "Quote", "quote"]
