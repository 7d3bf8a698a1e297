"""Workbooks written cell by cell: a text stays a text, and the same content is the same bytes."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

_CREATED = datetime(2000, 1, 1)  # a file that told when would differ from one day to the next
_PADDING = 5 / 7  # of a digit: what XlsxWriter adds to every width
# A text that begins like XlsxWriter's own markup would go into the file as markup: it is written in
# runs, whose letters are escaped. A cell holds 32,767 units of UTF-16.
_RICH_TEXT, _LONGEST_RICH_TEXT = "<r>", 16_000


@contextmanager
def create_workbook(path: Path) -> Iterator[Workbook]:
    """A workbook to add sheets to in the block, saved at its end.

    Sheets are filled row by row from their top: a row leaves the memory once the next begins.
    """
    # XlsxWriter would leave the rows of a sheet behind where the block fails.
    with tempfile.TemporaryDirectory(prefix="winback-workbook-") as scratch:
        workbook = Workbook(path, {"constant_memory": True, "tmpdir": scratch})
        workbook.set_properties({"created": _CREATED})
        yield workbook
        workbook.close()


def write_cell(
    sheet: Worksheet, row: int, column: int, value: Any, style: Format | None = None
) -> None:
    """Write a text or a number, rows and columns counted from 0. What looks like a formula, a
    number or a link stays a text; no value, and a number that is none, are an empty cell."""
    if isinstance(value, str) and value:
        if value.startswith(_RICH_TEXT):
            runs = (value[:1], value[1:2], value[2:_LONGEST_RICH_TEXT])
            sheet.write_rich_string(row, column, *runs, *([style] if style else []))
        else:
            sheet.write_string(row, column, value, style)
    elif value is None or value == "" or not math.isfinite(value):
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)


def set_width(sheet: Worksheet, column: int, width: float) -> None:
    """Make a column, counted from 0, so many digits wide."""
    sheet.set_column(column, column, width - _PADDING)
