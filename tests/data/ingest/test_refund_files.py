"""A file of credit notes beside one of invoices pays back what it names, and replaces nothing."""

import pytest

from tests.data.ingest.strangers import import_stranger_files, sum_up
from winback.core.errors import AnswerNeeded, NotRecognised
from winback.i18n.error_text import format_error

PLACE = ("timezone=UTC", "currency=EUR")
INVOICES = (
    "Invoice No,Date,Email,Total\n"
    + "\n".join(f"R{at},2025-0{1 + at % 9}-10,c{at % 5}@x.example,{20 + at}.00" for at in range(12))
    + "\n"
)
PAID = 100 * sum(range(20, 32))
ROWS = "R3,2025-06-01,c3@x.example,23.00\nR4,2025-07-01,c4@x.example,4.50\n"


@pytest.mark.parametrize(
    ("header", "numbers"),
    [
        ("Credit Note No,Invoice No,Date,Email,Total", ("CN1", "CN2")),
        ("Gutschrift-Nr,Rechnungsnummer,Datum,E-Mail,Gesamtbetrag", ("G1", "G2")),
        ("退款单号,订单号,退款时间,邮箱,金额", ("T1", "T2")),
    ],
)
def test_a_file_whose_rows_all_have_a_number_of_a_refund_pays_back(tmp_path, header, numbers):
    rows = "".join(f"{no},{row}\n" for no, row in zip(numbers, ROWS.split(), strict=True))
    texts = {"invoices.csv": INVOICES, "notes.csv": f"{header}\n{rows}"}
    store = import_stranger_files(tmp_path, texts, *PLACE)
    assert sum_up(store) == (12, 5, PAID, 2750)


def test_a_file_that_only_its_name_calls_refunds_is_asked_about(tmp_path):
    texts = {"invoices.csv": INVOICES, "refunds_2025.csv": "Invoice No,Date,Email,Total\n" + ROWS}
    with pytest.raises(AnswerNeeded) as needed:
        import_stranger_files(tmp_path, texts, *PLACE)
    assert "--set rows_are=refunds" in format_error(needed.value, "en")
    refunds = import_stranger_files(tmp_path / "one", texts, *PLACE, "rows_are=refunds")
    assert sum_up(refunds) == (12, 5, PAID, 2750)
    orders = import_stranger_files(tmp_path / "other", texts, *PLACE, "rows_are=orders")
    assert sum_up(orders) == (12, 5, PAID, 0), "the invoices are the newer file"


def test_negative_credit_notes_are_not_asked_about(tmp_path):
    rows = ROWS.replace(",23.00", ",-23.00").replace(",4.50", ",-4.50")
    texts = {"invoices.csv": INVOICES, "refunds.csv": "Invoice No,Date,Email,Total\n" + rows}
    assert sum_up(import_stranger_files(tmp_path, texts, *PLACE)) == (12, 5, PAID, 2750)


def test_refunds_alone_are_no_orders(tmp_path):
    texts = {
        "notes.csv": "Credit Note No,Invoice No,Date,Email,Total\n" + f"C1,{ROWS.split()[0]}\n"
    }
    with pytest.raises(NotRecognised):
        import_stranger_files(tmp_path, texts, *PLACE)


def test_a_number_of_a_refund_on_some_rows_only_leaves_them_orders(tmp_path):
    header, *rows = INVOICES.splitlines()
    lines = [
        f"{header},Refund ID",
        *(f"{row},{'F1' if at == 3 else ''}" for at, row in enumerate(rows)),
    ]
    store = import_stranger_files(tmp_path, {"invoices.csv": "\n".join(lines)}, *PLACE)
    assert sum_up(store) == (12, 5, PAID, 0)
