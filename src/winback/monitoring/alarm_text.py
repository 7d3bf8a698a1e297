"""What is watched, and what its alarms say: the same sentences at the terminal, in messages and
on pages."""

from typing import Any

from winback.i18n.translate import Language, say
from winback.ledger.alarms import Alarm, Seen
from winback.monitoring.data_quality import alarm_sentence

RULES = (
    "data",
    "drift",
    "scores",
    "accuracy",
    "calibration",
    "model_age",
    "unknown_messages",
    "undecided_wave",
)


def alarm_told(alarm: Alarm | Seen, language: Language) -> str:
    """An alarm in one sentence; of one that is over, that it is."""
    detail = dict(alarm.detail)
    if alarm.rule == "data":
        said = alarm_sentence(detail, language)
    else:
        said = say(
            f"watch.{alarm.rule}", language, _shown(alarm.rule, alarm.subject, detail, language)
        )
    over = isinstance(alarm, Alarm) and alarm.resolved_at is not None
    return say("watch.over", language, {"alarm": said}) if over else said


def _shown(rule: str, subject: str, detail: dict[str, Any], language: Language) -> dict[str, Any]:
    if rule in ("drift", "scores"):
        key = "watch.drift.missing" if detail["what"] == "missing" else "watch.drift.values"
        how = say(key, language, {name: f"{detail[name]:,.2f}" for name in ("before", "after")})
        return {
            "quantity": detail["quantity"],
            "count": detail["count"],
            "of": detail["of"],
            "share": f"{detail['distance']:.0%}",
            "how": how,
        }
    if rule == "accuracy":
        why = ("、" if language == "zh" else "; ").join(
            say(f"watch.why.{each}", language) for each in detail["why"]
        )
        return {
            name: f"{detail[name]:.1%}" for name in ("share", "low", "high", "majority", "balanced")
        } | {"customers": f"{detail['customers']:,}", "day": detail["day"], "why": why}
    if rule == "calibration":
        return {**detail, "error": f"{detail['error']:.3f}"}
    return {"subject": subject, **detail}
