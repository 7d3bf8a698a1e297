"""What the columns of an unknown table mean: by their names, in the words shops use for them, and
by whether their values are what such a column holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from winback.data.ingest.column_names import (
    KIND_WORDS,
    STATUS_WORDS,
    SYMBOLS,
)
from winback.data.ingest.parsing import Column, Notation, parse_moments, parse_numbers, parse_text
from winback.data.ingest.raw_rows import Spellings
from winback.data.readers.files import clean_header_name

SURE, LIKELY, DOUBTFUL = 0.95, 0.75, 0.4


@dataclass(frozen=True)
class ColumnGuess:
    """What a column of the file seems to be, and how sure that is, 0 to 1."""

    ours: str
    theirs: str
    confidence: float


def guess_columns(
    names: Sequence[str], words: Spellings, sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """Our name → the column that seems to be it, by its name and by its values. A column has one
    meaning."""
    plain = _key_names(names, sample)
    guesses: dict[str, ColumnGuess] = {}
    for whole in (
        True,
        False,
    ):  # names that are a word of ours first: what only contains one must not take their column
        for ours, names_of in words.items():
            if ours in guesses:
                continue
            taken = {guess.theirs for guess in guesses.values()}
            guess = _guess_column(ours, names_of, plain, taken, whole, sample)
            if guess:
                guesses[ours] = guess
    return guesses


def _key_names(names: Sequence[str], sample: pd.DataFrame) -> dict[str, str]:
    """Names by their key: `Betrag (€)` is `betrag`, for what stands in brackets is a unit."""
    return {
        re.sub(
            r"[ (（]*[$€£¥￥元)）]+$", "", clean_header_name(name).casefold().replace("_", " ")
        ): name
        for name in reversed(names)
        if name in sample
    }


def _guess_column(
    ours: str,
    names_of: Sequence[str],
    plain: dict[str, str],
    taken: set[str],
    whole: bool,
    sample: pd.DataFrame,
) -> ColumnGuess | None:
    for at, word in enumerate(each.casefold().replace("_", " ") for each in names_of):
        name = plain.get(word) if whole else _find_name_holding(word, plain, taken)
        if name is None or (name in taken and ours != "phone"):
            continue
        fits = _measure_fit(ours, sample[name])
        if fits > 0.5:
            confidence = (SURE if whole else LIKELY) - min(at, 40) * 0.002
            return ColumnGuess(ours, name, round(confidence * fits, 2))
    return None


def _find_name_holding(word: str, plain: Mapping[str, str], taken: set[str]) -> str | None:
    """The first free column whose name holds a word; words of up to three letters hold nothing."""
    inside = (
        name for key, name in plain.items() if len(word) > 3 and word in key and name not in taken
    )
    return next(inside, None)


def _measure_fit(ours: str, values: Column) -> float:
    """The share of values that are what such a column holds."""
    present = _drop_empty(values)
    if not len(present):
        return 1.0 if ours not in ("customer_id", "ordered_at", "occurred_at") else 0.0
    if ours in ("ordered_at", "occurred_at", "refunded_at"):
        if pd.api.types.is_float_dtype(present):
            return 0.0
        return float(max(_measure_date_shares(present)))
    if ours in ("amount", "unit_price", "quantity", "discount", "refund_amount", "value"):
        return float(max(parse_numbers(present, decimal).notna().mean() for decimal in (".", ",")))
    if ours == "order_id":
        money = _measure_money_share(present)
        return float(1 - money)
    if ours == "customer_id":
        masked = parse_text(present).str.contains(r"\*{2,}", regex=True, na=False).mean()
        return float(1 - masked)
    return 1.0


def _drop_empty(values: Column) -> Column:
    if pd.api.types.is_numeric_dtype(values):
        return values.dropna()
    return values[parse_text(values).notna()]


def _measure_date_shares(present: Column) -> list[float]:
    return [
        parse_moments(present, "UTC", Notation(first, year=2000))[0].notna().mean()
        for first in (True, False)
    ]


def _measure_money_share(present: Column) -> float:
    return (
        parse_text(present)
        .str.contains(r"[$€£¥￥元]|[0-9][.,][0-9]{2}$", regex=True, na=False)
        .mean()
    )


def guess_by_values(
    names: Sequence[str], guesses: dict[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """A column for the time and the customer where no name says it: doubtful, and asked about."""
    out = dict(guesses)
    free = [
        name
        for name in names
        if name in sample and name not in {guess.theirs for guess in guesses.values()}
    ]
    if "ordered_at" not in out:
        dated = _list_dated(free, sample)
        if dated:
            out["ordered_at"] = ColumnGuess(
                "ordered_at", dated[0], LIKELY if len(dated) == 1 else DOUBTFUL
            )
    if "customer_id" not in out:
        # Somebody comes again, and there are many of them.
        ids = _list_id_like(free, sample, out)
        if ids:
            out["customer_id"] = ColumnGuess("customer_id", ids[0], DOUBTFUL)
    return out


def _list_dated(free: list[str], sample: pd.DataFrame) -> list[str]:
    return [
        name
        for name in free
        if not pd.api.types.is_numeric_dtype(sample[name]) and _is_date_like(sample[name])
    ]


def _list_id_like(free: list[str], sample: pd.DataFrame, out: dict[str, ColumnGuess]) -> list[str]:
    """Columns whose values come again and are many."""
    return [
        name
        for name in free
        if 0.02 < parse_text(sample[name]).nunique() / max(len(sample), 1) < 0.98
        and name != out.get("ordered_at", ColumnGuess("", "", 0)).theirs
    ]


def _is_date_like(values: Column) -> bool:
    plain = parse_text(values).dropna()
    return bool(
        len(plain)
        and plain.str.contains(r"\d[-/.年:]\d", regex=True).mean() > 0.9
        and _measure_fit("ordered_at", values) > 0.9
    )


def guess_amounts(guesses: dict[str, ColumnGuess], sample: pd.DataFrame) -> dict[str, ColumnGuess]:
    """An amount that is the same on every line of an order is the order's, counted once; a price
    needs its quantity."""
    out = dict(guesses)
    amount, order = out.get("amount"), out.get("order_id")
    if amount and order:
        several, given = _compare_lines_of_orders(sample, order, amount)
        if several.any() and (given[several] <= 1).mean() > 0.98:
            out["order_amount"] = ColumnGuess("order_amount", amount.theirs, amount.confidence)
            del out["amount"]
    if "amount" in out or "order_amount" in out or "quantity" not in out:
        out.pop("unit_price", None)
    return out


def _compare_lines_of_orders(
    sample: pd.DataFrame, order: ColumnGuess, amount: ColumnGuess
) -> tuple[Column, Column]:
    by_order = sample.groupby(order.theirs, sort=False)[amount.theirs]
    several = by_order.transform("size") > 1
    given = by_order.transform("nunique", dropna=True)
    return several, given


def guess_status(word: str) -> str | None:
    plain = word.casefold()
    exact = next((ours for ours, words in STATUS_WORDS.items() if plain in words), None)
    return exact or next(
        (ours for ours, words in STATUS_WORDS.items() if any(each in plain for each in words)), None
    )


def guess_event_kinds(sample: pd.DataFrame, guesses: Mapping[str, ColumnGuess]) -> dict[str, str]:
    """The export's words for events → ours, for those we know."""
    if "kind" not in guesses:
        return {}
    words = [str(word) for word in parse_text(sample[guesses["kind"].theirs]).dropna().unique()]
    return {
        word: ours
        for word in words
        for ours, their_words in KIND_WORDS.items()
        if word.casefold() in their_words
    }


def guess_currency(named: Mapping[str, str], sample: pd.DataFrame) -> str | None:
    """The currency a column names, or a symbol before the amounts."""
    if "currency" in named:
        words = parse_text(sample[named["currency"]]).str.strip().str.upper().value_counts()
        commonest = str(words.index[0]) if len(words) else ""
        if len(commonest) == 3:
            return commonest
    for ours in ("amount", "order_amount", "unit_price"):
        currency = _find_symbol(named.get(ours, ""))  # in the header: Gesamtbetrag (€)
        if not currency and ours in named and not _is_numeric(sample[named[ours]]):
            currency = _find_symbol("".join(parse_text(sample[named[ours]]).dropna().head(20)))
        if currency:
            return currency
    return None


def _find_symbol(text: str) -> str | None:
    """The currency of the first symbol that stands in a text."""
    return next((currency for symbol, currency in SYMBOLS.items() if symbol in text), None)


def _is_numeric(values: Column) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))
