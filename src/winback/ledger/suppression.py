"""Whether a message may go, asked in the transaction that claims it: the one engine for every
reason not to write.

In this order, each with its reason code: what the shop's tables forbid (an order since, an open
refund, …), a suppression, a missing consent, the ladder's condition, quiet hours, caps and budgets.
Caps and budgets count what the ledger has claimed, not what a channel said of it: a message whose
fate is unknown counts as sent.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from winback.ledger.contact_tables import CONSENTS, SUPPRESSIONS
from winback.ledger.wave_tables import BUDGETS, COUNTED, DELIVERIES, RECEIPTS

ALL = "*"  # every channel, every offer

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
class SuppressionRules:
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
class SuppressionVerdict:
    """What becomes of a message that may not go now. not_before: it waits until then; else it is
    settled for good."""

    state: str
    reason: str
    not_before: datetime | None = None


@dataclass
class SuppressionState:
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
    left: dict[tuple[str, str], int]  # wave, offer → minor units

    def check(
        self, row: sa.RowMapping, rules: SuppressionRules, now: datetime, moment: datetime
    ) -> SuppressionVerdict | None:
        """Why a delivery may not go now; None if it may. now: by the clock; moment: the same,
        but never earlier than before."""
        reason = self._find_suppression(row, rules)
        if reason is not None:
            return SuppressionVerdict("suppressed", reason)
        answer = self._find_answer(row)
        if answer is not None:
            return SuppressionVerdict("not_needed", answer)
        opens = rules.opens(row["channel"], row["customer_id"], now)
        if opens > now:
            return SuppressionVerdict("pending", "quiet_hours", opens)
        limit = self._find_limit(row, rules.caps, moment)
        return SuppressionVerdict("capped", limit) if limit is not None else None

    def _find_suppression(self, row: sa.RowMapping, rules: SuppressionRules) -> str | None:
        """Why the customer must not be written to through the delivery's channel at all."""
        customer, channel = row["customer_id"], row["channel"]
        away = rules.kept_away.get((row["wave_id"], customer))
        if away is not None:
            return away
        for where, reason in self.suppressed.get(customer, ()):
            if where in (ALL, channel):
                return reason
        if channel in rules.consent_needed and not self.consented.get((customer, channel), False):
            return "no_consent"
        return None

    def _find_answer(self, row: sa.RowMapping) -> str | None:
        """The answer that makes a later step needless."""
        meant = _ANSWERS.get(row["only_if"], frozenset())
        answers = self.answered.get((row["wave_id"], row["customer_id"]), ())
        return next((kind for kind in answers if kind in meant), None)

    def _find_limit(self, row: sa.RowMapping, caps: Sequence[Cap], moment: datetime) -> str | None:
        """The frequency cap that is reached, or the budget that does not reach."""
        for cap in caps:
            reaches = cap.channel in (ALL, row["channel"])
            if reaches and self._count_claims(row, cap, moment) >= cap.most:
                return f"cap_{'all' if cap.channel == ALL else cap.channel}"
        short = any(
            self.left.get((row["wave_id"], name), row["cost_minor"]) < row["cost_minor"]
            for name in list_budgets(row)
        )
        return "budget" if short else None

    def count_claim(self, row: sa.RowMapping, moment: datetime) -> None:
        """Count a message in."""
        self.claimed.setdefault(row["customer_id"], []).append(
            (row["delivery_id"], row["channel"], moment)
        )
        for name in list_budgets(row):
            if (row["wave_id"], name) in self.left:
                self.left[row["wave_id"], name] -= row["cost_minor"]

    def _count_claims(self, row: sa.RowMapping, cap: Cap, moment: datetime) -> int:
        """Of the customer's other messages, how many went out in a cap's window, or may have."""
        since, mine = moment - timedelta(days=cap.days), row["delivery_id"]
        claims = self.claimed.get(row["customer_id"], ())
        return sum(
            cap.channel in (ALL, where) and at > since and each != mine
            for each, where, at in claims
        )


# Built once: a run asks them for every message.
_CUSTOMERS: sa.BindParameter[str] = sa.bindparam("param_customers", expanding=True)
_SUPPRESSED = (
    sa.select(SUPPRESSIONS.c.subject, SUPPRESSIONS.c.channel, SUPPRESSIONS.c.reason)
    .where(
        SUPPRESSIONS.c.subject.in_(_CUSTOMERS),
        sa.or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > sa.bindparam("param_moment")),
    )
    .order_by(SUPPRESSIONS.c.since, SUPPRESSIONS.c.reason)
)
_BUDGETS = sa.select(BUDGETS).where(
    BUDGETS.c.wave_id.in_(sa.bindparam("param_waves", expanding=True))
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
    DELIVERIES.c.claimed_at > sa.bindparam("param_since"),
)


def list_budgets(row: sa.RowMapping) -> Sequence[str]:
    """The budgets a message is paid from."""
    return [ALL, *([row["offer"]] if row["offer"] else [])]


def load_state(
    connection: sa.Connection,
    rows: Collection[sa.RowMapping],
    rules: SuppressionRules,
    moment: datetime,
) -> SuppressionState:
    """What the ledger knows of the customers of some deliveries, in five questions however many
    they are; fewer where no rule asks."""
    if not rows:
        return SuppressionState({}, {}, {}, {}, {})
    customers, waves = _list_distinct(rows, "customer_id"), _list_distinct(rows, "wave_id")
    suppressed = _load_suppressed(connection, customers, moment)
    left = _load_budgets(connection, waves)
    consented = _load_consents(connection, customers) if rules.consent_needed else {}
    answered = _load_needed_answers(rows, connection, waves, customers)
    claimed = (
        _load_claims(
            connection, customers, moment - timedelta(days=max(cap.days for cap in rules.caps))
        )
        if rules.caps
        else {}
    )
    return SuppressionState(suppressed, consented, answered, claimed, left)


def _list_distinct(rows: Collection[sa.RowMapping], column: str) -> list[str]:
    return sorted({row[column] for row in rows})


def _load_suppressed(
    connection: sa.Connection, customers: list[Any], moment: datetime
) -> defaultdict[str, list[tuple[str, str]]]:
    suppressed = defaultdict[str, list[tuple[str, str]]](list)
    for row in connection.execute(
        _SUPPRESSED, {"param_customers": customers, "param_moment": moment}
    ):
        suppressed[row.subject].append((row.channel, row.reason))
    return suppressed


def _load_budgets(connection: sa.Connection, waves: list[Any]) -> dict[tuple[Any, Any], Any]:
    budgets = connection.execute(_BUDGETS, {"param_waves": waves})
    return {(row.wave_id, row.name): row.limit_minor - row.spent_minor for row in budgets}


def _load_needed_answers(
    rows: Collection[sa.RowMapping],
    connection: sa.Connection,
    waves: list[Any],
    customers: list[Any],
) -> dict[tuple[str, str], list[str]]:
    return (
        _load_answers(connection, waves, customers)
        if any(row["only_if"] in _ANSWERS for row in rows)
        else {}
    )


def _load_consents(
    connection: sa.Connection, customers: Sequence[str]
) -> dict[tuple[str, str], bool]:
    c = CONSENTS.c
    consents = (
        sa.select(c.customer_id, c.channel, c.given)
        .where(c.customer_id.in_(customers))
        .order_by(c.at)
    )
    return {
        (row.customer_id, row.channel): row.given for row in connection.execute(consents)
    }  # the newest holds


def _load_answers(
    connection: sa.Connection, waves: Sequence[str], customers: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    answered = defaultdict[tuple[str, str], list[str]](list)
    for row in connection.execute(_query_answers(waves, customers)):
        answered[row.wave_id, row.customer_id].append(row.kind)
    return answered


def _query_answers(waves: Sequence[str], customers: Sequence[str]) -> sa.Select[Any]:
    """(wave, customer, kind of receipt), the oldest first."""
    d, r = DELIVERIES.c, RECEIPTS.c
    condition = d.wave_id.in_(waves) & d.customer_id.in_(customers)
    return (
        sa.select(d.wave_id, d.customer_id, r.kind)
        .join(DELIVERIES, r.delivery_id == d.delivery_id)
        .where(condition)
        .order_by(r.at, r.kind)
    )


def _load_claims(
    connection: sa.Connection, customers: Sequence[str], since: datetime
) -> dict[str, list[tuple[str, str, datetime]]]:
    claimed = defaultdict[str, list[tuple[str, str, datetime]]](list)
    for row in connection.execute(_CLAIMED, {"param_customers": customers, "param_since": since}):
        claimed[row.customer_id].append((row.delivery_id, row.channel, row.claimed_at))
    return claimed
