"""What pages read from: the snapshot that is served, the ledger, the shop's folder; and its
tables, once they are asked for."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import duckdb

from winback.config.shop import Shop, load_shop
from winback.core.errors import WinbackError
from winback.core.paths import DataPaths
from winback.data.store import Store, open_engine, open_store
from winback.ledger.engine import Ledger
from winback.playbooks.playbook import Playbook
from winback.scoring.snapshot_index import SnapshotIndex


class ServingState(Protocol):
    """What pages need of what is being served; the API has it, and hands it in."""

    @property
    def shop(self) -> Shop: ...

    @property
    def snapshot(self) -> SnapshotIndex | None: ...

    @property
    def playbook(self) -> Playbook | None: ...

    @property
    def refused(self) -> Mapping[str, str]: ...

    def now(self) -> datetime: ...

    def list_past_snapshots(self, index: SnapshotIndex) -> list[SnapshotIndex]: ...

    def list_not_ready_reasons(self) -> list[str]: ...


@dataclass
class DashboardContext:
    """One shop's. shop_file: as given to `serve`; opened: its ledger; secure: whether cookies
    only go over TLS; environment: what fills in `${NAME}` in the shop file, and what jobs run
    in."""

    live: ServingState
    shop_file: Path
    home: DataPaths
    opened: Ledger
    secure: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    _migrated: bool = False
    _store: Store | None = None
    _bad: Path | None = (
        None  # tables that could not be opened, so that they are not hashed at every page
    )
    _migrating: threading.Lock = field(default_factory=threading.Lock)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ledger(self) -> Ledger:
        """The ledger, brought to its newest version when a page first asks for it: scores do not
        need that."""
        with self._migrating:
            if not self._migrated:
                self.opened.migrate()
                self._migrated = True
        return self.opened

    @property
    def shop(self) -> Shop:
        return self.live.shop

    @property
    def snapshot(self) -> SnapshotIndex | None:
        """The snapshot that is served; None where there is none."""
        return self.live.snapshot

    @property
    def playbook(self) -> Playbook | None:
        return self.live.playbook

    @property
    def folder(self) -> Path:
        return self.home.get_shop_folder(self.shop.name)

    @property
    def models(self) -> Path:
        return self.home.get_models_folder(self.shop.name)

    def now(self) -> datetime:
        """The moment, naive UTC."""
        return self.live.now()

    def reload_shop(self) -> Shop:
        """The shop as its file says by now: the service itself goes on with what it read at its
        start."""
        return load_shop(self.shop_file, self.environment)

    def to_local_time(self, moment: datetime) -> datetime:
        """A moment, naive UTC, by the shop's clock."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.shop.timezone))

    def open_store(self) -> Store | None:
        """The shop's tables; None before the first import, or where they are damaged. Their
        files are hashed once a version."""
        place = (self.folder / "tables").resolve()
        with self._opening:
            if place != self._bad and (self._store is None or self._store.folder != place):
                try:
                    self._store, self._bad = open_store(self.folder), None
                except WinbackError:
                    self._store, self._bad = None, place if place.is_dir() else None
            return self._store

    def list_days(self, kind: str) -> list[str]:
        """The days of the shop's `snapshots` or `recalls`, the newest first."""
        folders = (self.folder / kind).glob("????-??-??")
        return sorted(
            (path.name for path in folders if (path / "summary.json").is_file()), reverse=True
        )

    def read_summary(self, kind: str, day: str) -> Mapping[str, Any]:
        """What the snapshot or the list of a day came to; empty where it cannot be read."""
        return read_json((self.folder / kind / day).resolve() / "summary.json")


_ENGINES = threading.BoundedSemaphore(3)  # questions to tables at once
ENGINE_MB = 256  # of each


@contextmanager
def open_page_engine(threads: int = 2) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for one question; who asks while others do waits a moment."""
    with _ENGINES:
        con = open_engine(threads=threads, memory_mb=ENGINE_MB)
        try:
            yield con
        finally:
            con.close()


def read_json(path: Path) -> Mapping[str, Any]:
    """A small JSON file as it stands now; empty where there is none, or none that is whole."""
    try:
        return _read_cached(path, path.stat().st_mtime_ns)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _read_cached(path: Path, _changed: int) -> Mapping[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
