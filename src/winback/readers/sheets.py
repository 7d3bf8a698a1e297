"""Which sheets of a workbook hold the table that is meant, and which of their rows are none of it.

A workbook may begin with a cover, a description of the columns or a list of products; a table is
known by its content, never by its place.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from winback.core.errors import HeaderChanged, SheetsAmbiguous
from winback.readers.batches import BrokenRow, Reason
from winback.readers.table_end import BODY_ROWS, MOST_BELOW, Line, find_lines_below
from winback.readers.table_start import LOOKED_AT, Cells, count_filled, find_header

MOST_ABOVE = (
    4 * LOOKED_AT
)  # rows among which the first of a sheet that are not empty are looked for
LEAST_AGREEMENT = 2  # columns of values under their names: a table rather than a text


@dataclass(frozen=True)
class SheetTable:
    """The table of a sheet. header: the number of its row; above: rows with something above it;
    agreement and is_explained as `find_header` has them."""

    title: str
    names: Sequence[str]
    header: int
    above: Sequence[int]
    agreement: int
    is_explained: bool


def build_sheet_table(title: str, rows: Sequence[Cells]) -> SheetTable:
    """The table of a sheet by its first rows."""
    blank = next(at for at, row in enumerate(rows) if count_filled(row))
    head = find_header(rows[blank:])
    at = blank + head.at
    above = [number for number in range(1, at + 1) if count_filled(rows[number - 1])]
    names = [cell or "" for cell in rows[at]]
    return SheetTable(title, names, at + 1, above, head.agreement, head.is_explained)


def group_tables(tables: Sequence[SheetTable]) -> list[list[SheetTable]]:
    """Tables of one header together, in the order of their sheets; of several headers only those
    that are tables by their content, if any is."""
    groups: dict[tuple[str, ...], list[SheetTable]] = {}
    for table in tables:
        groups.setdefault(tuple(table.names), []).append(table)
    solid = [
        group
        for group in groups.values()
        if any(table.agreement >= LEAST_AGREEMENT for table in group)
    ]
    return solid or list(groups.values())


def choose_tables(
    tables: Sequence[SheetTable], known: Collection[str], file: str
) -> Sequence[SheetTable]:
    """The tables of one header with most of the known names; the first if no name is known.

    Raises SheetsAmbiguous where two headers have as many.
    """
    groups = group_tables(tables)
    if len(groups) < 2:
        return groups[0] if groups else ()
    plain = {_fold(name) for name in known}
    counts = [len(plain.intersection(map(_fold, group[0].names))) for group in groups]
    best = [group for group, count in zip(groups, counts, strict=True) if count == max(counts)]
    if len(best) > 1 and max(counts):
        titles = ", ".join(f"'{group[0].title}'" for group in best)
        raise SheetsAmbiguous(file=file, sheets=titles)
    return best[0]


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


class SheetEdges:
    """Takes off what is no row among the rows of a sheet, and notes it in `no_rows`. last: the
    number of the last row."""

    def __init__(self, table: SheetTable, passed: int, file: str, no_rows: list[BrokenRow]) -> None:
        self._table, self._passed, self._file, self._no_rows = table, passed, file, no_rows
        self.last = 0
        for number in table.above:
            self._note(number, "above_table")

    def take_off(self, rows: Iterator[tuple[int, list[str | None]]]) -> Iterator[list[object]]:
        """`[row number, cells]` of each row of the table that is not empty. Raises
        HeaderChanged."""
        names = list(self._table.names)
        body: list[Line] = []
        tail: deque[Line] = deque()
        for number, cells in rows:
            self.last = number
            if number <= self._table.header or (not cells and tail and not tail[-1].cells):
                continue
            if self._is_header(number, cells, names):
                self._note(number, "header_again")
                yield from self._flush(tail, body)
                continue
            if number == self._table.header + 1 and self._table.is_explained:
                self._note(number, "explains_columns")
                continue
            tail.append(Line(number, cells))
            if cells and len(body) < BODY_ROWS:
                body.append(tail[-1])
            if len(tail) > MOST_BELOW:
                yield from self._give(tail.popleft())
        yield from self._flush(tail, body)

    def _is_header(self, number: int, cells: Sequence[str | None], names: Sequence[str]) -> bool:
        if len(cells) < 2 or cells[-1] not in names:
            return False
        row = [cell or "" for cell in cells]
        if row != names and sorted(row) == sorted(names):
            raise HeaderChanged(file=self._file, line=self._passed + number)
        return row == names

    def _flush(self, tail: deque[Line], body: Sequence[Line]) -> Iterator[list[object]]:
        below = set(find_lines_below(list(tail), body))
        for line in tail:
            if line.number in below:
                self._note(line.number, "below_table")
            else:
                yield from self._give(line)
        tail.clear()

    def _give(self, line: Line) -> Iterator[list[object]]:
        if line.cells:
            yield [self._passed + line.number, line.cells]

    def _note(self, number: int, reason: Reason) -> None:
        width = len(self._table.names)
        self._no_rows.append(BrokenRow(self._passed + number, width, width, reason))
