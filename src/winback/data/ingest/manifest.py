"""From staged parts to built tables, and the manifest that says what they hold: files, rows,
counts and what was left out. An import without a single order line is refused."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.core.errors import (
    NothingImported,
)
from winback.data.ingest.build_tables import build_tables
from winback.data.ingest.changes import count_changes
from winback.data.ingest.remarks import list_remarks
from winback.data.ingest.staged_parts import STAGED, Kind, Staged, Tally
from winback.data.ingest.staged_views import create_staged_views
from winback.data.ingest.units import load_unmerges
from winback.data.store import (
    FileRead,
    Manifest,
    SourceRead,
    Store,
    count_parts,
    fetch_int,
    find_first_known,
)


def build_tables_and_manifest(
    con: duckdb.DuckDBPyConnection,
    shop: Shop,
    folder: Path,
    staged: Sequence[Staged],
    version: str,
    key: bytes,
    staging: Path,
    now: datetime,
    before: Store | None,
) -> Manifest:
    """The tables of staged parts under `staging`, and what they hold. before: what is published
    until now."""
    tallies = _add_tallies(staged)
    total = _sum_tallies(tallies.values())
    _refuse_nothing(
        shop, staged, {at: tally for (kind, at), tally in tallies.items() if kind == "orders"}
    )
    identity = create_staged_views(con, shop, staged, key, load_unmerges(folder))
    remarks = list_remarks(con, shop, _list_own_columns(shop, tallies))
    parts = count_parts(_count_most_rows(tallies))
    dropped, hashes = build_tables(con, staging, staging.parent, parts)
    rows = {table: fetch_int(con, f"select count(*) from {table}") for table in _COUNTED_TABLES}
    first, last = con.execute(
        f"select min(local_day), max(local_day) from orders where {_COUNTING}"
    ).fetchall()[0]
    return Manifest(
        version=version,
        shop=shop.name,
        parts=parts,
        files=_list_files_read(staged),
        tables=rows,
        sha256=hashes,
        quarantined=dict(sorted(total.reasons.items())),
        left_out=dict(sorted(total.left_out.items())),
        counts={
            **_count_orders(con),
            **count_changes(con, before),
            "refunds": rows["refunds"],
            "rows_read": total.read,
            "rows_kept": total.kept,
            **dropped,
            **identity,
        },
        sources=[
            _describe_source(shop, kind, at, tally, staged) for (kind, at), tally in tallies.items()
        ],
        first_known={
            feed: moment.isoformat() for feed, moment in sorted(find_first_known(con).items())
        },
        first_day=str(first) if first else None,
        last_day=str(last) if last else None,
        imported_at=now.isoformat(timespec="seconds"),
        dated_only=_are_orders_dated_only(con, shop.timezone),
        remarks=remarks,
        no_rows=dict(sorted(total.no_rows.items())),
    )


def _list_own_columns(shop: Shop, tallies: Mapping[tuple[Kind, int], Tally]) -> set[str]:
    """Ours that the order sources without a profile have."""
    return {
        ours
        for at, source in enumerate(shop.orders)
        if source.profile is None and ("orders", at) in tallies
        for ours in tallies["orders", at].named
    }


_COUNTED_TABLES = (
    "orders",
    "order_lines",
    "refunds",
    "events",
    "products",
    "quarantine",
    "merges",
)
_COUNTING = "not (gift or wholesale or brushing)"


def _are_orders_dated_only(con: duckdb.DuckDBPyConnection, timezone: str) -> bool:
    """Whether every order lies on the local midnight of its day."""
    moments, days = con.execute(
        "select count(distinct occurred_at), count(distinct local_day) from orders"
    ).fetchall()[0]
    if moments != days:
        return False
    # One moment a day: few enough to ask the calendar, which knows on which days a zone's clocks
    # skip midnight.
    orders = con.execute("select distinct local_day, occurred_at from orders").fetchall()
    return all(moment == get_midnight(day, timezone) for day, moment in orders)


def _count_most_rows(tallies: Mapping[tuple[Kind, int], Tally]) -> int:
    """The rows kept of the kind that has the most."""
    rows_kept: Counter[Kind] = Counter()
    for (kind, _), tally in tallies.items():
        rows_kept[kind] += tally.kept
    return max(rows_kept.values())


def _list_files_read(staged: Sequence[Staged]) -> list[FileRead]:
    return [
        {"name": file.name, "sha256": unit.sha256[file.name], "bytes": file.path.stat().st_size}
        for unit, _ in staged
        for file in unit.files
    ]


def _count_orders(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Customers and orders that count, and the orders under each flag."""
    counts = {
        "customers": fetch_int(
            con, f"select count(distinct customer_id) from orders where {_COUNTING}"
        ),
        "orders": fetch_int(con, f"select count(*) from orders where {_COUNTING}"),
    }
    for flag in ("gift", "wholesale", "brushing", "deposit"):
        name = f"{flag}s" if flag in ("gift", "deposit") else flag
        counts[name] = fetch_int(con, f"select count(*) from orders where {flag}")
    return counts


def _add_tallies(staged: Sequence[Staged]) -> dict[tuple[Kind, int], Tally]:
    """What was counted of each source."""
    tallies: dict[tuple[Kind, int], Tally] = {}
    for unit, made in staged:
        tally = tallies.setdefault((unit.kind, unit.at), Tally())
        for part in made:
            tally.add(part.tally)
    return tallies


def _describe_source(
    shop: Shop, kind: Kind, at: int, tally: Tally, staged: Sequence[Staged]
) -> SourceRead:
    """What the manifest keeps of a source, for the data quality report."""
    source = next(unit for unit, _ in staged if (unit.kind, unit.at) == (kind, at)).get_source(shop)
    return {
        "kind": kind,
        "platform": source.platform,
        "profile": source.profile or "columns",
        "files": _count_files(staged, kind, at),
        "read": tally.read,
        "kept": tally.kept,
        "quarantined": dict(sorted(tally.reasons.items())),
        "left_out": dict(sorted(tally.left_out.items())),
        "latest": tally.latest,
        # Only what the export has can be missing from it.
        "missing": {
            column: tally.missing[column] for column in sorted(_list_filled_columns(tally.named))
        },
    }


def _count_files(staged: Sequence[Staged], kind: Kind, at: int) -> int:
    return sum(len(unit.files) for unit, _ in staged if (unit.kind, unit.at) == (kind, at))


def _list_filled_columns(named: Mapping[str, str]) -> set[str]:
    """The staged columns that an export's columns fill."""
    also = {
        "product_name": "name",
        "amount": "amount_minor",
        "order_amount": "order_amount_minor",
        "discount": "discount_minor",
        "order_discount": "order_discount_minor",
        "list_price": "list_price_minor",
        "unit_cost": "unit_cost_minor",
        "phone": "phone_hash",
        "email": "email_hash",
        "recipient": "recipient_key",
    }
    # What few rows have anyway is no gap: an order is seldom a deposit's rest.
    nullable = {column.name for columns in STAGED.values() for column in columns if column.nullable}
    rare = {"deposit_of", "refunded_at", "discount_minor", "order_discount_minor"}
    return {also.get(ours, ours) for ours in named} & nullable - rare


def _refuse_nothing(shop: Shop, staged: Sequence[Staged], orders: Mapping[int, Tally]) -> None:
    """Refuse an import without a single order line, telling the commonest reason and one row of
    it."""
    total = _sum_tallies(orders.values())
    if total.kept:
        return
    reason, count = max(total.reasons.items(), key=lambda each: each[1], default=("no_rows", 0))
    if not total.reasons and total.left_out:
        raise _build_left_out_refusal(shop, total, staged)
    example = _find_example(staged, reason)
    raise NothingImported(
        shop=shop.name,
        rows=total.read,
        reason=reason,
        count=count,
        **{name: example.get(name, "") for name in ("file", "line", "column", "value")},
    )


def _build_left_out_refusal(shop: Shop, total: Tally, staged: Sequence[Staged]) -> NothingImported:
    """The refusal where every row was left out by its status: it names the commonest, and a row of
    it."""
    status, count = max(total.left_out.items(), key=lambda each: each[1])
    example = _find_left_out(staged, status)
    return NothingImported(
        shop=shop.name,
        rows=total.read,
        reason="only_left_out",
        count=count,
        value=status,
        **example,
    )


def _find_left_out(staged: Sequence[Staged], status: str) -> dict[str, str | int]:
    """Where a row stands that its status leaves out, and under which column."""
    for unit, made in staged:
        for part in (each for each in made if "voids" in each.files):
            rows = pd.read_parquet(part.files["voids"], filters=[("status", "==", status)])
            if len(rows):
                row = rows.iloc[0]
                file = unit.files[int(row["in_unit"])].name if unit.files else "database"
                column = part.tally.named.get("status", "status")
                return {"file": file, "line": int(row["line"]), "column": column}
    return {"file": _name_first(staged, "database"), "line": 1, "column": "status"}


def _find_example(staged: Sequence[Staged], reason: str) -> Mapping[str, object]:
    """A refused row to show."""
    example: dict[str, object] = {"file": _name_first(staged, ""), "line": 1}
    for path in (
        part.files["refused"] for _, made in staged for part in made if "refused" in part.files
    ):
        of_reason = pd.read_parquet(path, filters=[("reason", "==", reason)])
        if len(of_reason):
            example = {
                str(name): value
                for name, value in of_reason.astype("object").fillna("").iloc[0].items()
            }
            break
    return example


def _name_first(staged: Sequence[Staged], without: str) -> str:
    """The first file's name; without: what is said where there is none."""
    files = staged[0][0].files
    return files[0].name if files else without


def _sum_tallies(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
