"""The same statement in other engines gives the same bits: a real PostgreSQL, and the DuckDB before this one."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from tests.features.test_readers import bits
from winback.core.cutoff import Cutoff
from winback.core.schema import EVENTS, ORDER_LINES, ORDERS, REFUNDS
from winback.data.store import Store, build_create_table
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compile_features, compute_features

pytestmark = pytest.mark.full
ALL_NAMES = [feature.name for feature in ALL_FEATURES]
TABLES = (ORDERS, ORDER_LINES, REFUNDS, EVENTS)


def load(uri: str, store: Store) -> None:
    with psycopg.connect(uri) as link:
        for table in TABLES:
            statement = build_create_table(table)
            link.execute(f"drop table if exists {table.name}")
            link.execute(statement)
            rows = store.connect().sql(f"select * from {table.name}").fetchall()
            with link.cursor().copy(f"copy {table.name} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)


def assert_same(
    expected: dict[str, dict[str, float | None]], rows: list[dict[str, float | None]], where: str
) -> None:
    assert {row["customer_id"] for row in rows} == set(expected)
    for row in rows:
        wanted = expected[str(row["customer_id"])]
        differing = {
            name: (row[name], wanted[name])
            for name in ALL_NAMES
            if bits(row[name]) != bits(wanted[name])
        }
        assert not differing, (where, row["customer_id"], differing)


def in_duckdb(store: Store, cutoff: Cutoff) -> dict[str, dict[str, float | None]]:
    rows = compute_features(
        store.connect(), cutoff, get_available_feeds(store.first_known, cutoff), ALL_FEATURES
    ).to_pylist()
    return {row["customer_id"]: row for row in rows}


CASES = [
    ("made", [date(2025, 3, 1), date(2025, 9, 14), date(2026, 5, 1)], "Asia/Shanghai"),
    ("cdnow", [date(1997, 3, 1), date(1997, 10, 1), date(1998, 4, 1)], "UTC"),
    (
        "online_retail_2011",
        [date(2011, 3, 3), date(2011, 6, 1), date(2011, 9, 10)],
        "Europe/London",
    ),
]


@pytest.fixture
def store_of(request, made_store):
    return lambda name: (
        made_store if name == "made" else request.getfixturevalue("real_stores")[name]
    )


@pytest.mark.parametrize(("shop", "days", "zone"), CASES, ids=[case[0] for case in CASES])
def test_postgres_gives_the_same_bits(shop, days, zone, postgres, store_of):
    """Where the data already live in Postgres, the same list runs there."""
    store = store_of(shop)
    load(postgres, store)
    with psycopg.connect(postgres, row_factory=psycopg.rows.dict_row) as link:
        for day in days:
            cutoff = Cutoff(day, zone, 30)
            statement = compile_features(
                cutoff, get_available_feeds(store.first_known, cutoff), "postgres", ALL_FEATURES
            )
            rows = link.execute(statement.encode()).fetchall()
            assert_same(in_duckdb(store, cutoff), rows, f"postgres {day}")


@pytest.fixture(scope="session")
def older_duckdb(tmp_path_factory) -> Path:
    """DuckDB 1.5.6, from its own hashed lock, beside the one we run on."""
    folder = tmp_path_factory.mktemp("duckdb1")
    lock = Path(__file__).parents[2] / "requirements" / "duckdb-1.txt"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--target",
        folder,
        "-r",
        lock,
    ]
    for wait in (0, 5, 20):
        time.sleep(wait)
        if subprocess.run(install, check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return folder
    pytest.skip("the package index did not give duckdb 1.5.6")


OLDER = """
import sys, json, duckdb
assert duckdb.__version__.startswith("1.5"), duckdb.__version__
con = duckdb.connect()
con.execute("set TimeZone = 'UTC'")
for table, files in json.loads(sys.argv[1]).items():
    con.execute(f"create view {table} as select * from read_parquet({files})")
con.execute(f"copy ({open(sys.argv[2]).read()}) to '{sys.argv[3]}' (format parquet)")
"""


@pytest.mark.parametrize(("shop", "days", "zone"), CASES, ids=[case[0] for case in CASES])
def test_the_duckdb_before_this_one_gives_the_same_bits(
    shop, days, zone, older_duckdb, store_of, tmp_path
):
    """An engine's update must not move a score."""
    import json

    store = store_of(shop)
    files = {
        table.name: [str(path) for path in sorted((store.folder / table.name).glob("*.parquet"))]
        for table in TABLES
    }
    for day in days:
        cutoff = Cutoff(day, zone, 30)
        (tmp_path / "statement.sql").write_text(
            compile_features(
                cutoff, get_available_feeds(store.first_known, cutoff), features=ALL_FEATURES
            )
        )
        subprocess.run([sys.executable, "-c", OLDER, json.dumps(files), tmp_path / "statement.sql", tmp_path / "out.parquet"],
                       check=True, env={"PYTHONPATH": str(older_duckdb), "PATH": os.environ["PATH"]})  # fmt: skip
        assert_same(
            in_duckdb(store, cutoff),
            pq.read_table(tmp_path / "out.parquet").to_pylist(),
            f"duckdb 1.5.6 {day}",
        )
