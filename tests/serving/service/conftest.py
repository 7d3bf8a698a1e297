"""A served shop: the made shop with a model and two snapshots, in process and as real processes."""

import asyncio
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from winback.ledger import create_key, open_ledger
from winback.model import crown
from winback.serving.batch import score
from winback.serving.service.app import service
from winback.serving.service.guard import Guard
from winback.serving.service.live import Live
from winback.serving.service.metrics import Metrics
from winback.settings import Home, Shop, read_shop

from ...conftest import NOW

SCORED_AT = datetime(2026, 5, 22, 9)  # two days after the made shop's last


@dataclass(frozen=True)
class Served:
    """A home with everything a service needs."""

    file: Path
    shop: Shop
    home: Home

    @property
    def models(self) -> Path:
        return self.home.models(self.shop.name)

    @property
    def version(self) -> str:
        return (self.models / "champion").read_text().strip()

    @property
    def snapshots(self) -> Path:
        return self.home.shop(self.shop.name) / "snapshots"

    def live(self, now: datetime = SCORED_AT) -> Live:
        said: list[tuple[str, dict]] = []
        ledger = open_ledger(self.home.ledger(self.shop.name))
        live = Live(self.shop, self.home, ledger, lambda: now, lambda key, values: said.append((key, dict(values))))
        live.said = said
        live.first_look()
        return live

    def key(
        self, name: str = "desk", scopes=("predict", "read", "operate"), rate: str = "100000/second", days: int = 30
    ) -> str:
        ledger = open_ledger(self.home.ledger(self.shop.name))
        ledger.migrate()
        return create_key(ledger, name, scopes, datetime(2026, 5, 1), days, rate).token


@pytest.fixture(scope="package")
def scored_home(made_files, made_store, learned, tmp_path_factory) -> Served:
    """Read it, do not write to it: `served` is a copy."""
    shop, home = read_shop(made_files), Home(tmp_path_factory.mktemp("served"))
    models = home.models(shop.name)
    shutil.copytree(learned.bundle.folder, models / learned.bundle.version)
    crown(models, learned.bundle.version, NOW, "first")
    snapshots = home.shop(shop.name) / "snapshots"
    snapshots.mkdir(parents=True)
    (home.shop(shop.name) / "served").write_text(learned.bundle.version)  # as if it had been tried and served before
    for days in (7, 0):
        score(shop, made_store, learned.bundle, snapshots, made_store.last_day - timedelta(days=days))
    return Served(made_files, shop, home)


@pytest.fixture
def served(scored_home, tmp_path) -> Served:
    """A home of the test's own."""
    home = Home(tmp_path / "home")
    shutil.copytree(scored_home.home.root, home.root, symlinks=True)
    return Served(scored_home.file, scored_home.shop, home)


@dataclass
class Door:
    """The whole app in this process, asked without a socket."""

    guard: Guard
    live: Live
    log: io.StringIO

    def ask(self, method: str, path: str, **more) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(self.guard, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **more)

        return asyncio.run(one())

    def get(self, path: str, **more) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more) -> httpx.Response:
        return self.ask("POST", path, **more)


@pytest.fixture
def door_of() -> Callable[..., Door]:
    def make(served: Served, now: datetime = SCORED_AT) -> Door:
        live, log = served.live(now), io.StringIO()
        asyncio.run(live.look())
        guard = service(live, Metrics("0"), frozenset({"127.0.0.1"}))
        guard._log = log
        return Door(guard, live, log)

    return make


@pytest.fixture
def door(scored_home, door_of) -> Door:
    """No key was ever made: open, as on one's own machine."""
    return door_of(scored_home)


@dataclass
class Running:
    """A real `winback serve`."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, sig: int = signal.SIGTERM, within: float = 30) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(within)


@contextmanager
def running(served: Served, folder: Path, *arguments: str, shop_file: Path | None = None) -> Iterator[Running]:
    """Start `winback serve` on a free port and wait until it answers."""
    log = folder / f"serve-{time.monotonic_ns()}.log"
    environment = {**os.environ, "WINBACK_HOME": str(served.home.root)}
    command = [sys.executable, "-m", "winback.cli", "serve", "--shop", str(shop_file or served.file), "--port", "0", "--json",
               "--notice", "0", *arguments]  # fmt: skip
    with log.open("w") as stream:
        process = subprocess.Popen(command, env=environment, stderr=stream)
    try:
        deadline = time.monotonic() + 60
        port = None
        while port is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            told = [line for line in log.read_text().splitlines() if '"address": "' in line]
            port = int(told[0].split('"address": "')[1].split('"')[0].rsplit(":", 1)[1]) if told else None
            time.sleep(0.05)
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code in (200, 503):
                    break
            except httpx.TransportError:
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield Running(process, port, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
