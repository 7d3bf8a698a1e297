"""Shop exports → orders, order lines, refunds and events, validated on entry and published whole.

`platforms` has one file a kind of export, `ingest` makes tables of the rows that `winback.readers`
gives, `store` keeps the tables and opens them again. Only `ingest` needs pandas: the service opens
tables without it.
"""
