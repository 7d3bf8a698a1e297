"""Files as they lie → batches of raw columns, each row with its line number.

CSV, TSV, other single-character delimiters, whitespace, Parquet; plain or gzip; UTF-8 with or without BOM. Nothing is
interpreted here: text stays text, so `00123` and `123` stay two customers.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from winback.errors import FileMissing, FileNotUtf8, FileUnreadable
from winback.settings import Format

BATCH_BYTES = 16 << 20
BATCH_ROWS = 250_000


@dataclass(frozen=True)
class Batch:
    """Some rows of a file. `lines` counts from 1: lines of a text file (the header is one), rows of a Parquet file."""

    frame: pd.DataFrame
    lines: "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True)
class BrokenRow:
    """A row that has not as many fields as the header."""

    line: int
    text: str


def read_batches(path: Path, form: Format, broken: list[BrokenRow]) -> Iterator[Batch]:
    """The file's rows in order. Rows with too many or too few fields are left out and appended to `broken`."""
    if not path.is_file():
        raise FileMissing(file=str(path))
    try:
        if form == "parquet" or (form == "auto" and path.suffix == ".parquet"):
            yield from _parquet(path)
            return
        delimiter = _delimiter(path, form)
        yield from _whitespace(path) if delimiter is None else _delimited(path, delimiter, broken)
    except (UnicodeDecodeError, pa.ArrowInvalid, pd.errors.ParserError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise _explained(path, error) from None


def header(path: Path, form: Format) -> list[str]:
    """The names of the file's columns, in order."""
    if not path.is_file():
        raise FileMissing(file=str(path))
    try:
        if form == "parquet" or (form == "auto" and path.suffix == ".parquet"):
            return list(pq.ParquetFile(path).schema_arrow.names)
        delimiter = _delimiter(path, form)
        line = _first_line(path)
        return line.split() if delimiter is None else next(csv.reader([line], delimiter=delimiter), [])
    except (UnicodeDecodeError, pa.ArrowInvalid, gzip.BadGzipFile, EOFError, OSError) as error:
        raise _explained(path, error) from None


def _parquet(path: Path) -> Iterator[Batch]:
    row = 1
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield Batch(batch.to_pandas(integer_object_nulls=True), np.arange(row, row + batch.num_rows, dtype=np.int64))
            row += batch.num_rows


def _delimited(path: Path, delimiter: str, broken: list[BrokenRow]) -> Iterator[Batch]:
    names = next(csv.reader([_first_line(path)], delimiter=delimiter), [])
    out: list[tuple[int, str]] = []  # (row number within the file, text)

    def leave_out(row: pacsv.InvalidRow) -> str:
        out.append((row.number, row.text))
        return "skip"

    options = {
        "read_options": pacsv.ReadOptions(use_threads=False, block_size=BATCH_BYTES),
        "parse_options": pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_out),
        "convert_options": pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    }
    with _bytes(path) as stream, pacsv.open_csv(stream, **options) as reader:
        row, newlines = 2, 0  # the next row's number; newlines inside quotes so far
        for batch in reader:
            lines = np.empty(batch.num_rows, dtype=np.int64)
            numbers = _row_numbers(row, batch.num_rows, [number for number, _ in out])
            inside = _newlines_inside(batch)
            lines[:] = numbers + newlines + np.concatenate(([0], np.cumsum(inside)[:-1])) if batch.num_rows else 0
            while out and batch.num_rows and out[0][0] < numbers[-1]:
                number, text = out.pop(0)
                broken.append(BrokenRow(number + newlines + int(inside[: np.searchsorted(numbers, number)].sum()), text))
            row = int(numbers[-1]) + 1 if batch.num_rows else row
            newlines += int(inside.sum())
            yield Batch(batch.to_pandas(), lines)
    broken.extend(BrokenRow(number + newlines, text) for number, text in out)


def _row_numbers(start: int, rows: int, left_out: list[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The file's row numbers of a batch that begins at `start`, skipping the rows left out."""
    numbers = np.arange(start, start + rows + len(left_out), dtype=np.int64)
    return numbers[~np.isin(numbers, left_out)][:rows]


def _newlines_inside(batch: pa.RecordBatch) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """How many line breaks each row has inside its quotes."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total


def _whitespace(path: Path) -> Iterator[Batch]:
    line = 2
    # The C engine reads on past a final line without a break and swallows \r\n.
    with pd.read_csv(path, sep=r"\s+", dtype=str, keep_default_na=False, chunksize=BATCH_ROWS) as chunks:
        for chunk in chunks:
            yield Batch(chunk.reset_index(drop=True), np.arange(line, line + len(chunk), dtype=np.int64))
            line += len(chunk)


def _delimiter(path: Path, form: Format) -> str | None:
    """The character between fields; None for runs of blanks."""
    if form == "whitespace":
        return None
    if form == "tsv" or (form == "auto" and ".tsv" in path.suffixes):
        return "\t"
    line = _first_line(path)
    found = max("\t,;|", key=line.count)
    if line.count(found):
        return found
    return None if form == "auto" and re.search(r"\S\s+\S", line) else ","


def _first_line(path: Path) -> str:
    with _bytes(path) as stream:
        return stream.readline().decode("utf-8-sig").rstrip("\r\n")


def _bytes(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]  # a GzipFile reads like one


def _explained(path: Path, error: Exception) -> FileNotUtf8 | FileUnreadable:
    """The error in the user's terms, with the byte where the text stops being UTF-8 if that is the fault."""
    offset = 0
    try:
        with _bytes(path) as stream:
            while chunk := stream.readline():
                chunk.decode("utf-8")
                offset += len(chunk)
    except UnicodeDecodeError as fault:
        value = fault.object[fault.start : fault.end].hex(" ")
        return FileNotUtf8(file=str(path), offset=offset + fault.start, value=value)
    except (OSError, EOFError):
        pass
    return FileUnreadable(file=str(path), detail=str(error).splitlines()[0] if str(error) else type(error).__name__)
