"""A customer's right to be forgotten, and to know what is known of them (PIPL 45 and 47, GDPR 15
and 17; RELIABILITY 3).

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
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl import load_workbook

from winback.config.shop import Shop
from winback.core.errors import CustomerUnknown, FileMissing, ListUnreadable, VaultKeyWrong
from winback.core.files import publish_folder
from winback.data.contacts import known_as, read_addresses
from winback.data.erasure_list import add_marks, drop_old_tables, mark, marks_in, phones_of
from winback.data.ingest.pipeline import import_shop
from winback.data.pseudonyms import key_of, pseudonym
from winback.data.store import Store, merges_in, open_store
from winback.delivery.contact_addresses import name_on_platform, vault_of
from winback.delivery.run_lock import turn_of
from winback.i18n.translate import cell, say
from winback.ledger.audit_log import note
from winback.ledger.engine import Ledger
from winback.ledger.erasure import (
    ERASED,
    Alias,
    erase_customers,
    is_known,
    known_households,
    told_of,
    wipe,
)
from winback.measurement.outcomes import outcomes_of
from winback.scoring.snapshot_index import LAYOUT, reach_in, write_shelf

_DAYS = "????-??-??"
_TABLES = ("orders", "order_lines", "refunds", "events")


def erase(
    shop: Shop,
    ledger: Ledger,
    folder: Path,
    customer: str,
    actor: str,
    now: datetime,
    progress: Callable[[str, int], None] = lambda _file, _rows: None,
) -> dict[str, Any]:
    """Forget a customer for good; returns a certificate of what was removed where. folder: the
    shop's own.

    Aggregates stay: they are in no arm but as an alias, which nobody can turn back without having
    known the id. Raises CustomerUnknown, ListUnreadable and RunUnderWay: nothing is sent meanwhile.
    """
    key, store = key_of(folder / "pseudonym.key"), open_store(folder)
    customer = known_as(shop, store, folder, customer)
    ids = _ids_of(store, customer)
    again = mark(key, "customer", customer) in marks_in(folder)
    if not again and not _in_tables(store, ids) and not is_known(ledger, ids):
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    with turn_of(ledger, folder, now):
        addresses = _addresses(shop, ledger, folder, customer)
        phones = phones_of(folder, ids, _own_phone(shop, store, folder, ids, addresses, key))
        add_marks(
            folder,
            [
                *(mark(key, "customer", each) for each in ids),
                *(mark(key, "phone", each) for each in phones),
            ],
        )
        names = {
            *ids,
            *addresses.values(),
            *filter(None, (name_on_platform(shop, each) for each in ids)),
        }
        alias = Alias(
            _alias(key, "customer", ids), _alias(key, "household", known_households(ledger, ids))
        )
        # The tables last: while they are as they were, the same command knows every name to look
        # for.
        rows = _files_without(folder, names)
        kept = outcomes_of(shop, store, ledger, ids)
        rows |= erase_customers(ledger, alias, alias.customer[customer], actor, now, kept)
        wipe(ledger)
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


def exported(
    shop: Shop, ledger: Ledger, folder: Path, customer: str, actor: str, now: datetime
) -> dict[str, Any]:
    """Everything kept of a customer, as plain data; the trail notes who asked. Raises
    CustomerUnknown."""
    store = open_store(folder)
    customer = known_as(shop, store, folder, customer)
    ids = _ids_of(store, customer)
    con = store.connect()
    told: dict[str, Any] = {"customer_id": customer, "merged_ids": sorted(set(ids) - {customer})}
    for table in _TABLES:
        found = con.execute(f"select * from {table} where customer_id = ? order by all", [customer])
        names = [column[0] for column in found.description or ()]
        told[table] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    newest = max((folder / "snapshots").glob(_DAYS), default=None)
    if newest is not None:
        asked = [("customer_id", "==", customer)]
        rows = pq.read_table(newest / "snapshot.parquet", filters=asked).to_pylist()
        told["snapshot"] = {"cutoff": newest.name, "rows": rows}
    told["ledger"] = told_of(ledger, ids)
    told["addresses"] = vault_of(shop, ledger, folder).addresses(customer)
    if (
        not any(told[table] for table in _TABLES)
        and not any(told["ledger"].values())
        and not told["addresses"]
    ):
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    with ledger.writing() as connection:
        note(
            connection,
            now,
            actor,
            "exported",
            pseudonym(customer, key_of(folder / "pseudonym.key"), "customer"),
            {},
        )
    return told


def _alias(key: bytes, kind: str, names: Collection[str]) -> dict[str, str]:
    return {each: ERASED + mark(key, kind, each)[:32] for each in names}


def _addresses(shop: Shop, ledger: Ledger, folder: Path, customer: str) -> dict[str, str]:
    """What the vault has of a customer; nothing, where its key is lost: then nobody can read it
    any more."""
    try:
        return vault_of(shop, ledger, folder).addresses(customer)
    except VaultKeyWrong:
        return {}


def _own_phone(
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
        listed = read_addresses(shop, store, folder)
    except FileMissing:
        listed = {}
    others = {
        pseudonym(each["phone"], key, "phone")
        for name, each in listed.items()
        if name not in ids and "phone" in each
    }
    return {pseudonym(addresses["phone"], key, "phone")} - others


def _ids_of(store: Store, customer: str) -> list[str]:
    """A customer's id, and those that were merged into it."""
    return sorted(
        {
            customer,
            *(row["merged_id"] for row in merges_in(store) if row["customer_id"] == customer),
        }
    )


def _in_tables(store: Store, ids: Collection[str]) -> bool:
    con = store.connect()
    tables = ("orders", "events", "refunds")
    asked = " union all ".join(
        f"select 1 from {table} where list_contains($ids, customer_id)" for table in tables
    )
    return (
        con.execute(f"select 1 from ({asked}) limit 1", {"ids": list(ids)}).fetchone() is not None
    )


def _files_without(folder: Path, names: Collection[str]) -> Counter[str]:
    """Take a person out of snapshots, lists and hand-off lists; returns how many rows of each."""
    removed = Counter[str]()
    for root in (folder / "snapshots", folder / "recalls"):
        for link in sorted(root.glob(_DAYS)):
            removed[root.name] += _published_without(root, link, names)
    for path in (*(folder / "handoff").glob("*/*.csv"), *(folder / "audience").glob("*/*.csv")):
        removed[path.parent.parent.name] += _csv_without(path, names)
    # Pages are drawn again when somebody asks for them.
    for path in (folder / "wecom-unmatched.csv", *(folder / "diagnosis").rglob("*")):
        if path.is_file() and any(
            name in path.read_text(encoding="utf-8", errors="replace") for name in names
        ):
            path.unlink()
            removed["pages"] += 1
    return removed


def _published_without(root: Path, link: Path, names: Collection[str]) -> int:
    """Publish a folder anew without a person, and keep no older version of it."""
    kept = link.resolve()
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=root) as scratch:
        staging = Path(scratch) / "without"
        shutil.copytree(kept, staging)
        removed = sum(_file_without(path, names) for path in sorted(staging.iterdir()))
        if removed:
            if (staging / "shelf.json").is_file():
                told = json.loads((staging / "shelf.json").read_text(encoding="utf-8"))
                made = ("layout", "pages", "rows", "labels", "sha256", "sha256_of_this")
                kept_told = {name: value for name, value in told.items() if name not in made}
                if told["layout"] == LAYOUT:
                    write_shelf(staging, kept_told, reach_in(kept))
                # of another version, which cannot be made anew: it is not served, and must not keep
                # anybody
                else:
                    for name in ("shelf.arrow", "shelf.json"):
                        (staging / name).unlink(missing_ok=True)
            publish_folder(staging, kept.with_name(kept.name.split("~")[0]), link)
    for old in kept.parent.iterdir():
        if old.resolve() != link.resolve():
            shutil.rmtree(old)
    return removed


def _file_without(path: Path, names: Collection[str]) -> int:
    if path.suffix == ".parquet":
        return _parquet_without(path, names)
    if path.suffix == ".csv":
        return _csv_without(path, names)
    return _workbook_without(path, names) if path.suffix == ".xlsx" else 0


def _parquet_without(path: Path, names: Collection[str]) -> int:
    if "customer_id" not in pq.read_schema(path).names:
        return 0
    table = pq.read_table(path)
    theirs = pc.is_in(table.column("customer_id"), pa.array(sorted(names), pa.string()))
    removed = int(pc.sum(theirs).as_py() or 0)
    if removed:
        pq.write_table(table.filter(pc.invert(theirs)), path, compression="zstd")
    return removed


def _csv_without(path: Path, names: Collection[str]) -> int:
    """Rows whose customer's column, or the only one of an audience, is one of these names.
    Raises ListUnreadable."""
    shown = {*names, *map(cell, names)}
    rows = _rows_of(path)
    place = _place_of_customer(rows[0]) if rows else 0
    rest = [
        row
        for at, row in enumerate(rows)
        if at == 0 or len(row) <= place or row[place] not in shown
    ]
    if len(rest) < len(rows):
        aside = path.with_name(f".{path.name}-without")
        with aside.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(rest)
        aside.replace(path)
    for left in path.parent.glob(
        f".{glob.escape(path.name)}-*"
    ):  # of a run that died while it wrote
        left.unlink()
    return len(rows) - len(rest)


def _rows_of(path: Path) -> list[list[str]]:
    """A list as it lies there: people work on it, and some programs save it in another encoding.
    Raises ListUnreadable."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as stream:
                return list(csv.reader(stream))
        except (UnicodeDecodeError, csv.Error):
            continue
    raise ListUnreadable(file=str(path))


def _place_of_customer(header: Sequence[Any]) -> int:
    """Where a list names the customer; the first column, where no title says so."""
    titles = {
        "customer_id",
        *(say("list.column.customer_id", language) for language in ("zh", "en")),
    }
    return next((at for at, title in enumerate(header) if title in titles), 0)


def _workbook_without(path: Path, names: Collection[str]) -> int:
    shown = {*names, *map(cell, names)}
    book, removed = load_workbook(path), 0
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        place = _place_of_customer(rows[0]) if rows else 0
        theirs = [at for at, row in enumerate(rows[1:], start=2) if str(row[place]) in shown]
        for at in reversed(theirs):
            sheet.delete_rows(at)
        removed += len(theirs)
    if removed:
        book.save(path)
    return removed
