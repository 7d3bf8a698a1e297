"""Whether a message may go, asked in the transaction that claims it: the one engine for every
reason not to write.

In this order, each with its reason code: what the shop's tables forbid (an order since, an open
refund, …), a suppression, a missing consent, the ladder's condition, quiet hours, caps and budgets.
Caps and budgets count what the ledger has claimed, not what a channel said of it: a message whose
fate is unknown counts as sent (RELIABILITY 1.1, Braze, Mautic).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.schema import BUDGETS, CONSENTS, COUNTED, DELIVERIES, RECEIPTS, SUPPRESSIONS

EVERY = "*"  # every channel, every offer

# What a receipt of an earlier step means for a step that asks (B70).
_ANSWERS: Mapping[str, frozenset[str]] = {
    "not_opened": frozenset({"opened", "clicked", "answered"}),
    "not_clicked": frozenset({"clicked", "answered"}),
    "no_answer": frozenset({"clicked", "answered"}),
}


@dataclass(frozen=True)
class Cap:
    """How many messages a customer gets at most in any so many days. channel: EVERY counts all
    of them; most: 0 is none."""

    channel: str
    days: int
    most: int


@dataclass(frozen=True)
class Rules:
    """What holds for every message of a run.

    kept_away: waves and customers, and why the shop's tables forbid to write to them; opens: for a
    channel, a customer and a moment the next moment at which they may be disturbed, that same
    moment if it is now.
    """

    caps: tuple[Cap, ...] = ()
    consent_needed: frozenset[str] = frozenset()
    kept_away: Mapping[tuple[str, str], str] = field(default_factory=dict)
    opens: Callable[[str, str, datetime], datetime] = lambda _channel, _customer, now: now


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message that may not go now. not_before: it waits until then; else it is
    settled for good."""

    state: str
    reason: str
    not_before: datetime | None = None


@dataclass
class Known:
    """What the ledger knows of some customers at a moment; `take` counts in what is claimed in
    the same transaction."""

    suppressed: Mapping[
        str, list[tuple[str, str]]
    ]  # customer → channels and reasons, the oldest first
    consented: Mapping[tuple[str, str], bool]  # customer, channel
    answered: Mapping[
        tuple[str, str], list[str]
    ]  # wave, customer → what their messages were answered with
    claimed: dict[
        str, list[tuple[str, str, datetime]]
    ]  # customer → messages, their channels and moments
    left: dict[tuple[str, str], int]  # wave, offer → cents

    def why_not(
        self, row: sa.RowMapping, rules: Rules, now: datetime, moment: datetime
    ) -> Verdict | None:
        """Why a delivery may not go now; None if it may. now: by the clock; moment: the same,
        but never earlier than before."""
        customer, channel = row["customer_id"], row["channel"]
        away = rules.kept_away.get((row["wave_id"], customer))
        if away is not None:
            return Verdict("suppressed", away)
        reason = next(
            (
                reason
                for where, reason in self.suppressed.get(customer, ())
                if where in (EVERY, channel)
            ),
            None,
        )
        if reason is not None:
            return Verdict("suppressed", reason)
        if channel in rules.consent_needed and not self.consented.get((customer, channel), False):
            return Verdict("suppressed", "no_consent")
        meant = _ANSWERS.get(row["only_if"], frozenset())
        answer = next(
            (kind for kind in self.answered.get((row["wave_id"], customer), ()) if kind in meant),
            None,
        )
        if answer is not None:
            return Verdict("not_needed", answer)
        opens = rules.opens(channel, customer, now)
        if opens > now:
            return Verdict("pending", "quiet_hours", opens)
        for cap in rules.caps:
            if cap.channel in (EVERY, channel) and self._count(row, cap, moment) >= cap.most:
                return Verdict("capped", f"cap_{'all' if cap.channel == EVERY else cap.channel}")
        short = any(
            self.left.get((row["wave_id"], name), row["cost_cents"]) < row["cost_cents"]
            for name in paying(row)
        )
        return Verdict("capped", "budget") if short else None

    def take(self, row: sa.RowMapping, moment: datetime) -> None:
        """Count a message in."""
        self.claimed.setdefault(row["customer_id"], []).append(
            (row["delivery_id"], row["channel"], moment)
        )
        for name in paying(row):
            if (row["wave_id"], name) in self.left:
                self.left[row["wave_id"], name] -= row["cost_cents"]

    def _count(self, row: sa.RowMapping, cap: Cap, moment: datetime) -> int:
        """Of the customer's other messages, how many went out in a cap's window, or may have."""
        since, mine = moment - timedelta(days=cap.days), row["delivery_id"]
        theirs = self.claimed.get(row["customer_id"], ())
        return sum(
            cap.channel in (EVERY, where) and at > since and each != mine
            for each, where, at in theirs
        )


# Built once: a run asks them for every message.
_CUSTOMERS: sa.BindParameter[str] = sa.bindparam("its_customers", expanding=True)
_SUPPRESSED = (
    sa.select(SUPPRESSIONS.c.subject, SUPPRESSIONS.c.channel, SUPPRESSIONS.c.reason)
    .where(
        SUPPRESSIONS.c.subject.in_(_CUSTOMERS),
        sa.or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > sa.bindparam("its_moment")),
    )
    .order_by(SUPPRESSIONS.c.since, SUPPRESSIONS.c.reason)
)
_BUDGETS = sa.select(BUDGETS).where(
    BUDGETS.c.wave_id.in_(sa.bindparam("its_waves", expanding=True))
)
_CLAIMED = sa.select(
    DELIVERIES.c.delivery_id,
    DELIVERIES.c.customer_id,
    DELIVERIES.c.channel,
    DELIVERIES.c.claimed_at,
).where(
    # Also of those that wait to be asked again: what still has the moment of its claim may have
    # arrived.
    DELIVERIES.c.customer_id.in_(_CUSTOMERS),
    DELIVERIES.c.state.in_((*COUNTED, "pending")),
    DELIVERIES.c.claimed_at > sa.bindparam("its_since"),
)


def paying(row: sa.RowMapping) -> Sequence[str]:
    """The budgets a message is paid from."""
    return [EVERY, *([row["offer"]] if row["offer"] else [])]


def known_of(
    connection: sa.Connection, rows: Collection[sa.RowMapping], rules: Rules, moment: datetime
) -> Known:
    """What the ledger knows of the customers of some deliveries, in five questions however many
    they are; fewer where no rule asks."""
    if not rows:
        return Known({}, {}, {}, {}, {})
    customers, waves = (
        sorted({row["customer_id"] for row in rows}),
        sorted({row["wave_id"] for row in rows}),
    )
    suppressed = defaultdict[str, list[tuple[str, str]]](list)
    for row in connection.execute(_SUPPRESSED, {"its_customers": customers, "its_moment": moment}):
        suppressed[row.subject].append((row.channel, row.reason))
    budgets = connection.execute(_BUDGETS, {"its_waves": waves})
    left = {(row.wave_id, row.name): row.limit_cents - row.spent_cents for row in budgets}
    consented = _consents(connection, customers) if rules.consent_needed else {}
    answered = (
        _answers(connection, waves, customers)
        if any(row["only_if"] in _ANSWERS for row in rows)
        else {}
    )
    claimed = (
        _claims(connection, customers, moment - timedelta(days=max(cap.days for cap in rules.caps)))
        if rules.caps
        else {}
    )
    return Known(suppressed, consented, answered, claimed, left)


def _consents(connection: sa.Connection, customers: Sequence[str]) -> dict[tuple[str, str], bool]:
    c = CONSENTS.c
    consents = (
        sa.select(c.customer_id, c.channel, c.given)
        .where(c.customer_id.in_(customers))
        .order_by(c.at)
    )
    return {
        (row.customer_id, row.channel): row.given for row in connection.execute(consents)
    }  # the newest holds


def _answers(
    connection: sa.Connection, waves: Sequence[str], customers: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    d, r = DELIVERIES.c, RECEIPTS.c
    theirs = d.wave_id.in_(waves) & d.customer_id.in_(customers)
    told = (
        sa.select(d.wave_id, d.customer_id, r.kind)
        .join(DELIVERIES, r.delivery_id == d.delivery_id)
        .where(theirs)
    )
    answered = defaultdict[tuple[str, str], list[str]](list)
    for row in connection.execute(told.order_by(r.at, r.kind)):
        answered[row.wave_id, row.customer_id].append(row.kind)
    return answered


def _claims(
    connection: sa.Connection, customers: Sequence[str], since: datetime
) -> dict[str, list[tuple[str, str, datetime]]]:
    claimed = defaultdict[str, list[tuple[str, str, datetime]]](list)
    for row in connection.execute(_CLAIMED, {"its_customers": customers, "its_since": since}):
        claimed[row.customer_id].append((row.delivery_id, row.channel, row.claimed_at))
    return claimed
