"""Where a shop is and what it is paid in, as its own files tell."""

import pandas as pd
import pytest

from winback.data.ingest.column_guesses import guess_columns
from winback.data.ingest.column_matching import ColumnGuess
from winback.data.ingest.column_names import ORDER_WORDS
from winback.data.ingest.currency_marks import drop_currency, find_named_currencies, read_marks
from winback.data.ingest.free_columns import guess_by_values
from winback.data.ingest.parsing import is_other_currency, parse_numbers
from winback.data.ingest.place_guesses import find_country, find_zones, guess_place
from winback.data.ingest.recognised_file import RecognisedFile
from winback.data.ingest.value_guesses import find_currencies


def column(*written):
    return pd.Series(written, dtype="str")


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        (["2026-01-03 22:05:00 -0700", "2026-07-03 22:05:00 -0700"], "America/Phoenix"),
        (["2026-01-03 22:05:00 -0700", "2026-07-03 22:05:00 -0600"], "America/Denver"),
        (["2026-01-03T22:05:00-05:00", "2026-07-03T22:05:00-04:00"], "America/New_York"),
        (["2026-07-03T22:05:00+01:00", "2026-01-03T22:05:00Z"], "Europe/London"),
        (["2026-01-03T22:05:00+0100"], "Europe/Berlin"),
        (["2026-01-03 22:05 GMT+8"], "Asia/Shanghai"),
        (["2026-01-03 22:05:00 PST"], "America/Los_Angeles"),
        (["2026-01-03 22:05:00 +0530"], "Asia/Kolkata"),
        (["Sat Jan 03 2026 09:05:00 GMT+0900 (JST)"], "Asia/Tokyo"),
    ],
)
def test_a_zone_is_found_by_the_offsets_it_has_at_these_times(written, zone):
    assert find_zones(column(*written))[0] == zone


@pytest.mark.parametrize(
    "written",
    [["2026-01-03T22:05:00Z", "2026-07-03 22:05 UTC"], ["2026-01-03 22:05"], ["2026-01-03 22:05 CST"], [], ["x"]],
)  # fmt: skip
def test_utc_no_zone_and_letters_of_several_zones_say_nothing(written):
    """Programs write UTC wherever the shop is."""
    assert find_zones(column(*written)) is None


def test_no_zone_has_offsets_that_contradict_each_other():
    assert find_zones(column("2026-01-03 22:05 +0530", "2026-01-04 22:05 -0800")) == ()


@pytest.mark.parametrize(
    ("names", "zone", "is_sure"),
    [
        (["订单号", "会员编号"], "Asia/Shanghai", True),
        (["ご注文番号", "お客様"], "Asia/Tokyo", True),
        (["注文番号", "支払済"], "Asia/Tokyo", True),
        (["주문번호"], "Asia/Seoul", True),
        (["訂單編號", "會員"], "Asia/Taipei", False),
        (["日期", "商品"], None, False),
        (["订单", "ご注文"], None, False),
        (["Order"], None, True),
    ],
)
def test_a_script_means_its_country_and_signs_of_several_none(names, zone, is_sure):
    country, sure = find_country(names)
    assert ((country.timezone if country else None), sure) == (zone, is_sure)


@pytest.mark.parametrize(
    ("written", "currencies"),
    [("R$", ("BRL",)), ("zł", ("PLN",)), ("US$", ("USD",)), ("$ CAD", ("CAD",)), ("EUR", ("EUR",)), ("rmb", ("CNY",)), ("Kč", ("CZK",)),
     ("€ USD", ()), ("apples", ()), ("", ())],
)  # fmt: skip
def test_marks_mean_what_all_of_them_can(written, currencies):
    assert read_marks(written) == currencies


def test_a_dollar_sign_is_of_many_countries():
    assert {"USD", "CAD", "AUD"} < set(read_marks("$"))
    assert {"SEK", "NOK", "DKK"} < set(read_marks("kr"))


@pytest.mark.parametrize(
    ("name", "currency", "plain"),
    [("Betrag (€)", "EUR", "Betrag"), ("Amount (USD)", "USD", "Amount"), ("total_eur", "EUR", "total"), ("USD amount", "USD", "amount"),
     ("Total R$", "BRL", "Total"), ("Total (TRY)", "TRY", "Total"), ("OrderTotalUSD", "USD", "OrderTotalUSD"), ("Total all", None, "Total all"),
     ("USD", "USD", "USD")],
)  # fmt: skip
def test_a_column_may_name_its_currency(name, currency, plain):
    assert find_named_currencies(name)[:1] == ((currency,) if currency else ())
    assert drop_currency(name) == plain


@pytest.mark.parametrize(
    ("written", "expected"),
    [("₹1,61,601.50", 161601.5), ("12,34,56,789", 123456789), ("123,45,678", None), ("1'234.50", 1234.5), ("1’234.50", 1234.5),
     ("1\u202f234", 1234), ("1\u00a0234.50", 1234.5), ("25.00-", -25), ("(30.00)", -30), ("($30.00)", -30), ("$(30.00)", -30), ("−25.00", -25),
     ("- 5", -5), ("-$5", -5), ("$-5", -5), ("12.50 USD", 12.5), ("EUR 12.50", 12.5), ("Rs.500", 500), ("kr 250,-", 250), ("25.-", 25),
     ("(-5)", None), ("--5", None), ("-25.00-", None), ("5-5", None), ("1,234.50 CR", None), ("5%", None), ("12元5角", None), ("R$ 1,234.50", 1234.5)],
)  # fmt: skip
def test_amounts_are_read_with_their_marks_or_not_at_all(written, expected):
    read = parse_numbers(column(written))[0]
    assert pd.isna(read) if expected is None else read == expected


def test_an_amount_of_another_currency_is_told():
    amounts = column("12.50", "$12.50", "€12.50", "12.50 CAD", "US$ 3", "4,5 kr")
    assert list(is_other_currency(amounts, "USD")) == [False, False, True, True, False, True]


def test_the_commonest_currency_is_the_files():
    sample = pd.DataFrame({"total": column("€5", "€6", "$7"), "cur": column("usd", "eur", "usd")})
    assert find_currencies({"amount": "total"}, sample) == ("EUR",)
    assert find_currencies({"amount": "total", "currency": "cur"}, sample) == ("USD",)


def test_yen_have_no_decimals_and_yuan_do():
    assert find_currencies({"amount": "a"}, pd.DataFrame({"a": column("¥1,200")}))[0] == "JPY"
    assert find_currencies({"amount": "a"}, pd.DataFrame({"a": column("¥12.00")}))[0] == "CNY"


def recognised(**columns):
    """A file whose columns are what they are called."""
    sample = pd.DataFrame({name: column(*values) for name, values in columns.items()})
    guesses = tuple(ColumnGuess(name, name, 1.0) for name in columns)
    file = RecognisedFile(
        "a.csv", "orders", None, 1.0, guesses, list(columns), (), {}, {}, None, None
    )
    return guess_place(file, sample)


def test_of_zones_that_fit_alike_the_one_of_the_currency_goes_first():
    """A Mexican January looks like one of Chicago; a Mexican July does not."""
    times = ["2026-01-03 22:05:00 -0600"]
    for amount, zone in (("MX$5", "America/Mexico_City"), ("US$5", "America/Chicago")):
        place = recognised(ordered_at=times, amount=[amount])
        assert place["zones"][0] == zone


def test_times_of_letters_that_several_zones_use_are_times():
    """Which zone is meant is asked for; that they are times is plain."""
    sample = pd.DataFrame(
        {"created_at": column("2026-01-03 22:05 CST", "2026-01-04 22:05 CST"), "total": [1.5, 2]}
    )
    guesses = guess_columns(list(sample), ORDER_WORDS, sample)
    assert guesses["ordered_at"].theirs == "created_at"


def test_dates_in_words_are_found_by_their_values():
    sample = pd.DataFrame({"when": column("3-Jan-26", "4-Jan-26"), "who": column("a1", "b2")})
    assert guess_by_values(list(sample), {}, sample)["ordered_at"].theirs == "when"
