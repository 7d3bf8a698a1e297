"""The settings of a shop file for recognised exports, and the file as TOML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from winback.config.shop_file_edit import quote_value
from winback.core.errors import NotRecognised
from winback.data.ingest.detection import RecognisedFile
from winback.data.platforms.registry import PROFILES
from winback.data.readers.archives import SourceFile
from winback.i18n.translate import Language, translate
from winback.workflows.answers import COLUMNS, HOW, TOP, Answers, check_answer

SURE_ENOUGH = 0.6  # a column guessed with less is asked about
KINDS = ("orders", "items", "events")

Found = Sequence[tuple[SourceFile, RecognisedFile]]
_Group = tuple[str, str | None, tuple[tuple[str, str], ...]]


def build_settings(name: str, recognised: Found, asking: Answers) -> dict[str, Any]:
    """The settings of the shop file. Raises AnswerNeeded, AnswerInvalid and NotRecognised."""
    settings: dict[str, Any] = {"name": name, **{kind: [] for kind in KINDS}}
    settings.update(_build_place_and_money(recognised, asking))
    if "outcome_days" in asking.left:
        settings["outcome_days"] = int(asking.left.pop("outcome_days"))
    how: dict[str, Any] = {key: asking.left.pop(key) for key in HOW if key in asking.left}
    if "year" in how:
        how["year"] = int(how["year"])
    together = find_joint_profile(recognised)
    if together:
        paths = [str(file.path) for file, _ in recognised]
        source = {"paths": paths, "profile": together, **how}
        return {**settings, "orders": [source], "events": [dict(source)]}
    for kind, source in _list_sources(recognised, how, asking):
        settings[kind].append(source)
    if not settings["orders"]:
        first = recognised[0][1]
        raise NotRecognised(
            file=first.file, found=", ".join(first.names[:40]), lacking="customer_id, ordered_at"
        )
    return settings


def find_joint_profile(recognised: Found) -> str | None:
    """The profile that reads all of these files together, if one does."""
    for _, each in recognised:
        if each.profile and PROFILES[each.profile].together:
            return each.profile
    return None


def render_toml(settings: Mapping[str, Any], language: Language) -> str:
    """The shop file. JSON's way to write a text is TOML's too."""
    lines = [f"# {line}" for line in translate("import_wizard.toml", language).split("\n")]
    lines += [f"{key} = {quote_value(settings[key])}" for key in ("name", *TOP) if key in settings]
    for kind in KINDS:
        head = f"[[{kind}]]" if len(settings[kind]) > 1 else f"[{kind}]"
        for source in settings[kind]:
            lines += ["", head, *_render_source(kind, source)]
    return "\n".join(lines) + "\n"


def fold_paths(settings: Mapping[str, Any], folders: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Settings whose sources name folders, patterns and archives instead of the files of today.

    folders: of each its files. One with a file that no source reads stays a list of files.
    """
    read = {path for kind in KINDS for source in settings[kind] for path in source["paths"]}
    whole = {folder: files for folder, files in folders.items() if read.issuperset(files)}
    stand_ins = {file: folder for folder, files in whole.items() for file in files}

    def fold(source: Mapping[str, Any]) -> dict[str, Any]:
        paths = dict.fromkeys(stand_ins.get(path, path) for path in source["paths"])
        return {**source, "paths": list(paths)}

    return {**settings, **{kind: [fold(source) for source in settings[kind]] for kind in KINDS}}


def _list_sources(
    recognised: Found, how: Mapping[str, Any], asking: Answers
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each source with its kind; files of one kind whose columns mean the same are one."""
    groups: dict[_Group, list[tuple[SourceFile, RecognisedFile]]] = {}
    for file, each in recognised:
        groups.setdefault(_get_group(each), []).append((file, each))
    # Two platforms may both have a customer 17; two years of one shop mean the same one.
    platforms = {profile for kind, profile, _ in groups if kind in ("orders", "log") and profile}
    for (kind, profile, _), members in groups.items():
        paths = list(dict.fromkeys(str(file) for file, _ in members))
        source = {"paths": paths, **({"profile": profile} if profile else {}), **how}
        if len(platforms) > 1 and profile:
            source["platform"] = profile
        first = members[0][1]
        columns = {} if profile else {"columns": _get_columns(first)}
        if kind in ("orders", "log"):
            yield "orders", {**source, **_build_order_source(members, asking)}
        if kind in ("events", "log"):
            kinds = {} if profile else {"kinds": dict(first.kinds)}
            yield "events", {**source, **columns, **kinds}
        if kind == "items":
            yield "items", {**source, **columns}


def _get_group(each: RecognisedFile) -> _Group:
    meaning = tuple(sorted((guess.ours, guess.theirs) for guess in each.columns))
    return each.kind, each.profile, () if each.profile else meaning


def _get_columns(each: RecognisedFile) -> dict[str, str]:
    """Our name of each column, and the file's."""
    return {guess.ours: guess.theirs for guess in each.columns}


def _build_place_and_money(recognised: Found, asking: Answers) -> dict[str, str]:
    zone = next((each.timezone for _, each in recognised if each.timezone), None)
    currency = next((each.currency for _, each in recognised if each.currency), None)
    if "timezone" in asking.left or zone is None:
        usual = "Asia/Shanghai" if asking.language == "zh" else "UTC"
        zone = asking.get_answer("timezone", {}, usual, sorted(available_timezones()))
    if "currency" in asking.left or currency is None:
        usual = "CNY" if asking.language == "zh" else "USD"
        currency = asking.get_answer("currency", {}, usual, ())
    return {"timezone": zone, "currency": currency}


def _build_order_source(members: Found, asking: Answers) -> dict[str, Any]:
    """What a source of orders needs beside its files: its columns, and statuses that no profile
    explains."""
    profile = members[0][1].profile
    source: dict[str, Any] = {}
    if profile is None:
        source["columns"] = _choose_columns(members[0][1], asking)
    statuses = _choose_statuses(members, asking)
    known = {} if profile is None else PROFILES[profile].statuses
    mine = {word: ours for word, ours in statuses.items() if word not in known}
    return {**source, **({"status": mine} if mine else {})}


def _choose_columns(file: RecognisedFile, asking: Answers) -> dict[str, str]:
    """The columns of an order sheet: as guessed, asked about where that is not sure, and as
    answered."""
    columns = _get_columns(file)
    sure = {guess.ours: guess.confidence for guess in file.columns}
    for ours in ("customer_id", "ordered_at"):
        if sure.get(ours, 0) < SURE_ENOUGH or ours in asking.left:
            names = {"names": ", ".join(file.names)}
            columns[ours] = asking.get_answer(ours, names, columns.get(ours), file.names)
    for ours in [each for each in COLUMNS if each in asking.left]:
        column = asking.left.pop(ours)
        columns.pop(ours, None)
        if column:
            columns[ours] = check_answer(ours, column, file.names)
    return columns


def _choose_statuses(members: Found, asking: Answers) -> dict[str, str | None]:
    """What each status means; those nobody knows are asked about."""
    statuses: dict[str, str | None] = {}
    for _, each in members:
        statuses.update(each.statuses)
    unknown = sorted(word for word, ours in statuses.items() if ours is None)
    if unknown:
        paid = asking.ask_paid_statuses(unknown)
        statuses.update({word: "paid" if word in paid else "ignore" for word in unknown})
    return statuses


def _render_source(kind: str, source: Mapping[str, Any]) -> list[str]:
    """The lines below a source's head."""
    tables = {key: value for key, value in source.items() if isinstance(value, dict)}
    lines = [f"{key} = {quote_value(value)}" for key, value in source.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{kind}.{key}]"]
        lines += [f"{quote_value(ours)} = {quote_value(theirs)}" for ours, theirs in table.items()]
    return lines
