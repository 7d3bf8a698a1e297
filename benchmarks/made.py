"""A shop of any size made by our own code: the same size and seed give the same rows.

Customers differ in pace and size of basket, drop out, browse before they buy; about 3 in 100 orders
are refunded. Written through the importer's own writer, so the benchmarks read what a real import
leaves.
"""

from datetime import date, datetime
from pathlib import Path

from winback.core.schema import CANONICAL
from winback.data.store import (
    Manifest,
    Store,
    count_parts,
    find_first_known,
    open_engine,
    publish_tables,
    write_table,
)

LAST_DAY = date(2026, 6, 30)
DAYS = 730
_KINDS = ("view", "view", "view", "view", "view", "search", "favourite", "cart", "cart", "coupon_claim", "campaign_received",
          "message_open", "activity", "service_contact", "review", "checkout")  # fmt: skip


def made_shop(folder: Path, customers: int, spill: Path, events_each: int = 50) -> Store:
    """A published shop of `customers`, 5 orders and 50 events each on average, over two years."""
    from winback.data.store import build_create_table, open_store

    orders, events = customers * 5, customers * events_each
    if not (folder / "tables" / "manifest.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        con = open_engine(threads=2, spill=spill)
        for table in CANONICAL:
            con.execute(build_create_table(table))
        con.execute(_ORDERS.format(customers=customers, orders=orders, days=DAYS, last=LAST_DAY))
        con.execute(_REFUNDS)
        kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
        con.execute(
            _EVENTS.format(
                customers=customers,
                events=events,
                days=DAYS,
                last=LAST_DAY,
                kinds=kinds,
                n=len(_KINDS),
            )
        )
        staging = folder / "staging"
        parts, hashes = count_parts(events), {}
        for part in range(parts):
            for table in CANONICAL:
                mine = f"(from {table.name} where md5_number_lower(customer_id) % {parts} = {part})"
                if "customer_id" in table.names[:1]:
                    hashes.update(write_table(con, table, mine, staging, part))
                elif part == 0:
                    hashes.update(write_table(con, table, table.name, staging, 0))
        known = {feed: moment.isoformat() for feed, moment in find_first_known(con).items()}
        publish_tables(folder, staging, Manifest(
            version="made", shop=folder.name, parts=parts, files=[], tables={}, sha256=hashes, quarantined={}, left_out={},
            counts={"orders": orders}, sources=[], first_known=known, first_day="2024-07-01", last_day=str(LAST_DAY),
            imported_at=datetime(2026, 7, 1).isoformat(),
        ))  # fmt: skip
    return open_store(folder)


# hash() of a number is a fixed mix of its bits: every draw below is a function of the row's number
# alone.
_DRAW = "(hash({0}) % 1000003) / 1000003.0"

# The square makes some customers ten times busier than others; each has an own last day.
_WHO = "cast(floor(pow({draw}, 2) * {{customers}}) as bigint)"
_WHEN = (
    "cast('{{last}}' as timestamp) - to_seconds(cast(floor(86400.0 * {{days}} * (0.02 + {own} * "
    "0.6 * {lost} + 0.38 * {draw}))"
    " as bigint))"
)

_ORDERS = f"""
insert into orders
select 'c' || lpad(cast(who as varchar), 9, '0'), 'o' || cast(i as varchar), moment, moment,
  cast(500 + 30000 * pow({_DRAW.format("i * 7 + 1")}, 3) as bigint),
  case when hash(i * 7 + 2) % 4 = 0 then cast(hash(i * 7 + 3) % 900 as bigint) else 0 end,
  cast(1 + hash(i * 7 + 4) % 5 as bigint), cast(1 + hash(i * 7 + 5) % 3 as bigint), null, null,
  cast(moment as date), extract(hour from moment), extract(isodow from moment) >= 6, false, false, false, false
from (
  select i, who, {_WHEN.format(own=_DRAW.format("who * 11 + 5"), lost="1", draw=_DRAW.format("i * 7 + 6"))} as moment
  from (select i, {_WHO.format(draw=_DRAW.format("i * 7"))} as who from range({{orders}}) as r(i))
)
"""

_REFUNDS = """
insert into refunds
select customer_id, case when hash(order_id) % 5 = 0 then null else order_id end, null, occurred_at + interval 9 day,
  occurred_at + interval 9 day, case when hash(order_id) % 2 = 0 then amount_minor else amount_minor // 2 end
from orders where hash(order_id || 'r') % 100 < 3
"""

_EVENTS = f"""
insert into events
select 'c' || lpad(cast(who as varchar), 9, '0'),
  list_extract([{{kinds}}], cast(1 + hash(i * 13 + 1) % {{n}} as bigint)), moment, moment,
  cast(moment as date), extract(hour from moment), cast(hash(i * 13 + 2) % 300 as bigint), null
from (
  select i, who, {_WHEN.format(own=_DRAW.format("who * 11 + 5"), lost="1", draw=_DRAW.format("i * 13 + 3"))} as moment
  from (select i, {_WHO.format(draw=_DRAW.format("i * 13"))} as who from range({{events}}) as r(i))
)
"""
