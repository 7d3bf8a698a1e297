"""What is being served: a model, a snapshot and the keys; and how others take their place while
questions come in.

Looked at once a second. A new model is tried in a child process first and then loaded; each takes
its place in one step, so an answer is wholly of one model and one snapshot. What is refused is
named, and what was there before serves on.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from winback.api.bundle_check import LOW_PRIORITY, TRANSIENT, check_bundle
from winback.api.served_model import ServedModel
from winback.config.shop import Shop
from winback.core.errors import WinbackError
from winback.core.paths import DataPaths
from winback.features.registry import hash_spec
from winback.ledger.api_keys import ApiKey, list_known_api_keys, mark_keys_used
from winback.ledger.engine import Ledger
from winback.model.versions import get_champion_version, list_past_champions
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.scoring.snapshot_index import SnapshotIndex, list_indexes, open_index

LOOK_SECONDS = 1.0
NOTE_SECONDS = 60.0  # between two notes of which keys were used
RETRY_SECONDS = 60.0  # after a fault that may pass: a busy machine, memory that was short
MOST_PAST = 60  # earlier snapshots that a customer's history shows

Say = Callable[[str, Mapping[str, Any]], None]


@dataclass
class ApiKeyCache:
    """The keys as last read. may_be_open: nobody beyond this machine can ask; open: none was
    ever made, so that none is asked for."""

    may_be_open: bool = True
    keys: Mapping[str, ApiKey] = field(default_factory=dict)
    open: bool = False
    readable: bool = False
    seen: set[str] = field(default_factory=set)  # used since last noted

    def replace(self, keys: list[ApiKey]) -> None:
        self.keys, self.open, self.readable = (
            {key.key_id: key for key in keys},
            self.may_be_open and not keys,
            True,
        )


class LiveState:
    """The one model, snapshot and ring of keys of this process."""

    def __init__(
        self,
        shop: Shop,
        home: DataPaths,
        ledger: Ledger,
        now: Callable[[], datetime],
        say: Say,
        may_be_open: bool = True,
    ) -> None:
        self.shop, self.now, self.api_keys = shop, now, ApiKeyCache(may_be_open)
        self.served: ServedModel | None = None
        self.snapshot: SnapshotIndex | None = None
        self.playbook: Playbook | None = None
        self.refused: dict[str, str] = {}
        self.draining = False
        self._models, self._snapshots = (
            home.get_models_folder(shop.name),
            home.get_shop_folder(shop.name) / "snapshots",
        )
        self._ledger, self._say = ledger, say
        self._spec = hash_spec()
        self._mark = (
            home.get_shop_folder(shop.name) / "served"
        )  # the version that was loaded last, and killed nobody
        self._tried: dict[
            tuple[str, int], float
        ] = {}  # what was refused, when it was written, and until when
        self._past: list[SnapshotIndex] = []
        self._damaged = False  # whether a snapshot was refused
        self._noted: datetime | None = None
        self._stamp: tuple[int, ...] | None = None

    def load(self) -> None:
        """Open what there is. A model that has served before is loaded at once, another one
        tried in a child first."""
        self._reload_keys()
        self._reload_playbook()
        self._refresh_snapshot()
        champion = get_champion_version(self._models)
        for version in dict.fromkeys(
            [champion, *list_past_champions(self._models)] if champion else []
        ):
            folder = self._models / str(version)
            fault = None if self._has_served(str(version)) else asyncio.run(check_bundle(folder))
            if fault is None and self._try_to_serve(folder):
                return
            if fault is not None:
                self._note_refused(folder, fault)

    async def watch(self) -> None:
        """Look again and again, until cancelled. Keys by themselves: a model may take its time."""
        await asyncio.gather(self._repeat(self.refresh_keys), self._repeat(self.refresh))

    async def _repeat(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await look()
            except Exception as error:  # a disk that does not answer now may do so the next time
                self._say("serve.not_looked", {"detail": f"{type(error).__name__}: {error}"})

    async def refresh_keys(self) -> None:
        """See whether keys were made or revoked."""
        await asyncio.to_thread(self._reload_keys)

    async def refresh(self) -> None:
        """See whether there is another snapshot or model, and serve it."""
        index = self.snapshot
        await asyncio.to_thread(self._refresh_snapshot)
        if self.snapshot is not index and self.snapshot is not None:
            self._reload_playbook()  # its plays are those the snapshot names
            self._say("serve.snapshot", {"cutoff": self.snapshot.day})
        await asyncio.to_thread(self._refresh_past_snapshots)
        await self._refresh_model()

    def list_past_snapshots(self, index: SnapshotIndex) -> list[SnapshotIndex]:
        """The other snapshots there are, newest first."""
        return [each for each in self._past if each.folder != index.folder]

    def list_not_ready_reasons(self) -> list[str]:
        """Keys of the catalogue; empty: ready."""
        faults = {
            "serve.draining": self.draining,
            "serve.no_model": self.served is None and not self.refused,
            "serve.only_refused": self.served is None and bool(self.refused),
            "serve.no_snapshot": self.snapshot is None and not self._damaged,
            "serve.only_damaged": self.snapshot is None and self._damaged,
            "serve.no_ledger": not self.api_keys.readable,
        }
        return [key for key, wrong in faults.items() if wrong]

    async def _refresh_model(self) -> None:
        version = get_champion_version(self._models)
        if version is None or (self.served is not None and version == self.served.bundle.version):
            return
        folder = self._models / version
        if not self._is_refused(folder):
            fault = await check_bundle(folder, niceness=LOW_PRIORITY)
            if fault is not None:
                self._note_refused(folder, fault)
            elif await asyncio.to_thread(self._try_to_serve, folder):
                self.refused.pop(version, None)
                self._say("serve.model", {"version": version})

    def _try_to_serve(self, folder: Path) -> bool:
        """Load a model and let it serve; False if it is refused."""
        try:
            self.served = ServedModel.load(folder, self._spec)
        except WinbackError as error:
            self._note_refused(folder, str(error.values.get("detail") or "another feature list"))
            return False
        with contextlib.suppress(OSError):
            self._mark.write_text(folder.name, encoding="utf-8")
        return True

    def _has_served(self, version: str) -> bool:
        try:
            return self._mark.read_text(encoding="utf-8") == version
        except OSError:
            return False

    def _note_refused(self, folder: Path, why: str) -> None:
        self._tried[_get_stamp(folder)] = (
            time.monotonic() + RETRY_SECONDS if why in TRANSIENT else float("inf")
        )
        self.refused[folder.name] = why
        self._say("model_refused", {"version": folder.name, "detail": why})

    def _is_refused(self, folder: Path) -> bool:
        return time.monotonic() < self._tried.get(_get_stamp(folder), 0.0)

    def _refresh_past_snapshots(self) -> None:
        """Open the earlier snapshots: each is hashed once."""
        known = {index.folder: index for index in self._past}
        opened = (
            known.get(folder) or self._open_snapshot(folder)
            for folder in list(list_indexes(self._snapshots))[:MOST_PAST]
        )
        self._past = [index for index in opened if index is not None]

    def _open_snapshot(self, folder: Path) -> SnapshotIndex | None:
        """A snapshot, unless it is damaged."""
        if self._is_refused(folder):
            return None
        try:
            return open_index(folder)
        except WinbackError as error:
            self._tried[_get_stamp(folder)], self._damaged = float("inf"), True
            self._say("snapshot_damaged", {"file": str(folder), "detail": "", **error.values})
            return None

    def _refresh_snapshot(self) -> None:
        for folder in list_indexes(self._snapshots):
            if self.snapshot is not None and folder == self.snapshot.folder:
                return
            opened = self._open_snapshot(folder)
            if opened is not None:
                self.snapshot = opened
                return

    def _reload_playbook(self) -> None:
        try:
            self.playbook = load_playbook(self.shop)
        except WinbackError as error:  # scores need none, and the next step is left out
            self.playbook = None
            self._say(error.key(), error.values)

    def _reload_keys(self) -> None:
        now = self.now()
        try:
            stamp = self._ledger.get_stamp()
            if stamp is None or stamp != self._stamp or not self.api_keys.readable:
                self.api_keys.replace(list_known_api_keys(self._ledger))
                self._stamp = stamp
        except WinbackError:
            self.api_keys.readable = False
            return
        if self.api_keys.seen and (
            self._noted is None or (now - self._noted).total_seconds() >= NOTE_SECONDS
        ):
            last_seen, self.api_keys.seen, self._noted = self.api_keys.seen, set(), now
            with contextlib.suppress(
                WinbackError
            ):  # a ledger that cannot be written to can still be read
                mark_keys_used(self._ledger, sorted(last_seen), now)


def _get_stamp(folder: Path) -> tuple[str, int]:
    """A folder, and when it was last changed."""
    return str(folder), folder.stat().st_mtime_ns if folder.is_dir() else 0
