"""What a row's status and its kind say: whether it is an order, a refund, or none of both."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from winback.data.ingest import parsing
from winback.data.ingest.row_errors import RowErrors

_STATUS = re.compile(r"status(_\d+)?")
COUNTED = ("paid", "refunded", "deposit")
_WEAKEST_FIRST = ("ignore", "refunded", "cancelled", "unpaid", "deposit", "paid")
_WEAKNESS = {meaning: rank for rank, meaning in enumerate(_WEAKEST_FIRST)}


def check_statuses(
    frame: pd.DataFrame, statuses: Mapping[str, str], refusals: RowErrors
) -> tuple[parsing.Column, parsing.Column]:
    """(what each row's status means, the export's word that says so): of several columns, and a
    date of cancellation, what counts least as an order."""
    columns = [str(name) for name in frame if _STATUS.fullmatch(str(name))]
    meaning = pd.Series("paid", index=frame.index)
    word = meaning
    if columns:
        named = [refusals.raw.named.get(name, name) for name in columns]
        words = [
            _mark_flags(parsing.parse_text(frame[name]), theirs, statuses)
            for name, theirs in zip(columns, named, strict=True)
        ]
        meanings = [
            parsing.map_values(each, lambda said: _look_up(statuses, said)) for each in words
        ]
        meaning, word = _choose_weakest(meanings, words)
        unknown = word.isna()
        refusals.refuse(unknown, columns[0], "unknown_status")
        for name, said, means in zip(columns, words, meanings, strict=True):
            refusals.refuse(said.notna() & means.isna(), name, "unknown_status")
            unknown |= said.notna() & means.isna()
        meaning = meaning.mask(unknown)
    if "cancelled_at" in frame:
        cancelled = parsing.parse_text(frame["cancelled_at"]).notna()
        late = cancelled & meaning.isin(["paid", "deposit"])
        meaning, word = meaning.mask(late, "cancelled"), word.mask(late, "cancelled")
    if "refunded_at" in frame and "refund_amount" not in frame:
        paid_back = parsing.parse_text(frame["refunded_at"]).notna()
        meaning = meaning.mask(paid_back & meaning.eq("paid"), "refunded")
    return meaning, word


def check_row_types(
    frame: pd.DataFrame,
    types: Mapping[str, str],
    meaning: parsing.Column,
    words: parsing.Column,
    refusals: RowErrors,
) -> tuple[parsing.Column, parsing.Column, parsing.Column]:
    """(what each row's status means, the word that says so, whether the row is a refund) where a
    column says what kind of row it is: one that is no sale and no refund is left out."""
    if "row_type" not in frame:
        return meaning, words, pd.Series(False, index=frame.index)
    said = parsing.parse_text(frame["row_type"]).str.strip()
    kind = parsing.map_values(said, lambda word: _look_up(types, word)).mask(said.isna(), "sale")
    refusals.refuse(kind.isna(), "row_type", "unknown_row_type")
    is_other = kind.isin(["ignore", "event"])
    is_refund = kind.eq("refund") & meaning.isin(COUNTED)
    words = words.mask(is_other, said.mask(kind.eq("event")))  # counted among the events
    return meaning.mask(is_other, "ignore"), words, is_refund


def _look_up(meanings: Mapping[str, str], said: str) -> str | None:
    """What a word means; profiles know theirs in small letters."""
    word = said.strip()
    return meanings.get(word, meanings.get(word.casefold()))


def _mark_flags(words: parsing.Column, column: str, statuses: Mapping[str, str]) -> parsing.Column:
    """The words of a column whose yes and no are explained as `COLUMN=word`, as these."""
    if not any(key.startswith(f"{column}=") for key in statuses):
        return words
    return f"{column}=" + words.fillna("").str.strip()


def _choose_weakest(
    meanings: Sequence[parsing.Column], words: Sequence[parsing.Column]
) -> tuple[parsing.Column, parsing.Column]:
    """Row by row the meaning that counts least as an order, and its word."""
    weakest, word = meanings[0], words[0]
    for meaning, said in zip(meanings[1:], words[1:], strict=True):
        is_weaker = weakest.isna() | (meaning.map(_WEAKNESS) < weakest.map(_WEAKNESS))
        weakest, word = weakest.mask(is_weaker, meaning), word.mask(is_weaker, said)
    return weakest, word
