"""What every profile hands on: rows of an export under our names, still untyped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from winback.config.sources import RowType, Status
from winback.core.errors import ColumnDuplicated, ColumnMissing, WinbackError
from winback.data.pseudonyms import mask_contacts
from winback.readers.archives import SourceFile
from winback.readers.batches import Batch, BrokenRow, Lines
from winback.readers.files import ReadOptions, clean_header_name, read_batches, read_header

Spellings = Mapping[
    str, Sequence[str]
]  # our name → the names exports have given it over the years, the first found wins


@dataclass(frozen=True)
class RawRows:
    """Some rows under our column names. `named` gives the export's own name of each, for what we
    say of a row; `broken`: lines that are no rows."""

    source: SourceFile
    frame: pd.DataFrame
    lines: Lines
    named: Mapping[str, str]
    broken: Sequence[BrokenRow] = ()

    @property
    def refused_lines(self) -> Sequence[BrokenRow]:
        """The lines that should be rows and are none."""
        return [row for row in self.broken if row.reason == "broken_row"]

    @property
    def file(self) -> str:
        """The name the shop's people know it by."""
        return self.source.name


Files = Sequence[SourceFile]
Reader = Callable[[Files, ReadOptions], Iterator[RawRows]]


@dataclass(frozen=True)
class Profile:
    """One kind of export: how its orders, items and events are read, and how it is recognised.

    spellings: of the order table. marks: header cells that only this kind of export has, or
    alternatives of one. names_nobody: what refuses an export that covers who bought. together:
    whether its files are tables of one data set, which only make sense read together. headless:
    with how many columns it also comes without a header.
    """

    name: str
    orders: Reader
    events: Reader | None = None
    items: Reader | None = None
    own_paths: Callable[[], Sequence[Path]] | None = (
        None  # where its data lie when the shop names no paths
    )
    statuses: Mapping[str, Status] = field(default_factory=dict)
    types: Mapping[str, RowType] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    spellings: Spellings = field(default_factory=dict)
    item_spellings: Spellings = field(default_factory=dict)
    marks: Sequence[str | tuple[str, ...]] = ()
    item_marks: Sequence[str | tuple[str, ...]] = ()
    names_nobody: type[WinbackError] | None = None
    timezone: str | None = None
    currency: str | None = None
    together: bool = False
    headless: int = 0


def find_marks(
    marks: Sequence[str | tuple[str, ...]], names: Sequence[str]
) -> tuple[list[str], list[str]]:
    """(marks that a header has, marks that it lacks), each by the first of its alternatives."""
    plain = {clean_header_name(name).casefold() for name in names}
    found: list[str] = []
    lacking: list[str] = []
    for mark in marks:
        spellings = (mark,) if isinstance(mark, str) else mark
        there = any(clean_header_name(each).casefold() in plain for each in spellings)
        (found if there else lacking).append(spellings[0])
    return found, lacking


def read_mapped(
    file: SourceFile, how: ReadOptions, spellings: Spellings, needed: Sequence[str]
) -> Iterator[RawRows]:
    """A file's rows with its columns renamed to ours. Raises ColumnMissing and ColumnDuplicated.

    needed: ours that must be there. Header cells are compared as people read them: without blanks
    around, full-width as half-width.
    """
    spellings = {**spellings, **{ours: (theirs,) for ours, theirs in how.columns}}
    how = replace(how, known=frozenset(name for names in spellings.values() for name in names))
    named = map_columns(file, read_header(file, how), spellings, needed)
    broken: list[BrokenRow] = []
    for batch in read_batches(file, how, broken, columns=tuple(dict.fromkeys(named.values()))):
        yield rename_columns(file, batch, named)
    if broken:
        yield RawRows(
            file, pd.DataFrame(columns=list(named)), np.empty(0, dtype=np.int64), named, broken
        )


def rename_columns(file: SourceFile, batch: Batch, named: Mapping[str, str]) -> RawRows:
    """A batch's chosen columns under our names."""
    chosen = batch.table.select(list(dict.fromkeys(named.values()))).to_pandas(
        integer_object_nulls=True
    )
    return RawRows(
        file,
        pd.DataFrame({ours: chosen[column] for ours, column in named.items()}),
        batch.lines,
        named,
    )


def map_columns(
    file: SourceFile, names: Sequence[str], spellings: Spellings, needed: Sequence[str]
) -> dict[str, str]:
    """Our name → the file's own name of each column found. Raises ColumnMissing and
    ColumnDuplicated."""
    named = find_named_columns(names, spellings)
    for ours in needed:
        if ours not in named:
            near, listed = (
                get_close_matches(spellings[ours][0], names, 1),
                mask_contacts(", ".join(names[:60])),
            )
            raise ColumnMissing(
                file=str(file),
                column=" / ".join(spellings[ours]),
                found=listed,
                hint=near[0] if near else None,
            )
    for column in named.values():
        if names.count(column) > 1:
            raise ColumnDuplicated(file=str(file), column=column, count=names.count(column))
    return named


def find_named_columns(names: Sequence[str], spellings: Spellings) -> dict[str, str]:
    """Our name → the export's own name of each column found."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(clean_header_name(name).casefold(), name)
    columns: dict[str, str] = {}
    for ours, alternatives in spellings.items():
        for each in alternatives:
            # A name that stands there as it is wins over one that only reads like it.
            reads_like = plain.get(clean_header_name(each).casefold())
            if each in names or reads_like is not None:
                columns[ours] = each if each in names else str(reads_like)
                break
    return columns
