"""Shop exports → orders, order lines, refunds and events, validated on entry and published whole.

`readers` turn files into rows, `platforms` has one file a kind of export, `ingest` makes tables of
them, `store` keeps the tables and opens them again. Only `readers` and `ingest` need pandas: the
service opens tables without it.
"""
