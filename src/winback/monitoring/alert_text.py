"""What is watched, and what its alerts say: the same sentences at the terminal, in messages and
on pages."""

from collections.abc import Mapping
from typing import Any

from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.alerts import Alert, Finding
from winback.monitoring.data_quality import format_quality_alert

RULES = (
    "data",
    "drift",
    "scores",
    "accuracy",
    "calibration",
    "model_age",
    "unknown_messages",
    "undecided_wave",
    "case_overdue",
)


def format_alert(alert: Alert | Finding, language: Language) -> str:
    """An alert in one sentence; of one that is over, that it is."""
    detail = dict(alert.detail)
    if alert.rule == "data":
        sentence = format_quality_alert(detail, language)
    else:
        sentence = translate(
            f"monitoring.{alert.rule}",
            language,
            _build_values(alert.rule, alert.subject, detail, language),
        )
    over = isinstance(alert, Alert) and alert.resolved_at is not None
    return translate("monitoring.over", language, {"alert": sentence}) if over else sentence


def _build_values(
    rule: str, subject: str, detail: Mapping[str, Any], language: Language
) -> dict[str, object]:
    if rule in ("drift", "scores"):
        key = (
            "monitoring.drift.missing" if detail["what"] == "missing" else "monitoring.drift.values"
        )
        how = translate(
            key, language, {name: f"{detail[name]:,.2f}" for name in ("before", "after")}
        )
        return {
            "quantity": detail["quantity"],
            "count": detail["count"],
            "of": detail["of"],
            "share": f"{detail['distance']:.0%}",
            "how": how,
        }
    if rule == "accuracy":
        why = ("、" if language == "zh" else "; ").join(
            translate(f"monitoring.why.{each}", language) for each in detail["why"]
        )
        return {
            name: f"{detail[name]:.1%}" for name in ("share", "low", "high", "majority", "balanced")
        } | {"customers": format_count(detail["customers"]), "day": detail["day"], "why": why}
    if rule == "case_overdue":
        return {**detail, "kind": translate(f"case.kind.{subject}", language)}
    if rule == "calibration":
        return {**detail, "error": f"{detail['error']:.3f}"}
    return {"subject": subject, **detail}
