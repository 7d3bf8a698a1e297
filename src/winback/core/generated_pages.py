"""Pages of `docs/` that are made from the code: written by `make docs`, checked by `make check`."""

import sys
from collections.abc import Mapping
from pathlib import Path


def write_or_check(pages: Mapping[Path, str], *, check: bool) -> int:
    """Write each text to its path, or with `check` name on stderr those that are out of date.

    Returns the exit code: 1 where a checked page is missing or has another text, else 0.
    """
    if not check:
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [
        str(path)
        for path, text in pages.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if stale:
        print(f"Out of date: {', '.join(stale)}. Run `make docs`.", file=sys.stderr)
    return int(bool(stale))
