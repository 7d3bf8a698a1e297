"""Lists of payments, of documents and of lines of orders: who a refund belongs to, what is paid back
once, and what is no sale."""

import pytest

from tests.data.ingest.strangers import (
    import_stranger,
    import_stranger_files,
    list_remark_keys,
    sum_up,
)
from winback.core.errors import AnswerNeeded

PLACE = ("timezone=UTC", "currency=EUR")
PAYMENTS = """Date,Type,Status,Currency,Gross,From Email Address,To Email Address,Invoice Number
2025-01-06,Payment,Completed,EUR,44.00,fay@x.example,shop@y.example,C-1
2025-01-07,Payment,Refunded,EUR,52.00,eve@x.example,shop@y.example,C-2
2025-01-08,Payment,Completed,EUR,30.00,fay@x.example,shop@y.example,C-3
2025-01-09,Refund,Completed,EUR,-52.00,shop@y.example,eve@x.example,C-2
2025-01-10,Refund,Completed,EUR,-10.00,shop@y.example,fay@x.example,C-3
"""
BUYER = "customer_id=From Email Address"


def test_a_refund_that_names_an_order_is_its_buyers_whoever_sent_the_money(tmp_path):
    store = import_stranger(tmp_path, PAYMENTS, *PLACE, BUYER)
    rows = store.connect().execute("select order_id, amount_minor from refunds order by all")
    assert rows.fetchall() == [("C-2", 5200), ("C-3", 1000)]
    assert sum_up(store) == (3, 2, 12600, 6200)


def test_what_a_row_pays_back_a_status_does_not_pay_back_again(tmp_path):
    """The status says that all of it came back; a row pays a part of that: the rest is left."""
    text = PAYMENTS.replace("-52.00", "-20.00")
    assert sum_up(import_stranger(tmp_path, text, *PLACE, BUYER)) == (3, 2, 12600, 6200)


def test_an_amount_paid_back_is_not_taken_on_by_the_items_of_an_order(tmp_path):
    """The order's row has what belongs to the order; its items have the rest."""
    text = (
        "Type,OrderId,OrderDate,Buyer,Total,Name,Quantity,RefundedAmount\n"
        "order,1,2025-01-06,ann@x.example,30.00,,,12.00\nlineItem,1,,,,Tea,1,\nlineItem,1,,,,Cup,2,\n"
        "order,2,2025-01-07,bob@x.example,20.00,,,\nlineItem,2,,,,Tea,2,\n"
        "order,3,2025-01-08,ann@x.example,10.00,,,\nlineItem,3,,,,Cup,1,\n"
    )
    assert sum_up(import_stranger(tmp_path, text, *PLACE)) == (3, 2, 6000, 1200)


LINES = (
    "Numéro de commande,Création,Acheteur n°,SKU offre,Montant\n"
    + "\n".join(
        f"F-{at},1{3 + at % 6}/01/2025 - 10:2{at % 9},K{at % 4},S{at % 3},1{at}.50"
        for at in range(9)
    )
    + "\n"
)


def test_lines_of_orders_without_a_sheet_of_orders_are_the_orders(tmp_path):
    """No header says when and who: that is asked, and what is named is taken."""
    with pytest.raises(AnswerNeeded):
        import_stranger(tmp_path / "a", LINES, *PLACE)
    named = ("customer_id=Acheteur n°", "ordered_at=Création")
    store = import_stranger(tmp_path / "b", LINES, *PLACE, *named)
    assert sum_up(store)[:3] == (9, 4, sum(1050 + 100 * at for at in range(9)))


def test_beside_a_sheet_of_orders_they_stay_its_items(tmp_path):
    orders = "Order number,Date,Email,Total\n" + "".join(
        f"F-{at},2025-01-0{1 + at},c{at % 4}@x.example,1{at}.50\n" for at in range(9)
    )
    lines = "\n".join(
        ",".join([cells[0], *cells[-2:]])
        for cells in (row.split(",") for row in LINES.splitlines())
    )
    files = {"orders.csv": orders, "lines.csv": lines + "\n"}
    assert sum_up(import_stranger_files(tmp_path, files, *PLACE))[0] == 9


def test_a_payment_beside_invoices_settles_one_and_is_no_sale(tmp_path):
    rows = [
        f"2025-01-{1 + at:02},D{at % 5},{100 + at},{kind},{sign}{50 + at}.00"
        for at in range(12)
        for kind, sign in (("Faktura", ""), ("Betaling", "-"))
    ]
    text = "Date,Customer no,Bilagsnr.,Bilagstype,Amount\n" + "\n".join(rows) + "\n"
    store = import_stranger(tmp_path, text, *PLACE)
    assert sum_up(store) == (12, 5, sum((50 + at) * 100 for at in range(12)), 0)


def test_more_paid_back_than_half_of_what_was_paid_is_said(tmp_path):
    rows = [
        f"{100 + at},2025-01-{1 + at:02},c{at % 5}@x.example,{sign}{50 + at}.00"
        for at in range(25)
        for sign in ("", "-")
    ]
    text = "Order number,Date,Email,Total\n" + "\n".join(
        row.replace("2025-01", "2025-02") if "-5" in row.rpartition(",")[2] else row for row in rows
    )
    assert "refunds_much" in list_remark_keys(import_stranger(tmp_path, text + "\n", *PLACE))


CREDIT_NOTES = (
    "Gutschriftnummer;Auftragsnummer;Kundennummer;Nachname;Gutschriftdatum;Betrag Brutto\n"
    "GU-1;AU-2;201;Vogt;21.05.2026;15,50\nGU-2;AU-3;202;Klaus;22.05.2026;6,00\n"
)
ORDERS = "Auftragsnummer;Bezahlt am;Kundennummer;Artikelnummer;Menge;VK Brutto\n" + "".join(
    f"AU-{at};1{at}.04.2026;{200 + at % 3};{'FILTER' if at % 2 else 'KANNE'};{1 + at % 3};"
    f"{'5,50' if at % 2 else '15,50'}\n"
    for at in range(9)
)


def test_a_price_that_stays_the_same_whatever_the_quantity_is_one_units(tmp_path):
    """`VK Brutto` beside `Menge`; and compound words number the credit notes beside it."""
    files = {"auftraege.csv": ORDERS, "rechnungskorrekturen.csv": CREDIT_NOTES}
    store = import_stranger_files(tmp_path, files, *PLACE)
    paid = sum((1 + at % 3) * (550 if at % 2 else 1550) for at in range(9))
    assert sum_up(store) == (9, 3, paid, 2150)


def test_a_value_that_is_named_by_hand_is_a_units_price_too(tmp_path):
    text = ORDERS.replace("VK Brutto", "Wert")
    store = import_stranger(tmp_path, text, *PLACE, "amount=Wert")
    assert sum_up(store)[2] == sum((1 + at % 3) * (550 if at % 2 else 1550) for at in range(9))


SHOP = "id,user_id,status,total_cents,created_at\n" + "".join(
    f"{500 + at},{100 + at % 4},paid,{1000 + 37 * at},2025-01-{1 + at:02}T10:00:00Z\n"
    for at in range(12)
)
USERS = "id,email,full_name,created_at,is_staff\n" + "".join(
    f"{100 + at},user{at}@x.example,Name {at},2024-12-{1 + at:02}T10:00:00Z,f\n" for at in range(6)
)
BACK = "id,order_id,amount_cents,created_at\n" + "".join(
    f"{1 + at},{502 + at},{500 + at},2025-02-{1 + at:02}T10:00:00Z\n" for at in range(3)
)


def test_a_table_of_users_and_one_of_refunds_beside_orders(tmp_path):
    """A developer's dump: cents by their names, users who bought nothing, refunds that name orders
    and nobody."""
    files = {"orders.csv": SHOP, "users.csv": USERS, "refunds.csv": BACK}
    answers = (*PLACE, "amount=total_cents", "order_amount=amount_cents", "rows_are=refunds")
    store = import_stranger_files(tmp_path, files, *answers)
    assert sum_up(store) == (12, 4, sum(1000 + 37 * at for at in range(12)), 1503)


def test_orders_in_files_of_two_kinds_are_said(tmp_path):
    other = "Order number,Date,Email,Value\n" + "".join(
        f"{500 + at},2025-01-{1 + at:02},c{at % 4}@x.example,1{at}.50\n" for at in range(12)
    )
    plain = "Order no,Paid at,Customer id,Total\n" + "".join(
        f"{500 + at},2025-01-{1 + at:02},{at % 4},1{at}.50\n" for at in range(12)
    )
    files = {"one.csv": other, "two.csv": plain}
    assert "orders_in_two" in list_remark_keys(import_stranger_files(tmp_path, files, *PLACE))


def test_amounts_with_hard_blanks_between_thousands_and_discounts_of_either_sign(tmp_path):
    text = "Fakturanr;Fakturadatum;Kundnr;Totalt;Frakt;Rabatt\n" + "".join(
        f"{500 + at};2025-01-{1 + at:02};{at % 4};{1 + at}\u00a0{200 + at},00;95,00;-2,00\n"
        for at in range(12)
    )
    store = import_stranger(tmp_path, text, "timezone=UTC", "currency=SEK")
    assert sum_up(store)[2] == sum(100 * (1000 * (1 + at) + 200 + at) for at in range(12))
    discounts = store.connect().execute("select distinct discount_minor from orders").fetchall()
    assert discounts in ([(200,)], [(None,)])


def test_a_total_on_the_first_row_of_an_order_alone_is_no_units_price(tmp_path):
    """Rows without an amount say nothing of how it goes with the quantity."""
    rows = []
    for at in range(12):
        rows.append(f"N-{at},1{at % 9}.04.2026,c{at % 4}@x.example,A{at},{1 + at % 3},{90 + at}.50")
        rows += [f"N-{at},,,{sku},{1 + (at + len(sku)) % 4}," for sku in ("B", "CC")]
    text = "id pedido,fecha de compra,email,referencia,cantidad,monto total\n" + "\n".join(rows)
    store = import_stranger(tmp_path, text + "\n", *PLACE)
    assert sum_up(store)[:3] == (12, 4, sum(9050 + 100 * at for at in range(12)))
