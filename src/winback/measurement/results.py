"""What a playbook's waves earned: one read-out for the campaign to date, and one for each wave
(A15–A18, B98, B103).

Before anything is read it is asked whether the arms are those that were drawn. Everything reported
is plain data with a reason where there is no figure: not matured, cannot tell yet, arms changed.
One measure is primary: who came back within their play's success window.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.measurement import MeasurementSettings
from winback.config.shop import Shop
from winback.data.store import Store
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import count_receipts
from winback.measurement.ab_tests import read_tests
from winback.measurement.effect import Effect, estimate_mean_effect, estimate_share_effect
from winback.measurement.later_orders import REPEAT_DAYS, RETAINED_DAYS, WEEKS
from winback.measurement.money import measure_long_term, measure_money
from winback.measurement.outcomes import OutcomeRows, SentWave, list_sent_waves, load_outcomes
from winback.measurement.sample_ratio import LEAST_P, compute_ratio_p_value
from winback.measurement.verdict import Judgement, holm_adjust, judge
from winback.measurement.wave_costs import sum_costs
from winback.playbooks.playbook import Playbook


def measure_waves(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, wave: str | None = None
) -> dict[str, Any]:
    """The read-out of a playbook's waves; wave: of that one alone, beside the campaign to date."""
    sent = list_sent_waves(ledger, playbook.name)
    result = _start_result(shop, playbook, store)
    if not sent:
        return result | {"to_date": {"status": "no_waves"}}
    with _pause_garbage_collection():
        rows = load_outcomes(shop, playbook, store, ledger, sent)
    costs = sum_costs(shop, playbook, ledger, sent, rows)
    by_wave = {each.wave.wave_id: rows.wave == each.wave.wave_id for each in sent}
    for each in sent:
        name = each.wave.wave_id
        if wave in (None, name):
            receipts = count_receipts(ledger, [name])
            one = _build_readout(shop, rows, by_wave[name], costs, 1, receipts)
            result["waves"].append({**_describe_wave(each), **one})
    result["tests"] = read_tests(playbook, store, ledger, rows)
    if len(sent) == 1 and result["waves"]:  # the campaign to date is that wave
        return result | {"to_date": _strip_wave(result["waves"][0])}
    everything = np.ones(len(rows.wave), dtype=bool)
    receipts = count_receipts(ledger, list(by_wave))
    return result | {"to_date": _build_readout(shop, rows, everything, costs, len(sent), receipts)}


def _start_result(shop: Shop, playbook: Playbook, store: Store) -> dict[str, Any]:
    return {
        "shop": shop.name,
        "playbook": playbook.name,
        "currency": shop.currency,
        "as_of": str(store.last_day),
        "roi_days": shop.measurement.roi_days,
        "roi_least": shop.measurement.roi_least,
        "worth_points": shop.measurement.worth_points,
        "waves": [],
        "tests": [],
    }


def _describe_wave(sent: SentWave) -> dict[str, str]:
    return {
        "wave": sent.wave.wave_id,
        "cutoff": str(sent.wave.cutoff),
        "approved_at": f"{sent.began}Z",
    }


def _strip_wave(readout: Mapping[str, Any]) -> dict[str, Any]:
    """A wave's read-out without what `_describe_wave` says."""
    names = {"wave", "cutoff", "approved_at"}
    return {name: value for name, value in readout.items() if name not in names}


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
) -> dict[str, Any]:
    """What some rows show. weeks: how many waves they are of."""
    settings = shop.measurement
    mine = rows.select(chosen)
    readout: dict[str, Any] = {
        **_count_arms(mine),
        "heard": dict(receipts),
        "waves": weeks,
        "ratio": _check_sample_ratio(mine),
    }
    changed = sorted({str(wave) for wave in np.unique(mine.wave) if not rows.sealed[str(wave)]})
    if changed or readout["ratio"]["p"] < LEAST_P:
        return readout | {"status": "arms_changed" if changed else "ratio_off", "changed": changed}
    # Where nobody is held out there is nothing to compare with; where everybody is, nobody.
    share = mine.units.held_out_share
    compared = mine.fresh & (share > 0) & (share < 1)
    if not compared.any():
        return readout | {"status": "no_control"}
    costs = {name: cost[chosen][compared] for name, cost in costs.items()}
    mine = mine.select(compared)
    ready = mine.fresh & (mine.days_known >= mine.success_days)
    if not ready.any():
        return readout | _describe_waiting(mine)
    now = mine.select(ready)
    back = estimate_share_effect(now.units, now.returned)
    readout |= {
        "status": "read",
        "waiting": int((mine.fresh & ~ready).sum()),
        "compared": int(ready.sum()),
        **_read_returned(settings, mine, now, back),
    }
    # Money counts once its own window is over; messages' costs are those of the same customers.
    ripe = mine.fresh & (mine.days_known >= settings.roi_days)
    readout["money"] = measure_money(shop, mine, ripe, costs)
    readout["curve"] = _build_curve(mine)
    readout["long_term"] = measure_long_term(shop, mine, now, ripe, back)
    return readout


def _count_arms(rows: OutcomeRows) -> dict[str, int]:
    return {
        "treated": int(rows.treated.sum()),
        "held_out": int((~rows.treated).sum()),
        "entered_before": int((~rows.fresh).sum()),
    }


def _describe_waiting(rows: OutcomeRows) -> dict[str, Any]:
    """How long until the first success window is over, and for how many."""
    missing = (
        int((rows.success_days - rows.days_known)[rows.fresh].min()) if rows.fresh.any() else 0
    )
    return {
        "status": "not_matured",
        "days_to_go": max(missing, 0),
        "waiting": int(rows.fresh.sum()),
    }


def _read_returned(
    settings: MeasurementSettings, compared: OutcomeRows, now: OutcomeRows, back: Effect | None
) -> dict[str, Any]:
    """Who came back, and what is said of it. now: those compared whose window is over."""
    through, waves = len(set(now.wave)), len(set(compared.wave))
    verdict = judge(back.difference if back else None, through, settings.worth_points)
    if verdict.weeks is not None:  # those that are out already need only time
        verdict = replace(verdict, weeks=max(1, verdict.weeks - (waves - through)))
    return {
        "returned": _describe_share_effect(back, now.treated, now.returned),
        "said": asdict(verdict),
        "by_segment": _read_groups(now, now.segment, through, settings.worth_points),
        "by_play": _read_groups(now, now.play, through, settings.worth_points),
        "recovered": _measure_recovered(now, settings.roi_days),
    }


def _check_sample_ratio(rows: OutcomeRows) -> dict[str, Any]:
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
    return {
        "held_out": int(held.sum()),
        "expected": round(expected, 1),
        "p": compute_ratio_p_value(draws),
    }


def _describe_share_effect(
    effect: Effect | None, treated: NDArray[np.bool_], happened: NDArray[np.bool_]
) -> dict[str, Any]:
    """An effect on a share, as customers: how many did it, how many of them because of the
    message."""
    gross = int((happened & treated).sum())
    if effect is None:
        return {"gross": gross, "treated": int(treated.sum()), "incremental": None}
    return {
        "gross": gross,
        "treated": effect.treated,
        "held_out": effect.held_out,
        "held_out_gross": int((happened & ~treated).sum()),
        "share": effect.treated_mean,
        "held_out_share": effect.held_out_mean,
        "difference": asdict(effect.difference),
        "incremental": asdict(effect.difference.scale(effect.treated)),
        "adjusted": effect.adjusted,
    }


def _read_groups(
    rows: OutcomeRows, group: NDArray[Any], weeks: int, worth: float
) -> list[dict[str, Any]]:
    """The same for each of some groups, with chances adjusted for how many they are (Holm)."""
    groups: list[dict[str, Any]] = []
    effects: dict[str, Effect] = {}
    for name in sorted(set(map(str, group))):
        mine = rows.select(group == name)
        effect = estimate_share_effect(mine.units, mine.returned)
        if effect is not None:
            effects[name] = effect
        groups.append({"name": name, **_describe_share_effect(effect, mine.treated, mine.returned)})
    _judge_groups(groups, effects, weeks, worth)
    return groups


def _judge_groups(
    groups: list[dict[str, Any]],
    effects: dict[str, Effect],
    weeks: int,
    worth: float,
) -> None:
    chances = holm_adjust({name: effect.difference.p for name, effect in effects.items()})
    for row in groups:
        name = row["name"]
        verdict = (
            judge(effects[name].difference, weeks, worth)
            if name in effects
            else Judgement("cannot_tell")
        )
        # A group that stands out among many does so by chance, unless it does after Holm.
        if verdict.verdict in ("earned", "harmful") and chances[name] >= 0.05:
            verdict = Judgement("cannot_tell")
        row |= {"p": chances.get(name), "said": asdict(verdict)}


def _measure_recovered(rows: OutcomeRows, roi_days: int) -> dict[str, Any]:
    """Of the treated who came back: who ordered again, who stayed, what they spend (B24–B26,
    B98). Gross: no control group tells how many of them would have come anyway."""
    mine = rows.select(rows.treated & rows.returned)
    first, second = mine.first_order_day, mine.second_order_day
    repeat, retained = (
        _describe_share(second - first < days, mine.days_known - first >= days)
        for days in (REPEAT_DAYS, RETAINED_DAYS)
    )
    ripe = mine.days_known - first >= roi_days
    spend = mine.spend_after_return[ripe]
    known = spend[~np.isnan(spend)]
    return {
        "customers": len(first),
        "repeat_30_days": repeat,
        "retained_180_days": retained,
        "spend_after_return_minor": None if not len(known) else round(float(known.mean())),
        "spend_known_of": len(known),
    }


def _describe_share(happened: NDArray[np.bool_], matured: NDArray[np.bool_]) -> dict[str, Any]:
    known = int(matured.sum())
    return {"known_of": known, "share": float(happened[matured].mean()) if known else None}


def _build_curve(rows: OutcomeRows) -> dict[str, Any]:
    """What came because of the messages, week after week, of those whose quarter is over: what
    was only pulled forward comes down again."""
    ripe = rows.fresh & (rows.days_known >= 7 * WEEKS)
    points: list[dict[str, Any]] = []
    now = rows.select(ripe)
    for week in range(WEEKS):
        effect = estimate_mean_effect(now.units, now.by_week[:, week]) if ripe.any() else None
        if effect is not None:
            whole = effect.difference.scale(effect.treated)
            points.append(
                {"week": week + 1, "value": whole.value, "low": whole.low, "high": whole.high}
            )
    return {"measure": rows.measure, "weeks": points}
