"""The `winback` command, and what `training/` shares with it."""

import sys

from winback.cli.telling import (
    day_of,
    explained,
    home_of,
    import_tables,
    language_of,
    utc_now,
    wide_console,
)
from winback.serving.refused import sentence

__all__ = [
    "day_of", "explained", "home_of", "import_tables", "language_of", "run", "sentence", "utc_now", "wide_console",
]  # fmt: skip


def run() -> None:
    """The `winback` command. The service starts without loading what the other commands need."""
    if sys.argv[1:2] == ["serve"]:
        from winback.cli.serve import app
    else:
        from winback.cli.commands import app
    app()
