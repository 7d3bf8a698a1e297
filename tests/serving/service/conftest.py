"""A served shop: the made shop with a model and two snapshots, in process and as real processes."""

import asyncio
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest

from winback.serving.service.app import service
from winback.serving.service.guard import Guard
from winback.serving.service.live import Live
from winback.serving.service.metrics import Metrics
from winback.settings import Home

from ..served import SCORED_AT, Running, Served, running

__all__ = ["SCORED_AT", "Running", "Served", "running"]  # what the tests here take from this place


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
