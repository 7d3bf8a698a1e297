"""How counts and money are written: one way on pages, in commands, reports and messages."""


def format_count(count: int) -> str:
    """A count, its thousands apart."""
    return f"{count:,}"


def format_money(minor: float, currency: str, decimals: int = 0) -> str:
    """An amount with its currency in front; without one where that is empty."""
    return f"{currency} {minor / 100:,.{decimals}f}".strip()
