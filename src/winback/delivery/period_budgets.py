"""What all waves of a shop may cost in a month, a quarter and a half-year (MISSION B104); light, as
the dashboard asks it too."""

from winback.config.shop import Shop
from winback.ledger.budgets import MONTHS, PeriodBudget


def get_period_budgets(shop: Shop) -> tuple[PeriodBudget, ...]:
    """The budgets that the shop file names, the shortest period first."""
    limits = shop.waves.budgets_minor
    return tuple(
        PeriodBudget(period, limits[period], shop.timezone) for period in MONTHS if period in limits
    )
