"""XLSX workbooks → rows of text. Cells keep what the sheet shows of them; whole numbers lose no
digits and gain no `.0`."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

import openpyxl

from winback.core.errors import SheetMissing

# A cell keeps 15 significant digits; a longer number was ruined when the sheet was saved.
FIRST_RUINED = 10**15


def read_sheets(stream: IO[bytes], sheet: str | None, file: str) -> Iterator[list[Any]]:
    """`[names]`, then `[row number, cells]` of each row that is not empty. Raises SheetMissing.

    sheet: which one; without it the first sheet with a row, and after it every sheet that has the
    same names. Rows of later sheets are numbered on, so that a number names one row.
    """
    workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    try:
        if sheet is not None and sheet not in workbook.sheetnames:
            raise SheetMissing(file=file, value=sheet, found=", ".join(workbook.sheetnames))
        names: list[str] | None = None
        passed = 0
        for title in workbook.sheetnames if sheet is None else [sheet]:
            last = 0
            page = workbook[title]
            if not hasattr(page, "iter_rows"):  # a chart has no rows
                continue
            # What a damaged or careless writer says of the sheet's size is not to be trusted.
            page.reset_dimensions()
            ours = None
            titled = False
            for last, row in enumerate(page.iter_rows(values_only=True), start=1):
                cells = [_to_text(cell) for cell in row]
                if not any(cells):
                    continue
                if ours is None and not titled and sum(map(bool, cells)) == 1:
                    titled = True  # one cell above a table is its title
                    continue
                if ours is None:
                    ours = [cell or "" for cell in cells]
                    while ours and not ours[-1]:
                        ours.pop()
                    if names is not None and ours != names:
                        break
                    if names is None:
                        names = ours
                        yield [names]
                    continue
                yield [passed + last, cells]
            passed += last
    finally:
        workbook.close()


def _to_text(cell: Any) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            if abs(cell) >= FIRST_RUINED:
                return f"{cell:.5E}"
            return str(int(cell)) if cell == int(cell) else repr(float(cell))
        case datetime() | date() | time():
            return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell) or None
