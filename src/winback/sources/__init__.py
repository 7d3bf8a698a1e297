"""Shop exports → orders, order lines, refunds and events, checked at the door and published whole.

`profiles` has one file a kind of export; `recognise` says what an unknown one is; `store` keeps the tables and opens
them again.
"""

from winback.sources.contacts import MARKETPLACES, Contact, Contacts, known_as, read_addresses, read_contacts
from winback.sources.containers import SourceFile
from winback.sources.erasing import add_marks, drop_old_tables, mark, marks_in, phones_of
from winback.sources.explaining import Fate, explain
from winback.sources.importing import apart_pairs, import_shop, keep_apart
from winback.sources.profiles import PROFILES
from winback.sources.pseudonyms import key_of, key_print, pseudonym
from winback.sources.quality import quality
from winback.sources.recognise import Recognised, preview, recognise
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
