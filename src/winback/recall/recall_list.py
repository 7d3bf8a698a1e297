"""The weekly list (A14): who newly entered a play, what to do about each, and whom to leave alone
and why.

The shop is scored as of the cut-off, every customer gets the first play that fits, and of those who
were on no earlier list the best are taken first within capacity and budget. Nothing is sent here.
Who does not fit waits for the next list, however many weeks are skipped; the record of a list is
what the next one is compared with.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.data.contacts import load_contacts
from winback.data.stock import list_out_of_stock
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
    find_ordered_since,
    load_products,
)
from winback.recall.decisions import build_follow_up_steps, decide_action
from winback.recall.history import ListHistory, ListRecord, Released, load_history
from winback.recall.list_capacity import HELD_OUT, add_exploration, apply_capacity
from winback.recall.list_columns import get_weekly_play
from winback.recall.recall_row import RecallRow, What
from winback.scoring.batch import score_shop
from winback.scoring.summary import ScoreSummary

# Rows of a list → who goes without, and why.
HeldOut = Callable[[Sequence[RecallRow]], Mapping[str, str]]


@dataclass(frozen=True)
class ListOptions:
    """What a list takes into account beside the shop.

    held_out: draws who of the rows to contact goes without; then the rows of those who are
    contacted get the later steps of their ladders, too. released: whom earlier lists had and let go
    again; trial: draws variants of plays on test; uplift: ranks by what a message is expected to
    bring, in place of value at stake; edits: whom operators have taken out or added by hand;
    consents: what the ledger knows of consents, by customer and channel; None asks nobody.
    """

    held_out: HeldOut | None = None
    released: Released | None = None
    trial: TestDraw | None = None
    uplift: UpliftModel | None = None
    edits: Mapping[str, ListEdit] = field(default_factory=dict)
    consents: Mapping[tuple[str, str], bool] | None = None


@dataclass(frozen=True)
class ContactCounts:
    """The shop's list of contacts: how many are listed (None: there is no list), its rows, those
    without an id, the customers among them and the strangers."""

    listed: int | None
    rows: int
    without_id: int
    customers: int
    strangers: int


@dataclass(frozen=True)
class RecallSummary:
    """What a list comes to; money in minor units of the currency.

    day_left_out: the last day with an order, where it is not counted; since: the day of the list
    before; already_listed: candidates an earlier list has named;
    contact, later, dont: rows by what is done; service: of those to contact, whom something is
    repaired for; reachable: of the candidates, None where no contacts are known.
    """

    shop: str
    cutoff: str
    day_left_out: str | None
    outcome_days: int
    model_version: str
    playbook: str
    since: str | None
    already_listed: int
    listed_before_today: int
    contact: int
    later: int
    dont: int
    service: int
    by_play: dict[str, int]
    by_owner: dict[str, int]
    by_why_not: dict[str, int]
    cost_minor: int
    value_at_stake_minor: int | None
    currency: str
    capacity: int | None
    candidates: int
    reachable: int | None
    contacts: ContactCounts
    ranked_by: Literal["uplift", "value"]


@dataclass(frozen=True)
class RecallList:
    """A list: its rows, the record the next list is compared with, what it comes to, and the
    playbook it was drawn up by.

    added: who was added by hand and is on it now.
    """

    rows: list[RecallRow]
    record: list[ListRecord]
    summary: RecallSummary
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
    options: ListOptions = ListOptions(),
) -> RecallList:
    """Score the shop as of a day and draw up its list. folder: the shop's own.

    Raises what `score_shop`, `load_playbook`, `load_contacts` and `load_history` do.
    """
    playbook, contacts = load_playbook(shop), load_contacts(shop, store, folder)
    scored = score_shop(
        shop, store, bundle, folder / "snapshots", day, language, progress, contacts
    )
    outcome_days = scored.dormant_value.outcome_days
    cutoff = Cutoff(date.fromisoformat(scored.cutoff), shop.timezone, outcome_days)
    known = load_history(folder / "recalls", cutoff.day, options.released)
    added = {
        name: edit.play for name, edit in options.edits.items() if edit.is_waiting_for(cutoff.day)
    }
    snapshots, uplift = folder / "snapshots" / scored.cutoff, options.uplift
    candidates = list(
        iterate_candidates(snapshots, bundle, shop, playbook, uplift=uplift, added=added)
    )
    to_decide = [
        row for row in candidates if _needs_decision(row, known, playbook, cutoff.day, added)
    ]
    products = load_products(store, cutoff, [row.customer_id for row in to_decide])
    out_of_stock, ordered_since = list_out_of_stock(store), find_ordered_since(store, cutoff)
    context = DecisionContext(
        shop,
        playbook,
        cutoff,
        contacts,
        out_of_stock,
        ordered_since,
        options.trial,
        options.consents,
    )
    _decide_all(to_decide, products, known, context, options)
    rows = [row for row in to_decide if _is_listed(row, known, added)]
    _choose_contacts(rows, products, context, options)
    record = _build_record(candidates, rows, known, cutoff.day)
    rows.sort(key=lambda row: (_ORDER[row.what], not row.service, -row.worth, row.customer_id))
    summary = _summarize(
        context, scored, rows, known, len(candidates) - len(rows), "uplift" if uplift else "value"
    )
    taken = [row.customer_id for row in rows if row.customer_id in added and row.what != "later"]
    return RecallList(rows, record, summary, playbook, taken)


def _decide_all(
    rows: Sequence[RecallRow],
    products: Mapping[str, LastProducts],
    known: ListHistory,
    context: DecisionContext,
    options: ListOptions,
) -> None:
    """Say of each row since when it is on lists and what to do; who was taken out stays out."""
    for row in rows:
        row.entered_on = known.find_entry_day(row, context.cutoff.day)
        decide_action(row, products.get(row.customer_id, LastProducts()), context)
        edit = options.edits.get(row.customer_id)
        if edit is not None and edit.what == "out":
            row.refuse("never.taken_out", edit.why)


def _is_listed(row: RecallRow, known: ListHistory, added: Collection[str]) -> bool:
    """Whether a row is shown: a reason not to write to somebody is listed when it is new."""
    if row.what != "dont" or row.customer_id in added:
        return True
    return row.why_not is None or not known.was_reported(row, row.why_not)


def _choose_contacts(
    rows: Sequence[RecallRow],
    products: Mapping[str, LastProducts],
    context: DecisionContext,
    options: ListOptions,
) -> None:
    """Leave of the rows to contact those who have room this week and are not held out."""
    asking = [row for row in rows if row.what == "contact" and not row.service]
    if options.uplift is not None:
        add_exploration(asking, context.shop.recall.capacity, context.cutoff.day)
    held_out = {} if options.held_out is None else options.held_out(asking)
    apply_capacity(asking, context.shop, context.playbook, held_out)
    if options.held_out is None:
        return
    for row in asking:
        if row.what == "contact":
            bought = products.get(row.customer_id, LastProducts())
            row.steps = build_follow_up_steps(row, bought, context)


def _needs_decision(
    row: RecallRow,
    known: ListHistory,
    playbook: Playbook,
    day: date,
    added: Mapping[str, str | None],
) -> bool:
    """Whether a customer's row is decided anew: a play to tell, or a reason to leave them alone
    that is news."""
    play = get_weekly_play(row, playbook)
    if play is None or row.customer_id in added:
        return True
    if known.is_new(row, play, day):
        return True
    old = known.last.get(row.customer_id)
    return (
        bool(row.never)
        and not play.service
        and (old is None or old.why_not != f"never.{row.never}")
    )


def _build_record(
    candidates: Sequence[RecallRow], rows: Sequence[RecallRow], known: ListHistory, day: date
) -> list[ListRecord]:
    """Everyone with a play or a reason, and whoever any list ever took."""
    by_customer = {row.customer_id: row for row in rows}
    record = {
        row.customer_id: _record_candidate(row, by_customer.get(row.customer_id), known, day)
        for row in candidates
    }
    for customer in {*known.listed, *known.served, *known.today}:
        former = ListRecord(
            customer,
            listed_on=known.listed.get(customer),
            served_on=known.served.get(customer),
        )
        kept = record.setdefault(customer, former)
        # An earlier list of this day may be in somebody's hands.
        if known.today.get(customer) == "listed_on":
            record[customer] = replace(kept, listed_on=day)
        elif customer in known.today:
            record[customer] = replace(kept, served_on=day)
    return [record[each] for each in sorted(record)]


def _record_candidate(
    row: RecallRow, now: RecallRow | None, known: ListHistory, day: date
) -> ListRecord:
    """now: the candidate's row of the list, if it has one."""
    customer = row.customer_id
    taken = now is not None and (now.what == "contact" or now.why_not == HELD_OUT)
    return ListRecord(
        customer_id=customer,
        segment=row.segment,
        orders=row.orders,
        entered_on=known.find_entry_day(row, day),
        listed_on=day if taken and not row.service else known.listed.get(customer),
        served_on=day if taken and row.service else known.served.get(customer),
        why_not=_find_reason(row, now, known),
    )


def _find_reason(row: RecallRow, now: RecallRow | None, known: ListHistory) -> str | None:
    """Why a candidate is not contacted; off the list what an earlier one said, if it holds."""
    if now is not None:
        return now.why_not if now.what == "dont" else None
    old = known.last.get(row.customer_id)
    return old.why_not if old is not None and known.is_unchanged(row) else None


_ORDER: Mapping[What, int] = {"contact": 0, "later": 1, "dont": 2}


def _summarize(
    context: DecisionContext,
    scored: ScoreSummary,
    rows: Sequence[RecallRow],
    known: ListHistory,
    already: int,
    ranked_by: Literal["uplift", "value"],
) -> RecallSummary:
    shop, contacts = context.shop, context.contacts
    to_contact = [row for row in rows if row.what == "contact"]
    with_play = [row for row in rows if row.play is not None]
    stakes = [
        row.value_at_stake_minor for row in to_contact if row.value_at_stake_minor is not None
    ]
    listed = {row.customer_id for row in to_contact}
    by_what = Counter(row.what for row in rows)
    return RecallSummary(
        shop=shop.name,
        cutoff=scored.cutoff,
        day_left_out=scored.day_left_out,
        outcome_days=scored.dormant_value.outcome_days,
        model_version=scored.model_version,
        playbook=context.playbook.name,
        since=known.since,
        already_listed=already,
        listed_before_today=len(set(known.today) - listed),
        contact=by_what["contact"],
        later=by_what["later"],
        dont=by_what["dont"],
        service=sum(row.service for row in to_contact),
        by_play=_count_by(row.play or "" for row in to_contact),
        by_owner=_count_by(row.owner or "" for row in to_contact),
        by_why_not=_count_by(row.why_not for row in rows if row.why_not),
        cost_minor=sum(row.cost_minor or 0 for row in to_contact),
        value_at_stake_minor=sum(stakes) if stakes or not to_contact else None,
        currency=shop.currency,
        capacity=shop.recall.capacity,
        candidates=len(with_play),
        reachable=sum(row.reachable for row in with_play) if contacts.is_known else None,
        contacts=ContactCounts(
            listed=contacts.listed,
            rows=contacts.rows,
            without_id=contacts.without_id,
            customers=len(contacts.by_customer),
            strangers=contacts.strangers,
        ),
        ranked_by=ranked_by,
    )


def _count_by(names: Iterable[str]) -> dict[str, int]:
    """How often each comes, the most frequent first."""
    return dict(Counter(names).most_common())
