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

from winback.config.shop import Shop, read_shop
from winback.core.errors import WinbackError
from winback.core.paths import Home
from winback.data.store import Store, engine, open_store
from winback.ledger.engine import Ledger
from winback.playbooks.playbook import Playbook
from winback.scoring.snapshot_index import Shelf


class LiveState(Protocol):
    """What pages need of what is being served; the API has it, and hands it in."""

    @property
    def shop(self) -> Shop: ...

    @property
    def shelf(self) -> Shelf | None: ...

    @property
    def book(self) -> Playbook | None: ...

    @property
    def refused(self) -> Mapping[str, str]: ...

    def now(self) -> datetime: ...

    def past(self, shelf: Shelf) -> list[Shelf]: ...

    def why_not_ready(self) -> list[str]: ...


@dataclass
class Desk:
    """One shop's. shop_file: as given to `serve`; opened: its ledger; secure: whether cookies
    only go over TLS; environment: what fills in `${NAME}` in the shop file, and what jobs run
    in."""

    live: LiveState
    shop_file: Path
    home: Home
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
    def shelf(self) -> Shelf | None:
        """The snapshot that is served; None where there is none."""
        return self.live.shelf

    @property
    def book(self) -> Playbook | None:
        return self.live.book

    @property
    def folder(self) -> Path:
        return self.home.shop(self.shop.name)

    @property
    def models(self) -> Path:
        return self.home.models(self.shop.name)

    def now(self) -> datetime:
        """The moment, naive UTC."""
        return self.live.now()

    def shop_now(self) -> Shop:
        """The shop as its file says by now: the service itself goes on with what it read at its
        start."""
        return read_shop(self.shop_file, self.environment)

    def local(self, moment: datetime) -> datetime:
        """A moment, naive UTC, by the shop's clock."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.shop.timezone))

    def store(self) -> Store | None:
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

    def days(self, kind: str) -> list[str]:
        """The days of the shop's `snapshots` or `recalls`, the newest first."""
        found = (self.folder / kind).glob("????-??-??")
        return sorted(
            (path.name for path in found if (path / "summary.json").is_file()), reverse=True
        )

    def summary(self, kind: str, day: str) -> Mapping[str, Any]:
        """What the snapshot or the list of a day came to; empty where it cannot be read."""
        return read_json((self.folder / kind / day).resolve() / "summary.json")


_ENGINES = threading.BoundedSemaphore(3)  # questions to tables at once
ENGINE_MB = 256  # of each


@contextmanager
def engine_for_pages(threads: int = 2) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for one question; who asks while others do waits a moment."""
    with _ENGINES:
        con = engine(threads=threads, memory_mb=ENGINE_MB)
        try:
            yield con
        finally:
            con.close()


def read_json(path: Path) -> Mapping[str, Any]:
    """A small JSON file as it stands now; empty where there is none, or none that is whole."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> Mapping[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
