"""The compiler: the feature list as one SQL statement a cut-off.

Tables `orders`, `order_lines`, `refunds` and `events` go in; one row for each
customer who ever ordered comes out, its columns in the order of the list. A table is cut in time
where its rows are first read and nowhere else, so no feature can forget it. Windows decide what is
read: events older than the longest window never are.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from winback.core.cutoff import Cutoff
from winback.features.dialects import DIALECTS
from winback.features.dsl import (
    Feature,
)
from winback.features.registry import FEATURES

if TYPE_CHECKING:  # the service that scores loads no engine
    import duckdb
from winback.features.sql_statement import Statement


def compute_features(
    con: "duckdb.DuckDBPyConnection",
    cutoff: Cutoff,
    feeds: frozenset[str],
    features: Iterable[Feature] = FEATURES,
) -> pa.Table:
    """The feature table of the customers whose tables `con` sees, sorted by customer_id;
    doubles, null = missing."""
    table = con.sql(compile_features(cutoff, feeds, features=features)).to_arrow_table()
    # How many chunks there are depends on the threads' luck, and would show in the bytes of a file
    # written from it.
    return table.combine_chunks()


def compile_features(
    cutoff: Cutoff,
    feeds: frozenset[str],
    dialect: str = "duckdb",
    features: Iterable[Feature] = FEATURES,
) -> str:
    """The statement that makes the feature table (A20).

    feeds: what the shop had begun to send (see `get_available_feeds`); features of other feeds
    are null
    columns.
    """
    return Statement(cutoff, feeds, DIALECTS[dialect], tuple(features)).compile()


def compile_lines(cutoff: Cutoff, feeds: frozenset[str]) -> str:
    """The queries (DuckDB) that end in `line_rows`: lines of orders that count, known before the
    cut-off and not refunded."""
    statement = Statement(cutoff, feeds, DIALECTS["duckdb"], ())
    return ",\n".join(
        f"{name} as (\n  {query}\n)"
        for name, query in statement.build_row_queries(with_lines=True).items()
    )
