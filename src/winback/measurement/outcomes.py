"""Everyone a playbook's waves drew, with what they did afterwards: the rows every figure of a
read-out is counted from.

Outcomes count from the approval of a wave on, for both arms alike. A household is compared at its
first entry after a draw alone: who comes back into a later wave does so because of what an earlier
one did, and the arms are then no longer alike.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight, to_epoch_seconds
from winback.data.store import Store
from winback.experiments.order_value import estimate_order_value
from winback.experiments.persons import find_merged_across
from winback.ledger.engine import Ledger
from winback.ledger.erasure import KeptOutcome, list_kept_outcomes
from winback.ledger.experiment_data import Assignments, list_approvals, load_assignments
from winback.ledger.wave_plan import OrderValue
from winback.ledger.waves import list_waves
from winback.measurement.effect import ArmOutcomes
from winback.measurement.first_entries import SentWave, find_first_entries
from winback.measurement.later_orders import WEEKS, LaterOrders, Windows, sum_later_orders
from winback.measurement.readout import Measure
from winback.playbooks.playbook import Playbook

DEFAULT_SUCCESS_DAYS = 30  # of a play that the playbook no longer has
USUAL_RETURN = 0.15  # the share who return by themselves, where nothing foretells it

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class OrderValues:
    """What an order was said to be worth when each row's wave was planned, in minor units; NaN
    where it is not known."""

    value: NDArray[np.float64]
    margin: NDArray[np.float64]
    cap: NDArray[np.float64]

    def select(self, chosen: Flags) -> "OrderValues":
        """Of some of the rows."""
        return OrderValues(self.value[chosen], self.margin[chosen], self.cap[chosen])


@dataclass(frozen=True)
class OutcomeRows:
    """One row a customer and wave. Money is in minor units; NaN where the shop does not tell. Days
    run from the wave's approval.

    fresh: their household's first entry after a draw; merged_across: of both arms, as their ids
    were merged, and not fresh; days_known: how far the shop's tables reach; success_days, roi_days:
    of the windows for a return and for money, fixed when the wave was planned, as are values, of an
    order. What was sent back after a window changes none of its figures.
    """

    wave: NDArray[Any]
    customer: NDArray[Any]
    play: NDArray[Any]
    segment: NDArray[Any]
    variant: NDArray[Any]
    units: ArmOutcomes
    fresh: Flags
    merged_across: Flags
    success_days: Whole
    roi_days: Whole
    days_known: Whole
    values: OrderValues
    began: NDArray[np.float64]  # seconds since 1970
    returned: Flags  # ordered within the success window, and kept some of it
    sent_back: Flags  # returned, and has sent back all of it since
    bought: Flags  # the same within the money window
    first_order_day: NDArray[np.float64]  # NaN: none so far
    second_order_day: NDArray[np.float64]
    by_week: NDArray[
        np.float64
    ]  # (rows, WEEKS), cumulative: margin, else net spend, else orders, as `measure` says
    orders: NDArray[np.float64]  # within roi_days, as all that follow
    net: NDArray[np.float64]
    capped: NDArray[np.float64]  # net, each order counted up to the cap
    margin: NDArray[np.float64]  # of that
    spend_after_return: NDArray[
        np.float64
    ]  # within roi_days of their first order, that one included
    measure: Measure
    sealed: Mapping[str, bool]

    @property
    def treated(self) -> Flags:
        return self.units.treated

    def select(self, chosen: Flags) -> "OutcomeRows":
        """Some of the rows."""
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        whole = {"sealed", "measure"}
        return OutcomeRows(
            **{
                name: value
                if name in whole
                else value.select(chosen)
                if name in ("units", "values")
                else value[chosen]
                for name, value in columns.items()
            }
        )


def load_outcomes(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, waves: Sequence[SentWave]
) -> OutcomeRows:
    """The rows of a playbook's waves, all of them and the oldest first: whose first entry it is
    depends on those before."""
    assignments = load_assignments(ledger, [each.wave.wave_id for each in waves])
    across = _find_merged_across(ledger, store, assignments)
    fresh, share = find_first_entries(shop, playbook, ledger, waves, assignments)
    units = _build_units(assignments, share)
    days = _list_success_days(playbook, waves, assignments)
    end = get_midnight(store.default_cutoff_day, shop.timezone)
    counts = Counter(assignments.wave_id)
    sizes = [counts[each.wave.wave_id] for each in waves]
    planned = [each.wave.plan.roi_days or shop.measurement.roi_days for each in waves]
    roi_days = np.repeat(np.array(planned, dtype=np.int64), sizes)
    values = _list_order_values(shop, store, waves, assignments, sizes)
    known = np.repeat([(end - each.began) // timedelta(days=1) for each in waves], sizes)
    began = np.repeat([float(to_epoch_seconds(each.began)) for each in waves], sizes)
    wave, customer, play, segment, variant = (
        np.array(each, dtype=object)
        for each in (
            assignments.wave_id,
            assignments.customer_id,
            assignments.play,
            assignments.segment,
            [each or "" for each in assignments.variant],
        )
    )
    windows = Windows(days, roi_days, values.cap)
    later = sum_later_orders(shop, store, assignments.customer_id, began, windows)
    _add_erased(later, windows, ledger, assignments, [each.wave.wave_id for each in waves])
    return OutcomeRows(
        wave=wave,
        customer=customer,
        play=play,
        segment=segment,
        variant=variant,
        units=units,
        fresh=fresh & ~across,
        merged_across=across,
        success_days=days,
        roi_days=roi_days,
        values=values,
        days_known=known,
        began=began,
        sealed=assignments.sealed,
        **vars(later),
    )


def _find_merged_across(ledger: Ledger, store: Store, assignments: Assignments) -> Flags:
    """Whose ids were in different arms before they were merged: nobody can say what they got."""
    kept = any(chance is not None for chance in assignments.holdout_chance)
    across = find_merged_across(ledger, store) if kept else frozenset()
    pairs = zip(assignments.customer_id, assignments.holdout_chance, strict=True)
    return np.array([chance is not None and each in across for each, chance in pairs], dtype=bool)


def _list_success_days(
    playbook: Playbook, waves: Sequence[SentWave], assignments: Assignments
) -> NDArray[np.int64]:
    """Each row's window for a return: as its wave was planned; of a wave that kept none, as the
    playbook has it now."""
    now = {play.name: play.success_days for play in playbook.plays}
    kept = {each.wave.wave_id: each.wave.plan.success_days for each in waves}
    return np.array(
        [
            kept[wave].get(play) or now.get(play, DEFAULT_SUCCESS_DAYS)
            for wave, play in zip(assignments.wave_id, assignments.play, strict=True)
        ],
        dtype=np.int64,
    )


def _list_order_values(
    shop: Shop,
    store: Store,
    waves: Sequence[SentWave],
    assignments: Assignments,
    sizes: Sequence[int],
) -> OrderValues:
    """As each wave was planned; of a wave that kept none, by what was known when it began."""
    known: list[OrderValue] = []
    start = 0
    for each, size in zip(waves, sizes, strict=True):
        customers = assignments.customer_id[start : start + size]
        start += size
        kept = each.wave.plan.order_value
        known.append(kept or estimate_order_value(shop, store, customers, each.began))
    columns = (
        np.repeat(np.array([getattr(each, name) for each in known], dtype=np.float64), sizes)
        for name in ("value_minor", "margin_minor", "cap_minor")
    )
    return OrderValues(*columns)


def _build_units(assignments: Assignments, share: NDArray[np.float64]) -> ArmOutcomes:
    """The arms, households numbered as they come, and what was predicted of each before."""
    numbers: dict[str, int] = {}
    household = np.array(
        [numbers.setdefault(each, len(numbers)) for each in assignments.household], dtype=np.int64
    )
    # What is not known becomes NaN.
    stake = np.maximum(np.array(assignments.value_at_stake_minor, dtype=np.float64), 0)
    before = np.column_stack(
        [1 - np.array(assignments.churn_probability, dtype=np.float64), np.log1p(stake)]
    )
    draws: dict[tuple[str, str], int] = {}
    pairs = zip(assignments.wave_id, assignments.play, strict=True)
    drawn_in = np.array([draws.setdefault(each, len(draws)) for each in pairs], dtype=np.int64)
    return ArmOutcomes(
        np.array(assignments.treated, dtype=bool), household, share, before, drawn_in
    )


def compute_kept_outcomes(
    shop: Shop, store: Store, ledger: Ledger, customers: Collection[str]
) -> list[KeptOutcome]:
    """What some customers did after their waves, to be kept when they are erased."""
    approvals, asked = list_approvals(ledger), set(customers)
    waves = [
        SentWave(wave, approvals[wave.wave_id])
        for wave in list_waves(ledger)
        if wave.wave_id in approvals
    ]
    outcomes: list[KeptOutcome] = []
    for each in waves:
        customers_of_wave = [
            customer
            for customer in load_assignments(ledger, [each.wave.wave_id]).customer_id
            if customer in asked
        ]
        if not customers_of_wave:
            continue
        count, roi_days = len(customers_of_wave), each.wave.plan.roi_days
        windows = Windows(  # what counts for most is applied where the outcome is read
            np.zeros(count, dtype=np.int64),
            np.full(count, roi_days or shop.measurement.roi_days, dtype=np.int64),
            np.full(count, np.nan),
        )
        began = np.full(count, float(to_epoch_seconds(each.began)))
        later = sum_later_orders(shop, store, customers_of_wave, began, windows)
        _add_outcomes(customers_of_wave, later, outcomes, each)
    return outcomes


def _add_outcomes(
    customers_of_wave: list[str], later: LaterOrders, outcomes: list[KeptOutcome], each: SentWave
) -> None:
    for place, customer in enumerate(customers_of_wave):
        first = later.first_order_day[place]
        money = later.net[place], later.margin[place]
        if not np.isnan(first):
            outcomes.append(
                KeptOutcome(
                    each.wave.wave_id,
                    customer,
                    int(first),
                    int(later.orders[place]),
                    *(None if np.isnan(minor) else round(minor) for minor in money),
                )
            )


def _add_erased(
    later: LaterOrders,
    windows: Windows,
    ledger: Ledger,
    assignments: Assignments,
    waves: Sequence[str],
) -> None:
    """Put in what those erased did, as far as it was kept: their orders are in no table any
    more."""
    erased = {(each.wave_id, each.customer_id): each for each in list_kept_outcomes(ledger, waves)}
    for place, customer in enumerate(assignments.customer_id) if erased else ():
        each = erased.get((assignments.wave_id[place], customer))
        if each is not None:
            _put_kept_outcome(later, windows, place, each)


def _put_kept_outcome(later: LaterOrders, windows: Windows, place: int, kept: KeptOutcome) -> None:
    later.first_order_day[place], later.orders[place] = kept.first_order_day, kept.orders
    later.returned[place] = kept.first_order_day < windows.success_days[place]
    later.bought[place] = kept.orders > 0
    net, margin = kept.net_minor, kept.margin_minor
    most = float(windows.cap_minor[place]) * max(kept.orders, 1)
    capped = net if net is None or np.isnan(most) else max(min(net, most), -most)
    if margin is not None and net and capped is not None:
        margin = round(margin * capped / net)
    for column, minor in ((later.net, net), (later.capped, capped), (later.margin, margin)):
        if minor is not None:
            column[place] = minor
    later.by_week[place] = _spread_over_weeks(
        replace(kept, net_minor=None if capped is None else round(capped), margin_minor=margin),
        later.measure,
    )


def _spread_over_weeks(kept: KeptOutcome, measure: Measure) -> NDArray[Any]:
    # When the rest of it came is not kept: all of it stands where the first order was.
    whole = {"margin": kept.margin_minor, "net": kept.net_minor, "orders": kept.orders}[measure]
    return np.where(np.arange(1, WEEKS + 1) * 7 > kept.first_order_day, whole or 0, 0)
