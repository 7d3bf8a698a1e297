"""How counts and money are written: one way on pages, in commands, reports and messages."""

from winback.core.currency import get_exponent, get_minor_per_unit


def format_count(count: int) -> str:
    """A count, its thousands apart."""
    return f"{count:,}"


def format_money(minor: float, currency: str, *, exact: bool = False) -> str:
    """An amount with its currency in front, in whole units; exact: with all its decimals."""
    return f"{currency} {format_units(minor, currency, exact=exact)}".strip()


def format_units(minor: float, currency: str, *, exact: bool = True) -> str:
    """An amount without its currency."""
    decimals = get_exponent(currency) if exact else 0
    return f"{minor / get_minor_per_unit(currency):,.{decimals}f}"
