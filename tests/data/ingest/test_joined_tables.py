"""A shop's tables as a database has them: orders, their items or payments, and who is one person."""

from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.data.ingest.strangers import PLACE, import_stranger, list_remark_keys, sum_up
from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.workflows.new_shop import NewShop, import_new_shop

ORDERS = """order_id,customer_id,order_status,order_purchase_timestamp,order_estimated_delivery_date
o1,c1,delivered,2026-01-03 09:05:00,2026-01-20 00:00:00
o2,c2,delivered,2026-01-08 09:05:00,2026-01-25 00:00:00
o3,c3,canceled,2026-01-13 09:05:00,2026-01-30 00:00:00
"""
ITEMS = """order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,s1,2026-01-10 09:05:00,10.00,2.00
o1,2,p2,s1,2026-01-10 09:05:00,20.00,2.00
o2,1,p1,s1,2026-01-15 09:05:00,10.00,2.00
o3,1,p1,s1,2026-01-20 09:05:00,10.00,2.00
"""
PAYMENTS = """order_id,payment_sequential,payment_type,payment_installments,payment_value
o1,1,credit_card,1,30.00
o1,2,voucher,1,4.00
o2,1,boleto,1,12.00
o3,1,boleto,1,12.00
"""
CUSTOMERS = """customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c1,u1,01310,sao paulo,SP
c2,u1,01310,sao paulo,SP
c3,u2,01311,sao paulo,SP
"""
TABLES = {
    "orders": ORDERS, "order_items": ITEMS, "order_payments": PAYMENTS, "customers": CUSTOMERS
}  # fmt: skip


def import_tables(folder, *names):
    paths = []
    for name in names:
        paths.append(folder / f"olist_{name}_dataset.csv")
        paths[-1].write_text(TABLES[name], encoding="utf-8")
    home = DataPaths(folder / "home")
    made = import_new_shop(NewShop(paths, "shop", None, PLACE), home, NOW, "en", None, None)
    import_shop(load_shop(Path(made["shop_file"])), home.get_shop_folder("shop"), NOW)
    return open_store(home.get_shop_folder("shop"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("orders", "order_items"), (2, 2, 4000, 0)),
        (("orders", "order_payments"), (2, 2, 4600, 0)),
        (("orders", "order_items", "order_payments"), (2, 2, 4600, 0)),
        (("orders", "order_items", "order_payments", "customers"), (2, 1, 4600, 0)),
    ],
)
def test_orders_items_payments_and_customers_are_joined_by_their_keys(names, expected, tmp_path):
    store = import_tables(tmp_path, *names)
    assert sum_up(store) == expected
    assert "no_amounts" not in list_remark_keys(store)
    lines = store.connect().execute("select sku, amount_minor from order_lines order by all")
    if "order_items" in names:
        assert lines.fetchall() == [("p1", 1000), ("p1", 1000), ("p2", 2000)]


def test_an_order_table_that_names_both_ids_is_one_of_orders(tmp_path):
    text = """order_id,customer_id,customer_unique_id,order_purchase_timestamp,payment_value
o1,c1,u1,2026-01-03 09:05:00,30.00
o2,c2,u1,2026-01-08 09:05:00,12.00
"""
    assert sum_up(import_stranger(tmp_path, text))[0] == 2
