"""Files → checked parts on disk, in a process apart. What has been read once is not read again.

A unit is what is read together: one file, or the tables of one data set. Its folder is named by the
hash of its bytes and of everything that decides how they are read, so a weekly import reads the new
file only, and an import that was killed goes on after the last part it finished.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from winback.config.shop import Shop
from winback.config.sources import EventSource, ItemSource, OrderSource
from winback.core.errors import DamagedIds, MaskedIds, NoAmountMapped, ProfileUnknown
from winback.core.files import hash_file, write_atomically
from winback.core.schema import QUARANTINE, Column
from winback.data.ingest.number_formats import detect_notation
from winback.data.ingest.parsing import Notation, parse_text
from winback.data.ingest.raw_rows import (
    Profile,
    RawRows,
    Reader,
    map_columns,
    read_mapped,
    rename_columns,
)
from winback.data.ingest.row_errors import ValidationContext
from winback.data.ingest.sandbox import Tell
from winback.data.ingest.staged_columns import (
    STAGED_EVENTS,
    STAGED_ITEMS,
    STAGED_LINES,
    STAGED_VOIDS,
)
from winback.data.ingest.validation import ValidationResult, check_events, check_items, check_orders
from winback.data.platforms.columns import build_own_profile
from winback.data.platforms.registry import PROFILES
from winback.data.readers.archives import SourceFile
from winback.data.readers.database import mask_password, read_query
from winback.data.readers.files import ReadOptions

READING = 4  # of the way files are read; another way makes other units
PART_ROWS = 500_000
MOST_SPOILED = 0.01  # masked ids, and ids a spreadsheet ruined
Kind = Literal["orders", "items", "events"]
Source = OrderSource | ItemSource | EventSource
STAGED: Mapping[str, Sequence[Column]] = {
    "lines": STAGED_LINES,
    "items": STAGED_ITEMS,
    "events": STAGED_EVENTS,
    "voids": STAGED_VOIDS,
    "refused": QUARANTINE.columns,
}
_COUNTERS = ("reasons", "left_out", "missing", "amounts")
_INTO = {"orders": "lines", "items": "items", "events": "events"}
_ARROW = {
    "text": pa.string(),
    "moment": pa.timestamp("us"),
    "day": pa.date32(),
    "whole": pa.int64(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Unit:
    """Files (or a query) that are read together. `at`: which of the shop's sources of this kind."""

    kind: Kind
    at: int
    files: tuple[SourceFile, ...]
    key: str
    sha256: Mapping[str, str]  # of each file, by name

    def get_source(self, shop: Shop) -> Source:
        sources: Mapping[Kind, Sequence[Source]] = {
            "orders": shop.orders,
            "items": shop.items,
            "events": shop.events,
        }
        return sources[self.kind][self.at]


@dataclass
class Tally:
    """What is counted of some rows while they are read. `amounts`: how many of each size, for
    medians that add up."""

    raws: int = 0
    read: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    named: dict[str, str] = field(default_factory=dict)
    latest: str = ""
    read_at: str = ""

    def add(self, other: "Tally") -> None:
        for name in ("raws", "read", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.named.update(other.named)
        self.latest, self.read_at = max(self.latest, other.latest), max(self.read_at, other.read_at)

    @property
    def median_cents(self) -> float | None:
        """The median amount of its lines above 0, within a fiftieth."""
        half = sum(self.amounts.values()) / 2
        passed = 0
        for bucket in sorted(self.amounts, key=int):
            passed += self.amounts[bucket]
            if passed >= half:
                return float(2 ** (int(bucket) / 32))
        return None


@dataclass(frozen=True)
class Part:
    """One finished piece of a unit: a Parquet file for each kind of rows it has."""

    files: Mapping[str, Path]
    tally: Tally


Staged = tuple[Unit, Sequence[Part]]


def get_profile(source: Source, shop: Shop) -> Profile:
    """What reads a source: the profile it names, or its own columns. Raises ProfileUnknown and
    NoAmountMapped."""
    if source.profile is not None:
        if source.profile not in PROFILES:
            raise ProfileUnknown(
                profile=source.profile, known=", ".join(sorted(PROFILES)), shop=shop.name
            )
        return PROFILES[source.profile]
    if source.columns is None:
        raise ProfileUnknown(profile="", known=", ".join(sorted(PROFILES)), shop=shop.name)
    if isinstance(source, OrderSource):
        if source.columns.unit_price and not source.columns.quantity:
            raise NoAmountMapped(shop=shop.name)
        return build_own_profile(source.columns)
    return (
        build_own_profile(None, source.columns)
        if isinstance(source, ItemSource)
        else build_own_profile(None, None, source.columns)
    )


def stage(
    shop: Shop,
    units: Sequence[Unit],
    folder: Path,
    key: bytes,
    now: datetime,
    erased: Sequence[str],
    tell: Tell,
) -> None:
    """Read every unit that is not there yet into `folder/<unit's key>/`. erased: marks of who
    must not come back. Runs in a process apart."""
    for unit in units:
        _stage_unit(shop, unit, folder / unit.key, key, now, frozenset(erased), tell)


def preview_unit(shop: Shop, unit: Unit, key: bytes, now: datetime, most: int) -> dict[str, Any]:
    """A unit's first rows as understood, and what would be refused or left out of the first
    `most`; writes nothing."""
    source, profile, notation, raws = _open_unit(unit, shop)
    raw = next(raws, None)
    if raw is None:
        return {"kind": unit.kind, "looked_at": 0, "rows": [], "refused": [], "left_out": {}}
    raw = replace(raw, frame=raw.frame.head(most), lines=raw.lines[:most])
    checked = _check_rows(raw, source, profile, ValidationContext(shop, notation, key, now))
    return {
        "kind": unit.kind,
        "looked_at": len(raw.frame) + len(raw.broken),
        "left_out": dict(checked.left_out),
        "rows": _show_first_rows(checked.rows),
        "refused": _show_refused(checked.quarantine),
    }


def _show_first_rows(table: pd.DataFrame) -> list[dict[str, str | None]]:
    rows = table.head(5).astype("object")
    shown = rows.where(rows.notna(), None).drop(columns=["line"]).to_dict("records")
    return [
        {str(name): value if value is None else str(value) for name, value in row.items()}
        for row in shown
    ]


def _show_refused(quarantine: pd.DataFrame) -> list[dict[str, str | int]]:
    """One row of each reason, and how many rows have it."""
    refused = quarantine.groupby("reason", sort=True).head(1).astype("object")
    counts = quarantine["reason"].value_counts()
    shown: list[dict[str, str | int]] = []
    for row in refused.where(refused.notna(), "").to_dict("records"):
        cells = {str(name): str(value) for name, value in row.items()}
        shown.append({**cells, "count": int(counts[row["reason"]])})
    return shown


def small_table(
    file: SourceFile, spellings: Mapping[str, Sequence[str]], needed: Sequence[str], tell: Tell
) -> list[dict[str, str | None]]:
    """A map, a product list or a list of contacts, row by row, every cell as text. needed: the
    columns that must be there."""
    tell(file.name, 0)
    rows: list[dict[str, str | None]] = []
    for raw in read_mapped(file, ReadOptions(), spellings, needed):
        _add_cells(raw, rows)
    return rows


def _add_cells(raw: RawRows, rows: list[dict[str, str | None]]) -> None:
    cells = {str(column): parse_text(raw.frame[column]).astype("object") for column in raw.frame}
    columns = {name: values.where(values.notna(), None) for name, values in cells.items()}
    rows.extend(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def load_finished(folder: Path) -> list[Part] | None:
    """A unit's parts, if it has been read to its end and none of them is damaged."""
    done = _read_json(folder / "done.json")
    made = list(iterate_parts(folder)) if done else []
    return made if done and len(made) == done.get("parts") else None


def iterate_parts(folder: Path) -> Iterator[Part]:
    """A unit's finished parts in their order, up to the first that is damaged."""
    for number in range(1_000_000):
        description = _read_json(folder / f"{number:05d}.json")
        files = {
            kind: folder / f"{number:05d}-{kind}.parquet" for kind in description.get("sha256", {})
        }
        if not description or any(
            not path.is_file() or hash_file(path) != description["sha256"][kind]
            for kind, path in files.items()
        ):
            return
        tally: dict[str, Any] = description["tally"]
        yield Part(files, Tally(**{**tally, **{name: Counter(tally[name]) for name in _COUNTERS}}))


def _stage_unit(
    shop: Shop,
    unit: Unit,
    folder: Path,
    key: bytes,
    now: datetime,
    erased: frozenset[str],
    tell: Tell,
) -> None:
    name = unit.files[0].name if unit.files else "database"
    tell(name, 0)
    _prepare_folder(folder, unit)
    source, profile, notation, raws = _open_unit(unit, shop)
    rules = ValidationContext(shop, notation, key, now, erased)
    whole, writer = Tally(), _PartWriter(folder, unit, now)
    for part in iterate_parts(folder):
        whole.add(part.tally)
        writer.number += 1
    for raw in islice(raws, whole.raws, None):
        writer.add(raw, _check_rows(raw, source, profile, rules))
        tell(raw.file, whole.read + writer.tally.read)
        if writer.tally.kept >= PART_ROWS:
            whole.add(writer.flush())
            _refuse_spoiled(whole, raw.file)
    if writer.tally.raws or not writer.number:
        whole.add(writer.flush())
    # Also of what an earlier run read: a refusal must not be forgotten with the run that spoke it.
    _refuse_spoiled(whole, name)
    _write_json(folder / "done.json", {"parts": writer.number})


def _prepare_folder(folder: Path, unit: Unit) -> None:
    if not unit.files:
        shutil.rmtree(folder, ignore_errors=True)  # a database is asked again
    folder.mkdir(parents=True, exist_ok=True)


def _open_unit(unit: Unit, shop: Shop) -> tuple[Source, Profile, Notation, Iterator[RawRows]]:
    """A unit's source and profile, how it writes dates and numbers, and its rows."""
    source = unit.get_source(shop)
    profile = get_profile(source, shop)
    notation, raws = _detect_notation(_get_reader(unit, profile, shop), unit, source)
    return source, profile, notation, raws


def _get_reader(unit: Unit, profile: Profile, shop: Shop) -> Reader:
    reader = {"orders": profile.orders, "items": profile.items, "events": profile.events}[unit.kind]
    if reader is None:
        raise ProfileUnknown(
            profile=f"{profile.name} ({unit.kind})",
            known=", ".join(sorted(PROFILES)),
            shop=shop.name,
        )
    return reader


def _detect_notation(
    reader: Reader, unit: Unit, source: Source
) -> tuple[Notation, Iterator[RawRows]]:
    """How a unit is written, and its rows from the first: what mostly tells it, the first rows,
    is not read twice."""
    raws, rows_read = _read_raw(reader, unit, source), []

    def iterate_again() -> Iterator[RawRows]:
        for count, raw in enumerate(raws, start=1):
            if count == 1:
                rows_read.append(raw)
            yield raw
            rows_read.clear()  # it took more than the first: all are read anew, to save memory

    notation = detect_notation(iterate_again(), source.dates, source.decimals, source.year)
    return notation, chain(rows_read, raws) if rows_read else _read_raw(reader, unit, source)


def _read_raw(reader: Reader, unit: Unit, source: Source) -> Iterator[RawRows]:
    if unit.files:
        yield from reader(unit.files, ReadOptions(source.format, source.encoding, source.sheet))
        return
    columns = source.columns.model_dump(exclude_none=True) if source.columns else {}
    table = SourceFile(Path(mask_password(source.database or "")))
    for batch in read_query(source.database or "", source.query or ""):
        names = batch.table.schema.names
        named = map_columns(
            table, names, {ours: (column,) for ours, column in columns.items()}, tuple(columns)
        )
        yield rename_columns(table, batch, named)


def _check_rows(
    raw: RawRows, source: Source, profile: Profile, rules: ValidationContext
) -> ValidationResult:
    if isinstance(source, OrderSource):
        return check_orders(raw, source, profile.statuses, rules)
    return (
        check_items(raw, source, rules)
        if isinstance(source, ItemSource)
        else check_events(raw, source, profile.kinds, rules)
    )


def _refuse_spoiled(tally: Tally, file: str) -> None:
    """Refuse a unit of which more ids than a few are masked or ruined: most of its people could
    not be distinguished."""
    for reason, refusal in (("masked_id", MaskedIds), ("ruined_id", DamagedIds)):
        count = tally.reasons[reason]
        if count > 1 and count > MOST_SPOILED * tally.read:
            raise refusal(
                file=file,
                column=tally.named.get("customer_id", "customer_id"),
                count=count,
                rows=tally.read,
            )


class _PartWriter:
    """Gathers checked rows and writes them as the next part."""

    def __init__(self, folder: Path, unit: Unit, read_at: datetime) -> None:
        self.folder, self.unit, self.into, self.read_at, self.number = (
            folder,
            unit,
            _INTO[unit.kind],
            read_at,
            0,
        )
        self._begin()

    def _begin(self) -> None:
        self.tally = Tally(read_at=self.read_at.isoformat())
        self.rows: dict[str, list[pa.Table]] = {}

    def add(self, raw: RawRows, checked: ValidationResult) -> None:
        tally, rows = self.tally, checked.rows
        _add_to_tally(tally, raw, rows, checked)
        for kind, frame in (
            (self.into, rows),
            ("voids", checked.voids),
            ("refused", checked.quarantine),
        ):
            if len(frame):
                self.rows.setdefault(kind, []).append(self._to_table(kind, frame, raw))

    def _to_table(self, kind: str, frame: pd.DataFrame, raw: RawRows) -> pa.Table:
        schema = pa.schema([(c.name, _ARROW[c.type]) for c in STAGED[kind]])
        table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        if kind == "refused":
            return table
        place = self.unit.files.index(raw.source) if self.unit.files else 0
        return table.append_column("in_unit", pa.array(np.full(len(frame), place, dtype="int32")))

    def flush(self) -> Tally:
        sha256 = {}
        for kind, tables in self.rows.items():
            path = self.folder / f"{self.number:05d}-{kind}.parquet"
            fresh = path.with_name(f".{path.name}-{os.getpid()}")
            pq.write_table(pa.concat_tables(tables), fresh, compression="zstd")
            fresh.replace(path)
            sha256[kind] = hash_file(path)
        _write_json(
            self.folder / f"{self.number:05d}.json", {"sha256": sha256, "tally": vars(self.tally)}
        )
        self.number += 1
        done = self.tally
        self._begin()
        return done


def _add_to_tally(
    tally: Tally, raw: RawRows, rows: pd.DataFrame, checked: ValidationResult
) -> None:
    tally.raws += 1
    tally.read += len(raw.frame) + len(raw.broken)
    tally.kept += len(rows)
    tally.named.update(raw.named)
    tally.left_out.update(checked.left_out)
    tally.reasons.update(checked.quarantine["reason"])
    tally.missing.update(_count_missing(rows))
    if "occurred_at" in rows and len(rows):
        tally.latest = max(tally.latest, rows["known_at"].max().isoformat())
    if "amount_cents" in rows:
        tally.amounts.update(_count_by_size(rows))


def _count_missing(rows: pd.DataFrame) -> dict[str, int]:
    """The empty cells of each column that has some."""
    return {str(column): int(count) for column, count in rows.isna().sum().items() if count}


def _count_by_size(rows: pd.DataFrame) -> Mapping[str, int]:
    """How many amounts of each size: 32 sizes an octave."""
    amounts = rows["amount_cents"]
    if "order_amount_cents" in rows:
        amounts = amounts.fillna(rows["order_amount_cents"])
    above = amounts[amounts > 0].to_numpy("float64")
    sizes, counts = np.unique(np.round(32 * np.log2(above)).astype("int64"), return_counts=True)
    return {str(size): int(count) for size, count in zip(sizes, counts, strict=True)}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_atomically(path, json.dumps(content, ensure_ascii=False, sort_keys=True))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    except (OSError, ValueError):
        return {}
