"""What is said of an export's rows though none of them is wrong by itself: no amounts, one buyer
who has a tenth of all orders, a last row that is the sum of the others."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from winback.config.shop import Shop
from winback.core.currency import get_minor_per_unit
from winback.data.ingest.staged_parts import STAGED, build_arrow_table
from winback.data.store import ImportRemark, open_engine

FEWEST = 20  # orders, below which a shop is too small for most of it
DOMINANT_SHARE, DOMINANT_RATIO = 0.1, 5  # of all orders, and against the next customer
_SAY_REFUNDS = {"refund_amount", "refunded_at", "row_type"}
MUCH_REFUNDED = 0.5  # of what was paid
DIFFERENCE, DIFFERENT_SHARE = 1 / 3, 0.1  # of an order's total, and of all orders

_PAID = """
create or replace temp view paid_lines as
select *, coalesce(order_amount_minor, amount_minor) as paid_minor,
  coalesce(order_id, customer_id || '|' || cast(local_day as varchar)) as the_order
from staged_lines where not (loose_refund or refund_row)
"""
_TOTALS = """
select count(*) as lines, count(distinct the_order) as orders,
  count(distinct customer_id) as customers, count(paid_minor) as amounts,
  count(order_id) as numbered, min(paid_minor) as least, max(paid_minor) as most,
  sum(paid_minor) as total, arg_max(line, paid_minor) as line_of_most,
  count(*) filter (paid_minor = {per_unit}::hugeint
    * try_cast(regexp_replace(order_id, '[^0-9]', '', 'g') as bigint)
  ) as as_numbers, count(*) filter (amount_minor < 0) as negative,
  count(distinct the_order) filter (refunded and refunded_at is not null) as whole_refunds
from paid_lines
"""
# Of orders with a total alone, of which some lines came back.
_UNKNOWN_REFUNDS = """
select count(*) from (
  select the_order from paid_lines group by all
  having bool_or(refunded) and not bool_and(refunded) and coalesce(max(refund_minor), 0) = 0
    and count(paid_minor) > 0
    and count(coalesce(amount_minor, list_price_minor * quantity)) filter (refunded) = 0
)
"""
# Rows of their own alone: what a status pays back is known once orders are put together.
_PAID_BACK = """
select coalesce(sum(abs(amount_minor)), 0) from staged_lines
where loose_refund or refund_row or amount_minor < 0
"""
_MOST_ORDERS = """
select customer_id, count(distinct the_order) from paid_lines
group by all order by 2 desc, 1 limit 2
"""
# Of orders whose lines and whose total both say what was paid.
_DIFFERENT = f"""
with totals as (
  select order_id, max(paid_minor) as total, sum(amount_minor) as of_lines,
    count(*) filter (amount_minor is null) = 0 and count(order_amount_minor) > 0 as is_both
  from paid_lines where order_id is not null group by all
),
items as (
  select order_id, sum(amount_minor) as of_lines from staged_items where payment_minor is null
  group by all having count(*) = count(amount_minor)
),
both_ways as (
  select t.total, coalesce(i.of_lines, t.of_lines) as of_lines
  from totals as t left join items as i using (order_id) where t.is_both or i.order_id is not null
)
select count(*) filter (abs(total - of_lines) > {DIFFERENCE} * abs(total)), count(*) from both_ways
"""
# Orders without a total whose lines were paid on several days: each day is an order of its own.
_SPLIT = """
select count(*) from (
  select customer_id, order_id from paid_lines
  where order_id is not null and order_amount_minor is null and coalesce(amount_minor, 0) >= 0
  group by all having count(distinct local_day) > 1
)
"""
# Orders whose lines say different totals of their order.
_UNEQUAL = """
select count(*) filter (least < most) as orders, count(*) as of_orders,
  coalesce(sum(all_of_them - most) filter (least < most), 0) as minor
from (
  select min(order_amount_minor) as least, max(order_amount_minor) as most,
    sum(distinct order_amount_minor) as all_of_them
  from paid_lines where order_id is not null and order_amount_minor > 0
  group by customer_id, order_id having count(*) > 1
)
"""
UNEQUAL_SHARE = 0.05  # of the orders of several lines; fewer were edited, or paid in two parts
_IN_TWO = """
select count(*) from (
  select order_id from staged_lines where order_id is not null and not refund_row
  group by platform, order_id having count(distinct source_at) > 1
)
"""
_PLUS = """
select count(*) from (
  select coalesce(plus_of, email_hash) as mailbox from staged_lines where email_hash is not null
  group by all having count(distinct customer_id) > 1 and count(plus_of) > 0
)
"""
_SHARED_PHONES = """
select count(*) from (
  select phone_hash from staged_lines where phone_hash is not null
  group by all having count(distinct customer_id) > 1
)
"""


def list_remarks(
    con: duckdb.DuckDBPyConnection, shop: Shop, columns: Collection[str], is_whole: bool = True
) -> list[ImportRemark]:
    """What is said of the rows of the views `staged_lines` and `staged_items`.

    columns: ours that an order source of the shop's own column names has. is_whole: whether they
    are all rows; of the first ones nothing is said that others may change.
    """
    con.execute(_PAID)
    remarks = list(_iterate_remarks(con, shop, columns, is_whole))
    con.execute("drop view paid_lines")
    return remarks


def list_remarks_of_rows(
    frames: Sequence[tuple[str, pd.DataFrame]],
    shop: Shop,
    columns: Collection[str],
    is_whole: bool,
) -> list[ImportRemark]:
    """`list_remarks` of checked rows that are not staged. frames: (`lines` or `items`, rows)."""
    con = open_engine(threads=1)
    for kind in ("lines", "items"):
        tables = [build_arrow_table(kind, rows) for of, rows in frames if of == kind]
        empty = build_arrow_table(kind, pd.DataFrame(columns=[each.name for each in STAGED[kind]]))
        con.register(f"staged_{kind}", pa.concat_tables([empty, *tables]))
    remarks = list_remarks(con, shop, columns, is_whole)
    con.close()
    return remarks


def _iterate_remarks(
    con: duckdb.DuckDBPyConnection, shop: Shop, columns: Collection[str], is_whole: bool
) -> Iterator[ImportRemark]:
    totals = con.execute(_TOTALS.format(per_unit=get_minor_per_unit(shop.currency)))
    names = [column[0] for column in totals.description or ()]
    of = dict(zip(names, totals.fetchall()[0], strict=True))
    if not of["lines"]:
        return
    yield from _iterate_amounts(con, of)
    if is_whole:
        yield from _iterate_sums(of)
        yield from _iterate_people(con, of["orders"], of["customers"])
    has_own_columns = any(source.profile is None for source in shop.orders)
    if has_own_columns and not of["numbered"]:
        yield _say("no_order_numbers")
    if has_own_columns and {"status", "cancelled_at", "row_type"}.isdisjoint(columns):
        yield _say("no_statuses")
    yield from _iterate_refunds(con, shop, columns, of, is_whole)
    split = con.execute(_SPLIT).fetchall()[0][0]
    if split and has_own_columns:
        yield _say("orders_split", count=split)
    yield from _iterate_unequal(con)
    if is_whole and len(shop.orders) > 1:
        yield from _iterate_repeated(con)
    different, both = con.execute(_DIFFERENT).fetchall()[0]
    if different > DIFFERENT_SHARE * both:
        yield _say("items_differ", orders=different, of=both)


def _iterate_unequal(con: duckdb.DuckDBPyConnection) -> Iterator[ImportRemark]:
    """What is said of totals of orders that are those of parcels, or of lines."""
    orders, of_orders, minor = con.execute(_UNEQUAL).fetchall()[0]
    if orders > UNEQUAL_SHARE * of_orders:
        yield _say("totals_unequal", orders=orders, of=of_orders, minor=minor)


def _iterate_repeated(con: duckdb.DuckDBPyConnection) -> Iterator[ImportRemark]:
    """What is said of orders that files of two kinds have: of one of them the rows do not count."""
    has_sources = con.execute(
        "select count(*) from (describe staged_lines) where column_name = 'source_at'"
    ).fetchall()[0][0]
    repeated = con.execute(_IN_TWO).fetchall()[0][0] if has_sources else 0
    if repeated:
        yield _say("orders_in_two", count=repeated)


def _iterate_amounts(
    con: duckdb.DuckDBPyConnection, of: Mapping[str, Any]
) -> Iterator[ImportRemark]:
    """What is said of amounts that are missing, all the same, or numbers of orders."""
    in_items = "select count(amount_minor) + count(payment_minor) from staged_items"
    if not of["amounts"]:
        if not con.execute(in_items).fetchall()[0][0]:
            yield _say("no_amounts")
    elif of["amounts"] >= FEWEST and of["least"] == of["most"]:
        yield _say("equal_amounts", lines=of["amounts"], minor=of["most"])
    if of["amounts"] and of["as_numbers"] > 0.9 * of["lines"]:
        yield _say("amounts_are_numbers")


def _iterate_refunds(
    con: duckdb.DuckDBPyConnection,
    shop: Shop,
    columns: Collection[str],
    of: Mapping[str, Any],
    is_whole: bool,
) -> Iterator[ImportRemark]:
    """What is said of refunds that nobody tells, or tells without an amount."""
    is_refund_known = not _SAY_REFUNDS.isdisjoint(columns) or any(
        source.profile or "refunded" in source.status.values() for source in shop.orders
    )
    paid_back = "select count(*) from staged_lines where refund_row or loose_refund"
    has_refunds = bool(of["negative"] or con.execute(paid_back).fetchall()[0][0])
    if is_whole and not is_refund_known and not has_refunds:
        yield _say("no_refunds")
    if "refunded_at" in columns and "refund_amount" not in columns and of["whole_refunds"]:
        yield _say("whole_refunds", count=of["whole_refunds"])
    back = con.execute(_PAID_BACK).fetchall()[0][0]
    if is_whole and back > MUCH_REFUNDED * max(of["total"] or 0, 0) and of["orders"] >= FEWEST:
        yield _say("refunds_much", minor=back)
    unknown = con.execute(_UNKNOWN_REFUNDS).fetchall()[0][0]
    if unknown:
        yield _say("refunds_unknown", count=unknown)


def _iterate_sums(of: Mapping[str, Any]) -> Iterator[ImportRemark]:
    is_order_a_line = FEWEST // 2 <= of["lines"] == of["orders"]
    if is_order_a_line and of["amounts"] and 2 * of["most"] == of["total"]:
        yield _say("last_is_sum", line=of["line_of_most"], minor=of["most"])


def _iterate_people(
    con: duckdb.DuckDBPyConnection, orders: int, customers: int
) -> Iterator[ImportRemark]:
    """What is said of who bought."""
    most = con.execute(_MOST_ORDERS).fetchall()
    (name, count), following = most[0], most[1][1] if len(most) > 1 else 0
    if count >= max(FEWEST, DOMINANT_SHARE * orders, DOMINANT_RATIO * following):
        yield _say("one_customer", customer=name, orders=count, of=orders)
    if customers == orders >= FEWEST:
        yield _say("one_order_each", orders=orders)
    for key, query in (("plus_addresses", _PLUS), ("shared_phones", _SHARED_PHONES)):
        found = con.execute(query).fetchall()[0][0]
        if found:
            yield _say(key, count=found)


def _say(key: str, **values: str | int) -> ImportRemark:
    plain = {name: each if isinstance(each, str) else int(each) for name, each in values.items()}
    return {"key": key, "values": plain}
