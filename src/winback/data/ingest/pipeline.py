"""From a shop's exports to its published tables: find the files, read them apart, assemble,
publish."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.core.errors import (
    ImportAgain,
    NotImported,
    TableDamaged,
    UnitChanged,
)
from winback.core.locks import hold_lock
from winback.data.erasure_list import load_erased
from winback.data.ingest.export_order import sort_by_newest
from winback.data.ingest.manifest import build_tables_and_manifest
from winback.data.ingest.sandbox import Limits, run_in_subprocess
from winback.data.ingest.staged_parts import Part, Staged, Tally, Unit, load_finished
from winback.data.ingest.staging import stage
from winback.data.ingest.units import hash_import, list_units
from winback.data.pseudonyms import load_key
from winback.data.store import (
    Manifest,
    Store,
    open_engine,
    open_store,
    publish_tables,
)
from winback.i18n.numbers import format_units

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


def lock_import(folder: Path) -> contextlib.AbstractContextManager[None]:
    """One import of a shop at a time: a second waits, and then finds everything done."""
    return hold_lock(folder / ".importing")


def _import_locked(
    shop: Shop, folder: Path, now: datetime, progress: Progress, limits: Limits | None
) -> Manifest:
    key = load_key(folder / "pseudonym.key")
    units = list_units(shop, key, load_erased(folder))
    version = hash_import(shop, units, folder, key)
    published = _find_published(folder)
    if published and _is_of(published.manifest, version):
        return published.manifest
    (folder / "imports").mkdir(parents=True, exist_ok=True)
    staged = stage_units(shop, units, folder, key, now, progress, limits)
    if any(not unit.files for unit in units):
        version = hash_import(shop, units, folder, key, _list_part_files(staged))
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder) as scratch:
        staging = Path(scratch) / "tables"
        staging.mkdir()
        con = open_engine(threads=2, memory_mb=ENGINE_MB, spill=Path(scratch) / "spill")
        progress("", sum(part.tally.read for _, made in staged for part in made))
        manifest = build_tables_and_manifest(
            con, shop, folder, staged, version, key, staging, now, published
        )
        con.close()
        publish_tables(folder, staging, manifest)
    _remove_old_units(folder / "staged", units)
    return manifest


def _find_published(folder: Path) -> Store | None:
    """A shop's tables as they are now, if they can be read."""
    with contextlib.suppress(NotImported, ImportAgain, TableDamaged):
        return open_store(folder)
    return None


def _is_of(manifest: Manifest, version: str) -> bool:
    """Whether tables are of just these files, no row of them waits for its time to come, and it
    was noted whether orders have times."""
    is_past = "time_in_future" not in manifest.quarantined
    return manifest.version == version and is_past and manifest.dated_only is not None


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
    """Every unit's parts, those read before and those read now, the newest export last."""
    staged = folder / "staged"
    staged.mkdir(exist_ok=True)
    made = _find_finished(units, staged, now)
    waiting = [unit for unit in units if made[unit.key] is None]
    if waiting:
        run_in_subprocess(
            stage, (shop, waiting, staged, key, now, sorted(load_erased(folder))), progress, limits
        )
    finished_units = sort_by_newest(_collect_finished(units, made, staged))
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
            earlier, later = before.median_minor, of_file.median_minor
            counted = min(sum(before.amounts.values()), sum(of_file.amounts.values()))
            _check_unit_change(earlier, later, counted, unit, shop.currency)
            before.add(of_file)


def _check_unit_change(
    earlier: float | None, later: float | None, counted: int, unit: Unit, currency: str
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
            median=format_units(later, currency),
            before=format_units(earlier, currency),
        )
