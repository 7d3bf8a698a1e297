"""Files as they lie → batches of raw columns, each row with its line number.

CSV and other single-character delimiters, whitespace, workbooks, Parquet, JSON; plain, gzip or
zip. What a file is, its content says, not its name. Nothing is interpreted here: text stays text,
so `00123` and `123` stay two customers.
"""

import csv
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from python_calamine import CalamineError

from winback.config.sources import Format
from winback.core.errors import FileMissing, FileUnreadable, OldWorkbook
from winback.readers.archives import SourceFile, open_file
from winback.readers.batches import BATCH_ROWS, Batch, BrokenRow, build_text_batch
from winback.readers.delimited import (
    read_delimited,
    read_whitespace,
)
from winback.readers.encodings import detect_encoding, recode_as_utf8
from winback.readers.excel import list_sheets, read_sheets
from winback.readers.json_rows import read_json_rows
from winback.readers.sheets import SheetTable, group_tables
from winback.readers.text_table import find_table

# What the libraries raise on files damaged inside, found by spoiling files: Arrow's errors are
# values and run-time errors, openpyxl falls over whatever a damaged sheet lacks, and an XML fault
# is a syntax error. calamine has its own.
_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    SyntaxError,
    CalamineError,
)


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read, where the shop file says so; the rest is found by reading."""

    format: Format = "auto"
    encoding: str = "auto"
    sheet: str | None = None
    # Our name → the file's, where the shop file says another than the profile.
    columns: tuple[tuple[str, str], ...] = ()
    # Names of columns, by which the sheet of a workbook is chosen.
    known: frozenset[str] = frozenset()


def read_header(file: SourceFile, how: ReadOptions) -> list[str]:
    """The names of the file's columns, in order and as they stand there."""
    try:
        match _detect_kind(file, how):
            case "parquet":
                with pq.ParquetFile(file.path) as parquet:
                    return list(parquet.schema_arrow.names)
            case "xlsx" | "json" as kind:
                return list(next(iter(_read_records(file, kind, how, [])))[0])
            case _:
                codec = _choose_codec(file, how)
                return list(find_table(file, codec, how.format).names)
    except StopIteration:
        return []
    except _FAULTS as error:
        raise _explain_error(file, error) from None


def read_batches(
    file: SourceFile,
    how: ReadOptions,
    broken: list[BrokenRow],
    names: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[Batch]:
    """The file's rows in order. Rows with too many or too few fields are left out and appended to
    `broken`.

    names: of the columns, if the file has no header. wanted: the columns that are needed; of a file
    with more than WIDE columns no others are read, and line breaks within others are not counted.
    """
    try:
        match _detect_kind(file, how):
            case "parquet":
                yield from _read_parquet(file)
            case "xlsx" | "json" as kind:
                yield from _build_batches(_read_records(file, kind, how, broken), broken)
            case _:
                codec = _choose_codec(file, how)
                table = find_table(file, codec, how.format)
                if table.delimiter is None:
                    yield from read_whitespace(file, codec, names, broken)
                else:
                    yield from read_delimited(file, codec, table, broken, columns)
    except _FAULTS as error:
        raise _explain_error(file, error) from None


def find_guessed_encoding(file: SourceFile, how: ReadOptions) -> str | None:
    """The encoding of a text file if nothing but its letters speaks for it."""
    if how.encoding != "auto" or _detect_kind(file, how) in ("parquet", "xlsx"):
        return None
    codec = _choose_codec(file, how)
    return None if codec.startswith("utf") else codec


def list_tables(file: SourceFile, how: ReadOptions) -> tuple[list[str], list[list[SheetTable]]]:
    """The titles of a workbook's sheets, and its tables, those of one header together; nothing of
    any other file, and where the sheet is named."""
    try:
        if how.sheet is not None or _detect_kind(file, how) != "xlsx":
            return [], []
        titles, tables = list_sheets(open_file(file), str(file))
        return titles, group_tables(tables)
    except _FAULTS as error:
        raise _explain_error(file, error) from None


def clean_header_name(name: str) -> str:
    """A header cell as people read it: no BOM, no blanks around, full-width letters as
    half-width, no `="…"`."""
    text = unicodedata.normalize("NFKC", name.replace("\ufeff", "")).strip().strip("\t'`\"")
    return re.sub(r"\s+", " ", text.removeprefix("=").strip('"').strip())


def _detect_kind(file: SourceFile, how: ReadOptions) -> str:
    """parquet, xlsx (any workbook), json or text, by the first bytes."""
    if not file.path.is_file():
        raise FileMissing(file=str(file))
    if how.format not in ("auto", "csv", "tsv", "whitespace"):
        return how.format
    with open_file(file) as stream:
        start = stream.read(512)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):  # .xls, or one with a password
        return "xlsx"
    if start.lstrip()[:6].lower().startswith((b"<html", b"<table", b"<?xml")):
        raise OldWorkbook(file=str(file))
    return (
        "json"
        if how.format == "auto" and start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{")
        else "text"
    )


def _choose_codec(file: SourceFile, how: ReadOptions) -> str:
    stat = file.path.stat()
    return _detect_codec(file, how.encoding, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1024)  # all of a file is read for it, and header and rows both ask
def _detect_codec(file: SourceFile, encoding: str, _changed: int, _size: int) -> str:
    return detect_encoding(lambda: open_file(file), encoding, str(file))


def _read_parquet(file: SourceFile) -> Iterator[Batch]:
    row = 1
    with pq.ParquetFile(file.path) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS):
            batch.validate(full=True)  # a damaged file must not be read beyond its buffers
            # What a writer noted beside the columns for its own readers is not ours to trust.
            plain = batch.replace_schema_metadata(None)
            yield Batch(plain, np.arange(row, row + batch.num_rows, dtype=np.int64))
            row += batch.num_rows


def _read_records(
    file: SourceFile, kind: str, how: ReadOptions, broken: list[BrokenRow]
) -> Iterator[list[Any]]:
    stream = open_file(file)
    if kind == "xlsx":
        return read_sheets(stream, how.sheet, str(file), how.known, broken)
    return read_json_rows(recode_as_utf8(stream, _choose_codec(file, how)), str(file))


def _build_batches(records: Iterator[list[Any]], broken: list[BrokenRow]) -> Iterator[Batch]:
    """Batches of text columns from lists: the names first, then (number, cells) of each row."""
    names: list[str] = next(records, [[]])[0]
    rows: list[list[str | None]] = []
    lines: list[int] = []
    for number, cells in _fit_rows(records, len(names), broken):
        rows.append(cells)
        lines.append(number)
        if len(rows) == BATCH_ROWS // 5:
            yield build_text_batch(names, rows, lines)
            rows, lines = [], []
    if names:
        yield build_text_batch(names, rows, lines)


def _fit_rows(
    records: Iterator[list[Any]], width: int, broken: list[BrokenRow]
) -> Iterator[tuple[int, list[str | None]]]:
    """(number, cells), as many cells as there are names: a shorter row's are missing, a longer row
    is broken."""
    for number, cells in records:
        if any(cells[width:]):
            broken.append(BrokenRow(number, len(cells), width))
        else:
            yield number, [*cells[:width], *[None] * (width - len(cells))]


def _explain_error(file: SourceFile, error: Exception) -> FileUnreadable:
    """The error in the user's terms."""
    detail = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return FileUnreadable(file=str(file), detail=detail[:200])
