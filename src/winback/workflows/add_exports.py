"""Next week's export: added to the source of a shop that can read it, and imported."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from winback.config.shop import Shop
from winback.config.shop_file_edit import add_path, count_sources, list_paths
from winback.config.sources import EventSource, ItemSource, OrderSource
from winback.core.errors import (
    FileFitsNoSource,
    FileFitsSeveral,
    PathNotAdded,
    WinbackError,
)
from winback.core.locks import hold_lock
from winback.data.ingest.detection import preview_sources, recognise_export
from winback.data.ingest.source_files import (
    Place,
    describe_lacking,
    find_lacking,
    list_source_files,
    list_sources,
)
from winback.data.ingest.staged_parts import Source
from winback.data.ingest.staging import get_profile
from winback.data.pseudonyms import load_key
from winback.i18n.translate import Language
from winback.monitoring.data_quality import format_remarks
from winback.readers.archives import SourceFile, find_files
from winback.workflows.import_exports import ImportResult, import_exports
from winback.workflows.new_shop import ImportPreview, refuse_missing
from winback.workflows.shop_draft import KINDS, ShopDraft, render_toml
from winback.workflows.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class AddedPath:
    """A path that the shop file names from now on, and in which of its sections."""

    path: str
    sections: Sequence[str]


@dataclass(frozen=True)
class AddedImport:
    """An import of added exports. added: empty if the shop read all of them already."""

    workspace: Workspace
    result: ImportResult
    added: Sequence[AddedPath]


def import_added_exports(shop_file: Path, files: Sequence[Path], language: Language) -> AddedImport:
    """Add exports to the sources of a shop that can read them, and import. If they are refused,
    the shop file is as it was.

    Raises FileFitsNoSource, FileFitsSeveral, PathNotAdded and whatever reading refuses.
    """
    refuse_missing(files)
    target = shop_file.resolve()
    # One at a time: two that add files must not lose each other's, nor take them back.
    with hold_lock(open_workspace(target, language).folder / ".adding"):
        shop = open_workspace(target, language).shop
        before = target.read_bytes() if target.is_file() else b""
        added = choose_paths(shop, files, _find_own_places(shop, before))
        after = _write_paths(target, before, added, shop)
        try:
            workspace = open_workspace(target, language)
            result = import_exports(workspace)
        except BaseException:
            if target.read_bytes() == after != before:  # else somebody has edited it meanwhile
                _replace(target, before)
            raise
    return AddedImport(
        workspace, result, [AddedPath(path, [kind for kind, _ in at]) for path, at in added.items()]
    )


def preview_added_exports(
    workspace: Workspace, files: Sequence[Path], out: Path
) -> ImportPreview | None:
    """What exports seem to be that sources of a shop can read, and their first rows; None where
    not all fit one source each. out: where their sources are written, read as the shop's own."""
    shop = workspace.shop
    try:
        found = find_files([path.resolve() for path in files], Path())
        if not found:
            return None
        places = choose_places(shop, found, _find_file_places(shop))
        draft = _describe_sources(shop, places)
        key = load_key(workspace.folder / "pseudonym.key")
        previews = preview_sources(_replace_sources(shop, draft), key, workspace.now)
        first = dict(list_sources(shop))[next(iter(places.values()))[0]]
        seems = recognise_export(files, first.encoding, sheet=first.sheet)
        recognised = [asdict(each) for _, each in seems]
    except WinbackError:
        return None  # what it lacks is asked, as of a source of its own
    out.write_text(render_toml(draft, workspace.language), encoding="utf-8")
    return {
        "recognised": recognised,
        "preview": previews["units"],
        "remarks": format_remarks(previews["remarks"], shop.currency, workspace.language),
        "unused_columns": [],
        "shop_file": str(out),
        "refused": None,
        "refused_on_page": None,
        "key": None,
        "question": None,
    }


def _describe_sources(shop: Shop, places: Mapping[SourceFile, Sequence[Place]]) -> ShopDraft:
    """The sources that read some files, as the shop has them, of these files alone."""
    paths: dict[Place, list[str]] = {}
    for file, at in places.items():
        for place in at:
            paths.setdefault(place, []).append(str(file))
    sources: dict[str, list[dict[str, object]]] = {kind: [] for kind in KINDS}
    for place, source in list_sources(shop):
        if place in paths:
            own = source.model_dump(mode="json", exclude_unset=True, exclude_none=True)
            sources[place[0]].append({**own, "paths": paths[place]})
    return ShopDraft({"name": shop.name}, sources)


def _replace_sources(shop: Shop, draft: ShopDraft) -> Shop:
    models: Mapping[str, type[Source]] = {
        "orders": OrderSource,
        "items": ItemSource,
        "events": EventSource,
    }
    return shop.model_copy(
        update={
            kind: tuple(model.model_validate(source) for source in draft.sources[kind])
            for kind, model in models.items()
        }
    )


def choose_paths(
    shop: Shop, paths: Sequence[Path], candidates: Sequence[Place]
) -> dict[str, tuple[Place, ...]]:
    """Each path that a shop does not read yet, and the sources among the candidates that can read
    it: a folder or a pattern as it is, where all of it is new and for one source."""
    read = {_get_identity(file) for each in list_source_files(shop) for file in each.files}
    added: dict[str, tuple[Place, ...]] = {}
    for path in (each.resolve() for each in paths):
        inside = find_files([path], Path())
        files = [file for file in inside if _get_identity(file) not in read]
        places = choose_places(shop, files, candidates)
        if len(files) == len(inside) and len(set(places.values())) == 1:
            added[str(path)] = next(iter(places.values()))
        else:
            added.update({str(file): at for file, at in places.items()})
    return added


def choose_places(
    shop: Shop, files: Sequence[SourceFile], candidates: Sequence[Place]
) -> dict[SourceFile, tuple[Place, ...]]:
    """The sources that read each file: one, or several that read the same files already. Raises
    FileFitsNoSource and FileFitsSeveral."""
    if not files:
        return {}
    lacking = find_lacking(shop, files, candidates)
    return {file: _choose_places_of(shop, file, lacking[file]) for file in files}


def _choose_places_of(
    shop: Shop, file: SourceFile, lacking: Mapping[Place, str | None]
) -> tuple[Place, ...]:
    sources = dict(list_sources(shop))
    fitting = [place for place, column in lacking.items() if column is None]
    if not fitting:
        raise FileFitsNoSource(file=str(file), shop=shop.name, lacking=describe_lacking(lacking))
    likely = _choose_likely(file, fitting, sources) if len(fitting) > 1 else fitting
    first = sources[likely[0]]
    # A log of which orders and events are read goes on to be read for both.
    together = tuple(place for place in fitting if sources[place].paths == first.paths)
    others = [
        place
        for place in likely
        if place not in together and not _is_alike(sources[place], first, place, likely[0])
    ]
    if others:
        listed = [_describe_source(place, sources[place]) for place in (likely[0], *others)]
        raise FileFitsSeveral(file=str(file), shop=shop.name, sources=", ".join(listed))
    return together


def _choose_likely(
    file: SourceFile, fitting: Sequence[Place], sources: Mapping[Place, Source]
) -> Sequence[Place]:
    """Of the sources that can read a file those of its kind and profile, if there are some."""
    first = sources[fitting[0]]
    [(_, seems)] = recognise_export([Path(str(file))], first.encoding, sheet=first.sheet)
    kinds = ("orders", "events") if seems.kind == "log" else (seems.kind,)
    of_kind = [place for place in fitting if place[0] in kinds] or fitting
    return [place for place in of_kind if sources[place].profile == seems.profile] or of_kind


def _is_alike(one: Source, other: Source, place: Place, other_place: Place) -> bool:
    """Whether two sources read files in the same way: then it does not matter which one does."""
    same_kind = place[0] == other_place[0]
    return same_kind and one.model_dump(exclude={"paths"}) == other.model_dump(exclude={"paths"})


def _describe_source(place: Place, source: Source) -> str:
    named = source.platform or source.profile or ", ".join(str(path) for path in source.paths[:1])
    return f"[{place[0]}] {named}"


def _get_identity(file: SourceFile) -> tuple[Path, str | None]:
    return file.path.resolve(), file.member


def _find_own_places(shop: Shop, shop_file: bytes) -> list[Place]:
    """The sources of files that stand in the shop file itself: not uploads."""
    text = shop_file.decode("utf-8-sig")
    return [(kind, at) for kind, at in _find_file_places(shop) if at < count_sources(text, kind)]


def _find_file_places(shop: Shop) -> list[Place]:
    """The sources of files: no databases, and no tables of one data set."""
    return [
        place
        for place, source in list_sources(shop)
        if source.paths and not get_profile(source, shop).together
    ]


def _write_paths(
    target: Path, before: bytes, added: Mapping[str, Sequence[Place]], shop: Shop
) -> bytes:
    """Write paths into the shop file; returns its new content. Raises PathNotAdded."""
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    text = before.decode("utf-8-sig")
    for path, places in added.items():
        for kind, at in places:
            written = _shorten(path, shop.folder, list_paths(text, kind, at))
            edited = add_path(text, kind, at, written)
            if edited is None:
                raise PathNotAdded(path=path, shop=str(target), section=kind)
            text = edited
    after = mark + text.encode()
    if after != before:
        _replace(target, after)
    return after


def _shorten(path: str, folder: Path, others: Sequence[str]) -> str:
    """A path as the shop file writes its others: from the shop file's folder, if they are."""
    is_relative = any(not Path(other).is_absolute() for other in others)
    if is_relative and Path(path).is_relative_to(folder):
        return Path(path).relative_to(folder).as_posix()
    return path


def _replace(target: Path, content: bytes) -> None:
    """Write the shop file so that a reader sees the old one or the new one; it stays readable for
    whom it was."""
    fresh = target.with_name(f".{target.name}-{os.getpid()}")
    fresh.write_bytes(content)
    shutil.copymode(target, fresh)
    fresh.replace(target)
