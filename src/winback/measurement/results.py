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

import numpy as np
from msgspec.structs import asdict, replace
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.data.store import Store
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import count_receipts
from winback.measurement.ab_tests import read_tests
from winback.measurement.effect import Effect, estimate_mean_effect, estimate_share_effect
from winback.measurement.first_entries import list_sent_waves
from winback.measurement.interval import Reading
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
from winback.measurement.verdict import Judgement, holm_adjust, judge_effect
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
    everything = np.ones(len(rows.wave), dtype=bool)
    receipts = count_receipts(ledger, [each.wave.wave_id for each in sent])
    to_date = _build_readout(shop, rows, everything, costs, len(sent), receipts, "always")
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
    reading: Reading = "once",
) -> Readout:
    """What some rows show. weeks: how many waves they are of; reading: `always` where they
    become more each week and are looked at each time, so each household enters when its own window
    is over. A wave is read once, when all its windows are."""
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
    longest = np.full_like(mine.success_days, mine.success_days.max())
    horizon = mine.success_days if reading == "always" else longest
    ready = mine.days_known >= horizon
    if not ready.any():
        return _add_waiting(readout, mine, horizon)
    return _add_effect(shop, readout, mine, ready, costs, reading)


def _add_waiting(readout: Readout, rows: OutcomeRows, horizon: NDArray[np.int64]) -> Readout:
    """How long until the first success window is over, or that of the whole wave, and for how
    many."""
    missing = int((horizon - rows.days_known).min())
    return replace(
        readout, status="not_matured", days_to_go=max(missing, 0), waiting=len(rows.wave)
    )


def _add_effect(
    shop: Shop,
    readout: Readout,
    rows: OutcomeRows,
    ready: NDArray[np.bool_],
    costs: Mapping[str, NDArray[np.float64]],
    reading: Reading,
) -> EffectReadout:
    """What is known of those compared. ready: those whose success window is over."""
    settings, now = shop.measurement, rows.select(ready)
    back = estimate_share_effect(now.units, now.returned, reading)
    # Money counts once its own window is over; messages' costs are those of the same customers.
    ripe = rows.days_known >= rows.roi_days
    read = {"status": "read", "waiting": int((~ready).sum())}
    judging = _Judging(len(set(now.wave)), settings.worth_points, reading)
    by_segment, by_play = _read_groups(now, judging)
    money = measure_money(shop, rows, ripe, costs, reading)
    return EffectReadout(
        **(asdict(readout) | read),
        reading=reading,
        compared=int(ready.sum()),
        sent_back=int((now.treated & now.sent_back).sum()),
        returned=_describe_share_effect(back, now.treated, now.returned),
        said=_judge_returned(back, judging, len(set(rows.wave))),
        by_segment=by_segment,
        by_play=by_play,
        recovered=_measure_recovered(now, settings.roi_days),
        money=money,
        curve=_build_curve(rows, reading),
        long_term=measure_long_term(shop, rows, now, ripe, back, money),
    )


@dataclasses.dataclass(frozen=True)
class _Judging:
    """How effects are judged. weeks: of waves they rest on; worth: the least that matters; reading:
    what intervals are made for."""

    weeks: int
    worth: float
    reading: Reading

    def judge(self, effect: Effect | None, p: float | None = None) -> Judgement:
        """What is said of an effect; p: adjusted for others that are asked about with it."""
        return judge_effect(effect, self.weeks, self.worth, self.reading, p)


def _judge_returned(back: Effect | None, judging: _Judging, waves: int) -> Judgement:
    """What is said of who came back. waves: how many are out, some of them not matured."""
    verdict = judging.judge(back)
    if verdict.weeks is None:
        return verdict
    # Those that are out already need only time.
    return dataclasses.replace(verdict, weeks=max(1, verdict.weeks - (waves - judging.weeks)))


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
    rows: OutcomeRows, judging: _Judging
) -> tuple[list[GroupEffect], list[GroupEffect]]:
    """The same for each segment and each play, with chances adjusted for how many groups there are
    in all (Holm): they are one family, beside the whole."""
    members = {
        (kind, name): rows.select(group == name)
        for kind, group in (("segment", rows.segment), ("play", rows.play))
        for name in sorted(set(map(str, group)))
    }
    effects = {
        key: estimate_share_effect(mine.units, mine.returned, judging.reading)
        for key, mine in members.items()
    }
    chances = holm_adjust({key: each.difference.p for key, each in effects.items() if each})
    groups: dict[str, list[GroupEffect]] = {"segment": [], "play": []}
    for key, mine in members.items():
        effect, chance = effects[key], chances.get(key)
        returned = _describe_share_effect(effect, mine.treated, mine.returned, key[1])
        said = judging.judge(effect, chance)
        groups[key[0]].append(GroupEffect(**asdict(returned), p=chance, said=said))
    return groups["segment"], groups["play"]


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


def _build_curve(rows: OutcomeRows, reading: Reading) -> Curve:
    """What came because of the messages, week after week, of those whose quarter is over: what
    was only pulled forward comes down again."""
    ripe = rows.days_known >= 7 * WEEKS
    points: list[CurvePoint] = []
    now = rows.select(ripe)
    for week in range(WEEKS):
        effect = (
            estimate_mean_effect(now.units, now.by_week[:, week], reading) if ripe.any() else None
        )
        if effect is not None:
            whole = effect.difference.scale(effect.treated)
            points.append(
                CurvePoint(week=week + 1, value=whole.value, low=whole.low, high=whole.high)
            )
    return Curve(measure=rows.measure, weeks=points)
