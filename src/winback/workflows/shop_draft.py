"""The settings of a shop file for recognised exports, and the file as TOML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from zoneinfo import available_timezones

from winback.config.shop_file_edit import quote_value
from winback.core.errors import AnswerInvalid, NotRecognised
from winback.data.ingest.raw_rows import find_named_columns
from winback.data.ingest.recognised_file import RecognisedFile
from winback.data.ingest.staging import UnitPreview
from winback.data.platforms.registry import PROFILES
from winback.i18n.translate import Language, translate
from winback.readers.archives import SourceFile
from winback.workflows.answers import (
    HOW,
    TOP,
    Answers,
)
from winback.workflows.column_choices import are_minor, are_refunds, choose_columns, get_columns

KINDS = ("orders", "items", "events")

Found = Sequence[tuple[SourceFile, RecognisedFile]]
_Group = tuple[str, str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class ShopDraft:
    """The settings of a shop file: those above its tables, its sources by kind, and the table that
    says which ids are one person; passed_over: files said to be no order sheets, beside some."""

    top: Mapping[str, str | int]
    sources: Mapping[str, list[dict[str, object]]]
    id_map: str | None = None
    passed_over: Sequence[str] = ()


def build_draft(name: str, recognised: Found, asking: Answers) -> ShopDraft:
    """The settings of the shop file. Raises AnswerNeeded, AnswerInvalid and NotRecognised."""
    _refuse_unknown_columns(recognised, asking)
    top: dict[str, str | int] = {"name": name, **_build_place_and_money(recognised, asking)}
    days = asking.get_given("outcome_days")
    if days is not None:
        top["outcome_days"] = int(days)
    answered = {key: asking.get_given(key) for key in HOW}
    how = {
        key: int(value) if key == "year" else value
        for key, value in answered.items()
        if value is not None
    }
    sources: dict[str, list[dict[str, object]]] = {kind: [] for kind in KINDS}
    together = find_joint_profile(recognised)
    if together:
        paths = [str(file.path) for file, _ in recognised]
        for kind in ("orders", "events"):
            sources[kind].append({"paths": paths, "profile": together, **how})
        return ShopDraft(top, sources)
    passed_over, currency = list[str](), str(top["currency"])
    files = _share_row_types(recognised)
    for kind, source in _list_sources(files, how, asking, passed_over, currency):
        sources[kind].append(source)
    if all("all_refunds" in source for source in sources["orders"]):
        first = recognised[0][1]
        raise NotRecognised(
            file=first.file, found=", ".join(first.names[:40]), lacking="customer_id, ordered_at"
        )
    maps = [str(file) for file, each in recognised if each.kind == "people"]
    return ShopDraft(top, sources, maps[0] if maps else None, passed_over)


def _refuse_unknown_columns(recognised: Found, asking: Answers) -> None:
    """Raise AnswerInvalid for a column that was named beforehand and that no file has."""
    known = list(dict.fromkeys(name for _, each in recognised for name in each.names))
    for ours, column in asking.list_unknown_columns(known):
        raise AnswerInvalid(key=ours, value=column, choices=", ".join(known[:12]))


def find_joint_profile(recognised: Found) -> str | None:
    """The profile that reads all of these files together, if one does."""
    for _, each in recognised:
        if each.profile and PROFILES[each.profile].together:
            return each.profile
    return None


def settle_notation(draft: ShopDraft, previews: Sequence[UnitPreview]) -> ShopDraft:
    """A draft that says how its sources write dates and amounts, where their files show it: the
    next one may hold no day above the 12th. previews: of each source, in the draft's order."""
    found = iter(previews)
    sources: dict[str, list[dict[str, object]]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for source in draft.sources[kind]:
            preview = next(found)
            shown = {"dates": preview["dates"], "decimals": preview["decimals"]}
            clear = {key: value for key, value in shown.items() if value != "auto"}
            sources[kind].append({**clear, **source})
    return replace(draft, sources=sources)


def render_toml(draft: ShopDraft, language: Language) -> str:
    """The shop file. JSON's way to write a text is TOML's too."""
    lines = [f"# {line}" for line in translate("import_wizard.toml", language).split("\n")]
    lines += [
        f"{key} = {quote_value(draft.top[key])}" for key in ("name", *TOP) if key in draft.top
    ]
    for kind in KINDS:
        head = f"[[{kind}]]" if len(draft.sources[kind]) > 1 else f"[{kind}]"
        for source in draft.sources[kind]:
            lines += ["", head, *_render_source(kind, source)]
    if draft.id_map:
        lines += ["", "[identity]", f"map = {quote_value(draft.id_map)}"]
    return "\n".join(lines) + "\n"


def list_paths(draft: ShopDraft) -> Iterator[str]:
    """The paths of every source."""
    for kind in KINDS:
        for source in draft.sources[kind]:
            yield from cast("Sequence[str]", source["paths"])


def fold_paths(draft: ShopDraft, folders: Mapping[str, Sequence[str]]) -> ShopDraft:
    """A draft whose sources name folders, patterns and archives instead of the files of today.

    folders: of each its files. One with a file that no source reads stays a list of files.
    """
    read = set(list_paths(draft))
    whole = {folder: files for folder, files in folders.items() if read.issuperset(files)}
    stand_ins = {file: folder for folder, files in whole.items() for file in files}

    def fold(source: Mapping[str, object]) -> dict[str, object]:
        paths = cast("Sequence[str]", source["paths"])
        return {**source, "paths": list(dict.fromkeys(stand_ins.get(path, path) for path in paths))}

    sources = {kind: [fold(source) for source in draft.sources[kind]] for kind in KINDS}
    return replace(draft, sources=sources)


def _list_sources(
    recognised: Found,
    how: Mapping[str, object],
    asking: Answers,
    passed_over: list[str],
    currency: str,
) -> Iterator[tuple[str, dict[str, object]]]:
    """Each source with its kind; files of one kind whose columns mean the same are one. Files among
    several that are said to be no order sheets are put into passed_over."""
    groups: dict[_Group, list[tuple[SourceFile, RecognisedFile]]] = {}
    for file, each in recognised:
        groups.setdefault(_get_group(each), []).append((file, each))
    # Two platforms may both have a customer 17; two years of one shop mean the same one.
    platforms = {profile for kind, profile, _ in groups if kind in ("orders", "log") and profile}
    for (kind, profile, _), members in groups.items():
        paths = list(dict.fromkeys(str(file) for file, _ in members))
        named = {"profile": profile} if profile else {}
        source: dict[str, object] = {"paths": paths, **named, **how}
        if len(platforms) > 1 and profile:
            source["platform"] = profile
        first = members[0][1]
        columns = {} if profile else {"columns": get_columns(first.event_columns or first.columns)}
        if kind in ("orders", "log"):
            try:
                of_orders = _build_order_source(members, asking, currency)
            except NotRecognised:
                if len(groups) == 1:
                    raise
                passed_over += [each.file for _, each in members]
                continue
            yield "orders", {**source, **of_orders}
        if kind in ("events", "log"):
            kinds = {} if profile else {"kinds": dict(first.kinds)}
            yield "events", {**source, **columns, **kinds}
        if kind == "items":
            yield "items", {**source, **columns}


def _share_row_types(recognised: Found) -> Found:
    """Files in which a column says which rows are refunds where it does in another file with the
    same columns: in a month without a refund all rows are sales."""
    typed = {
        tuple(each.names): (guess, each.types)
        for _, each in recognised
        for guess in each.columns
        if guess.ours == "row_type" and each.kind == "orders" and each.profile is None
    }

    def share(each: RecognisedFile) -> RecognisedFile:
        guess, types = typed.get(tuple(each.names), (None, {}))
        known = {column.ours for column in each.columns}
        taken = {column.theirs for column in each.columns}
        if guess is None or each.profile or "row_type" in known or guess.theirs in taken:
            return each
        return replace(each, columns=(*each.columns, guess), types=types)

    return [(file, share(each)) for file, each in recognised]


def _get_group(each: RecognisedFile) -> _Group:
    meaning = tuple(sorted((guess.ours, guess.theirs) for guess in each.columns))
    evidence = (("refunds", each.refunds),) if each.refunds else ()
    return each.kind, each.profile, evidence if each.profile else (*evidence, *meaning)


def _build_place_and_money(recognised: Found, asking: Answers) -> dict[str, str]:
    files = [each for _, each in recognised]
    offers = {key: value for each in reversed(files) for key, value in each.offers.items()}
    whys = {
        key: {"why": translate(f"ask.place.{why}", asking.language) if why else ""}
        for key, why in ((key, offers.get(f"{key}_why")) for key in ("timezone", "currency"))
    }
    is_chinese = asking.language == "zh"
    zone = _find_zone(files)
    if asking.is_given("timezone") or zone is None:
        usual = offers.get("timezone", "Asia/Shanghai" if is_chinese else None)
        zones = sorted(available_timezones())
        zone = asking.get_choice("timezone", whys["timezone"], usual, zones)
    currency = next((each.currency for each in files if each.currency), None)
    if asking.is_given("currency") or currency is None:
        usual = offers.get("currency", "CNY" if is_chinese else None)
        currency = asking.get_choice("currency", whys["currency"], usual, ())
    return {"timezone": zone, "currency": currency}


def _find_zone(files: Sequence[RecognisedFile]) -> str | None:
    """The zone that every file tells: the likeliest whose offsets are those written in all of
    them, or the platform's or the header's own. None where they disagree or tell none."""
    written = [each.zones for each in files if each.zones is not None]
    said = {each.timezone for each in files if each.timezone}
    if not written:
        return said.pop() if len(said) == 1 else None
    shared = [zone for zone in written[0] if all(zone in zones for zones in written)]
    fitting = [zone for zone in shared if not said or said == {zone}]
    return fitting[0] if fitting else None


def _build_order_source(members: Found, asking: Answers, currency: str) -> dict[str, object]:
    """What a source of orders needs beside its files: its columns, and statuses that no profile
    explains."""
    first = members[0][1]
    profile, source = first.profile, dict[str, object]()
    columns = choose_columns(first, asking)
    if profile is not None:  # it knows its columns: only what is said otherwise is written
        usual = find_named_columns(first.names, PROFILES[profile].spellings)
        columns = {ours: name for ours, name in columns.items() if usual.get(ours) != name}
    if columns:
        source["columns"] = columns
    has_status = profile is not None or "status" in columns
    said = {word: ours for _, each in members for word, ours in each.types.items()}
    types = said if columns.get("row_type") else {}
    statuses = _choose_statuses(members, types, asking) if has_status or types else {}
    known = {} if profile is None else PROFILES[profile].statuses
    mine = {word: ours for word, ours in statuses.items() if known.get(word) != ours}
    words = {"status": mine if has_status else {}, "types": types}
    if are_minor(first, columns, asking, currency):
        source["amounts_in"] = "minor"
    if are_refunds(first, asking):
        source["all_refunds"] = True
    return {**source, **{name: table for name, table in words.items() if table}}


def _choose_statuses(
    members: Found, types: dict[str, str | None], asking: Answers
) -> dict[str, str | None]:
    """What each status means; those nobody knows are asked about, and with them the words for
    kinds of rows, which are put into `types`."""
    statuses: dict[str, str | None] = {}
    for _, each in members:
        statuses.update(each.statuses)
    unknown = [word for words in (statuses, types) for word, ours in words.items() if ours is None]
    if unknown or asking.is_given("paid"):
        counts: dict[str, int] = dict.fromkeys(sorted(set(unknown)), 0)
        for _, each in members:
            counts |= {word: counts[word] + each.counts.get(word, 0) for word in counts}
        meant = asking.ask_paid_statuses(counts)
        of_types = {"paid": "sale", "refunded": "refund"}
        statuses |= {word: ours or "ignore" for word, ours in statuses.items()}
        statuses |= {word: ours for word, ours in meant.items() if word in statuses}
        types |= {word: ours or "ignore" for word, ours in types.items()}
        types |= {
            word: of_types.get(ours, "ignore") for word, ours in meant.items() if word in types
        }
    return statuses


def _render_source(kind: str, source: Mapping[str, object]) -> list[str]:
    """The lines below a source's head."""
    tables = {key: value for key, value in source.items() if isinstance(value, dict)}
    lines = [f"{key} = {quote_value(value)}" for key, value in source.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{kind}.{key}]"]
        lines += [f"{quote_value(ours)} = {quote_value(theirs)}" for ours, theirs in table.items()]
    return lines
