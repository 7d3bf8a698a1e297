"""The staged lines without those that a newer file repeats, corrects or takes back."""

import duckdb

from winback.data.store import fetch_int

_CONTENT = (
    "occurred_at, known_at, sku, name, category, quantity, amount_minor, order_amount_minor, "
    "discount_minor, order_discount_minor,"
    " list_price_minor, unit_cost_minor, channel, loose_refund, refunded, refunded_at, "
    "refund_minor, phone_hash, email_hash, recipient_key,"
    " deposit, deposit_of, wholesale, brushing, refund_row, customer_id"
)
# A refund may repeat the order's number and SKU: it is another row, not a correction, and so is the
# next refund on another day.
_KEY = "order_id, coalesce(sku, ''), case when amount_minor < 0 then local_day end"

# Most rows are of an order that only one file has: nobody can correct them, and they need no
# comparing.
_UNIQUE_LINES = """
create temp table unique_lines as
with lines as (from bought_lines where {of}),
in_several as (select {within} from lines group by all having min(file_no) < max(file_no)),
compared as (
  select l.*, row_number() over (partition by file_no, {key} order by {content}) as nth
  from lines as l semi join in_several as s on {same}
)
select l.* from lines as l anti join in_several as s on {same}
union all by name
select * exclude (nth) from compared qualify row_number() over (partition by {key}, nth
  order by file_no desc) = 1
"""

# A refund that names an order is its buyer's, whoever paid it back: in a list of payments the shop
# itself is the sender.
_BUYERS = """
create or replace temp table order_buyers as
with named as (
  select distinct platform, order_id, customer_id from staged_lines
  where refund_row and order_id is not null
),
sales as (
  select s.platform, s.order_id, min(s.customer_id) as customer_id
  from staged_lines as s semi join named as n
    on n.order_id = s.order_id and n.platform is not distinct from s.platform
  where not s.refund_row group by all having count(distinct s.customer_id) = 1
)
select n.platform, n.order_id, n.customer_id, s.customer_id as buyer
from named as n join sales as s
  on s.order_id = n.order_id and s.platform is not distinct from n.platform
where s.customer_id <> n.customer_id
"""
_BOUGHT = """
create or replace temp view bought_lines as
select l.* replace (coalesce(b.buyer, l.customer_id) as customer_id)
from staged_lines as l left join order_buyers as b on l.refund_row
  and b.order_id = l.order_id and b.customer_id = l.customer_id
  and b.platform is not distinct from l.platform
"""

_TAKE_BACK = """
delete from unique_lines as l using (
  select order_id, sku, max(file_no) as file_no
    from staged_voids where order_id is not null group by all
) as v
where l.order_id = v.order_id and (v.sku is null or l.sku is null or l.sku = v.sku)
  and l.file_no < v.file_no
"""


def create_unique_lines(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make `unique_lines`: staged lines without those another file repeats, corrects or takes
    back; returns how many."""
    _name_buyers(con)
    files = "(select file_no from staged_lines union select file_no from staged_voids)"
    if fetch_int(con, f"select count(*) from {files}") < 2:
        # Nothing can correct or repeat the rows of a single file.
        con.execute("create or replace temp view unique_lines as from bought_lines")
        return {"duplicates": 0, "taken_back": 0}
    con.execute(
        _UNIQUE_LINES.format(
            of="keyed",
            key=_KEY,
            content=_CONTENT,
            within="order_id",
            same="s.order_id = l.order_id",
        )
    )
    keyless = _UNIQUE_LINES.format(
        of="not keyed",
        key=_CONTENT,
        content=_CONTENT,
        within="customer_id, local_day",
        same="s.customer_id = l.customer_id and s.local_day = l.local_day",
    )
    con.execute(
        keyless.replace("create temp table unique_lines as", "insert into unique_lines by name")
    )
    unique = fetch_int(con, "select count(*) from unique_lines")
    con.execute(_TAKE_BACK)
    staged = fetch_int(con, "select count(*) from staged_lines")
    left = fetch_int(con, "select count(*) from unique_lines")
    return {"duplicates": staged - unique, "taken_back": unique - left}


def _name_buyers(con: duckdb.DuckDBPyConnection) -> None:
    """Make `bought_lines`: the staged lines, refunds with the buyer of the order they name."""
    con.execute(_BUYERS)
    if fetch_int(con, "select count(*) from order_buyers"):
        con.execute(_BOUGHT)
    else:
        con.execute("create or replace temp view bought_lines as from staged_lines")
