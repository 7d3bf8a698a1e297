"""The weekly list (A14): who newly entered a play, what to do about each, and whom to leave alone
and why.

The shop is scored as of the cut-off, every customer gets the first play that fits, and of those who
were on no earlier list the best are taken first within capacity and budget. Nothing is sent here.
Who does not fit waits for the next list, however many weeks are skipped; the record of a list is
what the next one is compared with.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import Contacts, load_contacts
from winback.data.store import Store
from winback.features.last_products import LastProducts
from winback.i18n.translate import Language
from winback.ledger.list_edits import ListEdit
from winback.model.bundle import Bundle
from winback.model.uplift import UpliftModel
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.recall.candidates import iterate_candidates
from winback.recall.decision_context import (
    DecisionContext,
    TestDraw,
    list_out_of_stock,
    load_products,
)
from winback.recall.decisions import build_follow_up_steps, decide_action
from winback.recall.history import ListHistory, Released, load_history
from winback.recall.list_capacity import HELD_OUT, add_exploration, apply_capacity
from winback.recall.list_columns import get_weekly_play
from winback.scoring.batch import score_shop
from winback.scoring.summary import ScoreSummary

What = Literal["contact", "later", "dont"]
HeldOut = Callable[
    [Sequence[Mapping[str, Any]]], Mapping[str, str]
]  # rows of a list → who goes without, and why


@dataclass(frozen=True)
class RecallList:
    """A list: its rows, the record the next list is compared with, what it comes to, and the
    playbook it was drawn up by.

    added: who was added by hand and is on it now.
    """

    rows: list[dict[str, Any]]
    record: list[dict[str, Any]]
    summary: dict[str, Any]
    playbook: Playbook
    added: Sequence[str] = ()


def build_recall_list(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    day: date | None,
    language: Language,
    progress: Callable[[int, int], None] = lambda _part, _parts: None,
    held_out: HeldOut | None = None,
    released: Released | None = None,
    trial: TestDraw | None = None,
    uplift: UpliftModel | None = None,
    edits: Mapping[str, ListEdit] | None = None,
) -> RecallList:
    """Score the shop as of a day and draw up its list. folder: the shop's own. held_out: draws who
    of the rows to contact goes without; then the rows of those who are contacted get the later
    steps of their ladders, too (`steps`). released: whom earlier lists had and let go again; trial:
    draws variants of plays on test; uplift: ranks by what a message is expected to bring, in place
    of value at stake. edits: whom operators have taken out or added by hand.

    Raises what `score`, `load_playbook`, `load_contacts` and `memory` do.
    """
    playbook, contacts = load_playbook(shop), load_contacts(shop, store, folder)
    scored = score_shop(
        shop, store, bundle, folder / "snapshots", day, language, progress, contacts
    )
    cutoff = Cutoff(
        date.fromisoformat(scored.cutoff), shop.timezone, scored.dormant_value.outcome_days
    )
    known = load_history(folder / "recalls", cutoff.day, released)
    by_hand = edits or {}
    added = {name: edit.play for name, edit in by_hand.items() if edit.is_waiting_for(cutoff.day)}
    candidates = list(
        iterate_candidates(
            folder / "snapshots" / scored.cutoff,
            bundle,
            shop,
            playbook,
            uplift=uplift,
            added=added,
        )
    )
    to_decide = [
        row for row in candidates if _needs_decision(row, known, playbook, cutoff.day, added)
    ]
    products = load_products(store, cutoff, [row["customer_id"] for row in to_decide])
    context = DecisionContext(shop, playbook, cutoff, contacts, list_out_of_stock(store), trial)
    for row in to_decide:
        row["entered_on"] = known.find_entry_day(row, cutoff.day)
        decide_action(row, products.get(row["customer_id"], LastProducts()), context)
        edit = by_hand.get(row["customer_id"])
        if edit is not None and edit.what == "out":
            row |= dict.fromkeys(("channel", "offer", "cost_minor", "expiry", "subject", "message"))
            row |= {"what": "dont", "why_not": "never.taken_out", "why_not_detail": edit.why}
    # A reason not to write to somebody is listed when it is new.
    rows = [
        row
        for row in to_decide
        if row["what"] != "dont"
        or not known.was_reported(row, row["why_not"])
        or row["customer_id"] in added
    ]
    asking = [row for row in rows if row["what"] == "contact" and not row["service"]]
    if uplift is not None:
        add_exploration(asking, shop.recall.capacity, cutoff.day)
    apply_capacity(asking, shop, playbook, {} if held_out is None else held_out(asking))
    for row in asking if held_out is not None else ():
        if row["what"] == "contact":
            row["steps"] = build_follow_up_steps(
                row, products.get(row["customer_id"], LastProducts()), context
            )
    record = _build_record(candidates, rows, known, cutoff.day)
    rows.sort(
        key=lambda row: (_ORDER[row["what"]], not row["service"], -row["worth"], row["customer_id"])
    )
    summary = _summarize(shop, scored, rows, contacts, known, len(candidates) - len(rows), playbook)
    summary["ranked_by"] = "uplift" if uplift is not None else "value"
    taken = [
        row["customer_id"] for row in rows if row["customer_id"] in added and row["what"] != "later"
    ]
    return RecallList(rows, record, summary, playbook, taken)


def _needs_decision(
    row: Mapping[str, Any],
    known: ListHistory,
    playbook: Playbook,
    day: date,
    added: Mapping[str, str | None],
) -> bool:
    """Whether a customer's row is decided anew: a play to tell, or a reason to leave them alone
    that is news."""
    play = get_weekly_play(row, playbook)
    if play is None or row["customer_id"] in added:
        return True
    if known.is_new(row, play, day):
        return True
    old = known.last.get(row["customer_id"])
    return (
        bool(row["never"])
        and not play.service
        and (old is None or old["why_not"] != f"never.{row['never']}")
    )


def _build_record(
    candidates: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    known: ListHistory,
    day: date,
) -> list[dict[str, Any]]:
    """Everyone with a play or a reason, and whoever any list ever took."""
    by_customer = {row["customer_id"]: row for row in rows}
    record: dict[str, dict[str, Any]] = {}
    for row in candidates:
        customer = row["customer_id"]
        record[customer] = _record_candidate(row, by_customer.get(customer), known, day)
    _add_former(record, known, day)
    return [record[each] for each in sorted(record)]


def _record_candidate(
    row: Mapping[str, Any], now: Mapping[str, Any] | None, known: ListHistory, day: date
) -> dict[str, Any]:
    """now: the candidate's row of the list, if it has one."""
    customer = row["customer_id"]
    taken = now is not None and (now["what"] == "contact" or now["why_not"] == HELD_OUT)
    return {
        "customer_id": customer,
        "segment": row["segment"],
        "orders": row["orders"],
        "entered_on": known.find_entry_day(row, day),
        "listed_on": day if taken and not row["service"] else known.listed.get(customer),
        "served_on": day if taken and row["service"] else known.served.get(customer),
        "why_not": _find_reason(row, now, known),
    }


def _find_reason(
    row: Mapping[str, Any], now: Mapping[str, Any] | None, known: ListHistory
) -> str | None:
    """Why a candidate is not contacted; off the list what an earlier one said, if it holds."""
    if now is not None:
        return now["why_not"] if now["what"] == "dont" else None
    old = known.last.get(row["customer_id"])
    return old["why_not"] if old is not None and known.is_unchanged(row) else None


def _add_former(record: dict[str, dict[str, Any]], known: ListHistory, day: date) -> None:
    for customer in {*known.listed, *known.served, *known.today}:
        each = record.setdefault(customer, _record_former(customer, known))
        if customer in known.today:  # an earlier list of this day may be in somebody's hands
            each[known.today[customer]] = day


def _record_former(customer: str, known: ListHistory) -> dict[str, Any]:
    """Somebody whom an earlier list took, and who is no candidate any more."""
    return {
        "customer_id": customer,
        "segment": None,
        "orders": None,
        "entered_on": None,
        "listed_on": known.listed.get(customer),
        "served_on": known.served.get(customer),
        "why_not": None,
    }


_ORDER: Mapping[What, int] = {"contact": 0, "later": 1, "dont": 2}


def _summarize(
    shop: Shop,
    scored: ScoreSummary,
    rows: Sequence[Mapping[str, Any]],
    contacts: Contacts,
    known: ListHistory,
    already: int,
    playbook: Playbook,
) -> dict[str, Any]:
    to_contact = [row for row in rows if row["what"] == "contact"]
    with_play = [row for row in rows if row["play"] is not None]
    stakes = [
        row["value_at_stake_minor"] for row in to_contact if row["value_at_stake_minor"] is not None
    ]
    listed = {row["customer_id"] for row in to_contact}
    return {
        "shop": shop.name,
        "cutoff": scored.cutoff,
        "outcome_days": scored.dormant_value.outcome_days,
        "model_version": scored.model_version,
        "playbook": playbook.name,
        "since": known.since,
        "already_listed": already,
        "listed_before_today": len(set(known.today) - listed),
        **{name: sum(row["what"] == name for row in rows) for name in _ORDER},
        "service": sum(row["service"] for row in to_contact),
        "by_play": dict(Counter(row["play"] for row in to_contact).most_common()),
        "by_owner": dict(Counter(row["owner"] or "" for row in to_contact).most_common()),
        "by_why_not": dict(Counter(row["why_not"] for row in rows if row["why_not"]).most_common()),
        "cost_minor": sum(row["cost_minor"] for row in to_contact),
        "value_at_stake_minor": sum(stakes) if stakes or not to_contact else None,
        "currency": shop.currency,
        "capacity": shop.recall.capacity,
        "candidates": len(with_play),
        "reachable": sum(row["reachable"] for row in with_play) if contacts.is_known else None,
        "contacts": {
            "listed": contacts.listed,
            "rows": contacts.rows,
            "without_id": contacts.without_id,
            "customers": len(contacts.by_customer),
            "strangers": contacts.strangers,
        },
    }
