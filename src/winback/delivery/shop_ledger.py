"""A shop's ledger, opened with the key its rows are sealed under."""

from winback.config.shop import Shop
from winback.core.paths import DataPaths
from winback.data.pseudonyms import load_key
from winback.ledger.engine import Ledger, open_ledger


def open_shop_ledger(shop: Shop, home: DataPaths, keep_open: bool = False) -> Ledger:
    """The shop's ledger. The key lies in the machine's state folder, where no backup of the data
    takes it along, or comes from the environment by the shop file. Raises LedgerRefused and
    KeyUnreadable."""
    path = home.get_ledger_path(shop.name)
    return open_ledger(path, shop.ledger, keep_open, load_seal_key(shop, home))


def load_seal_key(shop: Shop, home: DataPaths) -> bytes:
    """The key of a shop's seals; drawn when it is first asked for. Raises KeyUnreadable."""
    if shop.waves.seal_key is not None:
        return bytes.fromhex(shop.waves.seal_key)
    return load_key(home.state_root / "seal.key")
