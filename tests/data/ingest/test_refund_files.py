"""A file of credit notes beside one of invoices pays back what it names, and replaces nothing."""

import pytest

from tests.data.ingest.strangers import import_stranger, import_stranger_files, sum_up
from tests.data.ingest.test_open_questions import refuse
from winback.core.errors import AnswerNeeded, NotRecognised
from winback.data.ingest.detection import recognise_export
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


def write_documents(words, *, kinds="Type"):
    """Eleven invoices and two credit notes of positive amounts in one sheet."""
    rows = [
        f"{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{10 + at}.00,{words[at > 10]}"
        for at in range(13)
    ]
    return "\n".join([f"Order number,Date,Email,Total,{kinds}", *rows]) + "\n"


def test_kinds_of_documents_are_understood_with_what_stands_beside_them(tmp_path):
    text = write_documents(("Sales invoice", "Sales credit note"))
    assert sum_up(import_stranger(tmp_path, text, *PLACE)) == (11, 3, 16_500, 4300)


def test_codes_of_documents_are_asked_about(tmp_path):
    text = write_documents(("IN", "CN"), kinds="Doc. Type")
    sentence = format_error(refuse(tmp_path, text, *PLACE), "en")
    assert "CN (2), IN (11)" in sentence
    store = import_stranger(tmp_path, text, *PLACE, "paid=IN,CN=refunded")
    assert sum_up(store) == (11, 3, 16_500, 4300)


def test_a_row_of_nothing_but_a_refund_pays_back(tmp_path):
    rows = [
        f"{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{'' if at > 9 else f'{10 + at}.00'},{'4.00' if at > 9 else ''}"
        for at in range(12)
    ]
    text = "\n".join(["Order number,Date,Email,Debit,Credit", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE, "amount=Debit", "refund_amount=Credit")
    assert sum_up(store) == (10, 3, 14_500, 800)


def test_refunds_of_lines_whose_amount_nobody_says_are_told(tmp_path):
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,Item {line},{20 + at}.00,{'refunded' if at < 2 and line else 'paid'}"
        for at in range(12)
        for line in range(2)
    ]
    text = "\n".join(["Order number,Date,Email,Item,Order total,Status", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE)
    assert sum_up(store)[2] == 100 * sum(range(20, 32))
    (said,) = [each for each in store.manifest.remarks if each["key"] == "refunds_unknown"]
    assert said["values"] == {"count": 2}


def test_postage_is_not_said_to_be_missing_from_an_orders_total(tmp_path):
    """It stands on the first line of each order only."""
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,Item {line},{'' if line else '25.00'},{'' if line else '5.00'}"
        for at in range(9)
        for line in range(2)
    ]
    text = "\n".join(["Order number,Date,Email,Item,Total,Shipping", *rows]) + "\n"
    place = tmp_path / "orders.csv"
    place.write_text(text)
    ((_, seems),) = recognise_export([place])
    assert "postage_apart" not in dict(seems.remarks)
