"""What some customers bought, by name, as of a cut-off: for messages, never for the model (A12).

Read from the same rows as the features of lines, cut in time in the same place, so that the product
a message names is the one `favourite_is_bestseller` speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from winback.core.cutoff import Cutoff
from winback.features.sql_compiler import compile_lines

if TYPE_CHECKING:  # the service that scores loads no engine
    import duckdb


@dataclass(frozen=True)
class LastProducts:
    """Products of one customer; None where the shop does not say. The SKUs tell whether there is
    any left."""

    favourite: str | None = None
    favourite_sku: str | None = None
    last_product: str | None = None
    last_sku: str | None = None
    category: str | None = None


def find_last_products(
    con: "duckdb.DuckDBPyConnection",
    cutoff: Cutoff,
    feeds: frozenset[str],
    customers: Sequence[str],
) -> dict[str, LastProducts]:
    """The favourite product (the SKU they spent most on), the last one and the favourite
    category of some customers."""
    if not customers or "order_lines.sku" not in feeds:
        return {}
    con.register("asked_customers", pa.table({"customer_id": pa.array(customers, pa.string())}))
    rows = con.execute(f"""
        with {compile_lines(cutoff, feeds)},
        theirs as (select l.* from line_rows as l semi join asked_customers using (customer_id)),
        skus as (
          select customer_id, sku, arg_min(name, (age, line)) as name, sum(amount_minor) as minor
            from theirs
          where sku is not null group by customer_id, sku
        ),
        favourites as (
          select customer_id, sku, name from skus
          qualify row_number() over (partition by customer_id
            order by coalesce(minor, 0) desc, sku) = 1
        ),
        last_ones as (
          select customer_id, sku, name from theirs where sku is not null
          qualify row_number() over (partition by customer_id order by age, order_id, line) = 1
        ),
        categories as (
          select customer_id, category from theirs
            where category is not null group by customer_id, category
          qualify row_number() over (partition by customer_id
            order by coalesce(sum(amount_minor), 0) desc, category) = 1
        )
        select customer_id, f.name, f.sku, l.name, l.sku, c.category from favourites as f
        left join last_ones as l using (customer_id) left join categories as c using (customer_id)
    """).fetchall()
    con.unregister("asked_customers")
    return {customer: LastProducts(*values) for customer, *values in rows}
