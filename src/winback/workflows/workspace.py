"""What every workflow starts from: a shop, where its files lie, the clock, who acts, and how
progress is shown."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from winback.config.shop import Shop, load_shop
from winback.core.paths import DataPaths
from winback.data.store import Store, open_store
from winback.delivery.shop_ledger import open_shop_ledger
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.engine import Ledger
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.workflows.process import current_user, get_home, get_utc_now, show_progress

if TYPE_CHECKING:
    from winback.delivery.sender_state import SenderState
    from winback.model.bundle import Bundle


@dataclass(frozen=True)
class Workspace:
    """A shop to work on. actor: who decides, kept in the audit log; show_progress: takes the line
    to show, empty when it is over; shop_file: where the settings stand."""

    shop: Shop
    home: DataPaths
    language: Language
    clock: Callable[[], datetime]
    actor: str
    show_progress: Callable[[str], None]
    shop_file: Path

    @property
    def now(self) -> datetime:
        """The moment, naive UTC."""
        return self.clock()

    @property
    def folder(self) -> Path:
        return self.home.get_shop_folder(self.shop.name)

    @property
    def models_folder(self) -> Path:
        return self.home.get_models_folder(self.shop.name)

    def load_shop(self) -> Shop:
        """The shop as its file says now. Raises what is wrong with the file."""
        return load_shop(self.shop_file, os.environ)

    def open_store(self) -> Store:
        """The shop's tables. Raises NotImported."""
        return open_store(self.folder)

    def open_ledger(self, keep_open: bool = False) -> Ledger:
        """The shop's ledger, brought to its newest version. Raises LedgerNewer and
        LedgerRefused."""
        ledger = open_shop_ledger(self.shop, self.home, keep_open)
        ledger.migrate()
        return ledger

    def open_sender_state(self, ledger: Ledger) -> "SenderState":
        """What this machine keeps of the shop's ledger outside of WINBACK_HOME."""
        from winback.delivery.sender_state import open_sender_state

        return open_sender_state(self.shop.name, self.home, ledger)

    def note_seals(self, ledger: Ledger) -> None:
        """Keep outside of the ledger how far its audit log is, after something was decided."""
        self.open_sender_state(ledger).note_seals()

    def load_champion(self) -> "Bundle":
        """The model that scores. Raises NoModelYet and BundleDamaged."""
        # Here, so that a command that needs no model starts without XGBoost.
        from winback.features.registry import hash_spec
        from winback.model.versions import load_champion

        return load_champion(self.models_folder, hash_spec())

    def load_playbook(self) -> Playbook:
        """The shop's playbook. Raises what is wrong with it."""
        return load_playbook(self.shop)

    def show_part(self, part: int, parts: int) -> None:
        """Show which of its parts a long step is at."""
        self.show_progress(f"{self.shop.name}: {part}/{parts}")

    def show_count(self, count: int) -> None:
        """Show how much a long step has done."""
        self.show_progress(f"{self.shop.name}: {format_count(count)}")

    def show_file(self, file: str, rows: int) -> None:
        """Show which file is read, and how far; without a file, that what was read is put
        together."""
        values = {"file": file, "rows": format_count(rows)}
        key = "import.progress" if file else "import.building"
        self.show_progress(translate(key, self.language, values))

    def end_progress(self) -> None:
        """Take away what was shown."""
        self.show_progress("")


def open_workspace(shop_file: Path, language: Language, actor: str | None = None) -> Workspace:
    """A shop in this process's environment. actor: left out, the name one is logged in as. Raises
    what is wrong with the shop file."""
    return Workspace(
        load_shop(shop_file, os.environ),
        get_home(),
        language,
        get_utc_now,
        current_user(actor),
        show_progress,
        shop_file,
    )
