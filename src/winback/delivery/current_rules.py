"""What may keep a message back, as it is now: read again within a run as soon as the tables, the
list of contacts or the settings are others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.data.store import open_store
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.contact_addresses import update_vault
from winback.delivery.suppression_rules import get_suppression_rules
from winback.ledger.engine import Ledger
from winback.ledger.suppression import SuppressionRules
from winback.playbooks.matching import load_playbook

Stamp = tuple[object, ...]


@dataclass
class CurrentRules:
    """A shop's rules. load_shop: reads its settings anew; settings: the files they stand in."""

    load_shop: Callable[[], Shop]
    settings: tuple[Path, ...]
    ledger: Ledger
    folder: Path
    _stamp: Stamp | None = None
    _files: tuple[Path, ...] = ()
    _rules: SuppressionRules = field(default_factory=SuppressionRules)
    _channels: object = None

    def get(self, now: datetime) -> SuppressionRules:
        if not self.is_current():
            self._load(now)
        return self._rules

    def is_current(self) -> bool:
        return self._stamp == self._read_stamp(self._files)

    def forget(self) -> None:
        self._stamp = None

    def _load(self, now: datetime) -> None:
        shop = self.load_shop()
        if self._channels not in (None, shop.channels):
            raise ChannelStopped("settings_changed")  # the next run takes the new ones
        self._channels = shop.channels
        contacts = shop.folder / shop.contacts.path if shop.contacts else None
        self._files = (*self.settings, *([contacts] if contacts else []))
        # Before anything is read: what changes meanwhile is read again.
        stamp, store = self._read_stamp(self._files), open_store(self.folder)
        update_vault(shop, store, self.ledger, self.folder, now)
        self._rules = get_suppression_rules(
            shop, load_playbook(shop), store, self.ledger, self.folder, now
        )
        self._stamp = stamp

    def _read_stamp(self, files: tuple[Path, ...]) -> Stamp:
        link = self.folder / "tables"
        return (link.readlink() if link.is_symlink() else None, *map(_read_file_stamp, files))


def _read_file_stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino
