"""What may keep a message back, as it is now: read again within a run as soon as the tables, the
list of contacts or the settings are others."""

import time
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
_SECONDS_OF_REST = 1.0  # after which a file that is as it was is taken to be written
_MOST_LOOKS = 30


@dataclass
class CurrentRules:
    """A shop's rules. load_shop: reads its settings anew; settings: the files they stand in; sleep:
    waits for so many seconds."""

    load_shop: Callable[[], Shop]
    settings: tuple[Path, ...]
    ledger: Ledger
    folder: Path
    sleep: Callable[[float], None] = time.sleep
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
        if self._stamp is not None:
            self._wait_until_written()
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

    def _wait_until_written(self) -> None:
        """Let what changes a file within a run finish: half a list of contacts would settle whom it
        does not have yet. Raises ChannelStopped where it goes on and on."""
        before = self._read_stamp(self._files)
        for _ in range(_MOST_LOOKS):
            self.sleep(_SECONDS_OF_REST)
            after = self._read_stamp(self._files)
            if after == before:
                return
            before = after
        raise ChannelStopped("list_busy")

    def _read_stamp(self, files: tuple[Path, ...]) -> Stamp:
        link = self.folder / "tables"
        return (link.readlink() if link.is_symlink() else None, *map(_read_file_stamp, files))


def _read_file_stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino
