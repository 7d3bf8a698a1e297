"""The canonical tables at rest: hash-partitioned Parquet behind one manifest, published whole or
not at all.

`var/<shop>/tables` is a link to `var/<shop>/imports/<version>`; moving the link is the one step
that publishes, so a reader sees the old tables or the new ones. Every file's sha256 stands in the
manifest and is checked before it is read: Parquet does not protect itself.
"""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypedDict

import duckdb

from winback.core.cutoff import Cutoff
from winback.core.errors import ImportAgain, NotImported, TableDamaged
from winback.core.files import hash_file, publish_folder
from winback.core.schema import (
    EVENTS,
    MERGES,
    ORDER_LINES,
    ORDERS,
    QUARANTINE,
    REFUNDS,
    Column,
    Table,
)

# of the canonical tables; another layout makes another version, and an older one must be imported
# again
LAYOUT = 3
ROWS_A_PART = 4_000_000  # about 500 MB while its features are made
MOST_PARTS = 256
ROW_GROUP = 122_880
# By time, so that a window reads only its newest row groups, and on to where no two rows tie: the
# bytes are the same each time.
_ORDER = {
    ORDERS: "occurred_at, customer_id, order_id",
    ORDER_LINES: "occurred_at, customer_id, order_id, line",
    REFUNDS: "occurred_at, customer_id, order_id, amount_minor, known_at",
    EVENTS: "occurred_at, customer_id, kind, ref, value, known_at",
}
_PARTITIONED = tuple(_ORDER)
_SQL_TYPES = {
    "text": "varchar",
    "moment": "timestamp",
    "day": "date",
    "whole": "bigint",
    "flag": "boolean",
}


class FileRead(TypedDict):
    """A file of an import."""

    name: str
    sha256: str
    bytes: int


class SourceFacts(TypedDict):
    """What was read of a source. quarantined: rows by reason; left_out: rows by status; latest:
    when its newest row was known, "" without rows."""

    kind: str
    platform: str | None
    profile: str
    files: int
    read: int
    kept: int
    quarantined: Mapping[str, int]
    left_out: Mapping[str, int]
    latest: str


class SourceRead(SourceFacts):
    """missing: empty cells of each column that the export has."""

    missing: Mapping[str, int]


class ImportRemark(TypedDict):
    """What is said of an import's rows though none of them is wrong by itself. key: of the
    sentence; values: what it names, money in minor units under `minor`."""

    key: str
    values: Mapping[str, str | int]


@dataclass(frozen=True)
class Manifest:
    """What an import is made of and what came of it. `first_known`: when each feed was first
    known (see `get_available_feeds`). `dated_only`: whether every order lies on a local midnight,
    so that the export tells days and not times; None in an import of before it was noted."""

    version: str
    shop: str
    parts: int
    files: Sequence[FileRead]
    tables: Mapping[str, int]  # rows of each table
    sha256: Mapping[str, str]  # of each Parquet file
    quarantined: Mapping[str, int]  # rows by reason
    left_out: Mapping[str, int]  # rows by the status that says they are no orders
    counts: Mapping[
        str, int
    ]  # customers, orders that count, gifts, refunds, duplicate rows dropped
    sources: Sequence[SourceRead]  # for the data quality report
    first_known: Mapping[str, str]
    first_day: str | None
    last_day: str | None
    imported_at: str
    dated_only: bool | None = None
    remarks: Sequence[ImportRemark] = ()
    # Lines of files that are no part of their table: titles, footers, headers that come again.
    no_rows: Mapping[str, int] = field(default_factory=dict)
    layout: int = LAYOUT


@dataclass(frozen=True)
class Store:
    """A published import, opened for reading."""

    folder: Path
    manifest: Manifest

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.manifest.first_day or "1970-01-01")

    @property
    def last_day(self) -> date:
        """The last local day with an order, itself perhaps partial."""
        return date.fromisoformat(self.manifest.last_day or "1970-01-01")

    @property
    def default_cutoff_day(self) -> date:
        """The cut-off where nobody names one: all days before it are whole.

        Orders with times may come from a day that was not over: the last one is left out. An export
        of days alone has no half of a day, and is used to its end.
        """
        return self.latest_cutoff_day if self.manifest.dated_only else self.last_day

    @property
    def latest_cutoff_day(self) -> date:
        """The cut-off that leaves no order out; a later one would count days nobody knows."""
        return self.last_day + timedelta(days=1)

    def find_day_left_out(self, cutoff_day: date) -> date | None:
        """The last day with an order, where it alone is not counted at a cut-off; else None."""
        return self.last_day if cutoff_day == self.last_day else None

    @property
    def content(self) -> str:
        """A hash of the tables, whatever files they came from: the same data in another format
        has the same."""
        ours = {
            name: sha256
            for name, sha256 in self.manifest.sha256.items()
            if not name.startswith(QUARANTINE.name)
        }
        return hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()

    @property
    def first_known(self) -> dict[str, datetime]:
        return {
            feed: datetime.fromisoformat(moment)
            for feed, moment in self.manifest.first_known.items()
        }

    def connect(self, threads: int = 2) -> duckdb.DuckDBPyConnection:
        """An in-memory engine that sees the tables of all customers."""
        con = open_engine(threads)
        self._create_views(con, range(self.manifest.parts))
        return con

    def iterate_parts(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One engine that sees some customers after others: each customer is wholly in one part.

        One thread: the second took a tenth more CPU for a quarter less time, and belongs to whoever
        is being served.
        """
        con = open_engine(threads=1)
        for part in range(self.manifest.parts):
            self._create_views(con, [part])
            yield con

    def _create_views(self, con: duckdb.DuckDBPyConnection, parts: Iterable[int]) -> None:
        for table in _PARTITIONED:
            files = build_parquet_scan(
                self.folder / table.name / f"{part:03d}.parquet" for part in parts
            )
            con.execute(f"create or replace view {table.name} as select * from {files}")


def open_engine(
    threads: int = 2, memory_mb: int | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory: UTC, no extensions, no network, nothing of the host's locale."""
    con = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    con.execute(
        "set TimeZone = 'UTC'; set preserve_insertion_order = false; set enable_progress_bar = "
        "false"
    )
    if memory_mb:
        con.execute(f"set memory_limit = '{memory_mb}MB'")
    if spill:
        con.execute(f"set temp_directory = {quote_literal(str(spill))}")
    return con


def open_store(shop_folder: Path) -> Store:
    """The tables last published for a shop, every file checked against the manifest.

    Raises NotImported, ImportAgain and TableDamaged.
    """
    folder = (shop_folder / "tables").resolve()
    manifest = _read_manifest(folder, shop_folder.name)
    for name, expected in manifest.sha256.items():
        path = folder / name
        if not path.is_file() or hash_file(path) != expected:
            raise TableDamaged(file=str(path), detail="sha256")
    return Store(folder, manifest)


def find_manifest(shop_folder: Path) -> Manifest | None:
    """What the tables last published for a shop say they hold, if they can be read; the tables
    themselves are not looked at."""
    with contextlib.suppress(NotImported, ImportAgain, TableDamaged):
        return _read_manifest((shop_folder / "tables").resolve(), shop_folder.name)
    return None


def _read_manifest(folder: Path, shop: str) -> Manifest:
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if content.get("layout") != LAYOUT:
            raise ImportAgain(shop=shop)
        return Manifest(**content)
    except FileNotFoundError:
        raise NotImported(shop=shop) from None
    except (ValueError, TypeError) as error:
        raise TableDamaged(file=str(folder / "manifest.json"), detail=str(error)) from None


def list_merges(store: Store) -> list[dict[str, str]]:
    """Every id that stands under another customer: the columns of MERGES."""
    file = build_parquet_scan([store.folder / MERGES.name / "000.parquet"])
    rows = (
        open_engine()
        .execute(f"select {', '.join(MERGES.names)} from {file} order by all")
        .fetchall()
    )
    return [dict(zip(MERGES.names, row, strict=True)) for row in rows]


def group_person_ids(store: Store) -> dict[str, list[str]]:
    """Every id of each person who has several, by the one they go by now: that one first."""
    people = defaultdict[str, list[str]](list)
    for merge in list_merges(store):
        people[merge["customer_id"]].append(merge["merged_id"])
    return {customer: [customer, *ids] for customer, ids in people.items()}


def count_parts(rows: int) -> int:
    """Into how many parts of customers a shop of so many rows is cut."""
    parts = 1
    while parts < MOST_PARTS and rows / parts > ROWS_A_PART:
        parts *= 2
    return parts


def write_table(
    con: duckdb.DuckDBPyConnection, table: Table, source: str, folder: Path, part: int
) -> dict[str, str]:
    """Write one part of a table from `source` as Parquet under `folder`; returns its name and
    sha256."""
    (folder / table.name).mkdir(parents=True, exist_ok=True)
    path = folder / table.name / f"{part:03d}.parquet"
    con.execute(
        f"copy (select {_type_columns(table.columns)} from {source} "
        f"order by {_ORDER.get(table, 'all')}) to {quote_literal(str(path))} "
        f"(format parquet, compression zstd, row_group_size {ROW_GROUP})"
    )
    return {f"{table.name}/{path.name}": hash_file(path)}


def find_first_known(con: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """When each feed was first known, for `get_available_feeds`, from whatever canonical tables
    `con` sees."""
    queries = [
        "select 'orders', min(known_at) from orders",
        "select 'refunds', min(known_at) from refunds",
        "select 'events', min(known_at) from events",
        "select 'events.' || kind, min(known_at) from events group by kind",
        *(
            f"select 'orders.{c}', min(known_at) from orders where {c} is not null"
            for c in ("amount_minor", "discount_minor", "units")
        ),
        *(
            f"select 'order_lines.{c}', min(known_at) from order_lines where {c} is not null"
            for c in ("sku", "category")
        ),
    ]
    return {
        feed: moment
        for feed, moment in con.execute(" union all ".join(queries)).fetchall()
        if moment is not None
    }


def publish_tables(shop_folder: Path, staging: Path, manifest: Manifest) -> None:
    """Make a finished staging folder the shop's tables, in one step; the version before it is
    kept, older ones go."""
    (staging / "manifest.json").write_text(
        json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8"
    )
    publish_folder(staging, shop_folder / "imports" / manifest.version, shop_folder / "tables")


def list_gaps(
    con: duckdb.DuckDBPyConnection, through: Cutoff | None = None
) -> list[tuple[date, int]]:
    """Every gap between a customer's neighbouring purchase days: (the day it began, its days)."""
    known = (
        f"and known_at < timestamp '{through.at}' and occurred_at < timestamp '{through.at}'"
        if through
        else ""
    )
    return con.execute(f"""
        with days as (
          select distinct customer_id, local_day
            from orders where not (gift or wholesale or brushing) {known}
        )
        select local_day, next - local_day from (
          select local_day, lead(local_day) over (partition by customer_id
            order by local_day) as next from days
        ) where next is not null order by all
    """).fetchall()


def _type_columns(columns: Sequence[Column]) -> str:
    return ", ".join(
        f'cast("{column.name}" as {_SQL_TYPES[column.type]}) as "{column.name}"'
        for column in columns
    )


def get_sql_type(column: Column) -> str:
    """What a column is in SQL."""
    return _SQL_TYPES[column.type]


def build_create_table(table: Table) -> str:
    """The statement that makes an empty canonical table, in DuckDB and in Postgres."""
    columns = (
        f'"{c.name}" {_SQL_TYPES[c.type]}{"" if c.nullable else " not null"}' for c in table.columns
    )
    return f"create table {table.name} ({', '.join(columns)})"


def quote_literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def build_parquet_scan(paths: Iterable[Path], options: str = "") -> str:
    """What reads some Parquet files, each as it is named: a folder called `[1]` is no pattern."""
    listed = ", ".join(quote_literal(re.sub(r"([*?\[])", r"[\1]", str(path))) for path in paths)
    return f"read_parquet([{listed}]{options and ', ' + options})"


def fetch_int(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one whole number a query gives; 0 for nothing."""
    return int(con.execute(query).fetchall()[0][0] or 0)
