"""Rows that stand in a table twice, though a column numbers its rows."""

import pandas as pd

from winback.data.ingest.column_fits import looks_like_money
from winback.data.ingest.parsing import parse_text


def find_repeated_rows(sample: pd.DataFrame) -> str | None:
    """The column that numbers rows of which some stand there twice as they are: what repeats a row,
    and not what was bought twice. None where there is none."""
    if sample.empty:
        return None
    text = pd.DataFrame({name: parse_text(sample[name]).fillna("") for name in sample})
    repeated = text.duplicated()
    if not 0 < repeated.mean() < 0.5:
        return None
    once = text[~repeated]
    return next(
        (
            str(name)
            for name in once
            if once[name].is_unique
            and once[name].str.contains(r"\d{3}", regex=True).all()
            and not looks_like_money(sample[name])
        ),
        None,
    )
