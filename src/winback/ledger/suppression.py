"""Whether a message may go, asked in the transaction that claims it: the one engine for every reason not to write.

In this order, each with its reason code: what the shop's tables forbid (an order since, an open refund, …), a suppression, a
missing consent, the ladder's condition, quiet hours, caps and budgets. Consent and caps count what the ledger has claimed, not
what a channel said of it: a message whose fate is unknown counts as sent (RELIABILITY 1.1, Braze, Mautic).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.tables import BUDGETS, CONSENTS, COUNTED, DELIVERIES, RECEIPTS, SUPPRESSIONS

EVERY = "*"  # every channel, every offer

# What a receipt of the step before means for a step that asks (B70).
_ANSWERS: Mapping[str, frozenset[str]] = {
    "not_opened": frozenset({"opened", "clicked", "answered"}),
    "not_clicked": frozenset({"clicked", "answered"}),
    "no_answer": frozenset({"clicked", "answered"}),
}  # fmt: skip


@dataclass(frozen=True)
class Cap:
    """How many messages a customer gets at most in any so many days. channel: EVERY counts all of them; most: 0 is none."""

    channel: str
    days: int
    most: int


@dataclass(frozen=True)
class Rules:
    """What holds for every message of a run.

    kept_away: customers and why the shop's tables forbid to write to them; opens: for a channel, a customer and a moment
    the next moment at which they may be disturbed, that same moment if it is now.
    """

    caps: tuple[Cap, ...] = ()
    consent_needed: frozenset[str] = frozenset()
    kept_away: Mapping[str, str] = field(default_factory=dict)
    opens: Callable[[str, str, datetime], datetime] = lambda _channel, _customer, now: now


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message that may not go now. not_before: it waits until then; else it is settled for good."""

    state: str
    reason: str
    not_before: datetime | None = None


def why_not(connection: sa.Connection, row: sa.RowMapping, rules: Rules, now: datetime, moment: datetime) -> Verdict | None:
    """Why a delivery may not go now; None where it may. now: by the clock; moment: the same, but never earlier than before."""
    customer, channel = str(row["customer_id"]), str(row["channel"])
    if customer in rules.kept_away:
        return Verdict("suppressed", rules.kept_away[customer])
    reason = _suppressed(connection, customer, channel, moment)
    if reason is not None:
        return Verdict("suppressed", reason)
    if channel in rules.consent_needed and not _consents(connection, customer, channel):
        return Verdict("suppressed", "no_consent")
    answer = _answered(connection, row)
    if answer is not None:
        return Verdict("not_needed", answer)
    opens = rules.opens(channel, customer, now)
    if opens > now:
        return Verdict("pending", "quiet_hours", opens)
    for cap in rules.caps:
        if cap.channel in (EVERY, channel) and _claimed(connection, customer, cap, moment) >= cap.most:
            return Verdict("capped", f"cap_{'all' if cap.channel == EVERY else cap.channel}")
    return None if _affordable(connection, row) else Verdict("capped", "budget")


def _suppressed(connection: sa.Connection, customer: str, channel: str, moment: datetime) -> str | None:
    theirs = (SUPPRESSIONS.c.subject == customer) & SUPPRESSIONS.c.channel.in_([EVERY, channel])
    holds = sa.or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > moment)
    found = sa.select(SUPPRESSIONS.c.reason).where(theirs, holds).order_by(SUPPRESSIONS.c.since, SUPPRESSIONS.c.reason).limit(1)
    return connection.execute(found).scalar()


def _consents(connection: sa.Connection, customer: str, channel: str) -> bool:
    theirs = (CONSENTS.c.customer_id == customer) & (CONSENTS.c.channel == channel)
    newest = sa.select(CONSENTS.c.given).where(theirs).order_by(CONSENTS.c.at.desc()).limit(1)
    return bool(connection.execute(newest).scalar())


def _answered(connection: sa.Connection, row: sa.RowMapping) -> str | None:
    """What the step before was answered with, if that settles this one."""
    meant = _ANSWERS.get(str(row["only_if"]))
    if meant is None:
        return None
    before = (
        (DELIVERIES.c.wave_id == row["wave_id"]) & (DELIVERIES.c.customer_id == row["customer_id"])
        & (DELIVERIES.c.step < row["step"]) & RECEIPTS.c.kind.in_(meant)
    )  # fmt: skip
    found = sa.select(RECEIPTS.c.kind).join(DELIVERIES, RECEIPTS.c.delivery_id == DELIVERIES.c.delivery_id).where(before)
    return connection.execute(found.order_by(RECEIPTS.c.at).limit(1)).scalar()


def _claimed(connection: sa.Connection, customer: str, cap: Cap, moment: datetime) -> int:
    """How many messages a customer got, or may have got, in the cap's days up to a moment."""
    counted = (
        (DELIVERIES.c.customer_id == customer) & (DELIVERIES.c.claimed_at > moment - timedelta(days=cap.days))
        & DELIVERIES.c.state.in_(COUNTED)
    )  # fmt: skip
    if cap.channel != EVERY:
        counted &= DELIVERIES.c.channel == cap.channel
    return connection.execute(sa.select(sa.func.count()).where(counted)).scalar() or 0


def _affordable(connection: sa.Connection, row: sa.RowMapping) -> bool:
    names = [EVERY, *([row["offer"]] if row["offer"] else [])]
    theirs = (BUDGETS.c.wave_id == row["wave_id"]) & BUDGETS.c.name.in_(names)
    short = sa.select(sa.func.count()).where(theirs, BUDGETS.c.spent_cents + row["cost_cents"] > BUDGETS.c.limit_cents)
    return not connection.execute(short).scalar()
