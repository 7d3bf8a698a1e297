"""The columns of a weekly list, each once: what `list.parquet` keeps of it, how a reader sees it,
and whether the page's own export has it. Its title is `list.column.<name>` of the catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from winback.config.shop import Shop
from winback.core.currency import to_units
from winback.i18n.translate import Language, translate
from winback.playbooks.playbook import Offer, Play, Playbook
from winback.recall.list_texts import (
    format_marks,
    format_next_steps,
    format_no_contact_reason,
    format_owner,
    format_reason,
)
from winback.recall.recall_row import RecallRow


@dataclass(frozen=True)
class ListEntry:
    """A row of a list, with what a reader of it learns. play: None where it has none for the
    weekly list; offer: of its first step."""

    row: RecallRow
    play: Play | None
    offer: Offer | None
    shop: Shop
    playbook: Playbook
    language: Language


@dataclass(frozen=True)
class ListColumn:
    """A column. show: what a reader sees; stored: the columns of `list.parquet` it is made of;
    on_page: whether the dashboard exports it."""

    name: str
    show: Callable[[ListEntry], Any]
    stored: Mapping[str, pa.DataType]
    on_page: bool = False


def get_weekly_play(row: RecallRow, playbook: Playbook) -> Play | None:
    """The play a row is for, if it is one for the weekly list."""
    return next((each for each in playbook.plays if each.name == row.play and each.weekly), None)


def to_display_row(
    row: RecallRow, shop: Shop, playbook: Playbook, language: Language
) -> dict[str, Any]:
    """A row in the words of its reader."""
    play = get_weekly_play(row, playbook)
    offer = playbook.offers[row.offer] if row.offer else None
    entry = ListEntry(row, play, offer, shop, playbook, language)
    return {column.name: column.show(entry) for column in LIST_COLUMNS}


def _show(name: str) -> Callable[[ListEntry], Any]:
    """A value as it is."""
    return lambda entry: getattr(entry.row, name)


def _show_text(name: str) -> Callable[[ListEntry], str]:
    """A value as text; empty where there is none."""

    def show(entry: ListEntry) -> str:
        value = getattr(entry.row, name)
        return "" if value is None else str(value)

    return show


def _show_what(entry: ListEntry) -> str:
    what = "do" if entry.row.what == "contact" else entry.row.what
    return translate(f"list.{what}", entry.language)


def _show_model_reason(entry: ListEntry) -> str:
    row = entry.row
    return (row.model_reason_zh if entry.language == "zh" else row.model_reason_en) or ""


def _show_stake(entry: ListEntry) -> float | None:
    stake = entry.row.value_at_stake_minor
    return None if stake is None else to_units(stake, entry.shop.currency)


def _show_channel(entry: ListEntry) -> str:
    channel = entry.row.channel
    return translate(f"channel.{channel}", entry.language) if channel else ""


def _show_reach(entry: ListEntry) -> str:
    if entry.shop.contacts is None and entry.row.reach is None:
        return translate("channel.unknown", entry.language)
    return format_marks("channel", entry.row.reach, entry.language)


def _show_offer(entry: ListEntry) -> str:
    if entry.offer is None:
        return ""
    title = entry.offer.title.get_text(entry.language)
    return entry.offer.format_text(title, entry.shop.currency, entry.language)


def _show_eligibility(entry: ListEntry) -> str:
    if entry.offer is None:
        return ""
    eligibility = entry.offer.eligibility.get_text(entry.language)
    return entry.offer.format_text(eligibility, entry.shop.currency, entry.language)


def _show_next_steps(entry: ListEntry) -> str:
    if entry.play is None or entry.row.what != "contact":
        return ""
    return format_next_steps(entry.play, entry.shop, entry.playbook, entry.language)


def _show_cost(entry: ListEntry) -> float | None:
    cost = entry.row.cost_minor
    if entry.offer is None or cost is None:
        return None
    return to_units(cost, entry.shop.currency)


_TEXT = pa.string()

LIST_COLUMNS = (
    ListColumn("customer_id", _show("customer_id"), {"customer_id": _TEXT}, on_page=True),
    ListColumn("what", _show_what, {"what": _TEXT}, on_page=True),
    ListColumn(
        "why_not",
        lambda entry: format_no_contact_reason(entry.row, entry.language),
        {"why_not": _TEXT, "why_not_detail": _TEXT},
        on_page=True,
    ),
    ListColumn(
        "segment",
        lambda entry: translate(f"recall.{entry.row.segment}", entry.language),
        {"segment": _TEXT},
        on_page=True,
    ),
    ListColumn(
        "reason",
        lambda entry: format_reason(entry.row, entry.play, entry.language),
        {"reason_zh": _TEXT, "reason_en": _TEXT},
        on_page=True,
    ),
    ListColumn(
        "model_reason",
        _show_model_reason,
        {"model_reason_zh": _TEXT, "model_reason_en": _TEXT},
        on_page=True,
    ),
    ListColumn(
        "churn_probability",
        _show("churn_probability"),
        {"churn_probability": pa.float64()},
        on_page=True,
    ),
    ListColumn("value_at_stake", _show_stake, {"value_at_stake_minor": pa.int64()}, on_page=True),
    ListColumn(
        "next_order_90_day",
        _show_text("next_order_90_day"),
        {"next_order_90_day": pa.date32()},
        on_page=True,
    ),
    ListColumn(
        "play",
        lambda entry: entry.play.title.get_text(entry.language) if entry.play else "",
        {"play": _TEXT},
        on_page=True,
    ),
    ListColumn(
        "doer",
        lambda entry: entry.play.owner.get_text(entry.language) if entry.play else "",
        {},
    ),
    ListColumn("channel", _show_channel, {"channel": _TEXT}, on_page=True),
    ListColumn("reach", _show_reach, {"reach": _TEXT}),
    ListColumn(
        "owner",
        lambda entry: format_owner(entry.row, entry.language),
        {"owner": _TEXT, "owner_left": pa.bool_()},
        on_page=True,
    ),
    ListColumn("offer", _show_offer, {"offer": _TEXT}, on_page=True),
    ListColumn("expiry", _show_text("expiry"), {"expiry": _TEXT}, on_page=True),
    ListColumn("cost", _show_cost, {"cost_minor": pa.int64()}, on_page=True),
    ListColumn("eligibility", _show_eligibility, {}),
    ListColumn("subject", _show_text("subject"), {"subject": _TEXT}, on_page=True),
    ListColumn("message", _show_text("message"), {"message": _TEXT}, on_page=True),
    ListColumn("then", _show_next_steps, {}),
    ListColumn(
        "touchpoints",
        lambda entry: format_marks("touchpoint", entry.row.touchpoints, entry.language),
        {"touchpoints": _TEXT},
    ),
    ListColumn(
        "tags",
        lambda entry: format_marks("tag", entry.row.tags, entry.language),
        {"tags": _TEXT},
    ),
    ListColumn("entered_on", _show_text("entered_on"), {"entered_on": pa.date32()}, on_page=True),
)
# What `list.parquet` says of a customer; money in minor units, days as dates, names as they stand
# in the catalogue.
RECALL_LIST_SCHEMA = pa.schema(
    [(name, kind) for column in LIST_COLUMNS for name, kind in column.stored.items()]
)
