"""Pages of the dashboard over a million customers, against the same pages over ten thousand (issue:
the first at most 1.5x).

    python benchmarks/dashboard.py [CUSTOMERS]

Two real services, each with its own shop, asked in turn by one signed-in client; beside the times
stands how much memory of its own the larger one took for all of that: no page reads a snapshot into
memory.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from made import LAST_DAY, made_shop
from runs import HERE, ratio, report

sys.path.insert(0, str(HERE.parent / "training"))
from train import learn

from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.ledger.engine import open_ledger
from winback.ledger.users import create_user
from winback.model.versions import promote_version
from winback.scoring.batch import score_shop

SMALL, LARGE, ROUNDS = 10_000, 1_000_000, 30
FIRST, OTHERS = (
    1.5,
    10.0,
)  # times as long: the for the first page; our own for those that look through everybody
PASSWORD = "only for a benchmark"
PAGES = {
    "the first page": "/", "the map and the best fifty": "/customers", "a filtered map": "/customers?dormant=yes&sort=risk",
    "a search": "/customers?q=00777", "one customer": "/customer?id=c000000777", "waves": "/waves", "the model": "/model",
}  # fmt: skip
SHOP = """
name = "made"
timezone = "UTC"
outcome_days = 30
[orders]
paths = ["none.csv"]
[orders.columns]
customer_id = "c"
ordered_at = "t"
"""


def main() -> None:
    """Make two shops, serve both, ask in turn."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch, ExitStack() as open_ones:
        folder = Path(scratch)
        homes = {
            name: _home(folder / name, count)
            for name, count in (("small", SMALL), ("large", large))
        }
        asked: dict[str, Any] = {}
        for name, home in homes.items():
            url, pid = open_ones.enter_context(_served(folder / name, home))
            asked[name] = (_signed_in(url), pid)
        for client, _ in asked.values():  # once, so that neither pays for its start
            for page in PAGES.values():
                assert client.get(page).status_code in (200, 404), page
        before = _private_mib(asked["large"][1])
        done = []
        for _ in range(ROUNDS):
            times: dict[str, dict[str, float]] = {}
            for page in PAGES.values():
                for name, (client, _) in asked.items():
                    start = time.perf_counter()
                    client.get(page)
                    times.setdefault(name, {})[page] = 1e3 * (time.perf_counter() - start)
            done.append(times)
        after = _private_mib(asked["large"][1])
        goals = {
            f"{what}, of {large:,} customers against {SMALL:,}": (
                ratio(done, "large", "small", page), "≤", FIRST if page == "/" else OTHERS)
            for what, page in PAGES.items()
        }  # fmt: skip
        milliseconds = {
            name: {
                page: round(statistics.median(each[name][page] for each in done), 1)
                for page in PAGES.values()
            }
            for name in asked
        }
        index = (
            homes["large"].get_shop_folder("made")
            / "snapshots"
            / str(LAST_DAY)
            / "snapshot_index.arrow"
        ).stat().st_size / 2**20
        report("dashboard", goals, {
            "customers": [SMALL, large], "median_milliseconds": milliseconds, "snapshot_mib": round(index),
            "private_mib_before_and_after": [round(before), round(after)],
        })  # fmt: skip


def _home(folder: Path, customers: int) -> DataPaths:
    folder.mkdir()
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    shop, home = load_shop(folder / "shop.toml"), DataPaths(folder / "home")
    bundle = learn(
        shop,
        made_shop(folder / "few", SMALL, folder / "spill", events_each=2),
        home.get_models_folder("made"),
        7,
    ).bundle
    promote_version(home.get_models_folder("made"), bundle.version, datetime(2026, 7, 1), "first")
    store = made_shop(home.get_shop_folder("made"), customers, folder / "spill", events_each=2)
    score_shop(shop, store, bundle, home.get_shop_folder("made") / "snapshots", LAST_DAY)
    ledger = open_ledger(home.get_ledger_path("made"))
    ledger.migrate()
    create_user(ledger, "li", "viewer", PASSWORD, "benchmark", datetime(2026, 7, 1))
    return home


@contextmanager
def _served(folder: Path, home: DataPaths) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "winback.cli", "serve", "--shop", str(folder / "shop.toml"), "--port", "0", "--json",
               "--notice", "0"]  # fmt: skip
    log = folder / "serve.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, env={**os.environ, "WINBACK_HOME": str(home.root)}, stderr=stream
        )
    try:
        while '"address": "' not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        url = log.read_text().split('"address": "')[1].split('"')[0]
        while httpx.get(f"{url}/readyz").status_code != 200:
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def _signed_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=60)
    client.post(
        "/login",
        data={"name": "li", "password": PASSWORD},
        headers={"sec-fetch-site": "same-origin"},
    )
    return client


def _private_mib(pid: int) -> float:
    """Memory that is the process' own, not mapped from a file."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return (
        sum(
            int(line.split()[1])
            for line in lines
            if line.startswith(("Private_Dirty", "Anonymous"))
        )
        / 2
        / 1024
    )


if __name__ == "__main__":
    main()
