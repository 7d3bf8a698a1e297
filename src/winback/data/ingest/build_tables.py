"""Staged rows → the canonical tables. All rules between rows stand here, as SQL.

Files stand in the order of their newest rows (see `export_order`), so a later file is a newer one.
Duplicates: rows with an order id are the same if order, SKU and nth-of-those agree, and the later
file wins; rows without one are the same by their whole content and nth, so a file given twice
changes nothing. "nth" counts in the order of the content, not of the lines, so shuffling a file
changes nothing either. What a later file calls no order takes back what an earlier one said.
"""

from pathlib import Path

import duckdb

from winback.core.errors import OrderTooLarge
from winback.core.schema import (
    EVENTS,
    LARGEST_MINOR,
    MERGES,
    ORDER_LINES,
    ORDERS,
    PRODUCTS,
    QUARANTINE,
    REFUNDS,
)
from winback.data.ingest.partitioned_table import PartitionedTable
from winback.data.ingest.unique_lines import create_unique_lines
from winback.data.products import add_products, finish_products, flag_part, start_products
from winback.data.store import build_parquet_scan, fetch_int, quote_literal, write_table

REFUND_KNOWN_AFTER = "interval 30 day"  # after payment, of a refund without a time

# A deposit and the rest of it are one order, at the time the rest was paid: only then was anything
# sold.
_JOIN_DEPOSITS = """
create or replace temp view part_lines as
with rests as (
  select customer_id, deposit_of, min(order_id) as order_id, min(occurred_at) as occurred_at,
    min(known_at) as known_at, min(local_day) as local_day,
      min_by(local_hour, occurred_at) as local_hour,
    min_by(local_weekend, occurred_at) as local_weekend
  from itemed_lines where deposit_of is not null and deposit_of <> order_id group by all
)
select l.* replace (
    coalesce(r.order_id, l.order_id) as order_id,
      coalesce(r.occurred_at, l.occurred_at) as occurred_at,
    coalesce(greatest(r.known_at, l.known_at), l.known_at) as known_at,
      coalesce(r.local_day, l.local_day) as local_day,
    coalesce(r.local_hour, l.local_hour) as local_hour,
      coalesce(r.local_weekend, l.local_weekend) as local_weekend,
    l.deposit and r.order_id is null as deposit),
  r.order_id is not null as joined_deposit
from itemed_lines as l left join rests as r on r.deposit_of = l.order_id
  and r.customer_id = l.customer_id
"""

# An order sheet's row takes on the lines of the item sheet; what the order cost, and what was taken
# off it, stays what the order sheet says.
_JOIN_ITEMS = """
create or replace temp view itemed_lines as
with newest as (
  from staged_items
  qualify row_number() over (partition by order_id, coalesce(sku, ''), payment_minor is null, nth
    order by file_no desc) = 1
),
items as (
  select *, row_number() over (partition by order_id order by sku, nth) = 1 as is_first from newest
  where payment_minor is null
),
payments as (
  select order_id, cast(sum(payment_minor) as bigint) as paid_minor from newest
  where payment_minor is not null group by all
),
single as (
  select order_id from read_lines where not refund_row group by all having count(*) = 1
)
select l.* replace (
    coalesce(l.order_amount_minor, case when i.order_id is not null then l.amount_minor end,
      case when l.amount_minor is null then p.paid_minor end) as order_amount_minor,
    coalesce(i.sku, case when i.order_id is null then l.sku end) as sku,
      coalesce(i.name, l.name) as name,
    coalesce(i.category, l.category) as category,
    case when i.order_id is null then l.quantity else i.quantity end as quantity,
    case when i.order_id is null then l.amount_minor else i.amount_minor end as amount_minor,
    case when i.order_id is null or i.is_first and i.discount_minor is null then l.discount_minor
      else i.discount_minor end as discount_minor,
    coalesce(i.list_price_minor, l.list_price_minor) as list_price_minor)
from read_lines as l left join single as s on s.order_id = l.order_id and not l.refund_row
  left join items as i on i.order_id = s.order_id
  left join payments as p on p.order_id = l.order_id and not l.refund_row
"""

_NO_ITEMS = "create or replace temp view itemed_lines as from read_lines"
_NO_DEPOSITS = (
    "create or replace temp view part_lines as select *, false as joined_deposit from itemed_lines"
)

# Where an order has a total of its own, its lines are one order whatever their days. Else they
# share the local day of the first paid line; on another day a negative line is a refund of it and
# any other an order of its own. A row that says itself that it is a refund is one on any day.
# Where nothing had been paid under its number yet, the refund names no order we know: what is paid
# later under that number must not change what was known before.
_OWN_TIME = """
create or replace temp table own_time as
with dayed as (
  select *, min(case when amount_minor > 0 or amount_minor is null then local_day end)
      over (partition by customer_id, order_id) as first_day
  from (select * replace (coalesce(order_id,
    customer_id || '|' || cast(local_day as varchar)) as order_id)
        from part_lines where not loose_refund)
)
select * exclude (first_day) replace (
    case when local_day <> first_day and coalesce(amount_minor, 0) >= 0
      and order_amount_minor is null
      then order_id || '@' || cast(local_day as varchar) else order_id end as order_id),
  coalesce(amount_minor < 0 and (refund_row or first_day is null or local_day <> first_day), false)
    as is_refund,
  first_day is null or local_day < first_day as names_no_order
from dayed
"""

# `sources` has one row a source of the shop file: from how many units on an order is wholesale, and
# what counts all the same.
_ORDERS = """
create or replace temp table orders as
with summed as (
  select customer_id, order_id, min(occurred_at) as occurred_at, max(known_at) as known_at,
    -- An order's total stands on each of its lines, but a deposit's is another payment than
    -- the rest's.
    cast(coalesce(case when keyed then max(order_amount_minor) filter (not joined_deposit)
                         + coalesce(max(order_amount_minor) filter (joined_deposit), 0)
                       else sum(order_amount_minor) end,
                         sum(amount_minor)) as bigint) as amount_minor,
    cast(coalesce(case when keyed then max(order_discount_minor)
                       else sum(order_discount_minor) end + coalesce(sum(discount_minor), 0),
      sum(discount_minor)) as bigint) as discount_minor, cast(sum(quantity) as bigint) as units,
      count(*) as lines,
    min(channel) as channel, min(recipient_key) as recipient_key,
    min(local_day) as local_day, min_by(local_hour, occurred_at) as local_hour,
    min_by(local_weekend, occurred_at) as local_weekend,
    bool_or(deposit) as deposit, bool_or(wholesale) as wholesale, bool_or(brushing) as brushing,
      min(source_at) as source_at
  from own_time where not is_refund
  group by customer_id, order_id, keyed
)
select o.* exclude (source_at) replace (
    (o.wholesale or coalesce(o.units >= s.wholesale_units, false))
      and not s.wholesale_counts as wholesale,
    o.brushing and not s.brushing_counts as brushing),
  coalesce(o.amount_minor <= 0, false) and not s.gift_counts as gift
from summed as o join sources as s using (source_at)
"""

# Lines that agree in all that is kept of them may stand in any order; so nothing else needs sorting
# by.
_LINES = """
create or replace temp table plain_lines as
select l.customer_id, l.order_id,
  row_number() over (partition by l.customer_id, l.order_id
    order by l.sku, l.name, l.category, l.quantity, l.amount_minor,
    l.discount_minor, l.list_price_minor, l.unit_cost_minor) as line,
  o.occurred_at, o.known_at, l.sku, l.name, l.category, l.quantity, l.amount_minor,
    l.discount_minor,
  l.list_price_minor, l.unit_cost_minor, not (o.gift or o.wholesale or o.brushing) as counts,
    o.local_day,
  row_number() over () * {parts} + {part} as row_id
from own_time as l join orders as o on o.customer_id = l.customer_id and o.order_id = l.order_id
where not l.is_refund
"""

_FLAGGED_LINES = """
create or replace temp table order_lines as
select p.* exclude (row_id, local_day), coalesce(f.bestseller, false) as bestseller,
  coalesce(f.bargain, false) as bargain
from {plain} as p left join line_flags as f using (row_id)
"""

# What is paid back of an order that does not count was never counted as paid.
_REFUNDS = f"""
create or replace temp table refunds as
with unnamed as (  -- rows that pay back an order they do not name
  select customer_id, -amount_minor as minor, count(*) as n from (
    select customer_id, amount_minor from part_lines where loose_refund
    union all
    select customer_id, amount_minor from own_time where is_refund and names_no_order
  ) group by all
)
select customer_id, cast(null as varchar) as order_id, cast(null as bigint) as line, occurred_at,
  known_at,
  -amount_minor as amount_minor
from part_lines where loose_refund
union all
select customer_id, case when not names_no_order
  then order_id end, null, occurred_at, known_at, -amount_minor
from own_time as l where is_refund
  and not exists (from orders as o where o.customer_id = l.customer_id and o.order_id = l.order_id
    and (o.gift or o.wholesale or o.brushing))
  and not (names_no_order and exists (from staged_voids as v where v.order_id = l.order_id))
union all
select m.* exclude (is_marked, paid_minor) from (
select o.customer_id, o.order_id, null as line,
  coalesce(r.paid_at, o.occurred_at + {REFUND_KNOWN_AFTER}) as occurred_at,
  coalesce(r.paid_at, o.occurred_at + {REFUND_KNOWN_AFTER}) as known_at,
  -- What rows of their own pay back is not paid back once more by a status or a column.
  cast(greatest(coalesce(nullif(r.minor, 0), case when r.wholly then o.amount_minor
    else r.lines_minor end) - coalesce(b.minor, 0), 0) as bigint) as amount_minor,
  r.wholly and coalesce(r.minor, 0) = 0 as is_marked, o.amount_minor as paid_minor
from orders as o
join (
  select customer_id, order_id, max(refunded_at) as paid_at,
    case when bool_or(by_line) then sum(refund_minor) else max(refund_minor) end as minor,
    bool_and(refunded) as wholly,
    -- Without amounts of its own a line is worth its list price.
    sum(coalesce(amount_minor, list_price_minor::hugeint * quantity)) filter (refunded)
      as lines_minor
  from own_time join refund_levels using (source_at) where not is_refund
  group by customer_id, order_id
  having bool_or(refunded) or max(refund_minor) > 0
) as r on r.customer_id = o.customer_id and r.order_id = o.order_id
left join (
  select customer_id, order_id, sum(-amount_minor) as minor from own_time
  where is_refund and not names_no_order group by all
) as b on b.customer_id = o.customer_id and b.order_id = o.order_id
where not (o.gift or o.wholesale or o.brushing)
  and (b.minor is null
    or coalesce(nullif(r.minor, 0), case when r.wholly then o.amount_minor else r.lines_minor end)
      > b.minor)
) as m left join unnamed as u
  on u.customer_id = m.customer_id and u.minor = m.paid_minor and m.is_marked
-- Where rows of their own pay as much back to somebody as orders cost that are only marked, they
-- are the refunds of these.
qualify u.n is null or row_number() over (partition by m.customer_id, m.paid_minor, m.is_marked
  order by m.occurred_at, m.order_id) > u.n
"""

# What was paid back is of each line where the lines of one order say different amounts, else it
# stands for the order on each of its lines.
_REFUND_LEVELS = """
create temp table refund_levels as
select source_at, bool_or(differs) as by_line from (
  select source_at, count(distinct coalesce(refund_minor, 0)) > 1 as differs
  from unique_lines group by source_at, order_id, case when order_id is null then customer_id end,
    case when order_id is null then local_day end
) group by source_at
"""

_EVENTS = """
create or replace temp table events as
with lines as (from read_events),
in_several as (select customer_id, local_day
  from lines group by all having min(file_no) < max(file_no)),
counted as (
  select l.*, row_number() over (partition by file_no, customer_id, kind, occurred_at, known_at,
    value, ref) as nth
  from lines as l semi join in_several as s on s.customer_id = l.customer_id
    and s.local_day = l.local_day
)
select customer_id, kind, occurred_at, known_at, local_day, local_hour, value, ref from lines as l
anti join in_several as s on s.customer_id = l.customer_id and s.local_day = l.local_day
union all
select customer_id, kind, occurred_at, known_at, local_day, local_hour, value, ref from counted
qualify row_number() over (partition by customer_id, kind, occurred_at, known_at, value, ref,
  nth) = 1
"""

# What the shop's own list says of a product wins over what its orders say.
_PRODUCTS = """
create or replace temp table products as
with sold as (
  select sku, max_by(name, occurred_at) as name, max_by(category, occurred_at) as category,
    max_by(list_price_minor, occurred_at) as list_price_minor,
      max_by(unit_cost_minor, occurred_at) as cost_minor
  from order_lines where sku is not null group by sku
)
select sku, coalesce(p.name, s.name) as name, coalesce(p.category, s.category) as category,
  coalesce(p.list_price_minor, s.list_price_minor) as list_price_minor,
  coalesce(p.cost_minor, s.cost_minor) as cost_minor, p.stock
from sold as s full join product_list as p using (sku)
"""


def build_tables(
    con: duckdb.DuckDBPyConnection, folder: Path, scratch: Path, parts: int
) -> tuple[dict[str, int], dict[str, str]]:
    """From the staged rows write the canonical tables under `folder`; returns what was dropped, and
    each file's sha256.

    Needs `staged_lines`, `staged_items`, `staged_events` and `staged_voids`, each with file_no and
    platform (lines also with source_at and keyed: whether they carry order ids), `sources`,
    `product_list`, `quarantine` and `merges`. Afterwards `con` sees the tables that were written.
    parts: customers are put together a part at a time, by hash, so that memory does not grow with
    the shop; what is known of products is added up over the parts.
    """
    dropped, hashes = create_unique_lines(con), {}
    lines = PartitionedTable(con, "unique_lines", scratch, parts)
    events = PartitionedTable(con, "staged_events", scratch, parts)
    kept_events = 0
    con.execute(_REFUND_LEVELS)
    start_products(con)
    for part in range(parts):
        lines.create_view("read_lines", part)
        events.create_view("read_events", part)
        hashes.update(_write_part(con, folder, scratch, part, parts))
        kept_events += fetch_int(con, "select count(*) from events")
    finish_products(con, scratch, parts)
    for part in range(parts):
        flag_part(con, scratch, part, parts)
        plain = _get_plain_lines(scratch, part)
        source = build_parquet_scan([plain]) if parts > 1 else "plain_lines"
        con.execute(_FLAGGED_LINES.format(plain=source))
        hashes.update(write_table(con, ORDER_LINES, "order_lines", folder, part))
    _show_written(con, folder, parts)
    con.execute(_PRODUCTS)
    for table in (PRODUCTS, QUARANTINE, MERGES):
        hashes.update(write_table(con, table, table.name, folder, 0))
    dropped["duplicates"] += fetch_int(con, "select count(*) from staged_events") - kept_events
    return dropped, hashes


def _write_part(
    con: duckdb.DuckDBPyConnection, folder: Path, scratch: Path, part: int, parts: int
) -> dict[str, str]:
    """Write a part's orders, refunds and events, and put its lines by; returns their hashes."""
    create_orders(con, part, parts)
    _refuse_too_large(con)
    for statement in (_REFUNDS, _EVENTS):
        con.execute(statement)
    add_products(con, "plain_lines", scratch, part, parts)
    hashes = dict[str, str]()
    for table in (ORDERS, REFUNDS, EVENTS):
        hashes.update(write_table(con, table, table.name, folder, part))
    con.execute("drop table own_time")
    if parts > 1:
        plain = quote_literal(str(_get_plain_lines(scratch, part)))
        con.execute(f"copy plain_lines to {plain} (format parquet)")
        con.execute("drop table plain_lines")
    return hashes


def _get_plain_lines(scratch: Path, part: int) -> Path:
    """Where the lines of a part wait until every product is known."""
    return scratch / f"plain-{part}.parquet"


def _show_written(con: duckdb.DuckDBPyConnection, folder: Path, parts: int) -> None:
    """Show the written tables in place of the last part's."""
    for table in (ORDERS, ORDER_LINES, REFUNDS, EVENTS):
        con.execute(f"drop table {table.name}")
        files = build_parquet_scan(
            folder / table.name / f"{part:03d}.parquet" for part in range(parts)
        )
        con.execute(f"create view {table.name} as from {files}")


def create_orders(con: duckdb.DuckDBPyConnection, part: int = 0, parts: int = 1) -> None:
    """From `read_lines` make `own_time`, `orders` and `plain_lines`."""
    # Each step is a whole pass over the lines: what a shop does not have is not joined.
    items = fetch_int(con, "select count(*) from staged_items")
    con.execute(_JOIN_ITEMS if items else _NO_ITEMS)
    deposits = "select count(*) from (from read_lines where deposit_of is not null limit 1)"
    con.execute(_JOIN_DEPOSITS if fetch_int(con, deposits) else _NO_DEPOSITS)
    con.execute(_OWN_TIME)
    con.execute(_ORDERS)
    con.execute(_LINES.format(part=part, parts=parts))


def _refuse_too_large(con: duckdb.DuckDBPyConnection) -> None:
    large = f"select order_id, amount_minor from orders where abs(amount_minor) > {LARGEST_MINOR}"
    for order_id, amount in con.execute(f"{large} order by all limit 1").fetchall():
        raise OrderTooLarge(order_id=order_id, amount=amount, most=LARGEST_MINOR)
