"""Monday morning: the numbers that matter, what changed, what needs a decision, and who falls
silent next."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from winback.dashboard.context import Desk
from winback.dashboard.customers import row_of
from winback.dashboard.waves import newest_report
from winback.i18n.translate import Language
from winback.ledger.alarms import list_alarms
from winback.ledger.jobs import newest_tasks
from winback.ledger.waves import list_waves, tally
from winback.measurement.narrative import headline

WEEK = timedelta(days=7)
MOST_WAVES = (
    8  # of which unknown messages are counted: older ones are settled, or their alarm says so
)
_MOVED = (
    "sleeping_value",
    "high_value_at_risk",
    "first_order_no_repeat",
    "cart_unpaid",
    "model_high_risk",
    "complaint_open",
)


def today(desk: Desk, language: Language) -> dict[str, Any]:
    """What the first page shows."""
    shelf, days, lists = desk.shelf, desk.days("snapshots"), desk.days("recalls")
    now = desk.summary("snapshots", days[0]) if days else {}
    before = _week_before(days)
    then = desk.summary("snapshots", before) if before else {}
    waves, report = list_waves(desk.ledger), newest_report(desk)
    return {
        "scored": now,
        "before": before,
        "changes": _changes(now, then) if now and then else [],
        "list": desk.summary("recalls", lists[0]) if lists else {},
        "list_day": lists[0] if lists else None,
        "earned": {"headline": headline(report["to_date"], language), "told": report}
        if report
        else None,
        "last_wave": next(
            (each for each in reversed(report.get("waves", ())) if each["status"] == "read"), None
        ),
        "decisions": _decisions(desk, waves, lists),
        "next": [
            row_of(shelf, place)
            for each in shelf.told["pages"]["next"]
            if (place := shelf.place(each)) is not None
        ]
        if shelf is not None
        else [],
        "weeks": list(now.get("falls_silent", {}).get("by_week", ()))[:12],
        "any_waves": bool(waves),
    }


def _week_before(days: list[str]) -> str | None:
    """The newest day at least a week before the newest."""
    if not days:
        return None
    limit = str(date.fromisoformat(days[0]) - WEEK)
    return next((day for day in days if day <= limit), None)


def _changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What moved since a week before, as counts then and now."""
    told = [
        {"key": "desk.change.customers", "now": now["customers"], "then": then["customers"]},
        {
            "key": "desk.change.asleep",
            "now": now["gold_mine"]["customers"],
            "then": then["gold_mine"]["customers"],
        },
    ]
    for name in _MOVED:
        pair = (now["by_recall_segment"].get(name, 0), then["by_recall_segment"].get(name, 0))
        if pair[0] != pair[1]:
            told.append({"key": f"recall.{name}", "now": pair[0], "then": pair[1]})
    return told


def _decisions(desk: Desk, waves: list[Any], lists: list[str]) -> list[dict[str, Any]]:
    """What waits for somebody, the most pressing first. key: of its sentence; link: where it is
    decided."""
    told: list[dict[str, Any]] = []
    alarms = list_alarms(desk.ledger)
    for wave in waves:
        if wave.state == "planned":
            values = {"wave": wave.wave_id, "count": f"{wave.plan['treatment']:,}"}
            told.append(
                {"key": "desk.decide.wave", "values": values, "link": f"/waves/{wave.wave_id}"}
            )
    if waves and lists and all(str(wave.cutoff) < lists[0] for wave in waves):
        told.append({"key": "desk.decide.plan", "values": {"day": lists[0]}, "link": "/waves"})
    for wave in waves[:MOST_WAVES]:
        unknown = sum(
            row["messages"]
            for row in tally(desk.ledger, wave.wave_id)["messages"]
            if row["state"] == "unknown"
        )
        if unknown:
            values = {"wave": wave.wave_id, "count": f"{unknown:,}"}
            told.append(
                {
                    "key": "desk.decide.unknown",
                    "values": values,
                    "link": f"/waves/{wave.wave_id}#unknown",
                }
            )
    if alarms:
        told.append(
            {"key": "desk.decide.alarms", "values": {"count": len(alarms)}, "link": "/model#alarms"}
        )
    unmatched = _unmatched(desk, lists)
    if unmatched:
        told.append(
            {
                "key": "desk.decide.unmatched",
                "values": {"count": f"{unmatched:,}"},
                "link": "/data#contacts",
            }
        )
    failed = next((task for task in newest_tasks(desk.ledger, 1) if task.exit_code), None)
    if failed is not None:
        told.append(
            {
                "key": "desk.decide.failed",
                "values": {"why": failed.said or ""},
                "link": f"/tasks/{failed.task_id}",
            }
        )
    return told


def _unmatched(desk: Desk, lists: list[str]) -> int:
    """Contacts that are no customers, by the newest list."""
    if not lists:
        return 0
    return int(desk.summary("recalls", lists[0]).get("contacts", {}).get("strangers", 0))
