"""Answers given beforehand count for every file that asks, each by the name its own column has."""

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
