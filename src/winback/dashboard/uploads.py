"""Exports brought in by upload.

An upload is looked at first: what it seems to be, its first rows as understood, and whatever must
be answered. One that a source of the shop can read is read as that source is, without a question.
Only then it becomes a source of the shop, in a file of its own beside the shop file.
"""

import asyncio
import json
import re
import secrets
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from winback.config.shop import get_uploads_path
from winback.config.source_columns import OrderColumns
from winback.config.upload_limits import MOST_UPLOAD_BYTES
from winback.core.files import write_atomically
from winback.core.locks import hold_lock
from winback.core.service_errors import UploadRefused
from winback.dashboard.auth import load_current_user, redirect_to
from winback.dashboard.context import DashboardContext, read_json
from winback.dashboard.csrf import read_form
from winback.dashboard.jobs import run_and_wait
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import build_query
from winback.i18n.translate import Language
from winback.ledger.audit_log import append
from winback.workflows.answers import ENCODINGS, LEVELS, TWO_WAYS
from winback.workflows.jobs import ImportSources, PreviewImport

MOST_FILES = 20  # of one upload
KINDS = ("orders", "items", "events")
FIELDS = tuple(OrderColumns.model_fields)
NO_COLUMN = "!none"  # the answer that no column of the file is it
HOW: Mapping[str, Sequence[str]] = {
    "encoding": ENCODINGS,
    **{name: choices[1:] for name, choices in TWO_WAYS.items()},  # the first asks for none
    **LEVELS,
}
_FILES = "files"  # the folder of an upload's files, apart from what we note of it
_LONGEST_NAME = 120  # bytes
_NOTHING_FOUND: Mapping[str, Any] = {
    "recognised": [],
    "preview": [],
    "remarks": [],
    "unused_columns": [],
    "refused": None,
    "refused_on_page": None,
    "key": None,
    "question": None,
    "shop_file": None,
}
_UPLOAD = re.compile(r"[0-9a-f]{16}")
_SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
    *(".json", ".jsonl", ".parquet", ".gz", ".zip"),
)


@dataclass(frozen=True)
class Upload:
    """Files brought in together. upload: its name; used: whether the shop reads them; at: the
    moment, as ISO has it."""

    upload: str
    used: bool
    files: Sequence[str]
    by: str
    at: str


pages = PageRouter()


def add_receiver(app: FastAPI, context: DashboardContext) -> None:
    """Let an app take in uploads: read as they come, so not as other forms are."""

    async def receive(request: Request) -> Response:
        user = await asyncio.to_thread(load_current_user, request, context)
        user.require_role("operator")
        form = await read_form(request, user, MOST_FILES)
        try:
            upload = await store_upload(context, form.getlist("files"), user.account.name)
        finally:
            await form.close()
        return redirect_to(f"/data/upload/{upload}")

    app.post("/data/upload", include_in_schema=False)(receive)


@pages.page("/data/upload/{upload}", "operator")
def show_upload(page: Page) -> Response:
    """What an upload seems to be."""
    return _render_upload(page, None)


@pages.action("/data/upload/{upload}")
def answer_questions(page: Page) -> Response:
    """What an upload seems to be, with what was answered."""
    names = (*FIELDS, *HOW, "sheet", "timezone", "currency", "paid")
    return _render_upload(page, {name: page.read_field(name, 256) for name in names})


@pages.action("/data/upload/{upload}/import")
def import_upload(page: Page) -> Response:
    """Let the shop read an upload, and import."""
    add_source(page.context, page.path["upload"], page.user.account.name)
    return page.run_job(ImportSources(), "/data")


@pages.action("/data/upload/{upload}/drop")
def drop_upload(page: Page) -> Response:
    """Remove an upload."""
    drop_source(page.context, page.path["upload"], page.user.account.name)
    return redirect_to(f"/data{build_query({'done': 'drop'})}")


async def store_upload(context: DashboardContext, files: Sequence[Any], by: str) -> str:
    """Keep uploaded files as they came; returns the upload's name. Raises UploadRefused."""
    named = [each for each in files if getattr(each, "filename", "")]
    if not named:
        raise UploadRefused(file="–", detail="0")
    upload = secrets.token_hex(8)
    folder = context.folder / "uploads" / upload
    (folder / _FILES).mkdir(parents=True, mode=0o700)
    try:
        await _write_files(folder / _FILES, named)
        names = sorted(path.name for path in (folder / _FILES).iterdir())
        description = {"files": names, "by": by, "at": context.now().isoformat(), "answers": {}}
        write_atomically(folder / "upload.json", json.dumps(description, ensure_ascii=False))
    # Also a full disk, or somebody who hangs up: nothing of it stays.
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, FileExistsError):
            raise UploadRefused(file=named[0].filename[:100], detail="2×") from None
        raise
    return upload


def preview_upload(
    context: DashboardContext, upload: str, answers: Mapping[str, str] | None, language: Language
) -> dict[str, object]:
    """What an upload seems to be. answers: None for those given before. Raises UploadRefused."""
    folder = _get_upload_folder(context, upload)
    description, draft = dict(read_json(folder / "upload.json")), folder / "draft.toml"
    answers = description["answers"] if answers is None else answers
    given = {name: value for name, value in answers.items() if value}
    with _lock_uploads(context):
        draft.unlink(missing_ok=True)
        job = _build_preview_job(context, folder, description["files"], given)
        answer = run_and_wait(context, job, description["by"], language)
    # Where it lies on this machine is no news to who has sent it.
    message = answer.message.replace(f"{folder / _FILES}/", "")
    is_ready = draft.is_file()
    note = {**description, "answers": given, "ready": is_ready}
    write_atomically(folder / "upload.json", json.dumps(note, ensure_ascii=False))
    return {
        "upload": upload,
        "files": description["files"],
        "answers": given,
        "found": answer.json or {**_NOTHING_FOUND, "refused_on_page": message},
        "ready": is_ready,
    }


def add_source(context: DashboardContext, upload: str, by: str) -> None:
    """Let the shop read an upload from now on: written beside the shop file, and tried. Raises
    UploadRefused, as `load_shop`."""
    folder = _get_upload_folder(context, upload)
    try:
        draft = tomllib.loads((folder / "draft.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UploadRefused(file=upload, detail="draft.toml") from None
    platforms = {source.platform for source in context.reload_shop().orders if source.platform}
    path = get_uploads_path(context.shop_file)
    with _lock_uploads(context):
        sources = _remove_folder(read_json(path), folder)  # said twice, it is one source
        for kind in KINDS:
            sources[kind] += _list_sources(draft.get(kind, []), platforms)
        _write_uploads(context, path, sources)
    files = {"files": len(read_json(folder / "upload.json")["files"])}
    with context.ledger.begin_write() as connection:
        append(connection, context.now(), by, "upload_added", upload, files)


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


def list_uploads(context: DashboardContext) -> list[Upload]:
    """Uploads, the newest first, and whether the shop reads them."""
    sources = read_json(get_uploads_path(context.shop_file))
    read = [each for kind in KINDS for each in sources.get(kind, ())]
    uploads = []
    for folder in (context.folder / "uploads").glob("*"):
        description = read_json(folder / "upload.json")
        if description:
            used = any(_is_in_folder(each, folder) for each in read)
            files, by, at = (description[name] for name in ("files", "by", "at"))
            uploads.append(Upload(folder.name, used, files, by, at))
    return sorted(uploads, key=lambda each: each.at, reverse=True)


def _render_upload(page: Page, answers: Mapping[str, str] | None) -> Response:
    """answers: None for those given before."""
    values = preview_upload(page.context, page.path["upload"], answers, page.language)
    return page.render("upload", **values, fields=FIELDS, how=HOW, no_column=NO_COLUMN)


async def _write_files(folder: Path, files: Sequence[Any]) -> None:
    """Write what comes in, readable for us alone. Raises UploadRefused and FileExistsError."""
    size = 0
    for each in files:
        path = folder / _clean_file_name(each.filename)
        with path.open("xb") as stream:
            while part := await each.read(1 << 20):
                size += len(part)
                if size > MOST_UPLOAD_BYTES:
                    too_much = f"> {MOST_UPLOAD_BYTES >> 20} MB"
                    raise UploadRefused(file=each.filename[:100], detail=too_much)
                await asyncio.to_thread(stream.write, part)
        path.chmod(0o600)


def _build_preview_job(
    context: DashboardContext, folder: Path, files: Sequence[str], given: Mapping[str, str]
) -> PreviewImport:
    shop = context.reload_shop()
    answers = {"timezone": shop.timezone, "currency": shop.currency, **given}
    return PreviewImport(
        [str(folder / _FILES / name) for name in files],
        shop.name,
        str(folder / "draft.toml"),
        [f"{name}={'' if value == NO_COLUMN else value}" for name, value in answers.items()],
        is_first_look=not given,
    )


def _list_sources(drafted: Any, platforms: set[str]) -> list[dict[str, object]]:
    """The sources of a draft; ids of a platform the shop tells apart get its name."""
    sources = []
    for source in [drafted] if isinstance(drafted, Mapping) else drafted:
        is_platform = "platform" not in source and source.get("profile") in platforms
        sources.append({**source, **({"platform": source["profile"]} if is_platform else {})})
    return sources


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


def _remove_folder(sources: Mapping[str, Any], folder: Path) -> dict[str, list[Any]]:
    return {
        kind: [each for each in sources.get(kind, ()) if not _is_in_folder(each, folder)]
        for kind in KINDS
    }


def _lock_uploads(context: DashboardContext) -> AbstractContextManager[None]:
    """One at a time, whichever process: two who add a source must not lose each other's."""
    return hold_lock(context.folder / "uploads" / ".alone")


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
