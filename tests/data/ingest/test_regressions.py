"""What reviews found wrong once, each as the smallest export that showed it."""

import subprocess
import sys

import pandas as pd
import pytest

from tests.conftest import NOW, PLAIN, imported
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.parsing import Notation, parse_moments, parse_numbers, to_minor
from winback.data.ingest.pipeline import import_shop
from winback.data.pseudonyms import hide_contacts
from winback.data.store import open_store
from winback.readers.encodings import detect_encoding

ONLY_ORDERS = PLAIN.split("    [events]")[0]
HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"


@pytest.fixture
def bring(shop_of, tmp_path):
    def run(*files, change=("", ""), home="home", toml=ONLY_ORDERS):
        named = {f"orders{at}": text for at, text in enumerate(files)}
        listed = ", ".join(f'"{name}.csv"' for name in named)
        toml = toml.replace('["orders.csv"]', f"[{listed}]").replace(*change)
        return imported(shop_of(toml, folder=f"shop-{home}", **named), tmp_path / home)

    return run


def rows(store, query):
    return store.connect().sql(query).fetchall()


def test_a_refused_file_is_refused_again(shop_of, tmp_path):
    """Parts read before the refusal must not be taken for an import on the second try."""
    text = HEAD + "".join(
        f"{'t**8' if i % 2 else 'a'},{i},2026-01-01,5,1,m,k,0,Done\n" for i in range(100)
    )
    shop = load_shop(shop_of(ONLY_ORDERS, orders=text))
    for _ in range(2):
        with pytest.raises(errors.MaskedIds):
            import_shop(shop, tmp_path / "home", NOW)


@pytest.mark.full
def test_two_imports_at_once_make_one_store(shop_of, tmp_path):
    text = HEAD + "".join(f"k{i % 500},{i},2026-01-01,5,1,m,k,0,Done\n" for i in range(60_000))
    file = shop_of(ONLY_ORDERS, orders=text)
    command = [sys.executable, "-m", "winback.cli", "import", "--json", "--shop", str(file)]
    running = [
        subprocess.Popen(
            command, env={"WINBACK_HOME": str(tmp_path), "PATH": ""}, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    result = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert all(b'"orders": 60000' in each for each in result)
    assert open_store(tmp_path / "var" / "plain").manifest.counts["orders"] == 60_000


def test_an_orders_total_is_counted_once_whatever_days_its_lines_have(bring):
    text = HEAD + "ann,1,2026-01-01,100,1,a,k,0,Done\nann,1,2026-01-02,100,1,b,k,0,Done\n"
    assert rows(
        bring(text, change=('amount = "paid"', 'order_amount = "paid"')),
        "select amount_minor from orders",
    ) == [(10000,)]


def test_one_line_cancelled_later_takes_back_that_line_only(bring):
    store = bring(
        HEAD + "ann,1,2026-01-01,100,1,a,k,0,Done\nann,1,2026-01-01,50,1,b,k,0,Done\n",
        HEAD + "ann,1,2026-01-01,50,1,b,k,0,Stop\n",
    )
    assert rows(store, "select amount_minor from orders") == [(10000,)]


def test_an_edited_title_in_a_later_file_is_the_same_line(bring):
    change = ('sku = "sku"', 'product_name = "sku"')
    store = bring(
        HEAD + "ann,1,2026-01-01,100,1,Coat,k,0,Done\n",
        HEAD + "ann,1,2026-01-01,100,1,Coat NEW,k,0,Done\n",
        change=change,
    )
    assert rows(store, "select amount_minor, lines from orders") == [(10000, 1)]


def test_a_second_refund_in_a_later_file_is_another_refund(bring):
    store = bring(
        HEAD + "ann,1,2026-01-01,100,1,a,k,0,Done\nann,1,2026-01-05,-10,1,a,k,0,Done\n",
        HEAD + "ann,1,2026-01-09,-20,1,a,k,0,Done\n",
    )
    assert rows(store, "select amount_minor from refunds order by all") == [(1000,), (2000,)]


def test_a_returned_line_without_an_amount_of_its_own_is_worth_its_list_price(bring):
    text = HEAD + "ann,1,2026-01-01,100,1,a,k,60,Done\nann,1,2026-01-01,100,1,b,k,40,Back\n"
    columns = (
        'quantity = "qty"',
        'quantity = "qty"\n    order_amount = "paid"\n    list_price = "off"',
    )
    without = ONLY_ORDERS.replace('    amount = "paid"\n', "").replace('    discount = "off"\n', "")
    assert rows(bring(text, change=columns, toml=without), "select amount_minor from refunds") == [
        (4000,)
    ]


@pytest.mark.parametrize(
    "written",
    ["now", "today", "2026", "2026-01", "2026-01-05 25:00", "2026-01-05 10:61", "5/1/2026 24:30"],
)
def test_what_names_no_moment_is_no_time(written):
    """`now` would be another moment at every import."""
    assert pd.isna(
        parse_moments(pd.Series([written], dtype="str"), "UTC", Notation(day_first=True))[0][0]
    )


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05 10:00:00+08",
        "20260105T020000Z",
        "2026-01-05 02:00:00 UTC",
        "2026-01-05T10:00:00.000+0800",
    ],
)
def test_every_way_to_write_a_zone_is_read(written):
    mixed = pd.Series([written, "2026-01-05 10:00:00"], dtype="str")
    assert list(parse_moments(mixed, "Asia/Shanghai")[0]) == [pd.Timestamp(2026, 1, 5, 2)] * 2


def test_a_year_no_zone_knows_is_kept_apart(bring):
    store = bring(
        HEAD + "ann,1,2026-01-01,5,1,a,k,0,Done\nbob,2,9999-12-31 23:59:59,5,1,a,k,0,Done\n",
        change=("Asia/Shanghai", "America/New_York"),
    )
    assert store.manifest.quarantined == {"time_out_of_range": 1}


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1.005", 101), ("0.285", 29), ("10 20", None), ("5²", None), ("1 234.50", 123450)],
)
def test_halves_round_up_and_blanks_join_nothing(written, expected):
    read = to_minor(parse_numbers(pd.Series([written], dtype="str")), "EUR")[0]
    assert (None if pd.isna(read) else int(read)) == expected


def test_amounts_that_may_be_a_thousand_times_as_much_are_asked_about(bring):
    text = HEAD + "ann,1,2026-01-01,1.234,1,a,k,0,Done\nbob,2,2026-01-01,12,1,a,k,0,Done\n"
    with pytest.raises(errors.AmountsAmbiguous):
        bring(text)
    store = bring(
        text,
        change=("    [orders.columns]", '    decimals = "comma"\n    [orders.columns]'),
        home="said",
    )
    assert rows(store, "select amount_minor from orders order by all") == [(1200,), (123400,)]


@pytest.mark.parametrize(
    "written",
    [
        " 13800138000",
        "13800138000 ",
        "'13800138000",
        "１３８００１３８０００",
        "13800138000.0",
        "tel:138-0013-8000",
        "+86 138 0013 8000",
    ],
)
def test_a_phone_is_the_same_pseudonym_however_it_is_written(written):
    key = bytes(32)
    hidden = hide_contacts(pd.Series([written, "13800138000"], dtype="str"), key)
    assert hidden[0] == hidden[1]
    assert hidden[0].startswith("phone-")


@pytest.mark.parametrize(
    "written",
    [
        " a@b.com",
        "A B <a@b.com>",
        "a@b.com;c@d.com",
        "(555) 123-4567",
        "'+15551234567",
        "010-62345678",
    ],
)
def test_no_contact_stays_an_id(written):
    assert hide_contacts(pd.Series([written], dtype="str"), bytes(32))[0].startswith(
        ("mail-", "phone-")
    )


@pytest.mark.parametrize(
    "written",
    [
        "00123",
        "1930679858170647",
        "k-2026-01-05-17",
        "6900001",
        "9007199254740993",
        "a.b.c",
        "12345678901",
    ],
)
def test_other_ids_stay_byte_for_byte(written):
    assert hide_contacts(pd.Series([written], dtype="str"), bytes(32))[0] == written


def test_the_lines_of_a_file_with_blank_and_broken_rows_are_the_files_own(bring, tmp_path):
    text = (
        HEAD
        + 'ann,1,2026-01-01,5,1,a,k,0,Done\n\nbob,2,never,5,1,a,k,0,Done\n"two\nlines",3\ncat,4,never,5,1,a,k,0,Done\n'
    )
    bring(text)
    table = pd.read_parquet(tmp_path / "home" / "plain" / "tables" / "quarantine" / "000.parquet")
    assert sorted(zip(table["line"], table["reason"], strict=True)) == [
        (4, "unreadable_time"),
        (5, "broken_row"),
        (7, "unreadable_time"),
    ]


def test_western_text_far_into_a_file_is_not_read_as_chinese(tmp_path):
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" * 300_000 + "Andrés,Béla\n".encode("cp1252"))
    assert detect_encoding(lambda: path.open("rb"), "auto", "late.csv") == "cp1252"


def test_the_same_order_number_on_two_platforms_of_one_customer_is_two_orders(shop_of, tmp_path):
    toml = "".join(
        f'[[orders]]\nplatform = "{platform}"\npaths = ["{platform}.csv"]\n'
        'columns = { customer_id = "id", ordered_at = "at", order_id = "no", amount = "paid", phone = "phone" }\n'
        for platform in ("tb", "jd")
    )
    files = {
        platform: f"id,at,no,paid,phone\nx,2026-03-01,1,{paid},13800138000\n"
        for platform, paid in (("tb", 70), ("jd", 100))
    }
    store = imported(shop_of('name = "two"\n' + toml, **files), tmp_path)
    assert store.manifest.counts["customers"] == 1
    assert rows(store, "select order_id, amount_minor from orders order by all") == [
        ("jd:1", 10000),
        ("tb:1", 7000),
    ]


def test_an_id_map_with_no_more_than_its_header_merges_nobody(shop_of, tmp_path):
    toml = ONLY_ORDERS + '    [identity]\n    map = "ids.csv"\n'
    text = HEAD + "A,1,2026-01-01,5,1,a,k,0,Done\nB,2,2026-01-01,5,1,a,k,0,Done\n"
    store = imported(shop_of(toml, orders=text, ids="id,customer\n"), tmp_path)
    assert rows(store, "select distinct customer_id from orders order by 1") == [("A",), ("B",)]


def test_a_circle_in_the_id_map_is_one_customer(shop_of, tmp_path):
    toml = ONLY_ORDERS + '    [identity]\n    map = "ids.csv"\n'
    text = HEAD + "A,1,2026-01-01,5,1,a,k,0,Done\nB,2,2026-01-01,5,1,a,k,0,Done\n"
    store = imported(shop_of(toml, orders=text, ids="id,customer\nA,B\nB,A\n"), tmp_path)
    assert rows(store, "select distinct customer_id from orders") == [("A",)]
