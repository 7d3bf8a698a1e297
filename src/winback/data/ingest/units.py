"""What a shop's sources are made of: the units that are read together, and the hashes that tell
whether they, or a whole import, are what they were."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from winback.config.shop import Shop
from winback.core.files import hash_file, write_atomically
from winback.data.ingest.source_files import list_source_files
from winback.data.ingest.staged_parts import Kind, Source, Unit
from winback.data.ingest.staging import READING
from winback.data.pseudonyms import fingerprint_key
from winback.data.store import (
    LAYOUT,
)
from winback.readers.archives import SourceFile


def list_units(shop: Shop, key: bytes, erased: frozenset[str] = frozenset()) -> list[Unit]:
    """What a shop's sources are made of, in their order. erased: marks of who must not come
    back."""
    units: list[Unit] = []
    for each in list_source_files(shop):
        of_path = _hash_paths(each.groups)
        for together in each.groups:
            sha256 = {file.name: of_path[file.path] for file in together}
            unit_key = _hash_unit(shop, each.kind, each.source, sha256, key, erased)
            units.append(Unit(each.kind, each.at, together, unit_key, sha256))
    # The same file in two folders is one file.
    return list({(unit.key, unit.at): unit for unit in units}.values())


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


def hash_import(
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
