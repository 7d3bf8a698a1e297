"""Amounts, times and ids as people and spreadsheets write them."""

from datetime import datetime

import pandas as pd
import pytest

from tests.conftest import NOW, PLAIN, imported
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.parsing import Notation, parse_moments, parse_numbers, to_minor
from winback.data.ingest.pipeline import import_shop

HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"
ONLY_ORDERS = PLAIN.split("    [events]")[0]


@pytest.fixture
def bring(shop_of, tmp_path):
    def run(*files, more="", home="home"):
        named = {f"orders{at}": text for at, text in enumerate(files)}
        listed = ", ".join(f'"{name}.csv"' for name in named)
        toml = ONLY_ORDERS.replace('paths = ["orders.csv"]', f"{more}\n    paths = [{listed}]")
        return imported(shop_of(toml, folder=f"shop-{home}", **named), tmp_path / home)

    return run


def rows(store, query):
    return store.connect().sql(query).fetchall()


@pytest.mark.parametrize(
    ("written", "expected"),
    [("12.50", 1250), ("¥12", 1200), ("￥１２．５０", 1250), ("12元", 1200), ("1,234.50", 123450), ("$1,234", 123400), ("-0.0", 0),
     ("(12.00)", -1200), (" 7 ", 700), ("1e2", 10000), ("NaN", None), ("inf", None), ("1e400", None), ("12,50", None), ("1,23", None),
     ("5 apples", None), ("1.2.3", None), ("", None), ("0.005", 1), ("1e-9", 0), ("'12", 1200), ('="12"', 1200)],
)  # fmt: skip
def test_amounts_with_a_decimal_point(written, expected):
    read = to_minor(parse_numbers(pd.Series([written], dtype="str")))[0]
    assert (None if pd.isna(read) else int(read)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.234,50", 123450),
        ("12,5", 1250),
        ("1.234", 123400),
        ("€ 7", 700),
        ("12.5", None),
        ("1.23,4", None),
    ],
)
def test_amounts_with_a_decimal_comma(written, expected):
    """A point that groups nothing must not turn 12.5 into 125."""
    read = to_minor(parse_numbers(pd.Series([written], dtype="str"), ","))[0]
    assert (None if pd.isna(read) else int(read)) == expected


@pytest.mark.parametrize(
    "written",
    ["2026-01-05 08:05:00", "2026/1/5 8:05", "2026.01.05 08:05", "2026年1月5日 8:05", "2026年1月5日 上午8点5分", "20260105080500",
     "202601050805", "5-Jan-2026 08:05", "Jan 5, 2026 8:05 AM", "２０２６-０１-０５ ０８:０５", "2026-01-05T08:05:00+08:00",
     "2026-01-05 00:05:00 +0000", "1767571500", "1767571500000", "46027.33680555556", "05/01/2026 08:05", "2026-01-05T00:05Z"],
)  # fmt: skip
def test_times_as_people_write_them(written):
    """All mean five past eight in Shanghai on 5 January 2026."""
    utc, local = parse_moments(
        pd.Series([written], dtype="str"), "Asia/Shanghai", Notation(day_first=True)
    )
    assert (utc[0], local[0]) == (pd.Timestamp(2026, 1, 5, 0, 5), pd.Timestamp(2026, 1, 5, 8, 5))


@pytest.mark.parametrize(
    "written",
    ["yesterday", "2026-02-30", "0000-00-00", "2026-13-01", "25:00", "13/13/2026", "12", "null"],
)
def test_what_is_no_time_is_missing(written):
    utc, _ = parse_moments(
        pd.Series([written], dtype="str"), "Asia/Shanghai", Notation(day_first=True)
    )
    assert pd.isna(utc[0])


def test_a_day_above_12_somewhere_in_the_file_tells_which_comes_first(bring):
    store = bring(HEAD + "a,1,02/03/2026,5,1,m,k,0,Done\nb,2,25/03/2026,5,1,m,k,0,Done\n")
    assert [str(row[0]) for row in rows(store, "select local_day from orders order by all")] == [
        "2026-03-02",
        "2026-03-25",
    ]


def test_dates_that_can_be_read_two_ways_are_asked_about(bring):
    text = HEAD + "a,1,02/03/2026,5,1,m,k,0,Done\n"
    with pytest.raises(errors.DatesAmbiguous) as refused:
        bring(text)
    assert refused.value.values["column"] == "paid_at"
    store = bring(text, more='dates = "mdy"', home="said")
    assert str(rows(store, "select local_day from orders")[0][0]) == "2026-02-03"


def test_a_decimal_comma_is_found_from_the_file(bring):
    text = (
        HEAD.replace(",", ";")
        + "a;1;2026-01-01;1.234,50;1;m;k;0;Done\nb;2;2026-01-01;99;1;m;k;0;Done\n"
    )
    assert rows(bring(text), "select amount_minor from orders order by all") == [(9900,), (123450,)]


def test_the_future_is_kept_apart_until_it_has_come(shop_of, tmp_path):
    """A row of tomorrow's year is a typo, and must not be the last day of the data; next year it may be true."""
    text = (
        HEAD
        + "a,1,2026-01-01,5,1,m,k,0,Done\nb,2,2027-06-01,5,1,m,k,0,Done\nc,3,1970-01-01,5,1,m,k,0,Done\n"
    )
    shop = load_shop(shop_of(ONLY_ORDERS, orders=text))
    first = import_shop(shop, tmp_path / "home", NOW)
    assert first.quarantined == {"time_in_future": 1, "time_out_of_range": 1}
    later = import_shop(shop, tmp_path / "home", datetime(2027, 7, 1))
    assert later.quarantined == {"time_out_of_range": 1}


def test_ids_that_a_spreadsheet_ruined_are_refused(bring, tmp_path, shop_of):
    lines = "".join(f"1.0329{i}E+19,{i},2026-01-01,5,1,m,k,0,Done\n" for i in range(5))
    with pytest.raises(errors.DamagedIds):
        bring(HEAD + lines)
    import openpyxl

    file = shop_of(ONLY_ORDERS.replace("orders.csv", "orders.xlsx"), folder="book")
    workbook = openpyxl.Workbook()
    workbook.active.append(HEAD.strip().split(","))
    for i in range(5):
        workbook.active.append(
            [10329300000000000000 + i, str(i), "2026-01-01", 5, 1, "m", "k", 0, "Done"]
        )
    workbook.save(file.parent / "orders.xlsx")
    with pytest.raises(errors.DamagedIds):
        imported(file, tmp_path / "book-home")


def test_one_masked_or_ruined_id_among_many_is_kept_apart(bring):
    lines = "".join(f"k{i},{i},2026-01-01,5,1,m,k,0,Done\n" for i in range(300))
    store = bring(
        HEAD + lines + "t**8,x,2026-01-01,5,1,m,k,0,Done\n1.03293E+19,y,2026-01-01,5,1,m,k,0,Done\n"
    )
    assert store.manifest.quarantined == {"masked_id": 1, "ruined_id": 1}


def test_a_change_of_unit_between_files_stops_with_the_ratio(bring):
    """Yuan became fen: every customer of the week would be a hundred times as good."""

    def week(number, unit):
        return HEAD + "".join(
            f"k{i},{number}-{i},2026-01-0{number},{(20 + i) * unit},1,m,k,0,Done\n"
            for i in range(40)
        )

    with pytest.raises(errors.UnitChanged) as refused:
        bring(week(1, 1), week(2, 1), week(3, 100))
    assert refused.value.values["file"] == "orders2.csv"
    assert 90 < float(refused.value.values["ratio"]) < 110
    assert (
        bring(
            week(1, 1), week(2, 100), more="accept_unit_change = true", home="meant"
        ).manifest.counts["orders"]
        == 80
    )


def test_every_row_read_is_kept_quarantined_or_left_out(bring):
    store = bring(
        HEAD
        + "a,1,2026-01-01,5,1,m,k,0,Done\nb,2,never,5,1,m,k,0,Done\nc,3,,5,1,m,k,0,Stop\nd,4\ne,5,2026-01-01,x,1,m,k,0,Done\n"
        "f,6,2026-01-01,5,1,m,k,0,Huh\n,7,2026-01-01,5,1,m,k,0,Done\n"
    )
    manifest = store.manifest
    result = (
        manifest.counts["rows_kept"]
        + sum(manifest.quarantined.values())
        + sum(manifest.left_out.values())
    )
    assert result == manifest.counts["rows_read"] == 7


def test_a_file_in_ten_overlapping_pieces_makes_the_same_store(bring):
    lines = [
        f"k{i % 9},n{i // 2},2026-01-{1 + i % 20:02d},{5 + i % 7},1,s{i % 2},c,0,Done\n"
        for i in range(100)
    ]
    whole = bring(HEAD + "".join(lines))
    pieces = [HEAD + "".join(lines[max(0, at - 6) : at + 10]) for at in range(0, 100, 10)]
    assert bring(*pieces, home="pieces").content == whole.content


def test_a_weekly_file_is_the_only_one_read_again(bring, tmp_path):
    """An import of years must not start over for a week."""
    weeks = [HEAD + f"a,{i},2026-01-0{i},5,1,m,k,0,Done\n" for i in (1, 2, 3)]
    bring(*weeks[:2])
    staged = {
        path: path.stat().st_mtime_ns
        for path in (tmp_path / "home" / "plain" / "staged").rglob("*.parquet")
    }
    assert bring(*weeks).manifest.counts["orders"] == 3
    after = {
        path: path.stat().st_mtime_ns
        for path in (tmp_path / "home" / "plain" / "staged").rglob("*.parquet")
    }
    assert staged.items() <= after.items()
    assert len(after) == 3
