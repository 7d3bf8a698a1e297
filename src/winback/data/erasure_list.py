"""Who was erased stays so: keyed marks of their ids and phone numbers, which the door turns away at
every import (CONTRACTS 1).

A mark tells nobody whose it is without the shop's key, and with it only to who knows the id
already.
"""

import hmac
import json
import shutil
from collections.abc import Collection
from pathlib import Path

from winback.core.files import write_whole
from winback.data.ingest.parsing import Column
from winback.data.store import engine, parquet

_FILE = "erased.json"


def marks_in(folder: Path) -> frozenset[str]:
    """The marks of a shop. folder: the shop's own."""
    try:
        return frozenset(json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()


def mark(key: bytes, kind: str, value: str) -> str:
    """The mark of an id (`customer`) or of a phone's pseudonym (`phone`)."""
    return hmac.digest(key, f"erased\0{kind}\0{value}".encode(), "sha256").hex()


def add_marks(folder: Path, marks: Collection[str]) -> None:
    """Let whoever bears these marks never come back."""
    write_whole(folder / _FILE, json.dumps(sorted(marks_in(folder) | set(marks))))
    (folder / _FILE).chmod(0o600)


def bears(values: Column, key: bytes, kind: str, marks: frozenset[str]) -> Column:
    """Which of some values bear a mark."""
    return values.isin(
        [
            value
            for value in values.dropna().unique()
            if marks and mark(key, kind, str(value)) in marks
        ]
    )


def phones_of(folder: Path, customers: Collection[str], listed: Collection[str] = ()) -> list[str]:
    """The pseudonyms of the phones that customers ordered with, and of those a list has of them;
    without phones that anybody else ordered with, too: a family's number, or one that an export
    puts where there is none, names nobody."""
    files = sorted((folder / "staged").glob("*/*-lines.parquet"))
    if not files:
        return sorted(listed)
    asked = (
        f"select phone_hash, bool_and(list_contains(?, customer_id)) from {parquet(files)} where "
        f"phone_hash is not null"
        " group by phone_hash having bool_or(list_contains(?, customer_id)) or list_contains(?, "
        "phone_hash)"
    )
    theirs = dict(
        engine().execute(asked, [list(customers), list(customers), list(listed)]).fetchall()
    )
    return sorted(phone for phone in {*theirs, *listed} if theirs.get(phone, True))


def drop_old_tables(folder: Path) -> int:
    """Remove every import but the published one; returns how many there were."""
    current = (folder / "tables").resolve()
    old = [each for each in (folder / "imports").iterdir() if each.resolve() != current]
    for each in old:
        shutil.rmtree(each)
    return len(old)
