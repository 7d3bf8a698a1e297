"""What a plan says of what can be shown, in sentences: the same on the terminal and on the page."""

from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.wave_plan import WavePlan

HALF_YEAR = 26  # weeks
_ALL = 0.995  # of the messages: shown as 100 %


def count_compared(plan: WavePlan) -> tuple[int, int]:
    """(treatment, holdout) of those who are compared: all of a plan that kept no first entries."""
    if plan.first_treatment is None or plan.first_holdout is None:
        return plan.treatment, plan.holdout
    return plan.first_treatment, plan.first_holdout


def write_foresight(plan: WavePlan, language: Language) -> list[str]:
    """Who is compared, how many messages go out, and after how many weeks an effect that matters
    shows; nothing of a plan that kept nothing of it."""
    sentences: list[str] = []
    first = (plan.first_treatment or 0) + (plan.first_holdout or 0)
    drawn = plan.treatment + plan.holdout
    if plan.first_treatment is not None and first < drawn:
        counts = {"count": format_count(first), "drawn": format_count(drawn)}
        sentences.append(translate("wave.first_entries", language, counts))
    if plan.reach is not None and plan.reach < _ALL:
        reach = {"reach": f"{plan.reach:.0%}"}
        sentences.append(translate("wave.reach", language, reach))
    if plan.weekly and plan.worth_points is not None:
        sentences.append(_write_weeks(plan, plan.weekly, plan.worth_points, language))
    return sentences


def _write_weeks(plan: WavePlan, weekly: int, worth: float, language: Language) -> str:
    values = {"weekly": format_count(weekly), "points": f"{worth * 100:g}"}
    weeks, more = plan.weeks_to_tell, plan.weeks_with_more
    if weeks is None and more is None:
        return translate("wave.weeks_to_tell.never", language, values)
    if weeks is None:
        return translate("wave.weeks_to_tell.more", language, {**values, "weeks": more})
    key = "wave.weeks_to_tell" if weeks <= HALF_YEAR else "wave.weeks_to_tell.late"
    return translate(key, language, {**values, "weeks": weeks})
