"""What is odd about a wave that waits for a decision: what its plan found, and that it is late:
who was dormant then may have returned, and messages hold offers."""

from datetime import datetime

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.wave_plan import PlanWarning
from winback.ledger.waves import Wave

MOST_DAYS_LATE = 10


def list_warnings(shop: Shop, wave: Wave, now: datetime) -> list[PlanWarning]:
    """The warnings of a wave's plan, and one more if it waits for more than a week or so, by the
    shop's calendar."""
    days = (now - get_midnight(wave.cutoff, shop.timezone)).days
    if wave.state != "planned" or days <= MOST_DAYS_LATE:
        return wave.plan.warnings
    return [*wave.plan.warnings, PlanWarning("late", days, str(wave.cutoff))]


def format_warning(warning: PlanWarning, language: Language) -> str:
    """A warning in words."""
    values = {"seen": format_count(warning.seen), "expected": warning.expected}
    return translate(f"wave.warning.{warning.warning}", language, values)
