"""Next week: a new export is found in the folder, or added by name, and never dropped in silence."""

import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import NOW
from tests.data.platforms.test_platforms import TAOBAO, TAOBAO_ITEMS
from winback.cli.main import app
from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.workflows.new_shop import NewShop, import_new_shop

SHOPIFY = "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Total,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount"
OWN = "order,buyer,paid_at,paid"
PLACE = ("--set", "timezone=Europe/Berlin", "--set", "currency=EUR")


def write_orders(path, numbers, refunded=()):
    """A week of Shopify orders, one a day, of number, number + 1, …"""
    lines = [SHOPIFY]
    for number in numbers:
        state, back = ("refunded", "9.50") if number in refunded else ("paid", "0")
        lines.append(
            f"#{number},c{number % 5}@example.com,{state},2026-01-{number:02d} 09:00:00 +0100,"
            f"fulfilled,EUR,9.50,1,Mug,9.50,{back}"
        )
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def winback(tmp_path, monkeypatch):
    """A command typed in a folder of its own; gives what it prints as JSON, or its refusal."""
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments, code=0, text=False):
        as_json = [] if text or code else ["--json"]
        done = CliRunner().invoke(app, ["import", *map(str, arguments), *as_json])
        assert done.exit_code == code, done.output + done.stderr
        return json.loads(done.stdout) if as_json else done.stdout + done.stderr

    return run


@pytest.fixture
def shop(tmp_path):
    """The shop file that a first import writes, and its tables."""
    return tmp_path / "home" / "shops" / "exports.toml"


def content_of(tmp_path, name="exports"):
    return open_store(tmp_path / "home" / "var" / name).content


def count_changes(result):
    return tuple(result[f"{name}_orders"] for name in ("new", "changed", "taken_back"))


@pytest.mark.parametrize("named", ["exports", "exports/*.csv"])
def test_a_folder_stays_a_folder_and_next_weeks_file_is_found(named, winback, shop, tmp_path):
    write_orders(tmp_path / "exports" / "week1.csv", range(1, 9))
    first = winback(named, "--name", "exports", *PLACE[:2])
    assert first["folders"] == [str(tmp_path / named)]
    assert count_changes(first) == (8, 0, 0)
    write_orders(tmp_path / "exports" / "week2.csv", range(9, 13))
    second = winback("--shop", shop)
    assert second["counts"]["orders"] == 12
    assert count_changes(second) == (4, 0, 0)
    before = content_of(tmp_path)
    assert count_changes(winback("--shop", shop)) == (0, 0, 0)
    assert content_of(tmp_path) == before


def test_overlapping_exports_are_merged_and_the_newer_corrects_earlier_weeks(
    winback, shop, tmp_path
):
    write_orders(tmp_path / "exports" / "orders_export_9.csv", range(1, 9))
    winback("exports", *PLACE[:2])
    write_orders(tmp_path / "exports" / "orders_export_10.csv", range(5, 13), refunded=(6, 7))
    second = winback("--shop", shop)
    assert (second["counts"]["orders"], second["counts"]["refunds"]) == (12, 2)
    assert count_changes(second) == (4, 2, 0)
    said = winback("--shop", shop, text=True)
    assert "0 new orders, 0 changed, 0 taken back" in said
    (tmp_path / "exports" / "orders_export_10.csv").unlink()
    assert count_changes(winback("--shop", shop)) == (0, 2, 4)


def test_orders_and_items_in_one_folder_are_told_apart_next_week_too(winback, tmp_path):
    """One pattern a kind need not exist; the columns tell which file is which."""
    place, shop = tmp_path / "orders", tmp_path / "home" / "shops" / "orders.toml"
    place.mkdir()
    (place / "ExportOrderList1.csv").write_bytes(TAOBAO.encode("gbk"))
    (place / "ExportOrderDetailList1.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    first = winback("orders")
    assert first["folders"] == [str(place)]
    again = TAOBAO.splitlines()
    (place / "ExportOrderList2.csv").write_bytes("\n".join(again).encode("gbk"))
    (place / "ExportOrderDetailList2.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    second = winback("--shop", shop)
    assert second["tables"] == first["tables"]
    assert [each["files"] for each in second["sources"]] == [2, 2]


def test_a_file_of_the_folder_that_no_source_can_read_is_refused_by_name(winback, tmp_path):
    place, shop = tmp_path / "orders", tmp_path / "home" / "shops" / "orders.toml"
    place.mkdir()
    (place / "list.csv").write_bytes(TAOBAO.encode("gbk"))
    (place / "detail.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    winback("orders")
    (place / "visitors.csv").write_text("day,visitors\n2026-01-01,20\n")
    refusal = winback("--shop", shop, code=3)
    assert "visitors.csv fits no source" in refusal
    assert "[items]" in refusal


def test_a_file_of_another_header_in_a_folder_of_orders_is_refused_by_name(winback, shop, tmp_path):
    write_orders(tmp_path / "exports" / "week1.csv", range(1, 9))
    winback("exports", *PLACE[:2])
    (tmp_path / "exports" / "customers.csv").write_text("Name,Email\nAnn,ann@example.com\n")
    assert "customers.csv" in winback("--shop", shop, code=3)


def test_a_folder_with_a_file_that_is_no_export_is_written_file_by_file_and_said_so(
    winback, shop, tmp_path
):
    (tmp_path / "exports").mkdir()
    orders = "\n".join(f"{i},b{i % 3},2026-01-{i:02d},5" for i in range(1, 9))
    (tmp_path / "exports" / "orders.csv").write_text(f"{OWN}\n{orders}\n")
    (tmp_path / "exports" / "visitors.csv").write_text("recency,history\n10,142.44\n")
    said = winback("exports", *PLACE, text=True)
    assert "visitors.csv is not an export" in said
    assert "winback import FILE --shop" in said
    assert "orders.csv" in shop.read_text()


def test_an_export_is_added_to_a_shop_that_has_one_and_its_file_keeps_its_comments(
    winback, tmp_path
):
    write_orders(tmp_path / "week1.csv", range(1, 9))
    winback("week1.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"
    shop.write_text(shop.read_text() + "# ours\n")
    before = shop.read_text()
    write_orders(tmp_path / "week2.csv", range(5, 13), refunded=(6,))
    done = winback("week2.csv", "--shop", shop)
    assert done["added"] == [{"path": str(tmp_path / "week2.csv"), "sections": ["orders"]}]
    assert count_changes(done) == (4, 1, 0)
    week1, week2 = (f'"{tmp_path / name}"' for name in ("week1.csv", "week2.csv"))
    assert shop.read_text() == before.replace(week1, f"{week1}, {week2}")
    again = winback("week2.csv", "week1.csv", "--shop", shop)
    assert (again["added"], again["version"]) == ([], done["version"])
    assert count_changes(again) == (0, 0, 0)


def test_a_path_is_written_from_the_shop_file_where_its_others_are(winback, tmp_path):
    write_orders(tmp_path / "in" / "week1.csv", range(1, 9))
    write_orders(tmp_path / "in" / "week2.csv", range(9, 13))
    shop = tmp_path / "shop.toml"
    shop.write_text(
        'name = "mine"\ncurrency = "EUR"\n[orders]\nprofile = "shopify"\npaths = ["in/week1.csv"]\n'
    )
    shop.chmod(0o640)
    winback("in/week2.csv", "--shop", shop)
    assert 'paths = ["in/week1.csv", "in/week2.csv"]' in shop.read_text()
    assert shop.stat().st_mode & 0o777 == 0o640


def test_an_export_goes_to_the_source_whose_columns_it_has(winback, tmp_path):
    (tmp_path / "list1.csv").write_bytes(TAOBAO.encode("gbk"))
    (tmp_path / "detail1.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    winback("list1.csv", "detail1.csv", "--name", "t")
    shop = tmp_path / "home" / "shops" / "t.toml"
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "list2.csv").write_bytes(TAOBAO.encode("gbk"))
    (tmp_path / "new" / "detail2.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    added = winback("new", "--shop", shop)["added"]
    assert {Path(each["path"]).name: each["sections"] for each in added} == {
        "detail2.csv": ["items"],
        "list2.csv": ["orders"],
    }


def test_a_file_that_fits_no_source_and_an_import_that_is_refused_leave_the_shop_file(
    winback, tmp_path
):
    write_orders(tmp_path / "week1.csv", range(1, 9))
    winback("week1.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"
    before, tables = shop.read_bytes(), content_of(tmp_path)
    (tmp_path / "visitors.csv").write_text("day,visitors\n2026-01-01,20\n")
    refusal = winback("visitors.csv", "--shop", shop, code=3)
    assert "[orders] 'Name'" in refusal
    masked = "\n".join(
        f"#{i},t**{i},paid,2026-01-{i:02d} 09:00:00,,EUR,9,1,Mug,9,0" for i in range(1, 9)
    )
    (tmp_path / "masked.csv").write_text(f"{SHOPIFY}\n{masked}\n")
    assert "masked.csv" in winback("masked.csv", "--shop", shop, code=3)
    assert (shop.read_bytes(), content_of(tmp_path)) == (before, tables)


def test_where_two_sources_can_read_a_file_it_is_asked_which(winback, tmp_path):
    """Two stores on one platform: nobody but the shop knows whose export this is."""
    for name in ("berlin", "paris", "new"):
        write_orders(tmp_path / f"{name}.csv", range(1, 5))
    shop = tmp_path / "shop.toml"
    shop.write_text(
        'name = "mine"\ncurrency = "EUR"\n'
        + "".join(
            f'[[orders]]\nprofile = "shopify"\nplatform = "{name}"\npaths = ["{name}.csv"]\n'
            for name in ("berlin", "paris")
        )
    )
    before = shop.read_text()
    refusal = winback("new.csv", "--shop", shop, code=2)
    assert "[orders] berlin, [orders] paris" in refusal
    assert shop.read_text() == before


def test_what_describes_a_new_shop_is_refused_where_there_is_one(winback, tmp_path):
    write_orders(tmp_path / "week1.csv", range(1, 9))
    winback("week1.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"
    assert "--set" in winback("week1.csv", "--shop", shop, *PLACE[:2], code=2)


def test_two_who_add_an_export_at_once_lose_neither(winback, tmp_path):
    from winback.workflows.add_exports import import_added_exports

    for week in range(3):
        write_orders(tmp_path / f"week{week}.csv", range(1 + 5 * week, 6 + 5 * week))
    winback("week0.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"
    both = [
        threading.Thread(
            target=import_added_exports, args=(shop, [tmp_path / f"week{week}.csv"], "en")
        )
        for week in (1, 2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert winback("--shop", shop)["counts"]["orders"] == 15
    assert not list(shop.parent.glob(".*"))


def test_a_shop_file_edited_while_its_import_is_refused_keeps_the_edit(
    winback, tmp_path, monkeypatch
):
    from winback.workflows import add_exports

    write_orders(tmp_path / "week1.csv", range(1, 9))
    write_orders(tmp_path / "week2.csv", range(9, 13))
    winback("week1.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"

    def edit_and_stop(_workspace):
        shop.write_text(shop.read_text() + "# edited\n")
        raise KeyboardInterrupt

    monkeypatch.setattr(add_exports, "import_exports", edit_and_stop)
    with pytest.raises(KeyboardInterrupt):
        add_exports.import_added_exports(shop, [tmp_path / "week2.csv"], "en")
    assert shop.read_text().endswith("# edited\n")


def test_what_a_folder_holds_besides_exports_is_named(winback, shop, tmp_path):
    """A file under an unusual name would else be missing from the list without a word."""
    write_orders(tmp_path / "exports" / "week1.csv", range(1, 9))
    (tmp_path / "exports" / "week2.dat").write_text("x")
    (tmp_path / "exports" / "2025").mkdir()
    (tmp_path / "exports" / ".DS_Store").write_text("x")
    first = winback("exports", *PLACE[:2])
    assert [Path(each).name for each in first["passed_over"]] == ["2025", "week2.dat"]
    assert "exports/week2.dat" in winback("--shop", shop, text=True)


def test_of_two_item_sheets_the_one_of_the_newer_orders_wins(winback, tmp_path):
    orders = "\n".join(f"{i},b{i % 3},2026-01-{i:02d},5" for i in range(1, 9))
    (tmp_path / "orders.csv").write_text(f"{OWN}\n{orders}\n")
    for name, first, last, product in (("items_9", 1, 4, "old"), ("items_10", 3, 8, "new")):
        rows = "\n".join(f"{i},s{i},{product},1" for i in range(first, last + 1))
        (tmp_path / f"{name}.csv").write_text(f"order_id,sku,product,qty\n{rows}\n")
    shop = tmp_path / "shop.toml"
    shop.write_text(
        """
        name = "mine"
        currency = "EUR"
        [orders]
        paths = ["orders.csv"]
        columns = {order_id = "order", customer_id = "buyer", ordered_at = "paid_at", order_amount = "paid"}
        [items]
        paths = ["items_10.csv", "items_9.csv"]
        columns = {order_id = "order_id", sku = "sku", product_name = "product", quantity = "qty"}
        """
    )
    winback("--shop", shop)
    names = (
        open_store(tmp_path / "home" / "var" / "mine")
        .connect()
        .sql("select name from order_lines order by occurred_at")
        .fetchall()
    )
    assert [name for (name,) in names] == ["old"] * 2 + ["new"] * 6


def test_two_platforms_in_one_folder_are_told_apart_next_week_too(winback, shop, tmp_path):
    write_orders(tmp_path / "exports" / "web1.csv", range(1, 9))
    (tmp_path / "exports" / "taobao.csv").write_bytes(TAOBAO.replace("CNY", "EUR").encode("gbk"))
    first = winback("exports", *PLACE)
    assert first["folders"] == [str(tmp_path / "exports")]
    write_orders(tmp_path / "exports" / "web2.csv", range(9, 13))
    second = winback("--shop", shop)
    assert count_changes(second) == (4, 0, 0)
    assert {each["platform"]: each["files"] for each in second["sources"]} == {
        "shopify": 2,
        "taobao": 1,
    }


def test_an_import_of_an_added_export_that_was_killed_goes_on(winback, tmp_path):
    """The path stands in the shop file before the first row is read: no later import forgets it."""
    write_orders(tmp_path / "week1.csv", range(1, 9))
    write_orders(tmp_path / "week2.csv", range(9, 13))
    winback("week1.csv", "--name", "exports", *PLACE[:2])
    shop = tmp_path / "home" / "shops" / "exports.toml"
    killed = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from winback.workflows import add_exports
        add_exports.import_exports = lambda workspace: os._exit(9)
        add_exports.import_added_exports(Path(sys.argv[1]), [Path(sys.argv[2])], "en")
        """
    )
    command = [sys.executable, "-c", killed, str(shop), str(tmp_path / "week2.csv")]
    assert subprocess.run(command, check=False).returncode == 9
    assert count_changes(winback("--shop", shop)) == (4, 0, 0)


def test_of_a_folder_that_is_read_in_part_the_new_files_are_added(winback, tmp_path):
    """Named as a whole it would be read by a source that cannot read the files it has already."""
    place = tmp_path / "t"
    place.mkdir()
    (place / "list1.csv").write_bytes(TAOBAO.encode("gbk"))
    (place / "detail1.csv").write_bytes(TAOBAO_ITEMS.encode("gbk"))
    winback("t/list1.csv", "t/detail1.csv", "--name", "t")
    shop = tmp_path / "home" / "shops" / "t.toml"
    (place / "list2.csv").write_bytes(TAOBAO.encode("gbk"))
    assert winback("t", "--shop", shop)["added"] == [
        {"path": str(place / "list2.csv"), "sections": ["orders"]}
    ]
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "list3.csv").write_bytes(TAOBAO.encode("gbk"))
    assert winback("extra", "--shop", shop)["added"] == [
        {"path": str(extra), "sections": ["orders"]}
    ]


def test_a_week_of_days_up_to_the_twelfth_is_read_as_the_files_before_it(tmp_path):
    """That which of two numbers is the day was once found stands in the shop file."""
    folder = tmp_path / "exports"
    folder.mkdir()
    head = "order_id,customer_id,order_date,total\n"
    (folder / "a.csv").write_text(head + '1,a,02.03.2026,"1,50"\n', encoding="utf-8")
    (folder / "b.csv").write_text(head + '2,b,25.03.2026,"1.234,50"\n', encoding="utf-8")
    home = DataPaths(tmp_path / "home")
    answers = ["timezone=Europe/Berlin", "currency=EUR"]
    made = import_new_shop(NewShop([folder], "shop", None, answers), home, NOW, "en", None, None)
    (folder / "c.csv").write_text(head + '3,c,04.05.2026,"1.250"\n', encoding="utf-8")
    shop = load_shop(Path(made["shop_file"]))
    assert (shop.orders[0].dates, shop.orders[0].decimals) == ("dmy", "comma")
    import_shop(shop, home.get_shop_folder("shop"), NOW)
    store = open_store(home.get_shop_folder("shop"))
    rows = store.connect().execute("select cast(local_day as varchar), amount_minor from orders")
    assert sorted(rows.fetchall()) == [
        ("2026-03-02", 150),
        ("2026-03-25", 123450),
        ("2026-05-04", 125000),
    ]
