"""Exports nobody has described, typed by hand, and what an import makes of them."""

from pathlib import Path

from tests.conftest import NOW
from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.data.ingest.pipeline import import_shop
from winback.data.store import Store, open_store
from winback.workflows.new_shop import NewShop, import_new_shop

PLACE = ("timezone=America/New_York", "currency=USD")


def import_stranger(folder: Path, text: str, *given: str, more: str | None = None) -> Store:
    """The store of a first import of one or two CSV files. given: answers beside PLACE."""
    place = folder / "downloads"
    place.mkdir(parents=True)
    named = {"orders.csv": text, "order_items.csv": more}
    paths = [place / name for name, content in named.items() if content]
    for path in paths:
        path.write_text(named[path.name] or "", encoding="utf-8")
    home = DataPaths(folder / "home")
    new_shop = NewShop(paths, "shop", None, [*PLACE, *given])
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
