"""Exports that say an order's own fields on its first row only: the other rows get them, too."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from winback.data.ingest.raw_rows import RawRows


def fill_orders(raws: Iterable[RawRows], of_order: Sequence[str]) -> Iterator[RawRows]:
    """Each row with the fields of its order. of_order: ours that are the order's own."""
    last: pd.DataFrame | None = None  # the order that the next batch may go on with
    for raw in raws:
        if raw.frame.empty:
            yield raw
            continue
        filled, last = _fill_batch(raw.frame, of_order, last)
        yield replace(raw, frame=filled)


def _fill_batch(
    rows: pd.DataFrame, of_order: Sequence[str], last: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = rows.mask(rows == "")
    joined = pd.concat([last, frame], ignore_index=True) if last is not None else frame
    own = [column for column in of_order if column in joined]
    whole = joined.groupby("order_id", sort=False)[own].transform("first")
    filled = joined.assign(**{column: whole[column] for column in own})
    if last is not None:
        filled = filled.iloc[1:].reset_index(drop=True)
    return filled, filled.tail(1)
