"""Everyone a playbook's waves drew, with what they did afterwards: the rows every figure of a
read-out is counted from.

Outcomes count from the approval of a wave on, for both arms alike. A household is compared at its
first entry after a draw alone: who comes back into a later wave does so because of what an earlier
one did, and the arms are then no longer alike.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight, to_epoch_seconds
from winback.data.store import Store, list_merges
from winback.experiments.assignment import Assignment, get_half_year, load_assignment
from winback.ledger.engine import Ledger
from winback.ledger.erasure import KeptOutcome, list_kept_outcomes
from winback.ledger.experiment_data import Assignments, list_approvals, load_assignments
from winback.ledger.waves import Wave, list_released, list_waves
from winback.measurement.effect import ArmOutcomes
from winback.playbooks.playbook import Playbook

DEFAULT_SUCCESS_DAYS = 30  # of a play that the playbook no longer has
REPEAT_DAYS, RETAINED_DAYS = 30, 180  # B24, B26
LEAST_KNOWN_COSTS = 0.9  # of the orders have to say what their goods cost
WEEKS = 13  # of the curve: a quarter shows whether orders were only pulled forward

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class OutcomeRows:
    """One row a customer and wave. Money is in cents; NaN where the shop does not tell. Days run
    from the wave's approval.

    fresh: their household's first entry after a draw; days_known: how far the shop's tables reach.
    """

    wave: NDArray[Any]
    customer: NDArray[Any]
    play: NDArray[Any]
    segment: NDArray[Any]
    variant: NDArray[Any]
    units: ArmOutcomes
    fresh: Flags
    success_days: Whole
    days_known: Whole
    began: NDArray[np.float64]  # seconds since 1970
    first_order_day: NDArray[np.float64]  # NaN: none so far
    second_order_day: NDArray[np.float64]
    by_week: NDArray[
        np.float64
    ]  # (rows, WEEKS), cumulative: margin, else net spend, else orders, as `measure` says
    orders: NDArray[np.float64]  # within roi_days, as all that follow
    net: NDArray[np.float64]
    margin: NDArray[np.float64]
    spend_after_return: NDArray[
        np.float64
    ]  # within roi_days of their first order, that one included
    measure: str
    sealed: Mapping[str, bool]

    @property
    def treated(self) -> Flags:
        return self.units.treated

    @property
    def returned(self) -> Flags:
        """Whether they ordered within their play's success window."""
        return np.asarray(self.first_order_day < self.success_days, dtype=bool)

    def select(self, chosen: Flags) -> "OutcomeRows":
        """Some of the rows."""
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        whole = {"sealed", "measure"}
        return OutcomeRows(
            **{
                name: value
                if name in whole
                else value.select(chosen)
                if name == "units"
                else value[chosen]
                for name, value in columns.items()
            }
        )


@dataclass(frozen=True)
class SentWave:
    """A wave that went out, and the moment its outcomes begin."""

    wave: Wave
    began: datetime


def list_sent_waves(ledger: Ledger, playbook: str) -> list[SentWave]:
    """A playbook's waves that went out, the oldest first: approved ones, and stopped ones of
    which something had gone."""
    released, approved = list_released(ledger), list_approvals(ledger)
    waves_sent = [
        SentWave(wave, approved[wave.wave_id])
        for wave in list_waves(ledger)
        if wave.playbook == playbook
        and wave.wave_id in approved
        and (wave.state == "approved" or wave.cutoff not in released)
    ]
    return sorted(waves_sent, key=lambda each: (each.began, each.wave.wave_id))


def load_outcomes(
    shop: Shop, playbook: Playbook, store: Store, ledger: Ledger, waves: Sequence[SentWave]
) -> OutcomeRows:
    """The rows of a playbook's waves, all of them and the oldest first: whose first entry it is
    depends on those before."""
    assignments = load_assignments(ledger, [each.wave.wave_id for each in waves])
    counts = Counter(assignments.wave_id)
    sizes = [counts[each.wave.wave_id] for each in waves]
    fresh, share = _find_first_entries(shop, playbook, ledger, waves, sizes, assignments)
    units = _build_units(assignments, share)
    days = _list_success_days(playbook, assignments.play)
    end = get_midnight(store.last_day, shop.timezone)
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
    later = _sum_later_orders(
        shop, store, assignments.customer_id, began, set(days.tolist()) or {0}
    )
    _add_erased(later, ledger, assignments, [each.wave.wave_id for each in waves])
    return OutcomeRows(
        wave=wave,
        customer=customer,
        play=play,
        segment=segment,
        variant=variant,
        units=units,
        fresh=fresh,
        success_days=days,
        days_known=known,
        began=began,
        sealed=assignments.sealed,
        **later,
    )


def _list_success_days(playbook: Playbook, plays: Sequence[str]) -> NDArray[np.int64]:
    success = {play.name: play.success_days for play in playbook.plays}
    return np.array([success.get(play, DEFAULT_SUCCESS_DAYS) for play in plays], dtype=np.int64)


def _build_units(assignments: Assignments, share: NDArray[np.float64]) -> ArmOutcomes:
    """The arms, households numbered as they come, and what was predicted of each before."""
    numbers: dict[str, int] = {}
    household = np.array(
        [numbers.setdefault(each, len(numbers)) for each in assignments.household], dtype=np.int64
    )
    # What is not known becomes NaN.
    stake = np.maximum(np.array(assignments.value_at_stake_cents, dtype=np.float64), 0)
    before = np.column_stack(
        [1 - np.array(assignments.churn_probability, dtype=np.float64), np.log1p(stake)]
    )
    return ArmOutcomes(np.array(assignments.treated, dtype=bool), household, share, before)


def _find_first_entries(
    shop: Shop,
    playbook: Playbook,
    ledger: Ledger,
    waves: Sequence[SentWave],
    sizes: Sequence[int],
    assignments: Assignments,
) -> tuple[Flags, NDArray[np.float64]]:
    """Whether each row is its household's first entry after a draw, and the chance with which it
    was held out."""
    fresh, share = [], []
    entered: dict[str, date] = {}
    start = 0
    for each, size in zip(waves, sizes, strict=True):
        households, plays = (
            column[start : start + size] for column in (assignments.household, assignments.play)
        )
        start += size
        washout = each.wave.plan.washout_days  # as it was then: who was left out hangs on it
        arms, half = (
            load_assignment(shop, playbook, None, ledger, each.wave.cutoff, washout),
            get_half_year(each.wave.cutoff),
        )
        # A household of several customers enters once, with all of them that are in its first wave.
        when = [entered.get(household) for household in households] if entered else [None] * size
        again = [day is not None for day in when]
        # While changed sides are washed out, who entered before is there in the arm they had: that
        # is no new draw.
        fresh += [
            day is None
            or (day < half and arms.changed is None and not arms.now.is_permanent(household))
            for day, household in zip(when, households, strict=True)
        ]
        share += _list_holdout_shares(arms, plays, again)
        entered.update(dict.fromkeys(households, half))
    return np.array(fresh, dtype=bool), np.array(share, dtype=np.float64)


def _list_holdout_shares(
    arms: Assignment, plays: Sequence[str], again: Sequence[bool]
) -> list[float]:
    """Each row's chance of the holdout, by its play and whether its household was in before."""
    known = {
        (play, before): arms.get_holdout_share(play, before) if play in arms.shares else 0.5
        for play, before in set(zip(plays, again, strict=True))
    }
    return [known[key] for key in zip(plays, again, strict=True)]


def _sum_later_orders(
    shop: Shop,
    store: Store,
    customers: Sequence[str],
    starts: NDArray[np.float64],
    success_days: Collection[int] = (0,),
) -> dict[str, Any]:
    """What each customer ordered after each moment, net of refunds, as columns of Rows."""
    count, con = len(customers), store.connect()
    con.register("asked", _build_asked(store, customers, starts))
    share = shop.measurement.margin_share
    first = float(starts.min()) if count else 0.0
    con.execute(_PAID.format(share="null" if share is None else repr(share), first=first))
    roi = shop.measurement.roi_days
    money, margin, usual = _find_known_amounts(con)
    con.execute(
        _AFTER.format(
            usual="null" if not margin or usual is None else repr(usual),
            longest=int(max(*success_days, roi, WEEKS * 7)) + max(roi, RETAINED_DAYS),
        )
    )
    measure = "margin" if margin else "net" if money else "orders"
    sums = _SUMS.format(roi=roi, weeks=_build_weekly_sums(measure))
    columns = _LaterOrders(con.sql(sums).to_arrow_table(), count)
    return {
        "first_order_day": columns.spread(1, np.nan),
        "second_order_day": columns.spread(2, np.nan),
        "by_week": np.column_stack([columns.spread(7 + week, 0.0) for week in range(WEEKS)]),
        "net": columns.spread(3, 0.0, money),
        "margin": columns.spread(4, 0.0, margin),
        "spend_after_return": columns.spread(5, np.nan),
        "orders": columns.spread(6, 0.0),
        "measure": measure,
    }


def _build_asked(store: Store, customers: Sequence[str], starts: NDArray[np.float64]) -> pa.Table:
    """The customers and their moments; whoever was merged since the wave under today's id."""
    merged = {row["merged_id"]: row["customer_id"] for row in list_merges(store)}
    ids = [merged.get(each, each) for each in customers]
    return pa.table(
        {
            "place": pa.array(np.arange(len(customers))),
            "start": pa.array(starts),
            "customer_id": pa.array(ids, pa.string()),
        }
    )


def _find_known_amounts(con: duckdb.DuckDBPyConnection) -> tuple[bool, bool, float | None]:
    """(whether amounts are known, whether margins are, the usual margin's part of an amount)"""
    # Of a few orders whose goods have no cost, and of refunds that name no order, the usual part is
    # left.
    orders, money, known, usual = con.sql(
        "select count(order_id), count(net) filter (order_id is not null), count(margin) filter "
        "(order_id is not null),"
        " sum(margin) / nullif(sum(net) filter (margin is not null), 0) from paid"
    ).fetchall()[0]
    return money > 0, money > 0 and known >= LEAST_KNOWN_COSTS * orders, usual


def _build_weekly_sums(measure: str) -> str:
    """The select list of what was bought up to the end of each week."""
    what = {"margin": "margin", "net": "net", "orders": "cast(order_id is not null as int)"}
    return ", ".join(
        f"sum({what[measure]}) filter (after < {7 * (week + 1)})" for week in range(WEEKS)
    )


@dataclass(frozen=True)
class _LaterOrders:
    """The sums of those who ordered, by their place among so many customers."""

    table: pa.Table
    customers: int

    def spread(self, number: int, empty: float, known: bool = True) -> NDArray[np.float64]:
        """A column of everybody; empty: of who ordered nothing."""
        column = np.full(self.customers, empty if known else np.nan)
        place = self.table.column(0).to_numpy()
        values = self.table.column(number).cast(pa.float64()).to_numpy(zero_copy_only=False)
        column[place] = np.where(np.isnan(values), empty, values) if known else values
        return column


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
        later = _sum_later_orders(
            shop,
            store,
            customers_of_wave,
            np.full(len(customers_of_wave), float(to_epoch_seconds(each.began))),
        )
        _add_outcomes(customers_of_wave, later, outcomes, each)
    return outcomes


def _add_outcomes(
    customers_of_wave: list[str], later: dict[str, Any], outcomes: list[KeptOutcome], each: SentWave
) -> None:
    for place, customer in enumerate(customers_of_wave):
        first, orders, net, margin = (
            later[name][place] for name in ("first_order_day", "orders", "net", "margin")
        )
        if not np.isnan(first):
            outcomes.append(
                KeptOutcome(
                    each.wave.wave_id,
                    customer,
                    int(first),
                    int(orders),
                    *(None if np.isnan(cents) else round(cents) for cents in (net, margin)),
                )
            )


def _add_erased(
    later: dict[str, Any], ledger: Ledger, assignments: Assignments, waves: Sequence[str]
) -> None:
    """Put in what those erased did, as far as it was kept: their orders are in no table any
    more."""
    erased = {(each.wave_id, each.customer_id): each for each in list_kept_outcomes(ledger, waves)}
    for place, customer in enumerate(assignments.customer_id) if erased else ():
        each = erased.get((assignments.wave_id[place], customer))
        if each is not None:
            _put_kept_outcome(later, place, each)


def _put_kept_outcome(later: dict[str, Any], place: int, kept: KeptOutcome) -> None:
    later["first_order_day"][place], later["orders"][place] = kept.first_order_day, kept.orders
    for name, cents in (("net", kept.net_cents), ("margin", kept.margin_cents)):
        if cents is not None:
            later[name][place] = cents
    later["by_week"][place] = _spread_over_weeks(kept, later["measure"])


def _spread_over_weeks(kept: KeptOutcome, measure: str) -> NDArray[Any]:
    # When the rest of it came is not kept: all of it stands where the first order was.
    whole = {"margin": kept.margin_cents, "net": kept.net_cents, "orders": kept.orders}[measure]
    return np.where(np.arange(1, WEEKS + 1) * 7 > kept.first_order_day, whole or 0, 0)


# Every order that counts and was kept, what was paid for it in the end, and what was left of that
# after what its goods cost. A refund that names no order takes money back, and is no order.
_PAID = """
create temp table paid as
with back as (
  select customer_id, order_id, sum(amount_cents) as cents, bool_or(amount_cents is null) as whole
    from refunds
  where order_id is not null and occurred_at >= to_timestamp({first})::timestamp group by all
),
costs as (
  select customer_id, order_id, case when count(unit_cost_cents) = count(*)
    then sum(unit_cost_cents * quantity) end as cents
  from order_lines where occurred_at >= to_timestamp({first})::timestamp group by all
),
counted as (
  select o.customer_id, o.order_id, o.occurred_at, o.amount_cents, c.cents as cost,
    case when o.amount_cents is not null then o.amount_cents - coalesce(b.cents, 0) end as net
  from orders o left join back b using (customer_id, order_id)
    left join costs c using (customer_id, order_id)
  where o.occurred_at >= to_timestamp({first})::timestamp and not o.gift and not o.wholesale
    and not o.brushing
    and not coalesce(b.whole or b.cents >= o.amount_cents, false)
)
select customer_id, order_id, epoch(occurred_at) as at, net,
  case when cost is not null and amount_cents > 0 then net - cost * (net / amount_cents)
    else net * {share} end as margin
from counted
union all
select customer_id, null, epoch(occurred_at), -amount_cents, null
from refunds where order_id is null and occurred_at >= to_timestamp({first})::timestamp
"""

_AFTER = """
create temp table later as
select a.place, (p.at - a.start) / 86400.0 as after, p.order_id, p.net,
  coalesce(p.margin, p.net * {usual}) as margin
from asked a join paid p on p.customer_id = a.customer_id and p.at >= a.start
  and p.at < a.start + {longest} * 86400
"""

_SUMS = """
select place, min(after) filter (nth = 1 and order_id is not null),
  min(after) filter (nth = 2 and order_id is not null),
  sum(net) filter (after < {roi}), sum(margin) filter (after < {roi}),
  sum(net) filter (after < first_after + {roi}), count(order_id) filter (after < {roi}), {weeks}
from (
  select *, row_number() over (partition by place, order_id is null
    order by after, order_id) as nth,
    min(after) filter (order_id is not null) over (partition by place) as first_after
  from later
)
group by place order by place
"""
