"""Who is one person: id maps, phones on two platforms, households, and undoing (MISSION B55, B57)."""

import pytest

from tests.conftest import NOW, imported
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.pipeline import import_shop
from winback.data.ingest.units import add_unmerge
from winback.data.store import open_store

TOML = """
    name = "two"
    timezone = "Asia/Shanghai"
    [[orders]]
    platform = "tmall"
    paths = ["tmall.csv"]
    columns = { customer_id = "id", ordered_at = "at", order_id = "no", amount = "paid", phone = "phone", sku = "sku", recipient = "to" }
    [[orders]]
    platform = "jd"
    paths = ["jd.csv"]
    columns = { customer_id = "id", ordered_at = "at", order_id = "no", amount = "paid", phone = "phone", sku = "sku", recipient = "to" }
"""
HEAD = "id,at,no,paid,phone,sku,to\n"
TMALL = HEAD + (
    "17,2026-01-01,1,10,13800001111,a,13800001111\n18,2026-01-01,2,10,13800002222,a,13800009999\n"
    "19,2026-01-01,3,10,13800003333,b,13800009999\n20,2026-01-02,4,10,13800003333,b,138****1111\n"
)
JD = HEAD + (
    "17,2026-02-01,1,20,+86 138 0000 2222,a,13800009999\nx1,2026-02-01,2,20,138-0000-1111,a,\n"
    "x3,2026-02-01,3,20,13800003333,c,\nx4,2026-02-03,4,20,,c,\n"
)


@pytest.fixture
def two(shop_of):
    def write(more="", folder="shop", **files):
        return shop_of(TOML + more, folder=folder, **{"tmall": TMALL, "jd": JD, **files})

    return write


def rows(store, query):
    return store.connect().sql(query).fetchall()


def merges(store):
    import pandas as pd

    return {
        (row.merged_id, row.customer_id, row.rule)
        for row in pd.read_parquet(store.folder / "merges" / "000.parquet").itertuples()
    }


def test_two_platforms_merge_on_an_identical_phone_only(two, tmp_path):
    """17 at Tmall and 17 at JD are two people; 18 at Tmall and 17 at JD are one: the same phone, written two ways."""
    store = imported(two(), tmp_path)
    assert merges(store) == {("jd:17", "tmall:18", "phone"), ("jd:x1", "tmall:17", "phone")}
    assert store.manifest.counts["customers"] == 6
    # Two Tmall ids share a phone: a household. Nobody is merged on it.
    assert store.manifest.counts["ambiguous_phones"] == 1
    assert rows(
        store,
        "select count(distinct recipient_key) from orders where customer_id in ('tmall:18', 'tmall:19')",
    ) == [(1,)]
    assert rows(store, "select recipient_key from orders where customer_id = 'tmall:20'") == [
        (None,)
    ]


def test_a_merge_is_undone_and_the_tables_are_as_they_were(two, tmp_path):
    file = two()
    shop = load_shop(file)
    import_shop(shop, tmp_path / "home", NOW)
    add_unmerge(tmp_path / "home", "jd:17", "tmall:18")
    import_shop(shop, tmp_path / "home", NOW)
    store = open_store(tmp_path / "home")
    assert merges(store) == {("jd:x1", "tmall:17", "phone")}
    assert rows(store, "select order_id, amount_minor from orders where customer_id = 'jd:17'") == [
        ("jd:1", 2000)
    ]


def test_an_explicit_map_merges_and_reports_who_is_not_in_it(two, tmp_path):
    more = '    [identity]\n    map = "ids.csv"\n    phones = false\n'
    store = imported(two(more, ids="id,customer\njd:x4,tmall:20\njd:x3,jd:x4\n"), tmp_path)
    assert merges(store) == {("jd:x3", "tmall:20", "map"), ("jd:x4", "tmall:20", "map")}
    assert store.manifest.counts["ids_unmatched"] == 5


def test_product_ids_become_skus_and_those_without_are_counted(two, tmp_path):
    more = '    [products]\n    path = "products.csv"\n    columns = { product_id = "pid", sku = "code", name = "title", cost = "cost", stock = "left" }\n'
    store = imported(
        two(more, products="pid,code,title,cost,left\na,SKU-A,杯子,3.50,7\nb,SKU-B,锅,9,0\n"),
        tmp_path,
    )
    assert rows(store, "select distinct sku from order_lines order by all") == [
        ("SKU-A",),
        ("SKU-B",),
        ("c",),
    ]
    assert (store.manifest.counts["skus"], store.manifest.counts["skus_unmatched"]) == (3, 1)
    import pandas as pd

    products = pd.read_parquet(store.folder / "products" / "000.parquet").set_index("sku")
    assert (products.loc["SKU-A", "cost_minor"], products.loc["SKU-B", "stock"]) == (350, 0)


def test_the_same_order_number_on_two_platforms_is_two_orders(two, tmp_path):
    assert imported(two(), tmp_path).manifest.counts["orders"] == 8


def test_a_damaged_key_is_told_and_never_replaced(two, tmp_path):
    """With another key everybody known by phone would be somebody new."""
    shop = load_shop(two())
    import_shop(shop, tmp_path / "home", NOW)
    (tmp_path / "home" / "pseudonym.key").write_text("oops")
    with pytest.raises(errors.KeyUnreadable):
        import_shop(shop, tmp_path / "home", NOW)
