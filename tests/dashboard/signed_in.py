"""A shop's dashboard in this process, and somebody who walks through it without a browser."""

import asyncio
import csv
import os
import re
import shutil
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from tests.conftest import NOW
from winback.api.live_state import LiveState
from winback.cli.main import app as commands
from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.dashboard.app import build_dashboard
from winback.dashboard.context import DashboardContext
from winback.delivery.shop_ledger import open_shop_ledger
from winback.ledger.users import create_user
from winback.model.versions import promote_version
from winback.workflows.process import get_home

DAY = "2026-04-01"
AT = datetime(2026, 4, 1, 3)  # eleven in the morning in Shanghai
PASSWORD = "an old and long song"


@dataclass
class DashboardFixture:
    """A home, its shop file, and the pages over it. now: what the service's clock says."""

    file: Path
    home: DataPaths
    now: datetime = AT
    desk: DashboardContext = field(init=False)

    def __post_init__(self) -> None:
        shop = load_shop(self.file)
        self.home = replace(self.home, state=get_home().state)
        ledger = open_shop_ledger(shop, self.home)
        live = LiveState(shop, self.home, ledger, lambda: self.now, lambda _key, _values: None)
        live.load()
        asyncio.run(live.refresh())
        self.desk = DashboardContext(live, self.file, self.home, ledger, environment=os.environ)
        self.app = build_dashboard(self.desk)

    def look_again(self) -> None:
        """As the service does once a second."""
        asyncio.run(self.desk.live.refresh())

    def operator(self, name: str, role: str) -> "Visitor":
        create_user(self.desk.ledger, name, role, PASSWORD, "test", self.now)
        return Visitor(self).sign_in(name)

    def run(self, *arguments: str) -> str:
        """A command of ours, as an operator types it."""
        done = CliRunner().invoke(
            commands, [*arguments, "--shop", str(self.file)], prog_name="winback"
        )
        assert done.exit_code == 0, done.output + done.stderr
        return done.stdout


@dataclass
class Visitor:
    """Somebody with a browser that runs no scripts."""

    dashboard: DashboardFixture
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    language: str = "en"

    def ask(self, method: str, path: str, **more) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(self.dashboard.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8765", cookies=self.cookies
            ) as client:
                head = {"accept-language": self.language, **more.pop("headers", {})}
                answer = await client.request(method, path, headers=head, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(one())

    def get(self, path: str, **more) -> httpx.Response:
        return self.ask("GET", path, **more)

    @property
    def token(self) -> str:
        actual = re.search(r'name="form_token" value="([^"]+)"', self.get("/jobs").text)
        return actual[1] if actual else ""

    def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of a page of ours."""
        return self.ask(
            "POST",
            path,
            data={"form_token": self.token, **fields},
            headers={"sec-fetch-site": "same-origin"},
        )

    def sign_in(self, name: str, password: str = PASSWORD) -> "Visitor":
        result = {"name": name, "password": password}
        answer = self.ask("POST", "/login", data=result, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 303, answer.text
        return self

    def wait_for(self, answer: httpx.Response) -> httpx.Response:
        """The page a job leads to when it has ended, or the job's own where it was refused."""
        where = answer.headers["location"]
        assert where.startswith("/jobs/"), where
        deadline = time.monotonic() + 120
        while True:
            result = self.get(where)
            if result.status_code == 303:
                return self.get(result.headers["location"])
            if "hx-trigger" not in result.text:
                return result
            assert time.monotonic() < deadline
            time.sleep(0.2)


def furnished(made_files: Path, made_store, learned, folder: Path) -> tuple[Path, DataPaths]:
    """The made shop's file and a home with its tables and a model."""
    home = DataPaths(folder / "home")
    shutil.copytree(made_store.folder.parent.parent, home.get_shop_folder("made"), symlinks=True)
    models = home.get_models_folder("made")
    shutil.copytree(learned.bundle.folder, models / learned.bundle.version)
    promote_version(models, learned.bundle.version, NOW, "first")
    (home.get_shop_folder("made") / "served").write_text(
        learned.bundle.version
    )  # as if it had been tried and served before
    file = folder / "shop.toml"
    text = made_files.read_text(encoding="utf-8")
    for name in ("orders.csv", "events.csv"):
        text = text.replace(f'"{name}"', f'"{made_files.parent}/{name}"')
    file.write_text(
        text + "\n[waves]\nmost_of_base = 1.0\n[recall]\ncapacity = 60\n", encoding="utf-8"
    )
    return file, home


HOSTILE = {
    "k0001": "<script>document.title='hacked'</script>", "k0002": '"><img src=x onerror=alert(1)>', "k0003": "=HYPERLINK(\"//x\")",
    "k0004": "+1+1", "k0005": "@SUM(1)", "k0006": "\u202egnp.exe", "k0007": "😀👩‍👩‍👧 \u0301", "k0008": "مرحبا", "k0009": "{{ 7 * 7 }}",
    "k0010": "a&b=c?d#e/f%2f", "k0011": "-2+3", "k0012": "'; drop table customers; --",
}  # fmt: skip


def attacked(made_files: Path, made_store, learned, folder: Path) -> tuple[Path, DataPaths]:
    """The made shop, with a list and a wave, and with customers whose names are an attack on pages and spreadsheets."""
    file, home = furnished(made_files, made_store, learned, folder)
    for name in ("orders", "events"):
        with (made_files.parent / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = [
                [HOSTILE.get(cell, cell) if at == 0 else cell for at, cell in enumerate(row)]
                for row in csv.reader(stream)
            ]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    text = file.read_text(encoding="utf-8").replace(f"{made_files.parent}/", f"{folder}/")
    file.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINBACK_HOME", str(home.root))
        for line in (("import",), ("recall", "--cutoff", DAY), ("wave", "plan", "--cutoff", DAY)):
            done = CliRunner().invoke(commands, [*line, "--shop", str(file)], prog_name="winback")
            assert done.exit_code == 0, done.output
    return file, home
