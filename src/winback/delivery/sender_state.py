"""The state folder: what this machine keeps of a shop's ledger outside of WINBACK_HOME, so that no
backup of that turns it back.

In it lie the machine's id, and for each ledger a key, the journal of its claims, and a copy of what
the holdout is drawn by. A ledger that is older than its journal, or that another machine sent from,
sends nothing until a person says how it came about (docs/how-to/waves.md).
"""

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from winback.core.files import replace_atomically
from winback.core.paths import DataPaths
from winback.core.wave_errors import (
    DrawsMissing,
    LedgerBehind,
    LedgerMoved,
    LedgerReleased,
    LedgerRestored,
    StateMissing,
)
from winback.data.pseudonyms import load_key
from winback.delivery.claim_journal import ClaimJournal, JournalAhead
from winback.delivery.dispatcher import TURN
from winback.delivery.shop_ledger import ABOUT
from winback.ledger.audit_log import read_end
from winback.ledger.bindings import load_bindings, set_bindings
from winback.ledger.engine import Ledger
from winback.ledger.holdout_draws import Draws, load_draws, restore_draws
from winback.ledger.outbox import ClaimedMessage, list_claims_after
from winback.ledger.recovery import get_last_claim
from winback.ledger.seal_audit import SealMarks, adopt_seals, advance_marks, rewind_marks
from winback.ledger.wave_seals import fingerprint_seal_key

_DRAWS, _SEALS = "draws.json", "seals.json"
_SEALER = "seals"  # who notes in the log that a ledger was sealed anew


def open_sender_state(shop: str, home: DataPaths, ledger: Ledger) -> "SenderState":
    """What this machine keeps of a shop's ledger."""
    return SenderState(home.state_root, shop, home.get_shop_folder(shop), ledger)


@dataclass(frozen=True)
class SenderState:
    """What a machine keeps of one ledger. root: the machine's state folder; shop_folder: the
    shop's own, where the other copy of the journal lies."""

    root: Path
    shop: str
    shop_folder: Path
    ledger: Ledger

    @property
    def machine(self) -> str:
        """The id of this machine, drawn when it is first asked for."""
        return load_key(self.root / "machine.id").hex()[:32]

    @property
    def folder(self) -> Path:
        """Where this ledger's state lies: found by the ledger's own id, else by its place, so that
        a moved folder keeps it and a replaced ledger meets it."""
        bound = load_bindings(self.ledger).get("ledger")
        for about in sorted(self.root.glob(f"*/{ABOUT}")):
            kept = json.loads(about.read_text(encoding="utf-8"))
            if kept["ledger"] == bound or (bound is None and self._is_successor(kept)):
                return about.parent
        place = hashlib.sha256(self._place.encode()).hexdigest()[:12]
        return self.root / f"{re.sub(r'[^a-z0-9_-]', '_', self.shop)}-{place}"

    def _is_successor(self, kept: Mapping[str, str]) -> bool:
        """Whether this ledger, which was never planned in, stands for one of the same shop that is
        gone from where it was: moved and restored, or begun anew after its messages went out."""
        place = kept["place"]
        is_gone = place.startswith("/") and not Path(place).exists()
        return kept["shop"] == self.shop and place != self._place and is_gone

    @property
    def _place(self) -> str:
        path = self.ledger.path
        return str(path.resolve()) if path is not None else self.ledger.shown

    def read_id(self) -> str | None:
        """The id of the ledger this state is of; None where there is no state."""
        about = self.folder / ABOUT
        return json.loads(about.read_text(encoding="utf-8"))["ledger"] if about.is_file() else None

    def open_journal(self) -> ClaimJournal:
        """The journal of this ledger's claims. Raises JournalDamaged."""
        folder = self.folder
        paths = (folder / "claims.journal", self.shop_folder / "claims.journal")
        return ClaimJournal(paths, load_key(folder / "journal.key"))

    def forget(self, claims: Collection[ClaimedMessage]) -> None:
        """Take what the journal has of erased customers out of it; the numbers stay."""
        if claims:
            with self.open_journal() as journal:
                journal.forget(claims)

    def check(self, now: datetime) -> None:
        """Bind a new ledger to this machine; raises LedgerRestored, LedgerMoved, LedgerReleased or
        StateMissing for one that must not send."""
        self._check_sender(now)
        self._seal_where_new(now)

    def _check_sender(self, now: datetime) -> None:
        bound, known = load_bindings(self.ledger), self.read_id()
        if "ledger" not in bound and known is None:
            self.bind(now)
        elif "released" in bound:
            raise LedgerReleased(ledger=self.ledger.shown)
        elif bound.get("machine", self.machine) != self.machine:
            raise LedgerMoved(ledger=self.ledger.shown)
        elif known is None:
            raise StateMissing(folder=str(self.folder), ledger=self.ledger.shown)
        else:
            self._check_journal(bound.get("ledger") == known)

    def _check_journal(self, is_same: bool) -> None:
        last = get_last_claim(self.ledger, TURN)
        with self.open_journal() as journal:
            sent = journal.read_last()
            if sent > last or not is_same:
                raise LedgerRestored(ledger=self.ledger.shown, known=last, sent=sent)
            try:
                journal.record(list_claims_after(self.ledger, sent))
            except JournalAhead as ahead:  # another copy has begun to send since it was read
                restored = LedgerRestored(ledger=self.ledger.shown, known=last, sent=ahead.last)
                raise restored from None
        self._check_log()

    def _check_log(self) -> None:
        """Raises LedgerBehind for a ledger that has lost entries of its log though no claim: with
        them opt-outs, pauses and decisions are gone."""
        marks, key = self.read_marks(), self.ledger.seal_key
        if marks is None or key is None or marks.key != fingerprint_seal_key(key):
            return
        with self.ledger.begin_read() as connection:
            known = read_end(connection).seq
        if known < marks.end.seq:
            raise LedgerBehind(ledger=self.ledger.shown, known=known, written=marks.end.seq)

    def prepare_plan(self, now: datetime) -> None:
        """Before arms are drawn: bind a new ledger, and bring back what a restored one has lost.
        Raises DrawsMissing."""
        if self.read_id() is None and "ledger" not in load_bindings(self.ledger):
            self.bind(now)
        elif load_bindings(self.ledger).get("ledger") == self.read_id():
            self._seal_where_new(now)
        self.sync_draws()

    def bind(self, now: datetime) -> None:
        """Make this the state of the ledger, and this machine the one that sends from it."""
        folder = self.folder
        known = self.read_id() or load_bindings(self.ledger).get("ledger")
        name = known or secrets.token_hex(16)
        about = {"ledger": name, "place": self._place, "shop": self.shop}
        _write_private(folder / ABOUT, json.dumps(about, ensure_ascii=False, sort_keys=True))
        set_bindings(self.ledger, {"ledger": name, "machine": self.machine, "released": None}, now)
        self._seal_where_new(now)
        self._follow_ledger()

    def read_marks(self) -> SealMarks | None:
        """What is kept of the ledger's seals; None before they are made."""
        path = self.folder / _SEALS
        return SealMarks.from_json(path.read_text(encoding="utf-8")) if path.is_file() else None

    def note_seals(self) -> None:
        """Keep how far the log and the sums of the seals are, so that nothing is cut off them
        unseen; where they were cut already, what is kept stays for the audit."""
        marks = self.read_marks()
        if marks is not None and self.ledger.seal_key is not None:
            self._write_marks(advance_marks(self.ledger, marks))

    def _seal_where_new(self, now: datetime) -> None:
        """Seal a ledger that was never sealed, or whose key is lost: under the new one nothing from
        before can be proven, and the audit says so."""
        key, marks = self.ledger.seal_key, self.read_marks()
        if key is None or (marks is not None and marks.key == fingerprint_seal_key(key)):
            return
        self._write_marks(adopt_seals(self.ledger, _SEALER, now))

    def _follow_ledger(self) -> None:
        """After a restore or a move a person has answered for: the marks are those of the ledger
        as it is now."""
        marks = self.read_marks()
        if marks is not None and self.ledger.seal_key is not None:
            self._write_marks(rewind_marks(self.ledger, marks))

    def _write_marks(self, marks: SealMarks) -> None:
        _write_private(self.folder / _SEALS, marks.to_json())

    def find_changed_draws(self) -> list[str]:
        """The salts and shares that are not as this machine keeps them."""
        path = self.folder / _DRAWS
        if not path.is_file():
            return []
        kept, now = Draws.from_json(path.read_text(encoding="utf-8")), load_draws(self.ledger)
        salts = [name for name, salt in kept.salts.items() if now.salts.get(name) != salt]
        shares = [key for key, share in kept.shares.items() if now.shares.get(key) != share]
        return sorted([*salts, *("/".join(key) for key in shares)])

    def sync_draws(self) -> None:
        """Give the ledger what its salts and shares were, where it has lost them, and keep a copy
        of what was drawn since. Raises DrawsMissing where both have lost them."""
        kept, path = Draws({}, {}), self.folder / _DRAWS
        if path.is_file():
            kept = Draws.from_json(path.read_text(encoding="utf-8"))
        elif not load_draws(self.ledger).salts and self.read_id() is not None:
            with self.open_journal() as journal:
                if journal.read_last():
                    raise DrawsMissing(ledger=self.ledger.shown, file=str(path))
        draws = restore_draws(self.ledger, kept)
        if draws != kept:
            _write_private(path, draws.to_json())


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, in a folder of the same kind."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replace_atomically(path) as fresh:
        fresh.touch(0o600)
        fresh.write_text(text, encoding="utf-8")
