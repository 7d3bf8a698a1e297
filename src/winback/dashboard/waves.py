"""Waves on the page: what waits for a decision, how far each is, and what they earned by the
newest report."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winback.dashboard.context import DashboardContext, read_json
from winback.delivery.plan_warnings import format_warning, list_warnings
from winback.i18n.translate import Language, translate
from winback.ledger.engine import Ledger
from winback.ledger.waves import Wave, count_wave, list_unconfirmed, list_waves, load_wave
from winback.measurement.narrative import write_headline, write_sentences, write_test_sentences

MOST_FATES = 50  # of one page
_SENT = ("sent", "created")
_OPEN = ("pending", "claimed")


def find_current_wave(context: DashboardContext) -> Wave | None:
    """The wave of the week of the newest data, if there is one: it is planned once."""
    store, playbook = context.open_store(), context.playbook
    if store is None or playbook is None:
        return None
    year, week, _ = store.last_day.isocalendar()
    return next(
        (
            wave
            for wave in list_waves(context.ledger)
            if wave.wave_id == f"{playbook.name}-{year}w{week:02}"
        ),
        None,
    )


def read_newest_report(context: DashboardContext) -> Mapping[str, Any]:
    """The newest read-out that was written; empty before the first."""
    paths = sorted((context.folder / "reports").glob("*.json"), key=_get_sort_key, reverse=True)
    return read_json(paths[0]) if paths else {}


def _get_sort_key(path: Path) -> tuple[str, int]:
    return path.stem.split("-", 1)[-1], path.stat().st_mtime_ns


def build_results(context: DashboardContext, language: Language) -> dict[str, Any]:
    """What the campaign earned so far, as a picture's numbers and in words; by wave and by
    segment."""
    report = read_newest_report(context)
    if not report:
        return {"report": None, "waves": []}
    now = report["to_date"]
    return {
        "report": report,
        "headline": write_headline(now, language),
        "sentences": write_sentences(report, now, language)[1:],
        "tests": [write_test_sentences(each, language) for each in report["tests"]],
        "waves": [_build_bar(each["wave"], each) for each in report["waves"]],
        "segments": [
            _build_bar(translate(f"recall.{each['name']}", language), each)
            for each in now.get("by_segment", ())
        ],
        "curve": now["curve"] if now["status"] == "read" else None,
    }


def _build_bar(name: str, each: Mapping[str, Any]) -> dict[str, Any]:
    """Gross beside incremental with its interval; nothing incremental where it is not known."""
    back = each.get("returned") if "returned" in each else each if "gross" in each else None
    because = back["incremental"] if back else None
    return {
        "name": name,
        "gross": back["gross"] if back else None,
        "because": because["value"] if because else None,
        "low": because["low"] if because else None,
        "high": because["high"] if because else None,
        "said": each["said"]["verdict"] if "said" in each else each.get("status"),
    }


def build_wave_page(context: DashboardContext, wave_id: str, language: Language) -> dict[str, Any]:
    """A wave: its plan, how far it is, whose fate is unknown, and what it earned. Raises
    WaveUnknown."""
    wave = load_wave(context.ledger, wave_id)
    report = read_newest_report(context)
    warnings = list_warnings(context.shop, wave, context.now())
    mine = next((each for each in report.get("waves", ()) if each["wave"] == wave_id), None)
    return {
        "wave": wave,
        "plan": wave.plan,
        "warnings": [format_warning(each, language) for each in warnings],
        "so_far": count_progress(context.ledger, wave_id),
        "fates": list_unconfirmed(context.ledger, wave_id)[:MOST_FATES],
        "read": None
        if mine is None
        else {
            "headline": write_headline(mine, language),
            "bar": _build_bar(wave_id, mine),
            "sentences": write_sentences(report, mine, language)[1:],
        },
    }


def count_progress(ledger: Ledger, wave_id: str) -> dict[str, Any]:
    """How far a wave is: messages by state, and the rows behind them."""
    totals = count_wave(ledger, wave_id)
    by_state = Counter[str]()
    for each in totals["messages"]:
        by_state[each["state"]] += each["messages"]
    return {
        **totals,
        "total": sum(by_state.values()),
        "out": sum(by_state[each] for each in _SENT),
        "open": sum(by_state[each] for each in _OPEN),
    }
