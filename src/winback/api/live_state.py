"""What is being served: a model, a snapshot and the keys; and how others take their place while
questions come in.

Looked at once a second. A new model is tried in a child process first and then loaded; each takes
its place in one step, so an answer is wholly of one model and one snapshot. What is refused is
named, and what was there before serves on (DESIGN 8).
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from winback.api.bundle_check import BEHIND, PASSING, why_not
from winback.api.served_model import Served
from winback.config.shop import Shop
from winback.core.errors import WinbackError
from winback.core.paths import Home
from winback.features.registry import spec_hash
from winback.ledger.api_keys import Key, known_keys, used
from winback.ledger.engine import Ledger
from winback.model.versions import reigning, scored_before
from winback.playbooks.matching import book_of
from winback.playbooks.playbook import Playbook
from winback.scoring.snapshot_index import Shelf, open_shelf, shelves

LOOK_SECONDS = 1.0
NOTE_SECONDS = 60.0  # between two notes of which keys were used
RETRY_SECONDS = 60.0  # after a fault that may pass: a busy machine, memory that was short
MOST_PAST = 60  # earlier snapshots that a customer's history shows

Say = Callable[[str, Mapping[str, Any]], None]


@dataclass
class KeyRing:
    """The keys as last read. may_be_open: nobody beyond this machine can ask; open: none was
    ever made, so that none is asked for."""

    may_be_open: bool = True
    keys: Mapping[str, Key] = field(default_factory=dict)
    open: bool = False
    readable: bool = False
    seen: set[str] = field(default_factory=set)  # used since last noted

    def take(self, keys: list[Key]) -> None:
        self.keys, self.open, self.readable = (
            {key.key_id: key for key in keys},
            self.may_be_open and not keys,
            True,
        )


class Live:
    """The one model, snapshot and ring of keys of this process."""

    def __init__(
        self,
        shop: Shop,
        home: Home,
        ledger: Ledger,
        now: Callable[[], datetime],
        say: Say,
        may_be_open: bool = True,
    ) -> None:
        self.shop, self.now, self.ring = shop, now, KeyRing(may_be_open)
        self.served: Served | None = None
        self.shelf: Shelf | None = None
        self.book: Playbook | None = None
        self.refused: dict[str, str] = {}
        self.draining = False
        self._models, self._snapshots = home.models(shop.name), home.shop(shop.name) / "snapshots"
        self._ledger, self._say = ledger, say
        self._spec = spec_hash()
        self._mark = (
            home.shop(shop.name) / "served"
        )  # the version that was loaded last, and killed nobody
        self._tried: dict[
            tuple[str, int], float
        ] = {}  # what was refused, when it was written, and until when
        self._past: list[Shelf] = []
        self._damaged = False  # whether a snapshot was refused
        self._noted: datetime | None = None
        self._stamp: tuple[int, ...] | None = None

    def first_look(self) -> None:
        """Open what there is. A model that has served before is loaded at once, another one
        tried in a child first."""
        self._read_keys()
        self._read_book()
        self._find_shelf()
        wanted = reigning(self._models)
        for version in dict.fromkeys([wanted, *scored_before(self._models)] if wanted else []):
            folder = self._models / str(version)
            fault = None if self._has_served(str(version)) else asyncio.run(why_not(folder))
            if fault is None and self._serve(folder):
                return
            if fault is not None:
                self._refuse(folder, fault)

    async def watch(self) -> None:
        """Look again and again, until cancelled. Keys by themselves: a model may take its time."""
        await asyncio.gather(self._again(self.look_at_keys), self._again(self.look))

    async def _again(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await look()
            except Exception as error:  # a disk that does not answer now may do so the next time
                self._say("serve.not_looked", {"detail": f"{type(error).__name__}: {error}"})

    async def look_at_keys(self) -> None:
        """See whether keys were made or revoked."""
        await asyncio.to_thread(self._read_keys)

    async def look(self) -> None:
        """See whether there is another snapshot or model, and serve it."""
        shelf = self.shelf
        await asyncio.to_thread(self._find_shelf)
        if self.shelf is not shelf and self.shelf is not None:
            self._read_book()  # its plays are those the snapshot names
            self._say("serve.snapshot", {"cutoff": self.shelf.day})
        await asyncio.to_thread(self._find_past)
        await self._find_model()

    def past(self, shelf: Shelf) -> list[Shelf]:
        """The other snapshots there are, newest first."""
        return [each for each in self._past if each.folder != shelf.folder]

    def why_not_ready(self) -> list[str]:
        """Keys of the catalogue; empty: ready."""
        faults = {
            "serve.draining": self.draining,
            "serve.no_model": self.served is None and not self.refused,
            "serve.only_refused": self.served is None and bool(self.refused),
            "serve.no_snapshot": self.shelf is None and not self._damaged,
            "serve.only_damaged": self.shelf is None and self._damaged,
            "serve.no_ledger": not self.ring.readable,
        }
        return [key for key, wrong in faults.items() if wrong]

    async def _find_model(self) -> None:
        wanted = reigning(self._models)
        if wanted is None or (self.served is not None and wanted == self.served.bundle.version):
            return
        folder = self._models / wanted
        if not self._was_refused(folder):
            fault = await why_not(folder, niceness=BEHIND)
            if fault is not None:
                self._refuse(folder, fault)
            elif await asyncio.to_thread(self._serve, folder):
                self.refused.pop(wanted, None)
                self._say("serve.model", {"version": wanted})

    def _serve(self, folder: Path) -> bool:
        """Load a model and let it serve; False if it is refused."""
        try:
            self.served = Served.load(folder, self._spec)
        except WinbackError as error:
            self._refuse(folder, str(error.values.get("detail") or "another feature list"))
            return False
        with contextlib.suppress(OSError):
            self._mark.write_text(folder.name, encoding="utf-8")
        return True

    def _has_served(self, version: str) -> bool:
        try:
            return self._mark.read_text(encoding="utf-8") == version
        except OSError:
            return False

    def _refuse(self, folder: Path, why: str) -> None:
        self._tried[_stamp(folder)] = (
            time.monotonic() + RETRY_SECONDS if why in PASSING else float("inf")
        )
        self.refused[folder.name] = why
        self._say("model_refused", {"version": folder.name, "detail": why})

    def _was_refused(self, folder: Path) -> bool:
        return time.monotonic() < self._tried.get(_stamp(folder), 0.0)

    def _find_past(self) -> None:
        """Open the earlier snapshots: each is hashed once."""
        known = {shelf.folder: shelf for shelf in self._past}
        opened = (
            known.get(folder) or self._open(folder)
            for folder in list(shelves(self._snapshots))[:MOST_PAST]
        )
        self._past = [shelf for shelf in opened if shelf is not None]

    def _open(self, folder: Path) -> Shelf | None:
        """A snapshot, unless it is damaged."""
        if self._was_refused(folder):
            return None
        try:
            return open_shelf(folder)
        except WinbackError as error:
            self._tried[_stamp(folder)], self._damaged = float("inf"), True
            self._say("shelf_damaged", {"file": str(folder), "detail": "", **error.values})
            return None

    def _find_shelf(self) -> None:
        for folder in shelves(self._snapshots):
            if self.shelf is not None and folder == self.shelf.folder:
                return
            found = self._open(folder)
            if found is not None:
                self.shelf = found
                return

    def _read_book(self) -> None:
        try:
            self.book = book_of(self.shop)
        except WinbackError as error:  # scores need none, and the next step is left out
            self.book = None
            self._say(error.key(), error.values)

    def _read_keys(self) -> None:
        now = self.now()
        try:
            stamp = self._ledger.stamp()
            if stamp is None or stamp != self._stamp or not self.ring.readable:
                self.ring.take(known_keys(self._ledger))
                self._stamp = stamp
        except WinbackError:
            self.ring.readable = False
            return
        if self.ring.seen and (
            self._noted is None or (now - self._noted).total_seconds() >= NOTE_SECONDS
        ):
            seen, self.ring.seen, self._noted = self.ring.seen, set(), now
            with contextlib.suppress(
                WinbackError
            ):  # a ledger that cannot be written to can still be read
                used(self._ledger, sorted(seen), now)


def _stamp(folder: Path) -> tuple[str, int]:
    """A folder, and when it was last changed."""
    return str(folder), folder.stat().st_mtime_ns if folder.is_dir() else 0
