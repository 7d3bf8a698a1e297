"""Workbooks as a spreadsheet opens them."""

import io
from contextlib import suppress

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from winback.core import workbooks
from winback.core.workbooks import create_workbook, set_width, write_cell

TEXTS = ["=1+1", "007", "1e5", "http://a.example", "true", "2026-01-01", " x ", "a\nb", "_x0041_"]
MARKUP = ["<r>a & b</r>", "<r></r>", "<r><t>a</t></r>", "<r>" + "a" * 40_000 + "</r>", "a" * 40_000]


def write(path, rows):
    with create_workbook(path) as workbook:
        sheet = workbook.add_worksheet("S")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                write_cell(sheet, number, column, value)
        set_width(sheet, 0, 40)
    return path


def test_a_text_stays_a_text_and_a_number_a_number(tmp_path):
    """An id keeps its zeros, and nothing is run, linked or taken for a date."""
    path = write(tmp_path / "w.xlsx", [TEXTS, [0.25, 3, None, "", float("nan"), float("inf"), 1]])
    texts, numbers = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert texts == TEXTS
    assert numbers == [0.25, 3, "", "", "", "", 1, "", ""]
    cells = list(load_workbook(path)["S"].iter_rows())
    assert {cell.data_type for cell in cells[0]} == {"s"}
    assert not [cell for cell in cells[0] if cell.hyperlink]


@pytest.mark.parametrize("text", MARKUP, ids=range(len(MARKUP)))
def test_no_text_is_taken_for_the_markup_of_a_workbook(tmp_path, text):
    path = write(tmp_path / "w.xlsx", [[text, "after"]])
    [[found, after]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert after == "after"
    assert text.startswith(found)
    assert len(found) == len(text) if len(text) < 16_000 else len(found) >= 16_000


def test_the_same_content_is_the_same_bytes_on_another_day(tmp_path, monkeypatch):
    one = write(tmp_path / "1.xlsx", [TEXTS]).read_bytes()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert write(tmp_path / "2.xlsx", [TEXTS]).read_bytes() == one


def test_a_column_is_as_wide_as_asked(tmp_path):
    sheet = load_workbook(write(tmp_path / "w.xlsx", [["a"]]))["S"]
    assert sheet.column_dimensions["A"].width == pytest.approx(40)


def test_a_workbook_that_fails_leaves_no_rows_behind(tmp_path, monkeypatch):
    """Rows wait in files of a temporary folder, and they are of customers."""
    monkeypatch.setattr(workbooks.tempfile, "tempdir", str(tmp_path))
    with suppress(KeyError), create_workbook(io.BytesIO()) as workbook:
        sheet = workbook.add_worksheet("S")
        write_cell(sheet, 0, 0, "c1")
        sheet._opt_close()
        raise KeyError
    assert list(tmp_path.iterdir()) == []
