"""From a shop's exports to its published tables: find the files, read them apart, assemble,
publish."""

import contextlib
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from winback.config.shop import Shop
from winback.core.errors import (
    ImportAgain,
    NothingImported,
    NotImported,
    PathsMissing,
    TableDamaged,
    UnitChanged,
)
from winback.core.files import hash_file, write_atomically
from winback.data.erasure_list import load_erased
from winback.data.ingest.build_tables import build_tables
from winback.data.ingest.sandbox import Limits, run_in_subprocess
from winback.data.ingest.staged_views import create_staged_views
from winback.data.ingest.staging import (
    READING,
    STAGED,
    Kind,
    Part,
    Source,
    Staged,
    Tally,
    Unit,
    get_profile,
    load_finished,
    stage,
)
from winback.data.pseudonyms import fingerprint_key, load_key
from winback.data.readers.archives import SourceFile, find_files
from winback.data.store import (
    LAYOUT,
    Manifest,
    count_parts,
    fetch_int,
    find_first_known,
    open_engine,
    open_store,
    publish_tables,
)
from winback.i18n.numbers import format_money

ENGINE_MB = 1000  # so that an import of any size stays within 1.5 GB
# Medians of fewer amounts than this say nothing; beyond fivefold it is the unit, not the season.
FEWEST_AMOUNTS, MOST_SHIFT = 30, 5.0

Progress = Callable[[str, int], None]


def import_shop(
    shop: Shop,
    folder: Path,
    now: datetime,
    progress: Progress = lambda _file, _rows: None,
    limits: Limits | None = None,
) -> Manifest:
    """Bring a shop's exports in and publish them under `folder`; importing the same again changes
    nothing.

    now: when this happens; a day after it is the future. progress: called with file
    and rows read so far. limits: of the process that reads the files.
    """
    with lock_import(folder):
        return _import_locked(shop, folder, now, progress, limits)


@contextlib.contextmanager
def lock_import(folder: Path) -> Iterator[None]:
    """One import of a shop at a time: a second waits, and then finds everything done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".importing").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _import_locked(
    shop: Shop, folder: Path, now: datetime, progress: Progress, limits: Limits | None
) -> Manifest:
    key = load_key(folder / "pseudonym.key")
    units = list_units(shop, key, load_erased(folder))
    version = _hash_import(shop, units, folder, key)
    published = _find_published(folder, version)
    if published:
        return published
    (folder / "imports").mkdir(parents=True, exist_ok=True)
    staged = stage_units(shop, units, folder, key, now, progress, limits)
    if any(not unit.files for unit in units):
        version = _hash_import(shop, units, folder, key, _list_part_files(staged))
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder) as scratch:
        staging = Path(scratch) / "tables"
        staging.mkdir()
        con = open_engine(threads=2, memory_mb=ENGINE_MB, spill=Path(scratch) / "spill")
        progress("", sum(part.tally.read for _, made in staged for part in made))
        manifest = _build_and_publish(con, shop, folder, staged, version, key, staging, now)
        con.close()
        publish_tables(folder, staging, manifest)
    _remove_old_units(folder / "staged", units)
    return manifest


def _find_published(folder: Path, version: str) -> Manifest | None:
    """What was imported of just these files, unless a row of it waits for its time to come."""
    with contextlib.suppress(NotImported, ImportAgain, TableDamaged):
        published = open_store(folder).manifest
        if published.version == version and "time_in_future" not in published.quarantined:
            return published
    return None


def _list_part_files(staged: Sequence[Staged]) -> list[Path]:
    return [path for _, made in staged for part in made for path in part.files.values()]


def _remove_old_units(staged_folder: Path, units: Sequence[Unit]) -> None:
    """Remove what was staged of files that are no longer the shop's."""
    for old in staged_folder.iterdir():
        if old.name not in {unit.key for unit in units}:
            shutil.rmtree(old, ignore_errors=True)


def stage_units(
    shop: Shop,
    units: Sequence[Unit],
    folder: Path,
    key: bytes,
    now: datetime,
    progress: Progress,
    limits: Limits | None,
) -> list[Staged]:
    """Every unit's parts, those read before and those read now."""
    staged = folder / "staged"
    staged.mkdir(exist_ok=True)
    made = _find_finished(units, staged, now)
    waiting = [unit for unit in units if made[unit.key] is None]
    if waiting:
        run_in_subprocess(
            stage, (shop, waiting, staged, key, now, sorted(load_erased(folder))), progress, limits
        )
    finished_units = _collect_finished(units, made, staged)
    _refuse_unit_change(shop, finished_units)
    return finished_units


def _find_finished(
    units: Sequence[Unit], staged: Path, now: datetime
) -> dict[str, list[Part] | None]:
    """The parts of units that are read already; None for those to read."""
    made: dict[str, list[Part] | None] = {}
    for unit in units:
        made[unit.key] = (
            load_finished(staged / unit.key) if unit.files else None
        )  # a database is asked again
        # What was the future when it was read may be the past by now.
        tallies = [part.tally for part in made[unit.key] or ()]
        if any(
            tally.reasons["time_in_future"] and tally.read_at < now.isoformat() for tally in tallies
        ):
            shutil.rmtree(staged / unit.key)
            made[unit.key] = None
    return made


def _collect_finished(
    units: Sequence[Unit], made: dict[str, list[Part] | None], staged: Path
) -> list[Staged]:
    finished_units: list[Staged] = []
    for unit in units:
        parts = made[unit.key] or load_finished(staged / unit.key)
        if parts is None:
            raise TableDamaged(file=str(staged / unit.key), detail="sha256")
        finished_units.append((unit, parts))
    return finished_units


def list_units(shop: Shop, key: bytes, erased: frozenset[str] = frozenset()) -> list[Unit]:
    """What a shop's sources are made of, in their order. erased: marks of who must not come
    back."""
    units: list[Unit] = []
    for kind, at, source in _list_sources(shop):
        groups = _group_files(shop, kind, source)
        of_path = _hash_paths(groups)
        for together in groups:
            sha256 = {file.name: of_path[file.path] for file in together}
            unit_key = _hash_unit(shop, kind, source, sha256, key, erased)
            units.append(Unit(kind, at, together, unit_key, sha256))
    # The same file in two folders is one file.
    return list({(unit.key, unit.at): unit for unit in units}.values())


def _list_sources(shop: Shop) -> Iterator[tuple[Kind, int, Source]]:
    """(kind, its place among the sources of its kind, source)"""
    sources: Mapping[Kind, Sequence[Source]] = {
        "orders": shop.orders,
        "items": shop.items,
        "events": shop.events,
    }
    for kind, each_of_kind in sources.items():
        for at, source in enumerate(each_of_kind):
            yield kind, at, source


def _group_files(shop: Shop, kind: Kind, source: Source) -> list[tuple[SourceFile, ...]]:
    """A source's files, those together that are read together; a database is one group of none.
    Raises PathsMissing and what `find_files` does."""
    profile = get_profile(source, shop)
    if source.database:
        return [()]
    paths = source.paths or (tuple(profile.own_paths()) if profile.own_paths else ())
    if not paths:
        raise PathsMissing(shop=shop.name, section=kind)
    files = find_files(paths, shop.folder)
    return [files] if profile.together else [(file,) for file in files]


def _hash_paths(groups: Sequence[Sequence[SourceFile]]) -> dict[Path, str]:
    paths = dict.fromkeys(file.path for files in groups for file in files)  # a zip holds several
    return {path: hash_file(path) for path in paths}


def _hash_unit(
    shop: Shop,
    kind: Kind,
    source: Source,
    sha256: Mapping[str, str],
    key: bytes,
    erased: frozenset[str],
) -> str:
    """A hash of everything that decides how a unit is read."""
    later = {
        "paths",
        "wholesale_units",
        "counts",
        "accept_unit_change",
    }  # decide what is made of it afterwards
    reading = source.model_dump(mode="json", exclude=later)
    plain = [
        READING,
        kind,
        reading,
        shop.timezone,
        shop.currency,
        sha256,
        fingerprint_key(key),
        *sorted(erased),
    ]
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:24]


def _hash_import(
    shop: Shop, units: Sequence[Unit], folder: Path, key: bytes, read: Sequence[Path] = ()
) -> str:
    """A hash of everything an import depends on. read: what a database gave, which no file's
    hash tells."""
    reading = {"name", "timezone", "currency", "orders", "items", "events", "products", "identity"}
    settings = shop.model_dump(mode="json", include=reading)
    _replace_paths_by_content(settings, shop)
    content = [*(unit.key for unit in units), *(hash_file(path) for path in read)]
    plain = [LAYOUT, settings, content, load_unmerges(folder), fingerprint_key(key)]
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:16]


def _replace_paths_by_content(settings: dict[str, Any], shop: Shop) -> None:
    """Files count by their content, wherever they lie."""
    for kind in ("orders", "items", "events"):
        for source in settings[kind]:
            source["paths"] = []
    for section, name in (("products", "path"), ("identity", "map")):
        if (settings[section] or {}).get(name):
            path = shop.folder / settings[section][name]
            settings[section][name] = hash_file(path) if path.is_file() else ""


def load_unmerges(folder: Path) -> list[tuple[str, str]]:
    """Pairs of ids that must not become one customer, as `winback merges --undo` left them."""
    try:
        pairs = json.loads((folder / "apart.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [(one, other) for one, other in pairs]


def add_unmerge(folder: Path, one: str, other: str) -> None:
    """Undo a merge from the next import on."""
    pairs = sorted({*load_unmerges(folder), (one, other)})
    write_atomically(folder / "apart.json", json.dumps(pairs, ensure_ascii=False))


def _refuse_unit_change(shop: Shop, staged: Sequence[Staged]) -> None:
    """Stop where a file's amounts are another size than those of the files before it: yuan
    became fen."""
    for at, source in enumerate(shop.orders):
        before = Tally()
        for unit, made in staged:
            if (unit.kind, unit.at) != ("orders", at) or source.accept_unit_change:
                continue
            of_file = Tally()
            for part in made:
                of_file.add(part.tally)
            earlier, later = before.median_cents, of_file.median_cents
            counted = min(sum(before.amounts.values()), sum(of_file.amounts.values()))
            _check_unit_change(earlier, later, counted, unit)
            before.add(of_file)


def _check_unit_change(
    earlier: float | None, later: float | None, counted: int, unit: Unit
) -> None:
    if (
        earlier
        and later
        and counted >= FEWEST_AMOUNTS
        and not 1 / MOST_SHIFT <= later / earlier <= MOST_SHIFT
    ):
        raise UnitChanged(
            file=unit.files[0].name if unit.files else "",
            ratio=f"{later / earlier:.3g}",
            median=format_money(later, "", decimals=2),
            before=format_money(earlier, "", decimals=2),
        )


def _build_and_publish(
    con: duckdb.DuckDBPyConnection,
    shop: Shop,
    folder: Path,
    staged: Sequence[Staged],
    version: str,
    key: bytes,
    staging: Path,
    now: datetime,
) -> Manifest:
    tallies = _add_tallies(staged)
    total = _sum_tallies(tallies.values())
    _refuse_nothing(
        shop, staged, {at: tally for (kind, at), tally in tallies.items() if kind == "orders"}
    )
    identity = create_staged_views(con, shop, staged, key, load_unmerges(folder))
    parts = count_parts(_count_most_rows(tallies))
    dropped, hashes = build_tables(con, staging, staging.parent, parts)
    rows = {table: fetch_int(con, f"select count(*) from {table}") for table in _COUNTED_TABLES}
    first, last = con.execute(
        f"select min(local_day), max(local_day) from orders where {_COUNTING}"
    ).fetchall()[0]
    return Manifest(
        version=version,
        shop=shop.name,
        parts=parts,
        files=_list_files_read(staged),
        tables=rows,
        sha256=hashes,
        quarantined=dict(sorted(total.reasons.items())),
        left_out=dict(sorted(total.left_out.items())),
        counts={
            **_count_orders(con),
            "refunds": rows["refunds"],
            "rows_read": total.read,
            "rows_kept": total.kept,
            **dropped,
            **identity,
        },
        sources=[
            _describe_source(shop, kind, at, tally, staged) for (kind, at), tally in tallies.items()
        ],
        first_known={
            feed: moment.isoformat() for feed, moment in sorted(find_first_known(con).items())
        },
        first_day=str(first) if first else None,
        last_day=str(last) if last else None,
        imported_at=now.isoformat(timespec="seconds"),
    )


_COUNTED_TABLES = (
    "orders",
    "order_lines",
    "refunds",
    "events",
    "products",
    "quarantine",
    "merges",
)
_COUNTING = "not (gift or wholesale or brushing)"


def _count_most_rows(tallies: Mapping[tuple[Kind, int], Tally]) -> int:
    """The rows kept of the kind that has the most."""
    rows_kept: Counter[Kind] = Counter()
    for (kind, _), tally in tallies.items():
        rows_kept[kind] += tally.kept
    return max(rows_kept.values())


def _list_files_read(staged: Sequence[Staged]) -> list[dict[str, Any]]:
    return [
        {"name": file.name, "sha256": unit.sha256[file.name], "bytes": file.path.stat().st_size}
        for unit, _ in staged
        for file in unit.files
    ]


def _count_orders(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Customers and orders that count, and the orders under each flag."""
    counts = {
        "customers": fetch_int(
            con, f"select count(distinct customer_id) from orders where {_COUNTING}"
        ),
        "orders": fetch_int(con, f"select count(*) from orders where {_COUNTING}"),
    }
    for flag in ("gift", "wholesale", "brushing", "deposit"):
        name = f"{flag}s" if flag in ("gift", "deposit") else flag
        counts[name] = fetch_int(con, f"select count(*) from orders where {flag}")
    return counts


def _add_tallies(staged: Sequence[Staged]) -> dict[tuple[Kind, int], Tally]:
    """What was counted of each source."""
    tallies: dict[tuple[Kind, int], Tally] = {}
    for unit, made in staged:
        tally = tallies.setdefault((unit.kind, unit.at), Tally())
        for part in made:
            tally.add(part.tally)
    return tallies


def _describe_source(
    shop: Shop, kind: Kind, at: int, tally: Tally, staged: Sequence[Staged]
) -> dict[str, Any]:
    """What the manifest keeps of a source, for the data quality report."""
    source = next(unit for unit, _ in staged if (unit.kind, unit.at) == (kind, at)).get_source(shop)
    return {
        "kind": kind,
        "platform": source.platform,
        "profile": source.profile or "columns",
        "files": _count_files(staged, kind, at),
        "read": tally.read,
        "kept": tally.kept,
        "quarantined": dict(sorted(tally.reasons.items())),
        "left_out": dict(sorted(tally.left_out.items())),
        "latest": tally.latest,
        # Only what the export has can be missing from it.
        "missing": {
            column: tally.missing[column] for column in sorted(_list_filled_columns(tally.named))
        },
    }


def _count_files(staged: Sequence[Staged], kind: Kind, at: int) -> int:
    return sum(len(unit.files) for unit, _ in staged if (unit.kind, unit.at) == (kind, at))


def _list_filled_columns(named: Mapping[str, str]) -> set[str]:
    """The staged columns that an export's columns fill."""
    also = {
        "product_name": "name",
        "amount": "amount_cents",
        "order_amount": "order_amount_cents",
        "discount": "discount_cents",
        "list_price": "list_price_cents",
        "unit_cost": "unit_cost_cents",
        "phone": "phone_hash",
        "recipient": "recipient_key",
    }
    # What few rows have anyway is no gap: not every order is a deposit's rest, or paid back.
    nullable = {column.name for columns in STAGED.values() for column in columns if column.nullable}
    return {also.get(ours, ours) for ours in named} & nullable - {"deposit_of", "refunded_at"}


def _refuse_nothing(shop: Shop, staged: Sequence[Staged], orders: Mapping[int, Tally]) -> None:
    """Refuse an import without a single order line, telling the commonest reason and one row of
    it."""
    total = _sum_tallies(orders.values())
    if total.kept:
        return
    reason, count = max(total.reasons.items(), key=lambda each: each[1], default=("no_rows", 0))
    if not total.reasons and total.left_out:
        raise _build_left_out_refusal(shop, total)
    example = _find_example(staged, reason)
    raise NothingImported(
        shop=shop.name,
        rows=total.read,
        reason=reason,
        count=count,
        **{name: example.get(name, "") for name in ("file", "line", "column", "value")},
    )


def _build_left_out_refusal(shop: Shop, total: Tally) -> NothingImported:
    """The refusal where every row was left out by its status: it names the commonest."""
    status, count = max(total.left_out.items(), key=lambda each: each[1])
    return NothingImported(
        shop=shop.name,
        rows=total.read,
        reason="only_left_out",
        count=count,
        file="",
        line=0,
        column="status",
        value=status,
    )


def _find_example(staged: Sequence[Staged], reason: str) -> dict[str, Any]:
    """A refused row to show."""
    example: dict[str, Any] = {
        "file": staged[0][0].files[0].name if staged[0][0].files else "",
        "line": 1,
    }
    for path in (
        part.files["refused"] for _, made in staged for part in made if "refused" in part.files
    ):
        of_reason = pd.read_parquet(path, filters=[("reason", "==", reason)])
        if len(of_reason):
            example = {
                str(name): value
                for name, value in of_reason.astype("object").fillna("").iloc[0].items()
            }
            break
    return example


def _sum_tallies(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
