"""Lists people have worked on: a CSV as whatever program saved it last, read by its content.

A spreadsheet saves with the separator of its country, and in its encoding.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from winback.core.errors import WinbackError
from winback.readers.encodings import detect_encoding

_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class EditedList:
    """The rows of a list, its header first, and what stands between their cells."""

    rows: list[list[str]]
    separator: str


def read_edited_list(path: Path) -> EditedList:
    """A list as it lies there; rows without a cell are left out. Raises ValueError and csv.Error
    where it is no text."""
    raw = path.read_bytes()
    text = raw.decode(_choose_codec(raw, path)).removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[4], rest  # what some programs write above a table
    else:
        separator = max(_SEPARATORS, key=first.count)  # of as many, the first
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return EditedList([row for row in rows if row], separator)


def _choose_codec(raw: bytes, path: Path) -> str:
    try:
        return detect_encoding(lambda: io.BytesIO(raw), "auto", str(path))
    except WinbackError:  # left open by its letters: what most of our lists are in
        return "gb18030"
