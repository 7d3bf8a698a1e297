"""Exports nobody has described, typed by hand, and what an import makes of them."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conftest import NOW
from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.data.ingest.pipeline import import_shop
from winback.data.store import Store, open_store
from winback.workflows.new_shop import NewShop, import_new_shop

PLACE = ("timezone=America/New_York", "currency=USD")


@contextlib.contextmanager
def read_in_this_process() -> Iterator[None]:
    """Steps that run in a process apart run here: starting one takes most of a small import."""
    with (
        patch("winback.data.ingest.detection.run_in_subprocess", run_here),
        patch("winback.data.ingest.pipeline.run_in_subprocess", run_here),
        patch("winback.data.ingest.source_files.run_in_subprocess", run_here),
    ):
        yield


def run_here(step: Callable[..., Any], arguments: tuple[Any, ...], tell: Any, *_: Any) -> Any:
    """A step in this process, its answer as the pipe would bring it."""
    return json.loads(json.dumps(step(*arguments, tell), default=str))


def import_stranger(folder: Path, text: str, *given: str, more: str | None = None) -> Store:
    """The store of a first import of one or two CSV files. given: answers, before those of PLACE."""
    named = {"orders.csv": text, **({"order_items.csv": more} if more else {})}
    return import_stranger_files(folder, named, *given)


def import_stranger_files(folder: Path, texts: Mapping[str, str], *given: str) -> Store:
    """The store of a first import of some CSV files. texts: name → content."""
    place = folder / "downloads"
    place.mkdir(parents=True)
    paths = [place / name for name in texts]
    for path in paths:
        path.write_text(texts[path.name], encoding="utf-8")
    home = DataPaths(folder / "home")
    keys = {each.partition("=")[0] for each in given}
    usual = [each for each in PLACE if each.partition("=")[0] not in keys]
    new_shop = NewShop(paths, "shop", None, [*usual, *given])
    with read_in_this_process():
        made = import_new_shop(new_shop, home, NOW, "en", None, None)
        shop = load_shop(Path(made["shop_file"]))
        import_shop(shop, home.get_shop_folder("shop"), NOW)
    return open_store(home.get_shop_folder("shop"))


def sum_up(store: Store) -> tuple[int, int, int, int]:
    """(orders, customers, paid, paid back) of a store, money in minor units."""
    counts = "count(*), count(distinct customer_id), coalesce(sum(amount_minor), 0)::bigint"
    counting = "not (gift or wholesale or brushing)"
    con = store.connect()
    orders, customers, paid = con.execute(
        f"select {counts} from orders where {counting}"
    ).fetchall()[0]
    back = con.execute("select coalesce(sum(amount_minor), 0)::bigint from refunds").fetchall()
    return orders, customers, paid, back[0][0]


def list_remark_keys(store: Store) -> list[str]:
    return [remark["key"] for remark in store.manifest.remarks]
