"""Why is this row not in? Every row of every file has one fate; this finds it (MISSION B59)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from winback.config.shop import Shop
from winback.data.erasure_list import load_erased
from winback.data.ingest.build_tables import create_orders
from winback.data.ingest.pipeline import lock_import, stage_units
from winback.data.ingest.staged_parts import Staged
from winback.data.ingest.staged_views import create_staged_views
from winback.data.ingest.unique_lines import create_unique_lines
from winback.data.ingest.units import list_units, load_unmerges
from winback.data.pseudonyms import hide_contacts, load_key
from winback.data.store import open_engine, quote_literal
from winback.i18n.numbers import format_units

MOST = 20  # rows shown of one order or customer


@dataclass(frozen=True)
class RowStatus:
    """What became of one row: `key` is a sentence of the catalogue, `values` what it says."""

    file: str
    line: int
    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def explain_rows(
    shop: Shop, folder: Path, now: datetime, what: str, progress: Callable[[str, int], None]
) -> list[RowStatus]:
    """The fates of `FILE:LINE`, or of at most MOST rows of an order number or a customer; none if
    there is no such.

    Reads what was not read yet, and puts the rows together again as an import does, without
    publishing anything.
    """
    key, staged = _stage(folder, shop, now, progress)
    con = open_engine(threads=2)
    create_staged_views(con, shop, staged, key, load_unmerges(folder))
    create_unique_lines(con)
    con.execute("create temp view read_lines as from unique_lines")
    create_orders(con)
    files = _list_files(staged)
    line, places = _find_places(what, files)
    if places:
        return _explain_line(con, files, places[0], int(line), shop.currency)
    hidden = hide_contacts(pd.Series([what], dtype="str"), key)[0]
    return _explain_id(con, files, {what, hidden}, shop.currency)


def _stage(
    folder: Path, shop: Shop, now: datetime, progress: Callable[[str, int], None]
) -> tuple[bytes, list[Staged]]:
    key = load_key(folder / "pseudonym.key")
    with lock_import(folder):
        staged = stage_units(
            shop, list_units(shop, key, load_erased(folder)), folder, key, now, progress, None
        )
    return key, staged


def _find_places(what: str, files: "_Files") -> tuple[str, list[str]]:
    file, colon, line = what.rpartition(":")
    places = [
        name
        for name in files.values()
        if colon and line.isdigit() and f"/{name}".endswith(f"/{file}")
    ]
    return line, places


_Files = dict[tuple[str, int], str]  # (kind, file_no) → name


def _list_files(staged: list[Staged]) -> _Files:
    files: _Files = {}
    numbers: dict[str, int] = {}
    for unit, _ in staged:
        for name in [file.name for file in unit.files] or ["database"]:
            files[unit.kind, numbers.get(unit.kind, 0)] = name
            numbers[unit.kind] = numbers.get(unit.kind, 0) + 1
    return files


def _explain_line(
    con: duckdb.DuckDBPyConnection, files: _Files, name: str, line: int, currency: str
) -> list[RowStatus]:
    fates = _list_refused(con, f"file = {quote_literal(name)} and line = {line}")
    for (kind, number), file in files.items():
        if file != name:
            continue
        table = {"orders": "staged_lines", "items": "staged_items", "events": "staged_events"}[kind]
        if kind == "orders":
            fates += _list_left_out(con, number, line, name)
        if con.execute(
            f"select 1 from {table} where file_no = {number} and line = {line}"
        ).fetchall():
            fates += (
                [_explain_order_line(con, files, number, line, currency)]
                if kind == "orders"
                else [RowStatus(name, line, f"fate.{kind}")]
            )
    return fates or [RowStatus(name, line, "fate.no_row")]


def _list_left_out(
    con: duckdb.DuckDBPyConnection, number: int, line: int, name: str
) -> list[RowStatus]:
    return [
        RowStatus(name, line, "fate.left_out", {"status": status})
        for (status,) in con.execute(
            f"select status from staged_voids where file_no = {number} and line = {line}"
        ).fetchall()
    ]


def _explain_id(
    con: duckdb.DuckDBPyConnection, files: _Files, ids: set[str], currency: str
) -> list[RowStatus]:
    listed = ", ".join(quote_literal(each) for each in sorted(ids))
    fates = _list_refused(con, f"value in ({listed})")
    mine = _match_ids(listed)
    for number, line in con.execute(
        f"select file_no, line from staged_lines where {mine} order by all limit {MOST}"
    ).fetchall():
        fates.append(_explain_order_line(con, files, number, line, currency))
    voided = f"list_has_any([order_id, split_part(order_id, ':', 2)], [{listed}])"
    left_out = con.execute(
        f"select file_no, line, status from staged_voids where {voided} order by all limit {MOST}"
    ).fetchall()
    fates += [
        RowStatus(files["orders", number], line, "fate.left_out", {"status": status})
        for number, line, status in left_out
    ]
    return fates[:MOST]


def _match_ids(listed: str) -> str:
    named = ", ".join(
        f"{column}, split_part({column}, ':', 2)" for column in ("order_id", "customer_id")
    )
    return f"list_has_any([{named}], [{listed}])"


def _list_refused(con: duckdb.DuckDBPyConnection, where: str) -> list[RowStatus]:
    rows = con.execute(
        f'select file, line, "column", value, reason from quarantine where {where} order by all '
        f"limit {MOST}"
    ).fetchall()
    return [
        RowStatus(
            file, line, "fate.refused", {"column": column, "value": value or "", "reason": reason}
        )
        for file, line, column, value, reason in rows
    ]


def _explain_order_line(
    con: duckdb.DuckDBPyConnection, files: _Files, number: int, line: int, currency: str
) -> RowStatus:
    """The fate of an order's line that passed validation."""
    name = files["orders", number]
    customer_orders = con.execute(
        f"select customer_id, order_id, is_refund from own_time where file_no = {number} and line "
        f"= {line} limit 1"
    ).fetchall()
    if customer_orders:
        customer, order, is_refund = customer_orders[0]
        if is_refund:
            return RowStatus(name, line, "fate.refund", {"customer": customer, "order": order})
        kind, amount = _load_kind_and_amount(con, customer, order)
        return RowStatus(
            name,
            line,
            f"fate.{kind}",
            {"customer": customer, "order": order, "amount": _format_amount(amount, currency)},
        )
    return _explain_uncounted_line(con, number, line, name, files)


def _load_kind_and_amount(
    con: duckdb.DuckDBPyConnection, customer: str, order: str
) -> tuple[str, int]:
    """What an order counts as, and its amount in minor units."""
    flags = ("gift", "wholesale", "brushing", "deposit")
    amount, *flagged = con.execute(
        f"select amount_minor, {', '.join(flags)} from orders where customer_id = ? and "
        f"order_id = ?",
        [customer, order],
    ).fetchall()[0]
    kind = next((flag for flag, set_ in zip(flags, flagged, strict=True) if set_), "order")
    return kind, amount


def _explain_uncounted_line(
    con: duckdb.DuckDBPyConnection, number: int, line: int, name: str, files: _Files
) -> RowStatus:
    loose = con.execute(
        f"select customer_id from part_lines where file_no = {number} and line = {line} limit 1"
    ).fetchall()
    if loose:
        return RowStatus(name, line, "fate.refund", {"customer": loose[0][0], "order": ""})
    line_kept = con.execute(
        "select u.file_no, u.line from staged_lines as l join unique_lines as u on u.platform is "
        "not distinct from l.platform"
        " and u.order_id is not distinct from l.order_id and u.sku is not distinct from l.sku"
        " and (l.order_id is not null or (u.customer_id = l.customer_id and u.occurred_at = "
        "l.occurred_at))"
        f" where l.file_no = {number} and l.line = {line} order by all limit 1"
    ).fetchall()
    if line_kept:
        return RowStatus(
            name,
            line,
            "fate.replaced",
            {"other": files["orders", line_kept[0][0]], "other_line": line_kept[0][1]},
        )
    return RowStatus(name, line, "fate.taken_back", {})


def _format_amount(minor: int | None, currency: str) -> str:
    return "?" if minor is None else format_units(minor, currency)
