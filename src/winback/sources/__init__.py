"""Shop exports → orders, order lines, refunds and events, checked at the door and published whole.

`profiles` has one file a kind of export; `recognition` says what an unknown one is; `store` keeps the tables and opens
them again.

A name is loaded when it is first asked for: the service opens tables without the pandas that reading exports needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from winback.sources.contacts import MARKETPLACES, Contact, Contacts, known_as, read_addresses, read_contacts
    from winback.sources.containers import SourceFile
    from winback.sources.data_quality import quality
    from winback.sources.erasing import add_marks, drop_old_tables, mark, marks_in, phones_of
    from winback.sources.explaining import Fate, explain
    from winback.sources.importing import apart_pairs, import_shop, keep_apart
    from winback.sources.profiles import PROFILES
    from winback.sources.pseudonyms import key_of, key_print, pseudonym
    from winback.sources.recognition import Recognised, preview, recognise
    from winback.sources.store import (
        Manifest,
        Store,
        create_table,
        engine,
        first_known,
        gap_days,
        literal,
        merges_in,
        open_store,
        publish_folder,
        write_whole,
    )

_FROM = {
    "contacts": (
        "Contact",
        "Contacts",
        "MARKETPLACES",
        "known_as",
        "read_addresses",
        "read_contacts",
    ),
    "containers": ("SourceFile",),
    "erasing": (
        "add_marks",
        "drop_old_tables",
        "mark",
        "marks_in",
        "phones_of",
    ),
    "explaining": (
        "Fate",
        "explain",
    ),
    "importing": (
        "apart_pairs",
        "import_shop",
        "keep_apart",
    ),
    "profiles": ("PROFILES",),
    "pseudonyms": (
        "key_of",
        "key_print",
        "pseudonym",
    ),
    "data_quality": ("quality",),
    "recognition": (
        "Recognised",
        "preview",
        "recognise",
    ),
    "store": (
        "Manifest",
        "Store",
        "create_table",
        "engine",
        "first_known",
        "gap_days",
        "literal",
        "merges_in",
        "open_store",
        "publish_folder",
        "write_whole",
    ),
}
_PLACE = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    """A name of the room, from the file that has it."""
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)
    globals()[name] = found  # asked once
    return found


__all__ = [
    "MARKETPLACES",
    "PROFILES",
    "Contact",
    "Contacts",
    "Fate",
    "Manifest",
    "Recognised",
    "SourceFile",
    "Store",
    "add_marks",
    "apart_pairs",
    "create_table",
    "drop_old_tables",
    "engine",
    "explain",
    "first_known",
    "gap_days",
    "import_shop",
    "keep_apart",
    "key_of",
    "key_print",
    "known_as",
    "literal",
    "mark",
    "marks_in",
    "merges_in",
    "open_store",
    "phones_of",
    "preview",
    "pseudonym",
    "publish_folder",
    "quality",
    "read_addresses",
    "read_contacts",
    "recognise",
    "write_whole",
]
