"""Tests of content, time, channel and offer (B94): which variant of a play is best, what guards
against it, and when to say so.

Each variant stands against the first. What would make a winner a loss stands beside it: who
unsubscribes, who complains, and coupons used by people who would have bought without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import duckdb
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from winback.data.store import Store, quote_literal
from winback.experiments.power import (
    ArmSizes,
    compute_detectable_rise,
    compute_detectable_rise_weekly,
)
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import list_decided_tests, list_unsubscribed_since
from winback.measurement.effect import ArmOutcomes, Effect, estimate_share_effect
from winback.measurement.interval import Interval, Reading
from winback.measurement.outcomes import USUAL_RETURN, OutcomeRows
from winback.measurement.readout import AbTestResult, VariantResult
from winback.measurement.verdict import holm_adjust, judge_effect
from winback.playbooks.playbook import Play, Playbook, Test

_MOST_CUSTOMERS = 10_000_000
_ASKED = 10_000
_USUAL_LOOKS = 13  # at a test that is read every week: a quarter


def read_tests(
    playbook: Playbook, store: Store, ledger: Ledger, rows: OutcomeRows
) -> list[AbTestResult]:
    """Every test of a playbook: its variants, what can be said, and what it still needs."""
    decided, left = (
        list_decided_tests(ledger),
        list_unsubscribed_since(ledger, sorted(set(map(str, rows.wave)))),
    )
    return [
        _read_test(playbook, play, store, rows, decided, left)
        for play in playbook.plays
        if play.test is not None
    ]


def _read_test(
    playbook: Playbook,
    play: Play,
    store: Store,
    rows: OutcomeRows,
    decided: Mapping[str, str],
    left: set[str],
) -> AbTestResult:
    test = play.test
    assert test is not None
    name = f"{playbook.name}/{play.name}/{test.name}"
    names = [variant.name for variant in test.variants]
    tested = rows.select((rows.play == play.name) & np.isin(rows.variant, names) & rows.treated)
    now = tested.select(tested.fresh & (tested.days_known >= tested.success_days))
    needed = _compute_needed(_estimate_base_share(tested), test, len(names))
    if test.method == "fixed":  # read once: whoever comes later changes nothing
        now = now.select(np.arange(len(now.wave)) < needed)
    result = AbTestResult(
        test=name,
        play=play.name,
        method=test.method,
        drawn=len(tested.wave),
        compared=len(now.wave),
        needed=needed,
        weeks_to_go=_estimate_weeks_left(tested, now, needed),
        decided=decided.get(name),
        variants=_count_variants(now, names),
        status="running",
    )
    if test.method == "fixed" and len(now.wave) < needed:
        return result
    happened = _find_happened(store, now, left)
    held = _measure_held_share(rows, play.name)
    outcomes = [_describe_variant(each, now, happened, held) for each in result.variants]
    effects = _compare_variants(names, now, test)
    variants = _judge_variants(outcomes, effects, now, happened, test)
    return replace(result, variants=variants, status="read" if effects else "running")


def _count_variants(now: OutcomeRows, names: Sequence[str]) -> list[VariantResult]:
    return [VariantResult(name=each, customers=int((now.variant == each).sum())) for each in names]


@dataclass(frozen=True)
class _Happened:
    """What befell each row beside its order."""

    unsubscribed: NDArray[np.bool_]
    complained: NDArray[np.bool_]
    used_coupon: NDArray[np.bool_]

    def list_harms(self, rows: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
        return {"unsubscribed": self.unsubscribed[rows], "complained": self.complained[rows]}


def _find_happened(store: Store, now: OutcomeRows, left: set[str]) -> _Happened:
    return _Happened(
        complained=_had_event(store, now, "complaint_opened"),
        used_coupon=_had_event(store, now, "coupon_use"),
        unsubscribed=np.array([str(customer) in left for customer in now.customer], dtype=bool),
    )


def _measure_held_share(rows: OutcomeRows, play: str) -> float | None:
    """The share of a play's holdout that came back by itself; None where nobody is held out."""
    control = rows.select(
        (rows.play == play) & ~rows.treated & rows.fresh & (rows.days_known >= rows.success_days)
    )
    return float(control.returned.mean()) if len(control.wave) else None


def _describe_variant(
    variant: VariantResult, now: OutcomeRows, happened: _Happened, held: float | None
) -> VariantResult:
    """A variant with what became of those who got it."""
    mine = now.variant == variant.name
    returned, used = now.returned[mine], happened.used_coupon[mine]
    return replace(
        variant,
        returned_share=float(returned.mean()) if mine.any() else None,
        unsubscribed=int(happened.unsubscribed[mine].sum()),
        complained=int(happened.complained[mine].sum()),
        coupons_used=int(used.sum()),
        wasted_coupons=_count_wasted_coupons(returned, used, held),
    )


def _compare_variants(names: Sequence[str], now: OutcomeRows, test: Test) -> dict[str, Effect]:
    """How each variant differs from the first, where both have customers."""
    reading = _get_reading(test)
    effects: dict[str, Effect] = {}
    first, *others = names
    for name in others:
        pair = now.select((now.variant == name) | (now.variant == first))
        effect = estimate_share_effect(_build_units(pair, name), pair.returned, reading)
        if effect is not None:
            effects[name] = effect
    return effects


def _get_reading(test: Test) -> Reading:
    return "always" if test.method == "always_valid" else "once"


def _judge_variants(
    variants: Sequence[VariantResult],
    effects: Mapping[str, Effect],
    now: OutcomeRows,
    happened: _Happened,
    test: Test,
) -> list[VariantResult]:
    """The variants, each that can be compared with its difference and its harm, judged together."""
    reading = _get_reading(test)
    chances = holm_adjust({variant: each.difference.p for variant, each in effects.items()})
    results: list[VariantResult] = []
    for variant in variants:
        name = variant.name
        if name in effects:
            both = (now.variant == name) | (now.variant == variants[0].name)
            harms = happened.list_harms(both)
            said = judge_effect(effects[name], 1, test.worth_points, reading, chances[name])
            variant = replace(
                variant,
                difference=effects[name].difference,
                guards=_find_harm(now.select(both), name, harms),
                p=chances[name],
                said=said.verdict,
            )
        results.append(variant)
    return results


def _estimate_base_share(tested: OutcomeRows) -> float:
    """The share that would come back anyway, predicted for the first wave on test: what is needed
    is fixed before it is read."""
    if not len(tested.wave):
        return USUAL_RETURN
    predicted = tested.units.before[tested.wave == tested.wave[0], 0]
    known = predicted[~np.isnan(predicted)]
    return float(np.clip(known.mean(), 0.02, 0.98)) if len(known) else USUAL_RETURN


def _build_units(pair: OutcomeRows, name: str) -> ArmOutcomes:
    """Two variants as two arms of equal chance."""
    units = pair.units
    return ArmOutcomes(
        pair.variant == name,
        units.household,
        np.full(len(pair.wave), 0.5),
        units.before,
        units.drawn_in,
    )


def _compute_needed(base: float, test: Test, variants: int) -> int:
    """Customers until a difference that matters would show four times of five, in all variants
    together, by the method that judges them."""
    low, high = 2, _MOST_CUSTOMERS
    while high - low > 1:
        middle = (low + high) // 2
        arms = ArmSizes(middle, middle, base)
        rise = (
            compute_detectable_rise(arms)
            if test.method == "fixed"
            else compute_detectable_rise_weekly(arms, _USUAL_LOOKS)
        )
        low, high = (
            (low, middle) if rise is not None and rise <= test.worth_points else (middle, high)
        )
    return high * variants


def _estimate_weeks_left(tested: OutcomeRows, now: OutcomeRows, needed: int) -> int | None:
    """How many more weeks like those so far a test needs; None where nobody was drawn yet."""
    waves = len(np.unique(tested.wave)) if len(tested.wave) else 0
    if not waves:
        return None
    return max(0, ceil((needed - len(now.wave)) / (len(tested.wave) / waves)))


def _had_event(store: Store, rows: OutcomeRows, kind: str) -> NDArray[np.bool_]:
    """Whether each customer had an event within their success window."""
    con, moments = store.connect(), dict[str, list[float]]()
    names = sorted(set(map(str, rows.customer)))
    _add_moments(names, con, kind, moments)
    return np.array(
        [
            any(0 <= (moment - began) / 86_400 < days for moment in moments.get(str(customer), ()))
            for customer, began, days in zip(
                rows.customer, rows.began, rows.success_days, strict=True
            )
        ],
        dtype=bool,
    )


def _add_moments(
    names: list[str], con: duckdb.DuckDBPyConnection, kind: str, moments: dict[str, list[float]]
) -> None:
    for start in range(0, len(names), _ASKED):
        listed = ", ".join(map(quote_literal, names[start : start + _ASKED]))
        happened = con.execute(
            f"select customer_id, epoch(occurred_at) from events where kind = ? and customer_id "
            f"in ({listed})",
            [kind],
        ).fetchall()
        for customer, moment in happened:
            moments.setdefault(customer, []).append(moment)


def _count_wasted_coupons(
    returned: NDArray[np.bool_], used: NDArray[np.bool_], held: float | None
) -> int | None:
    """Coupons used by people who would have bought: at most as many as used one and came back no
    more than the held out did."""
    if held is None or not len(returned):
        return None
    because = max(float(returned.mean()) - held, 0.0) * len(returned)
    return round(max(int((used & returned).sum()) - because, 0))


def _find_harm(pair: OutcomeRows, name: str, bad: Mapping[str, NDArray[np.bool_]]) -> list[str]:
    """What a variant does more harm by, for sure: looked at every week, and all of it together."""
    differences: dict[str, Interval] = {}
    for what, happened in bad.items():
        effect = estimate_share_effect(_build_units(pair, name), happened, "always")
        if effect is not None and happened.any():
            differences[what] = effect.difference
    chances = holm_adjust({what: difference.p for what, difference in differences.items()})
    return [
        what
        for what, difference in differences.items()
        if difference.value > 0 and chances[what] < 0.05
    ]
