"""Rows too many to put together at once: spread over files by customer, shown a part at a time."""

from pathlib import Path

import duckdb

from winback.data.store import build_parquet_scan, quote_literal


class PartitionedTable:
    """The rows of a table by parts of customers: written once, then shown a part at a time."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, table: str, scratch: Path, parts: int
    ) -> None:
        self.con, self.table, self.parts = con, table, parts
        self.folder = scratch / f"spread-{table}"
        if parts > 1:
            # md5, because an engine's own hash may change with its version and parts must not.
            con.execute(
                f"copy (select *, md5_number_lower(customer_id) % {parts} as part from {table})"
                f" to {quote_literal(str(self.folder))} (format parquet, partition_by (part))"
            )

    def create_view(self, name: str, part: int) -> None:
        """Make a view `name` of one part's rows."""
        source = f"from {self.table}"
        if self.parts > 1:
            files = sorted(self.folder.glob(f"part={part}/*.parquet"))
            scan = build_parquet_scan(files, "hive_partitioning = false") if files else ""
            source = f"from {scan}" if files else f"from {self.table} limit 0"
        self.con.execute(f"create or replace temp view {name} as {source}")
