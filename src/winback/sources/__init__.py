"""Shop exports → orders, order lines, refunds and events, checked at the door and published whole.

One file a kind of shop; `store` keeps the tables and opens them again.
"""

from winback.sources.importing import apart_pairs, import_shop, keep_apart
from winback.sources.profiles import PROFILES
from winback.sources.store import (
    Manifest,
    Store,
    create_table,
    engine,
    first_known,
    gap_days,
    literal,
    open_store,
    publish_folder,
)

__all__ = [
    "PROFILES",
    "Manifest",
    "Store",
    "apart_pairs",
    "create_table",
    "engine",
    "first_known",
    "gap_days",
    "import_shop",
    "keep_apart",
    "literal",
    "open_store",
    "publish_folder",
]
