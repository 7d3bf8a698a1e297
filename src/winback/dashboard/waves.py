"""Waves on the page: what waits for a decision, how far each is, and what they earned by the
newest report."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import Response

from winback.dashboard.auth import Forbidden, redirect_to
from winback.dashboard.context import DashboardContext, read_json
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.recall_list import get_titles, translate_if_key
from winback.dashboard.rendering import build_query
from winback.delivery.plan_sentences import write_foresight
from winback.delivery.plan_warnings import format_warning, list_warnings
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.engine import Ledger
from winback.ledger.recovery import resolve_unconfirmed
from winback.ledger.waves import (
    Wave,
    WaveCounts,
    count_wave,
    list_unconfirmed,
    list_waves,
    load_wave,
)
from winback.measurement.narrative import write_headline, write_sentences, write_test_sentences
from winback.measurement.readout import (
    EffectReadout,
    PlaybookReadout,
    Readout,
    ShareEffect,
    decode_playbook_readout,
)
from winback.workflows.jobs import ApproveWave, PlanWave, SendDueMessages, StopWave

MOST_FATES = 50  # of one page
_SENT = ("sent", "created")
_OPEN = ("pending", "claimed")


class WaveProgress(WaveCounts):
    """How far a wave is: all its messages, those that went out, and those that may yet."""

    total: int
    out: int
    open: int


pages = PageRouter()


@pages.page("/waves")
def show_waves(page: Page) -> Response:
    """Every wave, and what they earned."""
    return page.render(
        "waves",
        waves=list_waves(page.context.ledger),
        ready=page.context.snapshot is not None,
        results=build_results(page.context, page.language),
    )


@pages.page("/waves/{wave}")
def show_wave(page: Page) -> Response:
    """One wave."""
    return page.render(
        "wave",
        **build_wave_page(page.context, page.path["wave"], page.language),
        named=get_titles(page.context.playbook, page.language),
        worded=lambda key: translate_if_key(key, page.language),
    )


@pages.action("/waves/plan")
def plan_wave(page: Page) -> Response:
    """Plan this week's wave, unless it is there."""
    known = find_current_wave(page.context)
    if known is not None:
        state = translate(f"wave.state.{known.state}", page.language)
        raise Forbidden(409, "dashboard.wave.there", wave=known.wave_id, state=state)
    return page.run_job(PlanWave(), "/waves")


@pages.action("/waves/run")
def send_due_messages(page: Page) -> Response:
    """Send what is due."""
    return page.run_job(SendDueMessages(), page.read_field("back") or "/waves")


@pages.action("/waves/resolve")
def resolve_message(page: Page) -> Response:
    """Settle an unconfirmed message."""
    why = page.read_field("why", 500)
    if not why:
        raise Forbidden(422, "dashboard.say_why")
    resolve_unconfirmed(
        page.context.ledger,
        page.read_field("message", 32),
        page.read_field("fate") == "sent",
        page.user.account.name,
        why,
        page.context.now(),
    )
    wave, done = page.read_field("wave", 128), build_query({"done": "resolve"})
    return redirect_to(f"/waves/{wave}{done}#unknown")


@pages.action("/waves/{wave}/approve")
def approve_wave(page: Page) -> Response:
    """Approve a wave by the number of customers it contacts."""
    wave = load_wave(page.context.ledger, page.path["wave"])
    count, treated = page.read_field("customers", 12).replace(",", ""), wave.plan.treatment
    if not count.isdecimal():
        raise Forbidden(422, "dashboard.say_count")
    if int(count) != treated:
        values = {"named": format_count(int(count)), "treated": format_count(treated)}
        raise Forbidden(422, "dashboard.wrong_count", **values)
    job = ApproveWave(wave.wave_id, treated, page.read_field("despite") == "yes")
    return page.run_job(job, f"/waves/{wave.wave_id}", wave=wave.wave_id)


@pages.action("/waves/{wave}/stop")
def stop_wave(page: Page) -> Response:
    """Stop a wave for good."""
    wave_id = load_wave(page.context.ledger, page.path["wave"]).wave_id
    return page.run_job(StopWave(wave_id), f"/waves/{wave_id}", wave=wave_id)


def find_current_wave(context: DashboardContext) -> Wave | None:
    """The wave of the week of the newest data, if there is one: it is planned once."""
    store, playbook = context.open_store(), context.playbook
    if store is None or playbook is None:
        return None
    year, week, _ = store.default_cutoff_day.isocalendar()
    return next(
        (
            wave
            for wave in list_waves(context.ledger)
            if wave.wave_id == f"{playbook.name}-{year}w{week:02}"
        ),
        None,
    )


def read_newest_report(context: DashboardContext) -> PlaybookReadout | None:
    """The newest read-out that was written; None before the first, or where it cannot be read."""
    paths = sorted((context.folder / "reports").glob("*.json"), key=_get_sort_key, reverse=True)
    try:
        return decode_playbook_readout(read_json(paths[0])) if paths else None
    except msgspec.ValidationError:
        return None


def _get_sort_key(path: Path) -> tuple[str, int]:
    return path.stem.split("-", 1)[-1], path.stat().st_mtime_ns


def build_results(context: DashboardContext, language: Language) -> dict[str, Any]:
    """What the campaign earned so far, as a picture's numbers and in words; by wave and by
    segment."""
    report = read_newest_report(context)
    if report is None:
        return {"report": None, "waves": []}
    now = report.to_date
    effect = now if isinstance(now, EffectReadout) else None
    return {
        "report": report,
        "headline": write_headline(now, language),
        "sentences": write_sentences(report, now, language)[1:],
        "tests": [write_test_sentences(each, language) for each in report.tests],
        "waves": [_build_wave_bar(each) for each in report.waves],
        "segments": [
            _build_bar(translate(f"recall.{each.name}", language), each, each.said.verdict)
            for each in (effect.by_segment if effect else ())
        ],
        "curve": msgspec.to_builtins(effect.curve) if effect else None,
    }


def _build_wave_bar(wave: Readout) -> dict[str, Any]:
    if isinstance(wave, EffectReadout):
        return _build_bar(wave.wave, wave.returned, wave.said.verdict)
    return _build_bar(wave.wave, None, wave.status)


def _build_bar(name: str, back: ShareEffect | None, said: str) -> dict[str, Any]:
    """Gross beside incremental with its interval; nothing incremental where it is not known."""
    because = back.incremental if back else None
    return {
        "name": name,
        "gross": back.gross if back else None,
        "because": because.value if because else None,
        "low": because.low if because else None,
        "high": because.high if because else None,
        "said": said,
    }


def build_wave_page(
    context: DashboardContext, wave_id: str, language: Language
) -> dict[str, object]:
    """A wave: its plan, how far it is, whose fate is unknown, and what it earned. Raises
    WaveUnknown."""
    wave = load_wave(context.ledger, wave_id)
    report = read_newest_report(context)
    warnings = list_warnings(context.shop, context.ledger, wave, context.now())
    waves = report.waves if report else ()
    mine = next((each for each in waves if each.wave == wave_id), None)
    return {
        "wave": wave,
        "plan": wave.plan,
        "warnings": [format_warning(each, language) for each in warnings],
        "foresight": write_foresight(wave.plan, language) if wave.state == "planned" else [],
        "so_far": count_progress(context.ledger, wave_id),
        "fates": list_unconfirmed(context.ledger, wave_id)[:MOST_FATES],
        "read": None
        if report is None or mine is None
        else {
            "headline": write_headline(mine, language),
            "bar": _build_wave_bar(mine),
            "sentences": write_sentences(report, mine, language)[1:],
        },
    }


def count_progress(ledger: Ledger, wave_id: str) -> WaveProgress:
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
