"""Answers given beforehand count for every file that asks, each by the name its own column has."""

import re

import pytest

from tests.data.ingest.strangers import import_stranger, import_stranger_files, sum_up
from tests.data.ingest.test_open_questions import refuse
from winback.core.errors import AnswerInvalid
from winback.data.ingest.staged_parts import STAGED
from winback.i18n.error_text import format_error
from winback.i18n.translate import CATALOGUE, translate

PLACE = ("timezone=UTC", "currency=EUR")


def write_orders(header, start, *, count=6):
    rows = [
        f"{start + at},2025-0{1 + at}-10,c{at % 3}@x.example,{10 + at}.00,{at}.50"
        for at in range(count)
    ]
    return "\n".join([header, *rows]) + "\n"


TEXTS = {
    "shop.csv": write_orders("Order number,Date,Email,Value A,Value B", 100),
    "market.csv": write_orders("Order number,Date,Email,Sum A,Sum B", 200),
}


def test_two_files_that_call_a_column_otherwise_take_an_answer_each(tmp_path):
    store = import_stranger_files(tmp_path, TEXTS, *PLACE, "amount=Value A", "amount=Sum B")
    assert sum_up(store) == (12, 3, 7500 + 1800, 0)


def test_one_answer_counts_for_every_file_that_has_the_column(tmp_path):
    texts = {
        "shop.csv": write_orders("Order number,Date,Email,Value A,Value B", 100),
        "market.csv": write_orders("Order number,Date,Email,Value A,Other", 200),
    }
    store = import_stranger_files(tmp_path, texts, *PLACE, "amount=Value A")
    assert sum_up(store) == (12, 3, 15_000, 0)


def test_a_column_that_no_file_has_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(AnswerInvalid) as refused:
        import_stranger_files(tmp_path, TEXTS, *PLACE, "amount=Valeu A", "amount=Sum B")
    sentence = format_error(refused.value, "en")
    assert "Valeu A" in sentence
    assert "Value A" in sentence


def test_two_answers_to_what_is_one_question_are_refused(tmp_path):
    with pytest.raises(AnswerInvalid):
        import_stranger_files(tmp_path, TEXTS, "timezone=UTC", "timezone=Europe/Berlin")


def test_words_of_a_named_column_of_row_types_are_asked_about(tmp_path):
    rows = [
        f"{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{10 + at}.00,{'ZW' if at == 7 else 'VK'}"
        for at in range(9)
    ]
    text = "\n".join(["Order number,Date,Email,Total,Art", *rows]) + "\n"
    sentence = format_error(refuse(tmp_path, text, *PLACE, "row_type=Art"), "en")
    assert "ZW (1)" in sentence
    assert "--set paid=" in sentence
    store = import_stranger(tmp_path, text, *PLACE, "row_type=Art", "paid=VK,ZW=refunded")
    assert sum_up(store) == (8, 3, 100 * sum(range(10, 19)) - 1700, 1700)


def test_an_orders_discount_on_each_of_its_lines_counts_once(tmp_path):
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,Item {line},{10 + line}.00,{1 + at % 4}.00"
        for at in range(9)
        for line in range(3)
    ]
    text = "\n".join(["Order number,Date,Email,Item,Line total,Discount", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE)
    for column in next(iter(store.manifest.sources))["missing"]:
        assert translate(f"staged.{column}", "en", {"currency": "EUR"})
    taken = store.connect().execute("select sum(discount_minor) from orders").fetchall()[0][0]
    assert taken == 100 * sum(1 + at % 4 for at in range(9))


def test_amounts_without_a_last_nought_are_offered_under_any_name(tmp_path):
    rows = [f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{10 + at / 4}" for at in range(9)]
    text = "\n".join(["Order number,Date,Email,Xyz", *rows]) + "\n"
    assert "--set amount=Xyz" in format_error(refuse(tmp_path, text, *PLACE), "en")


def test_every_column_that_can_be_missing_has_its_name():
    columns = {
        column.name
        for kind in ("lines", "items", "events")
        for column in STAGED[kind]
        if column.nullable
    }
    named = {key.removeprefix("staged.") for key in CATALOGUE if key.startswith("staged.")}
    assert columns - named == {
        *("local_hour", "refunded_at", "plus_of", "deposit_of", "payment_minor"),
    }


def test_a_doubtful_amount_is_asked_about_beside_every_other_column_of_money(tmp_path):
    rows = [f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{at}.50,{at}.75" for at in range(9)]
    text = "\n".join(["Order number,Date,Email,Xyz amount,Abc", *rows]) + "\n"
    sentence = format_error(refuse(tmp_path, text, *PLACE), "en")
    assert "Xyz amount" in sentence
    assert "Abc" in sentence


def write_cents(*more, currency=""):
    """Totals in whole cents, as a program writes them."""
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{1999 + 137 * at}{currency}"
        for at in range(12)
    ]
    return "\n".join(["Order number,Date,Email,Total", *rows, *more]) + "\n"


CENTS = sum(1999 + 137 * at for at in range(12))


def test_whole_numbers_where_prices_have_cents_are_asked_about(tmp_path):
    sentence = format_error(refuse(tmp_path, write_cents(), *PLACE), "en")
    assert "--set amounts_in=minor" in sentence
    assert "1999, 2136" in sentence
    minor = import_stranger(tmp_path / "minor", write_cents(), *PLACE, "amounts_in=minor")
    assert sum_up(minor) == (12, 3, CENTS, 0)
    units = import_stranger(tmp_path / "units", write_cents(), *PLACE, "amounts_in=units")
    assert sum_up(units) == (12, 3, 100 * CENTS, 0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (write_cents(), ("timezone=UTC", "currency=JPY")),
        (write_cents(), ("timezone=UTC", "currency=SEK")),
        (write_cents("R99,2025-10-10,c1@x.example,12.50"), PLACE),
        (re.sub(r"(?m)\d\d$", "00", write_cents()), PLACE),
    ],
)
def test_other_whole_numbers_are_not(tmp_path, text, place):
    import_stranger(tmp_path, text, *place)


def test_a_named_price_with_its_quantity_says_what_was_paid(tmp_path):
    """Neither is a commission asked about, nor the price taken for the line's amount."""
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{2 + at % 2},{5 + at}.50,0.99"
        for at in range(9)
    ]
    paid = sum((2 + at % 2) * (550 + 100 * at) for at in range(9))
    for header, given in (("Xyz", ("unit_price=Xyz",)), ("Stukprijs (incl. BTW)", ())):
        text = "\n".join([f"Bestelnummer,Datum,E-mail,Aantal,{header},Commissie", *rows]) + "\n"
        store = import_stranger(tmp_path / header[:3], text, *PLACE, *given)
        assert sum_up(store) == (9, 3, paid, 0)


def test_a_discount_that_some_lines_lack_is_the_lines_own(tmp_path):
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,Item {line},{10 + line}.00,{5 if at % 3 or not line else 0}.00"
        for at in range(9)
        for line in range(2)
    ]
    text = "\n".join(["Order number,Date,Email,Item,Line total,Discount", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE)
    taken = store.connect().execute("select sum(discount_minor) from orders").fetchall()[0][0]
    assert taken == 500 * (18 - 3)


@pytest.mark.parametrize(("column", "tried"), [("test", "true"), ("livemode", "false")])
def test_what_was_only_tried_out_counts_neither_as_paid_nor_as_refunded(tmp_path, column, tried):
    other = {"true": "false", "false": "true"}[tried]
    rows = [
        f"R{at},2025-0{1 + at % 9}-10,c{at % 3}@x.example,{10 + at}.50,{'refunded' if at % 4 == 0 else 'paid'},{tried if at > 6 else other}"
        for at in range(9)
    ]
    text = "\n".join([f"Order number,Date,Email,Total,Status,{column}", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE)
    assert sum_up(store) == (7, 3, sum(1050 + 100 * at for at in range(7)), 1050 + 1450)


def test_an_order_paid_in_parts_on_several_days_is_said(tmp_path):
    rows = [
        f"B{at},2025-0{1 + part}-1{at},c{at}@x.example,{10 + at + 5 * part}.50"
        for at in range(8)
        for part in range(2)
    ]
    store = import_stranger(tmp_path, "\n".join(["Booking ID,Date,Email,Amount", *rows]), *PLACE)
    (said,) = [each for each in store.manifest.remarks if each["key"] == "orders_split"]
    assert said["values"] == {"count": 8}
