"""Delimited and blank-separated text → batches, with the line each row has in its own file.

A record may go over several lines inside quotes; blank lines and rows with another number of fields
are no rows, but lines.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from winback.core.errors import HeaderChanged, QuoteOpen
from winback.readers.archives import SourceFile, open_file
from winback.readers.batches import (
    BATCH_BYTES,
    Batch,
    BrokenRow,
    Lines,
    Reason,
    build_text_batch,
)
from winback.readers.encodings import recode_as_utf8
from winback.readers.table_end import BODY_ROWS, MOST_BELOW, Line, find_lines_below
from winback.readers.table_start import find_value_columns, is_value
from winback.readers.text_table import TextTable

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
    edges = _TableEdges(file, table, counter, broken)
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
        held: Batch | None = None  # the last batch may hold what is below the table
        for batch in reader:
            if held is not None:
                yield edges.take_off(held)
            held = Batch(batch, counter.number_lines(batch))
            edges.refuse_open_quotes(held, counter.inside)
            edges.refuse_open_quotes_between()
        counter.finish()
        edges.refuse_open_quotes_between()
    if held is not None:
        yield edges.take_off(held, is_last=True)


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
    text: str


class _LineCounter:
    """Which line of a file each row of its batches begins at. Rows with another number of fields
    than there are names go to `broken`."""

    def __init__(self, names: Sequence[str], above: int, broken: list[BrokenRow]) -> None:
        self._width, self._broken = len(names), broken
        self._shift = above + sum(name.count("\n") for name in names)
        self._row = 2 + self._shift  # the next row's number
        self._newlines = 0  # inside quotes so far
        self._skipped: list[_SkippedRow] = []
        self.inside: Lines = np.empty(0, dtype=np.int64)  # line breaks in each row of the batch
        self.broken_over_lines: list[tuple[int, str]] = []
        # The last lines that were no rows, with their text.
        self.skipped_lines: deque[tuple[int, str]] = deque(maxlen=MOST_BELOW)

    def skip_row(self, row: pacsv.InvalidRow) -> str:
        # A blank line is no row, but it is a line.
        fields = row.actual_columns if row.text.strip() else 0
        breaks = row.text.strip("\r\n").count("\n")
        self._skipped.append(_SkippedRow(row.number, fields, breaks, row.text))
        return "skip"

    def number_lines(self, batch: pa.RecordBatch) -> Lines:
        """The line of each row of the next batch."""
        if not batch.num_rows:
            self.inside = np.empty(0, dtype=np.int64)
            return self.inside
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
        self.inside = inside
        return lines

    def finish(self) -> None:
        """See to the rows skipped after the last whole one."""
        for row in self._skipped:
            self._note_broken(row, 0)
            self._newlines += row.breaks

    def _note_broken(self, row: _SkippedRow, inside: int) -> None:
        """inside: line breaks inside quotes of this batch's rows before it."""
        line = row.number + self._shift + self._newlines + inside
        self.skipped_lines.append((line, row.text))
        if row.breaks:
            self.broken_over_lines.append((line, row.text))
        if row.fields:
            self._broken.append(BrokenRow(line, row.fields, self._width))


class _TableEdges:
    """Takes off what is no row among rows of the right width, and notes it in `broken`."""

    def __init__(
        self, file: SourceFile, table: TextTable, counter: _LineCounter, broken: list[BrokenRow]
    ) -> None:
        self._file, self._table, self._counter, self._broken = file, table, counter, broken
        self._body: list[Line] | None = None  # the first rows
        self._note(table.titles, "above_table")

    def take_off(self, batch: Batch, is_last: bool = False) -> Batch:
        """A batch without blank rows, headers that come again, and what stands right above them or
        below the table."""
        table, lines = batch.table, batch.lines
        blank = _find_blank_rows(table)
        kept = np.ones(len(lines), dtype=bool) if blank is None else ~blank
        again = self._find_headers(table, lines)
        self._note(lines[again], "header_again")
        gone = {int(line) for line in lines[again]}
        for at in again:
            gone |= self._find_below(table.slice(0, at), lines[:at], int(lines[at]))
        if is_last:
            gone |= self._find_below(table, lines, None)
        first = self._table.above + 2 + "".join(self._table.names).count("\n")
        if self._table.is_explained and len(lines) and lines[0] == first:
            self._note([first], "explains_columns")
            gone.add(first)
        if gone:
            kept &= ~np.isin(lines, list(gone))
        return batch if kept.all() else Batch(table.filter(pa.array(kept)), lines[kept])

    def refuse_open_quotes(self, batch: Batch, inside: Lines) -> None:
        """Raise QuoteOpen where the lines inside a field look like rows: its quote was never
        meant, and they would be lost."""
        if self._body is None:
            self._body = _list_lines(batch.table.slice(0, BODY_ROWS), batch.lines)
        several = inside > 0
        if not several.any():
            return
        least = len(self._table.names) - 1
        table, lines = batch.table.filter(pa.array(several)), batch.lines[several]
        for column in table.columns:
            delimiters = pc.count_substring(column, self._table.delimiter or ",")
            enough = pc.greater_equal(delimiters, least).to_numpy(zero_copy_only=False)
            for at in np.flatnonzero(enough):
                self._refuse_rows_inside(column[int(at)].as_py(), int(lines[at]))

    def refuse_open_quotes_between(self) -> None:
        """The same of rows of another width."""
        for line, text in self._counter.broken_over_lines:
            self._refuse_rows_inside(text, line)
        self._counter.broken_over_lines.clear()

    def _refuse_rows_inside(self, text: str, number: int) -> None:
        width, delimiter = len(self._table.names), self._table.delimiter or ","
        columns = find_value_columns([line.cells for line in self._body or ()], width)
        if len(columns) < 2:
            return
        for line in text.splitlines()[1:]:
            cells = [cell.strip('" \r') for cell in line.split(delimiter)]
            if len(cells) == width and all(is_value(cells[each]) for each in columns):
                raise QuoteOpen(file=str(self._file), line=number)

    def _find_headers(self, batch: pa.RecordBatch, lines: Lines) -> list[int]:
        """Which rows are the header again. Raises HeaderChanged where its names changed places."""
        names = [_strip(name) for name in batch.schema.names]
        named = [at for at, name in enumerate(names) if name]
        if len(named) < 2:
            return []
        known = pa.array(batch.schema.names, pa.string())
        probe = pc.is_in(batch.column(named[-1]), known)
        if not pc.any(probe).as_py():
            return []
        probe = pc.and_(probe, pc.is_in(batch.column(named[-2]), known))
        again = []
        for at in np.flatnonzero(probe.to_numpy(zero_copy_only=False)):
            row = [_strip(column[int(at)].as_py()) for column in batch.columns]
            if row == names:
                again.append(int(at))
            elif sorted(row) == sorted(names):
                raise HeaderChanged(file=str(self._file), line=int(lines[at]))
        return again

    def _find_below(self, table: pa.RecordBatch, lines: Lines, end: int | None) -> set[int]:
        """The lines at the end of some rows, before the line `end`, that are below a table."""
        start = max(len(lines) - MOST_BELOW, 0)
        whole = _list_lines(table.slice(start), lines[start:])
        delimiter = self._table.delimiter or ","
        odd = [
            Line(number, next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
            for number, text in self._counter.skipped_lines
            if (end is None or number < end) and (not start or number > whole[0].number)
        ]
        tail = sorted([*whole, *odd], key=lambda line: line.number)
        gone = set(find_lines_below(tail, self._body or []))
        for at, row in enumerate(self._broken):
            if row.line in gone and row.reason == "broken_row":
                self._broken[at] = replace(row, reason="below_table")
        self._note(sorted(gone & {line.number for line in whole}), "below_table")
        return gone

    def _note(self, lines: Iterable[int], reason: Reason) -> None:
        width = len(self._table.names)
        self._broken += [BrokenRow(int(line), width, width, reason) for line in lines]


def _strip(name: str) -> str:
    return name.replace("\ufeff", "").strip()


def _list_lines(table: pa.RecordBatch, lines: Lines) -> list[Line]:
    columns = [column.to_pylist() for column in table.columns]
    rows = zip(*columns, strict=True) if columns else ()
    return [Line(int(number), row) for number, row in zip(lines, rows, strict=False)]


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
