"""An order's total that stands on each of its lines counts once, a line's amount for itself; where rows do not tell, it is asked."""

import pytest

from tests.data.ingest.strangers import import_stranger, sum_up
from tests.data.ingest.test_open_questions import refuse
from winback.i18n.error_text import format_error

PLACE = ("timezone=UTC", "currency=EUR")


def repeated(*more, header="Order number,Paid at,Email,Item,Total", orders=12):
    """Each order's total on both of its lines: 30, 45, 20 and so on."""
    totals = [30 + 15 * (at % 3) for at in range(orders)]
    lines = [
        f"R{at},2025-{1 + at % 9:02d}-1{at % 9} 10:00:00,c{at % 5}@x.example,Item {line},{total}"
        for at, total in enumerate(totals)
        for line in range(2)
    ]
    return "\n".join([header, *lines, *more]) + "\n", 100 * sum(totals)


@pytest.mark.parametrize(
    ("rows", "refunded"),
    [
        ((), 0),
        (("R0,2025-01-10 10:00:00,c0@x.example,Shipping,0",), 0),
        (("R0,2025-01-10 10:00:00,c0@x.example,Shipping,",), 0),
        (("R1,2025-11-01 10:00:00,c1@x.example,Item 0,-15",), 1500),
        (("R1,2025-11-01 10:00:00,c1@x.example,Item 0,-45",) * 2, 4500),
        (("R3,2025-11-01 10:00:00,c3@x.example,Item 0,-0.05",) * 2, 5),
    ],
)
def test_a_total_on_every_line_counts_once_whatever_rows_stand_beside_it(tmp_path, rows, refunded):
    text, gross = repeated(*rows)
    store = import_stranger(tmp_path, text, *PLACE)
    assert sum_up(store) == (12, 5, gross, refunded)
    keys = {each["key"] for each in store.manifest.remarks}
    assert ("no_refunds" in keys) is (refunded == 0)


def test_a_total_that_some_orders_do_not_repeat_is_asked_about(tmp_path):
    gifts = [
        f"R{at},2025-{at + 1:02d}-1{at} 10:00:00,c{at % 5}@x.example,Gift,7" for at in (0, 3, 6)
    ]
    text, gross = repeated(*gifts)
    refusal = refuse(tmp_path, text, *PLACE)
    assert "--set amount_of=order" in format_error(refusal, "en")
    of_order = import_stranger(tmp_path, text, *PLACE, "amount_of=order")
    assert sum_up(of_order)[2] == gross
    (tmp_path / "lines").mkdir()
    of_lines = import_stranger(tmp_path / "lines", text, *PLACE, "amount_of=line")
    assert sum_up(of_lines)[2] == 2 * gross + 2100


def test_prices_times_quantities_are_amounts_of_lines_though_they_are_the_same(tmp_path):
    """A shop with few prices."""
    rows = [
        f"T{at},2025-01-1{at},c{at % 3}@x.example,Shirt {size},1,20,20"
        for at in range(9)
        for size in "ML"
    ]
    text = "\n".join(["Order number,Date,Email,Item,Quantity,Price,Amount", *rows]) + "\n"
    assert sum_up(import_stranger(tmp_path, text, *PLACE)) == (9, 3, 36_000, 0)


def test_a_column_that_numbers_orders_under_a_name_nobody_knows_is_asked_about(tmp_path):
    text, gross = repeated(header="Zakaz,Paid at,Email,Item,Total")
    assert "--set order_id=Zakaz" in format_error(refuse(tmp_path, text, *PLACE), "en")
    store = import_stranger(tmp_path, text, *PLACE, "order_id=Zakaz")
    assert sum_up(store) == (12, 5, gross, 0)


def test_an_order_number_that_is_said_to_be_none_is_not_asked_again(tmp_path):
    text, gross = repeated(header="Zakaz,Paid at,Email,Item,Total")
    store = import_stranger(tmp_path, text, *PLACE, "order_id=")
    assert sum_up(store)[2] == 2 * gross, "as its owner has it"


def test_totals_that_come_again_without_an_order_number_are_said(tmp_path):
    text, _ = repeated()
    without = "\n".join(line.split(",", 1)[1] for line in text.splitlines()) + "\n"
    store = import_stranger(tmp_path, without, *PLACE)
    assert sum_up(store)[0] == 12
