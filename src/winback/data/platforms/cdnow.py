"""CDNOW purchase histories: whitespace or Parquet; no order id, so an order is a customer's day.

The one-in-ten sample has no header, and the customer's number in the sample beside the one in the
whole.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from winback.data.ingest.raw_rows import Files, Profile, RawRows, read_mapped
from winback.readers.batches import BrokenRow
from winback.readers.files import ReadOptions, read_batches, read_header

_SPELLINGS = {
    "customer_id": ("customer_id",),
    "ordered_at": ("date",),
    "amount": ("dollar_value",),
    "quantity": ("number_of_cds",),
}


_SAMPLE = ("customer_id", "number_in_sample", "ordered_at", "quantity", "amount")


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for file in files:
        first = read_header(file, how)
        if not _is_sample(first):
            yield from read_mapped(file, how, _SPELLINGS, tuple(_SPELLINGS))
            continue
        named = {name: name for name in _SAMPLE}
        broken: list[BrokenRow] = []
        for batch in read_batches(file, how, broken, names=_SAMPLE):
            yield RawRows(
                file, batch.table.to_pandas().drop(columns=["number_in_sample"]), batch.lines, named
            )
        if broken:
            yield RawRows(
                file,
                pd.DataFrame(columns=list(_SPELLINGS)),
                np.empty(0, dtype=np.int64),
                named,
                broken,
            )


def _is_sample(first_row: Sequence[str]) -> bool:
    """Whether a file is the sample without a header, its first row all numbers."""
    return len(first_row) == len(_SAMPLE) and all(
        cell.replace(".", "").isdigit() for cell in first_row
    )


CDNOW = Profile(
    "cdnow",
    _read_orders,
    spellings=_SPELLINGS,
    marks=("number_of_cds", "dollar_value"),
    timezone="UTC",
    currency="USD",
    headless=len(_SAMPLE),
)
