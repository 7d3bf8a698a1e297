"""Rows of an export → canonical tables: staged, validated, parsed, detected and published.

`pipeline` imports a shop: `units` says what its files are, `staging` reads them into
`staged_parts`, `validation` checks each row, `build_tables` and `manifest` make the tables.
`detection` recognises an unknown export, `column_guesses` its columns.
"""
