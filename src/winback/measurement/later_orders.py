"""What customers ordered after a moment, net of what was sent back until their window was over and
with its margin, as columns.

A household's outcome is what it was on the day its window was over: read again a month later it is
the same, and what came back since is told beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.data.store import Store, list_merges
from winback.experiments.order_value import LEAST_KNOWN_COSTS
from winback.measurement.readout import Measure

REPEAT_DAYS, RETAINED_DAYS = 30, 180  # B24, B26
WEEKS = 13  # of the curve: a quarter shows whether orders were only pulled forward


Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """How long is looked, in days from each moment, an element each: for a return, and for money;
    cap_minor: what an order counts for at most in measured money, NaN for no cap."""

    success_days: NDArray[np.int64]
    roi_days: NDArray[np.int64]
    cap_minor: Numbers


@dataclass(frozen=True)
class LaterOrders:
    """What customers ordered after their moments, an element each; fields as in OutcomeRows."""

    returned: NDArray[np.bool_]
    sent_back: NDArray[np.bool_]
    bought: NDArray[np.bool_]
    first_order_day: Numbers
    second_order_day: Numbers
    by_week: Numbers
    net: Numbers
    capped: Numbers
    margin: Numbers
    spend_after_return: Numbers
    orders: Numbers
    measure: Measure


def sum_later_orders(
    shop: Shop,
    store: Store,
    customers: Sequence[str],
    starts: Numbers,
    windows: Windows | None = None,
) -> LaterOrders:
    """What each customer ordered after each moment, net of what was sent back until the window was
    over. windows: left out, none for a return and the shop's own for money."""
    count, con = len(customers), store.connect()
    windows = windows or Windows(
        np.zeros(count, dtype=np.int64),
        np.full(count, shop.measurement.roi_days, dtype=np.int64),
        np.full(count, np.nan),
    )
    con.register("asked", _build_asked(store, customers, starts, windows))
    share = shop.measurement.margin_share
    first = float(starts.min()) if count else 0.0
    con.execute(_MACROS)
    con.execute(_SOLD.format(first=first))
    known_share = "null" if share is None else repr(share)
    money, margin, usual = _find_known_amounts(con, known_share)
    longest = max([WEEKS * 7, *windows.success_days.tolist(), *windows.roi_days.tolist()])
    con.execute(
        _AFTER.format(
            share=known_share,
            usual="null" if not margin or usual is None else repr(usual),
            curve=WEEKS * 7,
            longest=longest + max([RETAINED_DAYS, *windows.roi_days.tolist()]),
        )
    )
    measure: Measure = "margin" if margin else "net" if money else "orders"
    sums = _SUMS.format(weeks=_build_weekly_sums(measure))
    columns = _OrderSums(con.sql(sums).to_arrow_table(), count)
    return LaterOrders(
        returned=columns.spread("returned", 0.0) > 0,
        sent_back=columns.spread("sent_back", 0.0) > 0,
        bought=columns.spread("orders", 0.0) > 0,
        first_order_day=columns.spread("first_day", np.nan),
        second_order_day=columns.spread("second_day", np.nan),
        by_week=np.column_stack([columns.spread(f"week{week}", 0.0) for week in range(WEEKS)]),
        net=columns.spread("net", 0.0, money),
        capped=columns.spread("capped", 0.0, money),
        margin=columns.spread("margin", 0.0, margin),
        spend_after_return=columns.spread("spend", np.nan),
        orders=columns.spread("orders", 0.0),
        measure=measure,
    )


def _build_asked(
    store: Store, customers: Sequence[str], starts: Numbers, windows: Windows
) -> pa.Table:
    """The customers and their moments; whoever was merged since the wave under today's id."""
    merged = {row["merged_id"]: row["customer_id"] for row in list_merges(store)}
    ids = [merged.get(each, each) for each in customers]
    return pa.table(
        {
            "place": pa.array(np.arange(len(customers))),
            "start": pa.array(starts),
            "success": pa.array(windows.success_days),
            "roi": pa.array(windows.roi_days),
            "cap": pa.array(windows.cap_minor, mask=np.isnan(windows.cap_minor)),
            "customer_id": pa.array(ids, pa.string()),
        }
    )


def _find_known_amounts(
    con: duckdb.DuckDBPyConnection, share: str
) -> tuple[bool, bool, float | None]:
    """(whether amounts are known, whether margins are, the usual margin's part of an amount).
    share: of an amount that is margin, in SQL."""
    # Of a few orders whose goods have no cost, and of refunds that name no order, the usual part is
    # left.
    orders, money, known, usual = con.sql(
        "select count(order_id), count(paid), count(margin), sum(margin) / nullif(sum(paid) filter "
        f"(margin is not null), 0) from (select *, subtract_cost(paid, paid, cost, {share}) as "
        "margin from sold where order_id is not null)"
    ).fetchall()[0]
    return money > 0, money > 0 and known >= LEAST_KNOWN_COSTS * orders, usual


def _build_weekly_sums(measure: Measure) -> str:
    """The select list of what was bought up to the end of each week."""
    what = {"margin": "margin", "net": "capped", "orders": "cast(order_id is not null as int)"}
    return ", ".join(
        f"sum({what[measure]}) filter (kept and after < {7 * (week + 1)}) as week{week}"
        for week in range(WEEKS)
    )


@dataclass(frozen=True)
class _OrderSums:
    """The sums of those who ordered, by their place among so many customers."""

    table: pa.Table
    customers: int

    def spread(self, name: str, empty: float, known: bool = True) -> Numbers:
        """A column of everybody; empty: of who ordered nothing."""
        column = np.full(self.customers, empty if known else np.nan)
        place = self.table.column("place").to_numpy()
        values = self.table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        column[place] = np.where(np.isnan(values), empty, values) if known else values
        return column


# What was sent back of an order until a moment, and whether all of it was: a part without an amount
# is the whole order.
_MACROS = """
create temp macro sum_back(parts, until) as
  coalesce(list_sum([each.minor for each in parts if each.at < until]), 0);
create temp macro is_back(parts, until, paid) as coalesce(parts is not null and (
  len([each.at for each in parts if each.at < until and each.minor is null]) > 0
  or len([each.at for each in parts if each.at < until]) > 0 and sum_back(parts, until) >= paid),
  false);
create temp macro subtract_cost(net, paid, cost, share) as
  case when cost is not null and paid > 0 then net - cost * (net / paid) else net * share end;
"""

# Every order that counts, what its goods cost, and what was sent back of it when; and what was left
# of it by today. A refund that names no order takes money back, and is no order.
_SOLD = """
create temp table sold as
with back as (
  select customer_id, order_id,
    list({{'at': epoch(occurred_at), 'minor': amount_minor}}) as parts
  from refunds
  where order_id is not null and occurred_at >= to_timestamp({first})::timestamp group by all
),
costs as (
  select customer_id, order_id, case when count(unit_cost_minor) = count(*)
    then sum(unit_cost_minor::hugeint * quantity) end as minor
  from order_lines where occurred_at >= to_timestamp({first})::timestamp group by all
),
counted as (
  select o.customer_id, o.order_id, epoch(o.occurred_at) as at, o.amount_minor as paid,
    c.minor as cost, b.parts, is_back(b.parts, 'infinity'::double, o.amount_minor) as gone
  from orders o left join back b using (customer_id, order_id)
    left join costs c using (customer_id, order_id)
  where o.occurred_at >= to_timestamp({first})::timestamp and not o.gift and not o.wholesale
    and not o.brushing
)
select *, case when not gone then paid - sum_back(parts, 'infinity'::double) end as net
from counted
union all
select customer_id, null, epoch(occurred_at), -amount_minor, null, null, false, -amount_minor
from refunds where order_id is null and occurred_at >= to_timestamp({first})::timestamp
"""

# Each with what was left of it when the windows were over: what comes back afterwards changes no
# figure that was read.
_AFTER = """
create temp table later as
with hit as (
  select a.place, a.cap, a.roi, (s.at - a.start) / 86400.0 as after, s.order_id, s.paid, s.cost,
    s.gone, s.net as left_over,
    -- An order after the window of money stands in the curve alone, and is judged at its end.
    a.start + 86400 * case when after < a.roi then a.roi else greatest(a.roi, {curve}) end as until,
    after < a.success and s.order_id is not null
      and not is_back(s.parts, a.start + a.success * 86400, s.paid) as came,
    not is_back(s.parts, until, s.paid) as kept, s.paid - sum_back(s.parts, until) as net
  from asked a join sold s on s.customer_id = a.customer_id and s.at >= a.start
    and s.at < a.start + {longest} * 86400
),
-- Neither an order nor a refund that names none counts for more than the cap.
capped as (
  select *, case when cap is null or net is null then net else greatest(least(net, cap), -cap) end
    as capped
  from hit
)
select *, coalesce(subtract_cost(net, paid, cost, {share}), net * {usual})
    * case when net = 0 or net = capped then 1 else capped / net end as margin
from capped
"""

_SUMS = """
select place, bool_or(came) as returned,
  bool_or(came) and not coalesce(bool_or(came and not gone), false) as sent_back,
  min(after) filter (nth = 1 and order_id is not null and kept) as first_day,
  min(after) filter (nth = 2 and order_id is not null and kept) as second_day,
  sum(net) filter (kept and after < roi) as net,
  sum(capped) filter (kept and after < roi) as capped,
  sum(margin) filter (kept and after < roi) as margin,
  sum(left_over) filter (after < first_after + roi) as spend,
  count(order_id) filter (kept and after < roi) as orders, {weeks}
from (
  select *, row_number() over (partition by place, order_id is null or not kept
    order by after, order_id) as nth,
    min(after) filter (order_id is not null and kept) over (partition by place) as first_after
  from later
)
group by place order by place
"""
