"""From files nobody has described to a shop file: show what was understood, ask what cannot be
known, write the TOML.

`--set KEY=VALUE` answers beforehand, for scripts; the keys are our names of columns, `timezone`,
`currency`, `dates`, `decimals`, `outcome_days`, `paid` (statuses that mean a paid order, with
commas) and `name`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import available_timezones

from winback.config.shop import SHOP_NAME, Shop, load_shop
from winback.config.sources import OrderColumns
from winback.core.errors import (
    AmountsAmbiguous,
    AnswerInvalid,
    AnswerNeeded,
    DatesAmbiguous,
    FileNotText,
    FileNotUtf8,
    NameNotUtf8,
    NotRecognised,
    ShopFileExists,
    WinbackError,
)
from winback.core.paths import DataPaths
from winback.data.ingest.detection import RecognisedFile, preview_sources, recognise_export
from winback.data.platforms.registry import PROFILES
from winback.data.pseudonyms import load_key
from winback.data.readers.archives import SourceFile
from winback.i18n.error_text import format_error
from winback.i18n.translate import Language, translate
from winback.workflows.process import clear_progress, print_note, show_progress

SURE_ENOUGH = 0.6  # a column guessed with less is asked about
_TOP = ("timezone", "currency", "outcome_days")
_HOW = ("dates", "decimals", "year", "encoding")
ENCODINGS = (
    "cp1252",
    "iso-8859-15",
    "cp1250",
    "cp1251",
    "big5",
    "shift_jis",
    "euc_kr",
    "gb18030",
    "utf-8",
)
_CHOICES = {"dates": ("auto", "dmy", "mdy"), "decimals": ("auto", "point", "comma")}
_COLUMNS = tuple(OrderColumns.model_fields)

Ask = Callable[[str, str | None], str]
Found = Sequence[tuple[SourceFile, RecognisedFile]]


class Presenter(Protocol):
    """Shows what is understood while a shop is described."""

    def show_columns(self, recognised: Found) -> None:
        """What each kind of file seems to be, and its columns with how sure that is."""

    def show_rows(self, shop: Shop, parts: Sequence[Mapping[str, Any]]) -> None:
        """The first rows as they are understood."""

    def show_skipped(self, file: str) -> None:
        """A file that is no export we know, among some that are."""


def import_new_shop(
    files: Sequence[Path],
    name: str | None,
    out: Path | None,
    given: Sequence[str],
    home: DataPaths,
    now: datetime,
    language: Language,
    ask: Ask | None,
    presenter: Presenter | None,
) -> dict[str, Any]:
    """Write a shop file for some exports and return its path, with what was understood of them.

    ask: None where nobody can answer: what is needed then must be `given`. presenter: None where
    nobody looks on. Raises NotRecognised,
    AnswerNeeded, AnswerInvalid and ShopFileExists, and whatever reading refuses.
    """
    answers = _parse_answers(given)
    show_progress(translate("import_wizard.looking", language))
    asking = _Answers(answers, ask, language)
    _check_answers(answers)
    try:
        recognised = recognise_export(files, answers.get("encoding", "auto"))
    except (FileNotUtf8, FileNotText) as unreadable:
        if "encoding" in answers or ask is None:
            raise
        answers["encoding"] = asking.get_answer("encoding", unreadable.values, "cp1252", ENCODINGS)
        recognised = recognise_export(files, answers["encoding"])
    clear_progress()
    usable = _choose_usable_files(recognised, answers, presenter)
    shop_name = answers.pop("name", None) or name or _build_shop_name(files[0])
    if not SHOP_NAME.fullmatch(shop_name):
        raise AnswerInvalid(key="name", value=shop_name, choices=SHOP_NAME.pattern)
    target = (out or home.root / "shops" / f"{shop_name}.toml").resolve()
    if target.exists():
        raise ShopFileExists(file=str(target))
    if presenter is not None:
        presenter.show_columns(usable)
    settings = _build_settings(shop_name, usable, asking)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}")
    key = load_key(home.get_shop_folder(shop_name) / "pseudonym.key")
    try:
        while True:
            draft.write_text(_render_toml(settings, language), encoding="utf-8")
            shop = load_shop(draft)
            try:
                shown = preview_sources(shop, key, now)
                break
            except (DatesAmbiguous, AmountsAmbiguous) as two_ways:
                which = "dates" if isinstance(two_ways, DatesAmbiguous) else "decimals"
                answer = asking.get_answer(which, two_ways.values, None, _CHOICES[which][1:])
                for source in [*settings["orders"], *settings["items"], *settings["events"]]:
                    source[which] = answer
        if presenter is not None:
            presenter.show_rows(shop, shown)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    if asking.left:
        # A profile knows its own columns: an answer about one would change nothing, and must not
        # seem to.
        unknown = next(iter(asking.left))
        target.unlink()
        raise AnswerInvalid(
            key="--set",
            value=f"{unknown}={asking.left[unknown]}",
            choices=", ".join((*_TOP, *_HOW, "paid", "name")),
        )
    understood = [
        {**vars(each), "columns": [vars(guess) for guess in each.columns]} for _, each in usable
    ]
    return {
        "shop_file": str(target),
        "questions": asking.asked,
        "preview": shown,
        "recognised": understood,
    }


def preview_import(
    files: Sequence[Path],
    name: str | None,
    out: Path | None,
    given: Sequence[str],
    home: DataPaths,
    now: datetime,
    language: Language,
) -> dict[str, Any]:
    """What some exports seem to be, their first rows as understood, and the shop file they make; or
    why they make none yet.

    refused: the sentence; key and question: of the answer it asks for. Raises what reading a file
    refuses.
    """
    encoding = _parse_answers(given).get("encoding", "auto")
    understood = [asdict(each) for _, each in recognise_export(files, encoding)]
    result: dict[str, Any] = {
        "recognised": understood,
        "preview": [],
        "shop_file": None,
        "refused": None,
        "key": None,
        "question": None,
    }
    try:
        made = import_new_shop(files, name, out, given, home, now, language, None, None)
        return result | {key: made[key] for key in ("preview", "shop_file")}
    except WinbackError as error:
        question = {name: error.values.get(name) for name in ("key", "question")}
        return result | {"refused": format_error(error, language), **question}


class _Answers:
    """What is known beforehand, asked, or needed. `asked`: how many questions it took."""

    def __init__(self, answers: dict[str, str], ask: Ask | None, language: Language) -> None:
        self.left, self.ask, self.language, self.asked = answers, ask, language, 0

    def get_answer(
        self, key: str, values: Mapping[str, Any], default: str | None, choices: Sequence[str]
    ) -> str:
        """The answer to `ask.<key>`, which must be one of the choices."""
        if key in self.left:
            return _check_answer(key, self.left.pop(key), choices)
        question = translate(f"ask.{key}", self.language, values)
        if self.ask is None:
            raise AnswerNeeded(question=question, key=key)
        self.asked += 1
        while True:
            try:
                return _check_answer(key, self.ask(question, default).strip(), choices)
            except AnswerInvalid as wrong:
                print_note(translate("answer_invalid", self.language, wrong.values))


def _check_answer(key: str, answer: str, choices: Sequence[str]) -> str:
    fits = bool(re.fullmatch("[A-Z]{3}", answer)) if key == "currency" else answer in choices
    if not fits:
        raise AnswerInvalid(
            key=key, value=answer, choices=", ".join(list(choices)[:12]) or "CNY, EUR, GBP, USD"
        )
    return answer


def _parse_answers(given: Sequence[str]) -> dict[str, str]:
    answers = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise AnswerInvalid(key="--set", value=each, choices="KEY=VALUE")
        answers[key.strip()] = value.strip()
    return answers


def _check_answers(answers: Mapping[str, str]) -> None:
    """Refuse an answer to what is never asked, and one that none of its choices is."""
    keys = tuple(dict.fromkeys(("name", *_TOP, *_HOW, "paid", *_COLUMNS)))
    for key, value in answers.items():
        if key not in keys:
            raise AnswerInvalid(key="--set", value=f"{key}={value}", choices=", ".join(keys))
        if key in _CHOICES:
            _check_answer(key, value, _CHOICES[key])
        if key in ("outcome_days", "year") and not value.isdecimal():
            raise AnswerInvalid(key=key, value=value, choices="1, 2, 3 …")


def _choose_usable_files(
    recognised: Found, answers: Mapping[str, str], presenter: Presenter | None
) -> Found:
    """The files that can be imported; others are refused alone, and passed over with a word
    among some that can."""

    def lacks(each: RecognisedFile) -> bool:
        hopeless = {"ordered_at", "occurred_at"} & set(each.lacking) - set(answers)
        return each.kind == "unknown" or bool(hopeless) or bool(each.profile and each.lacking)

    bad = [each for _, each in recognised if lacks(each)]
    if not bad or any(each.profile and PROFILES[each.profile].together for _, each in recognised):
        return recognised
    if len(bad) == len(recognised) or any(each.profile for each in bad):
        raise NotRecognised(
            file=bad[0].file, found=", ".join(bad[0].names[:40]), lacking=", ".join(bad[0].lacking)
        )
    if presenter is not None:
        for each in bad:
            presenter.show_skipped(each.file)
    return [(file, each) for file, each in recognised if not lacks(each)]


def _build_shop_name(path: Path) -> str:
    """A name for a shop from a file's; Chinese names leave nothing, and become `shop`."""
    plain = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.split(".")[0].lower()).strip("-")
    return plain[:63] or "shop"


def _build_settings(name: str, recognised: Found, asking: _Answers) -> dict[str, Any]:
    """The settings of the shop file."""
    settings: dict[str, Any] = {"name": name, "orders": [], "items": [], "events": []}
    settings.update(_build_place_and_money(recognised, asking))
    if "outcome_days" in asking.left:
        settings["outcome_days"] = int(asking.left.pop("outcome_days"))
    how: dict[str, Any] = {key: asking.left.pop(key) for key in _HOW if key in asking.left}
    if "year" in how:
        how["year"] = int(how["year"])
    whole = next(
        (
            each.profile
            for _, each in recognised
            if each.profile and PROFILES[each.profile].together
        ),
        None,
    )
    if whole:
        source = {"paths": [str(file.path) for file, _ in recognised], "profile": whole, **how}
        return {**settings, "orders": [source], "events": [dict(source)]}
    groups: dict[
        tuple[str, str | None, tuple[tuple[str, str], ...]], list[tuple[SourceFile, RecognisedFile]]
    ] = {}
    for file, each in recognised:
        meaning = tuple(sorted((guess.ours, guess.theirs) for guess in each.columns))
        groups.setdefault((each.kind, each.profile, () if each.profile else meaning), []).append(
            (file, each)
        )
    # Two platforms may both have a customer 17; two years of one shop mean the same one.
    platforms = {profile for kind, profile, _ in groups if kind in ("orders", "log") and profile}
    for (kind, profile, _), members in groups.items():
        first = members[0][1]
        paths = list(dict.fromkeys(str(file) for file, _ in members))
        source = {"paths": paths, **({"profile": profile} if profile else {}), **how}
        if len(platforms) > 1 and profile:
            source["platform"] = profile
        if kind in ("orders", "log"):
            settings["orders"].append({**source, **_build_order_source(members, asking)})
        if kind in ("events", "log"):
            named = (
                {}
                if profile
                else {"columns": {guess.ours: guess.theirs for guess in first.columns}}
            )
            settings["events"].append(
                {**source, **named, **({"kinds": dict(first.kinds)} if not profile else {})}
            )
        if kind == "items":
            settings["items"].append(
                {
                    **source,
                    **({} if profile else {"columns": {g.ours: g.theirs for g in first.columns}}),
                }
            )
    if not settings["orders"]:
        first = recognised[0][1]
        raise NotRecognised(
            file=first.file, found=", ".join(first.names[:40]), lacking="customer_id, ordered_at"
        )
    return settings


def _build_place_and_money(recognised: Found, asking: _Answers) -> dict[str, str]:
    zone = next((each.timezone for _, each in recognised if each.timezone), None)
    currency = next((each.currency for _, each in recognised if each.currency), None)
    if "timezone" in asking.left or zone is None:
        zone = asking.get_answer(
            "timezone",
            {},
            "Asia/Shanghai" if asking.language == "zh" else "UTC",
            sorted(available_timezones()),
        )
    if "currency" in asking.left or currency is None:
        currency = asking.get_answer(
            "currency", {}, "CNY" if asking.language == "zh" else "USD", ()
        )
    return {"timezone": zone, "currency": currency}


def _build_order_source(members: Found, asking: _Answers) -> dict[str, Any]:
    """What a source of orders needs beside its files: its columns, and statuses that no profile
    explains."""
    first = members[0][1]
    source: dict[str, Any] = {}
    if first.profile is None:
        columns = {guess.ours: guess.theirs for guess in first.columns}
        sure = {guess.ours: guess.confidence for guess in first.columns}
        for ours in ("customer_id", "ordered_at"):
            if sure.get(ours, 0) < SURE_ENOUGH or ours in asking.left:
                columns[ours] = asking.get_answer(
                    ours, {"names": ", ".join(first.names)}, columns.get(ours), first.names
                )
        for ours in [each for each in _COLUMNS if each in asking.left]:
            column = asking.left.pop(ours)
            columns.pop(ours, None)
            if column:
                columns[ours] = _check_answer(ours, column, first.names)
        source["columns"] = columns
    statuses: dict[str, str | None] = {}
    for _, each in members:
        statuses.update(each.statuses)
    known = {} if first.profile is None else PROFILES[first.profile].statuses
    unknown = sorted(word for word, ours in statuses.items() if ours is None)
    if unknown:
        paid = _ask_paid_statuses(unknown, asking)
        statuses.update({word: "paid" if word in paid else "ignore" for word in unknown})
    mine = {word: ours for word, ours in statuses.items() if word not in known}
    return {**source, **({"status": mine} if mine else {})}


def _ask_paid_statuses(unknown: Sequence[str], asking: _Answers) -> set[str]:
    """Which of some statuses mean that an order was paid."""
    if "paid" in asking.left:
        return {word.strip() for word in asking.left.pop("paid").split(",")}
    question = translate("ask.paid", asking.language, {"words": ", ".join(unknown)})
    if asking.ask is None:
        raise AnswerNeeded(question=question, key="paid")
    asking.asked += 1
    return {word.strip() for word in re.split("[,，]", asking.ask(question, None))}


def _render_toml(settings: Mapping[str, Any], language: Language) -> str:
    """The shop file. JSON's way to write a text is TOML's too."""
    lines = [f"# {line}" for line in translate("import_wizard.toml", language).split("\n")]
    lines += [f"{key} = {_quote(settings[key])}" for key in ("name", *_TOP) if key in settings]
    for kind in ("orders", "items", "events"):
        several = len(settings[kind]) > 1
        for source in settings[kind]:
            lines += ["", f"[[{kind}]]" if several else f"[{kind}]"]
            tables = {key: value for key, value in source.items() if isinstance(value, dict)}
            lines += [
                f"{key} = {_quote(value)}" for key, value in source.items() if key not in tables
            ]
            for key, table in tables.items():
                lines += ["", f"[{kind}.{key}]"]
                lines += [f"{_quote(ours)} = {_quote(values)}" for ours, values in table.items()]
    return "\n".join(lines) + "\n"


def _quote(value: Any) -> str:
    """A value as TOML writes it: as JSON does, but for one character that TOML does not allow
    raw."""
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if text.encode("utf-8", "replace").decode() != text:
        raise NameNotUtf8(value=ascii(value))
    return text
