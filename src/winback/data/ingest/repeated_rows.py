"""Rows that stand in a table twice, though a column numbers its rows."""

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money
from winback.data.ingest.parsing import parse_text
from winback.data.ingest.recognised_file import RecognisedFile


def find_repeated_rows(seems: RecognisedFile, sample: pd.DataFrame) -> list[str]:
    """The column that numbers rows of which some stand there twice as they are: an export repeats
    them so, and nobody buys so. None where what is paid stands on every row of its order: then it
    counts once all the same."""
    guesses = {guess.ours: guess.theirs for guess in seems.columns}
    once_an_order = seems.of_order.get(guesses.get("order_id", ""), ())
    counts_once = "order_amount" in guesses or guesses.get("amount") in once_an_order
    if seems.profile or seems.kind != "orders" or counts_once or sample.empty:
        return []
    text = pd.DataFrame({name: parse_text(sample[name]).fillna("") for name in sample})
    repeated = text.duplicated()
    if not 0 < repeated.mean() < 0.5:
        return []
    once = text[~repeated]
    numbers = (
        str(name)
        for name in once
        if once[name].is_unique
        and once[name].str.contains(r"\d{3}", regex=True).all()
        and not looks_like_money(sample[name])
    )
    return list(numbers)[:1]
