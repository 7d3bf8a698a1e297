"""The weekly recall list: who is on it, what to do about each customer, its history and its
files.

`recall_list` draws it up of `candidates`, `decisions` says what to do about each, `list_capacity`
who has room this week. `exports` writes it as files: `workbook`, `audiences` and, for readers,
`list_columns`, the one place that names each column. `message_preview` shows one customer's
messages.
"""
