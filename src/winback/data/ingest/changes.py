"""What an import brings that the one before it had not: orders that are new, that say something
else now, and that are taken back."""

from collections.abc import Mapping

import duckdb

from winback.core.schema import ORDERS, REFUNDS
from winback.data.store import Store, build_parquet_scan

# What makes an order another one. Its channel or recipient may be filled in later and change
# nothing that is said of its customer.
_COMPARED = "occurred_at, amount_minor, discount_minor, units, lines, deposit, refunded_minor"

# An id that is merged by now is the same customer as before.
_SUMMED = """
with paid_back as (
  select customer_id, order_id, sum(amount_minor) as refunded_minor from {refunds}
  where order_id is not null group by all
)
select coalesce(m.customer_id, o.customer_id) as customer_id, o.order_id,
  md5_number_lower(concat_ws('|', {compared})) as content
from {orders} as o left join paid_back using (customer_id, order_id)
  left join merges as m on m.merged_id = o.customer_id
where not (o.gift or o.wholesale or o.brushing)
"""
_COUNTED = """
select count(*) filter (b.order_id is null),
  count(*) filter (a.content <> b.content),
  count(*) filter (a.order_id is null)
from orders_after as a full join orders_before as b using (customer_id, order_id)
"""


def count_changes(con: duckdb.DuckDBPyConnection, before: Store | None) -> Mapping[str, int]:
    """Orders that count by what became of them since an import. con: sees the tables built now.
    before: None for the first import, whose orders are all new."""
    con.execute(f"create temp view orders_after as {_build_query('orders', 'refunds')}")
    if before is None:
        con.execute("create temp view orders_before as from orders_after limit 0")
    else:
        scans = (_scan_table(before, table.name) for table in (ORDERS, REFUNDS))
        con.execute(f"create temp view orders_before as {_build_query(*scans)}")
    new, changed, taken_back = con.execute(_COUNTED).fetchall()[0]
    return {"new_orders": new, "changed_orders": changed, "taken_back_orders": taken_back}


def _build_query(orders: str, refunds: str) -> str:
    texts = ", ".join(f"coalesce(cast({name} as varchar), '')" for name in _COMPARED.split(", "))
    return _SUMMED.format(orders=orders, refunds=refunds, compared=texts)


def _scan_table(store: Store, table: str) -> str:
    parts = range(store.manifest.parts)
    return build_parquet_scan(store.folder / table / f"{part:03d}.parquet" for part in parts)
