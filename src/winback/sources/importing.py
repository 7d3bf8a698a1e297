"""From a shop's exports to its published tables: read, check, assemble, publish."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from winback.errors import (
    MaskedIds,
    NoAmountMapped,
    NothingImported,
    NotImported,
    OrderTooLarge,
    PathsMissing,
    ProfileUnknown,
    TableDamaged,
)
from winback.settings import Events, Orders, Shop
from winback.sources.assemble import assemble
from winback.sources.cdnow import CDNOW
from winback.sources.columns import own_columns
from winback.sources.completejourney import COMPLETE_JOURNEY
from winback.sources.door import STAGED_EVENTS, STAGED_LINES, Checked, check_events, check_orders
from winback.sources.online_retail import ONLINE_RETAIL
from winback.sources.raw import Profile, Raw
from winback.sources.store import Manifest, engine, first_known, literal, open_store, publish, sha256_of, write_tables
from winback.tables import LARGEST_WHOLE, QUARANTINE, Column

PROFILES = {profile.name: profile for profile in (CDNOW, ONLINE_RETAIL, COMPLETE_JOURNEY)}
LAYOUT = 1  # of the canonical tables; another layout makes another version
MOST_MASKED = 0.01  # CONTRACTS 2
_ARROW = {"text": pa.string(), "moment": pa.timestamp("us"), "day": pa.date32(), "whole": pa.int64(), "flag": pa.bool_()}

Progress = Callable[[str, int], None]


def import_shop(shop: Shop, folder: Path, now: datetime, progress: Progress = lambda _file, _rows: None) -> Manifest:
    """Bring a shop's exports in and publish them under `folder`; importing the same again changes nothing.

    now: when this happens, for the manifest only. progress: told file and rows read so far.
    """
    sources = _sources(shop)
    version = _version(shop, [path for paths, _, _ in sources for path in paths])
    try:
        published = open_store(folder).manifest
        if published.version == version:
            return published
    except (NotImported, TableDamaged):
        pass
    imports = folder / "imports"
    imports.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder) as scratch:
        staging = Path(scratch) / "tables"
        staging.mkdir()
        manifest = _imported(shop, sources, version, Path(scratch), staging, now, progress)
        publish(folder, staging, manifest)
    return manifest


_Source = tuple[Sequence[Path], Profile, Orders | Events]


def _sources(shop: Shop) -> list[_Source]:
    """The files of orders and of events, each with the profile that reads them."""
    found: list[_Source] = []
    for settings in (shop.orders, shop.events):
        if settings is None:
            continue
        profile = _profile(settings, shop)
        paths = tuple(dict.fromkeys(shop.folder / path for path in settings.paths))  # a file named twice is one file
        paths = paths or (tuple(profile.own_paths()) if profile.own_paths else ())
        if not paths:
            raise PathsMissing(shop=shop.name, section="orders" if isinstance(settings, Orders) else "events")
        found.append((paths, profile, settings))
    return found


def _profile(settings: Orders | Events, shop: Shop) -> Profile:
    if settings.profile is None:
        columns = settings.columns
        if columns is None:
            raise ProfileUnknown(profile="", known=", ".join(sorted(PROFILES)), shop=shop.name)
        orders = columns if isinstance(settings, Orders) else None
        if isinstance(settings, Orders) and settings.columns and settings.columns.unit_price and not settings.columns.quantity:
            raise NoAmountMapped(shop=shop.name)
        return own_columns(orders, None if orders else columns)  # type: ignore[arg-type]  # one of the two, by the line above
    if settings.profile not in PROFILES:
        raise ProfileUnknown(profile=settings.profile, known=", ".join(sorted(PROFILES)), shop=shop.name)
    return PROFILES[settings.profile]


def _version(shop: Shop, paths: Sequence[Path]) -> str:
    """A hash of everything an import depends on: its files and the part of the shop file that reads them."""
    reading = shop.model_dump(mode="json", include={"name", "timezone", "orders", "events"})
    for part in ("orders", "events"):
        if reading.get(part):
            reading[part]["paths"] = []  # the files count by content, wherever they lie
    files = [sha256_of(path) if path.is_file() else "" for path in paths]
    plain = json.dumps([LAYOUT, reading, files], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _imported(
    shop: Shop, sources: list[_Source], version: str, scratch: Path, staging: Path, now: datetime, progress: Progress
) -> Manifest:
    lines = _Staging(scratch / "lines.parquet", STAGED_LINES)
    events = _Staging(scratch / "events.parquet", STAGED_EVENTS)
    for paths, profile, settings in sources:
        into = lines if isinstance(settings, Orders) else events
        for raw, checked in _checked(profile, paths, settings, shop):
            into.add(raw, checked)
            progress(raw.file, into.read)
    lines.close()
    events.close()
    if not lines.kept:
        reason, count = max(lines.reasons.items(), key=lambda each: each[1], default=("no_rows", 0))
        example = lines.refused[0].iloc[0].to_dict() if lines.refused else {"file": "", "line": 0, "column": "", "value": ""}
        raise NothingImported(shop=shop.name, rows=lines.read, reason=reason, count=count, **{
            key: example[key] for key in ("file", "line", "column", "value")})  # fmt: skip
    con = engine(threads=2, spill=scratch / "spill")
    con.execute(f"create view staged_lines as select * from read_parquet({literal(str(lines.path))})")
    con.execute(f"create view staged_events as select * from read_parquet({literal(str(events.path))})")
    duplicates = assemble(con, keyed=lines.keyed)
    for order_id, amount in con.execute(
        f"select order_id, amount_cents from orders where abs(amount_cents) > {LARGEST_WHOLE} order by all limit 1"
    ).fetchall():
        raise OrderTooLarge(shop=shop.name, order_id=order_id, amount=amount, most=LARGEST_WHOLE)
    refused = [*lines.refused, *events.refused]
    empty = pd.DataFrame(columns=list(QUARANTINE.names))
    con.register("quarantine", pd.concat(refused, ignore_index=True) if refused else empty)
    rows = {table: _one(con, f"select count(*) from {table}") for table in
            ("orders", "order_lines", "refunds", "events", "products", "quarantine")}  # fmt: skip
    parts, hashes = write_tables(con, staging, max(rows["orders"], rows["order_lines"], rows["events"]))
    first, last = con.execute(
        "select min(local_day), max(local_day) from orders where not (gift or wholesale or brushing)"
    ).fetchall()[0]
    return Manifest(
        version=version, shop=shop.name, parts=parts,
        files=[{"name": path.name, "sha256": sha256_of(path), "bytes": path.stat().st_size}
               for paths, _, _ in sources for path in paths],
        tables=rows, sha256=hashes,
        quarantined=dict(sorted((lines.reasons + events.reasons).items())),
        left_out=dict(sorted((lines.left_out + events.left_out).items())),
        counts={
            "customers": _one(con, "select count(distinct customer_id) from orders where not (gift or wholesale or brushing)"),
            "orders": _one(con, "select count(*) from orders where not (gift or wholesale or brushing)"),
            "gifts": _one(con, "select count(*) from orders where gift"),
            "refunds": rows["refunds"], "rows_read": lines.read + events.read, "duplicates": duplicates,
        },
        first_known={feed: moment.isoformat() for feed, moment in sorted(first_known(con).items())},
        first_day=str(first) if first else None, last_day=str(last) if last else None,
        imported_at=now.isoformat(timespec="seconds"),
    )  # fmt: skip


def _checked(profile: Profile, paths: Sequence[Path], settings: Orders | Events, shop: Shop) -> Iterator[tuple[Raw, Checked]]:
    if isinstance(settings, Orders):
        statuses: Mapping[str, Any] = settings.status or profile.statuses
        for raw in profile.orders(paths, settings.format):
            yield raw, check_orders(raw, statuses, shop.timezone)
    elif profile.events:
        for raw in profile.events(paths, settings.format):
            yield raw, check_events(raw, settings.kinds, shop.timezone)


class _Staging:
    """Checked rows on their way into one Parquet file, with what is counted on the way."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path, self.read, self.kept, self.masked = path, 0, 0, 0
        self.schema = pa.schema([(c.name, _ARROW[c.type]) for c in columns] + [("file_no", pa.int32())])
        self.writer = pq.ParquetWriter(path, self.schema)
        self.reasons: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.refused: list[pd.DataFrame] = []
        self.files: list[Path] = []
        self.keyed = False

    def add(self, raw: Raw, checked: Checked) -> None:
        if raw.path not in self.files:
            self.files.append(raw.path)
        self.read += len(raw.frame) + len(raw.broken)
        self.kept += len(checked.rows)
        self.masked += checked.masked_ids
        self.keyed = self.keyed or "order_id" in raw.named
        self.left_out.update(checked.left_out)
        if len(checked.quarantine):
            self.refused.append(checked.quarantine)
            self.reasons.update(checked.quarantine["reason"])
        if self.masked > MOST_MASKED * self.read and self.masked > 1:
            raise MaskedIds(file=raw.file, column=raw.named["customer_id"], count=self.masked, rows=self.read)
        numbered = checked.rows.assign(file_no=self.files.index(raw.path))
        self.writer.write_table(pa.Table.from_pandas(numbered, schema=self.schema, preserve_index=False))

    def close(self) -> None:
        self.writer.close()


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)
