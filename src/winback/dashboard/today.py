"""Monday morning: the numbers that matter, what changed, what needs a decision, and who falls
silent next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from winback.dashboard.context import DashboardContext
from winback.dashboard.customers import build_row
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.waves import read_newest_report
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language
from winback.ledger.alerts import list_alerts
from winback.ledger.jobs import list_newest_jobs
from winback.ledger.waves import Wave, count_wave, list_waves
from winback.measurement.narrative import write_headline
from winback.measurement.readout import EffectReadout

WEEK = timedelta(days=7)
MOST_WEEKS = 12  # of the calendar
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


@dataclass(frozen=True)
class Decision:
    """What waits for somebody. key, values: of its sentence; link: where it is decided."""

    key: str
    values: Mapping[str, Any]
    link: str


@dataclass(frozen=True)
class Change:
    """A count now, and a week or more before. key: of its name in the catalogue."""

    key: str
    now: int
    then: int


pages = PageRouter()


@pages.page("/")
def show_today(page: Page) -> Response:
    """Monday morning."""
    return page.render("today", **build_today_page(page.context, page.language))


def build_today_page(context: DashboardContext, language: Language) -> dict[str, object]:
    """What the first page shows."""
    days, lists = context.list_days("snapshots"), context.list_days("recalls")
    now = context.read_summary("snapshots", days[0]) if days else {}
    before = _find_day_a_week_before(days)
    then = context.read_summary("snapshots", before) if before else {}
    waves = list_waves(context.ledger)
    return {
        "scored": now,
        "before": before,
        "changes": _list_changes(now, then) if now and then else [],
        "list": context.read_summary("recalls", lists[0]) if lists else {},
        "list_day": lists[0] if lists else None,
        **_read_earned(context, language),
        "decisions": _list_decisions(context, waves, lists),
        "next": _list_next_dormant(context),
        "weeks": list(now.get("becomes_dormant", {}).get("by_week", ()))[:MOST_WEEKS],
        "any_waves": bool(waves),
    }


def _read_earned(context: DashboardContext, language: Language) -> dict[str, object]:
    """What the waves earned by the newest report, and the last one that could be judged."""
    report = read_newest_report(context)
    if report is None:
        return {"earned": None, "last_wave": None}
    judged = (each for each in reversed(report.waves) if isinstance(each, EffectReadout))
    headline = write_headline(report.to_date, language)
    return {"earned": {"headline": headline, "report": report}, "last_wave": next(judged, None)}


def _list_next_dormant(context: DashboardContext) -> list[dict[str, object]]:
    """Who becomes dormant next, the most valuable of them."""
    index = context.snapshot
    if index is None:
        return []
    places = map(index.find_place, index.metadata["pages"]["next"])
    return [build_row(index, place) for place in places if place is not None]


def _find_day_a_week_before(days: list[str]) -> str | None:
    """The newest day at least a week before the newest."""
    if not days:
        return None
    limit = str(date.fromisoformat(days[0]) - WEEK)
    return next((day for day in days if day <= limit), None)


def _list_changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[Change]:
    """What moved since a week before, as counts then and now."""
    changes = [
        Change("dashboard.change.customers", now["customers"], then["customers"]),
        Change(
            "dashboard.change.dormant",
            now["dormant_value"]["customers"],
            then["dormant_value"]["customers"],
        ),
    ]
    for name in _MOVED:
        pair = (now["by_recall_segment"].get(name, 0), then["by_recall_segment"].get(name, 0))
        if pair[0] != pair[1]:
            changes.append(Change(f"recall.{name}", *pair))
    return changes


def _list_decisions(
    context: DashboardContext, waves: Sequence[Wave], lists: Sequence[str]
) -> list[Decision]:
    """What waits for somebody, the most pressing first."""
    decisions = [
        *_list_wave_decisions(context, waves, lists),
        _find_alerts(context),
        _find_unmatched(context, lists),
        _find_failed_job(context),
    ]
    return [each for each in decisions if each is not None]


def _list_wave_decisions(
    context: DashboardContext, waves: Sequence[Wave], lists: Sequence[str]
) -> Iterator[Decision]:
    """Waves to decide about, one to plan, and messages nobody knows the end of."""
    for wave in waves:
        if wave.state == "planned":
            count = format_count(wave.plan.treatment)
            values = {"wave": wave.wave_id, "count": count}
            yield Decision("dashboard.decide.wave", values, f"/waves/{wave.wave_id}")
    if waves and lists and all(str(wave.cutoff) < lists[0] for wave in waves):
        yield Decision("dashboard.decide.plan", {"day": lists[0]}, "/waves")
    for wave in waves[:MOST_WAVES]:
        messages = count_wave(context.ledger, wave.wave_id)["messages"]
        unknown = sum(row["messages"] for row in messages if row["state"] == "unknown")
        if unknown:
            values = {"wave": wave.wave_id, "count": format_count(unknown)}
            yield Decision("dashboard.decide.unknown", values, f"/waves/{wave.wave_id}#unknown")


def _find_alerts(context: DashboardContext) -> Decision | None:
    alerts = list_alerts(context.ledger)
    values = {"count": len(alerts)}
    return Decision("dashboard.decide.alerts", values, "/model#alerts") if alerts else None


def _find_unmatched(context: DashboardContext, lists: Sequence[str]) -> Decision | None:
    """Contacts that are no customers, by the newest list."""
    contacts = context.read_summary("recalls", lists[0]).get("contacts", {}) if lists else {}
    unmatched = int(contacts.get("strangers", 0))
    values = {"count": format_count(unmatched)}
    return Decision("dashboard.decide.unmatched", values, "/data#contacts") if unmatched else None


def _find_failed_job(context: DashboardContext) -> Decision | None:
    """The newest job, if it failed."""
    failed = next((job for job in list_newest_jobs(context.ledger, 1) if job.exit_code), None)
    if failed is None:
        return None
    return Decision("dashboard.decide.failed", {"why": failed.said or ""}, f"/jobs/{failed.job_id}")
