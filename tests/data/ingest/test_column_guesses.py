"""What the columns of an export nobody has described are taken for: by whole words, in seven
languages, and never by parts of words."""

from dataclasses import replace

import pandas as pd
import pytest

from winback.data.ingest.column_guesses import (
    guess_amounts,
    guess_columns,
    prefer_before_refunds,
)
from winback.data.ingest.column_matching import SURE_ENOUGH, split_words
from winback.data.ingest.column_names import ORDER_WORDS
from winback.data.ingest.value_guesses import guess_status

DAYS = ["2026-01-03", "2026-01-08", "2026-02-11", "2026-03-01"]
IDS = ["5001", "5002", "5003", "5004"]
PEOPLE = ["k1", "k2", "k1", "k3"]
MONEY = ["78.29", "47.15", "137.17", "33.04"]


def guess(**columns):
    """Our name → the column taken for it, of those that are sure."""
    names = [name.replace("__", " ") for name in columns]
    sample = pd.DataFrame(dict(zip(names, columns.values(), strict=True)), dtype="str")
    guesses = guess_columns(names, ORDER_WORDS, sample)
    return {ours: each for ours, each in guesses.items() if each.confidence >= SURE_ENOUGH}


def guess_named(order, customer, day, amount):
    found = guess(**{order: IDS, customer: PEOPLE, day: DAYS, amount: MONEY})
    return tuple(
        found[ours].theirs if ours in found else None
        for ours in ("order_id", "customer_id", "ordered_at", "amount")
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SalesOrderNo", ("sales", "order", "no")),
        ("order_id", ("order", "id")),
        ("E-Mail Adresse", ("e", "mail", "adresse")),
        ("Gesamtbetrag (€)", ("gesamtbetrag",)),
        ("Numéro/commande", ("numero", "commande")),
        ("ガソリン", ("ガソリン",)),
        ("用户ID", ("用户", "id")),
        ("Order #", ("order", "#")),
    ],
)
def test_a_name_is_split_into_words(name, words):
    assert split_words(name) == words


@pytest.mark.parametrize(
    "names",
    [
        ("SalesOrderNo", "EmailAddress", "OrderDate", "OrderTotal"),
        ("order_number", "customer_email", "created_at", "total_price"),
        ("Bestellnummer", "Kundennummer", "Bestelldatum", "Gesamtbetrag"),
        ("Numéro de commande", "Client", "Date d'achat", "Montant total"),
        ("Número de pedido", "Correo electrónico", "Fecha del pedido", "Importe"),
        ("Número do pedido", "Cliente", "Data do pedido", "Valor total"),
        ("注文番号", "顧客番号", "注文日時", "合計金額"),
        ("订单编号", "会员号", "付款时间", "实付金额(元)"),
    ],
)
def test_seven_languages_are_understood_by_their_words(names):
    assert guess_named(*names) == names


@pytest.mark.parametrize(
    ("name", "values", "never"),
    [
        ("Total Discount", MONEY, "quantity"),
        ("Date Shipped", DAYS, "ordered_at"),
        ("Updated at", DAYS, "ordered_at"),
        ("Shipping Amount", MONEY, "amount"),
        ("Total Tax", MONEY, "amount"),
        ("Refund Total", MONEY, "amount"),
        ("Order Number", IDS, "amount"),
        ("Customer Note", PEOPLE, "customer_id"),
        ("Customer Group", PEOPLE, "customer_id"),
        ("Fulfillment Status", ["fulfilled", "", "", ""], "status"),
        ("运费", MONEY, "amount"),
        ("发货时间", DAYS, "ordered_at"),
    ],
)
def test_a_word_beside_a_name_may_make_it_something_else(name, values, never):
    sample = pd.DataFrame({name: values}, dtype="str")
    assert never not in guess_columns([name], ORDER_WORDS, sample)


def test_two_dates_that_differ_are_rivals_and_two_that_agree_are_one():
    other = ["2026-01-04", "2026-01-09", "2026-02-12", "2026-03-02"]
    apart = guess(order_date=DAYS, payment_date=other, customer=PEOPLE)
    assert (apart["ordered_at"].theirs, apart["ordered_at"].rivals) == (
        "payment_date",
        ("order_date",),
    )
    assert apart["ordered_at"].is_doubtful
    same = guess(order_date=DAYS, payment_date=DAYS, customer=PEOPLE)
    assert not same["ordered_at"].is_doubtful


def test_two_amounts_that_differ_are_rivals_but_a_subtotal_is_none():
    less = ["70.00", "40.00", "130.00", "30.00"]
    assert guess(total=MONEY, subtotal=less)["amount"].rivals == ()
    assert guess(total=MONEY, amount=less)["amount"].is_doubtful


def test_a_line_total_and_an_order_total_are_each_what_they_say():
    totals = ["125.44", "125.44", "170.21", "170.21"]
    found = guess(order_id=["1", "1", "2", "2"], line_total=MONEY, order_total=totals)
    assert (found["amount"].theirs, found["order_amount"].theirs) == ("line_total", "order_total")


def test_a_member_with_two_phones_is_asked_about():
    phones = ["+491701234501", "+491701234502", "+491701234509", "+491701234503"]
    assert guess(member_id=PEOPLE, phone=phones)["customer_id"].rivals == ("phone",)
    one_each = ["+491701234501", "+491701234502", "+491701234501", "+491701234503"]
    assert guess(member_id=PEOPLE, phone=one_each)["customer_id"].rivals == ()


def test_money_is_nobody():
    assert "customer_id" not in guess(buyer=MONEY)


def test_an_order_named_as_shopify_does_it_is_an_order_and_a_persons_name_is_none():
    assert guess(Name=["#5001", "#5002", "#5003", "#5004"])["order_id"].theirs == "Name"
    assert "order_id" not in guess(Name=["Ann", "Bo", "Cy", "Di"])


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Completed", "paid"),
        ("Incomplete", "unpaid"),
        ("Not paid", "unpaid"),
        ("Nicht bezahlt", "unpaid"),
        ("Abandoned", "cancelled"),
        ("Payment pending", "unpaid"),
        ("Erstattet", "refunded"),
        ("Remboursé", "refunded"),
        ("Cancelado", "cancelled"),
        ("Devolvido", "refunded"),
        ("キャンセル", "cancelled"),
        ("入金済み", "paid"),
        ("等待买家付款", "unpaid"),
        ("交易成功", "paid"),
        ("Partially refunded", None),
        ("zapped", None),
    ],
)
def test_a_status_is_understood_by_whole_words(word, meaning):
    assert guess_status(word) == meaning


def test_without_order_numbers_an_order_total_is_asked_about_and_not_counted_once_a_day():
    found = guess(line_total=MONEY, order_total=["125.44", "125.44", "170.21", "170.21"])
    assert "order_amount" not in found
    assert found["amount"].rivals == ("order_total",)


def test_equal_line_totals_do_not_take_the_place_of_the_order_total():
    found = guess_columns(
        ["order_id", "line_total", "order_total"],
        ORDER_WORDS,
        sample := pd.DataFrame(
            {"order_id": ["1", "1"], "line_total": ["9.00"] * 2, "order_total": ["18.00"] * 2},
            dtype="str",
        ),
    )
    assert guess_amounts(found, sample)["order_amount"].theirs == "order_total"


def test_an_amount_that_is_what_refunds_left_is_not_what_was_paid():
    """Wix: `Net amount` is the total less `Refunded amount`; refunds would be taken off it twice."""
    sample = pd.DataFrame(
        {
            "Order number": IDS,
            "Contact email": PEOPLE,
            "Date created": DAYS,
            "Total": MONEY,
            "Net amount": ["78.29", "27.15", "137.17", "0.00"],
            "Refunded amount": ["0.00", "20.00", "0.00", "33.04"],
        },
        dtype="str",
    )
    guesses = guess_columns(list(sample), ORDER_WORDS, sample)
    for first, other in (("Net amount", "Total"), ("Total", "Net amount")):
        asked = guesses | {"amount": replace(guesses["amount"], theirs=first, rivals=(other,))}
        amount = prefer_before_refunds(asked, sample)["amount"]
        assert (amount.theirs, amount.rivals) == ("Total", ())
    without = {ours: each for ours, each in asked.items() if ours != "refund_amount"}
    assert prefer_before_refunds(without, sample) == without
