"""The sheet of a workbook that is read is the one that holds the table, wherever it stands."""

from datetime import datetime

import openpyxl
import pytest

from winback.core import errors
from winback.data.ingest.detection import recognise_export
from winback.readers.archives import SourceFile
from winback.readers.files import ReadOptions, read_batches, read_header

HEAD = ["order", "customer", "date", "total"]
ROWS = [[5001 + i, i % 3, datetime(2026, 1, 1 + i, 9, 5), 8.25 + i] for i in range(6)]
COVER = [["Sales of the shop"], [], ["Made for", "Ann"]]
DICTIONARY = [["Column", "Meaning"], ["order", "The order's number"], ["total", "What was paid"]]
ITEMS = [["order", "sku", "product", "qty"], *([5001 + i, f"s{i}", "Cup", 1] for i in range(6))]
CUSTOMERS = [
    ["customer", "signed up", "city"],
    *([i, datetime(2025, 1, 1 + i), "Rome"] for i in range(3)),
]
RETURNS = [["return", "customer", "date", "order", "total"], *([90 + i, i, datetime(2026, 2, 1 + i), 5001 + i, 1.5] for i in range(4))]  # fmt: skip


def write(tmp_path, **sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(tmp_path / "shop.xlsx")
    return SourceFile(tmp_path / "shop.xlsx")


def read(file, **how):
    """(names, lines of rows, why lines are no rows)."""
    options, broken = ReadOptions(**how), []
    lines = [int(line) for batch in read_batches(file, options, broken) for line in batch.lines]
    return read_header(file, options), lines, [(each.line, each.reason) for each in broken]


@pytest.mark.parametrize("first", [COVER, DICTIONARY, [["Readme"]], []])
def test_what_stands_on_a_sheet_before_the_orders_is_not_read(first, tmp_path):
    file = write(tmp_path, first=first, orders=[HEAD, *ROWS], notes=DICTIONARY)
    names, lines, none = read(file)
    assert names == HEAD
    assert lines == list(range(2, 8))
    assert {reason for _, reason in none} == {"sheet_not_read"}
    [(_, seems)] = recognise_export([file.path])
    assert dict(seems.remarks)["sheets"] == "'orders' / 'first', 'orders', 'notes'"


def test_a_sheet_has_titles_footers_and_its_header_again(tmp_path):
    rows = [
        *COVER,
        [],
        HEAD,
        *ROWS,
        HEAD,
        *ROWS,
        [],
        ["Total", None, None, 99.5],
        ["Printed by Ann"],
    ]
    names, lines, none = read(write(tmp_path, orders=rows))
    assert names == HEAD
    assert lines == [*range(6, 12), *range(13, 19)]
    assert none == [
        (1, "above_table"),
        (3, "above_table"),
        (12, "header_again"),
        (20, "below_table"),
        (21, "below_table"),
    ]


def test_a_sheet_a_month_is_read_whole(tmp_path):
    """Also below a cover, each with its own total; a row's number counts through the sheets read."""
    total = ["Total", None, None, 9]
    months = {month: [HEAD, *ROWS, total] for month in ("Jan", "Feb")}
    names, lines, none = read(write(tmp_path, cover=COVER, **months))
    assert names == HEAD
    assert lines == [*range(2, 8), *range(10, 16)]
    assert none == [(0, "sheet_not_read"), (8, "below_table"), (16, "below_table")]


def test_orders_are_told_from_their_items_and_customers(tmp_path):
    file = write(tmp_path, customers=CUSTOMERS, items=ITEMS, orders=[HEAD, *ROWS])
    [(_, seems)] = recognise_export([file.path])
    assert list(seems.names) == HEAD
    assert dict(seems.remarks)["sheets"] == "'orders' / 'customers', 'items', 'orders'"
    assert read(file, known=frozenset(HEAD))[0] == HEAD


def test_two_sheets_that_look_like_orders_are_asked_about(tmp_path):
    """Refunds read as orders, or one year of two, would be a wrong number that nobody sees."""
    file = write(tmp_path, orders=[HEAD, *ROWS], returns=RETURNS)
    with pytest.raises(errors.SheetsAmbiguous) as refused:
        recognise_export([file.path])
    assert refused.value.values["sheets"] == "'orders', 'returns'"
    [(_, seems)] = recognise_export([file.path], sheet="orders")
    assert list(seems.names) == HEAD
    with pytest.raises(errors.SheetsAmbiguous):
        read(file, known=frozenset(HEAD))


def test_an_empty_workbook_has_no_header(tmp_path):
    assert read(write(tmp_path, one=[], two=[])) == ([], [], [])
