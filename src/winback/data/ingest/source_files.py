"""Which files each source of a shop reads.

Of a folder, a pattern or an archive that several sources name, each source reads the files that
have its columns: orders and item sheets may lie in one folder. A file that none of them can read
is refused by name, never passed over.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from winback.config.shop import Shop
from winback.core.errors import ColumnMissing, FileFitsNoSource, NoFileFits, PathsMissing
from winback.data.ingest.raw_rows import Profile, find_marks
from winback.data.ingest.sandbox import Tell, run_in_subprocess
from winback.data.ingest.staged_parts import Kind, Source
from winback.data.ingest.staging import get_profile, get_read_options, get_reader
from winback.readers.archives import SourceFile, find_files
from winback.readers.files import read_header

Place = tuple[Kind, int]  # a source: its kind, and its place among the sources of that kind


@dataclass(frozen=True)
class SourceFiles:
    """A source and its files, those together that are read together; a database is one group of
    none."""

    kind: Kind
    at: int
    source: Source
    groups: Sequence[tuple[SourceFile, ...]]

    @property
    def files(self) -> list[SourceFile]:
        return [file for group in self.groups for file in group]


def list_source_files(shop: Shop) -> list[SourceFiles]:
    """Every source of a shop with its files. Raises PathsMissing, FileFitsNoSource, NoFileFits
    and what `find_files` does."""
    sources = dict(list_sources(shop))
    named = {place: _list_paths(shop, place, source) for place, source in sources.items()}
    fitting = _sort_shared_files(shop, named)
    result = []
    for (kind, at), source in sources.items():
        files: list[SourceFile] = []
        for path in named[kind, at]:
            files += fitting.get(((kind, at), path), find_files([path], shop.folder))
        groups = _group_files(tuple(dict.fromkeys(files)), get_profile(source, shop))
        result.append(SourceFiles(kind, at, source, [()] if source.database else groups))
    return result


def list_sources(shop: Shop) -> Iterator[tuple[Place, Source]]:
    """(place, source) of all that a shop has."""
    sources: Mapping[Kind, Sequence[Source]] = {
        "orders": shop.orders,
        "items": shop.items,
        "events": shop.events,
    }
    for kind, each_of_kind in sources.items():
        for at, source in enumerate(each_of_kind):
            yield (kind, at), source


def find_lacking(
    shop: Shop, files: Sequence[SourceFile], places: Sequence[Place]
) -> dict[SourceFile, dict[Place, str | None]]:
    """The column without which a source cannot read a file, of each source; None where it can.
    Raises what reading a file refuses."""
    lacking = run_in_subprocess(probe_files, (shop, files, places), lambda _file, _rows: None)
    return {
        file: dict(zip(places, of_file, strict=True))
        for file, of_file in zip(files, lacking, strict=True)
    }


def probe_files(
    shop: Shop, files: Sequence[SourceFile], places: Sequence[Place], tell: Tell
) -> list[list[str | None]]:
    """In the process apart: what each source lacks in each file."""
    sources = dict(list_sources(shop))
    lacking = []
    for file in files:
        tell(file.name, 0)
        lacking.append([_find_lacking_column(shop, file, at[0], sources[at]) for at in places])
    return lacking


def _list_paths(shop: Shop, place: Place, source: Source) -> list[Path]:
    """The paths of a source, or those of its profile; none of a database. Raises PathsMissing."""
    if source.database:
        return []
    profile = get_profile(source, shop)
    paths = source.paths or (tuple(profile.own_paths()) if profile.own_paths else ())
    if not paths:
        raise PathsMissing(shop=shop.name, section=place[0])
    return [Path(os.path.normpath(shop.folder / each)) for each in paths]


def _group_files(files: tuple[SourceFile, ...], profile: Profile) -> list[tuple[SourceFile, ...]]:
    return [files] if profile.together else [(file,) for file in files]


def _sort_shared_files(
    shop: Shop, named: Mapping[Place, Sequence[Path]]
) -> dict[tuple[Place, Path], list[SourceFile]]:
    """The files of each folder that several sources name, by source."""
    fitting: dict[tuple[Place, Path], list[SourceFile]] = {}
    for path, places in _find_shared_paths(shop, named).items():
        files = find_files([path], shop.folder)
        lacking = find_lacking(shop, files, places)
        for file in files:
            if all(lacking[file].values()):
                raise FileFitsNoSource(
                    file=str(file), shop=shop.name, lacking=describe_lacking(lacking[file])
                )
        for place in places:
            fitting[place, path] = [file for file in files if lacking[file][place] is None]
            if not fitting[place, path]:
                raise NoFileFits(path=str(path), section=place[0], shop=shop.name)
    return fitting


def describe_lacking(lacking: Mapping[Place, str | None]) -> str:
    """Each source's missing column, as a refusal shows it."""
    columns = [f"[{kind}] '{column}'" for (kind, _), column in lacking.items() if column]
    return "; ".join(columns) or "–"


def _find_shared_paths(
    shop: Shop, named: Mapping[Place, Sequence[Path]]
) -> dict[Path, list[Place]]:
    """Folders, patterns and archives that more than one source names. Tables of one data set are
    told apart by their profile."""
    sources = dict(list_sources(shop))
    places: dict[Path, list[Place]] = {}
    for place, paths in named.items():
        if not get_profile(sources[place], shop).together:
            for path in dict.fromkeys(paths):
                places.setdefault(path, []).append(place)
    return {
        path: at
        for path, at in places.items()
        if len(at) > 1 and find_files([path], shop.folder) != (SourceFile(path),)
    }


def _find_lacking_column(shop: Shop, file: SourceFile, kind: Kind, source: Source) -> str | None:
    profile = get_profile(source, shop)
    how = get_read_options(source)
    other = _find_mark_of_other_table(read_header(file, how), kind, profile)
    if other is not None:
        return other
    try:
        next(iter(get_reader(kind, profile, shop)((file,), how)), None)
    except ColumnMissing as missing:
        return str(missing.values["column"])
    return None


def _find_mark_of_other_table(names: Sequence[str], kind: Kind, profile: Profile) -> str | None:
    """A header cell of the profile's table that a file lacks which looks more like its other
    table: an order sheet has all that an item sheet needs."""
    if not profile.item_marks or kind == "events":
        return None
    missing = {
        table: find_marks(marks, names)[1]
        for table, marks in (("orders", profile.marks), ("items", profile.item_marks))
    }
    shares = {
        "orders": len(missing["orders"]) / max(len(profile.marks), 1),
        "items": len(missing["items"]) / len(profile.item_marks),
    }
    fits_better = (
        shares["items"] < shares["orders"]
        if kind == "items"
        else (shares["orders"] <= shares["items"])
    )
    return None if fits_better or not missing[kind] else missing[kind][0]
