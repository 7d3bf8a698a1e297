"""Exports → tables: what enters, what is kept apart and why, and that importing twice changes nothing."""

import gzip
import shutil
from datetime import datetime

import pandas as pd
import pytest

from tests.conftest import NOW, PLAIN, imported
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store

HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"
EVENTS = "user,time,what,seconds\nann,2026-01-01 10:00:00,pv,5\n"


def rows(store, query):
    return store.connect().sql(query).fetchall()


def quarantine(store):
    table = pd.read_parquet(store.folder / "quarantine" / "000.parquet")
    return [
        tuple(row)
        for row in table.astype(object).where(table.notna(), None).itertuples(index=False)
    ]


@pytest.fixture
def bring(shop_of, tmp_path):
    """Import orders (and events) typed as CSV; gives the store."""

    def run(orders, events=EVENTS, toml=PLAIN, folder="shop", home="home"):
        return imported(shop_of(toml, folder=folder, orders=orders, events=events), tmp_path / home)

    return run


def test_lines_of_one_order_make_one_order(bring):
    store = bring(
        HEAD
        + "ann,1,2026-01-01 10:00:00,9.90,2,mug,k,1.10,Done\nann,1,2026-01-01 10:00:00,0.10,1,bag,k,0,Done\n"
    )
    assert rows(
        store,
        "select customer_id, order_id, amount_minor, units, lines, discount_minor from orders",
    ) == [("ann", "1", 1000, 3, 2, 110)]


def test_the_shops_own_clock_decides_day_and_weekend_and_utc_is_stored(bring):
    """Sunday 00:30 in Shanghai is still Saturday in London."""
    store = bring(HEAD + "ann,1,2026-01-04 00:30:00,5,1,mug,k,0,Done\n")
    assert rows(
        store,
        "select occurred_at, cast(local_day as varchar), local_hour, local_weekend from orders",
    ) == [(datetime(2026, 1, 3, 16, 30), "2026-01-04", 0, True)]


def test_a_bad_row_goes_to_quarantine_with_file_line_column_value_and_reason(bring):
    """Nothing is lost, and the operator finds the row in their own file."""
    store = bring(
        HEAD
        + "ann,1,2026-01-01 10:00:00,5,1,mug,k,0,Done\nbob,2,yesterday,5,1,mug,k,0,Done\n,3,2026-01-01,5,1,mug,k,0,Done\n"
        'cat,4,2026-01-01,five,1,"two\nlines",k,0,Done\ndan,5,2026-01-01,5,1,mug,k,0,Weird\neve,6,2026-01-01\n'
        "fay,7,2026-01-01,99999999999,1,mug,k,0,Done\ngus,8,2026-01-01,1e999,1,mug,k,0,Done\n",
        EVENTS + "ann,2026-01-02,teleport,1\n",
    )
    assert sorted(quarantine(store)) == sorted([
        ("orders.csv", 3, "paid_at", "yesterday", "unreadable_time"),
        ("orders.csv", 4, "buyer", None, "customer_id_missing"),
        ("orders.csv", 5, "paid", "five", "unreadable_number"),
        ("orders.csv", 7, "status", "Weird", "unknown_status"),
        ("orders.csv", 8, "", "3 / 9", "broken_row"),
        ("orders.csv", 9, "paid", "99999999999", "number_too_large"),
        ("orders.csv", 10, "paid", "1e999", "unreadable_number"),
        ("events.csv", 3, "what", "teleport", "unknown_kind"),
    ])  # fmt: skip
    assert store.manifest.counts["orders"] == 1
    assert sum(store.manifest.quarantined.values()) == 8


def test_ids_are_text_byte_for_byte(bring):
    """00123 and 123 are two customers."""
    store = bring(
        HEAD
        + "00123,1,2026-01-01,5,1,m,k,0,Done\n123,2,2026-01-01,5,1,m,k,0,Done\n 123,3,2026-01-01,5,1,m,k,0,Done\n"
    )
    assert rows(store, "select customer_id from orders order by all") == [
        (" 123",),
        ("00123",),
        ("123",),
    ]


def test_importing_again_changes_nothing(bring, tmp_path):
    """The same command run twice must be a no-op."""
    text = HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n"
    first = bring(text)
    before = {
        path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*") if path.is_file()
    }
    second = bring(text)
    assert second.manifest == first.manifest
    assert before == {
        path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*") if path.is_file()
    }


def test_a_file_given_twice_and_a_file_shuffled_make_the_same_tables(bring, tmp_path):
    """Exports overlap: an order in two files is one order; two equal lines in one file are two."""
    lines = [
        f"k{i % 7},n{i % 20},2026-01-{1 + i % 20:02d} 10:00:00,{5 + i % 3},1,s{i % 2},c,0,Done"
        for i in range(60)
    ]
    lines += lines[:3]
    text = HEAD + "\n".join(lines) + "\n"
    once = bring(text)
    (tmp_path / "shop" / "again.csv").write_text(text)
    twice = bring(
        text, toml=PLAIN.replace('["orders.csv"]', '["orders.csv", "again.csv"]'), home="twice"
    )
    shuffled = bring(HEAD + "\n".join(reversed(lines)) + "\n", folder="other", home="shuffled")
    for table in ("orders", "order_lines"):
        expected = rows(once, f"select * from {table} order by all")
        assert rows(twice, f"select * from {table} order by all") == expected
        assert rows(shuffled, f"select * from {table} order by all") == expected


def test_in_overlapping_files_the_later_file_wins(shop_of, tmp_path):
    toml = PLAIN.replace('["orders.csv"]', '["orders.csv", "newer.csv"]')
    older = HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\nann,2,2026-01-02,7,1,m,k,0,Done\n"
    newer = HEAD + "ann,1,2026-01-01,6,1,m,k,0,Done\nann,3,2026-01-03,8,1,m,k,0,Done\n"
    store = imported(shop_of(toml, orders=older, newer=newer, events=EVENTS), tmp_path / "home")
    assert rows(store, "select order_id, amount_minor from orders order by all") == [
        ("1", 600),
        ("2", 700),
        ("3", 800),
    ]
    assert store.manifest.counts["duplicates"] == 1


def test_a_negative_line_of_a_later_day_is_a_refund_with_its_own_time(bring):
    """Never netted at import: on the day between, the shop saw a whole order."""
    store = bring(
        HEAD
        + "ann,1,2026-01-01,50,1,m,k,0,Done\nann,1,2026-01-05,-20,1,m,k,0,Done\nann,1,2026-01-01,-5,1,v,k,0,Done\n"
    )
    assert rows(store, "select amount_minor from orders") == [(4500,)]
    assert rows(
        store, "select order_id, amount_minor, cast(occurred_at as varchar) from refunds"
    ) == [("1", 2000, "2026-01-04 16:00:00")]


def test_a_gift_is_kept_and_counted_but_is_no_order(bring):
    store = bring(HEAD + "ann,1,2026-01-01,0,1,m,k,0,Done\nann,2,2026-01-02,5,1,m,k,0,Done\n")
    assert store.manifest.counts["gifts"] == 1
    assert store.manifest.counts["orders"] == 1


def test_without_an_order_number_an_order_is_a_customers_day(bring):
    toml = PLAIN.replace('    order_id = "order"\n', "")
    store = bring(
        HEAD
        + "ann,1,2026-01-01 09:00:00,5,1,m,k,0,Done\nann,2,2026-01-01 21:00:00,5,1,m,k,0,Done\n",
        toml=toml,
    )
    assert rows(store, "select order_id, amount_minor from orders") == [("ann|2026-01-01", 1000)]


@pytest.mark.parametrize("form", ["csv.gz", "tsv", "parquet", "txt"])
def test_every_format_gives_the_same_orders(form, shop_of, tmp_path):
    text = HEAD + "".join(f"k{i},n{i},2026-01-0{1 + i},{i + 5}.5,1,s,c,0,Done\n" for i in range(5))
    file = shop_of(PLAIN.replace("orders.csv", f"data.{form}"), orders=text, events=EVENTS)
    frame = pd.read_csv(file.parent / "orders.csv", dtype=str)
    target = file.parent / f"data.{form}"
    match form:
        case "csv.gz":
            target.write_bytes(gzip.compress(("\ufeff" + text).encode()))
        case "tsv":
            frame.to_csv(target, sep="\t", index=False)
        case "parquet":
            frame.assign(
                paid=frame["paid"].astype(float), paid_at=pd.to_datetime(frame["paid_at"])
            ).to_parquet(target)
        case "txt":
            target.write_text(text.replace(",", "   ").replace("\n", "\r\n"))
    store = imported(file, tmp_path / "home")
    assert rows(store, "select customer_id, order_id, amount_minor from orders order by all") == [
        (f"k{i}", f"n{i}", 550 + 100 * i) for i in range(5)
    ]


@pytest.mark.parametrize(
    ("change", "refusal", "result"),
    [
        (("paid = ", "paid2 = "), errors.ShopFileInvalid, "paid2"),
        (('"Asia/Shanghai"', '"Asia/Shanghia"'), errors.ShopFileInvalid, "Asia/Shanghai"),
        (('amount = "paid"', 'amout = "paid"'), errors.ShopFileInvalid, "amount"),
        (('amount = "paid"', 'amount = "payed"'), errors.ColumnMissing, "payed"),
        (('["orders.csv"]', '["order.csv"]'), errors.FileMissing, "order.csv"),
        (('basket = "cart"', 'basket = "carts"'), errors.ShopFileInvalid, "cart"),
    ],
)
def test_a_wrong_shop_file_is_refused_with_what_to_change(
    change, refusal, result, shop_of, tmp_path
):
    toml = (
        PLAIN.replace(*change)
        if change[0] in PLAIN
        else PLAIN.replace('amount = "paid"', change[1] + '"x"')
    )
    file = shop_of(toml, orders=HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n", events=EVENTS)
    with pytest.raises(refusal) as refused:
        imported(file, tmp_path / "home")
    assert result in str(refused.value.values)


def test_masked_ids_are_refused(bring):
    """t**8 is thousands of people; nothing said of them would be true."""
    with pytest.raises(errors.MaskedIds):
        bring(HEAD + "t**8,1,2026-01-01,5,1,m,k,0,Done\nw**1,2,2026-01-01,5,1,m,k,0,Done\n")


def test_when_nothing_can_be_imported_the_reason_is_told(bring):
    with pytest.raises(errors.NothingImported) as refused:
        bring(HEAD + "ann,1,the first of May,5,1,m,k,0,Done\n")
    assert refused.value.values["value"] == "the first of May"


def test_a_failed_import_leaves_the_last_good_tables(bring, tmp_path):
    """Monday's list must not depend on tonight's broken export."""
    good = bring(HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n")
    with pytest.raises(errors.NothingImported):
        bring(HEAD + ",1,2026-01-01,5,1,m,k,0,Done\n")
    assert open_store(tmp_path / "home" / "plain").manifest == good.manifest
    assert not list((tmp_path / "home" / "plain").glob(".reading-*"))


def test_a_flipped_bit_in_a_table_is_found_before_it_is_read(bring, tmp_path):
    """28 % of single flipped bits in Parquet read as other values without an error."""
    store = bring(HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n")
    victim = store.folder / "orders" / "000.parquet"
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    with pytest.raises(errors.TableDamaged):
        open_store(tmp_path / "home" / "plain")
    assert bring(HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n").manifest.counts["orders"] == 1


def test_moving_the_exports_is_no_new_import(shop_of, tmp_path):
    """Files count by content, wherever they lie."""
    text = HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n"
    here = shop_of(PLAIN, folder="here", orders=text, events=EVENTS)
    first = import_shop(load_shop(here), tmp_path / "home", NOW)
    shutil.move(here.parent, tmp_path / "there")
    second = import_shop(
        load_shop(tmp_path / "there" / "shop.toml"), tmp_path / "home", NOW.replace(year=2027)
    )
    assert first == second


def test_an_orders_total_given_on_every_line_is_counted_once(bring):
    toml = PLAIN.replace('amount = "paid"', 'order_amount = "paid"')
    store = bring(
        HEAD + "ann,1,2026-01-01,50,1,mug,k,0,Done\nann,1,2026-01-01,50,2,cup,k,0,Done\n", toml=toml
    )
    assert rows(store, "select amount_minor, units, lines from orders") == [(5000, 3, 2)]


def test_a_refund_has_the_time_the_shop_gives_it(bring):
    toml = PLAIN.replace('discount = "off"', 'refunded_at = "off"')
    store = bring(
        HEAD
        + "ann,1,2026-01-01,50,1,mug,k,2026-01-04 08:00:00,Back\nbob,2,2026-01-01,50,1,mug,k,,Back\n",
        toml=toml,
    )
    assert rows(store, "select customer_id, amount_minor, occurred_at from refunds order by all") == [
        ("ann", 5000, datetime(2026, 1, 4)), ("bob", 5000, datetime(2026, 1, 30, 16)),
    ]  # fmt: skip


def test_an_order_is_known_when_the_shop_says_and_never_before_it_happened(bring):
    """A warehouse that sends its orders weekly must not have known them on Monday."""
    toml = PLAIN.replace('discount = "off"', 'known_at = "off"')
    text = (
        HEAD
        + "ann,1,2026-01-01 08:00:00,5,1,m,k,2026-01-08 08:00:00,Done\nbob,2,2026-01-01 08:00:00,5,1,m,k,2025-12-01,Done\n"
    )
    assert rows(bring(text, toml=toml), "select customer_id, known_at from orders order by all") == [
        ("ann", datetime(2026, 1, 8)), ("bob", datetime(2026, 1, 1)),
    ]  # fmt: skip


def test_a_file_with_only_a_header_and_a_shop_without_files_are_told_so(bring):
    with pytest.raises(errors.NothingImported):
        bring(HEAD)
    with pytest.raises(errors.PathsMissing):
        bring(HEAD, toml=PLAIN.replace('paths = ["orders.csv"]', ""))


def test_an_order_beyond_what_can_be_added_up_exactly_is_refused(bring):
    """Exact sums of squares hold for so many rows of amounts; a unit mistaken for minor units looks like this."""
    lines = "".join(f"ann,1,2026-01-01,9000000000,1,m{i},k,0,Done\n" for i in range(2))
    with pytest.raises(errors.OrderTooLarge):
        bring(HEAD + lines)


def refunds_of(store):
    return rows(store, "select order_id, amount_minor from refunds order by all")


def test_one_refunded_line_does_not_refund_the_order(bring):
    """Otherwise a returned mug makes a good customer 激烈流失."""
    text = (
        HEAD
        + "ann,1,2026-01-01,10,1,a,k,0,Done\nann,1,2026-01-01,20,1,b,k,0,Done\nann,1,2026-01-01,5,1,c,k,0,Back\n"
    )
    store = bring(text)
    assert rows(store, "select amount_minor from orders") == [(3500,)]
    assert refunds_of(store) == [("1", 500)]


def test_a_refund_in_a_later_file_is_another_row_not_a_correction(shop_of, tmp_path):
    toml = PLAIN.replace('["orders.csv"]', '["orders.csv", "newer.csv"]')
    older, newer = (
        HEAD + f"ann,1,{day},{paid},1,m,k,0,Done\n"
        for day, paid in (("2025-12-31", 10), ("2026-01-05", -10))
    )
    store = imported(shop_of(toml, orders=older, newer=newer, events=EVENTS), tmp_path / "home")
    assert store.manifest.counts["orders"] == 1
    assert refunds_of(store) == [("1", 1000)]


def test_a_refund_under_a_number_of_its_own_is_a_refund_that_names_no_order(bring):
    store = bring(HEAD + "ann,1,2026-01-01,10,1,m,k,0,Done\nann,R1,2026-01-09,-4,1,m,k,0,Done\n")
    assert refunds_of(store) == [(None, 400)]
    assert store.manifest.counts["gifts"] == 0


def test_a_free_line_on_an_earlier_day_does_not_move_the_order(bring):
    store = bring(HEAD + "ann,1,2026-01-01,0,1,s,k,0,Done\nann,1,2026-03-05,10,1,m,k,0,Done\n")
    assert rows(store, "select cast(local_day as varchar) from orders where not gift") == [
        ("2026-03-05",)
    ]


def test_a_path_named_twice_is_one_file(bring):
    store = bring(
        HEAD + "ann,1,2026-01-01,10,1,m,k,0,Done\n",
        toml=PLAIN.replace('["orders.csv"]', '["orders.csv", "orders.csv"]'),
    )
    assert rows(store, "select amount_minor from orders") == [(1000,)]


def test_a_folder_with_a_quote_in_its_name_is_a_folder(bring):
    store = bring(HEAD + "ann,1,2026-01-01,10,1,m,k,0,Done\n", home="o'brien 店")
    assert store.manifest.counts["orders"] == 1


def test_ids_of_a_typed_file_with_gaps_keep_their_last_digits(shop_of, tmp_path):
    """A whole-number column with one missing value must not pass through floats."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = shop_of(PLAIN.replace("orders.csv", "data.parquet"), events=EVENTS)
    ids = pa.array([1234567890123456789, 1234567890123456788, None], pa.int64())
    table = {"buyer": ids, "order": ["1", "2", "3"], "paid_at": ["2026-01-01"] * 3, "paid": [1.0] * 3, "qty": [1] * 3,
             "sku": ["s"] * 3, "category": ["c"] * 3, "off": [0] * 3, "status": ["Done"] * 3}  # fmt: skip
    pq.write_table(pa.table(table), file.parent / "data.parquet")
    store = imported(file, tmp_path / "home")
    assert rows(store, "select customer_id from orders order by all") == [
        ("1234567890123456788",),
        ("1234567890123456789",),
    ]


def test_what_is_paid_later_under_a_refunds_number_does_not_change_the_refund(bring):
    """A refund that named no order when it came must not name one because of a row that follows."""
    refund = HEAD + "ann,1,2026-01-01,10,1,m,k,0,Done\nann,R1,2026-01-09,-4,1,m,k,0,Done\n"
    assert refunds_of(bring(refund)) == [(None, 400)]
    assert refunds_of(bring(refund + "ann,R1,2026-02-01,9,1,m,k,0,Done\n", home="later")) == [
        (None, 400)
    ]


def test_a_shop_put_together_in_parts_has_the_same_rows(made_store, made_store_in_parts):
    """Large shops are assembled some customers at a time, and flagged some products at a time: nothing may depend on it."""
    whole, parts = made_store, made_store_in_parts
    assert (whole.manifest.parts, parts.manifest.parts >= 8) == (1, True)
    for table in ("orders", "order_lines", "refunds", "events"):
        assert rows(parts, f"select * from {table} order by all") == rows(
            whole, f"select * from {table} order by all"
        )
    assert parts.manifest.tables == whole.manifest.tables
    assert rows(whole, "select bool_or(bargain), bool_or(bestseller) from order_lines") == [
        (True, True)
    ]


def changes_of(store):
    names = ("new_orders", "changed_orders", "taken_back_orders")
    return tuple(store.manifest.counts[name] for name in names)


def test_the_export_with_the_newest_row_wins_whatever_the_files_are_called(shop_of, tmp_path):
    """A browser numbers downloads: export 10 is newer than 9, and its name sorts before."""
    toml = PLAIN.replace('["orders.csv"]', '["exports"]')
    file = shop_of(toml, events=EVENTS)
    exports = file.parent / "exports"
    exports.mkdir()
    older = HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\nbob,2,2026-01-02,7,1,m,k,0,Done\n"
    newer = HEAD + "bob,2,2026-01-02,7,1,m,k,0,Back\ncat,3,2026-01-09,8,1,m,k,0,Done\n"
    for names in (("export_9", "export_10"), ("z", "a"), ("a", "z")):
        for old in exports.iterdir():
            old.unlink()
        for name, text in zip(names, (older, newer), strict=True):
            (exports / f"{name}.csv").write_text(text)
        store = imported(file, tmp_path / "home")
        assert store.manifest.counts["orders"] == 3
        assert refunds_of(store) == [("2", 700)]


def test_of_exports_that_end_together_the_one_named_later_wins_and_10_comes_after_9(
    shop_of, tmp_path
):
    file = shop_of(PLAIN.replace('["orders.csv"]', '["exports"]'), events=EVENTS)
    (file.parent / "exports").mkdir()
    for name, status in (("export_9", "Done"), ("export_10", "Back")):
        text = HEAD + f"ann,1,2026-01-01,5,1,m,k,0,{status}\n"
        (file.parent / "exports" / f"{name}.csv").write_text(text)
    assert refunds_of(imported(file, tmp_path / "home")) == [("1", 500)]


def test_an_export_of_cancelled_orders_alone_is_as_new_as_they_are(shop_of, tmp_path):
    toml = PLAIN.replace('["orders.csv"]', '["b.csv", "a.csv"]')
    older = HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\nbob,2,2026-01-02,7,1,m,k,0,Done\n"
    newer = HEAD + "bob,2,2026-01-02,7,1,m,k,0,Stop\ncat,3,2026-01-03,7,1,m,k,0,Stop\n"
    store = imported(shop_of(toml, b=newer, a=older, events=EVENTS), tmp_path / "home")
    assert rows(store, "select order_id from orders") == [("1",)]


def test_what_is_new_changed_and_taken_back_is_counted_against_the_import_before(bring):
    """Whoever imports weekly sees at once whether the week came in."""
    first = "ann,1,2026-01-01,5,1,m,k,0,Done\nbob,2,2026-01-02,7,1,m,k,0,Done\n"
    assert changes_of(bring(HEAD + first)) == (2, 0, 0)
    corrected = first.replace("7,1,m,k,0,Done", "7,1,m,k,0,Back")
    week = corrected + "cat,3,2026-01-09,8,1,m,k,0,Done\ndan,4,2026-01-09,9,1,m,k,0,Done\n"
    assert changes_of(bring(HEAD + week)) == (2, 1, 0)
    stopped = week.replace("9,1,m,k,0,Done", "9,1,m,k,0,Stop").replace(",8,1,", ",6,1,")
    assert changes_of(bring(HEAD + stopped)) == (0, 1, 1)
