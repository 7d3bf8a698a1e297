"""What the shop's product list says of its stock."""

import pyarrow.parquet as pq

from winback.data.store import Store


def list_out_of_stock(store: Store) -> frozenset[str]:
    """SKUs of which the shop's product list says there are none left."""
    products = store.folder / "products" / "000.parquet"
    table = pq.read_table(products, columns=["sku", "stock"]).to_pylist()
    return frozenset(row["sku"] for row in table if row["stock"] is not None and row["stock"] <= 0)
