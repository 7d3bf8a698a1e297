"""Bytes → rows: CSV, Excel, JSON, Parquet, archives and databases, in any encoding."""
