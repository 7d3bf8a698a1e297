"""Which column says what was paid, in sheets that hold more money than that."""

import pytest

from tests.data.ingest.strangers import import_stranger, sum_up
from winback.core import errors


def test_a_total_beside_fees_may_be_a_payout_and_is_asked_about(tmp_path):
    text = """order_id,customer_id,date,Product revenue,Fees,Total
1,a,2026-01-03,100.00,-20.00,80.00
2,b,2026-01-04,50.00,-10.00,40.00
"""
    with pytest.raises(errors.AnswerNeeded) as asked:
        import_stranger(tmp_path / "asked", text)
    assert asked.value.values["key"] == "amount"
    assert "Product revenue" in str(asked.value.values["question"])
    assert "Fees" not in str(asked.value.values["question"])
    answered = import_stranger(tmp_path / "answered", text, "amount=Product revenue")
    assert sum_up(answered) == (2, 2, 15000, 0)


def test_a_price_beside_another_column_of_money_is_asked_about(tmp_path):
    text = """order_id,customer_id,date,quantity,unit price,settled
1,a,2026-01-03,2,50.00,105.50
2,b,2026-01-04,1,80.00,75.25
"""
    with pytest.raises(errors.AnswerNeeded) as asked:
        import_stranger(tmp_path / "asked", text)
    assert asked.value.values["key"] == "amount"
    assert sum_up(import_stranger(tmp_path / "none", text, "amount=")) == (2, 2, 18000, 0)
    paid = import_stranger(tmp_path / "paid", text, "amount=settled")
    assert sum_up(paid) == (2, 2, 18075, 0)


@pytest.mark.parametrize(
    "text",
    [
        "訂單編號,訂單狀態,買家帳號,買家付款時間,實付金額\n1,已完成,mei,2026-07-04 11:00,50.00\n2,已取消,mei,2026-07-05 11:00,9.00\n",
        "주문번호,주문상태,구매자ID,결제일,결제금액\n1,배송완료,kim,2026-07-04 11:00,50.00\n2,취소,kim,2026-07-05 11:00,9.00\n",
        "N.º de venda,Estado,Comprador,Data da venda,Receita\n1,Entregue,ana,13 de fevereiro de 2026 05:30 hs.,50.00\n2,Cancelado,ana,14 de fevereiro de 2026 05:30 hs.,9.00\n",
    ],
)
def test_headers_of_taiwan_korea_and_brazil_are_understood(text, tmp_path):
    assert sum_up(import_stranger(tmp_path, text)) == (1, 1, 5000, 0)


def test_item_rows_that_repeat_the_buyer_but_not_the_day_belong_to_their_order(tmp_path):
    text = """Order ID,Email,Financial Status,Paid at,Total,Lineitem quantity,Lineitem sku
1,ann@example.com,paid,2026-01-03 10:00:00,30.00,1,S1
1,ann@example.com,,,,2,S2
2,ben@example.com,paid,2026-01-04 10:00:00,9.00,1,S1
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 3900, 0)
    assert store.manifest.tables["order_lines"] == 3
    assert not store.manifest.quarantined


def test_a_japanese_tax_is_never_offered_as_what_was_paid(tmp_path):
    text = """注文番号,お客様番号,注文日,単価,数量,消費税,入金
1,a,2026-01-03,100.50,1,10.05,110.55
2,b,2026-01-04,50.25,1,5.02,55.27
"""
    with pytest.raises(errors.AnswerNeeded) as asked:
        import_stranger(tmp_path, text)
    assert "入金" in str(asked.value.values["question"])
    assert "消費税" not in str(asked.value.values["question"])
