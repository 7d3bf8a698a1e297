"""Every message of one customer's play, as it would go or why not: shown before anything is
sent."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import CustomerUnknown, NotScored, PlayUnknown
from winback.core.expiry_marks import fill_expiry, strip_marks
from winback.data.contacts import load_contacts
from winback.data.stock import list_out_of_stock
from winback.data.store import Store
from winback.features.last_products import LastProducts
from winback.model.bundle import Bundle
from winback.playbooks.matching import is_in_currency, load_playbook
from winback.playbooks.message_templates import Message, MessageBlocked, render_first_complete
from winback.playbooks.playbook import Channel, Play, Playbook, Step
from winback.recall.candidates import iterate_candidates
from winback.recall.decision_context import (
    DecisionContext,
    find_ordered_since,
    load_products,
)
from winback.recall.decisions import find_do_not_contact_reason
from winback.recall.message_values import build_values, list_template_texts
from winback.recall.recall_row import RecallRow
from winback.segmentation.thresholds import Thresholds


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
        iterate_candidates(folder / "snapshots" / chosen, bundle, shop, playbook, customer), None
    )
    if row is None:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=chosen)
    chosen_play = _get_play(playbook, play or row.play)
    products = load_products(store, cutoff, [customer]).get(customer, LastProducts())
    context = DecisionContext(
        shop,
        playbook,
        cutoff,
        load_contacts(shop, store, folder),
        list_out_of_stock(store),
        find_ordered_since(store, cutoff),
    )
    contact = context.get_contact(row)
    never = None if chosen_play.service else find_do_not_contact_reason(row, contact, context)
    messages = []
    for number, step in enumerate(chosen_play.steps, start=1):
        for channel, made in _render_step(step, row, products, context):
            messages.append(
                {
                    "customer_id": row.customer_id,
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
    step: Step, row: RecallRow, products: LastProducts, context: DecisionContext
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
    text = strip_marks(made.text)
    return {
        "text": text,
        "subject": fill_expiry(made.subject, None),
        "segments": made.segments,
        "characters": len(text),
        "bytes": len(text.encode()),
    }
