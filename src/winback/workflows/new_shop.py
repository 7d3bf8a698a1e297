"""From files nobody has described to a shop file: show what was understood, ask what cannot be
known, write the TOML."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypedDict

from winback.config.shop import SHOP_NAME, Shop, load_shop
from winback.core.errors import (
    AmountsAmbiguous,
    AnswerInvalid,
    AnswerNeeded,
    DatesAmbiguous,
    EncodingAmbiguous,
    ExportMissing,
    FileFitsNoSource,
    FileMissing,
    FileNotText,
    FileNotUtf8,
    NoFileFits,
    NotRecognised,
    SheetsAmbiguous,
    ShopFileExists,
    WinbackError,
)
from winback.core.paths import DataPaths
from winback.data.ingest.detection import preview_sources, recognise_export
from winback.data.ingest.recognised_file import RecognisedFile
from winback.data.ingest.source_files import list_source_files
from winback.data.ingest.staging import UnitPreview
from winback.data.platforms.registry import PROFILES
from winback.data.pseudonyms import load_key
from winback.i18n.error_text import format_error
from winback.i18n.translate import Language, translate
from winback.monitoring.data_quality import format_remarks
from winback.readers.archives import SourceFile, find_files
from winback.workflows.answers import (
    ENCODINGS,
    HOW,
    TOP,
    TWO_WAYS,
    Answers,
    Ask,
    check_answers,
    parse_answers,
)
from winback.workflows.column_remarks import list_column_remarks, list_unused_remarks
from winback.workflows.process import clear_progress, show_progress
from winback.workflows.shop_draft import (
    KINDS,
    Found,
    ShopDraft,
    build_draft,
    find_joint_profile,
    fold_paths,
    list_paths,
    render_toml,
    settle_notation,
)


@dataclass(frozen=True)
class NewShop:
    """Files to make a shop of. name: left out, that of the first file; out: where the shop file
    goes; answers: given beforehand, `KEY=VALUE`."""

    files: Sequence[Path]
    name: str | None
    out: Path | None
    answers: Sequence[str]


class NewShopFile(TypedDict):
    """The shop file that was written, the folders it names, where new files are found by the next
    import, its single files, and what was understood of the exports. questions: how many
    were asked; preview: as `preview_sources` has it; skipped: files that are no export we know;
    unused_columns: what is said of columns that nothing is read from."""

    shop_file: str
    questions: int
    preview: Sequence[Mapping[str, Any]]
    recognised: Sequence[Mapping[str, object]]
    skipped: Sequence[str]
    column_remarks: Sequence[str]
    unused_columns: Sequence[str]
    row_remarks: Sequence[str]
    folders: Sequence[str]
    single_files: Sequence[str]


class ImportPreview(TypedDict):
    """What some exports seem to be. remarks: on their rows; refused: why they make no shop file
    yet; key and question: of the answer it asks for."""

    recognised: Sequence[Mapping[str, object]]
    preview: Sequence[Mapping[str, Any]]
    remarks: Sequence[str]
    unused_columns: Sequence[str]
    shop_file: str | None
    refused: str | None
    refused_on_page: str | None
    key: str | None
    question: str | None


class Presenter(Protocol):
    """Shows what is understood while a shop is described."""

    def show_columns(self, recognised: Found) -> None:
        """What each kind of file seems to be, and its columns with how sure that is."""

    def show_rows(self, shop: Shop, parts: Sequence[Mapping[str, Any]]) -> None:
        """The first rows as they are understood."""

    def show_remarks(self, remarks: Sequence[str]) -> None:
        """What is said of the rows, before anything is written."""

    def show_skipped(self, file: str) -> None:
        """A file that is no export we know, among some that are."""


def import_new_shop(
    new_shop: NewShop,
    home: DataPaths,
    now: datetime,
    language: Language,
    ask: Ask | None,
    presenter: Presenter | None,
) -> NewShopFile:
    """Write a shop file for some exports and return its path, with what was understood of them.

    ask: None where nobody can answer: what is needed then must be given beforehand. presenter: None
    where nobody looks on. Raises NotRecognised, AnswerNeeded, AnswerInvalid and ShopFileExists, and
    whatever reading refuses.
    """
    asking = Answers(parse_answers(new_shop.answers), ask, language)
    show_progress(translate("import_wizard.looking", language))
    check_answers(parse_answers(new_shop.answers))
    recognised = _recognise(new_shop.files, asking)
    clear_progress()
    usable = _choose_usable_files(recognised, asking, presenter)
    name = asking.get_given("name") or new_shop.name or _build_shop_name(new_shop.files[0])
    if not SHOP_NAME.fullmatch(name):  # it becomes a folder's
        choices = f"{_build_shop_name(Path(name))} (a-z, 0-9, -, _)"
        raise AnswerInvalid(key="name", value=name, choices=choices)
    target = (new_shop.out or home.root / "shops" / f"{name}.toml").resolve()
    if target.exists():
        raise ShopFileExists(file=str(target))
    if presenter is not None:
        presenter.show_columns(usable)
    draft = build_draft(name, usable, asking)
    if presenter is not None:
        for file in draft.passed_over:
            presenter.show_skipped(file)
    asking.refuse_open()
    key = load_key(home.get_shop_folder(name) / "pseudonym.key")
    folders = _list_folders(new_shop.files)
    unused = list_unused_remarks(usable, draft, language)
    if presenter is not None:
        presenter.show_remarks(unused)
    made = _write_shop_file(target, draft, folders, asking, key, now, presenter)
    _check_all_used(asking, target)
    named = list(dict.fromkeys(list_paths(made.draft)))
    return {
        "shop_file": str(target),
        "folders": [path for path in named if path in folders],
        "single_files": [path for path in named if path not in folders],
        "questions": asking.asked,
        "preview": made.previews,
        "recognised": [asdict(each) for _, each in usable],
        "skipped": [
            *(each.file for _, each in recognised if not any(each is of for _, of in usable)),
            *draft.passed_over,
        ],
        "column_remarks": [
            remark for _, each in usable for remark in list_column_remarks(each, language)
        ],
        "unused_columns": unused,
        "row_remarks": made.remarks,
    }


def preview_import(
    new_shop: NewShop, home: DataPaths, now: datetime, language: Language
) -> ImportPreview:
    """What some exports seem to be, their first rows as understood, and the shop file they make; or
    why they make none yet. Raises what reading a file refuses.
    """
    result: ImportPreview = {
        "recognised": [],
        "preview": [],
        "remarks": [],
        "unused_columns": [],
        "shop_file": None,
        "refused": None,
        "refused_on_page": None,
        "key": None,
        "question": None,
    }
    given = Answers(parse_answers(new_shop.answers), None, language)
    try:
        result["recognised"] = [asdict(each) for _, each in _recognise(new_shop.files, given)]
    except AnswerNeeded as needed:
        return _add_refusal(result, needed, language)
    try:
        made = import_new_shop(new_shop, home, now, language, None, None)
    except WinbackError as error:
        return _add_refusal(result, error, language)
    return {
        **result,
        "preview": made["preview"],
        "remarks": made["row_remarks"],
        "unused_columns": made["unused_columns"],
        "shop_file": made["shop_file"],
    }


def _add_refusal(result: ImportPreview, error: WinbackError, language: Language) -> ImportPreview:
    key, question = (error.values.get(name) for name in ("key", "question"))
    return {
        **result,
        "refused": format_error(error, language),
        "refused_on_page": format_error(error, language, on_page=True),
        "key": key,
        "question": question,
    }


def _recognise(files: Sequence[Path], asking: Answers) -> Found:
    """What each file seems to be; in which encoding or on which sheet it is, is asked where that
    cannot be known."""
    refuse_missing(files)
    while True:
        try:
            return recognise_export(
                files,
                asking.get_given("encoding") or "auto",
                asking.get_named_columns(),
                asking.get_given("sheet"),
            )
        except EncodingAmbiguous as several:
            if asking.is_given("encoding"):
                raise
            codecs = str(several.values["candidates"]).split(", ")
            answer = asking.get_answer("encoding", several.values, codecs[0], codecs)
            asking.keep("encoding", answer)
        except (FileNotUtf8, FileNotText) as unreadable:
            if asking.is_given("encoding"):
                raise
            values = {**unreadable.values, "candidates": ", ".join(ENCODINGS)}
            answer = asking.get_answer("encoding", values, ENCODINGS[0], ENCODINGS)
            asking.keep("encoding", answer)
        except SheetsAmbiguous as alike:
            if asking.is_given("sheet"):
                raise
            sheets = re.findall("'(.+?)'(?:, |$)", str(alike.values["sheets"]))
            asking.keep("sheet", asking.get_answer("sheet", alike.values, sheets[0], sheets))


def refuse_missing(files: Sequence[Path]) -> None:
    """Raise ExportMissing for the first path at which nothing lies."""
    for path in files:
        if not _is_there(path):
            raise ExportMissing(file=str(path))


def _is_there(path: Path) -> bool:
    """Whether something lies there: a file, a folder, a pattern's files, or a member of a zip."""
    try:
        return bool(find_files([path.resolve()], Path()))
    except FileMissing:
        return False


def _choose_usable_files(recognised: Found, asking: Answers, presenter: Presenter | None) -> Found:
    """The files that can be imported; others are refused alone, and passed over with a word
    among some that can."""
    bad = [each for _, each in recognised if not _is_usable(each, asking)]
    if not bad or find_joint_profile(recognised):
        return recognised
    for each in bad:
        refusal = PROFILES[each.profile].names_nobody if each.profile else None
        if refusal and not asking.is_given("customer_id"):
            raise refusal(file=each.file)
    if len(bad) == len(recognised) or any(each.profile for each in bad):
        raise NotRecognised(
            file=bad[0].file, found=", ".join(bad[0].names[:40]), lacking=", ".join(bad[0].lacking)
        )
    if presenter is not None:
        for each in bad:
            presenter.show_skipped(each.file)
    return [(file, each) for file, each in recognised if _is_usable(each, asking)]


def _is_usable(each: RecognisedFile, asking: Answers) -> bool:
    if each.kind == "unknown" or (each.profile and each.lacking):
        return False
    times = {"ordered_at", "occurred_at"} & set(each.lacking)
    return not any(not asking.is_given(ours) for ours in times)


def _build_shop_name(path: Path) -> str:
    """A name for a shop from a file's; Chinese names leave nothing, and become `shop`."""
    plain = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.split(".")[0].lower()).strip("-")
    return plain[:63] or "shop"


@dataclass(frozen=True)
class _WrittenDraft:
    """The draft as it was written, the first rows it gives, and what is said of them."""

    draft: ShopDraft
    previews: Sequence[UnitPreview]
    remarks: Sequence[str]


def _write_shop_file(
    target: Path,
    draft: ShopDraft,
    folders: Mapping[str, Sequence[str]],
    asking: Answers,
    key: bytes,
    now: datetime,
    presenter: Presenter | None,
) -> _WrittenDraft:
    """Write the shop file once its sources can be read. Which way to read dates and amounts is
    asked where the files leave it open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    try:
        while True:
            unfinished.write_text(render_toml(draft, asking.language), encoding="utf-8")
            shop = load_shop(unfinished)
            try:
                previews = preview_sources(shop, key, now)
                draft = settle_notation(draft, previews["units"])
                unfinished.write_text(render_toml(draft, asking.language), encoding="utf-8")
                break
            except (DatesAmbiguous, AmountsAmbiguous) as two_ways:
                which = "dates" if isinstance(two_ways, DatesAmbiguous) else "decimals"
                answer = asking.get_answer(which, two_ways.values, None, TWO_WAYS[which][1:])
                for source in (each for kind in KINDS for each in draft.sources[kind]):
                    source[which] = answer
        remarks = format_remarks(previews["remarks"], shop.currency, asking.language)
        if presenter is not None:
            presenter.show_rows(shop, previews["units"])
            presenter.show_remarks(remarks)
        written = _fold_where_same(draft, folders, unfinished, asking.language)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return _WrittenDraft(written, previews["units"], remarks)


def _list_folders(paths: Sequence[Path]) -> dict[str, list[str]]:
    """The folders, patterns and archives among paths, and the files of each."""
    folders = {}
    for path in (each.resolve() for each in paths):
        files = find_files([path], Path())
        if files != (SourceFile(path),):
            folders[str(path)] = [str(file) for file in files]
    return folders


def _fold_where_same(
    draft: ShopDraft,
    folders: Mapping[str, Sequence[str]],
    unfinished: Path,
    language: Language,
) -> ShopDraft:
    """Let the shop file name folders, if its sources read the same files of them as were
    recognised. Else, where columns do not tell kinds of files apart, it names the files."""
    named = unfinished.read_text(encoding="utf-8")
    folded = fold_paths(draft, folders)
    files = _list_files_by_source(load_shop(unfinished))
    unfinished.write_text(render_toml(folded, language), encoding="utf-8")
    with contextlib.suppress(FileFitsNoSource, NoFileFits):
        if _list_files_by_source(load_shop(unfinished)) == files:
            return folded
    unfinished.write_text(named, encoding="utf-8")
    return draft


def _list_files_by_source(shop: Shop) -> dict[tuple[str, int], set[SourceFile]]:
    return {(each.kind, each.at): set(each.files) for each in list_source_files(shop)}


def _check_all_used(asking: Answers, target: Path) -> None:
    """A profile knows its own columns: an answer about one would change nothing, and must not
    seem to."""
    for key, value in asking.list_unused():
        target.unlink()
        known = ", ".join((*TOP, *HOW, "paid", "name"))
        raise AnswerInvalid(key="--set", value=f"{key}={value}", choices=known)
