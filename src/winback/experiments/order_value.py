"""What an order is worth, fixed before a wave is drawn: what one of its customers has paid so far
on average, each order capped at the shop's 99th percentile.

Fixed beforehand, one huge order decides nothing: an effect on how many buy, times this value, is as
certain as the effect itself.
"""

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa

from winback.config.shop import Shop
from winback.data.store import Store
from winback.ledger.wave_plan import OrderValue

CAP_QUANTILE = 0.99
CAP_DAYS = 365  # of orders that the cap is taken from
LEAST_KNOWN_COSTS = 0.9  # of the orders have to say what their goods cost


def estimate_order_value(
    shop: Shop, store: Store, customers: Collection[str], until: datetime
) -> OrderValue:
    """The value of an order of some customers, by what was known at a moment (UTC); of the whole
    shop's where they have ordered nothing."""
    con = store.connect()
    con.register("valued", pa.table({"customer_id": pa.array(sorted(customers), pa.string())}))
    con.execute(_PAID_BEFORE, {"until": until})
    row = con.execute(
        _VALUE, {"until": until, "days": CAP_DAYS, "quantile": CAP_QUANTILE}
    ).fetchone()
    if row is None:  # no order with an amount
        return OrderValue()
    cap, value, orders, known, with_cost, left, kept = row
    value *= kept
    share = left if orders and known >= LEAST_KNOWN_COSTS * orders and with_cost else None
    if share is None:
        share = shop.measurement.margin_share
    margin = None if share is None else round(value * share)
    return OrderValue(round(value), margin, round(cap))


_PAID_BEFORE = """
create temp table paid_before as
with back as (
  select customer_id, order_id, sum(amount_minor) as minor, bool_or(amount_minor is null) as whole
  from refunds where order_id is not null and occurred_at < $until group by all
),
costs as (
  select customer_id, order_id, case when count(unit_cost_minor) = count(*)
    then sum(unit_cost_minor::hugeint * quantity) end as minor
  from order_lines where occurred_at < $until group by all
)
select o.customer_id, o.occurred_at, o.amount_minor - coalesce(b.minor, 0) as net,
  case when o.amount_minor > 0
    then c.minor * ((o.amount_minor - coalesce(b.minor, 0)) / o.amount_minor) end as cost
from orders o left join back b using (customer_id, order_id)
  left join costs c using (customer_id, order_id)
where o.occurred_at < $until and not o.gift and not o.wholesale and not o.brushing
  and o.amount_minor is not null and not coalesce(b.whole or b.minor >= o.amount_minor, false)
"""

# The cap, what is left after the goods, and what refunds that name no order take away are the
# shop's; the value is of the customers asked about, where they have orders.
_VALUE = """
with capped as (
  select coalesce(
    quantile_disc(net, $quantile)
      filter (occurred_at >= $until::timestamp - to_days($days::int)),
    quantile_disc(net, $quantile)) as cap
  from paid_before
),
sums as (
  select cap, sum(net) as whole, count(*) as orders, count(cost) as known,
    sum(net) filter (cost is not null) as paid, sum(net - cost) as left_over,
    avg(least(net, cap)) as mean,
    avg(least(net, cap)) filter (customer_id in (select customer_id from valued)) as own
  from paid_before, capped group by cap
)
select cap, coalesce(own, mean), orders, known, paid > 0, left_over / nullif(paid, 0),
  greatest(1 - loose / nullif(whole, 0), 0)
from sums, (
  select coalesce(sum(amount_minor), 0) as loose from refunds
  where order_id is null and occurred_at < $until
)
"""
