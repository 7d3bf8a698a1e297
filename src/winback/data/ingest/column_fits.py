"""Whether the values of a column are what a column of its meaning holds."""

import pandas as pd

from winback.data.ingest.column_matching import split_words
from winback.data.ingest.column_memo import remember
from winback.data.ingest.currency_marks import ANY_MARK, ANY_SIGN
from winback.data.ingest.parsing import (
    Column,
    Notation,
    match_pattern,
    parse_moments,
    parse_numbers,
    parse_text,
)
from winback.data.ingest.value_guesses import guess_status

# A phone may be written 06.12.34.56.05: thousands have three digits, or two in India.
_BLANKS = "\u00a0\u202f"  # between thousands, as spreadsheets write them
_CENTS = rf"[0-9]+(?:(?:[. '’{_BLANKS}][0-9]{{3}})+|(?:,[0-9]{{2,3}})+)?[.,][0-9]{{2}}"
# Letters beside digits are an id, as in `R1024`, unless a blank or cents make them a price.
_MONEY = (
    rf"^[-(]? ?(?:{ANY_SIGN} ?|{ANY_MARK} )[-(]?[0-9.]|[0-9](?: ?{ANY_SIGN}| {ANY_MARK})[)-]?$"
    rf"|^[-+(]?(?:{ANY_MARK} ?)?[-+(]?{_CENTS}(?: ?{ANY_MARK})?[)-]?$"
)
_FEWEST_CENTS, _LEAST_CENTS = 10, 500  # amounts, and their median, to ask whether they are cents
_LETTERS_OF_SEVERAL = r"(?i)\b(?:cst|ist)\b"
_ZONES_OF_LETTERS = ("UTC", "Asia/Shanghai", "Asia/Kolkata")  # those are read in their own


@remember
def measure_fit(ours: str, values: Column, name: str) -> float:
    """The share of values that are what such a column holds."""
    present = drop_empty(values)
    if not len(present):
        return 0.0 if ours in ("customer_id", "ordered_at", "occurred_at", "order_id") else 1.0
    if ours in ("ordered_at", "occurred_at", "refunded_at", "cancelled_at"):
        if pd.api.types.is_float_dtype(present) and not are_compact_days(present):
            return 0.0
        return float(max(_measure_date_shares(present)))
    words = set(parse_text(present).str.strip()) if ours == "refund_amount" else set()
    if words in ({"0", "1"}, {"1"}):
        return 0.0  # yes or no
    if ours in ("amount", "unit_price", "quantity", "discount", "refund_amount", "value"):
        return float(max(parse_numbers(present, decimal).notna().mean() for decimal in (".", ",")))
    if ours == "order_id":
        return _measure_order_ids(present, name)
    if ours == "email":
        return float(parse_text(present).str.contains("@", regex=False).mean())
    if ours == "status" and split_words(name) in (("state",), ("estado",)):
        return _measure_states(parse_text(present))
    if ours in ("customer_id", "phone"):
        plain = parse_text(present)
        masked = plain.str.contains(r"\*{2,}", regex=True, na=False).mean()
        return float(1 - max(masked, _measure_money_share(present)))
    return 1.0


def _measure_states(plain: Column) -> float:
    """`State` is an order's where a word of it is a status, and an address's where it is `NY`."""
    words = [str(word) for word in plain.unique()]
    if any(guess_status(word) for word in words):
        return 1.0
    return 0.0 if all(len(word) == 2 for word in words) else 0.6


def _measure_order_ids(present: Column, name: str) -> float:
    """As Shopify does it, `Name` is an order's where it reads `#1001`; `ID` where none comes
    twice."""
    plain = parse_text(present)
    if split_words(name) == ("name",):
        return float(plain.str.match(r"#[A-Za-z-]*\d+").mean())
    if split_words(name) == ("id",):
        return float(plain.nunique() / max(len(plain), 1) > 0.95)
    return float(1 - _measure_money_share(present))


@remember
def drop_empty(values: Column) -> Column:
    if pd.api.types.is_numeric_dtype(values):
        return values.dropna()
    return values[parse_text(values).notna()]


def are_compact_days(values: Column) -> bool:
    """Whether numbers are days such as 20260103."""
    return bool(values.between(19_700_101, 21_001_231).all() and (values % 1 == 0).all())


@remember
def _measure_date_shares(present: Column) -> list[float]:
    shares: list[float] = []
    has_letters = bool(match_pattern(parse_text(present), _LETTERS_OF_SEVERAL).any())
    for zone in _ZONES_OF_LETTERS if has_letters else _ZONES_OF_LETTERS[:1]:
        shares += [
            parse_moments(present, zone, Notation(first, year=2000))[0].notna().mean()
            for first in (True, False)
        ]
        if max(shares) > 0.9:
            break
    return shares


@remember
def _measure_money_share(present: Column) -> float:
    return float(match_pattern(parse_text(present), _MONEY).mean())


@remember
def read_amounts(values: Column) -> Column:
    ways = (parse_numbers(values, decimal) for decimal in (".", ","))
    return max(ways, key=lambda each: each.notna().sum())


@remember
def looks_like_minor(values: Column) -> bool:
    """Whether numbers may be amounts in whole cents: none has a decimal, and most are no round
    hundreds."""
    present = drop_empty(values)
    plain, numbers = parse_text(present), read_amounts(present)
    paid = numbers[numbers > 0]
    if len(paid) < _FEWEST_CENTS or numbers.isna().any() or (numbers % 1 != 0).any():
        return False
    is_bare = bool(match_pattern(plain, r"^-?\d+(?:\.0+)?$").all())
    is_various = paid.nunique() > 5 and (paid % 100 == 0).mean() < 0.5
    return is_bare and is_various and bool(paid.median() >= _LEAST_CENTS)


@remember
def looks_like_money(values: Column) -> bool:
    present = drop_empty(values)
    if not len(present) or measure_fit("amount", present, "") < 0.9:
        return False
    if pd.api.types.is_float_dtype(present):
        return bool((present % 1 != 0).any())
    if _measure_money_share(present) > 0.5:
        return True
    # A program that writes 18.0 and 3.99 leaves out a last nought; ids end in .0 only.
    plain = parse_text(present)
    is_decimal = match_pattern(plain, r"^-?\d+[.,]\d{1,2}$")
    return bool(is_decimal.mean() > 0.9 and match_pattern(plain, r"[.,]\d\d$").any())
