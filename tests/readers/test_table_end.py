"""Footers, totals and headers that come again are no rows, and are counted; a row cut off stays one."""

import pytest

from tests.readers.test_table_start import HEAD, join
from winback.core import errors
from winback.readers.archives import SourceFile
from winback.readers.files import ReadOptions, read_batches

ROWS = [[f"50{i:02d}", f"{i % 3}", f"2026-01-{i + 1:02d}", f"{i}8.29"] for i in range(12)]


def read(content, tmp_path):
    """(lines of rows, [(line, reason) of what is none])."""
    (tmp_path / "orders.csv").write_text(content, encoding="utf-8", newline="")
    broken = []
    batches = list(read_batches(SourceFile(tmp_path / "orders.csv"), ReadOptions(), broken))
    lines = [int(line) for batch in batches for line in batch.lines]
    assert sum(len(batch.table) for batch in batches) == len(lines)
    return lines, sorted((each.line, each.reason) for each in broken)


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ("\n12,record(s) downloaded,,\nSeller ID : shop1,,,\n", [15, 16]),
        ("\n12,record(s) downloaded\nSeller ID : shop1\n", [15, 16]),
        ("Total,,,1234.56\n", [14]),
        (",,Grand total:,1234.56\n", [14]),
        ("合计,,,1234.56\n", [14]),
        ("Generated 2026-05-01 10:00\n", [14]),
        ("\n\n5012\n", [16]),
        (",,,\nEnd of report,,,\n\n", [15]),
        ('"Printed by\nAnn"\n', [14]),
    ],
)
def test_what_stands_below_a_table_is_no_row_and_is_counted(below, lines, tmp_path):
    kept, none = read(join([HEAD, *ROWS]) + below, tmp_path)
    assert kept == list(range(2, 14))
    assert none == [(line, "below_table") for line in lines]


@pytest.mark.parametrize(
    ("last", "is_broken"),
    [
        ("5012,2\n", True),  # the file was cut off here
        ("5012,2,2026-01-", True),
        ("5012,,,\n", False),
        (",,,18.29\n", False),  # it could be an item of the order above it
        ("5012,2,2026-01-13,18.29,x\n", True),
        (",,2026-01-13,18.29\n", False),
    ],
)
def test_an_order_that_lacks_something_stays_a_row(last, is_broken, tmp_path):
    """It is refused with its reason: counting it as a footer would hide that orders are lost."""
    kept, none = read(join([HEAD, *ROWS]) + last, tmp_path)
    assert none == ([(14, "broken_row")] if is_broken else [])
    assert kept == list(range(2, 14 if is_broken else 15))


def test_an_item_below_its_order_is_no_footer(tmp_path):
    head = "order,customer,date,total,product,price\n"
    order = "5001,1,2026-01-03,20.00,Cup,10.00\n"
    for item in ("5001,,,,Big cup (red),10.00\n", ",,,,Big cup,10\n", "5001,,,,Pot,\n"):
        assert read(head + order + item, tmp_path) == ([2, 3], [])


def test_files_put_together_repeat_their_header(tmp_path):
    """Also with what stood above and below each of them."""
    piece = "Sales report\n\n" + join([HEAD, *ROWS]) + "\n12,record(s) downloaded\n"
    kept, none = read(piece + "\ufeff" + piece, tmp_path)
    assert kept == [*range(4, 16), *range(21, 33)]
    assert none == [
        (1, "above_table"),
        (17, "below_table"),
        (18, "below_table"),
        (20, "header_again"),
        (34, "below_table"),
    ]


def test_a_row_of_another_width_in_the_middle_stays_refused(tmp_path):
    kept, none = read(join([HEAD, *ROWS[:5], ["Total", "9"], *ROWS[5:]]), tmp_path)
    assert none == [(7, "broken_row")]
    assert len(kept) == 12


def test_a_header_in_another_order_refuses_the_file(tmp_path):
    """Its rows would be read with customers for orders."""
    turned = ["customer", "order", "date", "total"]
    with pytest.raises(errors.HeaderChanged) as refused:
        read(join([HEAD, *ROWS, turned, *ROWS]), tmp_path)
    assert refused.value.values["line"] == 14


def test_a_row_that_explains_the_columns_is_no_order(tmp_path):
    explained = ["The order's number.", "Who bought.", "When.", "Paid."]
    kept, none = read(join([HEAD, explained, *ROWS]), tmp_path)
    assert none == [(2, "explains_columns")]
    assert kept == list(range(3, 15))


def test_a_value_that_is_a_columns_name_is_no_header(tmp_path):
    rows = [[*row, "total", "date"] for row in ROWS]
    assert read(join([[*HEAD, "status", "note"], *rows]), tmp_path) == (list(range(2, 14)), [])


@pytest.mark.parametrize("mark", ['"5006', '"5006","2'])
def test_a_quote_that_is_never_closed_refuses_the_file(mark, tmp_path):
    """It would swallow the orders below it, and nobody would miss them."""
    cut = join([HEAD, *ROWS[:6]]) + mark + ",2,2026-01-07,68.29\n" + join(ROWS[7:])
    with pytest.raises(errors.QuoteOpen) as refused:
        read(cut, tmp_path)
    assert refused.value.values["line"] == 8


def test_lines_inside_a_field_that_are_no_rows_are_its_text(tmp_path):
    note = '"Street 1, Flat 2, Rome, IT\nring twice, please, thanks, bye"'
    content = join([[*HEAD[:3], "note"], [*ROWS[0][:3], note], [*ROWS[1][:3], note]])
    assert read(content, tmp_path) == ([2, 4], [])
