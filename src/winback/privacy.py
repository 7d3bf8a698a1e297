"""A customer's right to be forgotten, and to know what is known of them (PIPL 45 and 47, GDPR 15
and 17).

The mark comes first: whatever is interrupted after it, the same command goes on, and no import
brings the person back.
"""

import csv
import glob
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from winback.config.shop import Shop
from winback.core.errors import CustomerUnknown, FileMissing
from winback.core.files import publish_folder, replace_atomically
from winback.core.wave_errors import ListUnreadable, VaultKeyWrong
from winback.data.contacts import find_customer_id, load_addresses
from winback.data.erasure_list import (
    add_erased,
    drop_old_tables,
    find_contacts,
    hash_erased,
    load_erased,
)
from winback.data.ingest.pipeline import import_shop
from winback.data.pseudonyms import build_pseudonym, load_key
from winback.data.store import Store, list_merges, open_store
from winback.delivery.contact_addresses import find_platform_name, open_vault
from winback.delivery.persons import load_address_hashes
from winback.delivery.run_lock import hold_run_lock
from winback.delivery.sender_state import SenderState
from winback.i18n.translate import escape_formula, translate
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.erasure import (
    ERASED,
    Alias,
    erase_customers,
    is_known,
    list_customer_rows,
    list_households,
    vacuum,
)
from winback.ledger.outbox import list_claims_of
from winback.measurement.outcomes import compute_kept_outcomes
from winback.readers.edited_lists import EditedList, read_edited_list
from winback.scoring.snapshot_index import LAYOUT, read_reached, write_index
from winback.scoring.snapshot_metadata import SnapshotFacts

_DAYS = "????-??-??"
_TABLES = ("orders", "order_lines", "refunds", "events")


class ErasureCertificate(TypedDict):
    """What was removed of whom. subject: the alias that stands in their place; ids: how many they
    had; removed: rows by place; rows_turned_away: by the import after it."""

    subject: str
    ids: int
    removed: dict[str, int]
    import_version: str
    rows_turned_away: int
    at: str


def erase_customer(
    shop: Shop,
    ledger: Ledger,
    folder: Path,
    state: SenderState,
    customer: str,
    actor: str,
    now: datetime,
    progress: Callable[[str, int], None] = lambda _file, _rows: None,
) -> ErasureCertificate:
    """Forget a customer for good; returns a certificate of what was removed where. folder: the
    shop's own; state: what this machine keeps of its ledger.

    Aggregates stay: they are in no arm but as an alias, which nobody can turn back without having
    known the id. Raises CustomerUnknown, ListUnreadable and RunInProgress: nothing is sent
    meanwhile.
    """
    key, store = load_key(folder / "pseudonym.key"), open_store(folder)
    customer = find_customer_id(shop, store, folder, customer)
    ids = _list_ids(store, customer)
    again = hash_erased(key, "customer", customer) in load_erased(folder)
    if not again and not _is_in_tables(store, ids) and not is_known(ledger, ids):
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    with hold_run_lock(ledger, folder, now):
        addresses = _load_addresses(shop, ledger, folder, customer)
        _turn_away(shop, store, folder, ids, addresses, key)
        names = {
            *ids,
            *addresses.values(),
            *filter(None, (find_platform_name(shop, each) for each in ids)),
        }
        alias = Alias(
            _build_aliases(key, "customer", ids),
            _build_aliases(key, "household", list_households(ledger, ids)),
        )
        # The tables last: while they are as they were, the same command knows every name to look
        # for.
        rows = _remove_from_files(folder, names)
        outcomes = compute_kept_outcomes(shop, store, ledger, ids)
        state.forget(list_claims_of(ledger, ids))
        rows |= erase_customers(ledger, alias, alias.customer[customer], actor, now, outcomes)
        vacuum(ledger)
        manifest = import_shop(shop, folder, now, progress)
        drop_old_tables(folder)
    return {
        "subject": alias.customer[customer],
        "ids": len(ids),
        "removed": {name: count for name, count in rows.items() if count},
        "import_version": manifest.version,
        "rows_turned_away": manifest.left_out.get("erased", 0),
        "at": now.isoformat(timespec="seconds"),
    }


def _turn_away(
    shop: Shop,
    store: Store,
    folder: Path,
    ids: Sequence[str],
    addresses: Mapping[str, str],
    key: bytes,
) -> None:
    """Keep the marks by which an import turns away whoever is erased: of their ids, phones and
    e-mails."""
    listed = _find_own_phone(shop, store, folder, ids, addresses, key)
    phones = find_contacts(folder, "phone_hash", ids, listed)
    emails = find_contacts(folder, "email_hash", ids)
    add_erased(
        folder,
        [
            *(hash_erased(key, "customer", each) for each in ids),
            *(hash_erased(key, "phone", each) for each in phones),
            *(hash_erased(key, "email", each) for each in emails),
        ],
    )


def export_customer_data(
    shop: Shop, ledger: Ledger, folder: Path, customer: str, actor: str, now: datetime
) -> dict[str, object]:
    """Everything kept of a customer, as plain data; the audit log notes who asked. Raises
    CustomerUnknown."""
    store = open_store(folder)
    customer = find_customer_id(shop, store, folder, customer)
    ids = _list_ids(store, customer)
    con = store.connect()
    tables = {table: _list_table_rows(con, table, customer) for table in _TABLES}
    result: dict[str, object] = {
        "customer_id": customer,
        "merged_ids": sorted(set(ids) - {customer}),
        **tables,
    }
    newest = max((folder / "snapshots").glob(_DAYS), default=None)
    if newest is not None:
        filters = [("customer_id", "==", customer)]
        rows = pq.read_table(newest / "snapshot.parquet", filters=filters).to_pylist()
        result["snapshot"] = {"cutoff": newest.name, "rows": rows}
    ids_of = dict.fromkeys(ids, tuple(ids))
    hashes = load_address_hashes(shop, ledger, folder, ids, ids_of).get(customer, {})
    in_ledger = list_customer_rows(ledger, [*ids, *hashes.values()])
    addresses = open_vault(shop, ledger, folder).list_addresses(customer)
    if not any(tables.values()) and not any(in_ledger.values()) and not addresses:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    with ledger.begin_write() as connection:
        append(
            connection,
            now,
            actor,
            "exported",
            build_pseudonym(customer, load_key(folder / "pseudonym.key"), "customer"),
            {},
        )
    return {**result, "ledger": in_ledger, "addresses": addresses}


def _list_table_rows(
    con: duckdb.DuckDBPyConnection, table: str, customer: str
) -> list[dict[str, object]]:
    """A customer's rows of a table, as plain data."""
    rows = con.execute(f"select * from {table} where customer_id = ? order by all", [customer])
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _build_aliases(key: bytes, kind: str, names: Collection[str]) -> dict[str, str]:
    return {each: ERASED + hash_erased(key, kind, each)[:32] for each in names}


def _load_addresses(shop: Shop, ledger: Ledger, folder: Path, customer: str) -> dict[str, str]:
    """What the vault has of a customer; nothing, where its key is lost: then nobody can read it
    any more."""
    try:
        return open_vault(shop, ledger, folder).list_addresses(customer)
    except VaultKeyWrong:
        return {}


def _find_own_phone(
    shop: Shop,
    store: Store,
    folder: Path,
    ids: Collection[str],
    addresses: Mapping[str, str],
    key: bytes,
) -> set[str]:
    """The pseudonym of the phone the vault has of a customer, unless the list of contacts has it
    of somebody else, too."""
    if "phone" not in addresses:
        return set()
    try:
        listed = load_addresses(shop, store, folder)
    except FileMissing:
        listed = {}
    others = {
        build_pseudonym(each["phone"], key, "phone")
        for name, each in listed.items()
        if name not in ids and "phone" in each
    }
    return {build_pseudonym(addresses["phone"], key, "phone")} - others


def _list_ids(store: Store, customer: str) -> list[str]:
    """A customer's id, and those that were merged into it."""
    return sorted(
        {
            customer,
            *(row["merged_id"] for row in list_merges(store) if row["customer_id"] == customer),
        }
    )


def _is_in_tables(store: Store, ids: Collection[str]) -> bool:
    con = store.connect()
    tables = ("orders", "events", "refunds")
    query = " union all ".join(
        f"select 1 from {table} where list_contains($ids, customer_id)" for table in tables
    )
    return (
        con.execute(f"select 1 from ({query}) limit 1", {"ids": list(ids)}).fetchone() is not None
    )


def _remove_from_files(folder: Path, names: Collection[str]) -> Counter[str]:
    """Take a person out of snapshots, lists and hand-off lists; returns how many rows of each."""
    removed = Counter[str]()
    for root in (folder / "snapshots", folder / "recalls"):
        for link in sorted(root.glob(_DAYS)):
            removed[root.name] += _republish_without(root, link, names)
    for path in (*(folder / "handoff").glob("*/*.csv"), *(folder / "audience").glob("*/*.csv")):
        removed[path.parent.parent.name] += _remove_from_csv(path, names)
    # Pages are drawn again when somebody asks for them.
    for path in (folder / "wecom-unmatched.csv", *(folder / "diagnosis").rglob("*")):
        if path.is_file() and any(
            name in path.read_text(encoding="utf-8", errors="replace") for name in names
        ):
            path.unlink()
            removed["pages"] += 1
    return removed


def _republish_without(root: Path, link: Path, names: Collection[str]) -> int:
    """Publish a folder anew without a person, and keep no older version of it."""
    published = link.resolve()
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=root) as scratch:
        staging = Path(scratch) / "without"
        shutil.copytree(published, staging)
        removed = sum(_remove_from_file(path, names) for path in sorted(staging.iterdir()))
        if removed:
            if (staging / "snapshot_index.json").is_file():
                metadata = json.loads((staging / "snapshot_index.json").read_text(encoding="utf-8"))
                made = ("layout", "pages", "rows", "labels", "sha256", "sha256_of_this")
                if metadata["layout"] == LAYOUT:
                    facts = {name: value for name, value in metadata.items() if name not in made}
                    write_index(staging, cast(SnapshotFacts, facts), read_reached(published))
                # of another version, which cannot be made anew: it is not served, and must not keep
                # anybody
                else:
                    for name in ("snapshot_index.arrow", "snapshot_index.json"):
                        (staging / name).unlink(missing_ok=True)
            publish_folder(staging, published.with_name(published.name.split("~")[0]), link)
    for old in published.parent.iterdir():
        if old.resolve() != link.resolve():
            shutil.rmtree(old)
    return removed


def _remove_from_file(path: Path, names: Collection[str]) -> int:
    if path.suffix == ".parquet":
        return _remove_from_parquet(path, names)
    if path.suffix == ".csv":
        return _remove_from_csv(path, names)
    return _remove_from_workbook(path, names) if path.suffix == ".xlsx" else 0


def _remove_from_parquet(path: Path, names: Collection[str]) -> int:
    if "customer_id" not in pq.read_schema(path).names:
        return 0
    table = pq.read_table(path)
    matching = pc.is_in(table.column("customer_id"), pa.array(sorted(names), pa.string()))
    removed = int(pc.sum(matching).as_py() or 0)
    if removed:
        pq.write_table(table.filter(pc.invert(matching)), path, compression="zstd")
    return removed


def _remove_from_csv(path: Path, names: Collection[str]) -> int:
    """Rows whose customer's column, or the only one of an audience, is one of these names.
    Raises ListUnreadable."""
    shown = {*names, *map(escape_formula, names)}
    listed = _read_list(path)
    rows = listed.rows
    place = _find_customer_column(rows[0]) if rows else 0
    rest = [
        row
        for at, row in enumerate(rows)
        if at == 0 or len(row) <= place or row[place] not in shown
    ]
    if len(rest) < len(rows):
        with (
            replace_atomically(path) as fresh,
            fresh.open("w", encoding="utf-8-sig", newline="") as stream,
        ):
            csv.writer(stream, delimiter=listed.separator).writerows(rest)
    for left in path.parent.glob(
        f".{glob.escape(path.name)}-*"
    ):  # of a run that died while it wrote
        left.unlink()
    return len(rows) - len(rest)


def _read_list(path: Path) -> EditedList:
    """A list as it lies there: people work on it, and some programs save it in another encoding.
    Raises ListUnreadable."""
    try:
        return read_edited_list(path)
    except (ValueError, csv.Error):
        raise ListUnreadable(file=str(path)) from None


def _find_customer_column(header: Sequence[Any]) -> int:
    """Where a list names the customer; the first column, where no title says so."""
    titles = {
        "customer_id",
        *(translate("list.column.customer_id", language) for language in ("zh", "en")),
    }
    return next((at for at, title in enumerate(header) if title in titles), 0)


def _remove_from_workbook(path: Path, names: Collection[str]) -> int:
    shown = {*names, *map(escape_formula, names)}
    workbook, removed = load_workbook(path), 0
    for sheet in workbook.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        place = _find_customer_column(rows[0]) if rows else 0
        # A text like `_x0041_` is written with its first sign escaped, which openpyxl leaves so.
        keys = [(at, str(row[place])) for at, row in enumerate(rows[1:], start=2)]
        matching = [at for at, key in keys if key in shown or unescape(key) in shown]
        for at in reversed(matching):
            sheet.delete_rows(at)
        removed += len(matching)
    if removed:
        workbook.save(path)
    return removed
