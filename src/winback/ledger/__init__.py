"""The only mutable truth: what must survive a crash, in SQLite beside the shop or in Postgres by URL (DESIGN 2).

`database` opens and migrates it; `tables` says what is in it; `keys` are who may ask the service.
"""

from winback.ledger.database import Ledger, open_ledger
from winback.ledger.keys import SCOPES, Key, NewKey, Scope, create_key, known_keys, list_keys, read_token, revoke_key, used

__all__ = [
    "SCOPES", "Key", "Ledger", "NewKey", "Scope", "create_key", "known_keys", "list_keys", "open_ledger", "read_token",
    "revoke_key", "used",
]  # fmt: skip
