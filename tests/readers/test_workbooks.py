"""Workbooks of every kind give the text that their sheets show, whoever wrote and whoever reads
them."""

import io
import random
import re
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.conftest import PLAIN, imported
from tests.readers.test_formats import NAMES, as_typed, as_xlsx, made_rows
from tests.readers.typed_workbooks import as_compound_file, as_ods, as_xls, as_xlsb, pack
from winback.core import errors
from winback.readers import excel
from winback.readers.archives import SourceFile, find_files
from winback.readers.files import ReadOptions, read_batches, read_header

MADE = {"xlsx": as_xlsx, "ods": as_ods, "xls": as_xls, "xlsb": as_xlsb}
SHEET = "xl/worksheets/sheet1.xml"
LOCKED = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
    "</manifest:file-entry></manifest:manifest>"
)


def save(workbook):
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def book_of(*rows, epoch=None):
    workbook = openpyxl.Workbook()
    if epoch:
        workbook.epoch = epoch
    for row in rows:
        workbook.active.append(row)
    return save(workbook)


def typed(cells, head="<c t='str'><v>name</v></c><c t='str'><v>of</v></c>"):
    """An .xlsx whose second row is given as it stands in the sheet."""
    with zipfile.ZipFile(io.BytesIO(book_of(["name"]))) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    rows = f"<sheetData><row r='1'>{head}</row><row r='2'>{cells}</row></sheetData>".encode()
    parts[SHEET] = re.sub(rb"<sheetData>.*</sheetData>", lambda _: rows, parts[SHEET])
    return pack(*parts.items())


def read(content, sheet=None):
    return list(excel.read_sheets(io.BytesIO(content), sheet, "book"))


def read_by_row(content, monkeypatch):
    """As openpyxl reads it, which read all workbooks once."""
    with monkeypatch.context() as patched:
        patched.setattr(excel, "LARGEST_BYTES", 0)
        return read(content)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (17, "17"),
        (17.0, "17"),
        (-3, "-3"),
        (0.1, "0.1"),
        (1e-7, "1e-07"),
        (999999999999999, "999999999999999"),
        (1234567890123456, "1.23457E+15"),  # its last digits are gone from the sheet
        ("1234567890123456", "1234567890123456"),
        ("00123", "00123"),
        (" 123 ", " 123 "),
        ("1.50", "1.50"),
        ("a\nb", "a\nb"),
        ("王🙂‏", "王🙂‏"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("#N/A", "#N/A"),
        ("#DIV/0!", "#DIV/0!"),
        (datetime(2025, 3, 1, 8, 5, 9), "2025-03-01 08:05:09"),
        (datetime(2025, 3, 1, 8, 5, 9, 123000), "2025-03-01 08:05:09.123000"),
        (datetime(2025, 3, 1), "2025-03-01 00:00:00"),
        (date(2025, 3, 1), "2025-03-01 00:00:00"),
        (time(8, 5), "08:05:00"),
        (timedelta(days=1, hours=2, seconds=3), "1 day, 2:00:03"),
        (CellRichText("red ", TextBlock(InlineFont(b=True), "mug")), "red mug"),
        ("=1+1", None),  # no program has worked it out
        (None, None),
    ],
)
@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_a_cell_gives_the_text_it_always_gave(cell, text, epoch, monkeypatch):
    """An order number that gains a `.0`, or a day that moves by four years, is another one."""
    content = book_of(["name", "of"], [cell, "x"], epoch=epoch)
    assert read(content) == [[["name", "of"]], [2, [text, "x"]]]
    assert read(content) == read_by_row(content, monkeypatch)


def test_times_between_milliseconds_are_rounded_as_before(monkeypatch):
    draw = random.Random(3)
    content = book_of(
        ["at", "on"], *([draw.uniform(1, 60000), draw.random() * 0.999] for _ in range(500))
    )
    # openpyxl writes plain numbers; the style of a time makes times of them.
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    for row in workbook.active.iter_rows(min_row=2):
        for cell in row:
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
    rows = read(save(workbook))
    assert len(rows) == 501
    assert rows[1][1][0].count(":") == 2
    assert rows == read_by_row(save(workbook), monkeypatch)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ("<c t='e'><v>#GETTING_DATA</v></c>", "#GETTING_DATA"),
        ("<c t='d'><v>2025-03-01T08:05:09Z</v></c>", "2025-03-01 08:05:09"),
        ("<c t='inlineStr'><is><t> 123</t></is></c>", " 123"),
        ("<c t='inlineStr'><is><t>a_x000D_b</t></is></c>", "a_x000D_b"),
        ("<c><v>5</v><extLst/></c>", "5"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ("<c t='str'><f>A1</f><v>two</v></c>", "two"),
    ],
)
def test_what_calamine_reads_otherwise_is_read_as_before(cells, text):
    """An error must not become an empty cell, nor ` 123` the customer `123`."""
    assert read(typed(cells + "<c t='str'><v>x</v></c>")) == [[["name", "of"]], [2, [text, "x"]]]


def test_a_cell_in_the_last_column_and_row_is_read_row_by_row():
    """calamine would lay out seventeen thousand million cells."""
    workbook = openpyxl.Workbook()
    workbook.active.append(["name", "of"])
    workbook.active["XFD1048576"] = "stray"
    rows = read(save(workbook))
    assert rows[0] == [["name", "of"]]
    assert (rows[1][0], len(rows[1][1])) == (1048576, 16384)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls", "xlsb"])
def test_rows_keep_the_numbers_that_the_program_shows(kind, tmp_path):
    """A refused row is looked for in the sheet: blank rows, a title and a blank column count."""
    rows = [
        [None] * 4,
        [None, "Orders of March", None, None],
        [None] * 4,
        [None, "name", "at", "of"],
        [None] * 4,
        [None, "a", datetime(2025, 3, 1, 8, 5), 17],
        [None, "b", None, 2.5, "too much"],
        [None, "c", datetime(2025, 3, 2), True],
        [None] * 4,
    ]
    (tmp_path / "book").write_bytes(book_of(*rows) if kind == "xlsx" else MADE[kind](rows))
    file, broken = SourceFile(tmp_path / "book"), []
    assert read_header(file, ReadOptions()) == ["", "name", "at", "of"]
    (batch,) = read_batches(file, ReadOptions(format="xlsx"), broken)
    assert list(batch.lines) == [6, 8]
    assert [[*row.values()] for row in batch.table.to_pylist()] == [
        [None, "a", "2025-03-01 08:05:00", "17"],
        [None, "c", "2025-03-02 00:00:00", "TRUE"],
    ]
    noted = [(each.line, each.fields, each.expected, each.reason) for each in broken]
    assert noted == [(2, 4, 4, "above_table"), (7, 5, 4, "broken_row")]


def test_sheets_hidden_merged_and_drawn():
    workbook = openpyxl.Workbook()
    workbook.active.append(["name", "of"])
    workbook.active.append(["a", 1])
    workbook.active.append(["b", 2])
    workbook.active.merge_cells("A2:A3")
    chart = BarChart()
    chart.add_data(Reference(workbook.active, 2, 1, 2, 3))
    workbook.create_chartsheet("drawn").add_chart(chart)
    workbook.create_sheet("empty")
    hidden = workbook.create_sheet("hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["name", "of"])
    hidden.append(["c", 3])
    content = save(workbook)
    assert read(content) == [
        [["name", "of"]],
        [2, ["a", "1"]],
        [3, [None, "2"]],
        [5, ["c", "3"]],
    ]
    assert read(content, "hidden")[1:] == [[2, ["c", "3"]]]
    with pytest.raises(errors.SheetMissing) as refused:
        read(content, "none")
    assert refused.value.values["found"] == "Sheet, drawn, empty, hidden"


@pytest.mark.parametrize("kind", MADE)
def test_a_workbook_is_known_by_its_content(kind, tmp_path):
    """It is no archive of files, whatever its name says."""
    rows = made_rows(5)
    content = as_xlsx(rows) if kind == "xlsx" else MADE[kind]([NAMES, *as_typed(rows)])
    (tmp_path / "orders.csv").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as packed:
        packed.writestr(f"in/march.{kind}", content)
    assert find_files(["orders.csv"], tmp_path) == (SourceFile(tmp_path / "orders.csv"),)
    (inside,) = find_files(["orders.zip"], tmp_path)
    for file in (SourceFile(tmp_path / "orders.csv"), inside):
        assert read_header(file, ReadOptions()) == NAMES
        assert sum(len(batch.lines) for batch in read_batches(file, ReadOptions(), [])) == 5


def as_bomb():
    """A sheet of more blanks than fit in the memory of the process that reads it."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book_of(NAMES))) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
    ):
        for part in packed.namelist():
            if part != SHEET:
                bomb.writestr(part, packed.read(part))
        with bomb.open(SHEET, "w") as sheet:
            before, after = packed.read(SHEET).split(b"</sheetData>")
            sheet.write(before + b'<row r="2"><c r="A2" t="inlineStr"><is><t>')
            for _ in range(1600):
                sheet.write(b"0" * (1 << 20))
            sheet.write(b"</t></is></c></row></sheetData>" + after)
    return out.getvalue()


def as_wide_ods():
    """A cell repeated over the whole sheet."""
    with zipfile.ZipFile(io.BytesIO(as_ods([NAMES, ["x"]]))) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    repeated = parts["content.xml"].replace(
        b'<table:table-row><table:table-cell office:value-type="string"><text:p>x',
        b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        b'table:number-columns-repeated="16384" office:value-type="string"><text:p>x',
    )
    return pack(*(parts | {"content.xml": repeated}).items())


WRONG = {
    "cut xls": (lambda: as_xls([NAMES, *made_rows()])[:3000], errors.FileUnreadable),
    "cut xlsb": (lambda: as_xlsb([NAMES, *made_rows()])[:1500], errors.FileUnreadable),
    "cut ods": (lambda: as_ods([NAMES, *made_rows()])[:900], errors.FileUnreadable),
    "a letter, not a sheet": (
        lambda: as_compound_file("WordDocument", b"x"),
        errors.FileUnreadable,
    ),
    "xlsx with a password": (
        lambda: as_compound_file("EncryptedPackage", b"x"),
        errors.FileEncrypted,
    ),
    "xls with a password": (lambda: as_xls([NAMES], protected=True), errors.FileEncrypted),
    "ods with a password": (lambda: as_ods([NAMES], LOCKED), errors.FileEncrypted),
    "xlsx without a sheet": (
        lambda: pack(("xl/workbook.xml", "<workbook/>")),
        errors.FileUnreadable,
    ),
    "a cell in every place": (as_wide_ods, errors.WinbackError),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_workbook_that_cannot_be_read_is_refused_in_words(wrong, tmp_path):
    made, refusal = WRONG[wrong]
    (tmp_path / "orders.csv").write_bytes(made())
    (tmp_path / "shop.toml").write_text(PLAIN.split("    [events]")[0])
    with pytest.raises(refusal) as refused:
        imported(tmp_path / "shop.toml", tmp_path / "home")
    assert not isinstance(refused.value, errors.UnexpectedError)
    assert "orders.csv" in refused.value.values["file"]


@pytest.mark.full
def test_a_workbook_that_unpacks_to_more_than_the_memory_is_refused(tmp_path):
    (tmp_path / "orders.csv").write_bytes(as_bomb())
    (tmp_path / "shop.toml").write_text(PLAIN.split("    [events]")[0])
    with pytest.raises(errors.ReaderCrashed):
        imported(tmp_path / "shop.toml", tmp_path / "home")


@pytest.mark.full
def test_a_workbook_of_two_hundred_thousand_rows_fits(tmp_path):
    """A year of a busy shop, in the memory that the reading process may take."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append([*NAMES, "note"])
    for at in range(200_000):
        bought = datetime(2025, 1, 1) + timedelta(minutes=at)
        note = f"A note of some length, the {at}th of them."
        sheet.append([f"k{at % 900}", f"n{at}", bought, 12.5, 1, f"s{at}", "c", 0, "Done", note])
    workbook.save(tmp_path / "orders.csv")
    (tmp_path / "shop.toml").write_text(PLAIN.split("    [events]")[0])
    store = imported(tmp_path / "shop.toml", tmp_path / "home")
    assert store.manifest.counts["orders"] == 200_000
