"""Orders from a real PostgreSQL: typed columns, in batches, all from one state of the database."""

from dataclasses import replace

import psycopg
import pytest

from tests.conftest import NOW
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.readers.database import read_query

pytestmark = pytest.mark.full
TOML = """
name = "pg"
timezone = "Asia/Shanghai"
[orders]
database = "postgresql+psycopg://shop:${SHOP_PASSWORD}@HOST"
query = "select * from sales"
[orders.columns]
customer_id = "buyer"
order_id = "no"
ordered_at = "paid_at"
amount = "paid"
"""


@pytest.fixture
def sales(postgres):
    with psycopg.connect(postgres, autocommit=True) as link:
        link.execute("drop table if exists sales")
        link.execute(
            "create table sales (buyer bigint, no bigint, paid_at timestamptz, paid numeric(12, 2))"
        )
        link.execute("insert into sales select 9007199254740993 + i % 40, i, timestamptz '2026-01-05 08:05+08' + i * interval '1 minute',"
                     " 12.34 from generate_series(1, 120000) as s(i)")  # fmt: skip
        yield link


@pytest.mark.usefixtures("sales")
def test_ids_amounts_and_zones_come_as_they_are(postgres, tmp_path):
    (tmp_path / "shop.toml").write_text(TOML.replace("HOST", postgres.split("@")[1]))
    shop = load_shop(tmp_path / "shop.toml", {"SHOP_PASSWORD": "p@ss"})
    with pytest.raises(errors.EnvironmentMissing):
        load_shop(tmp_path / "shop.toml")
    manifest = import_shop(shop, tmp_path / "home", NOW)
    assert manifest.counts["orders"] == 120_000
    rows = open_store(tmp_path / "home").connect().sql(
        "select customer_id, amount_minor, cast(occurred_at as varchar) from orders where order_id = '1'").fetchall()  # fmt: skip
    assert rows == [("9007199254740994", 1234, "2026-01-05 00:06:00")]
    for path in (tmp_path / "home").rglob("*.json"):
        assert "p@ss" not in path.read_text()
    again = import_shop(shop, tmp_path / "home", NOW)
    assert replace(again, counts=manifest.counts) == manifest
    assert {name: again.counts[name] for name in manifest.counts if "_orders" in name} == {
        "new_orders": 0,
        "changed_orders": 0,
        "taken_back_orders": 0,
    }


def test_what_is_written_meanwhile_is_not_seen(sales, postgres):
    """One snapshot: an order half inserted while we read must be in as a whole or not at all."""
    batches = read_query(
        postgres.replace("postgresql://", "postgresql+psycopg://"), "select no from sales"
    )
    seen = next(batches).table.num_rows
    sales.execute("insert into sales select 1, -i, now(), 1 from generate_series(1, 1000) as s(i)")
    assert seen < 120_000
    assert seen + sum(batch.table.num_rows for batch in batches) == 120_000
