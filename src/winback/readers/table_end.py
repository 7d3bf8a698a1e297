"""What stands below a table, or between its pieces, and is no row of it: footers, totals, headers
that come again where files were put together.

A line is taken for one of these only if it could be no order whichever way it is read: it lacks
what every row has. A last row that was cut off stays a row, and is refused as one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from winback.readers.table_start import Cells, count_filled, find_value_columns, is_value

MOST_BELOW = 20  # lines; what is longer is no footer
BODY_ROWS = 200  # rows that say what a row of the table looks like
_MOST_FILLED = 4  # cells of a footer
_ALWAYS = 0.9  # of the rows have a cell of the column
# What a line of totals calls itself, as the beginning or the end of no other word.
TOTAL_WORDS = (
    r"(?:grand |sub ?|net )?totals?|sums?|summe|(?:zwischen|gesamt)summe|gesamt(?:betrag)?"
    r"|total (?:g[eé]n[eé]ral|geral)|suma|soma|somme|totale|итого"
    r"|[总合小總総][计計]|汇总|합계|총계"
)
_TOTAL = re.compile(TOTAL_WORDS, re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A line of a file and its cells; none of a blank line."""

    number: int
    cells: Cells


def find_lines_below(lines: Sequence[Line], body: Sequence[Line]) -> Iterator[int]:
    """The numbers of the lines at the end of some that are below the table.

    lines: the last ones, in order; body: rows that show what the table holds.
    """
    for at in range(len(lines) - 1, max(-1, len(lines) - 1 - MOST_BELOW), -1):
        line = lines[at]
        if not count_filled(line.cells):
            continue
        after_blank = at > 0 and not count_filled(lines[at - 1].cells)
        above = (each.cells for each in body if each.number < line.number)
        rows = [cells for cells in above if count_filled(cells)]
        if not is_below_table(line.cells, rows, after_blank):
            return
        yield line.number


def is_total(cell: object) -> bool:
    """Whether a cell says that its row is a sum."""
    return isinstance(cell, str) and _TOTAL.fullmatch(cell.strip().rstrip(":： ")) is not None


def is_below_table(cells: Cells, body: Sequence[Cells], after_blank: bool) -> bool:
    """Whether a line lacks what rows of the table have, and says what no row says."""
    filled = [column for column, cell in enumerate(cells) if cell and cell.strip()]
    width = max(map(len, body), default=0)
    if not filled or not width or filled[-1] >= width:
        return False
    sums_up = is_total(cells[filled[0]])
    if not sums_up and len(filled) > max(2, min(width // 3, _MOST_FILLED)):
        return False
    always = [column for column in range(width) if _is_mostly_filled(body, column)]
    lacking = set(always) - set(filled)
    if sums_up:
        return bool(lacking)
    if not always or 2 * len(lacking) < len(always):
        return False
    judged = [column for column in find_value_columns(body, width) if column in filled]
    unlike = sum(_is_unlike(cells[column], body, column) for column in judged)
    return after_blank or (unlike > 0 and 2 * unlike >= len(judged))


def _is_mostly_filled(body: Sequence[Cells], column: int) -> bool:
    filled = sum(1 for row in body if column < len(row) and (row[column] or "").strip())
    return filled >= _ALWAYS * len(body)


def _is_unlike(cell: str | None, body: Sequence[Cells], column: int) -> bool:
    """Whether a cell could not stand in a column of values."""
    if not is_value(cell):
        return True
    usual = {each for row in body if column < len(row) for each in _get_traits(row[column])}
    return not _get_traits(cell) <= usual


def _get_traits(cell: str | None) -> set[str]:
    text = (cell or "").strip()
    traits = {"letters": r"[^\W\d_]", "blanks": r"\s"}
    return {name for name, pattern in traits.items() if re.search(pattern, text)}
