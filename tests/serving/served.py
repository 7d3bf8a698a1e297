"""A shop that is served, and a real `winback serve` of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from winback.ledger import create_key, open_ledger
from winback.serving.service.live import Live
from winback.settings import Home, Shop

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
