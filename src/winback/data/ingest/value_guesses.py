"""What the values of an export say: statuses, kinds of events, the currency."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from winback.data.ingest.column_matching import ColumnGuess, split_words, take_out
from winback.data.ingest.currency_marks import find_named_currencies, read_marks
from winback.data.ingest.parsing import Column, parse_text
from winback.data.ingest.value_words import (
    DOCUMENT_TYPES,
    FLAG_FILLERS,
    INVOICE_WORDS,
    KIND_WORDS,
    LIVE_FLAGS,
    NO_REFUND,
    NO_WORDS,
    ON_DELIVERY,
    PAID_FLAGS,
    PARTLY,
    PARTLY_HELD,
    PAYMENT_WORDS,
    ROW_TYPE_WORDS,
    STATUS_NOT,
    STATUS_WORDS,
    TEST_FLAGS,
    TYPE_FILLERS,
    YES_WORDS,
)
from winback.data.ingest.written_numbers import find_marked_currencies

_OF_FLAGS = {ours: STATUS_WORDS[ours] for ours in ("refunded", "cancelled")}
_ROW_TYPES = {
    " ".join(split_words(word)): ours for ours, words in ROW_TYPE_WORDS.items() for word in words
}
MOST_FLAGS = 3  # different words of a column that says yes or no
MOST_TYPES = 20  # different words of a column that says what kind of row it is


def guess_status(word: str) -> str | None:
    """What a status means, by whole words: `Incomplete` and `Not paid` are not paid. None where
    no word of it is known, or where a refund is said to be partial."""
    words = split_words(word)
    if any(take_out(phrase, words) is not None for phrase in NO_REFUND):
        return "paid"
    if not words or PARTLY & set(words) or is_partial(word):
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


def tells_orders(values: Column) -> bool:
    """Whether a column of a few words has some that are said of orders alone: that they were
    cancelled, or which are paid and which are not."""
    words = parse_text(values).str.strip().dropna().unique()
    if not 2 <= len(words) <= MOST_TYPES:
        return False
    meant = {guess_status(str(word)) for word in words}
    return "cancelled" in meant or {"paid", "unpaid"} <= meant


def guess_flag(name: str, values: Column) -> dict[str, str] | None:
    """What yes, no and nothing mean in a column that says whether an order was refunded, cancelled,
    paid or a test, as `NAME=word` → ours; None where it is no such column."""
    words = {str(word).strip() for word in parse_text(values).dropna().unique()}
    lower = {word.casefold() for word in words}
    if not words or lower - YES_WORDS - NO_WORDS or len(lower) > MOST_FLAGS:
        return None
    said = tuple(word for word in split_words(name) if word not in FLAG_FILLERS)
    if _is_any(said, LIVE_FLAGS):
        return {
            f"{name}={word}": "ignore" if word.casefold() in NO_WORDS else "paid"
            for word in ("", *words)
        }
    of_flags = {"ignore": TEST_FLAGS, "paid": PAID_FLAGS, **_OF_FLAGS}
    meaning = next((ours for ours, phrases in of_flags.items() if _is_any(said, phrases)), None)
    if meaning is None:
        return None
    other = "unpaid" if meaning == "paid" else "paid"
    means = {word: meaning if word.casefold() in YES_WORDS else other for word in ("", *words)}
    return {f"{name}={word}": str(ours) for word, ours in means.items()}


def _is_any(words: Sequence[str], phrases: Iterable[str]) -> bool:
    """Whether words are one of some phrases, with nothing beside it but what asks or affirms."""
    rests = (take_out(phrase, words) for phrase in phrases)
    return any(rest is not None and set(rest) <= FLAG_FILLERS for rest in rests)


def is_partial(word: str) -> bool:
    """Whether a status says that a part of an order was paid back: how much, it does not say."""
    words = split_words(word)
    is_part = bool(PARTLY & set(words)) or any(each in word for each in PARTLY_HELD)
    return is_part and any(
        take_out(phrase, words) is not None for phrase in STATUS_WORDS["refunded"]
    )


def find_row_types(
    free: Sequence[str], sample: pd.DataFrame
) -> tuple[str, dict[str, str | None]] | None:
    """The column that says which rows are sales, and what each of its words means; None where no
    column holds both a word for a sale and one for something else, such as a refund or a view."""
    for name in free:
        words = parse_text(sample[name]).str.strip().dropna().unique()
        if 1 < len(words) <= MOST_TYPES:
            types = _settle_payments({str(word): guess_row_type(str(word)) for word in words})
            if "sale" in types.values() and {"refund", "ignore"} & set(types.values()):
                return name, types
            if _is_any(split_words(name), DOCUMENT_TYPES):
                return name, types  # codes such as IN and CN, which are asked about
    return None


def _settle_payments(types: dict[str, str | None]) -> dict[str, str | None]:
    """What words of rows mean, payments beside invoices taken for what settles these."""
    said = {word: " ".join(split_words(word)) for word in types}
    if not INVOICE_WORDS & set(said.values()):
        return types
    settled = {word: "ignore" for word in types if said[word] in PAYMENT_WORDS}
    return {**types, **settled}


def guess_row_type(word: str) -> str | None:
    """What kind of row a word says it is; None where it is none we know."""
    said = split_words(word)
    if any(word.casefold() in words for words in KIND_WORDS.values()):
        return "ignore"  # somebody only looked
    # What kind of invoice or credit note it is changes nothing.
    plain = tuple(each for each in said if each not in TYPE_FILLERS) or said
    return _ROW_TYPES.get(" ".join(said), _ROW_TYPES.get(" ".join(plain)))


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


def find_currencies(
    named: Mapping[str, str], sample: pd.DataFrame, possible: Sequence[str] = ()
) -> tuple[str, ...]:
    """The currencies that amounts can be in, the likeliest first: as a column names them, or the
    amounts' own column, or the commonest mark beside them. None where nothing says it.

    A file of several currencies is of its commonest. possible: columns that may be the amounts.
    """
    if "currency" in named:
        words = parse_text(sample[named["currency"]]).dropna()
        meant = _choose_commonest(words.map(lambda word: read_marks(str(word))))
        if meant:
            return meant
    money = [named[ours] for ours in ("amount", "order_amount", "unit_price") if ours in named]
    for column in (*money, *possible):
        meant = find_named_currencies(column)  # Gesamtbetrag (€)
        if not meant and not _is_numeric(sample[column]):
            meant = _find_beside(parse_text(sample[column]).dropna())
        if meant:
            return meant
    return ()


def _find_beside(amounts: Column) -> tuple[str, ...]:
    """The currencies that the commonest mark beside amounts can mean. Where that can be yen or
    yuan, amounts without any decimals are yen."""
    meant = _choose_commonest(find_marked_currencies(amounts))
    if {"CNY", "JPY"} == set(meant) and not amounts.str.contains(r"[.,]\d{1,2}\b").any():
        return ("JPY", "CNY")
    return meant


def _choose_commonest(marks: Column) -> tuple[str, ...]:
    counts = marks[marks.map(len) > 0].value_counts()
    return tuple(counts.index[0]) if len(counts) else ()


def _is_numeric(values: Column) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))
