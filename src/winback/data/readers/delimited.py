"""Delimited and blank-separated text → batches, with the line each row has in its own file.

A record may go over several lines inside quotes; blank lines and rows with another number of fields
are no rows, but lines.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from winback.config.sources import Format
from winback.data.readers.archives import SourceFile, open_file
from winback.data.readers.batches import BATCH_BYTES, Batch, BrokenRow, Lines, build_text_batch
from winback.data.readers.encodings import CHUNK_BYTES, recode_as_utf8

WIDE = 500  # columns; each one costs memory, whatever it holds


def detect_delimiter(file: SourceFile, codec: str, form: Format) -> str | None:
    """The character between fields; None for runs of blanks."""
    if form == "whitespace":
        return None
    if form == "tsv":
        return "\t"
    with recode_as_utf8(open_file(file), codec) as stream:
        line = stream.readline(CHUNK_BYTES).decode("utf-8-sig", "replace")
    line = re.sub(r'"[^"]*"', "", line)  # a delimiter inside quotes is none
    best = max("\t,;|", key=line.count)
    if line.count(best):
        return best
    return None if form == "auto" and re.search(r"\S\s+\S", line) else ","


def read_first_row(file: SourceFile, codec: str, delimiter: str | None) -> list[str]:
    with io.TextIOWrapper(recode_as_utf8(open_file(file), codec), "utf-8-sig", newline="") as text:
        return (
            next(csv.reader(text, delimiter=delimiter or "\0"), [])
            if delimiter
            else [text.readline()]
        )


def read_delimited(
    file: SourceFile,
    codec: str,
    delimiter: str,
    broken: list[BrokenRow],
    columns: Sequence[str] | None,
) -> Iterator[Batch]:
    names = read_first_row(file, codec, delimiter)
    out: list[tuple[int, int, int]] = []  # (row number within the file, fields, line breaks inside)

    def skip_row(row: pacsv.InvalidRow) -> str:
        # A blank line is no row, but it is a line.
        out.append(
            (
                row.number,
                row.actual_columns if row.text.strip() else 0,
                row.text.strip("\r\n").count("\n"),
            )
        )
        return "skip"

    options = {
        "read_options": pacsv.ReadOptions(use_threads=False, block_size=BATCH_BYTES),
        "parse_options": pacsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            invalid_row_handler=skip_row,
            ignore_empty_lines=len(names) < 2,
        ),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            include_columns=columns if columns and len(names) > WIDE else None,
        ),
    }
    row, newlines = (
        2 + sum(name.count("\n") for name in names),
        0,
    )  # the next row's number; newlines inside quotes so far
    with (
        recode_as_utf8(open_file(file), codec) as stream,
        pacsv.open_csv(stream, **options) as reader,
    ):
        shift = row - 2
        for batch in reader:
            left_out = [number + shift for number, _, _ in out]
            lines = np.empty(batch.num_rows, dtype=np.int64)
            numbers = _number_rows(row, batch.num_rows, left_out)
            inside = _count_newlines_inside(batch)
            lines[:] = (
                numbers + newlines + np.concatenate(([0], np.cumsum(inside)[:-1]))
                if batch.num_rows
                else 0
            )
            while out and batch.num_rows and out[0][0] + shift < numbers[-1]:
                number, fields, breaks = out.pop(0)
                at = int(np.searchsorted(numbers, number + shift))
                if fields:
                    broken.append(
                        BrokenRow(
                            int(number + shift + newlines + inside[:at].sum()), fields, len(names)
                        )
                    )
                lines[at:] += breaks
                newlines += breaks
            row = int(numbers[-1]) + 1 if batch.num_rows else row
            newlines += int(inside.sum())
            blank = _find_blank_rows(batch)
            yield (
                Batch(batch, lines)
                if blank is None
                else Batch(batch.filter(pa.array(~blank)), lines[~blank])
            )
    for number, fields, breaks in out:
        if fields:
            broken.append(BrokenRow(number + shift + newlines, fields, len(names)))
        newlines += breaks


def read_whitespace(
    file: SourceFile, codec: str, names: Sequence[str] | None, broken: list[BrokenRow]
) -> Iterator[Batch]:
    with io.TextIOWrapper(recode_as_utf8(open_file(file), codec), "utf-8-sig") as stream:
        line = 1
        if names is None:
            names, line = stream.readline().split(), 2
        while text := stream.readlines(BATCH_BYTES // 4):
            rows, numbers, odd = _split_rows(text, line, len(names))
            broken.extend(odd)
            line += len(text)
            yield build_text_batch(list(names), rows, numbers)


def _split_rows(
    text: Sequence[str], line: int, width: int
) -> tuple[list[list[str | None]], list[int], list[BrokenRow]]:
    """(cells of each whole row, its number, rows of another width); `line` is the first's number"""
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    odd: list[BrokenRow] = []
    for number, cells in enumerate((each.split() for each in text), start=line):
        if len(cells) == width:
            rows.append(list(cells))
            numbers.append(number)
        elif cells:
            odd.append(BrokenRow(number, len(cells), width))
    return rows, numbers, odd


def _number_rows(start: int, rows: int, left_out: list[int]) -> Lines:
    """The file's row numbers of a batch that begins at `start`, skipping the rows left out."""
    numbers = np.arange(start, start + rows + len(left_out), dtype=np.int64)
    return numbers[~np.isin(numbers, left_out)][:rows]


def _find_blank_rows(batch: pa.RecordBatch) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    """Which rows are blank lines; None if none is."""
    blank: Any = None
    for column in batch.columns:
        empty = pc.equal(column, "")
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return None
    return None if blank is None else np.asarray(blank.to_numpy(zero_copy_only=False), dtype=bool)


def _count_newlines_inside(batch: pa.RecordBatch) -> Lines:
    """How many line breaks each row has inside its quotes."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total
