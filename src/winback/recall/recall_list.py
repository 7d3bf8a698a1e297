"""The weekly list (A14): who newly entered a play, what to do about each, and whom to leave alone
and why.

The shop is scored as of the cut-off, every customer gets the first play that fits, and of those who
were on no earlier list the best are taken first within capacity and budget. Nothing is sent here.
Who does not fit waits for the next list, however many weeks are skipped; the record of a list is
what the next one is compared with.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, inf
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import CustomerUnknown, NotScored, PlayUnknown
from winback.data.contacts import Contacts, load_contacts
from winback.data.store import Store
from winback.features.last_products import LastProducts
from winback.i18n.translate import Language
from winback.ledger.list_edits import ListEdit
from winback.model.bundle import Bundle
from winback.model.uplift import UPLIFT_FEATURES, UpliftModel, predict_gain
from winback.playbooks.capacity import Candidate, Taken, WeeklyCapacity, allocate
from winback.playbooks.matching import is_in_currency, load_playbook, match_plays
from winback.playbooks.message_templates import Message, MessageBlocked, render_first_complete
from winback.playbooks.playbook import Channel, Play, Playbook, Step
from winback.recall.decisions import (
    RECALL_LIST_SCHEMA,
    DecisionContext,
    TestDraw,
    build_follow_up_steps,
    build_values,
    decide_action,
    find_do_not_contact_reason,
    get_weekly_play,
    list_out_of_stock,
    list_template_texts,
    load_products,
)
from winback.recall.history import ListHistory, Released, load_history
from winback.scoring.batch import score_shop
from winback.scoring.predict import to_columns
from winback.scoring.summary import ScoreSummary
from winback.segmentation.assignment import assign_segments
from winback.segmentation.thresholds import Thresholds

What = Literal["contact", "later", "dont"]
HeldOut = Callable[
    [Sequence[Mapping[str, Any]]], Mapping[str, str]
]  # rows of a list → who goes without, and why
EXPLORED = 0.10  # of who is written to are chosen by chance once uplift ranks
HELD_OUT, WASHED_OUT = "never.holdout", "never.washout"


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
        _iterate_candidates(
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
            row |= dict.fromkeys(("channel", "offer", "cost_cents", "expiry", "subject", "message"))
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
        _add_exploration(asking, shop.recall.capacity, cutoff.day)
    _apply_capacity(asking, shop, playbook, {} if held_out is None else held_out(asking))
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


def preview_messages(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    customer: str,
    day: date | None,
    play: str | None,
) -> list[dict[str, Any]]:
    """Every message of a customer's play (or of another), step by step and channel by channel, as
    it would go or why not.

    Read from the snapshot of a day, by default the newest. Raises CustomerUnknown, PlayUnknown and
    NotScored.
    """
    chosen = _choose_snapshot(shop, folder, day)
    playbook = load_playbook(shop)
    outcome_days = Thresholds.from_dict(bundle.thresholds).outcome_days
    cutoff = Cutoff(date.fromisoformat(chosen), shop.timezone, outcome_days)
    row = next(
        _iterate_candidates(folder / "snapshots" / chosen, bundle, shop, playbook, customer), None
    )
    if row is None:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=chosen)
    chosen_play = _get_play(playbook, play or row["play"])
    products = load_products(store, cutoff, [customer]).get(customer, LastProducts())
    context = DecisionContext(
        shop, playbook, cutoff, load_contacts(shop, store, folder), list_out_of_stock(store)
    )
    contact = context.get_contact(row)
    never = None if chosen_play.service else find_do_not_contact_reason(row, contact)
    messages = []
    for number, step in enumerate(chosen_play.steps, start=1):
        for channel, made in _render_step(step, row, products, context):
            messages.append(
                {
                    "customer_id": row["customer_id"],
                    "play": chosen_play.name,
                    "step": number,
                    "channel": channel,
                    "reaches": channel in contact.channels if context.contacts.is_known else None,
                    "forbidden": never,
                    **_describe_message(made),
                }
            )
    return messages


def _choose_snapshot(shop: Shop, folder: Path, day: date | None) -> str:
    """The day's, by default the newest. Raises NotScored."""
    days = sorted(path.name for path in (folder / "snapshots").glob("????-??-??"))
    chosen = day.isoformat() if day else (days[-1] if days else None)
    if chosen is None or chosen not in days:
        raise NotScored(shop=shop.name, cutoff=chosen or "–")
    return chosen


def _get_play(playbook: Playbook, name: str | None) -> Play:
    """Raises PlayUnknown."""
    for play in playbook.plays:
        if play.name == name:
            return play
    raise PlayUnknown(value=name or "–", known=", ".join(each.name for each in playbook.plays))


def _render_step(
    step: Step, row: Mapping[str, Any], products: LastProducts, context: DecisionContext
) -> Iterator[tuple[Channel, Message | MessageBlocked]]:
    """A step's message through each of its channels, or why it cannot go."""
    offer = context.get_offer(step)
    values = build_values(row, products, offer, context.get_contact(row), context)
    for channel in step.channels:
        made = render_first_complete(
            list_template_texts(step, context), values, channel, context.message_rules
        )
        if offer is not None and not is_in_currency(offer, context.playbook, context.shop):
            made = MessageBlocked("offer_currency", ", ".join(context.playbook.currencies))
        elif channel in context.unavailable_channels:
            made = MessageBlocked(context.unavailable_channels[channel])
        yield channel, made


def _describe_message(made: Message | MessageBlocked) -> dict[str, Any]:
    if isinstance(made, MessageBlocked):
        return {"stopped": made.why, "detail": made.detail}
    return vars(made) | {"characters": len(made.text), "bytes": len(made.text.encode())}


_ORDER: Mapping[What, int] = {"contact": 0, "later": 1, "dont": 2}


def _iterate_candidates(
    snapshots: Path,
    bundle: Bundle,
    shop: Shop,
    playbook: Playbook,
    customer: str | None = None,
    uplift: UpliftModel | None = None,
    added: Mapping[str, str | None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Everyone with a play for the weekly list, whoever a refund keeps from one, and who is added
    by hand, as rows; a part of the shop at a time.

    customer: only them, whatever their play. added: by hand, and the play each of them gets.
    """
    by_hand = added or {}
    number = {play.name: at for at, play in enumerate(playbook.plays)}
    thresholds = Thresholds.from_dict(bundle.thresholds)
    weekly = np.array([*(play.weekly for play in playbook.plays), False])
    features, snapshot = (
        pq.ParquetFile(snapshots / f"{name}.parquet") for name in ("features", "snapshot")
    )
    for group in range(features.num_row_groups):
        columns, scored = to_columns(features.read_row_group(group)), snapshot.read_row_group(group)
        chance, outside = (
            scored.column(name).to_numpy() for name in ("churn_probability", "outside_population")
        )
        routed = assign_segments(columns, chance, ~outside.astype(bool), thresholds, shop.journey)
        plays = match_plays(routed.facts, playbook)
        edited = pc.is_in(
            scored.column("customer_id"), pa.array(list(by_hand), pa.string())
        ).to_numpy()
        for place in np.flatnonzero(edited).tolist():
            play = by_hand[scored.column("customer_id")[place].as_py()]
            plays[place] = number.get(play or "", int(plays[place]))
        is_candidate = weekly[plays] | routed.never["refunded"]
        if customer is not None:
            is_candidate = pc.equal(scored.column("customer_id"), customer).to_numpy()
        chosen = np.flatnonzero(is_candidate)
        rows = scored.take(pa.array(chosen)).to_pylist()
        gains = _predict_gains(uplift, columns, chosen) if uplift is not None else None
        for place, (row, at) in enumerate(zip(rows, chosen.tolist(), strict=True)):
            made = _build_row(row, at, columns, playbook, int(plays[at]))
            yield made if gains is None else made | {"worth": float(gains[place])}


def _predict_gains(
    uplift: UpliftModel, columns: Mapping[str, NDArray[np.float64]], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What a message is expected to bring some rows."""
    return predict_gain(
        uplift, np.column_stack([columns[name][chosen] for name in UPLIFT_FEATURES])
    )


def _add_exploration(asking: Sequence[dict[str, Any]], capacity: int | None, day: date) -> None:
    """Put some first by chance alone, a tenth of who is written to: else nothing is learned of
    those it ranks low."""
    if capacity is None or len(asking) <= capacity:
        return
    part = EXPLORED * capacity / len(asking)
    for row in asking:
        digest = hashlib.sha256(f"explore\0{day}\0{row['customer_id']}".encode()).digest()
        if int.from_bytes(digest[:8], "big") / 2**64 < part:
            row["worth"] = inf


def _build_row(
    row: dict[str, Any],
    at: int,
    columns: Mapping[str, NDArray[np.float64]],
    playbook: Playbook,
    play: int,
) -> dict[str, Any]:
    chosen = playbook.plays[play] if play < len(playbook.plays) else None
    return {
        **{name: row[name] for name in RECALL_LIST_SCHEMA.names if name in row},
        "segment": row["recall_segment"],
        "play": chosen.name if chosen else None,
        "service": chosen is not None and chosen.service,
        "friend": bool(columns["wecom_friend_events"][at] >= 1),
        "never": (row["do_not_contact"] or "").split(",")[0] or None,
        "days": ceil(np.nan_to_num(columns["days_since_last_order"][at])),
        "orders": int(np.nan_to_num(columns["orders_lifetime"][at])),
        "bestseller": columns["favourite_is_bestseller"][at] == 1,
        "worth": _estimate_worth(row, at, columns),
    }


def _estimate_worth(
    row: Mapping[str, Any], at: int, columns: Mapping[str, NDArray[np.float64]]
) -> float:
    stake = row["value_at_stake_cents"]
    if stake is not None:
        return float(stake)
    # Without a value at stake, the chance to lose them times what there is to lose: a usual
    # order, or how many there were.
    worth = columns["order_value_mean_cents"][at]
    loss: float = columns["orders_lifetime"][at] if np.isnan(worth) else worth
    return float(row["churn_probability"]) * loss


def _apply_capacity(
    asking: Sequence[dict[str, Any]], shop: Shop, playbook: Playbook, held_out: Mapping[str, str]
) -> None:
    """Leave as many to contact as fit into the week; a service call needs no capacity."""
    room = _build_capacity(playbook, shop)
    taken = _allocate(asking, held_out, room)
    for row in asking:
        fate = taken[row["customer_id"]]
        if fate == "take":
            continue
        # What a later list will say is not said yet: neither the message nor until when the offer
        # holds.
        row |= dict.fromkeys(("channel", "offer", "cost_cents", "expiry", "subject", "message"))
        if fate == "hold_out":
            row |= {"what": "dont", "why_not": held_out[row["customer_id"]]}
        else:
            row |= {"what": "later", "why_not": f"list.{fate}", "why_not_detail": row["owner"]}


def _build_capacity(playbook: Playbook, shop: Shop) -> WeeklyCapacity:
    budgets = {
        name: offer.budget_cents
        for name, offer in playbook.offers.items()
        if offer.budget_cents is not None
    }
    return WeeklyCapacity(
        shop.recall.capacity, shop.recall.capacity_of_owner, shop.recall.budget_cents, budgets
    )


def _allocate(
    asking: Sequence[dict[str, Any]], held_out: Mapping[str, str], room: WeeklyCapacity
) -> dict[str, Taken]:
    return allocate(
        (
            Candidate(
                row["customer_id"],
                row["worth"],
                row["owner"],
                *_get_capacity_needed(row),
                row["customer_id"] in held_out,
            )
            for row in asking
        ),
        room,
    )


def _get_capacity_needed(row: Mapping[str, Any]) -> tuple[str | None, int]:
    """The offer and the cost a row asks room for: of a play on test its dearest variant's,
    whichever it was drawn for."""
    if row["room"] is not None:
        return row["room"][0], row["room"][1]
    return row["offer"], row["cost_cents"]


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
        row["value_at_stake_cents"] for row in to_contact if row["value_at_stake_cents"] is not None
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
        "cost_cents": sum(row["cost_cents"] for row in to_contact),
        "value_at_stake_cents": sum(stakes) if stakes or not to_contact else None,
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
