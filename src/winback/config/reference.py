"""The reference of the shop file in `docs/`, generated from its models: `python -m
winback.config.reference [--check] FILE`."""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from winback.config.channels import ONLY_OF
from winback.config.messaging import ChannelName
from winback.config.shop import Shop
from winback.core.generated_pages import write_or_check
from winback.core.schema import EVENT_KINDS

EXAMPLE = Path(__file__).parents[3] / "shops" / "corner-shop.toml"

# What belongs to a table and to none of its fields alone.
NOTES: Mapping[str, str] = {
    "": (
        "Write what is no table above the first table: below it, TOML reads it as a part of that "
        "one. What is not a setting is refused, with the nearest name that is one. `${NAME}` is "
        "taken from the environment in `database`, `ledger`, `secret`, `password`, `robot` and "
        "`vault_key`, so that no password stands in the file. Files uploaded on the dashboard "
        "stand in `NAME.uploads.json` beside the shop file, and count as if they stood in it. Our "
        "playbooks lie in [the library](../../src/winback/playbooks/library). A5 and the like are "
        "the requirement behind a setting, in [the mission](../internal/mission.md)."
    ),
    "orders": (
        "With a `profile` an export needs no more than `paths`; without one, and for a `database` "
        "with its `query`, say in `[orders.columns]` what your columns are called. The profiles: "
        "`taobao`, `jd`, `youzan`, `douyin`, `pinduoduo`, `kuaishou`, `xiaohongshu`, `shopify`, "
        "`woocommerce`, `magento`, `bigcommerce`, `prestashop`, `shopware`, `etsy`, `ebay`, "
        "`amazon`, `tiktok`, `square`, `stripe`, `tiendanube`, `lightspeed`; and the data sets "
        "`tmall_2013`, `cdnow`, `online_retail`, `completejourney`."
    ),
    "orders.columns": (
        "Of amounts one way will do: `amount`, `unit_price` with `quantity`, or `order_amount`. "
        "Without any, customers are judged by how often and when they order. A column that is "
        "named and not there is refused."
    ),
    "orders.status": (
        "`paid`, `refunded` and `deposit` (its rest is open) are orders. `cancelled`, `unpaid` and "
        "`ignore` are left out and counted; in a newer export they take back what an older one "
        "said. Without a profile leave this out only together with the column `status`: no value "
        "would be known."
    ),
    "items": (
        "An order takes on the items of the sheet if it is one row of the order sheet, whose "
        "`order_amount` or `amount` stays what the order cost. Of the profiles `taobao` and `etsy` "
        "read an item sheet."
    ),
    "events": "Of the profiles `tmall_2013` and `completejourney` read events.",
    "events.kinds": (
        f"On the right stands one of our kinds: {', '.join(f'`{kind}`' for kind in EVENT_KINDS)}."
    ),
    "sales": "Give the days of every year you have orders of, and of the next one.",
    "segments": (
        "The rules that compare with them, and the numbers of each `preset`, are in "
        "[the checklist](playbook.md). Train again after a change: `training/train.py`."
    ),
    "journey": (
        "What each touchpoint and tag asks for besides, and the numbers of each `preset`, are in "
        "[the checklist](playbook.md)."
    ),
    "contacts": (
        "How addresses are kept, and how to change the key: [privacy](../how-to/privacy.md)."
    ),
    "cases": "Who waits for an answer, and until when: [waves](../how-to/waves.md).",
    "waves": "How a wave is drawn and what keeps a message back: [waves](../how-to/waves.md).",
    "measurement": "How the figures come about: [proof](../how-to/proof.md).",
    "channels.NAME": (
        f"NAME is one of {', '.join(f'`{name}`' for name in get_args(ChannelName))}. What a crash "
        "may do, and what a receiver has to do: [channels](../how-to/channels.md)."
    ),
    "messages": (
        "An SMS needs `sms_sign` and an e-mail `email_opt_out`; the e-mail channel has an "
        "`unsubscribe` of its own besides, for the button of mail programs."
    ),
}


_HEAD = ("| field | type, allowed values | default | what it is |", "|---|---|---|---|")
_NOTHING = "–"
_PLAIN = {bool: "`true` or `false`", Path: "path", date: "day", time: "time of day"}
_SEVERAL = {str: "texts", Path: "paths", date: "days", int: "whole numbers", float: "numbers"}


@dataclass(frozen=True)
class Section:
    """A part of the page: the table of the shop file it is about, what is to be said of it, an
    example, and its fields as rows of four cells."""

    table: str
    title: str
    level: int
    paragraphs: Sequence[str]
    example: str = ""
    rows: Sequence[tuple[str, str, str, str]] = ()

    def render(self) -> Iterator[str]:
        """Its lines of Markdown."""
        yield from ("", f"{'#' * self.level} {self.title}")
        for paragraph in self.paragraphs:
            yield from ("", paragraph)
        if self.example:
            yield from ("", "```toml", self.example, "```")
        if self.rows:
            yield from ("", *_HEAD)
        for row in self.rows:
            cells = [cell.replace("|", "\\|") for cell in row]
            yield f"| {' | '.join(cells)} |"


def render_settings() -> str:
    """The page as Markdown: an example, and a section for each table with all its fields."""
    lines = [
        "# Settings of a shop file",
        "",
        "Generated by `make docs` from the settings themselves; do not edit. English only; "
        "只有英文。",
        "",
        "A shop file is TOML; `winback import FILE…` writes one. What you do not have, leave out.",
        "",
        "## An example written by hand",
        "",
        "It is `shops/corner-shop.toml`.",
        "",
        "```toml",
        EXAMPLE.read_text(encoding="utf-8").rstrip("\n"),
        "```",
    ]
    for section in list_sections(Shop):
        lines += section.render()
    return "\n".join(lines) + "\n"


def list_sections(root: type[BaseModel]) -> Iterator[Section]:
    """The sections of a shop file, each table after the one it is in. Raises ValueError for a
    field without a description."""
    yield from _list_model_sections("", "Every setting", 2, root)


def _list_model_sections(
    table: str, title: str, level: int, model: type[BaseModel], *more: str
) -> Iterator[Section]:
    """A model's own section, and those of the tables in it. more: what to say besides."""
    fields = {
        name: field
        for name, field in model.model_fields.items()
        if not field.exclude and not field.deprecated
    }
    # As TOML wants it: what stands below a table's head belongs to that table. What tells a
    # channel's table apart comes first.
    names = sorted(
        fields, key=lambda name: (_is_table(fields[name]), not _is_discriminator(fields[name]))
    )
    rows = [_build_row(table, name, fields[name]) for name in names]
    paragraphs = [" ".join(inspect.cleandoc(model.__doc__ or "").split()), *more]
    yield Section(table, title, level, _add_note(table, paragraphs), rows=rows)
    for name in names:
        yield from _list_field_sections(_join(table, name), fields[name])


def _list_field_sections(table: str, field: FieldInfo) -> Iterator[Section]:
    """The sections of a field that is a table; none for a plain value."""
    kind, _ = _unwrap(field.annotation)
    level = 3 if "." in table else 2
    if _is_model(kind):
        yield from _list_model_sections(table, f"`[{table}]`", level, kind)
    elif get_origin(kind) is tuple and _is_model(get_args(kind)[0]):
        several = (
            f"For several sources write `[[{table}]]` above each, and below it its own "
            f"`[{table}.columns]`."
        )
        yield from _list_model_sections(table, f"`[{table}]`", level, get_args(kind)[0], several)
    elif get_origin(kind) is dict:
        if variants := _list_variants(kind):
            yield from _list_variant_sections(f"{table}.NAME", field, variants)
        else:
            yield _build_map_section(table, level, field)


def _list_variant_sections(
    table: str, field: FieldInfo, models: Sequence[type[BaseModel]]
) -> Iterator[Section]:
    """The section of a table that is one of several models, told apart by its `kind`."""
    yield Section(table, f"`[{table}]`", 2, _add_note(table, [field.description or ""]))
    for model in models:
        kinds = get_args(model.model_fields["kind"].annotation)
        only = {f"`[channels.{ONLY_OF[kind]}]`" for kind in kinds if kind in ONLY_OF}
        more = [f"Only for {', '.join(sorted(only))}."] if only else []
        title = f"`[{table}]` with " + " or ".join(f'`kind = "{kind}"`' for kind in kinds)
        yield from _list_model_sections(f"{table} {kinds[0]}", title, 3, model, *more)


def _build_map_section(table: str, level: int, field: FieldInfo) -> Section:
    """The section of a table whose names are the shop's own, or those of channels."""
    name, value = get_args(_unwrap(field.annotation)[0])
    named = _describe_type(name, ()) if get_origin(name) is Literal else "a word of yours"
    each = f"Each line is *{named}* = *{_describe_type(value, ())}*."
    example = "\n".join(
        [f"[{table}]"]
        + [
            f"{_format_key(key)} = {_format_toml(item)}"
            for example in field.examples or ()
            for key, item in example.items()
        ]
    )
    return Section(
        table, f"`[{table}]`", level, _add_note(table, [field.description or "", each]), example
    )


def _add_note(table: str, paragraphs: Sequence[str]) -> Sequence[str]:
    return [*paragraphs, NOTES[table]] if table in NOTES else paragraphs


def _build_row(table: str, name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    if not field.description:
        raise ValueError(f"{_join(table, name)} has no description: give its Field one")
    if _is_table(field):
        place = _join(table, name)
        place += ".NAME" if _list_variants(field.annotation) else ""
        meaning = f"table [`[{place}]`](#{_build_anchor(place)})"
        meaning += ", or several" if get_origin(_unwrap(field.annotation)[0]) is tuple else ""
    else:
        meaning = _describe_type(field.annotation, field.metadata)
        if field.examples:
            meaning += f", such as `{_format_toml(field.examples[0])}`"
    return f"`{name}`", meaning, _describe_default(field), field.description


def _describe_default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if value is None or value in ((), {}) or isinstance(value, BaseModel):
        return _NOTHING
    return f"`{_format_toml(value)}`"


def _describe_type(annotation: Any, limits: Sequence[Any]) -> str:
    """What a value may be, in words: `whole number, at least 1`."""
    kind, limits = _unwrap(annotation, limits)
    if get_origin(kind) is Literal:
        choices = [f"`{_format_toml(choice)}`" for choice in get_args(kind)]
        return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    if get_origin(kind) is tuple:
        return _describe_list(get_args(kind))
    if isinstance(kind, UnionType):
        others = [each for each in get_args(kind) if each is not type(None)]
        return " or ".join(_describe_type(each, limits) for each in others)
    if kind in _PLAIN:
        return _PLAIN[kind]
    words = {int: "whole number", float: "number", str: "text"}[kind]
    return ", ".join([words, *_describe_limits(limits, kind is str)])


def _describe_list(kinds: Sequence[Any]) -> str:
    item, *others = kinds
    if get_origin(item) is Literal:
        return f"list of any of {_describe_type(item, ()).removeprefix('one of ')}"
    count = "" if others == [Ellipsis] else f"{len(kinds)} "
    return f"list of {count}{_SEVERAL[item]}"


def _describe_limits(limits: Sequence[Any], is_text: bool) -> Iterator[str]:
    if is_text:
        for limit in limits:
            if isinstance(limit, MinLen):
                least = limit.min_length
                yield "not empty" if least == 1 else f"at least {least} characters"
            elif pattern := getattr(limit, "pattern", None):
                yield f"as `{pattern.strip('^$')}`"
        return
    lowest, highest = (
        next((getattr(limit, name) for limit in limits if isinstance(limit, kind)), None)
        for name, kind in (("ge", Ge), ("le", Le))
    )
    if lowest is not None and highest is not None:
        yield f"{lowest} to {highest}"
        return
    for limit in limits:
        match limit:
            case Ge():
                yield f"at least {limit.ge}"
            case Gt():
                yield f"above {limit.gt}"
            case Le():
                yield f"at most {limit.le}"
            case Lt():
                yield f"below {limit.lt}"


def _unwrap(annotation: Any, limits: Sequence[Any] = ()) -> tuple[Any, Sequence[Any]]:
    """An annotation without `| None`, and with what `Annotated` adds among its limits."""
    if get_origin(annotation) is Annotated:
        inner, *added = get_args(annotation)
        more = [each for one in added for each in getattr(one, "metadata", [one])]
        return _unwrap(inner, [*limits, *more])
    if get_origin(annotation) in (Union, UnionType):
        kinds = [each for each in get_args(annotation) if each is not NoneType]
        if len(kinds) == 1:
            return _unwrap(kinds[0], limits)
    return annotation, limits


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_table(field: FieldInfo) -> bool:
    kind, _ = _unwrap(field.annotation)
    of_models = get_origin(kind) is tuple and _is_model(get_args(kind)[0])
    return _is_model(kind) or of_models or get_origin(kind) is dict


def _is_discriminator(field: FieldInfo) -> bool:
    """Whether a field says which of several models a table is."""
    return get_origin(field.annotation) is Literal and field.is_required()


def _list_variants(kind: Any) -> Sequence[type[BaseModel]]:
    """The models a table may be, where its names are tables of several kinds; else none."""
    value = _unwrap(get_args(kind)[1])[0] if get_origin(kind) is dict else None
    return get_args(value) if get_origin(value) in (Union, UnionType) else ()


def _join(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name


def _build_anchor(table: str) -> str:
    """What GitHub makes of a section's title."""
    return re.sub(r"[^\w-]", "", table.lower())


def _format_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _format_toml(key)


def _format_toml(value: Any) -> str:
    """A value as a shop file writes it."""
    if isinstance(value, Mapping):
        pairs = [f"{_format_key(key)} = {_format_toml(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_format_toml, value))}]"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is up to date; returns the exit code."""
    return write_or_check({Path(arguments[-1]): render_settings()}, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
