"""What a stranger's answer changes: a number of orders they name, a status of two columns, a total
that is no order's; and what is said where a row stands twice."""

import pytest

from tests.data.ingest.strangers import (
    import_stranger,
    import_stranger_files,
    list_remark_keys,
    sum_up,
)
from winback.core.errors import AnswerInvalid, AnswerNeeded, AnswersNeeded
from winback.data.ingest.detection import recognise_export

PLACE = ("timezone=Europe/Berlin", "currency=EUR")
ORDERS = 12
PAID = sum(2090 + 100 * at for at in range(ORDERS))


def _write(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def test_an_orders_total_counts_once_by_the_number_that_was_named(tmp_path):
    """The file has a number of invoices, which is taken for the order's: it is no other's guess."""
    rows = [
        f"RE{at:04},{7000 + at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at}.90,Item {line}"
        for at in range(ORDERS)
        for line in range(2)
    ]
    text = _write("Invoice number,Sales document,Invoice date,Email,Total,Item", rows)
    store = import_stranger(tmp_path, text, *PLACE, "order_id=Sales document")
    assert sum_up(store) == (ORDERS, 5, PAID, 0)


def test_totals_of_parcels_are_said_not_to_be_the_orders(tmp_path):
    rows = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at + parcel}.00"
        for at in range(ORDERS)
        for parcel in range(2)
    ]
    text = _write("Order number,Date,Email,Total", rows)
    store = import_stranger(tmp_path, text, *PLACE, "amount_of=order")
    (said,) = [each for each in store.manifest.remarks if each["key"] == "totals_unequal"]
    lost = 100 * sum(20 + at for at in range(ORDERS))
    assert said["values"] == {"orders": ORDERS, "of": ORDERS, "minor": lost}
    told = import_stranger(tmp_path / "line", text, *PLACE, "amount_of=line")
    assert "totals_unequal" not in list_remark_keys(told)


@pytest.mark.parametrize(("total", "is_apart"), [(1, False), (0, True)])
def test_postage_in_a_total_with_taxes_and_discounts_is_not_said_to_be_missing(
    tmp_path, total, is_apart
):
    rows = []
    for at in range(30):
        parts = (20 + at, at % 4, 4.95 if at % 3 else 0, 1.9 + at % 7)
        paid = parts[0] - parts[1] + parts[3] + (parts[2] if total else 0)
        cells = ",".join(f"{each:.2f}" for each in (*parts, paid))
        rows.append(f"N{at // 2},2025-01-10 10:00,c{at % 5}@x.example,{cells}")
    file = tmp_path / "orders.csv"
    file.write_text(_write("Order number,Date,Email,Subtotal,Coupon,Shipping,Tax,Total", rows))
    ((_, seems),) = recognise_export([file])
    assert ("postage_apart" in dict(seems.remarks)) is is_apart


def test_of_an_amount_with_and_without_tax_the_one_with_it_is_offered(tmp_path):
    rows = [
        f"A{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at},00;{30 + at},00".replace(
            ",", ";", 3
        )
        for at in range(ORDERS)
    ]
    text = _write(
        "Auftragsnummer;Bestelldatum;E-Mail;Rechnungsbetrag netto;Rechnungsbetrag brutto", rows
    )
    with pytest.raises(AnswerNeeded) as asked:
        import_stranger(tmp_path, text, *PLACE)
    assert asked.value.values["setting"] == "--set amount='Rechnungsbetrag brutto'"


def test_two_columns_may_be_named_as_the_status(tmp_path):
    """What pays and what is noted beside it: a test order is paid, and none all the same."""
    words = ["paid,", "paid,test order", "cancelled,", "paid,"]
    rows = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at}.90,{words[at % 4]}"
        for at in range(ORDERS)
    ]
    text = _write("Order number,Date,Email,Total,Payment status,Remark", rows)
    orders = [at for at in range(ORDERS) if at % 4 in (0, 3)]
    named_ways = (
        ("status=Payment status,Remark",),
        ("status=Payment status", "status=Remark"),
    )
    for number, named in enumerate(named_ways):
        store = import_stranger(tmp_path / str(number), text, *PLACE, *named, "paid=")
        assert sum_up(store)[0] == len(orders)
        assert sum_up(store)[2] == sum(2090 + 100 * at for at in orders)


def test_a_status_on_credit_notes_alone_is_no_question(tmp_path):
    kinds = ["Auftrag,[7] Raus", "Auftrag,[7] Raus", "Gutschrift,[11] Zurück"]
    rows = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at}.00,{kinds[at % 3]}"
        for at in range(ORDERS)
    ]
    text = _write("Belegnummer,Datum,E-Mail,Gesamt,Auftragstyp,Auftragsstatus", rows)
    with pytest.raises((AnswerNeeded, AnswersNeeded)) as asked:
        import_stranger(tmp_path / "asked", text, *PLACE)
    assert "[7] Raus" in str(asked.value.values)
    assert "[11]" not in str(asked.value.values)
    store = import_stranger(tmp_path, text, *PLACE, "paid=[7] Raus")
    back = sum(2000 + 100 * at for at in range(ORDERS) if at % 3 == 2)
    paid = sum(2000 + 100 * at for at in range(ORDERS)) - back
    assert sum_up(store)[2:] == (paid, back)


@pytest.mark.parametrize(("number", "is_said"), [("Line id", True), (None, False)])
def test_a_row_that_stands_twice_is_said_where_a_column_numbers_the_rows(tmp_path, number, is_said):
    """Where none does, one unit bought twice looks the same."""
    rows = [
        f"N{at // 2},2025-01-10 10:00,c{at % 5}@x.example,Item {at % 2},20.00"
        + (f",{900100 + at}" if number else "")
        for at in range(ORDERS)
    ]
    header = "Order number,Date,Email,Item,Price" + (f",{number}" if number else "")
    file = tmp_path / "orders.csv"
    file.write_text(_write(header, [*rows, rows[3]]))
    ((_, seems),) = recognise_export([file])
    assert ("rows_repeated" in dict(seems.remarks)) is is_said
    assert dict(seems.remarks).get("rows_repeated") == (number if is_said else None)


def test_a_row_that_stands_twice_and_counts_once_is_not_spoken_of(tmp_path):
    rows = [
        f"N{1000 + at},2025-01-10 10:00,c{at % 5}@x.example,{20 + at}.00" for at in range(ORDERS)
    ]
    text = _write("Order number,Date,Email,Total", [*rows, rows[3]])
    file = tmp_path / "orders.csv"
    file.write_text(text)
    ((_, seems),) = recognise_export([file])
    assert "rows_repeated" not in dict(seems.remarks)
    assert sum_up(import_stranger(tmp_path, text, *PLACE))[2] == 100 * sum(
        20 + at for at in range(ORDERS)
    )


def test_a_total_on_the_first_row_of_each_order_is_missing_from_none(tmp_path):
    rows = [
        (
            f"N{at},,,,"
            if line
            else f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at}.00,"
        )
        + f"Item {line},{1 + line}"
        for at in range(ORDERS)
        for line in range(1 if at % 2 else 3)
    ]
    text = _write("Order number,Date,Email,Total,Item name,Quantity", rows)
    (source,) = import_stranger(tmp_path, text, *PLACE).manifest.sources
    assert source["kept"] == len(rows)
    assert not any(source["missing"].values())


def test_a_sheet_of_returns_beside_orders_is_no_sheet_of_items(tmp_path):
    orders = [
        f"N{at},2025-01-{1 + at:02} 10:00,c{at % 5}@x.example,{20 + at}.00" for at in range(ORDERS)
    ]
    returns = [f"8000{at},N{at},2025-02-0{1 + at} 10:00,Чай,A1,1,{20 + at}.00" for at in range(3)]
    texts = {
        "orders.csv": _write("Номер заказа,Дата заказа,Email,Сумма", orders),
        "returns.csv": _write(
            "ID возврата,Номер заказа,Дата возврата,Товар,Артикул,Количество,Стоимость товара",
            returns,
        ),
    }
    store = import_stranger_files(tmp_path, texts, *PLACE)
    assert sum_up(store) == (ORDERS, 5, sum(2000 + 100 * at for at in range(ORDERS)), 6300)


@pytest.mark.parametrize(("name", "offered"), [("Kedai Kita", "kedai-kita"), ("木屋", "shop")])
def test_a_name_that_makes_no_folder_is_refused_with_one_that_does(tmp_path, name, offered):
    text = _write("Order number,Date,Email,Total", ["N1,2025-01-01 10:00,c1@x.example,20.00"])
    with pytest.raises(AnswerInvalid) as refused:
        import_stranger(tmp_path, text, *PLACE, f"name={name}")
    assert refused.value.values["choices"].split()[0] == offered
