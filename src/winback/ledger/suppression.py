"""Whether a message may go, asked in the transaction that claims it: the one engine for every
reason not to write.

In this order, each with its reason code: what the shop's tables forbid (an order since, an open
refund, …), a suppression, a missing consent, a product that is sold out, an offer that is over, the
ladder's condition, quiet hours, caps and budgets. Caps and budgets count what the ledger has
claimed, whatever a channel said of it.

A person is every id that stands for them today: a no of any of them, or of any of their addresses,
holds for all, and so do caps. Of what bounced it is the address alone.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from winback.config.messaging import BudgetPeriod
from winback.core.addresses import ADDRESS_KIND
from winback.ledger.bounces import OF_ADDRESS
from winback.ledger.budgets import (
    PeriodBudget,
    list_budgets,
    load_left,
    load_wave_budgets,
)
from winback.ledger.refusal_rates import RefusalLines
from winback.ledger.tables.contacts import CONSENTS, SUPPRESSIONS
from winback.ledger.tables.waves import ALL as ALL
from winback.ledger.tables.waves import ASSIGNMENTS, COUNTED, DELIVERIES, RECEIPTS

# What a receipt of an earlier step means for a step that asks (B70).
_ANSWERS: Mapping[str, frozenset[str]] = {
    "not_opened": frozenset({"opened", "clicked", "answered"}),
    "not_clicked": frozenset({"clicked", "answered"}),
    "no_answer": frozenset({"clicked", "answered"}),
}


@dataclass(frozen=True)
class Cap:
    """How many messages a customer gets at most in any so many days. channel: ALL counts all
    of them; most: 0 is none."""

    channel: str
    days: int
    most: int


@dataclass(frozen=True)
class SuppressionRules:
    """What holds for every message of a run.

    kept_away: waves and customers, and why the shop's tables forbid to write to them; opens: for a
    channel, a customer and a moment the next moment at which they may be disturbed, that same
    moment if it is now; addresses: customer → kind → keyed hash; ids_of: customer → every id of
    that person, the customer's own among them; out_of_stock: SKUs; count_offer: of an offer that
    holds so many hours from a moment when it is over, and what its message says of that; budgets:
    over all waves; refusal_lines: of what comes back; asked: the waves and customers all this was
    asked of, None where it holds for all.
    """

    caps: tuple[Cap, ...] = ()
    consent_needed: frozenset[str] = frozenset()
    kept_away: Mapping[tuple[str, str], str] = field(default_factory=dict)
    opens: Callable[[str, str, datetime], datetime] = lambda _channel, _customer, now: now
    addresses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ids_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out_of_stock: frozenset[str] = frozenset()
    count_offer: Callable[[int, datetime], tuple[datetime, str | None]] = lambda hours, now: (
        now + timedelta(hours=hours),
        None,
    )
    budgets: tuple[PeriodBudget, ...] = ()
    refusal_lines: RefusalLines = field(default_factory=RefusalLines)
    asked: Mapping[str, Collection[str]] | None = None

    def was_asked(self, wave_id: str, customer: str) -> bool:
        """Whether what keeps a customer's message back is known."""
        return self.asked is None or customer in self.asked.get(wave_id, ())

    def list_ids(self, customer: str) -> tuple[str, ...]:
        """Every id of a customer's person."""
        return self.ids_of.get(customer, (customer,))

    def get_person(self, customer: str) -> str:
        """One name for all ids of a person."""
        return min(self.list_ids(customer))

    def get_address(self, channel: str, customer: str) -> str | None:
        """The hash of where a channel writes to a customer; None where that is not known."""
        return self.addresses.get(customer, {}).get(ADDRESS_KIND.get(channel, ""))

    def list_addresses(self, customer: str) -> set[str]:
        """The hashes of every address of a customer's person, of whatever kind."""
        ids = self.list_ids(customer)
        return {address for each in ids for address in self.addresses.get(each, {}).values()}


@dataclass(frozen=True)
class SuppressionVerdict:
    """What becomes of a message that may not go now. not_before: it waits until then; else it is
    settled for good."""

    state: str
    reason: str
    not_before: datetime | None = None


Claim = tuple[str, str, datetime]  # a message, its channel and the moment


@dataclass
class SuppressionState:
    """What the ledger knows of some customers; `count_claim` counts in what is claimed, too."""

    # customer or hash of an address → channels and reasons, the oldest first
    suppressed: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)
    consented: Mapping[tuple[str, str], bool] = field(default_factory=dict)  # person, channel
    # wave, customer → what their messages were answered with
    answered: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)
    # person or hash of an address → messages, their channels and moments
    claimed: dict[str, list[Claim]] = field(default_factory=dict)
    left: dict[tuple[str, str], int] = field(default_factory=dict)  # wave, offer → minor units
    left_in: dict[BudgetPeriod, int] = field(default_factory=dict)  # of all waves, minor units
    # wave, person → which of their ids is written to
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    held_out: Collection[tuple[str, str]] = ()  # wave, person: of whom an id is held out

    def check(
        self, row: sa.RowMapping, rules: SuppressionRules, now: datetime, moment: datetime
    ) -> SuppressionVerdict | None:
        """Why a delivery may not go now; None if it may. moment: now, but never before others."""
        reason = self._find_suppression(row, rules)
        if reason is None and _has_ended(row, now):
            reason = "offer_ended"
        if reason is not None:
            return SuppressionVerdict("suppressed", reason)
        answer = self._find_answer(row)
        if answer is not None:
            return SuppressionVerdict("not_needed", answer)
        opens = rules.opens(row["channel"], row["customer_id"], now)
        if opens > now:
            return SuppressionVerdict("pending", "quiet_hours", opens)
        limit = self._find_limit(row, rules, moment)
        return SuppressionVerdict("capped", limit) if limit is not None else None

    def _find_suppression(self, row: sa.RowMapping, rules: SuppressionRules) -> str | None:
        """Why the customer must not be written to through the delivery's channel at all."""
        customer, channel = row["customer_id"], row["channel"]
        away = rules.kept_away.get((row["wave_id"], customer))
        if away is not None:
            return away
        refused = self._find_refusal(row, rules) or self._find_other_id(row, rules)
        if refused is not None:
            return refused
        has_agreed = self.consented.get((rules.get_person(customer), channel), False)
        if channel in rules.consent_needed and not has_agreed:
            return "no_consent"
        named = json.loads(row["skus"] or "[]")
        return None if rules.out_of_stock.isdisjoint(named) else "out_of_stock"

    def _find_refusal(self, row: sa.RowMapping, rules: SuppressionRules) -> str | None:
        """What the ledger has against writing to a person, or to this one address of theirs."""
        customer, channel = row["customer_id"], row["channel"]
        own = (customer, rules.get_address(channel, customer))
        for subject in (*rules.list_ids(customer), *sorted(rules.list_addresses(customer))):
            for where, reason in self.suppressed.get(subject, ()):
                if where in (ALL, channel) and (subject in own or reason not in OF_ADDRESS):
                    return reason
        return None

    def _find_other_id(self, row: sa.RowMapping, rules: SuppressionRules) -> str | None:
        """Of two ids that became one person after the draw one is written to, and none if one was
        held out: it shows what comes without a message."""
        key = (row["wave_id"], rules.get_person(row["customer_id"]))
        if key in self.held_out:
            return "merged_holdout"
        return "merged" if self.written.get(key, row["customer_id"]) != row["customer_id"] else None

    def _find_answer(self, row: sa.RowMapping) -> str | None:
        """The answer that makes a later step needless."""
        meant = _ANSWERS.get(row["only_if"], frozenset())
        answers = self.answered.get((row["wave_id"], row["customer_id"]), ())
        return next((kind for kind in answers if kind in meant), None)

    def _find_limit(
        self, row: sa.RowMapping, rules: SuppressionRules, moment: datetime
    ) -> str | None:
        """The frequency cap that is reached, or the budget that does not reach."""
        for cap in rules.caps:
            reaches = cap.channel in (ALL, row["channel"])
            if reaches and self._count_claims(row, rules, cap, moment) >= cap.most:
                return f"cap_{'all' if cap.channel == ALL else cap.channel}"
        if row["exposed_at"] is not None:  # what may have arrived has kept its money
            return None
        cost = row["cost_minor"]
        if any(self.left.get((row["wave_id"], name), cost) < cost for name in list_budgets(row)):
            return "budget"
        short = (period for period, left in self.left_in.items() if 0 < cost > left)
        return next((f"budget_{period}" for period in short), None)

    def count_claim(self, row: sa.RowMapping, rules: SuppressionRules, moment: datetime) -> None:
        """Count a message in."""
        person = rules.get_person(row["customer_id"])
        self.written.setdefault((row["wave_id"], person), row["customer_id"])
        for name in filter(None, (person, rules.get_address(row["channel"], row["customer_id"]))):
            claim = (row["delivery_id"], row["channel"], moment)
            self.claimed.setdefault(name, []).append(claim)
        if row["exposed_at"] is not None:
            return
        for budget in list_budgets(row):
            if (row["wave_id"], budget) in self.left:
                self.left[row["wave_id"], budget] -= row["cost_minor"]
        for period in self.left_in:
            self.left_in[period] -= row["cost_minor"]

    def _count_claims(
        self, row: sa.RowMapping, rules: SuppressionRules, cap: Cap, moment: datetime
    ) -> int:
        """Of the other messages to a person or this address how many went out in a cap's window, or
        may have."""
        since = moment - timedelta(days=cap.days)
        customer, channel = row["customer_id"], row["channel"]
        names = filter(None, (rules.get_person(customer), rules.get_address(channel, customer)))
        counted = {
            message
            for name in names
            for message, where, at in self.claimed.get(name, ())
            if cap.channel in (ALL, where) and at > since
        }
        return len(counted - {row["delivery_id"]})


def _has_ended(row: sa.RowMapping, now: datetime) -> bool:
    """Whether the offer of a message is over. One that is counted from sending begins anew with
    each claim, unless somebody may have the message already."""
    ends = row["offer_ends"]
    is_counted_anew = row["offer_hours"] is not None and row["exposed_at"] is None
    return ends is not None and not is_counted_anew and bool(now >= ends)


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
_CLAIMED = sa.select(
    DELIVERIES.c.delivery_id,
    DELIVERIES.c.customer_id,
    DELIVERIES.c.channel,
    DELIVERIES.c.claimed_at,
    DELIVERIES.c.address,
).where(
    # Also of those that wait to be asked again: what still has the moment of its claim may have
    # arrived.
    DELIVERIES.c.state.in_((*COUNTED, "pending")),
    DELIVERIES.c.claimed_at > sa.bindparam("param_since"),
)
_CLAIMED_BY_CUSTOMER = _CLAIMED.where(DELIVERIES.c.customer_id.in_(_CUSTOMERS))
_CLAIMED_BY_ADDRESS = _CLAIMED.where(
    DELIVERIES.c.address.in_(sa.bindparam("param_addresses", expanding=True))
)
_WAVES: sa.BindParameter[str] = sa.bindparam("param_waves", expanding=True)
_WRITTEN = (
    sa.select(DELIVERIES.c.wave_id, DELIVERIES.c.customer_id)
    .where(
        DELIVERIES.c.wave_id.in_(_WAVES),
        DELIVERIES.c.customer_id.in_(_CUSTOMERS),
        DELIVERIES.c.state.in_((*COUNTED, "pending")),
        DELIVERIES.c.claimed_at.is_not(None),
    )
    .order_by(DELIVERIES.c.claimed_at, DELIVERIES.c.delivery_id)
)
_HELD_OUT = sa.select(ASSIGNMENTS.c.wave_id, ASSIGNMENTS.c.customer_id).where(
    ASSIGNMENTS.c.wave_id.in_(_WAVES),
    ASSIGNMENTS.c.customer_id.in_(_CUSTOMERS),
    ASSIGNMENTS.c.arm == "holdout",
)


def load_state(
    connection: sa.Connection,
    rows: Collection[sa.RowMapping],
    rules: SuppressionRules,
    moment: datetime,
) -> SuppressionState:
    """What the ledger knows of the customers of some deliveries, in five questions however many
    they are; fewer where no rule asks."""
    if not rows:
        return SuppressionState()
    customers, waves = _list_distinct(rows, "customer_id"), _list_distinct(rows, "wave_id")
    ids = sorted({each for customer in customers for each in rules.list_ids(customer)})
    asks_answers = any(row["only_if"] in _ANSWERS for row in rows)
    state = SuppressionState(
        suppressed=_load_suppressed(connection, customers, ids, rules, moment),
        consented=_load_consents(connection, ids, rules) if rules.consent_needed else {},
        answered=_load_answers(connection, waves, customers) if asks_answers else {},
        left=load_wave_budgets(connection, waves),
        left_in=load_left(connection, rules.budgets, moment),
    )
    if rules.caps:
        since = moment - timedelta(days=max(cap.days for cap in rules.caps))
        _add_claims(connection, state.claimed, rows, ids, rules, since)
    if len(ids) > len(customers):
        merged = {"param_waves": waves, "param_customers": ids}
        for row in connection.execute(_WRITTEN, merged):
            key = (row.wave_id, rules.get_person(row.customer_id))
            state.written.setdefault(key, row.customer_id)
        held = connection.execute(_HELD_OUT, merged)
        state.held_out = {(row.wave_id, rules.get_person(row.customer_id)) for row in held}
    return state


def _list_distinct(rows: Collection[sa.RowMapping], column: str) -> list[str]:
    return sorted({row[column] for row in rows})


def _load_suppressed(
    connection: sa.Connection,
    customers: Sequence[str],
    ids: Sequence[str],
    rules: SuppressionRules,
    moment: datetime,
) -> defaultdict[str, list[tuple[str, str]]]:
    suppressed = defaultdict[str, list[tuple[str, str]]](list)
    addresses = {address for each in customers for address in rules.list_addresses(each)}
    subjects = [*ids, *sorted(addresses)]
    for row in connection.execute(
        _SUPPRESSED, {"param_customers": subjects, "param_moment": moment}
    ):
        suppressed[row.subject].append((row.channel, row.reason))
    return suppressed


def _load_consents(
    connection: sa.Connection, ids: Sequence[str], rules: SuppressionRules
) -> dict[tuple[str, str], bool]:
    c = CONSENTS.c
    consents = (
        sa.select(c.customer_id, c.channel, c.given)
        .where(c.customer_id.in_(ids))
        .order_by(c.at, c.given.desc())
    )
    return {
        (rules.get_person(row.customer_id), row.channel): row.given
        for row in connection.execute(consents)
    }  # the newest holds, and of two ids at one moment the no


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


def _add_claims(
    connection: sa.Connection,
    claimed: dict[str, list[Claim]],
    rows: Collection[sa.RowMapping],
    ids: Sequence[str],
    rules: SuppressionRules,
    since: datetime,
) -> None:
    """Add what was claimed for the persons of some deliveries, and for their addresses."""
    by_customer = {"param_customers": ids, "param_since": since}
    for row in connection.execute(_CLAIMED_BY_CUSTOMER, by_customer):
        claim = (row.delivery_id, row.channel, row.claimed_at)
        claimed.setdefault(rules.get_person(row.customer_id), []).append(claim)
    addresses = {rules.get_address(row["channel"], row["customer_id"]) for row in rows} - {None}
    if not addresses:
        return
    by_address = {"param_addresses": sorted(filter(None, addresses)), "param_since": since}
    for row in connection.execute(_CLAIMED_BY_ADDRESS, by_address):
        claim = (row.delivery_id, row.channel, row.claimed_at)
        claimed.setdefault(row.address, []).append(claim)
