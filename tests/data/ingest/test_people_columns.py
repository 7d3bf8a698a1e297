"""Who bought, where only an e-mail address and a name say it, and files that list people."""

from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.data.ingest.strangers import (
    import_stranger,
    import_stranger_files,
    read_in_this_process,
    sum_up,
)
from winback.core.errors import NotRecognised
from winback.core.paths import DataPaths
from winback.workflows.new_shop import NewShop, import_new_shop

PLACE = ("timezone=UTC", "currency=EUR")


def write_orders(header, *, count=12):
    """Two people of one name, told apart by their addresses."""
    rows = [
        f"B{at},2025-0{1 + at % 9}-1{at % 9},Max Roth,m{at % 4}@x.example,{10 + at}.00"
        for at in range(count)
    ]
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    "header",
    [
        "Order number,Date,Customer,Email,Total",
        "Bestellnummer,Bestelldatum,Kunde,Kunden-E-Mail,Gesamtsumme",
        "주문번호,주문일시,주문자명,주문자 이메일,결제금액",
    ],
)
def test_an_address_goes_before_a_name(tmp_path, header):
    assert sum_up(import_stranger(tmp_path, write_orders(header), *PLACE))[:2] == (12, 4)


def test_an_address_that_most_rows_lack_does_not(tmp_path):
    header, *rows = write_orders("Order number,Date,Customer,Email,Total").splitlines()
    rows = [
        row.replace(f"m{at % 4}@x.example", "") if at % 3 else row for at, row in enumerate(rows)
    ]
    store = import_stranger(tmp_path, "\n".join([header, *rows]), *PLACE)
    assert sum_up(store)[:2] == (12, 1), "by name, which is said"


def test_cells_of_a_platform_do_not_make_a_strangers_export_its_own(tmp_path):
    """Some of Shopware's names, and an address for who bought."""
    text = write_orders("Bestellnummer;Bestelldatum;Kunde;Kunden-E-Mail;Gesamtsumme")
    header, *rows = text.replace(",", ";").splitlines()
    lines = [f"{header};Währung;Zahlungsstatus", *(f"{row};EUR;bezahlt" for row in rows)]
    store = import_stranger(tmp_path, "\n".join(lines), *PLACE)
    assert sum_up(store)[:2] == (12, 4)


CUSTOMERS = (
    "CustomerID,Name,Email,Registered,Orders,TotalSpent,LastOrderDate\n"
    + "\n".join(
        f"{at},P{at} Q,m{at}@x.example,2024-01-0{at},3,{at}17.73,2025-02-1{at}"
        for at in range(1, 8)
    )
    + "\n"
)


def test_a_list_of_customers_beside_orders_is_passed_over(tmp_path):
    texts = {
        "orders.csv": write_orders("Order number,Date,Customer,Email,Total"),
        "customers.csv": CUSTOMERS,
    }
    assert sum_up(import_stranger_files(tmp_path, texts, *PLACE)) == (12, 4, 18_600, 0)


def test_a_list_of_customers_alone_is_no_order_sheet(tmp_path):
    with pytest.raises(NotRecognised):
        import_stranger(tmp_path, CUSTOMERS, *PLACE)


def test_a_file_that_is_said_to_be_no_order_sheet_is_passed_over_among_others(tmp_path):
    """Asked for a column it does not have, an operator says none; the other file is imported."""
    texts = {
        "orders.csv": write_orders("Order number,Date,Customer,Email,Total"),
        "visits.csv": "Xa,Xb,Xc\n"
        + "".join(f"v{at % 5},2025-01-{at + 1:02d},{at}.50\n" for at in range(20)),
    }
    paths = [tmp_path / name for name in texts]
    for path in paths:
        path.write_text(texts[path.name])
    home = DataPaths(tmp_path / "home")
    with read_in_this_process():
        made = import_new_shop(
            NewShop(paths, "shop", None, [*PLACE]), home, NOW, "en", lambda *_: "0", None
        )
    assert made["questions"]
    assert made["skipped"] == ["visits.csv"]
    assert "visits" not in Path(made["shop_file"]).read_text()


def test_an_address_on_the_first_line_of_an_order_is_its_buyers(tmp_path):
    """The further lines repeat neither the order's number nor who bought, as merged cells leave
    them."""
    lines = [
        (f"B{at},2025-0{1 + at % 9}-1{at % 9},m{at % 4}@x.example" if line == 0 else ",,")
        + f",p{line},1,{10 + at}.00"
        for at in range(12)
        for line in range(3)
    ]
    text = "\n".join(["Order number,Order date,Customer e-mail,Product,Qty,Line total", *lines])
    store = import_stranger(tmp_path, text + "\n", *PLACE)
    assert sum_up(store) == (12, 4, 3 * sum(1000 + 100 * at for at in range(12)), 0)
