"""Nothing from the cut-off on can touch a feature: not noise, not silence, not ten times the rows."""

import hashlib
import os
import random
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest

from tests.conftest import PLAIN, imported, made_exports
from winback.core.cutoff import Cutoff
from winback.data.store import Store, find_first_known, open_engine
from winback.features.registry import get_available_feeds
from winback.features.sql_compiler import compute_features

TABLES = ("orders", "order_lines", "refunds", "events")
FIRST_DAY, DAYS = date(2025, 2, 1), 450

# What becomes of the rows that are not yet known at the cut-off.
FUTURES = {
    "nothing": "select * from {table} limit 0",
    "noise": "select * replace (('x' || (hash(customer_id) % 997)) as customer_id{noise}) from {table} where known_at >= {at}",
    "ten times the rows": "select t.* from {table} as t, range(10) where known_at >= {at}",
    "other moments": "select * replace (known_at + to_days(cast(hash(customer_id) % 90 as int)) as known_at) from {table}"
    " where known_at >= {at}",
}
NOISE = {
    "orders": ", hash(order_id) % 100000 as amount_minor, hash(order_id) % 9 as units",
    "order_lines": ", 's' || (hash(order_id) % 5) as sku, hash(order_id) % 100000 as amount_minor, not bargain as bargain",
    "refunds": ", hash(customer_id) % 100000 as amount_minor",
    "events": ", 'search' as kind, hash(customer_id) % 1000 as value",
}


def features_hash(con: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> str:
    """The feature table's bytes, hashed."""
    table = compute_features(
        con, cutoff, get_available_feeds(find_first_known(con), cutoff)
    ).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def with_future(store: Store, cutoff: Cutoff, future: str) -> duckdb.DuckDBPyConnection:
    con, at = open_engine(threads=1), f"timestamp '{cutoff.at}'"
    seen = store.connect(threads=1)
    for table in TABLES:
        con.register(f"all_{table}", seen.sql(f"select * from {table}").to_arrow_table())
        later = FUTURES[future].format(table=f"all_{table}", at=at, noise=NOISE[table])
        con.execute(
            f"create table {table} as select * from all_{table} where known_at < {at} union all ({later})"
        )
    return con


def assert_no_leak(store: Store, cutoffs: int, seed: int = 5) -> None:
    draw = random.Random(seed)
    for _ in range(cutoffs):
        cutoff = Cutoff(FIRST_DAY + timedelta(days=draw.randrange(DAYS)), "Asia/Shanghai", 30)
        expected = features_hash(store.connect(threads=1), cutoff)
        for future in FUTURES:
            assert features_hash(with_future(store, cutoff, future), cutoff) == expected, (
                cutoff.day,
                future,
            )


def test_the_future_cannot_touch_a_feature(made_store):
    """A model that has seen the answer looks brilliant until Monday."""
    assert_no_leak(made_store, 4)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))  # parts, so that two workers share them
def test_the_future_cannot_touch_a_feature_at_many_cutoffs(made_store, seed):
    assert_no_leak(made_store, 150 if os.environ.get("WINBACK_SOAK") else 50, seed)


def test_later_rows_of_an_export_cannot_touch_a_feature(shop_of, tmp_path):
    """What is worked out at import (orders, bestsellers, bargains, refunds) must not look ahead either."""
    orders, events = made_exports(300, seed=4)
    head, *rows = orders.splitlines()
    cutoff = Cutoff(date(2025, 11, 3), "Asia/Shanghai", 30)
    past = [row for row in rows if row.split(",")[2] < "2025-11-03"]
    future = [row for row in rows if row not in set(past)]
    noise = [row.replace(",c", ",z").replace(",s", ",s0") for row in future]
    cheaper = [
        ",".join((f[0], f"{f[1]}x", f[2], "0.01", *f[4:]))
        for f in (row.split(",") for row in future)
    ]
    hashes = set()
    for name, later in {
        "nothing": [],
        "real": future,
        "noise": noise,
        "cheaper": cheaper * 3,
    }.items():
        file = shop_of(
            PLAIN, folder=name, orders="\n".join([head, *past, *later]) + "\n", events=events
        )
        hashes.add(features_hash(imported(file, tmp_path / f"home-{name}").connect(), cutoff))
    assert len(hashes) == 1


def test_the_leak_test_would_see_a_leak(made_store):
    """A test that has never failed proves nothing: here the cut in time is taken out of the statement."""
    cutoff = Cutoff(date(2025, 9, 1), "Asia/Shanghai", 30)
    later = Cutoff(date(2025, 9, 2), "Asia/Shanghai", 30)
    con = with_future(made_store, cutoff, "nothing")
    assert features_hash(con, later) != features_hash(made_store.connect(), later)
