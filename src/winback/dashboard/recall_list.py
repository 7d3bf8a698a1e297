"""A weekly list on the page: searched, filtered and put in order by the engine, a page at a
time; and as a spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.dashboard.context import open_page_engine
from winback.dashboard.customers import CHOICES, PAGE_ROWS, parse_page_number
from winback.dashboard.rendering import format_csv_line
from winback.data.store import quote_literal
from winback.i18n.translate import CATALOGUE, Language, escape_formula, translate
from winback.playbooks.playbook import Playbook

WHAT = ("contact", "later", "dont")
# What a list is put in order by; the first is the order it was drawn up in.
SORTS = {
    "list": "file_row_number",
    "stake": "value_at_stake_cents desc nulls last",
    "risk": "churn_probability desc nulls last",
    "next": "next_order_90_day nulls last",
    "owner": "owner nulls last",
    "entered": "entered_on desc nulls last",
}
_EXPORTED = (
    "customer_id",
    "what",
    "why_not",
    "segment",
    "reason",
    "model_reason",
    "churn_probability",
    "value_at_stake",
    "next_order_90_day",
    "play",
    "channel",
    "owner",
    "offer",
    "cost",
    "expiry",
    "subject",
    "message",
    "entered_on",
)


@dataclass(frozen=True)
class ListFilter:
    """What of a list is looked for; empty is anything. day: of the list; empty is the newest."""

    day: str = ""
    q: str = ""
    what: str = ""
    segment: str = ""
    play: str = ""
    owner: str = ""
    sort: str = "list"
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str], days: list[str]) -> "ListFilter":
        """As an address asks; what cannot be is left out."""
        return cls(
            day=query["day"] if query.get("day") in days else (days[0] if days else ""),
            q=query.get("q", "").strip()[:256],
            what=query["what"] if query.get("what") in WHAT else "",
            segment=query["segment"] if query.get("segment") in CHOICES["recall_segment"] else "",
            play=query.get("play", "")[:64],
            owner=query.get("owner", "")[:256],
            sort=query["sort"] if query.get("sort") in SORTS else "list",
            page=parse_page_number(query),
        )

    @property
    def as_query(self) -> dict[str, Any]:
        """As an address says it."""
        usual = vars(ListFilter())
        return {name: value for name, value in vars(self).items() if value != usual[name]}


def find_rows(path: Path, criteria: ListFilter) -> tuple[list[dict[str, Any]], int]:
    """One page of a list, and how many rows there are."""
    where, values = _build_condition(criteria)
    with open_page_engine() as con:
        table = _read_table(path)
        counted = con.execute(f"select count(*) from {table} where {where}", values).fetchone()
        cursor = con.execute(
            f"select * from {table} where {where} order by {SORTS[criteria.sort]}, file_row_number "
            f"limit {PAGE_ROWS} offset ?",
            [*values, (criteria.page - 1) * PAGE_ROWS],
        )
        names = [each[0] for each in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows, int(counted[0]) if counted else 0


def list_choices(path: Path) -> dict[str, list[str]]:
    """The plays and owners a list has."""
    with open_page_engine(threads=1) as con:
        return {
            name: [
                row[0]
                for row in con.execute(
                    f"select {name} from {_read_table(path)} where {name} is not null "
                    f"group by {name} "
                    f"order by count(*) desc, {name}"
                ).fetchall()
            ]
            for name in ("play", "owner")
        }


def find_customer_row(path: Path, customer_id: str) -> dict[str, Any] | None:
    """A customer's row of a list; None where they are on it not at all."""
    with open_page_engine(threads=1) as con:
        cursor = con.execute(
            f"select * from {_read_table(path)} where customer_id = ? limit 1", [customer_id]
        )
        names = [each[0] for each in cursor.description or ()]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def export_csv(
    path: Path, criteria: ListFilter, playbook: Playbook | None, language: Language
) -> Iterator[str]:
    """A list as wanted, all of it, as CSV that no spreadsheet runs; a part at a time."""
    where, values = _build_condition(criteria)
    named = get_titles(playbook, language)
    yield "\ufeff" + format_csv_line(
        [translate(f"list.column.{name}", language) for name in _EXPORTED]
    )  # the mark: so that Chinese is read
    with open_page_engine(threads=1) as con:
        order = f"{SORTS[criteria.sort]}, file_row_number"
        cursor = con.execute(
            f"select * from {_read_table(path)} where {where} order by {order}", values
        )
        names = [each[0] for each in cursor.description or ()]
        while rows := cursor.fetchmany(2_000):
            yield "".join(
                format_csv_line([*_export_row(dict(zip(names, row, strict=True)), named, language)])
                for row in rows
            )


def format_no_contact_reason(row: Mapping[str, Any], language: Language) -> str:
    """Why somebody is not contacted, or not now; empty for those who are."""
    if not row["why_not"]:
        return ""
    detail = row["why_not_detail"] or ""
    return translate(row["why_not"], language, {"detail": detail, "owner": detail})


def get_titles(playbook: Playbook | None, language: Language) -> dict[str, dict[str, str]]:
    """The names of a playbook's plays and offers."""
    if playbook is None:
        return {"play": {}, "offer": {}}
    money = playbook.currencies[0]
    return {
        "play": {play.name: play.title.get_text(language) for play in playbook.plays},
        "offer": {
            name: each.format_text(each.title.get_text(language), money, language)
            for name, each in playbook.offers.items()
        },
    }


def _export_row(
    row: Mapping[str, Any], named: Mapping[str, Mapping[str, str]], language: Language
) -> Iterator[Any]:
    words = {
        "what": translate(f"dashboard.what.{row['what']}", language),
        "why_not": format_no_contact_reason(row, language),
        "segment": translate(f"recall.{row['segment']}", language),
        "reason": row[f"reason_{language}"],
        "model_reason": row[f"model_reason_{language}"],
        "play": named["play"].get(row["play"] or "", row["play"]),
        "value_at_stake": None
        if row["value_at_stake_cents"] is None
        else row["value_at_stake_cents"] / 100,
        "channel": translate(f"channel.{row['channel']}", language) if row["channel"] else "",
        "offer": named["offer"].get(row["offer"] or "", row["offer"]),
        "cost": None if row["cost_cents"] is None else row["cost_cents"] / 100,
    }
    for name in _EXPORTED:
        value = words[name] if name in words else row[name]
        yield escape_formula(value) if isinstance(value, str) else "" if value is None else value


def _read_table(path: Path) -> str:
    return f"read_parquet({quote_literal(str(path))}, file_row_number = true)"


def _build_condition(criteria: ListFilter) -> tuple[str, list[Any]]:
    parts, values = ["true"], list[Any]()
    for name in ("what", "segment", "play", "owner"):
        if getattr(criteria, name):
            parts.append(f"{name} = ?")
            values.append(getattr(criteria, name))
    if criteria.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(criteria.q)
    return " and ".join(parts), values


def translate_if_key(key: str | None, language: Language) -> str:
    """A key of the catalogue in words; what is no key stays as it is."""
    return (
        translate(key, language, {"detail": "…", "owner": "…"})
        if key in CATALOGUE
        else str(key or "")
    )
