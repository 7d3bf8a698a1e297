"""A query of a database → batches of text, all from one snapshot of it.

Any database SQLAlchemy knows; its driver is the shop's to install. Rows come in batches from a
cursor on the server, so that a table larger than memory passes through.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from winback.core.errors import DatabaseRefused
from winback.readers.batches import Batch

ROWS = 50_000


def read_query(url: str, query: str) -> Iterator[Batch]:
    """The rows a query gives, every cell as text. Raises DatabaseRefused.

    The whole query sees one state of the database: it is one statement, in a read-only transaction
    of its own.
    """
    try:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            result = connection.execution_options(stream_results=True, yield_per=ROWS).execute(
                sa.text(query)
            )
            names, row = list(result.keys()), 1
            for part in result.partitions(ROWS):
                yield _build_batch(names, part, row)
                row += len(part)
            if row == 1:
                yield _build_batch(names, [], row)
        engine.dispose()
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise DatabaseRefused(database=mask_password(url), detail=_get_first_line(error)) from None


def _build_batch(names: list[str], part: Sequence[sa.Row[Any]], row: int) -> Batch:
    """A batch of text, its rows numbered from `row` on."""
    columns = [
        pa.array([_to_text(record[at]) for record in part], pa.string()) for at in range(len(names))
    ]
    lines = np.arange(row, row + len(part), dtype=np.int64)
    return Batch(pa.RecordBatch.from_arrays(columns, names=names), lines)


def mask_password(url: str) -> str:
    """A database's address without its password."""
    return re.sub(r"//([^:/@]+):.*@", r"//\1:***@", url)


def _get_first_line(error: Exception) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return mask_password(text.splitlines()[0] if text else type(error).__name__)


def _to_text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).hex()
    return cell.isoformat(" ") if hasattr(cell, "hour") and hasattr(cell, "date") else str(cell)
