"""Where the table of a file begins: the header row among its first rows, found by content.

Above a table stand blank lines, titles, what a report was made of. They are told from a header by
the rows below: a header names columns, and values of one kind stand under its names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LOOKED_AT = 50  # the first rows of a table, enough for the longest head of a report
_JUDGED_BY = 20  # rows below a header that are compared with it
_WIDEST, _LONGEST = 300, 300  # columns and characters that are looked at
_MOSTLY = 0.6  # of a column's cells
_DIGITS, _LETTERS = re.compile(r"\d"), re.compile(r"[^\W\d_]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LONGEST_MONTH = 12  # letters beside a year: a month's name, an hour's mark

Cells = Sequence[str | None]


@dataclass(frozen=True)
class TableHead:
    """Which of some rows is the header. agreement: how many of its names stand above values, 0
    where nothing speaks for it; is_explained: whether the row below it explains the columns."""

    at: int
    agreement: int = 0
    is_explained: bool = False


def find_header(rows: Sequence[Cells]) -> TableHead:
    """The header among a table's first rows; 0 where nothing speaks for a later one.

    A file without a header keeps its first row: rows that look like those below are no titles.
    """
    rows = [row[:_WIDEST] for row in rows[:LOOKED_AT]]
    first = next((at for at, row in enumerate(rows) if count_filled(row)), 0)
    best, best_rank = _skip_single_cells(rows, first), (0, 0)
    for at in range(first, len(rows)):
        columns = _list_named_values(rows, at)
        rank = (len(columns), count_filled(rows[at]))
        if not columns or rank <= best_rank:
            continue
        above = [row for row in rows[first:at] if count_filled(row)]
        if any(2 * _count_fitting(row, columns, rows[at + 1 :]) >= len(columns) for row in above):
            continue
        # One name above one value is little: only a title of one cell is passed over for it.
        if len(columns) > 1 or all(count_filled(row) == 1 for row in above):
            best, best_rank = at, rank
    return TableHead(best, best_rank[0], _is_explained(rows, best))


def count_filled(row: Cells) -> int:
    """How many cells of a row hold something."""
    return sum(1 for cell in row if cell and not cell.isspace())


def is_value(cell: str | None) -> bool:
    """Whether a cell holds a number, a date, an id or an address, as no column's name does."""
    if not cell:
        return False
    cell = cell[:_LONGEST]
    digits, letters = len(_DIGITS.findall(cell)), len(_LETTERS.findall(cell))
    if "@" in cell and "." in cell:
        return True
    is_date = _YEAR.search(cell) is not None and digits > 4 and letters <= _LONGEST_MONTH
    return digits > 0 and (digits >= letters or is_date)


def find_value_columns(rows: Sequence[Cells], width: int) -> list[int]:
    """The columns of some rows that mostly hold values."""
    columns = []
    for column in range(min(width, _WIDEST)):
        cells = [row[column] for row in rows if column < len(row) and row[column]]
        if cells and sum(map(is_value, cells)) >= _MOSTLY * len(cells):
            columns.append(column)
    return columns


def _skip_single_cells(rows: Sequence[Cells], first: int) -> int:
    """The first row of two cells where one of a single cell, a title, stands above it."""
    wide = (at for at in range(first, len(rows)) if count_filled(rows[at]) > 1)
    return next(wide, first)


def _list_named_values(rows: Sequence[Cells], at: int) -> list[int]:
    """The columns of which a row holds the name and the rows below hold values; none where the row
    itself is one of values."""
    row = rows[at]
    filled = count_filled(row)
    if filled < 2 or sum(map(is_value, row)) > filled // 4:
        return []
    below = [each for each in rows[at + 1 :] if count_filled(each)][:_JUDGED_BY]
    columns = find_value_columns(below, len(row))
    return [each for each in columns if (row[each] or "").strip() and not is_value(row[each])]


def _count_fitting(row: Cells, columns: Sequence[int], below: Sequence[Cells]) -> int:
    """In how many columns a row's cell has the shape of one of the cells below."""
    fitting = 0
    for column in columns:
        if column < len(row) and is_value(row[column]):
            shapes = {_get_shape(each[column]) for each in below if column < len(each)}
            fitting += _get_shape(row[column]) in shapes
    return fitting


def _get_shape(cell: str | None) -> str:
    """A cell with its digits and letters made alike: `12.50` is `9.9`."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", (cell or "")[:_LONGEST].strip()))


def _is_explained(rows: Sequence[Cells], header: int) -> bool:
    """Whether the row below the header says in words what each column holds."""
    if len(rows) < header + 4:
        return False
    words = rows[header + 1]
    below = [each for each in rows[header + 2 :] if count_filled(each)]
    columns = find_value_columns(below, len(rows[header]))
    return (
        len(below) > 1
        and len(columns) > 1
        and 2 * count_filled(words) > count_filled(rows[header])
        and all(each < len(words) and words[each] for each in columns)
        and not any(map(is_value, words))
    )
