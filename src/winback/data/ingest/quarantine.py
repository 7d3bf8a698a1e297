"""Quarantine: the rows an import refused, each with its reason, as a table beside the others.

They are kept for as long as the tables they were refused from: `publish_tables` keeps an import and
the one before it.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from winback.core.schema import QUARANTINE
from winback.data.store import build_parquet_scan, get_sql_type


def create_quarantine_view(refused: Sequence[Path], con: duckdb.DuckDBPyConnection) -> None:
    """Show the refused rows of some files as `quarantine`; an empty table where there are none."""
    typed = ", ".join(
        f'cast(null as {get_sql_type(column)}) as "{column.name}"' for column in QUARANTINE.columns
    )
    names = ", ".join(f'"{name}"' for name in QUARANTINE.names)
    con.execute(
        f"create view quarantine as select {names} from {build_parquet_scan(refused)}"
        if refused
        else f"create view quarantine as select {typed} where false"
    )
