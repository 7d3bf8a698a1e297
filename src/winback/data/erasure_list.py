"""Who was erased stays so: keyed marks of their ids, phone numbers and e-mail addresses, which
validation refuses at every import.

A mark tells nobody whose it is without the shop's key, and with it only to who knows the id
already.
"""

import hmac
import json
import shutil
from collections.abc import Collection
from pathlib import Path

from pyarrow.parquet import read_schema

from winback.core.files import write_atomically
from winback.data.ingest.parsing import Column
from winback.data.store import build_parquet_scan, open_engine

_FILE = "erased.json"


def load_erased(folder: Path) -> frozenset[str]:
    """The marks of a shop. folder: the shop's own."""
    try:
        return frozenset(json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()


def hash_erased(key: bytes, kind: str, value: str) -> str:
    """The mark of an id (`customer`) or of the pseudonym of a `phone` or an `email`."""
    return hmac.digest(key, f"erased\0{kind}\0{value}".encode(), "sha256").hex()


def add_erased(folder: Path, marks: Collection[str]) -> None:
    """Let whoever bears these marks never come back."""
    write_atomically(folder / _FILE, json.dumps(sorted(load_erased(folder) | set(marks))))
    (folder / _FILE).chmod(0o600)


def is_erased(values: Column, key: bytes, kind: str, marks: frozenset[str]) -> Column:
    """Which of some values bear a mark."""
    return values.isin(
        [
            value
            for value in values.dropna().unique()
            if marks and hash_erased(key, kind, str(value)) in marks
        ]
    )


def find_contacts(
    folder: Path, column: str, customers: Collection[str], listed: Collection[str] = ()
) -> list[str]:
    """The pseudonyms of what customers ordered with, and of those a list has of them; without
    those that anybody else ordered with, too: a family's number, or one that an export puts where
    there is none, names nobody. column: `phone_hash` or `email_hash`."""
    files = [
        each
        for each in sorted((folder / "staged").glob("*/*-lines.parquet"))
        if column in read_schema(each).names  # what was read by an older version has no e-mails
    ]
    if not files:
        return sorted(listed)
    query = (
        f"select {column}, bool_and(list_contains(?, customer_id)) "
        f"from {build_parquet_scan(files)} where {column} is not null "
        f"group by all having bool_or(list_contains(?, customer_id)) or list_contains(?, {column})"
    )
    contacts = dict(
        open_engine().execute(query, [list(customers), list(customers), list(listed)]).fetchall()
    )
    return sorted(each for each in {*contacts, *listed} if contacts.get(each, True))


def drop_old_tables(folder: Path) -> int:
    """Remove every import but the published one; returns how many there were."""
    current = (folder / "tables").resolve()
    old = [each for each in (folder / "imports").iterdir() if each.resolve() != current]
    for each in old:
        shutil.rmtree(each)
    return len(old)
