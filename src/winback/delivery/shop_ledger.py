"""A shop's ledger, opened with the key its rows are sealed under."""

import json
from pathlib import Path

from winback.config.shop import Shop
from winback.core.paths import DataPaths
from winback.data.pseudonyms import load_key
from winback.ledger.bindings import load_bindings
from winback.ledger.engine import HEAD, Ledger, open_ledger
from winback.ledger.wave_seals import fingerprint_seal_key

ABOUT = "ledger.json"  # in the folder of each ledger a machine keeps something of


def open_shop_ledger(shop: Shop, home: DataPaths, keep_open: bool = False) -> Ledger:
    """The shop's ledger. The key lies in the machine's state folder, where no backup of the data
    takes it along, or comes from the environment by the shop file.

    Where neither the key is the ledger's nor the state folder, it can be read and not written to: a
    shell without WINBACK_STATE, or another machine. Raises LedgerRefused and KeyUnreadable.
    """
    path, key = home.get_ledger_path(shop.name), load_seal_key(shop, home)
    ledger = open_ledger(path, shop.ledger, keep_open, key)
    ledger.allow_writes(not _is_sealed_elsewhere(ledger, key, home.state_root))
    return ledger


def load_seal_key(shop: Shop, home: DataPaths) -> bytes:
    """The key of a shop's seals; drawn when it is first asked for. Raises KeyUnreadable."""
    if shop.waves.seal_key is not None:
        return bytes.fromhex(shop.waves.seal_key)
    return load_key(home.state_root / "seal.key")


def _is_sealed_elsewhere(ledger: Ledger, key: bytes, state_root: Path) -> bool:
    """Whether a ledger is sealed under a key that was never this state folder's. One that lost its
    key is: it keeps the ledger's state, and seals it anew."""
    if ledger.path is not None and not ledger.path.exists():
        return False
    if ledger.read_version() != HEAD:
        return False
    bound = load_bindings(ledger)
    if bound.get("seal_key", fingerprint_seal_key(key)) == fingerprint_seal_key(key):
        return False
    kept = (json.loads(each.read_text(encoding="utf-8")) for each in state_root.glob(f"*/{ABOUT}"))
    return all(each["ledger"] != bound.get("ledger") for each in kept)
