"""Delimited and blank-separated text → batches, with the line each row has in its own file.

A record may go over several lines inside quotes; blank lines and rows with another number of fields
are no rows, but lines.
"""

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from winback.data.readers.archives import SourceFile, open_file
from winback.data.readers.batches import BATCH_BYTES, Batch, BrokenRow, Lines, build_text_batch
from winback.data.readers.encodings import recode_as_utf8
from winback.data.readers.text_table import TextTable

WIDE = 500  # columns; each one costs memory, whatever it holds


def read_delimited(
    file: SourceFile,
    codec: str,
    table: TextTable,
    broken: list[BrokenRow],
    columns: Sequence[str] | None,
) -> Iterator[Batch]:
    names, delimiter = table.names, table.delimiter or ","
    counter = _LineCounter(names, table.above, broken)
    parse_options = pacsv.ParseOptions(
        delimiter=delimiter,
        newlines_in_values=True,
        invalid_row_handler=counter.skip_row,
        ignore_empty_lines=len(names) < 2,
    )
    convert_options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=False,
        include_columns=columns if columns and len(names) > WIDE else None,
    )
    with (
        _open_table(file, codec, table) as stream,
        pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(use_threads=False, block_size=BATCH_BYTES),
            parse_options=parse_options,
            convert_options=convert_options,
        ) as reader,
    ):
        for batch in reader:
            lines = counter.number_lines(batch)
            blank = _find_blank_rows(batch)
            yield (
                Batch(batch, lines)
                if blank is None
                else Batch(batch.filter(pa.array(~blank)), lines[~blank])
            )
    counter.finish()


def _open_table(file: SourceFile, codec: str, table: TextTable) -> IO[bytes]:
    """The file's text from the header on, as UTF-8."""
    stream = recode_as_utf8(open_file(file), codec)
    stream.read(table.above_bytes)
    return stream


class _SkippedRow(NamedTuple):
    """A row that is none. number: as the reader counts, which takes the header for one line;
    fields: 0 for a blank line; breaks: lines it goes on for."""

    number: int
    fields: int
    breaks: int


class _LineCounter:
    """Which line of a file each row of its batches begins at. Rows with another number of fields
    than there are names go to `broken`."""

    def __init__(self, names: Sequence[str], above: int, broken: list[BrokenRow]) -> None:
        self._width, self._broken = len(names), broken
        self._shift = above + sum(name.count("\n") for name in names)
        self._row = 2 + self._shift  # the next row's number
        self._newlines = 0  # inside quotes so far
        self._skipped: list[_SkippedRow] = []

    def skip_row(self, row: pacsv.InvalidRow) -> str:
        # A blank line is no row, but it is a line.
        fields = row.actual_columns if row.text.strip() else 0
        breaks = row.text.strip("\r\n").count("\n")
        self._skipped.append(_SkippedRow(row.number, fields, breaks))
        return "skip"

    def number_lines(self, batch: pa.RecordBatch) -> Lines:
        """The line of each row of the next batch."""
        if not batch.num_rows:
            return np.empty(0, dtype=np.int64)
        left_out = [each.number + self._shift for each in self._skipped]
        numbers = _number_rows(self._row, batch.num_rows, left_out)
        inside = _count_newlines_inside(batch)
        lines = numbers + self._newlines + np.concatenate(([0], np.cumsum(inside)[:-1]))
        while self._skipped and self._skipped[0].number + self._shift < numbers[-1]:
            row = self._skipped.pop(0)
            at = int(np.searchsorted(numbers, row.number + self._shift))
            self._note_broken(row, int(inside[:at].sum()))
            lines[at:] += row.breaks
            self._newlines += row.breaks
        self._row = int(numbers[-1]) + 1
        self._newlines += int(inside.sum())
        return lines

    def finish(self) -> None:
        """See to the rows skipped after the last whole one."""
        for row in self._skipped:
            self._note_broken(row, 0)
            self._newlines += row.breaks

    def _note_broken(self, row: _SkippedRow, inside: int) -> None:
        """inside: line breaks inside quotes of this batch's rows before it."""
        if row.fields:
            line = row.number + self._shift + self._newlines + inside
            self._broken.append(BrokenRow(line, row.fields, self._width))


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
