"""What is staged: units, their finished parts on disk, and what was counted of their rows. A
part that is written is not written again, so a killed import goes on after the last one."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from winback.config.shop import Shop
from winback.config.sources import EventSource, ItemSource, OrderSource
from winback.core.files import hash_file, replace_atomically, write_atomically
from winback.core.schema import QUARANTINE, Column
from winback.data.ingest.raw_rows import (
    RawRows,
)
from winback.data.ingest.staged_columns import (
    STAGED_EVENTS,
    STAGED_ITEMS,
    STAGED_LINES,
    STAGED_VOIDS,
)
from winback.data.ingest.validation import ValidationResult
from winback.readers.archives import SourceFile

Kind = Literal["orders", "items", "events"]
Source = OrderSource | ItemSource | EventSource
STAGED: Mapping[str, Sequence[Column]] = {
    "lines": STAGED_LINES,
    "items": STAGED_ITEMS,
    "events": STAGED_EVENTS,
    "voids": STAGED_VOIDS,
    "refused": QUARANTINE.columns,
}
_COUNTERS = ("reasons", "left_out", "no_rows", "missing", "amounts")
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
    medians that add up. no_rows: lines of files that are no part of their table, by why. latest:
    when the newest kept row was known; newest: the newest moment that any row tells of, left out
    ones too."""

    raws: int = 0
    read: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    no_rows: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    named: dict[str, str] = field(default_factory=dict)
    latest: str = ""
    newest: str = ""
    read_at: str = ""

    def add(self, other: "Tally") -> None:
        for name in ("raws", "read", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.named.update(other.named)
        for name in ("latest", "newest", "read_at"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))

    @property
    def median_minor(self) -> float | None:
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
        tally = description["tally"]
        yield Part(files, Tally(**{**tally, **{name: Counter(tally[name]) for name in _COUNTERS}}))


def build_arrow_table(kind: str, frame: pd.DataFrame) -> pa.Table:
    """Checked rows in the columns of STAGED of their kind."""
    schema = pa.schema([(each.name, _ARROW[each.type]) for each in STAGED[kind]])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


class PartWriter:
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
        table = build_arrow_table(kind, frame)
        if kind == "refused":
            return table
        place = self.unit.files.index(raw.source) if self.unit.files else 0
        return table.append_column("in_unit", pa.array(np.full(len(frame), place, dtype="int32")))

    def flush(self) -> Tally:
        sha256 = {}
        for kind, tables in self.rows.items():
            path = self.folder / f"{self.number:05d}-{kind}.parquet"
            with replace_atomically(path) as fresh:
                pq.write_table(pa.concat_tables(tables), fresh, compression="zstd")
            sha256[kind] = hash_file(path)
        write_json(
            self.folder / f"{self.number:05d}.json", {"sha256": sha256, "tally": vars(self.tally)}
        )
        self.number += 1
        done = self.tally
        self._begin()
        return done


_AMOUNTS = ("amount_minor", "order_amount_minor")


def _add_to_tally(
    tally: Tally, raw: RawRows, rows: pd.DataFrame, checked: ValidationResult
) -> None:
    tally.raws += 1
    tally.read += len(raw.frame) + len(raw.refused_lines)
    tally.kept += len(rows)
    tally.named.update(raw.named)
    tally.left_out.update(checked.left_out)
    tally.no_rows.update(row.reason for row in raw.broken if row.reason != "broken_row")
    tally.reasons.update(checked.quarantine["reason"])
    tally.missing.update(_count_missing(rows))
    tally.newest = max(tally.newest, checked.newest)
    if "occurred_at" in rows and len(rows):
        tally.latest = max(tally.latest, rows["known_at"].max().isoformat())
    if "amount_minor" in rows:
        tally.amounts.update(_count_by_size(rows))


def _count_missing(rows: pd.DataFrame) -> dict[str, int]:
    """The empty cells of each column that has some. An amount that is the order's, on whichever of
    its rows it stands, is missing from none."""
    empty = rows.isna()
    amounts = [column for column in _AMOUNTS if column in rows]
    if amounts and "order_id" in rows and empty[amounts].any(axis=None):
        is_said = ~empty[amounts].all(axis=1)
        in_order = is_said.groupby(rows["order_id"], sort=False).transform("any")
        is_said |= in_order.fillna(False).astype(bool)
        for column in amounts:
            empty[column] &= ~is_said
    return {str(column): int(count) for column, count in empty.sum().items() if count}


def _count_by_size(rows: pd.DataFrame) -> Mapping[str, int]:
    """How many amounts of each size: 32 sizes an octave."""
    amounts = rows["amount_minor"]
    if "order_amount_minor" in rows:
        amounts = amounts.fillna(rows["order_amount_minor"])
    above = amounts[amounts > 0].to_numpy("float64")
    sizes, counts = np.unique(np.round(32 * np.log2(above)).astype("int64"), return_counts=True)
    return {str(size): int(count) for size, count in zip(sizes, counts, strict=True)}


def write_json(path: Path, content: Mapping[str, object]) -> None:
    write_atomically(path, json.dumps(content, ensure_ascii=False, sort_keys=True))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    except (OSError, ValueError):
        return {}
