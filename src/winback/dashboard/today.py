"""Monday morning: the numbers that matter, what changed, what needs a decision, and who falls
silent next."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from winback.dashboard.context import DashboardContext
from winback.dashboard.customers import build_row
from winback.dashboard.waves import read_newest_report
from winback.i18n.translate import Language
from winback.ledger.alerts import list_alerts
from winback.ledger.jobs import list_newest_jobs
from winback.ledger.waves import count_wave, list_waves
from winback.measurement.narrative import write_headline

WEEK = timedelta(days=7)
MOST_WAVES = (
    8  # of which unknown messages are counted: older ones are settled, or their alert says so
)
_MOVED = (
    "dormant_high_value",
    "high_value_at_risk",
    "first_order_no_repeat",
    "cart_unpaid",
    "model_high_risk",
    "complaint_open",
)


def build_today_page(context: DashboardContext, language: Language) -> dict[str, Any]:
    """What the first page shows."""
    index, days, lists = (
        context.snapshot,
        context.list_days("snapshots"),
        context.list_days("recalls"),
    )
    now = context.read_summary("snapshots", days[0]) if days else {}
    before = _find_day_a_week_before(days)
    then = context.read_summary("snapshots", before) if before else {}
    waves, report = list_waves(context.ledger), read_newest_report(context)
    return {
        "scored": now,
        "before": before,
        "changes": _list_changes(now, then) if now and then else [],
        "list": context.read_summary("recalls", lists[0]) if lists else {},
        "list_day": lists[0] if lists else None,
        "earned": {"headline": write_headline(report["to_date"], language), "report": report}
        if report
        else None,
        "last_wave": next(
            (each for each in reversed(report.get("waves", ())) if each["status"] == "read"), None
        ),
        "decisions": _list_decisions(context, waves, lists),
        "next": [
            build_row(index, place)
            for each in index.metadata["pages"]["next"]
            if (place := index.find_place(each)) is not None
        ]
        if index is not None
        else [],
        "weeks": list(now.get("becomes_dormant", {}).get("by_week", ()))[:12],
        "any_waves": bool(waves),
    }


def _find_day_a_week_before(days: list[str]) -> str | None:
    """The newest day at least a week before the newest."""
    if not days:
        return None
    limit = str(date.fromisoformat(days[0]) - WEEK)
    return next((day for day in days if day <= limit), None)


def _list_changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What moved since a week before, as counts then and now."""
    changes = [
        {"key": "dashboard.change.customers", "now": now["customers"], "then": then["customers"]},
        {
            "key": "dashboard.change.dormant",
            "now": now["dormant_value"]["customers"],
            "then": then["dormant_value"]["customers"],
        },
    ]
    for name in _MOVED:
        pair = (now["by_recall_segment"].get(name, 0), then["by_recall_segment"].get(name, 0))
        if pair[0] != pair[1]:
            changes.append({"key": f"recall.{name}", "now": pair[0], "then": pair[1]})
    return changes


def _list_decisions(
    context: DashboardContext, waves: list[Any], lists: list[str]
) -> list[dict[str, Any]]:
    """What waits for somebody, the most pressing first. key: of its sentence; link: where it is
    decided."""
    decisions: list[dict[str, Any]] = []
    alerts = list_alerts(context.ledger)
    for wave in waves:
        if wave.state == "planned":
            values = {"wave": wave.wave_id, "count": f"{wave.plan['treatment']:,}"}
            decisions.append(
                {"key": "dashboard.decide.wave", "values": values, "link": f"/waves/{wave.wave_id}"}
            )
    if waves and lists and all(str(wave.cutoff) < lists[0] for wave in waves):
        decisions.append(
            {"key": "dashboard.decide.plan", "values": {"day": lists[0]}, "link": "/waves"}
        )
    for wave in waves[:MOST_WAVES]:
        unknown = sum(
            row["messages"]
            for row in count_wave(context.ledger, wave.wave_id)["messages"]
            if row["state"] == "unknown"
        )
        if unknown:
            values = {"wave": wave.wave_id, "count": f"{unknown:,}"}
            decisions.append(
                {
                    "key": "dashboard.decide.unknown",
                    "values": values,
                    "link": f"/waves/{wave.wave_id}#unknown",
                }
            )
    if alerts:
        decisions.append(
            {
                "key": "dashboard.decide.alerts",
                "values": {"count": len(alerts)},
                "link": "/model#alerts",
            }
        )
    unmatched = _count_unmatched(context, lists)
    if unmatched:
        decisions.append(
            {
                "key": "dashboard.decide.unmatched",
                "values": {"count": f"{unmatched:,}"},
                "link": "/data#contacts",
            }
        )
    failed = next((task for task in list_newest_jobs(context.ledger, 1) if task.exit_code), None)
    if failed is not None:
        decisions.append(
            {
                "key": "dashboard.decide.failed",
                "values": {"why": failed.said or ""},
                "link": f"/jobs/{failed.job_id}",
            }
        )
    return decisions


def _count_unmatched(context: DashboardContext, lists: list[str]) -> int:
    """Contacts that are no customers, by the newest list."""
    if not lists:
        return 0
    return int(context.read_summary("recalls", lists[0]).get("contacts", {}).get("strangers", 0))
