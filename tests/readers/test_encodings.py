"""A file is read in the encoding its letters speak for, or it is asked; never in a wrong one."""

import io
import random

import pytest

from winback.core import errors
from winback.readers.encodings import detect_encoding

WORDS = {
    "gb18030": "订单号 会员编号 付款时间 实付金额 商品名称 马克杯 王小明 张伟 李娜 已付款 交易成功 连衣裙 北京市 尺码 收货人",
    "cp950": "訂單編號 會員編號 付款時間 實付金額 商品名稱 馬克杯 陳小明 林志玲 已付款 台北市 連身裙 尺寸 收件人 蔡英文",
    "cp932": "注文番号 顧客番号 注文日時 合計金額 商品名 マグカップ 佐藤太郎 鈴木花子 東京都 支払済み キャンセル お届け先",
    "euc_jp": "注文番号 顧客番号 注文日時 合計金額 商品名 マグカップ 佐藤太郎 鈴木花子 東京都 支払済み キャンセル お届け先",
    "cp949": "주문번호 고객번호 주문일자 결제금액 상품명 머그컵 김민수 이영희 박지성 서울시 결제완료 배송중 원피스 수량",
    "cp1252": "Größe Käufer Rückerstattung Müller Straße Köln Übersicht Weiß Jörg bestätigt Stück Böhm",
    "latin_1": "Numéro Prénom Hélène François Société expédié créée Benoît déjà reçu à Orléans Gaël modèle",
    "iso8859_15": "Número Dirección Núñez León Muñoz Añadido García José teléfono envío Peña código",
    "cp1254": "Sipariş Müşteri Ayşe Yılmaz Öztürk ödendi İptal kargoda Çağlar Işık sayısı şehir",
    "cp1250": "Zamówienie złożenia Imię Płatność Łukasz Wąż zapłacone Święty Żółć ilość wysłane Małgorzata",
    "iso8859_2": "Číslo Jméno Jiří Dvořák Růžena Příjmení zaplaceno množství Křížová",
    "cp850": "Größe Käufer Müller Straße Köln Jörg bestätigt Stück Böhm",
    "mac_roman": "Numéro Prénom Hélène François Société expédié reçu modèle",
    "cp1251": "Номер заказа Клиент Иванов Дата Сумма оплачен Покупатель Кружка Ольга доставлен Чайник",
    "cp1253": "Παραγγελία Πελάτης Γιώργος Ποσό",
}
SURE = ["gb18030", "cp950", "cp932", "euc_jp", "cp949", "cp1252", "latin_1", "iso8859_15", "cp1254", "cp1250", "cp1251"]  # fmt: skip


def detect(content):
    return detect_encoding(lambda: io.BytesIO(content), "auto", "orders.csv")


def as_rows(words):
    return "".join(f"{number},{word},2026-01-03,9.50\n" for number, word in enumerate(words))


@pytest.mark.parametrize("codec", SURE)
def test_an_export_with_its_words_is_read_as_it_was_written(codec):
    content = as_rows(WORDS[codec].split()).encode(codec)
    assert content.decode(detect(content)) == as_rows(WORDS[codec].split())


@pytest.mark.parametrize("codec", WORDS)
def test_a_handful_of_words_is_never_read_as_others(codec):
    """Asked where they leave it open: a wrong guess makes other customers of them."""
    draw = random.Random(codec)
    for _ in range(60):
        words = draw.sample(WORDS[codec].split(), draw.randint(1, 4))
        content = as_rows(words).encode(codec)
        try:
            found = detect(content)
        except (errors.EncodingAmbiguous, errors.FileNotUtf8, errors.FileNotText):
            continue
        assert content.decode(found) == as_rows(words), (found, words)


def test_a_word_that_could_be_of_several_is_refused_with_what_it_could_be():
    with pytest.raises(errors.EncodingAmbiguous) as refused:
        detect("no,name\n1,马克杯\n".encode("gbk"))
    assert refused.value.values["candidates"] == "gb18030, cp950, euc_jp, cp949"
    assert refused.value.values["offset"] == 10


@pytest.mark.parametrize("word", ["Böll", "Ł", "李"])
def test_utf8_with_a_line_in_another_encoding_is_damaged_utf8(word):
    """`ü` in UTF-8 is a common sign in GBK."""
    good = as_rows(WORDS["cp1252"].split()).encode()
    with pytest.raises((errors.FileNotUtf8, errors.FileNotText)):
        detect(good + as_rows([word]).encode("gbk" if word == "李" else "cp1250"))


def test_signs_of_money_alone_do_not_leave_an_encoding_open():
    for text in ("order,price\n1,5 €\n", "order,price\n1,£5\n"):
        assert text.encode("cp1252").decode(detect(text.encode("cp1252"))) == text
