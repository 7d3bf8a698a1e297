"""The columns of an unknown export that say what became of an order, and what their words mean."""

from collections.abc import Mapping, Sequence

import pandas as pd

from winback.data.ingest.column_matching import SURE, SURE_ENOUGH, ColumnGuess, split_words
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.value_guesses import (
    forget_on_delivery,
    guess_flag,
    guess_status,
    is_partial,
    tells_orders,
)

# What is cancelled there is no order.
_OF_PEOPLE = frozenset(
    {
        *("customer", "member", "membership", "account", "user", "email", "marketing"),
        *("newsletter", "subscription", "product", "item", "reason", "type", "kind"),
    }
)
LOOKED_AT = 5000  # rows of a file that are looked at
MOST_STATUSES = 30  # different words of a status column


def find_status(
    names: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, ColumnGuess]:
    """The columns that tell the status by their words where none is called so: the shipping's says
    what was cancelled, too. All of them are read."""
    taken = {guess.theirs for guess in guesses.values()}
    free = [name for name in dict.fromkeys(names) if name in sample and name not in taken]
    found = [
        name
        for name in free
        if tells_orders(sample[name]) and _OF_PEOPLE.isdisjoint(split_words(name))
    ]
    if not found:
        return {}
    return {"status": ColumnGuess("status", found[0], SURE_ENOUGH, tuple(found[1:]))}


def guess_statuses(
    guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> tuple[dict[str, str | None], Mapping[str, ColumnGuess], tuple[tuple[str, str], ...]]:
    """What each word of the status columns means, the columns that are read, and what is said of
    those that are not: one without a word says nothing, and one of a thousand words is no
    status."""
    status = guesses.get("status")
    statuses: dict[str, str | None] = {}
    read, remarks, empty = list[str](), list[tuple[str, str]](), list[tuple[str, str]]()
    for column in (status.theirs, *status.rivals) if status else ():
        words = parse_text(sample[column]).str.strip().dropna().unique()
        if not len(words) and len(sample) < LOOKED_AT:
            empty.append(("status_empty", column))
        elif len(words) > MOST_STATUSES:
            remarks.append(("status_too_many", column))
        else:
            read.append(column)
            statuses |= guess_words(column, [str(word) for word in words], guesses, sample)
    taken = {*read, *(guess.theirs for ours, guess in guesses.items() if ours != "status")}
    for column in (str(name) for name in sample if name not in taken):
        flags = guess_flag(column, sample[column])
        if flags:
            read.append(column)
            statuses |= flags
    others = {ours: guess for ours, guess in guesses.items() if ours != "status"}
    if read:
        sure = status.confidence if status and read[0] == status.theirs else SURE
        others["status"] = ColumnGuess("status", read[0], sure, tuple(read[1:]))
    return statuses, others, (*remarks, *(() if read else empty))


def guess_words(
    column: str, words: Sequence[str], guesses: Mapping[str, ColumnGuess], sample: pd.DataFrame
) -> dict[str, str | None]:
    """What each word of a status column means."""
    meant = {word: guess_status(word) for word in words}
    if "refund_amount" in guesses:  # it says how much of it came back
        meant |= {word: "paid" for word in words if is_partial(word)}
    meant = forget_on_delivery(meant, sample[column], sample)
    only_taken_back = bool(meant) and set(meant.values()) <= {"refunded", "cancelled"}
    if only_taken_back and parse_text(sample[column]).isna().any():
        # The orders that stand have no word in it.
        of_column = {f"{column}={word}": ours for word, ours in meant.items()}
        return {f"{column}=": "paid", **of_column}
    return meant
