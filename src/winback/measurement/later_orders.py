"""What customers ordered after a moment, net of refunds and with its margin, as columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.data.store import Store, list_merges
from winback.measurement.readout import Measure

REPEAT_DAYS, RETAINED_DAYS = 30, 180  # B24, B26
LEAST_KNOWN_COSTS = 0.9  # of the orders have to say what their goods cost
WEEKS = 13  # of the curve: a quarter shows whether orders were only pulled forward


@dataclass(frozen=True)
class LaterOrders:
    """What customers ordered after their moments, an element each; fields as in OutcomeRows."""

    first_order_day: NDArray[np.float64]
    second_order_day: NDArray[np.float64]
    by_week: NDArray[np.float64]
    net: NDArray[np.float64]
    margin: NDArray[np.float64]
    spend_after_return: NDArray[np.float64]
    orders: NDArray[np.float64]
    measure: Measure


def sum_later_orders(
    shop: Shop,
    store: Store,
    customers: Sequence[str],
    starts: NDArray[np.float64],
    success_days: Collection[int] = (0,),
) -> LaterOrders:
    """What each customer ordered after each moment, net of refunds."""
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
    measure: Measure = "margin" if margin else "net" if money else "orders"
    sums = _SUMS.format(roi=roi, weeks=_build_weekly_sums(measure))
    columns = _OrderSums(con.sql(sums).to_arrow_table(), count)
    return LaterOrders(
        first_order_day=columns.spread(1, np.nan),
        second_order_day=columns.spread(2, np.nan),
        by_week=np.column_stack([columns.spread(7 + week, 0.0) for week in range(WEEKS)]),
        net=columns.spread(3, 0.0, money),
        margin=columns.spread(4, 0.0, margin),
        spend_after_return=columns.spread(5, np.nan),
        orders=columns.spread(6, 0.0),
        measure=measure,
    )


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


def _build_weekly_sums(measure: Measure) -> str:
    """The select list of what was bought up to the end of each week."""
    what = {"margin": "margin", "net": "net", "orders": "cast(order_id is not null as int)"}
    return ", ".join(
        f"sum({what[measure]}) filter (after < {7 * (week + 1)})" for week in range(WEEKS)
    )


@dataclass(frozen=True)
class _OrderSums:
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


# Every order that counts and was kept, what was paid for it in the end, and what was left of that
# after what its goods cost. A refund that names no order takes money back, and is no order.
_PAID = """
create temp table paid as
with back as (
  select customer_id, order_id, sum(amount_minor) as minor, bool_or(amount_minor is null) as whole
    from refunds
  where order_id is not null and occurred_at >= to_timestamp({first})::timestamp group by all
),
costs as (
  select customer_id, order_id, case when count(unit_cost_minor) = count(*)
    then sum(unit_cost_minor::hugeint * quantity) end as minor
  from order_lines where occurred_at >= to_timestamp({first})::timestamp group by all
),
counted as (
  select o.customer_id, o.order_id, o.occurred_at, o.amount_minor, c.minor as cost,
    case when o.amount_minor is not null then o.amount_minor - coalesce(b.minor, 0) end as net
  from orders o left join back b using (customer_id, order_id)
    left join costs c using (customer_id, order_id)
  where o.occurred_at >= to_timestamp({first})::timestamp and not o.gift and not o.wholesale
    and not o.brushing
    and not coalesce(b.whole or b.minor >= o.amount_minor, false)
)
select customer_id, order_id, epoch(occurred_at) as at, net,
  case when cost is not null and amount_minor > 0 then net - cost * (net / amount_minor)
    else net * {share} end as margin
from counted
union all
select customer_id, null, epoch(occurred_at), -amount_minor, null
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
