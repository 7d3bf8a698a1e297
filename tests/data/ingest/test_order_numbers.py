"""Sheets of marketplaces and tills that several strangers brought: numbers of parts of orders, refunds
told twice, a status that is called the shipping's, an address that is the shop's own, totals beside
taxes."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import NOW
from tests.data.ingest.strangers import import_stranger, read_in_this_process, sum_up
from winback.config.shop import load_shop
from winback.core.errors import AnswerNeeded
from winback.core.paths import DataPaths
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.workflows.new_shop import NewShop, import_new_shop

PLACE = ("timezone=UTC", "currency=EUR")
ORDERS = 12


def _write_parts(wide: str, part: str) -> str:
    """Orders of two lines each, with what was paid for the whole order on both."""
    rows = [
        f"N{at:04},N{at:04}-{line},2025-01-{1 + at:02} 10:{at:02},c{at % 5},{20 + at}.90,SKU{line}"
        for at in range(ORDERS)
        for line in (1, 2)
    ]
    return "\n".join([f"{wide},{part},Order date,Buyer,Paid,SKU", *rows]) + "\n"


PAID = sum(2090 + 100 * at for at in range(ORDERS))


@pytest.mark.parametrize("part", ["Sub order no", "Order No"])
def test_a_number_of_parts_of_orders_is_asked_about(tmp_path, part):
    """Taken for the order's, what was paid for an order would count once a part."""
    text = _write_parts("Trade ref", part)
    with pytest.raises(AnswerNeeded) as asked:
        import_stranger(tmp_path / "a", text, *PLACE)
    assert "Trade ref" in str(asked.value)
    store = import_stranger(tmp_path / "b", text, *PLACE, "order_id=Trade ref")
    assert sum_up(store) == (ORDERS, 5, PAID, 0)


def test_of_several_numbers_the_orders_own_is_taken(tmp_path):
    store = import_stranger(tmp_path, _write_parts("内部订单号", "子订单编号"), *PLACE)
    assert sum_up(store) == (ORDERS, 5, PAID, 0)


def test_orders_of_one_line_each_keep_their_number(tmp_path):
    """Only what joins several others is a number of orders above them."""
    rows = [
        f"P{at // 3},N{at},2025-01-{1 + at:02} 10:{at:02},c{at % 5},{20 + at}.90"
        for at in range(ORDERS)
    ]
    text = "\n".join(["Payout ref,Order No,Order date,Buyer,Paid", *rows]) + "\n"
    assert sum_up(import_stranger(tmp_path, text, *PLACE)) == (ORDERS, 5, PAID, 0)


TILL = """Customer,Date,Transaction ID,Transaction Type,Status,Total,Reference
ann,2025-01-06 10:00,T1,Sale,Successful,25.00,
ann,2025-01-07 10:00,T2,Sale,Refunded,25.00,
ann,2025-01-07 10:00,T2R,Refund,Successful,-25.00,T2
bob,2025-01-08 10:00,T3,Sale,Successful,40.00,
bob,2025-01-09 10:00,T4,Sale,Refunded,10.00,
bob,2025-01-10 10:00,T5R,Refund,Successful,-7.00,T3
"""


def test_a_refund_with_a_number_of_its_own_is_not_paid_back_by_the_status_again(tmp_path):
    """T2 is marked and has a row; T4 is only marked, and T5R pays a part of T3 back."""
    assert sum_up(import_stranger(tmp_path, TILL, *PLACE)) == (4, 2, 10000, 2500 + 1000 + 700)


def test_each_row_settles_one_marked_order(tmp_path):
    twice = TILL.replace(
        "ann,2025-01-06 10:00,T1,Sale,Successful", "ann,2025-01-06 10:00,T1,Sale,Refunded"
    )
    assert sum_up(import_stranger(tmp_path, twice, *PLACE))[3] == 2500 + 2500 + 1000 + 700


def test_a_shipping_status_says_what_was_cancelled(tmp_path):
    words = ["対応済"] * 8 + ["キャンセル", "入金待ち", "対応済", "対応済"]
    rows = [
        f"N{at},2025-01-{1 + at:02},c{at % 4},{20 + at},{word}" for at, word in enumerate(words)
    ]
    text = "\n".join(["注文ID,注文日時,顧客ID,合計金額,発送状況", *rows]) + "\n"
    with pytest.raises(AnswerNeeded) as asked:
        import_stranger(tmp_path / "a", text, *PLACE, "amounts_in=units")
    assert "対応済" in str(asked.value)
    store = import_stranger(tmp_path / "b", text, *PLACE, "amounts_in=units", "paid=対応済")
    assert sum_up(store)[:2] == (10, 4)


def test_an_address_that_stands_in_every_row_is_nobodys(tmp_path):
    rows = [f"N{at},2025-01-{1 + at % 28:02} 10:00,shop@x.example,{20 + at}.90" for at in range(40)]
    text = "\n".join(["Order No,Order date,Email,Paid", *rows]) + "\n"
    with pytest.raises(AnswerNeeded, match="bought"):
        import_stranger(tmp_path, text, *PLACE)


def test_whole_totals_are_offered_beside_a_tax_with_decimals(tmp_path):
    rows = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5},{at * 37 + 40},{at * 5.55:.2f}"
        for at in range(20)
    ]
    text = "\n".join(["Order No,Order date,Buyer,Ukupno,Porez", *rows]) + "\n"
    with pytest.raises(AnswerNeeded) as asked:
        import_stranger(tmp_path, text, *PLACE)
    assert "Ukupno" in str(asked.value)


def test_of_two_totals_of_an_order_beside_its_lines_one_is_chosen(tmp_path):
    rows = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5},{12 * (at + 3)}.00,{10 if at % 2 else 12 * (at + 3)}.00,{5 * (at + 3)}.00"
        for at in range(10)
        for _ in (1, 2)
    ]
    text = "\n".join(["InvoiceNumber,InvoiceDate,Buyer,Total,InvoiceAmountPaid,LineAmount", *rows])
    with pytest.raises(AnswerNeeded) as asked:
        import_stranger(tmp_path / "a", text + "\n", *PLACE)
    assert "InvoiceAmountPaid" in str(asked.value)
    assert "Total (" in str(asked.value)
    store = import_stranger(tmp_path / "b", text + "\n", *PLACE, "order_amount=Total")
    assert sum_up(store)[2] == sum(1200 * (at + 3) for at in range(10))


def test_an_arabic_export_is_understood(tmp_path):
    words = ["تم التوصيل"] * 8 + ["ملغي", "بانتظار الدفع", "مسترجع", "تم الشحن"]
    rows = [
        f"{100 + at},{word},2025-01-{1 + at:02} 10:00,96650000000{at % 5},{20 + at}.50,3.10"
        for at, word in enumerate(words)
    ]
    text = (
        "\n".join(["رقم الطلب,حالة الطلب,تاريخ الطلب,رقم الجوال,إجمالي الطلب,الضريبة", *rows])
        + "\n"
    )
    store = import_stranger(tmp_path, text, *PLACE)
    assert sum_up(store) == (
        10,
        5,
        sum(2050 + 100 * at for at in range(12) if at not in (8, 9)),
        3050,
    )


def test_what_is_paid_back_for_an_order_is_shared_by_lines_that_name_somebody(tmp_path):
    """A till's further rows name nobody and are refused: they take no part of the refund along."""
    rows = [
        f"R{at},2025-01-{1 + at:02} 10:00,{f'c{at % 4}' if line == 0 else ''},{sign}{30 + at}.00,p{line}"
        for at, sign in enumerate(["", "", "", "-"] * 3)
        for line in range(3)
    ]
    text = "\n".join(["Receipt number,Date,Customer code,Order total,Product", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE, "amount_of=order")
    assert sum_up(store)[3] == sum(3000 + 100 * at for at in (3, 7, 11))


def test_two_columns_tell_the_status_by_their_words(tmp_path):
    words = [("入金済", "通常")] * 8 + [("入金済", "キャンセル"), ("未入金", "通常")] * 2
    rows = [
        f"N{at},2025-01-{1 + at:02},c{at % 4},{20 + at},{paid},{state}"
        for at, (paid, state) in enumerate(words)
    ]
    text = "\n".join(["注文ID,注文日時,顧客ID,合計金額,入金,備考区分", *rows]) + "\n"
    store = import_stranger(tmp_path, text, *PLACE, "amounts_in=units", "paid=通常")
    assert sum_up(store)[:2] == (8, 4)


def write_price_list(folder, prices):
    """A hand-kept workbook; prices: as they are typed, numbers or text."""
    sheet = openpyxl.Workbook()
    sheet.active.append(["Order", "Date", "Customer", "Price"])
    for at, price in enumerate(prices):
        sheet.active.append([f"N{at}", datetime(2025, 1, 1 + at), f"c{at % 4}", price])
    folder.mkdir()
    sheet.save(folder / "prices.xlsx")
    return folder / "prices.xlsx"


def import_workbook(folder, prices, *given):
    file = write_price_list(folder, prices)
    home = DataPaths(folder / "home")
    shop = NewShop([file], "shop", None, [*PLACE, "amount=Price", *given])
    with read_in_this_process():
        made = import_new_shop(shop, home, NOW, "en", None, None)
        import_shop(load_shop(Path(made["shop_file"])), home.get_shop_folder("shop"), NOW)
    return sum_up(open_store(home.get_shop_folder("shop")))


def test_typed_numbers_do_not_say_how_others_are_written_as_text(tmp_path):
    """1.200 € beside a typed 35.5 is a thousand, or little more than one: that is asked."""
    prices = [30, 35.5, 42.5, 20, "1.200 €", 30, 42.5, "1.200 €"]
    with pytest.raises(AnswerNeeded, match=r"1\.200"):
        import_workbook(tmp_path / "a", prices)
    told = import_workbook(tmp_path / "b", prices, "decimals=comma")
    assert told == (8, 4, 100 * (30 + 20 + 30 + 2400) + 3550 + 4250 + 4250, 0)


def test_text_that_can_be_read_one_way_only_is_read_beside_typed_numbers(tmp_path):
    prices = [30, 35.5, "18,00 €", 42.5, 20, "18,5 €", 30, 30]
    assert import_workbook(tmp_path / "a", prices)[2] == 3000 * 3 + 3550 + 1800 + 4250 + 2000 + 1850
