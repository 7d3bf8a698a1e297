"""Waves on the page: what waits for a decision, how far each is, and what they earned by the
newest report."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winback.dashboard.context import Desk, read_json
from winback.delivery.lateness import late_days
from winback.i18n.translate import Language, say
from winback.ledger.engine import Ledger
from winback.ledger.waves import Wave, list_waves, read_wave, tally, unknown_fates
from winback.measurement.narrative import headline, sentences, test_sentences

MOST_FATES = 50  # of one page
_SENT = ("sent", "created")
_OPEN = ("pending", "claimed")


def this_weeks(desk: Desk) -> Wave | None:
    """The wave of the week of the newest data, if there is one: it is planned once."""
    store, book = desk.store(), desk.book
    if store is None or book is None:
        return None
    year, week, _ = store.last_day.isocalendar()
    return next(
        (
            wave
            for wave in list_waves(desk.ledger)
            if wave.wave_id == f"{book.name}-{year}w{week:02}"
        ),
        None,
    )


def newest_report(desk: Desk) -> Mapping[str, Any]:
    """The newest read-out that was written; empty before the first."""
    found = sorted((desk.folder / "reports").glob("*.json"), key=_by_day, reverse=True)
    return read_json(found[0]) if found else {}


def _by_day(path: Path) -> tuple[str, int]:
    return path.stem.split("-", 1)[-1], path.stat().st_mtime_ns


def results(desk: Desk, language: Language) -> dict[str, Any]:
    """What the campaign earned so far, as a picture's numbers and in words; by wave and by
    segment."""
    told = newest_report(desk)
    if not told:
        return {"told": None, "waves": []}
    now = told["to_date"]
    return {
        "told": told,
        "headline": headline(now, language),
        "sentences": sentences(told, now, language)[1:],
        "tests": [test_sentences(each, language) for each in told["tests"]],
        "waves": [_bar(each["wave"], each) for each in told["waves"]],
        "segments": [
            _bar(say(f"recall.{each['name']}", language), each)
            for each in now.get("by_segment", ())
        ],
        "curve": now["curve"] if now["status"] == "read" else None,
    }


def _bar(name: str, each: Mapping[str, Any]) -> dict[str, Any]:
    """Gross beside incremental with its interval; nothing incremental where it cannot be told."""
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


def one_wave(desk: Desk, wave_id: str, language: Language) -> dict[str, Any]:
    """A wave: its plan, how far it is, whose fate is unknown, and what it earned. Raises
    WaveUnknown."""
    wave = read_wave(desk.ledger, wave_id)
    told = newest_report(desk)
    late = late_days(desk.shop, wave, desk.now()) if wave.state == "planned" else 0
    warnings = [
        *wave.plan["guards"],
        *([{"guard": "late", "seen": late, "expected": str(wave.cutoff)}] if late else []),
    ]
    mine = next((each for each in told.get("waves", ()) if each["wave"] == wave_id), None)
    return {
        "wave": wave,
        "plan": wave.plan,
        "warnings": warnings,
        "so_far": progress(desk.ledger, wave_id),
        "fates": unknown_fates(desk.ledger, wave_id)[:MOST_FATES],
        "read": None
        if mine is None
        else {
            "headline": headline(mine, language),
            "bar": _bar(wave_id, mine),
            "sentences": sentences(told, mine, language)[1:],
        },
    }


def progress(ledger: Ledger, wave_id: str) -> dict[str, Any]:
    """How far a wave is: messages by state, and the rows behind them."""
    told = tally(ledger, wave_id)
    by_state = Counter[str]()
    for each in told["messages"]:
        by_state[each["state"]] += each["messages"]
    return {
        **told,
        "total": sum(by_state.values()),
        "out": sum(by_state[each] for each in _SENT),
        "open": sum(by_state[each] for each in _OPEN),
    }
