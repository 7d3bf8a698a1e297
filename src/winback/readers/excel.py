"""Workbooks → rows of text. Cells keep what the sheet shows of them; whole numbers lose no digits
and gain no `.0`.

calamine reads them: .xlsx and .xlsm, .xls, .xlsb and .ods. It holds a whole sheet in memory and
knows no text of a cell's error, so an .xlsx that is very large, or says something that calamine
would put otherwise, is read row by row by openpyxl.
"""

import contextlib
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any

import openpyxl
from python_calamine import CalamineError, CalamineWorkbook

from winback.core.errors import FileEncrypted, SheetMissing
from winback.readers.batches import BrokenRow
from winback.readers.sheets import (
    MOST_ABOVE,
    SheetEdges,
    SheetTable,
    build_sheet_table,
    choose_tables,
)

# A cell keeps 15 significant digits; a longer number was ruined when the sheet was saved.
FIRST_RUINED = 10**15
# Of an .xlsx unpacked: about eight million cells, for which calamine takes some 600 MB.
LARGEST_BYTES = 256 << 20
# What calamine reads otherwise than the sheet has it: an error (as empty), a date in letters (with
# its zone as text), blanks around a text that are not marked as to be kept (gone), a character
# written as its number (which old imports kept as written), and a cell beyond column ZZ (each row
# gets as many cells). Each pattern begins with plain bytes: so a sheet is passed in milliseconds.
_FOR_OPENPYXL = tuple(
    re.compile(pattern)
    for pattern in (
        rb""" t=["'][ed]["']""",
        rb"<t>(?:\s|[^<]*\s</t>)",
        rb"_x[0-9A-Fa-f]{4}_",
        rb""" r=["'][A-Z]{3}[0-9]""",
    )
)
# What is in the file of a workbook with a password: the name of an .xlsx's encrypted part, or, at
# the start of an .xls, the record that says how it was encrypted.
_PASSWORD = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le"))
    + rb"|\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)

_ReadRows = Callable[[str], Iterator[Sequence[Any]]]


def read_sheets(
    stream: IO[bytes],
    sheet: str | None,
    file: str,
    known: Collection[str] = (),
    no_rows: list[BrokenRow] | None = None,
) -> Iterator[list[Any]]:
    """`[names]`, then `[row number, cells]` of each row that is not empty. Raises SheetMissing,
    SheetsAmbiguous, HeaderChanged and FileEncrypted.

    sheet: which one; without it the sheets that hold the table whose header has most of the `known`
    names, see `choose_tables`. no_rows takes what is no row of the table. Rows of later sheets are
    numbered on, so that a number names one row.
    """
    none: list[BrokenRow] = [] if no_rows is None else no_rows
    with contextlib.ExitStack() as opened:
        titles, read_rows = _open_workbook(stream, file, opened)
        if sheet is not None and sheet not in titles:
            raise SheetMissing(file=file, value=sheet, found=", ".join(titles))
        tables = _find_tables(titles if sheet is None else [sheet], read_rows)
        chosen = choose_tables(tables, known, file)
        none += [BrokenRow(0, 0, 0, "sheet_not_read") for each in tables if each not in chosen]
        passed = 0
        for table in chosen:
            if not passed and table is chosen[0]:
                yield [list(table.names)]
            edges = SheetEdges(table, passed, file, none)
            yield from edges.take_off(_number_rows(read_rows(table.title)))
            passed += edges.last


def list_sheets(stream: IO[bytes], file: str) -> tuple[list[str], list[SheetTable]]:
    """The titles of all sheets, and the tables on them. Raises FileEncrypted."""
    with contextlib.ExitStack() as opened:
        titles, read_rows = _open_workbook(stream, file, opened)
        return titles, _find_tables(titles, read_rows)


def _find_tables(titles: Sequence[str], read_rows: _ReadRows) -> list[SheetTable]:
    """The tables of the sheets that hold any row."""
    tables = []
    for title in titles:
        rows = [cells for _, cells in islice(_number_rows(read_rows(title)), MOST_ABOVE)]
        if any(rows):
            tables.append(build_sheet_table(title, rows))
    return tables


def _number_rows(rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, list[str | None]]]:
    """Each row's number and its cells as text, without the empty ones at its end."""
    for number, row in enumerate(rows, start=1):
        cells = [_to_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _open_workbook(
    stream: IO[bytes], file: str, opened: contextlib.ExitStack
) -> tuple[list[str], _ReadRows]:
    """The titles of the sheets, and what gives the rows of one."""
    opened.enter_context(stream)
    parts = _list_xlsx_parts(stream)
    if _suits_openpyxl(stream, parts):
        return _open_by_row(stream, opened)
    stream.seek(0)
    try:
        with _turn_panics_into_errors():
            workbook = CalamineWorkbook.from_filelike(stream)
    except CalamineError:
        if parts:  # openpyxl may yet read it, and says what is wrong if not
            return _open_by_row(stream, opened)
        if _is_encrypted(stream):
            raise FileEncrypted(file=file) from None
        raise

    def read_rows(title: str) -> Iterator[Sequence[Any]]:
        try:
            with _turn_panics_into_errors():
                page = workbook.get_sheet_by_name(title)
        except CalamineError:
            if not parts:
                raise
            yield from _open_by_row(stream, opened)[1](title)
            return
        left = [None] * (page.start[1] if page.start else 0)  # rows begin at the first used column
        with _turn_panics_into_errors():
            for row in page.iter_rows():
                yield [*left, *row]

    return workbook.sheet_names, read_rows


def _open_by_row(stream: IO[bytes], opened: contextlib.ExitStack) -> tuple[list[str], _ReadRows]:
    """The same by openpyxl."""
    stream.seek(0)
    workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    opened.callback(workbook.close)

    def read_rows(title: str) -> Iterator[Sequence[Any]]:
        page = workbook[title]
        if hasattr(page, "iter_rows"):  # a chart has no rows
            # What a damaged or careless writer says of the sheet's size is not to be trusted.
            page.reset_dimensions()
            yield from page.iter_rows(values_only=True)

    return workbook.sheetnames, read_rows


def _list_xlsx_parts(stream: IO[bytes]) -> list[zipfile.ZipInfo]:
    """The parts of an .xlsx that are text; none of any other file."""
    if not zipfile.is_zipfile(stream):
        return []
    with zipfile.ZipFile(stream) as packed:
        parts = packed.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names or "content.xml" in names:  # .xlsb, .ods
        return []
    return [part for part in parts if part.filename.endswith(".xml")]


def _suits_openpyxl(stream: IO[bytes], parts: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether an .xlsx is too large for calamine, or not the same in its eyes."""
    if sum(part.file_size for part in parts) > LARGEST_BYTES:
        return True
    if not parts:
        return False
    with zipfile.ZipFile(stream) as packed:
        for part in parts:
            content = packed.read(part)
            if any(pattern.search(content) for pattern in _FOR_OPENPYXL):
                return True
    return False


def _is_encrypted(stream: IO[bytes]) -> bool:
    """Whether a workbook has a password: calamine only says that it does not know it."""
    stream.seek(0)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as packed:
            named = "META-INF/manifest.xml" in packed.namelist()
            return named and b"encryption-data" in packed.read("META-INF/manifest.xml")
    stream.seek(0)
    return _PASSWORD.search(stream.read()) is not None


@contextlib.contextmanager
def _turn_panics_into_errors() -> Iterator[None]:
    """What Rust calls a panic is no Exception to Python, and would end the process."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CalamineError(str(error)) from None


def _to_text(cell: Any) -> str | None:
    match cell:
        case str():
            return cell or None
        case None:
            return None
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            if abs(cell) >= FIRST_RUINED:
                return f"{cell:.5E}"
            return str(int(cell)) if cell == int(cell) else repr(float(cell))
        case datetime() | time():
            return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
        case date():  # calamine's for midnight
            return f"{cell.isoformat()} 00:00:00"
        case timedelta():
            return str(cell)
    return str(cell) or None
