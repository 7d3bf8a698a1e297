"""Files → checked parts on disk, in a process apart. What has been read once is not read again.

A unit is what is read together: one file, or the tables of one data set. Its folder is named by the
hash of its bytes and of everything that decides how they are read, so a weekly import reads the new
file only, and an import that was killed goes on after the last part it finished.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TypedDict

import pandas as pd

from winback.config.shop import Shop
from winback.config.sources import DayOrder, Decimals, ItemSource, OrderSource
from winback.core.errors import DamagedIds, MaskedIds, NoAmountMapped, ProfileUnknown
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
from winback.data.ingest.staged_parts import (
    Kind,
    PartWriter,
    Source,
    Tally,
    Unit,
    iterate_parts,
    write_json,
)
from winback.data.ingest.validation import ValidationResult, check_events, check_items, check_orders
from winback.data.platforms.columns import build_own_profile, list_columns
from winback.data.platforms.registry import PROFILES
from winback.readers.archives import SourceFile
from winback.readers.database import mask_password, read_query
from winback.readers.files import ReadOptions

READING = 7  # of the way files are read; another way makes other units
PART_ROWS = 500_000
MOST_SPOILED = 0.01  # masked ids, and ids a spreadsheet ruined


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


def get_reader(kind: Kind, profile: Profile, shop: Shop) -> Reader:
    """What reads one of a profile's tables. Raises ProfileUnknown."""
    reader = {"orders": profile.orders, "items": profile.items, "events": profile.events}[kind]
    if reader is None:
        raise ProfileUnknown(
            profile=f"{profile.name} ({kind})", known=", ".join(sorted(PROFILES)), shop=shop.name
        )
    return reader


def get_read_options(source: Source) -> ReadOptions:
    """How a source's files are read; columns named beside a profile go before its own."""
    other = tuple(list_columns(source.columns)) if source.profile else ()
    return ReadOptions(source.format, source.encoding, source.sheet, other)


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


@dataclass(frozen=True)
class CheckedSample:
    """The first rows of a unit, checked. named: our name of each column and the file's."""

    preview: "UnitPreview"
    rows: pd.DataFrame
    named: Mapping[str, str]


class UnitPreview(TypedDict):
    """A unit's first rows as understood. looked_at: how many rows; refused: a row of each reason;
    left_out: rows by status; dates, decimals: how its file writes what can be read two ways,
    `auto` where it writes nothing that can."""

    kind: str
    looked_at: int
    left_out: Mapping[str, int]
    rows: Sequence[Mapping[str, str | None]]
    refused: Sequence[Mapping[str, str | int]]
    dates: DayOrder
    decimals: Decimals


def check_sample(shop: Shop, unit: Unit, key: bytes, now: datetime, most: int) -> CheckedSample:
    """A unit's first rows as understood, and what would be refused or left out of the first
    `most`; writes nothing."""
    source, profile, notation, raws = _open_unit(unit, shop)
    raw = next(raws, None)
    if raw is None:
        nothing = UnitPreview(
            kind=unit.kind,
            looked_at=0,
            rows=[],
            refused=[],
            left_out={},
            dates="auto",
            decimals="auto",
        )
        return CheckedSample(nothing, pd.DataFrame(), {})
    raw = replace(raw, frame=raw.frame.head(most), lines=raw.lines[:most])
    checked = _check_rows(raw, source, profile, _build_context(shop, source, notation, key, now))
    looked_at = len(raw.frame) + len(raw.refused_lines)
    preview = _build_preview(unit, notation, looked_at, checked)
    return CheckedSample(preview, checked.rows, raw.named)


def _build_preview(
    unit: Unit, notation: Notation, looked_at: int, checked: ValidationResult | None
) -> UnitPreview:
    return {
        "kind": unit.kind,
        "looked_at": looked_at,
        "left_out": dict(checked.left_out) if checked else {},
        "rows": _show_first_rows(checked.rows) if checked else [],
        "refused": _show_refused(checked.quarantine) if checked else [],
        "dates": notation.name_dates(),
        "decimals": "comma" if notation.decimal == "," else "auto",
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


def _build_context(
    shop: Shop,
    source: Source,
    notation: Notation,
    key: bytes,
    now: datetime,
    erased: frozenset[str] = frozenset(),
) -> ValidationContext:
    in_minor = getattr(source, "amounts_in", "units") == "minor"  # events have no such setting
    return ValidationContext(shop, notation, key, now, erased, in_minor)


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
    rules = _build_context(shop, source, notation, key, now, erased)
    whole, writer = Tally(), PartWriter(folder, unit, now)
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
    write_json(folder / "done.json", {"parts": writer.number})


def _prepare_folder(folder: Path, unit: Unit) -> None:
    if not unit.files:
        shutil.rmtree(folder, ignore_errors=True)  # a database is asked again
    folder.mkdir(parents=True, exist_ok=True)


def _open_unit(unit: Unit, shop: Shop) -> tuple[Source, Profile, Notation, Iterator[RawRows]]:
    """A unit's source and profile, how it writes dates and numbers, and its rows."""
    source = unit.get_source(shop)
    profile = get_profile(source, shop)
    notation, raws = _detect_notation(get_reader(unit.kind, profile, shop), unit, source, shop)
    return source, profile, notation, raws


def _detect_notation(
    reader: Reader, unit: Unit, source: Source, shop: Shop
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

    notation = detect_notation(
        iterate_again(), source.dates, source.decimals, source.year, shop.currency
    )
    return notation, chain(rows_read, raws) if rows_read else _read_raw(reader, unit, source)


def _read_raw(reader: Reader, unit: Unit, source: Source) -> Iterator[RawRows]:
    if unit.files:
        yield from reader(unit.files, get_read_options(source))
        return
    columns = dict(list_columns(source.columns))
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
        return check_orders(raw, source, profile.statuses, profile.types, rules)
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
