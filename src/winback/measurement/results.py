"""What a playbook's waves earned: one read-out for the campaign to date, and one for each wave
(A15–A18, B98, B103).

Before anything is read it is asked whether the arms are those that were drawn. Everything reported
has a reason where there is no figure: not matured, cannot tell yet, arms changed.
One measure is primary: who came back within their play's success window.
"""

import dataclasses
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from msgspec.structs import asdict, replace
from numpy.typing import NDArray

from winback.config.measurement import MeasurementSettings
from winback.config.shop import Shop
from winback.data.store import Store
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import count_receipts
from winback.measurement.ab_tests import read_tests
from winback.measurement.effect import Effect, estimate_mean_effect, estimate_share_effect
from winback.measurement.first_entries import list_sent_waves
from winback.measurement.later_orders import REPEAT_DAYS, RETAINED_DAYS, WEEKS
from winback.measurement.money import measure_long_term, measure_money
from winback.measurement.outcomes import OutcomeRows, load_outcomes
from winback.measurement.readout import (
    Curve,
    CurvePoint,
    EffectReadout,
    GroupEffect,
    KnownShare,
    NoWaves,
    PlaybookReadout,
    Readout,
    Recovered,
    SampleRatio,
    ShareEffect,
    Terms,
)
from winback.measurement.sample_ratio import LEAST_P, compute_ratio_p_value
from winback.measurement.verdict import Judgement, holm_adjust, judge
from winback.measurement.wave_costs import sum_costs
from winback.playbooks.playbook import Playbook


def measure_waves(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, wave: str | None = None
) -> PlaybookReadout:
    """The read-out of a playbook's waves; wave: of that one alone, beside the campaign to date."""
    sent = list_sent_waves(ledger, playbook.name)
    terms = asdict(_get_terms(shop, playbook, store))
    if not sent:
        return PlaybookReadout(**terms, waves=[], tests=[], to_date=NoWaves())
    with _pause_garbage_collection():
        rows = load_outcomes(shop, playbook, store, ledger, sent)
    costs = sum_costs(shop, playbook, ledger, sent, rows)
    waves: list[Readout] = []
    for each in sent:
        name = each.wave.wave_id
        if wave in (None, name):
            receipts = count_receipts(ledger, [name])
            one = _build_readout(shop, rows, rows.wave == name, costs, 1, receipts)
            day, began = str(each.wave.cutoff), f"{each.began}Z"
            waves.append(replace(one, wave=name, cutoff=day, approved_at=began))
    tests = read_tests(playbook, store, ledger, rows)
    if len(sent) == 1 and waves:  # the campaign to date is that wave
        to_date = replace(waves[0], wave="", cutoff="", approved_at="")
    else:
        everything = np.ones(len(rows.wave), dtype=bool)
        receipts = count_receipts(ledger, [each.wave.wave_id for each in sent])
        to_date = _build_readout(shop, rows, everything, costs, len(sent), receipts)
    return PlaybookReadout(**terms, waves=waves, tests=tests, to_date=to_date)


def _get_terms(shop: Shop, playbook: Playbook, store: Store) -> Terms:
    return Terms(
        shop=shop.name,
        playbook=playbook.name,
        currency=shop.currency,
        as_of=str(store.last_day),
        roi_days=shop.measurement.roi_days,
        roi_least=shop.measurement.roi_least,
        worth_points=shop.measurement.worth_points,
    )


@contextmanager
def _pause_garbage_collection() -> Iterator[None]:
    """Python looks for garbage again and again while a million rows are read, and finds none:
    half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _build_readout(
    shop: Shop,
    rows: OutcomeRows,
    chosen: NDArray[np.bool_],
    costs: Mapping[str, NDArray[np.float64]],
    weeks: int,
    receipts: Mapping[str, int],
) -> Readout:
    """What some rows show. weeks: how many waves they are of."""
    mine = rows.select(chosen)
    readout = Readout(
        treated=int(mine.treated.sum()),
        held_out=int((~mine.treated).sum()),
        entered_before=int((~mine.fresh & ~mine.merged_across).sum()),
        merged_across=int(mine.merged_across.sum()),
        heard=dict(receipts),
        waves=weeks,
        ratio=_check_sample_ratio(mine),
        status="no_control",
    )
    changed = sorted({str(wave) for wave in np.unique(mine.wave) if not rows.sealed[str(wave)]})
    if changed or readout.ratio.p < LEAST_P:
        status = "arms_changed" if changed else "ratio_off"
        return replace(readout, status=status, changed=changed)
    # Where nobody is held out there is nothing to compare with; where everybody is, nobody.
    share = mine.units.held_out_share
    compared = mine.fresh & (share > 0) & (share < 1)
    if not compared.any():
        return readout
    costs = {name: cost[chosen][compared] for name, cost in costs.items()}
    mine = mine.select(compared)
    ready = mine.fresh & (mine.days_known >= mine.success_days)
    if not ready.any():
        return _add_waiting(readout, mine)
    return _add_effect(shop, readout, mine, ready, costs)


def _add_waiting(readout: Readout, rows: OutcomeRows) -> Readout:
    """How long until the first success window is over, and for how many."""
    missing = (
        int((rows.success_days - rows.days_known)[rows.fresh].min()) if rows.fresh.any() else 0
    )
    return replace(
        readout,
        status="not_matured",
        days_to_go=max(missing, 0),
        waiting=int(rows.fresh.sum()),
    )


def _add_effect(
    shop: Shop,
    readout: Readout,
    rows: OutcomeRows,
    ready: NDArray[np.bool_],
    costs: Mapping[str, NDArray[np.float64]],
) -> EffectReadout:
    """What is known of those compared. ready: those whose success window is over."""
    settings, now = shop.measurement, rows.select(ready)
    through = len(set(now.wave))
    back = estimate_share_effect(now.units, now.returned)
    # Money counts once its own window is over; messages' costs are those of the same customers.
    ripe = rows.fresh & (rows.days_known >= settings.roi_days)
    read = {"status": "read", "waiting": int((rows.fresh & ~ready).sum())}
    return EffectReadout(
        **(asdict(readout) | read),
        compared=int(ready.sum()),
        returned=_describe_share_effect(back, now.treated, now.returned),
        said=_judge_returned(settings, back, through, len(set(rows.wave))),
        by_segment=_read_groups(now, now.segment, through, settings.worth_points),
        by_play=_read_groups(now, now.play, through, settings.worth_points),
        recovered=_measure_recovered(now, settings.roi_days),
        money=measure_money(shop, rows, ripe, costs),
        curve=_build_curve(rows),
        long_term=measure_long_term(shop, rows, now, ripe, back),
    )


def _judge_returned(
    settings: MeasurementSettings, back: Effect | None, through: int, waves: int
) -> Judgement:
    """What is said of who came back. through: how many of the waves have a window that is over."""
    verdict = judge(back.difference if back else None, through, settings.worth_points)
    if verdict.weeks is None:
        return verdict
    # Those that are out already need only time.
    return dataclasses.replace(verdict, weeks=max(1, verdict.weeks - (waves - through)))


def _check_sample_ratio(rows: OutcomeRows) -> SampleRatio:
    """How many households were held out, and how many the draw would hold out; each counted
    once."""
    mine = rows.select(rows.fresh)
    _, first = np.unique(mine.units.household, return_index=True)
    held, share = ~mine.treated[first], mine.units.held_out_share[first]
    draws = [
        (int((share == each).sum()), int(held[share == each].sum()), float(each))
        for each in np.unique(share)
    ]
    expected = sum(households * each for households, _, each in draws)
    return SampleRatio(
        held_out=int(held.sum()), expected=round(expected, 1), p=compute_ratio_p_value(draws)
    )


def _describe_share_effect(
    effect: Effect | None, treated: NDArray[np.bool_], happened: NDArray[np.bool_], name: str = ""
) -> ShareEffect:
    """An effect on a share, as customers: how many did it, how many of them because of the
    message."""
    gross = int((happened & treated).sum())
    if effect is None:
        return ShareEffect(name=name, gross=gross, treated=int(treated.sum()), incremental=None)
    return ShareEffect(
        name=name,
        gross=gross,
        treated=effect.treated,
        held_out=effect.held_out,
        held_out_gross=int((happened & ~treated).sum()),
        share=effect.treated_mean,
        held_out_share=effect.held_out_mean,
        difference=effect.difference,
        incremental=effect.difference.scale(effect.treated),
        adjusted=effect.adjusted,
    )


def _read_groups(
    rows: OutcomeRows, group: NDArray[Any], weeks: int, worth: float
) -> list[GroupEffect]:
    """The same for each of some groups, with chances adjusted for how many they are (Holm)."""
    members = {name: rows.select(group == name) for name in sorted(set(map(str, group)))}
    effects = {
        name: estimate_share_effect(mine.units, mine.returned) for name, mine in members.items()
    }
    chances = holm_adjust({name: each.difference.p for name, each in effects.items() if each})
    groups: list[GroupEffect] = []
    for name, mine in members.items():
        effect, chance = effects[name], chances.get(name)
        returned = _describe_share_effect(effect, mine.treated, mine.returned, name)
        said = _judge_group(effect, chance, weeks, worth)
        groups.append(GroupEffect(**asdict(returned), p=chance, said=said))
    return groups


def _judge_group(
    effect: Effect | None, chance: float | None, weeks: int, worth: float
) -> Judgement:
    """What is said of one group among several; chance: of no effect, adjusted for how many."""
    verdict = judge(effect.difference if effect else None, weeks, worth)
    # A group that stands out among many does so by chance, unless it does after Holm.
    if verdict.verdict in ("earned", "harmful") and (chance is None or chance >= 0.05):
        return Judgement("cannot_tell")
    return verdict


def _measure_recovered(rows: OutcomeRows, roi_days: int) -> Recovered:
    """Of the treated who came back: who ordered again, who stayed, what they spend (B24–B26,
    B98). Gross: no control group tells how many of them would have come anyway."""
    mine = rows.select(rows.treated & rows.returned)
    first, second = mine.first_order_day, mine.second_order_day
    repeat, retained = (
        _measure_share(second - first < days, mine.days_known - first >= days)
        for days in (REPEAT_DAYS, RETAINED_DAYS)
    )
    ripe = mine.days_known - first >= roi_days
    spend = mine.spend_after_return[ripe]
    known = spend[~np.isnan(spend)]
    return Recovered(
        customers=len(first),
        repeat_30_days=repeat,
        retained_180_days=retained,
        spend_after_return_minor=None if not len(known) else round(float(known.mean())),
        spend_known_of=len(known),
    )


def _measure_share(happened: NDArray[np.bool_], matured: NDArray[np.bool_]) -> KnownShare:
    known = int(matured.sum())
    return KnownShare(known_of=known, share=float(happened[matured].mean()) if known else None)


def _build_curve(rows: OutcomeRows) -> Curve:
    """What came because of the messages, week after week, of those whose quarter is over: what
    was only pulled forward comes down again."""
    ripe = rows.fresh & (rows.days_known >= 7 * WEEKS)
    points: list[CurvePoint] = []
    now = rows.select(ripe)
    for week in range(WEEKS):
        effect = estimate_mean_effect(now.units, now.by_week[:, week]) if ripe.any() else None
        if effect is not None:
            whole = effect.difference.scale(effect.treated)
            points.append(
                CurvePoint(week=week + 1, value=whole.value, low=whole.low, high=whole.high)
            )
    return Curve(measure=rows.measure, weeks=points)
