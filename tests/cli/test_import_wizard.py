"""Files nobody has described: recognised, understood, asked about as little as possible, imported."""

import json
import zipfile

import openpyxl
import pytest

from tests.conftest import NOW
from tests.data.platforms.test_platforms import SHOPIFY, TAOBAO, TAOBAO_ITEMS
from winback.cli.import_wizard import TerminalPresenter
from winback.config.shop import load_shop
from winback.core import errors
from winback.core.paths import DataPaths
from winback.data.ingest.detection import recognise_export
from winback.data.ingest.pipeline import import_shop
from winback.workflows.new_shop import NewShop, import_new_shop


def lines(head, *rows):
    return "\n".join([head, *rows]) + "\n"


def workbook(path):
    workbook = openpyxl.Workbook()
    workbook.active.append(
        ["会员编号", "订单号", "付款时间", "实付金额", "商品编码", "数量", "订单状态"]
    )
    for i in range(30):
        workbook.active.append(
            [
                f"00{i % 7}",
                f"n{i}",
                f"2026年{1 + i % 9}月{1 + i % 28}日 8:05",
                12.5 + i,
                f"s{i % 3}",
                1,
                "已付款" if i else "已取消",
            ]
        )
    workbook.save(path)


WOO = json.dumps([
    {"id": i, "status": "completed", "currency": "EUR", "date_created_gmt": f"2026-03-{1 + i:02d}T09:59:00", "date_paid_gmt": None,
     "total": "35.50", "discount_total": "0", "customer_id": i % 5, "billing": {"email": f"ann{i % 3}@example.com"},
     "line_items": [{"name": "Mug", "sku": "mug", "quantity": 2, "total": "30.00"}]} for i in range(20)
])  # fmt: skip
GERMAN = lines(
    "Bestellnummer;Kundennummer;Bestelldatum;Artikel;Menge;Betrag;Status",
    *(f"B{i};K{i % 6};{1 + i}.03.2026;Tasse;1;{i}.012,50 €;bezahlt" for i in range(1, 28)),
)
AMERICAN = lines(
    "Order Number,Email,Order Date,Item,Qty,Total",
    *(f"A{i},u{i % 5}@x.com,{1 + i % 9}/{1 + i % 9}/2026,Mug,1,${i}.50" for i in range(20)),
)
EVENTS = lines(
    "user_id,event_time,event_type,item_id",
    *(
        f"K{i % 6},2026-03-0{1 + i % 9} 10:00:00,{('pv', 'fav', 'cart')[i % 3]},s1"
        for i in range(30)
    ),
)

# file → (what is written, answers it takes, which kind it is, how many orders)
FILES = {
    "ExportOrderList2026.csv": (TAOBAO.encode("gbk"), [], "taobao", 4),
    "orders_export.csv": (SHOPIFY.encode("utf-8-sig"), ["timezone=America/New_York"], "shopify", 3),
    "orders.json": (WOO.encode(), ["timezone=Europe/Berlin"], "woocommerce", 20),
    "bestellungen.csv": (GERMAN.encode("cp1252"), ["timezone=Europe/Berlin", "encoding=cp1252"], None, 27),
    "orders-us.txt": (AMERICAN.encode("utf-16"), ["timezone=America/New_York", "dates=mdy", "currency=USD"], None, 20),
    "会员订单.xlsx": (workbook, [], None, 29),
    "log.csv": (lines("user_id,brand_id,type,visit_datetime", *(f"{i % 4},9,{i % 2},6-{1 + i}" for i in range(20))).encode(), [], "tmall_2013", 10),
    "retail.csv": (lines("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
                         *(f"{i},85,Lamp,2,2026-01-{1 + i:02d} 08:00:00,3.5,17850.0,UK" for i in range(20))).encode(), [], "online_retail", 20),
}  # fmt: skip


@pytest.fixture
def bring(tmp_path):
    """A first import of files in a folder of their own; gives (what was told, the import's manifest)."""

    def run(files, given=(), ask=None, name="shop", language="en"):
        place = tmp_path / "downloads"
        place.mkdir(exist_ok=True)
        paths = []
        for file, content in files.items():
            paths.append(place / file)
            content(paths[-1]) if callable(content) else paths[-1].write_bytes(content)
        home = DataPaths(tmp_path / "home")
        presenter = None if ask is None else TerminalPresenter(language)
        result = import_new_shop(
            NewShop(paths, name, None, given), home, NOW, language, ask, presenter
        )
        shop = load_shop(tmp_path / "home" / "shops" / f"{name}.toml")
        return result, import_shop(shop, home.get_shop_folder(shop.name), NOW)

    return run


@pytest.mark.parametrize("file", FILES)
def test_eight_exports_of_different_shops_need_at_most_three_answers(file, bring):
    """The first five minutes decide."""
    content, answers, profile, orders = FILES[file]
    result, manifest = bring({file: content}, answers)
    assert len(answers) <= 3
    assert result["recognised"][0]["profile"] == profile
    assert manifest.counts["orders"] == orders
    assert sum(manifest.quarantined.values()) == (1 if file == "orders_export.csv" else 0)


def test_the_written_shop_file_imports_again_by_itself(bring, tmp_path):
    _, first = bring(
        {
            "ExportOrderList2026.csv": TAOBAO.encode("gbk"),
            "ExportOrderDetailList2026.csv": TAOBAO_ITEMS.encode("gbk"),
        }
    )
    shop = load_shop(tmp_path / "home" / "shops" / "shop.toml")
    assert (shop.timezone, shop.currency, shop.orders[0].profile, shop.items[0].profile) == (
        "Asia/Shanghai",
        "CNY",
        "taobao",
        "taobao",
    )
    assert import_shop(shop, tmp_path / "again", NOW).tables == first.tables
    assert first.tables["order_lines"] == 7


def test_a_total_that_repeats_on_each_line_of_an_order_is_the_orders(bring):
    text = lines(
        "order_id,customer,date,product,qty,total",
        *(f"n{i // 2},c{i % 5},2026-01-{1 + i // 2:02d},p{i},1,50" for i in range(40)),
    )
    _, manifest = bring({"orders.csv": text.encode()}, ["timezone=UTC", "currency=EUR"])
    assert manifest.counts["orders"] == 40  # a number that two customers have is two orders
    same = lines(
        "order_id,customer,date,product,qty,total",
        *(f"n{i // 2},c{i // 2 % 5},2026-01-{1 + i // 2:02d},p{i},1,50" for i in range(40)),
    )
    result, manifest = bring(
        {"same.csv": same.encode()}, ["timezone=UTC", "currency=EUR"], name="same"
    )
    assert {guess["ours"] for guess in result["recognised"][0]["columns"]} >= {
        "order_amount",
        "quantity",
        "customer_id",
        "ordered_at",
    }
    assert manifest.counts["orders"] == 20


def test_events_beside_orders_are_understood_in_their_own_words(bring):
    orders = lines(
        "order_id,user_id,paid_at,amount",
        *(f"n{i},K{i % 6},2026-03-{1 + i:02d},9.5" for i in range(20)),
    )
    _, manifest = bring(
        {"orders.csv": orders.encode(), "events.csv": EVENTS.encode()},
        ["timezone=UTC", "currency=USD"],
    )
    assert (manifest.counts["orders"], manifest.tables["events"]) == (20, 30)


def test_what_cannot_be_known_is_asked_once_and_wrong_answers_are_asked_again(bring, capsys):
    answers = iter(["Mars/Olympus", "Europe/Paris", "EUR", "1", "1", "kept, sent out"])
    asked = []

    def ask(question, default):
        asked.append((question, default))
        return next(answers)

    text = lines(
        "order,buyer,when it was bought,paid,state",
        *(
            f"n{i},b{i % 4},2026-01-{1 + i:02d} 10:00,5,{('kept', 'sent out', 'zapped')[i % 3]}"
            for i in range(21)
        ),
    )
    result, manifest = bring({"a.csv": text.encode()}, ask=ask)
    assert result["questions"] == 5
    assert "when it was bought (2026-01-01 10:00" in asked[-3][0]
    assert "Mars/Olympus" in capsys.readouterr().err
    assert manifest.counts["orders"] == 14
    assert manifest.left_out == {"zapped": 7}


def test_with_nobody_to_ask_the_answer_is_named(bring):
    with pytest.raises(errors.AnswerNeeded) as refused:
        bring({"a.csv": lines("order,buyer,paid_at,paid", "1,b,2026-01-01,5").encode()})
    assert refused.value.values["key"] == "timezone"


@pytest.mark.parametrize(
    ("text", "given", "refusal"),
    [
        ("recency,history,segment\n10,142.44,Womens\n", [], errors.NotRecognised),
        ("1,2026-01-01,5\n2,2026-01-02,6\n", [], errors.HeaderMissing),
        (
            "order,buyer,paid_at,paid\n1,b,2026-01-01,5\n",
            ["timezone=Mars", "currency=EUR"],
            errors.AnswerInvalid,
        ),
        (
            "order,buyer,paid_at,paid\n1,b,2026-01-01,5\n",
            ["timezone=UTC", "currency=EUR", "customer_id=byer"],
            errors.AnswerInvalid,
        ),
        (
            "order,buyer,paid_at,paid\n1,b,2026-01-01,5\n",
            ["timezone=UTC", "currency=EUR", "colour=red"],
            errors.AnswerInvalid,
        ),
        ("order,buyer,paid_at,paid\n1,b,2026-01-01,5\n", ["timezone"], errors.AnswerInvalid),
    ],
)
def test_what_is_no_export_and_answers_that_are_none_are_refused(
    text, given, refusal, bring, tmp_path
):
    with pytest.raises(refusal):
        bring({"a.csv": text.encode()}, given)
    assert not (tmp_path / "home" / "shops" / "shop.toml").exists()


def test_a_shop_file_is_never_overwritten(bring):
    text = lines("order,buyer,paid_at,paid", "1,b,2026-01-01,5").encode()
    bring({"a.csv": text}, ["timezone=UTC", "currency=EUR"])
    with pytest.raises(errors.ShopFileExists):
        bring({"a.csv": text}, ["timezone=UTC", "currency=EUR"])


@pytest.mark.full
def test_every_raw_file_of_the_real_shops_is_known_for_what_it_is(real_shops):
    """As they lie: the kinds and customers of SOURCE.md."""
    kinds = {
        "cdnow/CDNOW_master.txt": "cdnow", "cdnow/CDNOW_sample.txt": "cdnow", "cdnow/cdnow_master.parquet": "cdnow",
        "completejourney/transactions.parquet": "completejourney", "tmall_2013_behaviour/t_alibaba_data_subset.csv": "tmall_2013",
        "tmall_2013_behaviour/behaviour.parquet": "tmall_2013", "uci_online_retail/online_retail_raw.csv.gz": "online_retail",
        "uci_online_retail/online_retail.parquet": "online_retail", "uci_online_retail/online_retail_sample_40k.xlsx": "online_retail",
        "uci_online_retail/raw_by_day": "online_retail", "online_retail_ii_2009_2010/online_retail_ii_2009_2010.parquet": "online_retail",
    }  # fmt: skip
    for path, profile in kinds.items():
        assert {each.profile for _, each in recognise_export([real_shops / path])} == {profile}, (
            path
        )


EVIL = [
    "x\" ; ATTACH 'a.db' --",
    "<script>alert(1)</script>",
    "\x1b[31mred",
    "=cmd|' /C calc'!A0",
    "[bold]",
    "{7*7}",
    "back\\slash",
]


def test_evil_names_of_columns_files_and_products_are_only_names(bring, capsys):
    """They reach a TOML file, SQL, a terminal and a page; they are inert in all of them."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in EVIL]
    head = ",".join(["order", "buyer", "paid_at", "paid", *quoted])
    text = lines(
        head,
        *(
            ",".join([f"n{i}", quoted[i % 7], f"2026-01-{1 + i:02d}", "5", *quoted])
            for i in range(20)
        ),
    )
    asked = iter(["UTC", "EUR"])
    given = [f"product_name={EVIL[0]}", f"category={EVIL[2]}", f"channel={EVIL[6]}"]
    _, manifest = bring(
        {"evil '; drop table orders; --.csv": text.encode()}, given, ask=lambda *_: next(asked)
    )
    assert manifest.counts["customers"] == 7
    assert "\x1b" not in capsys.readouterr().out


def test_two_status_columns_are_both_read_and_the_weaker_counts(bring):
    text = lines(
        "Bestellnummer;Bestelldatum;Kundennummer;Gesamtbetrag;Bestellstatus;Zahlungsstatus",
        "1;2026-01-01;a;10,00;Abgeschlossen;Bezahlt",
        "2;2026-01-02;b;20,00;Storniert;Bezahlt",
        "3;2026-01-03;a;30,00;Abgeschlossen;Erstattet",
        "4;2026-01-04;c;40,00;Abgeschlossen;",
    )
    given = ["timezone=Europe/Berlin", "currency=EUR", "paid=Abgeschlossen"]
    _, manifest = bring({"b.csv": text.encode()}, given)
    assert manifest.counts["orders"] == 3
    assert manifest.counts["refunds"] == 1
    assert manifest.left_out == {"Storniert": 1}


def test_an_order_with_a_date_of_cancellation_is_none(bring):
    text = lines(
        "order_number,customer_email,created_at,cancelled_at,total_price",
        "1,a@x.com,2026-01-01,,10",
        "2,b@x.com,2026-01-02,2026-01-03,20",
    )
    _, manifest = bring({"a.csv": text.encode()}, ["timezone=UTC", "currency=EUR"])
    assert manifest.counts["orders"] == 1
    assert manifest.left_out == {"cancelled": 1}


def test_an_empty_status_column_is_passed_over_and_said(bring, capsys):
    text = lines(
        "order_id,customer_id,order_date,total,status", "1,a,2026-01-01,10,", "2,b,2026-01-02,20,"
    )
    result, manifest = bring(
        {"a.csv": text.encode()}, ["timezone=UTC", "currency=EUR"], ask=lambda *_: ""
    )
    assert manifest.counts["orders"] == 2
    assert "'status' of a.csv is empty" in result["column_remarks"][0]
    shown = capsys.readouterr().out
    assert "is empty and says nothing" in shown
    assert "not used" in shown


def test_names_as_ids_are_said_to_be_none(bring):
    rows = [f"{i},2026-01-{1 + i:02d},Kunde {i % 3},{i}.50" for i in range(9)]
    text = lines("Order #,Date,Customer Name,Total", *rows)
    result, _ = bring({"a.csv": text.encode()}, ["timezone=UTC", "currency=EUR"])
    assert "names" in result["column_remarks"][0]


def test_which_of_two_dates_is_meant_is_asked_with_their_values(bring):
    rows = [f"{i},a{i % 3},2026-01-{1 + i:02d},2026-02-{1 + i:02d},9" for i in range(9)]
    text = lines("order_id,customer_id,order_date,payment_date,total", *rows)
    given = ["timezone=UTC", "currency=EUR"]
    with pytest.raises(errors.AnswerNeeded) as refused:
        bring({"a.csv": text.encode()}, given)
    assert refused.value.values["key"] == "ordered_at"
    assert "payment_date (2026-02-01" in refused.value.values["question"]
    asked = []

    def ask(question, default):
        asked.append((question, default))
        return "2"

    result, manifest = bring({"a.csv": text.encode()}, given, ask=ask)
    assert result["questions"] == 1
    assert str(manifest.first_day) == "2026-01-01"


def test_a_sheet_said_to_be_no_order_sheet_is_refused(bring):
    text = lines(
        "order_id,who knows,order_date,total", *(f"{i},x{i % 3},2026-01-01,9" for i in range(9))
    )
    with pytest.raises(errors.NotRecognised):
        bring({"a.csv": text.encode()}, ["timezone=UTC", "currency=EUR"], ask=lambda *_: "0")


def test_an_answer_goes_before_the_profile(bring, tmp_path):
    text = SHOPIFY.replace("Email,", "Cust_ID,", 1)
    result, manifest = bring({"a.csv": text.encode()}, ["timezone=UTC", "customer_id=Cust_ID"])
    assert {each["ours"]: each["theirs"] for each in result["recognised"][0]["columns"]}[
        "customer_id"
    ] == "Cust_ID"
    written = (tmp_path / "home" / "shops" / "shop.toml").read_text()
    assert 'profile = "shopify"' in written
    assert '"customer_id" = "Cust_ID"' in written
    assert manifest.counts["orders"] > 0


def test_an_order_unpaid_for_now_is_asked_about_where_cash_comes_with_the_parcel(bring):
    head = "order_id,customer_id,order_date,total,status,payment"
    rows = [f"{i},a{i % 3},2026-01-{1 + i:02d},9,pending,Cash on Delivery (COD)" for i in range(9)]
    given = ["timezone=UTC", "currency=EUR"]
    with pytest.raises(errors.AnswerNeeded) as refused:
        bring({"a.csv": lines(head, *rows).encode()}, given)
    assert refused.value.values["key"] == "paid"
    _, manifest = bring({"a.csv": lines(head, *rows).encode()}, [*given, "paid=pending"])
    assert manifest.counts["orders"] == 9


def test_a_status_column_named_by_hand_is_looked_into(bring):
    """Its words are understood or asked about, as those of a column that was recognised."""
    rows = [f"{i},a{i % 3},2026-01-{1 + i:02d},9,{('paid', 'void', 'hm')[i % 3]}" for i in range(9)]
    text = lines("order_id,customer_id,order_date,total,how it went", *rows).encode()
    given = ["timezone=UTC", "currency=EUR", "status=how it went"]
    with pytest.raises(errors.AnswerNeeded) as refused:
        bring({"a.csv": text}, given)
    assert "hm" in refused.value.values["question"]
    _, manifest = bring({"a.csv": text}, [*given, "paid=hm"])
    assert manifest.counts["orders"] == 6
    assert manifest.left_out == {"void": 3}


def test_an_amount_named_by_hand_goes_before_a_guessed_order_total(bring):
    rows = [f"{i // 2},a{i % 3},2026-01-{1 + i // 2:02d},20.00,{4 + i % 2}.00" for i in range(8)]
    text = lines("order_id,customer_id,order_date,order_total,net", *rows).encode()
    given = ["timezone=UTC", "currency=EUR", "customer_id=customer_id", "amount=net"]
    result, manifest = bring({"a.csv": text}, given)
    ours = {each["ours"] for each in result["recognised"][0]["columns"]}
    assert "amount" in ours
    assert not ours & {"order_amount", "unit_price"}
    assert manifest.counts["orders"] > 0


def test_a_status_said_to_be_none_is_not_asked_about(bring):
    text = lines("order_id,customer_id,order_date,total,status", "1,a,2026-01-01,9,zapped").encode()
    _, manifest = bring({"a.csv": text}, ["timezone=UTC", "currency=EUR", "status="])
    assert manifest.counts["orders"] == 1


def test_a_column_a_profile_reads_cannot_be_said_to_be_none(bring):
    """It would be read all the same, and nobody told."""
    with pytest.raises(errors.AnswerInvalid):
        bring({"a.csv": SHOPIFY.encode()}, ["timezone=UTC", "refund_amount="])


def test_what_is_left_out_is_counted_by_the_word_that_says_so(bring):
    text = lines(
        "order_id,customer_id,order_date,total,order status,payment status",
        "1,a,2026-01-01,9,completed,paid",
        "2,b,2026-01-02,9,completed,pending",
        "3,c,2026-01-03,9,,paid",
    )
    _, manifest = bring({"a.csv": text.encode()}, ["timezone=UTC", "currency=EUR"])
    assert manifest.counts["orders"] == 2
    assert manifest.left_out == {"pending": 1}


def write_shopify(*days_and_offsets):
    """Paid orders of one customer each, at five past ten in the evening."""
    return lines(
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem name",
        *(
            f"#{at},u{at}@x.com,paid,{each},USD,5,5,{each},Mug"
            for at, each in enumerate(f"{day} 22:05:00 {zone}" for day, zone in days_and_offsets)
        ),
    ).encode()


def test_the_offsets_of_a_file_tell_its_zone_and_nothing_is_asked(bring, tmp_path):
    """Enter at the question would take UTC, and move every evening order to the next day."""
    _, manifest = bring({"a.csv": write_shopify(("2026-01-03", "-0700"), ("2026-07-03", "-0700"))})
    shop = load_shop(tmp_path / "home" / "shops" / "shop.toml")
    assert (shop.timezone, shop.currency, manifest.counts["orders"]) == (
        "America/Phoenix",
        "USD",
        2,
    )


def test_files_of_winter_and_summer_tell_a_zone_together(bring, tmp_path):
    """A winter in Denver looks like one in Phoenix."""
    bring(
        {
            "winter.csv": write_shopify(("2026-01-03", "-0700")),
            "summer.csv": write_shopify(("2026-07-03", "-0700")),
        }
    )
    shop = load_shop(tmp_path / "home" / "shops" / "shop.toml")
    assert shop.timezone == "America/Phoenix"


def test_offsets_that_no_zone_has_are_asked_about(bring):
    with pytest.raises(errors.AnswerNeeded) as asked:
        bring({"a.csv": write_shopify(("2026-01-03", "-0700"), ("2026-01-04", "+0530"))})
    assert asked.value.values["key"] == "timezone"


def test_a_dollar_sign_is_asked_about_and_us_dollars_are_offered(bring):
    offered = []

    def ask(question, default):
        offered.append(default)
        assert "several currencies" in question
        return default

    text = lines("Order ID,Customer,Order date,Total", "1,a,2026-01-03,$5", "2,b,2026-01-04,$6")
    _, manifest = bring({"a.csv": text.encode()}, ["timezone=UTC"], ask)
    assert (offered, manifest.counts["orders"]) == (["USD"], 2)


def test_rows_of_another_currency_are_refused_by_their_marks(bring):
    text = lines(
        "Order ID,Customer,Order date,Total",
        *(f"{at},c{at},2026-01-0{1 + at},€{at + 5}" for at in range(5)),
        "9,z,2026-01-09,£7",
    )
    _, manifest = bring({"a.csv": text.encode()}, ["timezone=UTC"])
    assert (manifest.counts["orders"], manifest.quarantined) == (5, {"other_currency": 1})


def test_a_file_whose_header_names_another_currency_is_not_added_up(bring):
    """No mark stands beside its amounts, and euros and dollars would be one sum."""
    euros, dollars = (
        lines(
            f"Order ID,Customer,Order date,Total ({code})",
            *(f"{code}{at},c{at},2026-01-0{1 + at},{at + 5}.50" for at in range(5)),
        ).encode()
        for code in ("EUR", "USD")
    )
    _, manifest = bring({"a.csv": euros, "b.csv": dollars}, ["timezone=UTC"])
    assert (manifest.counts["orders"], manifest.quarantined) == (5, {"other_currency": 5})


def test_signs_that_japan_and_taiwan_write_too_do_not_mean_china(bring):
    text = lines("日期,客戶編號,訂單編號,金額", "2026-01-03,a,1,5", "2026-01-04,b,2,6")
    with pytest.raises(errors.AnswerNeeded) as asked:
        bring({"a.csv": text.encode()}, ["customer_id=客戶編號", "ordered_at=日期"])
    assert asked.value.values["key"] == "timezone"
    assert "do not tell the country" in asked.value.values["question"]


def test_the_sheet_of_a_workbook_is_asked_where_two_look_like_orders(tmp_path):
    """One year of two, or returns read as orders, would be a wrong number that nobody sees."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, names in (("Orders", ["Order", "Customer", "Date", "Total"]), ("Returns", ["Order", "Customer", "Date", "Reason", "Total"])):  # fmt: skip
        sheet = book.create_sheet(title)
        sheet.append(names)
        for i in range(20):
            cells = {"Order": f"A{i}", "Customer": i % 5, "Date": f"2026-03-{i + 1:02d}", "Reason": "late", "Total": 9.5}  # fmt: skip
            sheet.append([cells[name] for name in names])
    book.save(tmp_path / "shop.xlsx")
    known, home = ["timezone=UTC", "currency=EUR"], DataPaths(tmp_path / "home")
    with pytest.raises(errors.AnswerNeeded) as needed:
        import_new_shop(
            NewShop([tmp_path / "shop.xlsx"], "s", None, known), home, NOW, "en", None, None
        )
    assert needed.value.values["key"] == "sheet"
    answered = NewShop([tmp_path / "shop.xlsx"], "s", None, [*known, "sheet=Returns"])
    made = import_new_shop(answered, home, NOW, "en", None, None)
    assert load_shop(tmp_path / "home" / "shops" / "s.toml").orders[0].sheet == "Returns"
    assert made["questions"] == 0


def test_a_zip_of_many_files_is_read_whole_wherever_they_lie_in_it(tmp_path):
    """An order sheet of each month and an item sheet, in folders of a zip in a folder."""
    head = "Order No,Customer No,Date,Total"
    rows = [f"{i},{i % 5},2026-03-{i + 1:02d},{i}.50" for i in range(20)]
    (tmp_path / "exports").mkdir()
    with zipfile.ZipFile(tmp_path / "exports" / "all.zip", "w") as packed:
        packed.writestr("2026/a/orders_1.csv", "Sales report\n\n" + lines(head, *rows[:12]))
        packed.writestr("2026/b/orders_2.csv", lines(head, *rows[12:]))
        items = (f"{i},s{i},Cup,1" for i in range(20))
        packed.writestr("2026/items.csv", lines("Order No,Sku,Product,Qty", *items))
        packed.writestr("__MACOSX/2026/._items.csv", b"\0")
    home = DataPaths(tmp_path / "home")
    known = ["timezone=UTC", "currency=EUR"]
    made = import_new_shop(NewShop([tmp_path / "exports"], "z", None, known), home, NOW, "en", None, None)  # fmt: skip
    shop = load_shop(tmp_path / "home" / "shops" / "z.toml")
    assert (len(shop.orders), len(shop.items), made["questions"]) == (1, 1, 0)
    manifest = import_shop(shop, tmp_path / "store", NOW)
    assert (manifest.counts["orders"], manifest.counts["customers"]) == (20, 5)
    assert manifest.no_rows == {"above_table": 1}
