"""What was paid back, in the ways exports say it."""

import pytest

from tests.data.ingest.strangers import import_stranger, sum_up
from winback.core import errors

HEAD = "order_id,customer_id,order_date,total"


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_refund_column_counts_whatever_its_sign(sign, tmp_path):
    text = f"{HEAD},refund_amount\n1,a,2026-01-03,50.00,{sign}20.00\n2,b,2026-01-04,30.00,0.00\n"
    assert sum_up(import_stranger(tmp_path, text)) == (2, 2, 8000, 2000)


@pytest.mark.parametrize("amount", ["20.00", "-20.00"])
@pytest.mark.parametrize("day", ["2026-01-03", "2026-01-20"])
def test_a_row_of_the_type_refund_is_a_refund_of_its_order(amount, day, tmp_path):
    text = f"""{HEAD},type
1,a,2026-01-03,50.00,Sale
2,b,2026-01-04,30.00,Sale
1,a,{day},{amount},Refund
3,a,2026-01-21,1.00,Fee
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 8000, 2000)
    refunds = store.connect().execute("select order_id, amount_minor from refunds").fetchall()
    assert refunds == [("1", 2000)]
    assert dict(store.manifest.left_out) == {"Fee": 1}


def test_a_kind_of_row_nobody_knows_is_asked_about(tmp_path):
    text = f"{HEAD},Type\n1,a,2026-01-03,50.00,Sale\n1,a,2026-01-04,5.00,Refund\n2,b,2026-01-04,9.00,Wibble\n"
    with pytest.raises(errors.AnswerNeeded) as asked:
        import_stranger(tmp_path / "asked", text)
    assert asked.value.values["key"] == "paid"
    assert "Wibble" in str(asked.value.values["question"])
    answered = import_stranger(tmp_path / "answered", text, "paid=Wibble")
    assert sum_up(answered) == (2, 2, 5900, 500)


def test_what_was_paid_back_of_a_cancelled_order_is_not_subtracted(tmp_path):
    text = f"""{HEAD},type,status
1,a,2026-01-03,50.00,Sale,cancelled
1,a,2026-01-04,50.00,Refund,paid
2,b,2026-01-04,30.00,Sale,paid
"""
    assert sum_up(import_stranger(tmp_path, text)) == (1, 1, 3000, 0)


@pytest.mark.parametrize(
    ("column", "words", "expected"),
    [
        ("Refunded", ("yes", "no"), (2, 2, 8000, 5000)),
        ("is_refunded", ("1", ""), (2, 2, 8000, 5000)),
        ("Cancelled", ("true", "false"), (1, 1, 3000, 0)),
        ("Paid", ("No", "Yes"), (1, 1, 3000, 0)),
        ("是否退款", ("是", "否"), (2, 2, 8000, 5000)),
        ("Test order", ("1", "0"), (1, 1, 3000, 0)),
        ("Delivered", ("no", "yes"), (2, 2, 8000, 0)),
        ("Quantity (- Refund)", ("1", "1"), (2, 2, 8000, 0)),
        ("返金済み", ("はい", "いいえ"), (2, 2, 8000, 5000)),
    ],
)
def test_a_yes_or_no_column_is_read_by_its_name(column, words, expected, tmp_path):
    text = f"{HEAD},{column}\n1,a,2026-01-03,50.00,{words[0]}\n2,b,2026-01-04,30.00,{words[1]}\n"
    assert sum_up(import_stranger(tmp_path, text)) == expected


def test_a_partial_refund_needs_its_amount(tmp_path):
    text = f"{HEAD},status\n1,a,2026-01-03,50.00,Partially refunded\n2,b,2026-01-04,30.00,Paid\n"
    with pytest.raises(errors.AnswerNeeded):
        import_stranger(tmp_path / "asked", text)
    told = text.replace("status", "status,refund_amount").replace("refunded\n", "refunded,20.00\n")
    told = told.replace("Paid\n", "Paid,\n")
    assert sum_up(import_stranger(tmp_path / "told", told)) == (2, 2, 8000, 2000)


def test_an_after_sale_column_beside_the_status_is_read(tmp_path):
    text = """订单号,订单状态,售后状态,付款时间,实付金额,用户ID
1,已完成,无售后,2026-01-03 09:00:00,50.00,u1
2,已完成,售后完成,2026-01-04 09:00:00,30.00,u2
3,已完成,无售后或售后取消,2026-01-05 09:00:00,20.00,u3
"""
    assert sum_up(import_stranger(tmp_path, text)) == (3, 3, 10000, 3000)


def test_in_a_log_the_purchases_are_orders_and_the_rest_events(tmp_path):
    text = """event_time,event_type,product_id,price,user_id
2026-01-03 09:05:00 UTC,view,1001,10.00,901
2026-01-03 09:06:00 UTC,cart,1001,10.00,901
2026-01-03 09:07:00 UTC,purchase,1001,10.00,901
2026-01-05 09:05:00 UTC,view,1002,20.00,902
2026-01-05 09:07:00 UTC,purchase,1002,20.00,902
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 3000, 0)
    assert store.manifest.tables["events"] == 3
    assert not store.manifest.left_out
    assert not store.manifest.quarantined


def test_a_day_of_refund_without_an_amount_is_a_whole_refund_and_said(tmp_path):
    text = f"{HEAD},refunded_at\n1,a,2026-01-03,50.00,2026-01-09\n2,b,2026-01-04,30.00,\n"
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 8000, 5000)
    assert {"key": "whole_refunds", "values": {"count": 1}} in store.manifest.remarks


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("20.00,20.00", "5.00,5.00"), 2500),
        (("20.00,3.00", "5.00,0"), 300),
        (("20.00,3.00", "5.00,3.00"), 300),
        (("20.00,25.00", "5.00,25.00"), 2500),
    ],
)
def test_refunds_that_differ_between_lines_are_added_up_and_equal_ones_are_the_orders(
    lines, expected, tmp_path
):
    text = f"{HEAD.replace('total', 'line total')},refund_amount\n"
    text += "".join(f"1,a,2026-01-03,{line}\n" for line in lines)
    text += "2,b,2026-01-04,9.00,\n3,b,2026-01-05,1.00,\n3,b,2026-01-05,2.00,\n"
    assert sum_up(import_stranger(tmp_path, text)) == (3, 2, 3700, expected)


def test_a_column_that_has_a_word_only_where_money_came_back_leaves_the_others_paid(tmp_path):
    text = f"{HEAD},退款状态\n1,a,2026-01-03,50.00,退款成功\n2,b,2026-01-04,30.00,\n"
    assert sum_up(import_stranger(tmp_path, text)) == (2, 2, 8000, 5000)


def test_a_type_column_is_read_in_words_that_china_writes_otherwise(tmp_path):
    text = f"{HEAD},種別\n1,a,2026-01-03,50.00,購入\n1,a,2026-01-09,20.00,返金\n"
    assert sum_up(import_stranger(tmp_path, text)) == (1, 1, 5000, 2000)
