"""Data on the page: what came in and how fresh it is, what was refused and why, and exports brought
in by upload.

An upload is looked at first: what it seems to be, its first rows as understood, and whatever must
be answered. Only then it becomes a source of the shop, in a file of its own beside the shop file.
"""

import asyncio
import fcntl
import json
import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from winback.config.shop import get_uploads_path
from winback.config.sources import OrderColumns
from winback.core.errors import UploadRefused
from winback.core.files import write_atomically
from winback.dashboard.context import DashboardContext, open_page_engine, read_json
from winback.dashboard.customers import PAGE_ROWS
from winback.dashboard.jobs import run_and_wait
from winback.dashboard.limits import MOST_UPLOAD_BYTES
from winback.data.store import quote_literal
from winback.i18n.translate import CATALOGUE, Language
from winback.ledger.audit_log import append
from winback.workflows.jobs import PreviewImport

MOST_FILES = 20  # of one upload
KINDS = ("orders", "items", "events")
FIELDS = tuple(OrderColumns.model_fields)
HOW: Mapping[str, tuple[str, ...]] = {
    "encoding": (
        "cp1252",
        "iso-8859-15",
        "cp1250",
        "cp1251",
        "big5",
        "shift_jis",
        "euc_kr",
        "gb18030",
        "utf-8",
    ),
    "dates": ("dmy", "mdy"),
    "decimals": ("point", "comma"),
}
_FILES = "files"  # the folder of an upload's files, apart from what we note of it
_LONGEST_NAME = 120  # bytes
_UPLOAD = re.compile(r"[0-9a-f]{16}")
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".json", ".jsonl", ".parquet", ".gz", ".zip")


def build_data_page(context: DashboardContext) -> dict[str, Any]:
    """What the page of data shows; store None before the first import."""
    store = context.open_store()
    page: dict[str, Any] = {"manifest": None, "uploads": _list_uploads(context), "contacts": {}}
    lists = context.list_days("recalls")
    if lists:
        page["contacts"] = context.read_summary("recalls", lists[0]).get("contacts", {})
    if store is None:
        return page
    manifest = store.manifest
    last = datetime.fromisoformat(manifest.last_day) if manifest.last_day else None
    return {
        **page,
        "manifest": manifest,
        "quarantined": sum(manifest.quarantined.values()),
        "kept": manifest.counts.get("rows_kept", 0),
        "age_days": (context.to_local_time(context.now()).date() - last.date()).days
        if last
        else None,
    }


def build_quarantine_page(context: DashboardContext, reason: str, number: int) -> dict[str, Any]:
    """One page of the rows that were refused, each with its file, line, column and value."""
    store = context.open_store()
    path = store.folder / "quarantine" / "000.parquet" if store is not None else None
    if store is None or path is None or not path.is_file():
        return {"rows": [], "total": 0, "reasons": {}, "reason": ""}
    chosen = reason if reason in store.manifest.quarantined else ""
    with open_page_engine(threads=1) as con:
        where, values = ("reason = ?", [chosen]) if chosen else ("true", [])
        rows = con.execute(
            'select file, line, "column", value, reason '
            f"from read_parquet({quote_literal(str(path))}) "
            f"where {where}"
            f" order by file, line limit {PAGE_ROWS} offset ?",
            [*values, (number - 1) * PAGE_ROWS],
        ).fetchall()
    total = (
        store.manifest.quarantined.get(chosen, 0)
        if chosen
        else sum(store.manifest.quarantined.values())
    )
    names = ("file", "line", "column", "value", "reason")
    return {
        "rows": [dict(zip(names, row, strict=True)) for row in rows],
        "total": total,
        "reasons": dict(store.manifest.quarantined),
        "reason": chosen,
    }


async def store_upload(context: DashboardContext, files: Sequence[Any], by: str) -> str:
    """Keep uploaded files as they came; returns the upload's name. Raises UploadRefused."""
    named = [each for each in files if getattr(each, "filename", "")]
    if not named:
        raise UploadRefused(file="–", detail="0")
    upload = secrets.token_hex(8)
    folder = context.folder / "uploads" / upload
    (folder / _FILES).mkdir(parents=True, mode=0o700)
    try:
        size = 0
        for each in named:
            with (folder / _FILES / _clean_file_name(each.filename)).open("xb") as stream:
                while part := await each.read(1 << 20):
                    size += len(part)
                    if size > MOST_UPLOAD_BYTES:
                        raise UploadRefused(
                            file=each.filename[:100], detail=f"> {MOST_UPLOAD_BYTES >> 20} MB"
                        )
                    await asyncio.to_thread(stream.write, part)
        for path in (folder / _FILES).iterdir():
            path.chmod(0o600)
        names = sorted(path.name for path in (folder / _FILES).iterdir())
        description = {"files": names, "by": by, "at": context.now().isoformat(), "answers": {}}
        write_atomically(folder / "upload.json", json.dumps(description, ensure_ascii=False))
    except (
        BaseException
    ) as error:  # also a full disk, or somebody who hangs up: nothing of it stays
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, FileExistsError):
            raise UploadRefused(file=named[0].filename[:100], detail="2×") from None
        raise
    return upload


def preview_upload(
    context: DashboardContext, upload: str, answers: Mapping[str, str] | None, language: Language
) -> dict[str, Any]:
    """What an upload seems to be. answers: None for those given before. Raises UploadRefused."""
    folder = _get_upload_folder(context, upload)
    description = dict(read_json(folder / "upload.json"))
    given = {
        name: value
        for name, value in (description["answers"] if answers is None else answers).items()
        if value
    }
    draft, shop = folder / "draft.toml", context.reload_shop()
    with _lock_uploads(context):
        draft.unlink(missing_ok=True)
        known = {"timezone": shop.timezone, "currency": shop.currency, **given}
        job = PreviewImport(
            [str(folder / _FILES / name) for name in description["files"]],
            shop.name,
            str(draft),
            [f"{name}={value}" for name, value in known.items()],
        )
        answer = run_and_wait(context, job, description["by"], language)
    # Where it lies on this machine is no news to who has sent it.
    message = answer.message.replace(f"{folder / _FILES}/", "")
    result = answer.json or {
        "recognised": [],
        "preview": [],
        "refused": message,
        "key": None,
        "question": None,
        "shop_file": None,
    }
    write_atomically(
        folder / "upload.json",
        json.dumps({**description, "answers": given, "ready": draft.is_file()}, ensure_ascii=False),
    )
    return {
        "upload": upload,
        "files": description["files"],
        "answers": given,
        "found": result,
        "ready": draft.is_file(),
    }


def add_source(context: DashboardContext, upload: str, by: str) -> None:
    """Let the shop read an upload from now on: written beside the shop file, and tried. Raises
    UploadRefused, as `load_shop`."""
    folder = _get_upload_folder(context, upload)
    try:
        drawn_up = tomllib.loads((folder / "draft.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UploadRefused(file=upload, detail="draft.toml") from None
    platforms, path = (
        {source.platform for source in context.reload_shop().orders if source.platform},
        get_uploads_path(context.shop_file),
    )
    with _lock_uploads(context):
        before = dict(read_json(path))
        rest = _remove_folder(before, folder)  # said twice, it is one source
        added = {kind: list(rest.get(kind, ())) for kind in KINDS}
        for kind in KINDS:
            sources = drawn_up.get(kind, [])
            for source in [sources] if isinstance(sources, Mapping) else sources:
                platform = (
                    {"platform": source["profile"]} if source.get("profile") in platforms else {}
                )
                added[kind].append({**source, **platform})
        _write_uploads(context, path, added)
    with context.ledger.begin_write() as connection:
        append(
            connection,
            context.now(),
            by,
            "upload_added",
            upload,
            {"files": len(read_json(folder / "upload.json")["files"])},
        )


def drop_source(context: DashboardContext, upload: str, by: str) -> None:
    """Let the shop read an upload no more, and remove its files. Raises UploadRefused."""
    folder, path = _get_upload_folder(context, upload), get_uploads_path(context.shop_file)
    with _lock_uploads(context):
        before = dict(read_json(path))
        if before:
            _write_uploads(context, path, _remove_folder(before, folder))
        shutil.rmtree(folder)
    with context.ledger.begin_write() as connection:
        append(connection, context.now(), by, "upload_dropped", upload, {})


def describe_reason(reason: str) -> str:
    """A reason of the quarantine as a key of the catalogue."""
    return reason if reason in CATALOGUE else "quality.unknown_reason"


def _write_uploads(
    context: DashboardContext, path: Path, added: Mapping[str, Sequence[Any]]
) -> None:
    """Write the uploads' file; what it makes of the shop must be readable, else it stays as it
    was."""
    old = path.read_bytes() if path.is_file() else None
    write_atomically(path, json.dumps(added, ensure_ascii=False, indent=1))
    try:
        context.reload_shop()
    except Exception:
        if old is None:
            path.unlink()
        else:
            path.write_bytes(old)
        raise


def _list_uploads(context: DashboardContext) -> list[dict[str, Any]]:
    """Uploads, the newest first, and whether the shop reads them."""
    sources = read_json(get_uploads_path(context.shop_file))
    uploads = []
    for folder in (context.folder / "uploads").glob("*"):
        description = read_json(folder / "upload.json")
        if description:
            used = any(
                _is_in_folder(each, folder) for kind in KINDS for each in sources.get(kind, ())
            )
            uploads.append({"upload": folder.name, "used": used, **description})
    return sorted(uploads, key=lambda each: str(each["at"]), reverse=True)


def _remove_folder(sources: Mapping[str, Any], folder: Path) -> dict[str, list[Any]]:
    return {
        kind: [each for each in sources.get(kind, ()) if not _is_in_folder(each, folder)]
        for kind in KINDS
    }


@contextmanager
def _lock_uploads(context: DashboardContext) -> Iterator[None]:
    """One at a time, whichever process: two who add a source must not lose each other's."""
    place = context.folder / "uploads"
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".alone").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_in_folder(source: Mapping[str, Any], folder: Path) -> bool:
    return any(folder.resolve() in Path(str(path)).parents for path in source.get("paths", ()))


def _get_upload_folder(context: DashboardContext, upload: str) -> Path:
    folder = context.folder / "uploads" / upload
    if not _UPLOAD.fullmatch(upload) or not (folder / "upload.json").is_file():
        raise UploadRefused(file=upload[:32], detail="404")
    return folder


def _clean_file_name(name: str) -> str:
    """A file's name without its folders, and without what no file system takes. Raises
    UploadRefused."""
    plain = re.sub(
        r"[\x00-\x1f/\\:*?\"<>|\[\]]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]
    ).strip(". ")
    plain = plain.encode("utf-8", "replace")[-_LONGEST_NAME:].decode("utf-8", "ignore")
    if not plain or not plain.lower().endswith(_SUFFIXES):
        raise UploadRefused(file=name[:100], detail=", ".join(_SUFFIXES))
    return plain
