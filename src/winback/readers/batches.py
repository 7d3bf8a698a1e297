"""Rows on their way from a file to a profile: raw columns with the number of each row's line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa

Reason = Literal[
    "broken_row",
    "above_table",
    "below_table",
    "header_again",
    "explains_columns",
    "sheet_not_read",
]

BATCH_BYTES = 8 << 20
BATCH_ROWS = 250_000

Lines: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True)
class Batch:
    """Some rows of a file. `lines` counts from 1: lines of a text file (the header is one), rows
    of any other."""

    table: pa.RecordBatch
    lines: Lines


@dataclass(frozen=True)
class BrokenRow:
    """A line that is no row. reason: it has not as many fields as the header and is refused, or it
    is no part of the table."""

    line: int
    fields: int
    expected: int
    reason: Reason = "broken_row"


def build_text_batch(
    names: Sequence[str], rows: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> Batch:
    """A batch of text columns from rows of cells."""
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(names))]
    return Batch(
        pa.RecordBatch.from_arrays(columns, names=list(names)), np.array(lines, dtype=np.int64)
    )
