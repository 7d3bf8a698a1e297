"""What the values of columns say that were named beforehand: they are looked into as guessed ones
are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from winback.data.ingest.amount_levels import compare_rows, holds_amounts
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.raw_rows import Profile
from winback.data.ingest.recognised_file import RecognisedFile, find_named
from winback.data.ingest.status_columns import guess_words
from winback.data.ingest.value_guesses import guess_row_type, guess_status


def read_named_columns(
    seems: RecognisedFile,
    named: Mapping[str, Sequence[str]],
    profile: Profile | None,
    sample: pd.DataFrame,
) -> RecognisedFile:
    """A file with what its named columns of statuses and of kinds of rows mean, and with what the
    rows of one order show by a named number. named: our name → how files call it."""
    mine = find_named(seems, named)
    if profile is None and mine.get("order_id") in sample:
        seems = _compare_by(mine["order_id"], seems, sample)
    if mine.get("status") in sample:
        seems = replace(seems, statuses=_read_statuses(seems, profile, sample))
    if mine.get("row_type") in sample:
        known = profile.types if profile else {}
        words = list_column_words(mine["row_type"], sample)
        types = {word: known.get(word.casefold(), guess_row_type(word)) for word in words}
        seems = replace(seems, types=types)
    return seems


def _compare_by(order: str, seems: RecognisedFile, sample: pd.DataFrame) -> RecognisedFile:
    amounts = [str(name) for name in sample if holds_amounts(sample[name])]
    rows = compare_rows(amounts, order, {guess.ours: guess for guess in seems.columns}, sample)
    return replace(
        seems,
        of_order={**seems.of_order, order: rows.of_order},
        perhaps_of_order={**seems.perhaps_of_order, order: rows.unsure},
    )


def settle_refund_rows(seems: RecognisedFile, sample: pd.DataFrame) -> RecognisedFile:
    """A file in which a status nobody knows is no question where it stands on refunds alone: their
    kind of row says what they are."""
    kind = next((guess.theirs for guess in seems.columns if guess.ours == "row_type"), None)
    status = next((guess for guess in seems.columns if guess.ours == "status"), None)
    if seems.profile or status is None or kind not in sample:
        return seems
    meant = parse_text(sample[kind]).str.strip().map(dict(seems.types))
    statuses = dict(seems.statuses)
    for column in (status.theirs, *status.rivals):
        words = parse_text(sample[column]).str.strip()
        for word in (word for word, ours in statuses.items() if ours is None):
            if set(meant[words == word]) == {"refund"}:
                statuses[word] = "paid"
    return replace(seems, statuses=statuses)


def forget_remarks(seems: RecognisedFile, named: Mapping[str, Sequence[str]]) -> RecognisedFile:
    """Without what is said of guesses in whose place columns were named."""
    mine = find_named(seems, named)
    gone = set[str]()
    if "customer_id" in mine:
        gone.add("names_as_ids")
    if {"amount", "order_amount"} & set(mine):
        gone |= {"postage_apart", "amount_repeats"}
    kept = [each for each in seems.remarks if each[0] not in gone or each[1] in mine.values()]
    return replace(seems, remarks=kept)


def _read_statuses(
    seems: RecognisedFile, profile: Profile | None, sample: pd.DataFrame
) -> dict[str, str | None]:
    """What the words of every status column mean."""
    guesses = {guess.ours: guess for guess in seems.columns}
    status, statuses = guesses["status"], dict[str, str | None]()
    for column in (status.theirs, *status.rivals):
        words = list_column_words(column, sample)
        if profile:
            statuses |= {word: profile.statuses.get(word, guess_status(word)) for word in words}
        else:
            statuses |= guess_words(column, words, guesses, sample)
    return statuses


def list_column_words(column: str, sample: pd.DataFrame) -> list[str]:
    """The different values of a column, without blanks around them."""
    return [str(word) for word in parse_text(sample[column]).str.strip().dropna().unique()]
