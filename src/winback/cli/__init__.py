"""The `winback` command, and what `training/` shares with it."""

from winback.cli.commands import run
from winback.cli.telling import (
    day_of,
    explained,
    home_of,
    import_tables,
    language_of,
    sentence,
    utc_now,
    wide_console,
)

__all__ = [
    "day_of", "explained", "home_of", "import_tables", "language_of", "run", "sentence", "utc_now", "wide_console",
]  # fmt: skip
