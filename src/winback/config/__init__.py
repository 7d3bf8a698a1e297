"""Every setting of a shop, read once from its TOML.

A shop is data, not code: `shops/<name>.toml` in the repository and any TOML outside it work the
same. `sources` says where rows come from, `source_columns` from which columns; `shop` puts all
parts together and reads the file. What no shop file changes stands in `rate_limit` and
`upload_limits`.
"""
