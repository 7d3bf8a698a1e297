"""A weekly list on the page: searched, filtered and put in order by the engine, a page at a
time; and as a spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.dashboard.context import engine_for_pages
from winback.dashboard.customers import CHOICES, PAGE_ROWS, page_number
from winback.dashboard.rendering import csv_line
from winback.data.store import literal
from winback.i18n.translate import CATALOGUE, Language, cell, say
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
class Wanted:
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
    def of(cls, asked: Mapping[str, str], days: list[str]) -> "Wanted":
        """As an address asks; what cannot be is left out."""
        return cls(
            day=asked["day"] if asked.get("day") in days else (days[0] if days else ""),
            q=asked.get("q", "").strip()[:256],
            what=asked["what"] if asked.get("what") in WHAT else "",
            segment=asked["segment"] if asked.get("segment") in CHOICES["recall_segment"] else "",
            play=asked.get("play", "")[:64],
            owner=asked.get("owner", "")[:256],
            sort=asked["sort"] if asked.get("sort") in SORTS else "list",
            page=page_number(asked),
        )

    @property
    def told(self) -> dict[str, Any]:
        """As an address says it."""
        usual = vars(Wanted())
        return {name: value for name, value in vars(self).items() if value != usual[name]}


def found(path: Path, wanted: Wanted) -> tuple[list[dict[str, Any]], int]:
    """One page of a list, and how many rows there are."""
    where, values = _where(wanted)
    with engine_for_pages() as con:
        table = _table(path)
        counted = con.execute(f"select count(*) from {table} where {where}", values).fetchone()
        asked = con.execute(
            f"select * from {table} where {where} order by {SORTS[wanted.sort]}, file_row_number "
            f"limit {PAGE_ROWS} offset ?",
            [*values, (wanted.page - 1) * PAGE_ROWS],
        )
        names = [each[0] for each in asked.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    return rows, int(counted[0]) if counted else 0


def choices(path: Path) -> dict[str, list[str]]:
    """The plays and owners a list has."""
    with engine_for_pages(threads=1) as con:
        return {
            name: [
                row[0]
                for row in con.execute(
                    f"select {name} from {_table(path)} where {name} is not null group by {name} "
                    f"order by count(*) desc, {name}"
                ).fetchall()
            ]
            for name in ("play", "owner")
        }


def of_customer(path: Path, customer_id: str) -> dict[str, Any] | None:
    """A customer's row of a list; None where they are on it not at all."""
    with engine_for_pages(threads=1) as con:
        asked = con.execute(
            f"select * from {_table(path)} where customer_id = ? limit 1", [customer_id]
        )
        names = [each[0] for each in asked.description or ()]
        row = asked.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def as_csv(path: Path, wanted: Wanted, book: Playbook | None, language: Language) -> Iterator[str]:
    """A list as wanted, all of it, as CSV that no spreadsheet runs; a part at a time."""
    where, values = _where(wanted)
    named = titles(book, language)
    yield "\ufeff" + csv_line(
        [say(f"list.column.{name}", language) for name in _EXPORTED]
    )  # the mark: so that Chinese is read
    with engine_for_pages(threads=1) as con:
        order = f"{SORTS[wanted.sort]}, file_row_number"
        asked = con.execute(f"select * from {_table(path)} where {where} order by {order}", values)
        names = [each[0] for each in asked.description or ()]
        while rows := asked.fetchmany(2_000):
            yield "".join(
                csv_line([*_exported(dict(zip(names, row, strict=True)), named, language)])
                for row in rows
            )


def why_not(row: Mapping[str, Any], language: Language) -> str:
    """Why somebody is not contacted, or not now; empty for those who are."""
    if not row["why_not"]:
        return ""
    detail = row["why_not_detail"] or ""
    return say(row["why_not"], language, {"detail": detail, "owner": detail})


def titles(book: Playbook | None, language: Language) -> dict[str, dict[str, str]]:
    """The names of a playbook's plays and offers."""
    if book is None:
        return {"play": {}, "offer": {}}
    money = book.currencies[0]
    return {
        "play": {play.name: play.title.of(language) for play in book.plays},
        "offer": {
            name: each.told(each.title.of(language), money, language)
            for name, each in book.offers.items()
        },
    }


def _exported(
    row: Mapping[str, Any], named: Mapping[str, Mapping[str, str]], language: Language
) -> Iterator[Any]:
    words = {
        "what": say(f"desk.what.{row['what']}", language),
        "why_not": why_not(row, language),
        "segment": say(f"recall.{row['segment']}", language),
        "reason": row[f"reason_{language}"],
        "model_reason": row[f"model_reason_{language}"],
        "play": named["play"].get(row["play"] or "", row["play"]),
        "value_at_stake": None
        if row["value_at_stake_cents"] is None
        else row["value_at_stake_cents"] / 100,
        "channel": say(f"channel.{row['channel']}", language) if row["channel"] else "",
        "offer": named["offer"].get(row["offer"] or "", row["offer"]),
        "cost": None if row["cost_cents"] is None else row["cost_cents"] / 100,
    }
    for name in _EXPORTED:
        value = words[name] if name in words else row[name]
        yield cell(value) if isinstance(value, str) else "" if value is None else value


def _table(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, file_row_number = true)"


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    parts, values = ["true"], list[Any]()
    for name in ("what", "segment", "play", "owner"):
        if getattr(wanted, name):
            parts.append(f"{name} = ?")
            values.append(getattr(wanted, name))
    if wanted.q:
        parts.append("contains(lower(customer_id), lower(?))")
        values.append(wanted.q)
    return " and ".join(parts), values


def sentence_of(key: str | None, language: Language) -> str:
    """A key of the catalogue in words; what is no key stays as it is."""
    return say(key, language, {"detail": "…", "owner": "…"}) if key in CATALOGUE else str(key or "")
