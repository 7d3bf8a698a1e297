"""What is being served: a model, a snapshot and the keys; and how others take their place while questions come in.

Looked at once a second. A new model is tried in a child process first and then loaded; each takes its place in one step, so an
answer is wholly of one model and one snapshot. What is refused is named, and what was there before serves on (DESIGN 8).
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from winback.campaigns import Playbook
from winback.errors import WinbackError
from winback.features import spec_hash
from winback.ledger import Key, Ledger, known_keys, used
from winback.model import Bundle, before, load_bundle, reigning
from winback.segments import Thresholds
from winback.serving.playing import book_of
from winback.serving.service.trying import why_not
from winback.serving.shelf import Shelf, open_shelf, shelves
from winback.settings import Home, Shop

LOOK_SECONDS = 1.0
NOTE_SECONDS = 60.0  # between two notes of which keys were used
MOST_PAST = 60  # earlier snapshots that a customer's history shows
_THREADS = 1  # of the trees: a second one costs a single row more than it gains

Say = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Served:
    """A model that serves."""

    bundle: Bundle
    thresholds: Thresholds

    @classmethod
    def of(cls, bundle: Bundle) -> "Served":
        return cls(bundle, Thresholds.of(bundle.thresholds))

    @property
    def learned_until(self) -> date:
        """The last day whose outcomes it has seen."""
        return date.fromisoformat(self.bundle.manifest["window"]["outcomes_until"])


@dataclass
class KeyRing:
    """The keys as last read. open: none was ever made, so that none is asked for."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    open: bool = False
    readable: bool = False
    seen: set[str] = field(default_factory=set)  # used since last noted

    def take(self, keys: list[Key]) -> None:
        self.keys, self.open, self.readable = {key.key_id: key for key in keys}, not keys, True


class Live:
    """The one model, snapshot and ring of keys of this process."""

    def __init__(self, shop: Shop, home: Home, ledger: Ledger, now: Callable[[], datetime], say: Say) -> None:
        self.shop, self.now, self.ring = shop, now, KeyRing()
        self.served: Served | None = None
        self.shelf: Shelf | None = None
        self.book: Playbook | None = None
        self.refused: dict[str, str] = {}
        self.draining = False
        self._models, self._snapshots = home.models(shop.name), home.shop(shop.name) / "snapshots"
        self._ledger, self._say = ledger, say
        self._spec = spec_hash()
        self._tried: set[tuple[str, int]] = set()  # bundles refused, and when they were written
        self._past: dict[Path, Shelf] = {}
        self._noted: datetime | None = None
        self._stamp: tuple[int, ...] | None = None

    def first_look(self) -> None:
        """Open what there is; nothing serves before this one, so the model is loaded here (its sha256 is checked first)."""
        self._read_keys()
        self._read_book()
        self._find_shelf()
        wanted = reigning(self._models)
        while wanted is not None and self.served is None:
            try:
                self.served = Served.of(load_bundle(self._models / wanted, self._spec, _THREADS))
            except WinbackError as error:
                self._refuse(wanted, str(error.values.get("detail") or "another feature list"))
                wanted = self._one_before(wanted)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception as error:  # a disk that does not answer now may do so the next time
                self._say("serve.not_looked", {"detail": f"{type(error).__name__}: {error}"})

    async def look(self) -> None:
        """See whether there are another model, snapshot or keys, and serve them."""
        await asyncio.to_thread(self._read_keys)
        shelf = self.shelf
        await asyncio.to_thread(self._find_shelf)
        if self.shelf is not shelf and self.shelf is not None:
            self._read_book()  # its plays are those the snapshot names
            self._say("serve.snapshot", {"cutoff": self.shelf.day})
        await self._find_model()

    def past(self) -> list[Shelf]:
        """Earlier snapshots, newest first."""
        found: dict[Path, Shelf] = {}
        for folder in list(shelves(self._snapshots))[:MOST_PAST]:
            if self.shelf is not None and folder == self.shelf.folder:
                continue
            with contextlib.suppress(WinbackError):
                found[folder] = self._past.get(folder) or open_shelf(folder)
        self._past = found
        return list(found.values())

    def why_not_ready(self) -> list[str]:
        """Keys of the catalogue; empty: ready."""
        faults = {
            "serve.draining": self.draining, "serve.no_model": self.served is None,
            "serve.no_snapshot": self.shelf is None, "serve.no_ledger": not self.ring.readable,
        }  # fmt: skip
        return [key for key, wrong in faults.items() if wrong]

    async def _find_model(self) -> None:
        wanted = reigning(self._models)
        if wanted is None or (self.served is not None and wanted == self.served.bundle.version):
            return
        folder = self._models / wanted
        attempt = (wanted, folder.stat().st_mtime_ns if folder.is_dir() else 0)
        if attempt in self._tried:
            return
        fault = await why_not(folder)
        if fault is None:
            try:
                self.served = Served.of(await asyncio.to_thread(load_bundle, folder, self._spec, _THREADS))
                self.refused.pop(wanted, None)
                self._say("serve.model", {"version": wanted})
                return
            except WinbackError as error:  # it changed between the two
                fault = str(error.values.get("detail"))
        self._tried.add(attempt)
        self._refuse(wanted, fault)

    def _refuse(self, version: str, why: str) -> None:
        self.refused[version] = why
        self._say("model_refused", {"version": version, "detail": why})

    def _one_before(self, version: str) -> str | None:
        """The model to fall back on when the service starts with a bad one."""
        try:
            earlier = before(self._models)
        except WinbackError:
            return None
        return earlier if earlier != version and earlier not in self.refused else None

    def _find_shelf(self) -> None:
        for folder in shelves(self._snapshots):
            if self.shelf is not None and folder == self.shelf.folder:
                return
            stamp = (str(folder), folder.stat().st_mtime_ns)
            if stamp in self._tried:
                continue
            try:
                self.shelf = open_shelf(folder)
                return
            except WinbackError as error:
                self._tried.add(stamp)
                self._say("shelf_damaged", {"file": str(folder), "detail": "", **error.values})

    def _read_book(self) -> None:
        with contextlib.suppress(WinbackError):  # `winback score` refuses it in words
            self.book = book_of(self.shop)

    def _read_keys(self) -> None:
        now = self.now()
        try:
            stamp = self._ledger.stamp()
            if stamp is None or stamp != self._stamp or not self.ring.readable:
                self.ring.take(known_keys(self._ledger))
                self._stamp = stamp
            if self.ring.seen and (self._noted is None or (now - self._noted).total_seconds() >= NOTE_SECONDS):
                seen, self.ring.seen, self._noted = self.ring.seen, set(), now
                used(self._ledger, sorted(seen), now)
        except WinbackError:
            self.ring.readable = False
