"""What to do about one customer of the weekly list: contact them, through what and with which
words, or not, and why."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile

from winback.core.expiry_marks import fill_expiry
from winback.data.contacts import Contact
from winback.features.last_products import LastProducts
from winback.ledger.assignments import PlannedStep
from winback.playbooks.matching import is_in_currency
from winback.playbooks.message_templates import (
    Message,
    MessageBlocked,
    render_first_complete,
)
from winback.playbooks.playbook import Channel, Offer, Play, Step
from winback.recall.decision_context import DecisionContext, find_named_skus
from winback.recall.list_columns import get_weekly_play
from winback.recall.message_values import build_values, list_template_texts
from winback.recall.recall_row import RecallRow


def decide_action(row: RecallRow, products: LastProducts, context: DecisionContext) -> None:
    """Fill in what to do about one customer: contact them, with what and how, or not, and why."""
    contact = context.get_contact(row)
    row.fill_in_contact(contact)
    play = get_weekly_play(row, context.playbook)
    if play is None:
        row.play, row.why_not = None, f"never.{row.never}"
        return
    never = None if play.service else find_do_not_contact_reason(row, contact, context)
    if never is not None:
        row.why_not = f"never.{never}"
        return
    variant, step, room = _apply_test(play, contact, row, products, context)
    offer = context.get_offer(step)
    first = _build_first_message(play, step, offer, contact, row, products, context)
    chosen = None if isinstance(first, MessageBlocked) else first[0]
    row.without_consent = _list_passed_over(step, chosen, contact, context)
    if isinstance(first, MessageBlocked):
        row.refuse(*_explain_block(first, context.list_out_of_stock(products)))
        return
    if context.blackout and not play.service:
        row.refuse("never.blackout", what="later")
        return
    channel, sent, expiry = first
    row.what, row.channel = "contact", channel
    row.expiry = fill_expiry(expiry, None)
    row.offer, row.cost_minor = step.offer, offer.cost_minor if offer else 0
    if sent:
        row.waiting_subject, row.waiting_message = sent.subject, sent.text
    row.subject = fill_expiry(row.waiting_subject, None)
    row.message = fill_expiry(row.waiting_message, None)
    row.variant, row.after_days, row.room = variant, step.after_days, room
    row.skus = _list_skus(sent, products)


def _list_passed_over(
    step: Step, chosen: str | None, contact: Contact, context: DecisionContext
) -> tuple[str, ...]:
    """The channels before the chosen one that would reach a customer who has not agreed."""
    before = takewhile(lambda channel: channel != chosen, step.channels)
    return tuple(
        each
        for each in before
        if context.is_reached(contact, each) and not contact.agreed.get(each, True)
    )


def _explain_block(
    blocked: MessageBlocked, out_of_stock: Collection[str]
) -> tuple[str, str | None]:
    """Why a message cannot go, and of what."""
    gone = blocked.detail in out_of_stock and blocked.why == "variable_missing"
    return "never.out_of_stock" if gone else f"stopped.{blocked.why}", blocked.detail or None


def _apply_test(
    play: Play,
    contact: Contact,
    row: RecallRow,
    products: LastProducts,
    context: DecisionContext,
) -> tuple[str | None, Step, tuple[str | None, int] | None]:
    """The variant a customer is drawn for, the first step it makes, and the offer and cost that
    room is asked for.

    No variant where the play has no test, it is decided, or one of its variants cannot go to them:
    else those whom a variant reaches would be others than those whom another does. So it is with
    room: each asks for the dearest variant's.
    """
    first = play.steps[0]
    if play.test is None or context.trial is None:
        return None, first, None
    steps = {variant.name: variant.apply_to_step(first) for variant in play.test.variants}
    test = f"{play.name}/{play.test.name}"
    chosen = context.trial.decided.get(test)
    if chosen in steps:
        return None, steps[chosen], None
    for step in steps.values():
        offer = context.get_offer(step)
        if isinstance(
            _build_first_message(play, step, offer, contact, row, products, context), MessageBlocked
        ):
            return None, first, None
    name = context.trial.draw(row.customer_id, test, tuple(steps))
    offers = [step.offer for step in steps.values() if step.offer]
    dearest = max(
        offers, key=lambda offer: (context.playbook.offers[offer].cost_minor, offer), default=None
    )
    return (
        name,
        steps[name],
        (dearest, context.playbook.offers[dearest].cost_minor if dearest else 0),
    )


def _build_first_message(
    play: Play,
    step: Step,
    offer: Offer | None,
    contact: Contact,
    row: RecallRow,
    products: LastProducts,
    context: DecisionContext,
) -> tuple[str, Message | None, str | None] | MessageBlocked:
    """The channel and message of a step, and until when its offer holds; or why it cannot be."""
    if offer is not None and not is_in_currency(offer, context.playbook, context.shop):
        return MessageBlocked("offer_currency", ", ".join(context.playbook.currencies))
    if offer is not None and offer.count_days_held(context.cutoff.day) <= 0:
        return MessageBlocked("offer_ended", step.offer or "")
    values = build_values(row, products, offer, contact, context)
    routed = _choose_channel(step, context, contact, values)
    if isinstance(routed, MessageBlocked):
        return _write_service_script(step, values, context) if play.service else routed
    return *routed, values["expiry"]


def _write_service_script(
    step: Step, values: Mapping[str, str | None], context: DecisionContext
) -> tuple[str, Message, str | None] | MessageBlocked:
    """A promise broken is repaired whatever way there is: the service finds its own."""
    script = render_first_complete(
        list_template_texts(step, context), values, "call", context.message_rules
    )
    return script if isinstance(script, MessageBlocked) else ("service", script, values["expiry"])


def build_follow_up_steps(
    row: RecallRow, products: LastProducts, context: DecisionContext
) -> tuple[PlannedStep, ...]:
    """A customer's rungs: the first as it is decided, and the later ones as they would go if nobody
    answers (B70).

    A rung that reaches them by no way is left out, and its days go to the next.
    """
    play = get_weekly_play(row, context.playbook)
    if play is None:
        return ()
    rungs = [_describe_first_rung(row, play.steps[0], context)]
    days, since = 0, 0
    for step in play.steps[1:]:
        days, since = days + step.after_days, since + step.after_days
        rung = _build_later_rung(step, days, row, products, context)
        if rung is not None:
            rungs.append(replace(rung, after_days=since))
            since = 0
    return tuple(rungs)


def _describe_first_rung(row: RecallRow, step: Step, context: DecisionContext) -> PlannedStep:
    offer = context.playbook.offers[row.offer] if row.offer else None
    return PlannedStep(
        channel=row.channel or "",
        only_if=step.only_if,
        after_days=row.after_days,
        offer=row.offer,
        cost_minor=row.cost_minor or 0,
        subject=row.waiting_subject,
        body=row.waiting_message,
        skus=row.skus,
        offer_hours=offer.expires_hours if offer else None,
        offer_ends=context.offer_clock.get_end(offer) if offer else None,
    )


def _build_later_rung(
    step: Step, days: int, row: RecallRow, products: LastProducts, context: DecisionContext
) -> PlannedStep | None:
    """A step as it would go so many days after the first; None if it reaches them by no way."""
    offer = context.get_offer(step)
    if offer is not None and not is_in_currency(offer, context.playbook, context.shop):
        return None
    then, day = replace(row, days=row.days + days), context.cutoff.day + timedelta(days=days)
    if offer is not None and offer.count_days_held(day) <= 0:
        return None
    contact = context.get_contact(row)
    values = build_values(then, products, offer, contact, context, day)
    routed = _choose_channel(step, context, contact, values)
    if isinstance(routed, MessageBlocked):
        return None
    channel, sent = routed
    return PlannedStep(
        channel=channel,
        only_if=step.only_if,
        after_days=step.after_days,
        offer=step.offer,
        cost_minor=offer.cost_minor if offer else 0,
        subject=sent.subject if sent else None,
        body=sent.text if sent else None,
        skus=_list_skus(sent, products),
        offer_hours=offer.expires_hours if offer else None,
        offer_ends=context.offer_clock.get_end(offer) if offer else None,
    )


def _list_skus(sent: Message | None, products: LastProducts) -> tuple[str, ...]:
    """The products that a message names."""
    named = find_named_skus(products, sent.variables) if sent else {}
    return tuple(sorted(set(named.values())))


def find_do_not_contact_reason(
    row: RecallRow, contact: Contact, context: DecisionContext
) -> str | None:
    """The first reason not to write to them at all."""
    if row.never or contact.unsubscribed:
        return row.never or "unsubscribed"
    return "ordered" if row.customer_id in context.ordered_since else None


def _choose_channel(
    step: Step, context: DecisionContext, contact: Contact, values: Mapping[str, str | None]
) -> tuple[Channel, Message | None] | MessageBlocked:
    """The first channel of a step that reaches them with a whole message; else why the first one
    did not."""
    stops, texts = list[MessageBlocked](), list_template_texts(step, context)
    for channel in step.channels:
        if not context.is_reached(contact, channel):
            continue
        if not contact.agreed.get(channel, True):
            stops.append(MessageBlocked("no_consent"))
            continue
        made = _render_for_channel(channel, texts, values, context)
        if not isinstance(made, MessageBlocked):
            return channel, made
        stops.append(made)
    return stops[0] if stops else MessageBlocked("unreachable")


def _render_for_channel(
    channel: Channel,
    texts: list[tuple[str, str | None]],
    values: Mapping[str, str | None],
    context: DecisionContext,
) -> Message | MessageBlocked | None:
    if channel in context.unavailable_channels:
        return MessageBlocked(context.unavailable_channels[channel])
    if channel == "audience":
        return None  # the platform shows everyone the same; audience.json says to whom
    return render_first_complete(texts, values, channel, context.message_rules)
