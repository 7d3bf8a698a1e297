"""Staged rows → the canonical tables, by the rules of CONTRACTS 2. All cross-row rules stand here, as SQL.

Duplicates: rows with an order id are the same if order, SKU and nth-of-those agree, and the later file wins; rows
without one are the same by their whole content and nth, so a file given twice changes nothing. "nth" counts in the
order of the content, not of the lines, so shuffling a file changes nothing either.
"""

import duckdb

from winback.sources.products import flag_lines

REFUND_KNOWN_AFTER = "interval 30 day"  # a refund without a time counts as known 30 days after payment

_CONTENT = (
    "occurred_at, known_at, sku, name, category, quantity, amount_cents, order_amount_cents, discount_cents,"
    " list_price_cents, unit_cost_cents, channel, loose_refund, refunded, refunded_at, customer_id"
)

_UNIQUE_LINES = """
create temp table unique_lines as
with counted as (
  select *, row_number() over (partition by file_no, {key} order by {content}) as nth
  from staged_lines
)
select * exclude (nth, file_no) from counted
qualify row_number() over (partition by {key}, nth order by file_no desc) = 1
"""

# Lines of one order share the local day of its first paid line; on another day a negative line is a refund of it and any
# other an order of its own. Where nothing had been paid under its number yet, the refund names no order we know: what is paid
# later under that number must not change what was known before.
_OWN_TIME = """
create temp table own_time as
with dayed as (
  select *, min(case when amount_cents > 0 or amount_cents is null then local_day end)
      over (partition by customer_id, order_id) as first_day
  from (select * replace (coalesce(order_id, customer_id || '|' || cast(local_day as varchar)) as order_id)
        from unique_lines where not loose_refund)
)
select * exclude (first_day) replace (
    case when local_day <> first_day and coalesce(amount_cents, 0) >= 0
      then order_id || '@' || cast(local_day as varchar) else order_id end as order_id),
  coalesce(amount_cents < 0 and (first_day is null or local_day <> first_day), false) as is_refund,
  first_day is null or local_day < first_day as names_no_order
from dayed
"""

_ORDERS = """
create temp table orders as
select customer_id, order_id, min(occurred_at) as occurred_at, max(known_at) as known_at,
  cast(coalesce({order_amount}, sum(amount_cents)) as bigint) as amount_cents,
  cast(sum(discount_cents) as bigint) as discount_cents, cast(sum(quantity) as bigint) as units, count(*) as lines,
  min(channel) as channel, cast(null as varchar) as recipient_key,
  min(local_day) as local_day, min_by(local_hour, occurred_at) as local_hour,
  min_by(local_weekend, occurred_at) as local_weekend,
  false as deposit, coalesce(coalesce({order_amount}, sum(amount_cents)) <= 0, false) as gift,
  false as wholesale, false as brushing
from own_time where not is_refund
group by customer_id, order_id
"""

_LINES = """
create temp table plain_lines as
select l.customer_id, l.order_id,
  row_number() over (partition by l.customer_id, l.order_id order by {content}) as line,
  o.occurred_at, o.known_at, l.sku, l.name, l.category, l.quantity, l.amount_cents, l.discount_cents,
  l.list_price_cents, l.unit_cost_cents, not (o.gift or o.wholesale or o.brushing) as counts, o.local_day,
  row_number() over () as row_id
from own_time as l join orders as o on o.customer_id = l.customer_id and o.order_id = l.order_id
where not l.is_refund
"""

_FLAGGED_LINES = """
create temp table order_lines as
select p.* exclude (row_id, local_day), coalesce(f.bestseller, false) as bestseller, coalesce(f.bargain, false) as bargain
from plain_lines as p left join line_flags as f using (row_id)
"""

_REFUNDS = f"""
create temp table refunds as
select customer_id, cast(null as varchar) as order_id, cast(null as bigint) as line, occurred_at, known_at,
  -amount_cents as amount_cents
from unique_lines where loose_refund
union all
select customer_id, case when not names_no_order then order_id end, null, occurred_at, known_at, -amount_cents
from own_time where is_refund
union all
select o.customer_id, o.order_id, null, coalesce(r.paid_at, o.occurred_at + {REFUND_KNOWN_AFTER}),
  coalesce(r.paid_at, o.occurred_at + {REFUND_KNOWN_AFTER}), cast(coalesce(r.cents, o.amount_cents) as bigint)
from orders as o
join (
  select customer_id, order_id, max(refunded_at) as paid_at, sum(amount_cents) as cents
  from own_time where refunded and not is_refund group by customer_id, order_id
) as r on r.customer_id = o.customer_id and r.order_id = o.order_id
where not o.gift
"""

_EVENTS = """
create temp table events as
with counted as (
  select *, row_number() over (partition by file_no, customer_id, kind, occurred_at, known_at, value, ref) as nth
  from staged_events
)
select customer_id, kind, occurred_at, known_at, local_day, value, ref from counted
qualify row_number() over (partition by customer_id, kind, occurred_at, known_at, value, ref, nth) = 1
"""

_PRODUCTS = """
create temp table products as
select sku, max_by(name, occurred_at) as name, max_by(category, occurred_at) as category,
  max_by(list_price_cents, occurred_at) as list_price_cents, max_by(unit_cost_cents, occurred_at) as cost_cents,
  cast(null as bigint) as stock
from order_lines where sku is not null group by sku
"""


def assemble(con: duckdb.DuckDBPyConnection, keyed: bool) -> int:
    """From `staged_lines` and `staged_events` make the canonical tables as temp tables; returns the duplicates dropped.

    keyed: whether the lines carry order ids.
    """
    # A refund may repeat the order's number and SKU; it is another row, not a correction.
    key = "order_id, coalesce(sku, name, ''), coalesce(amount_cents < 0, false)" if keyed else _CONTENT
    con.execute(_UNIQUE_LINES.format(key=key, content=_CONTENT))
    con.execute(_OWN_TIME)
    con.execute(_ORDERS.format(order_amount="max(order_amount_cents)" if keyed else "sum(order_amount_cents)"))
    con.execute(_LINES.format(content=", ".join(f"l.{column.strip()}" for column in _CONTENT.split(","))))
    con.execute("create temp view line_flags_in as select * from plain_lines where counts")
    flag_lines(con)
    for statement in (_FLAGGED_LINES, _REFUNDS, _EVENTS, _PRODUCTS):
        con.execute(statement)
    return sum(
        _count(con, staged) - _count(con, unique)
        for staged, unique in (("staged_lines", "unique_lines"), ("staged_events", "events"))
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])
