"""What the values of an export say: statuses, kinds of events, the currency."""

from collections.abc import Mapping

import pandas as pd

from winback.data.ingest.column_matching import ColumnGuess, split_words, take_out
from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.value_words import (
    KIND_WORDS,
    ON_DELIVERY,
    STATUS_NOT,
    STATUS_WORDS,
    SYMBOLS,
)


def guess_status(word: str) -> str | None:
    """What a status means, by whole words: `Incomplete` and `Not paid` are not paid. None where
    no word of it is known, or where a refund is said to be partial."""
    words = split_words(word)
    if not words or "partially" in words or "partial" in words or "teilweise" in words:
        return None
    for ours, phrases in STATUS_WORDS.items():
        for phrase in phrases:
            rest = take_out(phrase, words)
            if rest is None:
                continue
            denied = ours in ("paid", "refunded") and bool(set(rest) & set(STATUS_NOT))
            if not denied:
                return ours
            if ours == "paid":
                return "unpaid"
    return None


def forget_on_delivery(
    statuses: Mapping[str, str | None], status: Column, sample: pd.DataFrame
) -> dict[str, str | None]:
    """What statuses mean; of a word for unpaid that stands beside cash on delivery nobody can tell
    but the shop, so it is asked about."""
    words = parse_text(status).str.strip()
    unpaid = words.isin([word for word, ours in statuses.items() if ours == "unpaid"])
    open_words = set[str]()
    for name in sample if unpaid.any() else ():
        if not pd.api.types.is_numeric_dtype(sample[name]):
            texts = parse_text(sample[name][unpaid])
            comes_later = texts.str.contains(ON_DELIVERY, regex=True, na=False)
            open_words |= set(words[unpaid][comes_later])
    return {word: None if word in open_words else ours for word, ours in statuses.items()}


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
