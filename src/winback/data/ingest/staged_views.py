"""Staged parts → the views that `build_tables` reads: each row with its file, line, platform,
customer and SKU."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from winback.config.shop import Shop
from winback.config.sources import ProductSource
from winback.core.errors import FileMissing
from winback.core.schema import PRODUCTS
from winback.data.identity import Merge, create_merges_table, find_merges
from winback.data.ingest.parsing import Column, parse_numbers, round_to_whole, to_minor
from winback.data.ingest.quarantine import create_quarantine_view
from winback.data.ingest.sandbox import run_in_subprocess
from winback.data.ingest.staged_parts import STAGED, Part, Staged
from winback.data.ingest.staging import small_table
from winback.data.pseudonyms import hide_contacts
from winback.data.store import build_parquet_scan, fetch_int, get_sql_type
from winback.readers.archives import SourceFile

_ID_MAP = {
    "id": ("id", "from", "raw_id", "原编号", "customer_id"),
    "customer": ("customer", "customer_unique_id", "customer_id", "to", "统一客户ID"),
}
_SHOWN = {kind: columns for kind, columns in STAGED.items() if kind != "refused"}


def create_staged_views(
    con: duckdb.DuckDBPyConnection,
    shop: Shop,
    staged: Sequence[Staged],
    key: bytes,
    apart: Sequence[tuple[str, str]],
) -> dict[str, int]:
    """Show `assemble` the staged rows of every unit, under their customers; returns what was
    matched and what not."""
    _create_unit_views(con, shop, staged)
    con.execute(_build_source_rows(shop))
    refused = [
        part.files["refused"] for _, made in staged for part in made if "refused" in part.files
    ]
    create_quarantine_view(refused, con)
    return {**_create_product_list(con, shop), **_merge_ids(con, shop, key, apart)}


def _merge_ids(
    con: duckdb.DuckDBPyConnection, shop: Shop, key: bytes, apart: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """Merge the ids of one person in the staged rows; returns how many were matched and not."""
    id_map = _load_id_map(shop, key)
    phones = shop.identity.phones and len({source.platform for source in shop.orders}) > 1
    merges, ambiguous = find_merges(con, id_map, str(shop.identity.map or ""), phones, apart)
    unmatched = {"ids_unmatched": _count_unmatched_ids(id_map, con)} if id_map else {}
    create_merges_table(con, merges)
    _merge_customers(merges, con)
    return {**unmatched, "merged_ids": len(merges), "ambiguous_phones": ambiguous}


def _count_unmatched_ids(id_map: dict[str, str], con: duckdb.DuckDBPyConnection) -> int:
    con.register(
        "mapped_ids",
        pd.DataFrame({"id": pd.Series(sorted({*id_map, *id_map.values()}), dtype="str")}),
    )
    return fetch_int(
        con,
        "select count(*) from (select distinct customer_id as id from staged_lines)"
        " anti join mapped_ids using (id)",
    )


def _merge_customers(merges: list[Merge], con: duckdb.DuckDBPyConnection) -> None:
    if merges:
        for table in ("staged_lines", "staged_events"):
            con.execute(f"alter view {table} rename to {table}_as_read")
            con.execute(
                f"create view {table} as select l.* replace (coalesce(m.customer_id, "
                f"l.customer_id) as customer_id)"
                f" from {table}_as_read as l left join merges as m on m.merged_id = l.customer_id"
            )


def _create_unit_views(
    con: duckdb.DuckDBPyConnection, shop: Shop, staged: Sequence[Staged]
) -> None:
    """Views `staged_lines`, `staged_items`, `staged_events` and `staged_voids` over every unit's
    parts."""
    paths = _list_parts_by_kind(shop, staged)
    for kind in _SHOWN:
        if not paths[kind]:
            con.execute(f"create view staged_{kind} as select {_build_no_rows(kind)} where false")
            continue
        units = pd.DataFrame(
            paths[kind],
            columns=["filename", "base", "platform", "source_at", "keyed"],
            dtype="object",
        )
        con.register(
            f"units_of_{kind}",
            units.astype(
                {"filename": "str", "base": "int64", "source_at": "int64", "keyed": "bool"}
            ),
        )
        read = build_parquet_scan(units["filename"], "filename = true")
        con.execute(
            f"create view staged_{kind} as select {_build_columns(kind)}"
            f" from {read} as r join units_of_{kind} as u using (filename)"
        )


# A part: its file, the number of the unit's first file, platform, source, and whether it has ids.
_PartRow = tuple[Path, int, str | None, int, bool]


def _list_parts_by_kind(shop: Shop, staged: Sequence[Staged]) -> dict[str, list[_PartRow]]:
    paths: dict[str, list[_PartRow]] = {kind: [] for kind in _SHOWN}
    file_no: Counter[str] = Counter()
    for unit, made in staged:
        source = unit.get_source(shop)
        keyed = _is_keyed(made)
        for part in made:
            for kind, path in part.files.items():
                if kind in paths:
                    paths[kind].append((path, file_no[unit.kind], source.platform, unit.at, keyed))
        file_no[unit.kind] += len(unit.files) or 1
    return paths


def _is_keyed(parts: Sequence[Part]) -> bool:
    """Whether the unit's rows carry order ids."""
    return any("order_id" in part.tally.named for part in parts)


def _build_no_rows(kind: str) -> str:
    """The select list of a view of a kind of which there is nothing."""
    typed = ", ".join(
        f'cast(null as {get_sql_type(column)}) as "{column.name}"' for column in _SHOWN[kind]
    )
    more = {"lines": ", 0 as source_at, false as keyed", "items": ", 1 as nth"}.get(kind, "")
    return f"{typed}, 0 as file_no, cast(null as varchar) as platform{more}"


def _build_columns(kind: str) -> str:
    """The select list of a view over the parts `r` and their units `u`."""
    names = ", ".join(f'"{column.name}"' for column in _SHOWN[kind])
    more = {
        "lines": ", u.source_at, u.keyed",
        "items": ", row_number() over (partition by u.base + r.in_unit, order_id,"
        " coalesce(sku, ''), payment_minor is null"
        " order by sku, name, category, quantity, amount_minor, discount_minor, "
        "list_price_minor, payment_minor) as nth",
    }.get(kind, "")
    return (
        f"{names}, cast(u.base + r.in_unit as integer) as file_no,"
        f" cast(u.platform as varchar) as platform{more}"
    )


def _build_source_rows(shop: Shop) -> str:
    rows = [
        f"({at}, {source.wholesale_units if source.wholesale_units else 'null::bigint'}, "
        f"{'gift' in source.counts},"
        f" {'wholesale' in source.counts}, {'brushing' in source.counts})"
        for at, source in enumerate(shop.orders)
    ]
    names = "source_at, wholesale_units, gift_counts, wholesale_counts, brushing_counts"
    return f"create temp table sources as from (values {', '.join(rows)}) as s ({names})"


def _create_product_list(con: duckdb.DuckDBPyConnection, shop: Shop) -> dict[str, int]:
    """The temp table `product_list`, and every line's product under the shop's SKU; returns how
    many have none."""
    columns = ", ".join(
        f'cast(null as {get_sql_type(column)}) as "{column.name}"' for column in PRODUCTS.columns
    )
    con.execute(f"create temp table product_list as select {columns} where false")
    if shop.products is None:
        return {}
    frame = _read_products(shop, shop.products)
    con.register("products_read", frame)
    listed = [column.name for column in PRODUCTS.columns if column.name in frame]
    values = ", ".join(name if name == "sku" else f"any_value({name}) as {name}" for name in listed)
    con.execute(f"insert into product_list by name select {values} from products_read group by sku")
    if "product_id" in frame:
        _show_own_skus(con)
    return _count_skus(con)


def _read_products(shop: Shop, products: ProductSource) -> pd.DataFrame:
    """The shop's products under our names, amounts in minor units; rows without a SKU are
    left out."""
    spellings = {
        ours: (source_column,)
        for ours, source_column in products.columns.model_dump(exclude_none=True).items()
    }
    frame = pd.DataFrame(
        read_small_table(shop, products.path, spellings), columns=list(spellings)
    ).astype("str")
    frame = frame[frame["sku"].notna()]
    for column in {"list_price", "cost"} & set(frame):
        frame[f"{column}_minor"] = to_minor(parse_numbers(frame[column]), shop.currency)
    if "stock" in frame:
        frame["stock"] = round_to_whole(parse_numbers(frame["stock"]))
    return frame


def _show_own_skus(con: duckdb.DuckDBPyConnection) -> None:
    """Show lines and items under the shop's SKU where they name a platform's product id."""
    con.execute(
        "create temp table product_ids as select product_id, any_value(sku) as sku from "
        "products_read"
        " where product_id is not null group by product_id"
    )
    for table in ("staged_lines", "staged_items"):
        con.execute(f"alter view {table} rename to {table}_by_id")
        con.execute(
            f"create view {table} as select l.* replace (coalesce(p.sku, l.sku) as sku) from "
            f"{table}_by_id as l"
            " left join product_ids as p on p.product_id = l.sku"
        )


def _count_skus(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    sold = "(select distinct sku from staged_lines union select distinct sku from staged_items)"
    return {
        "skus": fetch_int(con, f"select count(*) from {sold} where sku is not null"),
        "skus_unmatched": fetch_int(
            con,
            f"select count(*) from {sold} anti join product_list using (sku) where sku is not null",
        ),
    }


def _load_id_map(shop: Shop, key: bytes) -> dict[str, str]:
    """id → customer, both as the tables have them."""
    if shop.identity.map is None:
        return {}
    rows = (
        pd.DataFrame(read_small_table(shop, shop.identity.map, _ID_MAP), columns=["id", "customer"])
        .dropna()
        .astype("str")
    )
    platforms = {source.platform for source in shop.orders if source.platform}
    hidden = {column: hide_ids(rows[column], platforms, key) for column in ("id", "customer")}
    return dict(zip(hidden["id"], hidden["customer"], strict=True))


def hide_ids(ids: Column, platforms: set[str], key: bytes) -> Column:
    """Ids as the tables have them: their platform stays readable before the pseudonym of a
    contact."""
    if ids.empty:  # a list that has no more than its header
        return ids
    parts = ids.str.partition(":")
    prefixed = parts[0].isin(platforms) & (parts[1] == ":")
    plain = hide_contacts(ids.where(~prefixed, parts[2]), key)
    return plain.where(~prefixed, parts[0] + ":" + plain)


def read_small_table(
    shop: Shop, path: Path, spellings: Mapping[str, Sequence[str]], needed: Sequence[str] = ()
) -> list[dict[str, str | None]]:
    """A small table of the shop's as text. needed: the columns that must be there; left out: the
    first of `spellings`."""
    if not (shop.folder / path).is_file():
        raise FileMissing(file=str(shop.folder / path))
    arguments = (SourceFile(shop.folder / path), spellings, tuple(needed) or tuple(spellings)[:1])
    rows: list[dict[str, str | None]] = run_in_subprocess(
        small_table, arguments, lambda _file, _rows: None
    )
    return rows
