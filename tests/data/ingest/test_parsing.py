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
    read = to_minor(parse_numbers(pd.Series([written], dtype="str")), "EUR")[0]
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
    read = to_minor(parse_numbers(pd.Series([written], dtype="str"), ","), "EUR")[0]
    assert (None if pd.isna(read) else int(read)) == expected


@pytest.mark.parametrize(
    ("written", "decimal", "expected"),
    [
        ("12,50", ".", 1250),
        ("1,234.50", ".", 123450),
        ("1,234,56", ".", None),
        ("12.5", ",", 1250),
        ("12.5678", ",", None),
        ("1.234,50", ",", 123450),
    ],
)
def test_cents_of_a_workbook_stand_behind_either_sign(written, decimal, expected):
    read = to_minor(parse_numbers(pd.Series([written], dtype="str"), decimal, True), "EUR")[0]
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


@pytest.mark.parametrize(
    "written",
    ["1/5/26", "01/05/26", "1/5/2026", "5-Jan-26", "05-JAN-2026", "Jan-05-26", "05/Jan/2026", "January 5th, 2026", "Monday, January 5, 2026",
     "5. Januar 2026", "5 janv. 2026", "lun. 5 janvier 2026", "5 de enero de 2026", "5 gen 2026", "5 de janeiro de 2026", "Mo., 1/5/2026",
     "2026年1月5日 (月)", "2026年1月5日（月）", "令和8年1月5日", "2026. 1. 5.", "2026년 1월 5일", "20260105"],
)  # fmt: skip
def test_days_in_words_and_with_short_years(written):
    _, local = parse_moments(
        pd.Series([written], dtype="str"), "Asia/Shanghai", Notation(day_first=False)
    )
    assert local[0] == pd.Timestamp(2026, 1, 5)


@pytest.mark.parametrize(
    "written",
    ["Jan 5, 2026 9:05:00 PM", "1/5/26 9:05 p.m.", "1/5/2026 9:05 p. m.", "Mon Jan  5 21:05:00 2026", "5. März 2026 21:05 Uhr",
     "5 janvier 2026 à 21h05", "2026년 1월 5일 오후 9시 5분", "2026-01-05 23:05 GMT+10", "2026-01-05 21:05:00 UTC+08:00", "05/Jan/2026:13:05:00 +0000",
     "2026-01-05 05:05:00 PST", "2026-01-05 08:05:00 EST", "2026-01-05 14:05 CET", "2026-01-05 22:05 JST", "2026-01-05 21:05 CST",
     "Mon Jan 05 2026 06:05:00 GMT-0700 (Mountain Standard Time)", "Mon Jan  5 05:05:00 PST 2026", "2026-01-05 06:05 (GMT-07:00)"],
)  # fmt: skip
def test_times_in_words_and_with_zones(written):
    """All are five past nine in the evening in Shanghai, on 5 January 2026 (one in March)."""
    _, local = parse_moments(
        pd.Series([written], dtype="str"), "Asia/Shanghai", Notation(day_first=False)
    )
    month = 3 if "März" in written else 1
    assert local[0] == pd.Timestamp(2026, month, 5, 21, 5)


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2026-07-01 12:00 CST", "America/Chicago", "2026-07-01 18:00"),
        ("2026-07-01 12:00 CST", "Asia/Shanghai", "2026-07-01 04:00"),
        ("2026-07-01 12:00 CST", "Europe/Berlin", None),
        ("2026-07-01 12:00 IST", "Asia/Kolkata", "2026-07-01 06:30"),
        ("2026-07-01 12:00 IST", "Asia/Jerusalem", "2026-07-01 10:00"),
        ("2026-07-01 12:00 IST", "America/New_York", None),
    ],
)
def test_letters_of_several_zones_are_the_shops_own_or_nobodys(written, zone, expected):
    utc, _ = parse_moments(pd.Series([written], dtype="str"), zone)
    assert pd.isna(utc[0]) if expected is None else utc[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "written",
    ["5 May of nothing else 2026", "order 5 may 2026", "5 6 May 2026", "2026-01-05 PM", "1/5/6", "31 Apr 2026", "2026-01-05 12:00 XYZ",
     "Jan 2026", "1/5/26 24:05", "5-Jan-126"],
)  # fmt: skip
def test_a_text_that_is_more_or_less_than_a_time_is_none(written):
    utc, _ = parse_moments(pd.Series([written], dtype="str"), "UTC", Notation(day_first=False))
    assert pd.isna(utc[0])


def test_a_year_of_two_digits_is_of_this_century_up_to_69():
    _, local = parse_moments(
        pd.Series(["1/5/69", "1/5/70"], dtype="str"), "UTC", Notation(day_first=False)
    )
    assert list(local.dt.year) == [2069, 1970]


def days(store):
    return [str(row[0]) for row in rows(store, "select local_day from orders order by all")]


def write_dated(*written):
    return HEAD + "".join(f"a,{at},{each},5,1,m,k,0,Done\n" for at, each in enumerate(written))


def test_short_years_are_read_as_the_file_shows(bring):
    assert days(bring(write_dated("1/3/26", "1/13/26"))) == ["2026-01-03", "2026-01-13"]
    german = write_dated("03.01.26", *(f"{day:02d}.02.26" for day in range(1, 15)))
    assert days(bring(german, home="german"))[0] == "2026-01-03"
    year_first = write_dated(*(f"26-01-{day:02d}" for day in range(1, 15)))
    assert days(bring(year_first, home="year"))[-1] == "2026-01-14"


def test_short_years_that_can_be_read_several_ways_are_asked_about(bring):
    text = write_dated("05-01-03", "06-01-03")
    with pytest.raises(errors.DatesAmbiguous) as refused:
        bring(text)
    assert refused.value.values["value"] == "05-01-03"
    for said, first in (("ymd", "2005-01-03"), ("dmy", "2003-01-05"), ("mdy", "2003-05-01")):
        assert days(bring(text, more=f'dates = "{said}"', home=said))[0] == first


def test_one_mistyped_day_does_not_turn_every_date_round(bring):
    """`45/01/26` is a typo, not the year 2045."""
    text = write_dated(*(f"{day:02d}/01/26" for day in range(1, 20)), "45/01/26")
    with pytest.raises(errors.DatesAmbiguous):
        bring(text)


def test_days_as_whole_numbers_are_days():
    frame = pd.DataFrame({"day": [20260103, 20260104, None]})
    _, local = parse_moments(frame["day"], "UTC")
    assert [str(each)[:10] for each in local] == ["2026-01-03", "2026-01-04", "NaT"]


def test_yen_and_dinars_are_whole_in_their_own_minor_units(shop_of, tmp_path):
    """1,234 yen are 1234 minor units, not 123400."""
    for currency, written, minor in (
        ("JPY", '"¥1,234"', 1234),
        ("KWD", '"KD 1,234.567"', None),
        ("KWD", '"1,234.567 KWD"', 1234567),
    ):
        toml = ONLY_ORDERS.replace('currency = "CNY"', f'currency = "{currency}"')
        text = HEAD + f"a,1,2026-01-03,{written},1,m,k,0,Done\nb,2,2026-01-03,0,1,m,k,0,Done\n"
        folder = f"{currency}-{minor}"
        store = imported(shop_of(toml, folder=folder, orders=text), tmp_path / folder)
        read = rows(store, "select amount_minor from orders where customer_id = 'a'")
        assert read == ([(minor,)] if minor else [])


@pytest.mark.parametrize("written", ["1.234", '"12,500"'])
def test_three_decimals_or_thousands_of_dinars_are_asked_about(shop_of, tmp_path, written):
    """12,500 are twelve Tunisian dinars and a half."""
    toml = ONLY_ORDERS.replace('currency = "CNY"', 'currency = "TND"')
    text = HEAD + f"a,1,2026-01-03,{written},1,m,k,0,Done\n"
    with pytest.raises(errors.AmountsAmbiguous):
        imported(shop_of(toml, orders=text), tmp_path / "home")
