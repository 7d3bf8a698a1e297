"""Headers in Polish, Dutch, Indonesian, Vietnamese, and as Korea, Taiwan and Mexico write them."""

import pandas as pd
import pytest

from tests.conftest import NOW
from tests.data.ingest.strangers import PLACE, import_stranger, read_in_this_process, sum_up
from winback.core.paths import DataPaths
from winback.data.ingest.column_matching import split_words
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.place_languages import guess_language_place
from winback.data.ingest.value_guesses import guess_flag, guess_status
from winback.workflows.new_shop import NewShop, import_new_shop

POLISH = "Numer zamówienia,Data zakupu,Status płatności,Login kupującego,Koszt dostawy,Suma do zapłaty,Zwrot wpłaty"
DUTCH = "Ordernummer,Besteldatum,Orderstatus,Klantnummer,Verzendkosten,Totaalbedrag,Terugbetaald"
INDONESIAN = "Nomor Invoice,Tanggal Pembayaran,Status Terakhir,No Telp Pembeli,Biaya Pengiriman,Total Penjualan,Dana Dikembalikan"
VIETNAMESE = "Mã đơn hàng,Ngày tạo đơn,Trạng thái đơn hàng,Mã khách hàng,Phí giao hàng,Khách phải trả,Tiền hoàn trả"
KOREAN = "주문번호,결제일,주문상태,구매자ID,배송비 합계,총 주문금액,환불금액"
TAIWANESE = "訂單編號,訂單成立日期,訂單狀態,買家帳號,買家支付運費,買家總支付金額,退款金額"
MEXICAN = "# de venta,Fecha de venta,Estado,Comprador,Costos de envío,Ingresos por productos,Anulaciones y reembolsos"


@pytest.mark.parametrize(
    ("header", "paid", "cancelled"),
    [
        (POLISH, "Opłacone", "Anulowane"),
        (DUTCH, "Afgerond", "Geannuleerd"),
        (INDONESIAN, "Pesanan Selesai", "Pesanan Dibatalkan"),
        (VIETNAMESE, "Đã thanh toán", "Đã hủy"),
        (KOREAN, "구매확정", "취소완료"),
        (TAIWANESE, "運送中", "不成立"),
        (MEXICAN, "En camino", "Cancelaste la venta"),
    ],
)
def test_an_export_of_a_further_language_is_understood(header, paid, cancelled, tmp_path):
    text = f"""{header}
A1,2026-01-03,{paid},081234567001,5.00,50.00,20.00
A2,2026-01-14,{paid},081234567002,5.00,30.00,
A3,2026-01-15,{cancelled},081234567002,5.00,9.00,
"""
    store = import_stranger(tmp_path, text)
    assert sum_up(store) == (2, 2, 8000, 2000)


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("Nieopłacone", "unpaid"),
        ("Zwrócone", "refunded"),
        ("Częściowo zwrócone", None),
        ("Menunggu Pembayaran", "unpaid"),
        ("Hoàn tiền một phần", None),
        ("Hoàn tiền toàn bộ", "refunded"),
        ("Hoàn thành", "paid"),
        ("尚未付款", "unpaid"),
        ("Nowe", None),
    ],
)
def test_a_status_of_a_further_language_means_what_it_says(word, ours):
    assert guess_status(word) == ours


def test_letters_whose_mark_is_part_of_them_are_written_plain():
    assert split_words("Suma do zapłaty") == ("suma", "do", "zaplaty")
    assert split_words("Mã đơn hàng") == ("ma", "don", "hang")


def test_a_dutch_yes_or_no_is_a_flag():
    values = parse_text(pd.Series(["Ja", "Nee", "Ja"]))
    assert guess_flag("Betaald", values) == {
        "Betaald=": "unpaid",
        "Betaald=Ja": "paid",
        "Betaald=Nee": "unpaid",
    }


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (POLISH, ("Europe/Warsaw", "PLN")),
        (INDONESIAN, ("Asia/Jakarta", "IDR")),
        ("Bestellnummer,Bestelldatum,Kundennummer,Betrag", ("Europe/Berlin", "EUR")),
        ("order id,customer,date,total", None),
        (MEXICAN, None),
    ],
)
def test_the_zone_of_the_headers_language_is_offered(header, place):
    """UTC is where no shop is: a German day would end at one or two in the morning."""
    assert guess_language_place(header.split(",")) == place


def test_postage_beside_the_amounts_of_lines_is_said_not_to_be_added(tmp_path):
    lines = """Belegnr.,Belegdatum,Kd-Nr.,Brutto,Versand
1,2026-01-03,a,50.00,5.00
1,2026-01-03,a,20.00,0.00
2,2026-01-14,b,30.00,5.00
"""
    path = tmp_path / "orders.csv"
    path.write_text(lines, encoding="utf-8")
    new_shop = NewShop([path], "shop", None, list(PLACE))
    with read_in_this_process():
        made = import_new_shop(new_shop, DataPaths(tmp_path / "home"), NOW, "en", None, None)
    assert any("'Versand'" in remark for remark in made["column_remarks"])
