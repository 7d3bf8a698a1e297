"""What the ledger says happened, read by plain SQL: its own code is what is looked at."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

COUNTED = ("claimed", "sent", "created", "unknown")
# Kept with the moment of the event, whenever it was heard of: what went out between is no fault.
_HEARD = "('bounced', 'bounced_soft', 'complained')"
_MOST_STEPS = 9  # of a ladder, to know the keys of messages nobody was to get


@dataclass(frozen=True)
class LedgerDelivery:
    """A message as the ledger has it. claimed_at: its newest claim; exposed_at: the first after
    which its receiver may have it."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    state: str
    reason: str | None
    kind: str | None
    address: str | None
    receipt: str | None
    offer: str | None
    cost_minor: int
    claimed_at: datetime | None
    exposed_at: datetime | None

    @property
    def first_claim(self) -> datetime | None:
        """The first moment at which it may have left."""
        return min(filter(None, (self.claimed_at, self.exposed_at)), default=None)

    @property
    def may_have_gone(self) -> bool:
        """Whether the ledger says that it went out, or may have."""
        return self.state in COUNTED or (self.state == "pending" and self.exposed_at is not None)


@dataclass(frozen=True)
class LedgerHistory:
    """Everything that is held against receivers' logs. suppressed: customer, or an address's hash →
    channel, since and until; consents: customer and channel → moments and what was said, the oldest
    first; budgets: wave, name, limit and spent; plans: wave → the counts it was approved with."""

    deliveries: Mapping[str, LedgerDelivery]
    arms: Mapping[tuple[str, str], str]
    suppressed: Mapping[str, Sequence[tuple[str, datetime, datetime | None]]]
    consents: Mapping[tuple[str, str], Sequence[tuple[datetime, bool]]]
    budgets: Sequence[tuple[str, str, int, int]]
    plans: Mapping[str, Mapping[str, Any]]

    def find_arm(self, wave_id: str | None, customer_id: str) -> str | None:
        """A customer's arm in a wave; without a wave in any, the one that allows most."""
        if wave_id is not None:
            return self.arms.get((wave_id, customer_id))
        arms = {arm for (_, customer), arm in self.arms.items() if customer == customer_id}
        return next((arm for arm in ("treatment", "holdout", "excluded") if arm in arms), None)

    def derive_keys(self) -> dict[str, tuple[str, str]]:
        """The keys messages would have had that were never to be, and whose they are."""
        return {
            derive_key(wave_id, customer_id, step): (wave_id, customer_id)
            for (wave_id, customer_id), arm in self.arms.items()
            if arm != "treatment"
            for step in range(1, _MOST_STEPS + 1)
        }


def derive_key(wave_id: str, customer_id: str, step: int) -> str:
    """The key of a message, as the contract with receivers has it."""
    return hashlib.sha256(f"{wave_id}\0{customer_id}\0{step}".encode()).hexdigest()[:32]


def load_history(connection: sa.Connection) -> LedgerHistory:
    """The ledger as it is now."""
    return LedgerHistory(
        {each.delivery_id: each for each in _load_deliveries(connection)},
        {
            (wave_id, customer_id): arm
            for wave_id, customer_id, arm in _query(
                connection, "select wave_id, customer_id, arm from assignments"
            )
        },
        _load_suppressed(connection),
        _load_consents(connection),
        [
            (str(wave_id), str(name), int(limit), int(spent))
            for wave_id, name, limit, spent in _query(
                connection, "select wave_id, name, limit_minor, spent_minor from budgets"
            )
        ],
        {
            str(wave_id): json.loads(plan)
            for wave_id, plan in _query(connection, "select wave_id, plan from waves")
        },
    )


def _query(connection: sa.Connection, statement: str) -> Sequence[Any]:
    return connection.execute(sa.text(statement)).all()


def _load_deliveries(connection: sa.Connection) -> Iterable[LedgerDelivery]:
    statement = sa.text(
        "select delivery_id, wave_id, customer_id, step, channel, state, reason, kind, address, "
        "receipt, offer, cost_minor, claimed_at, exposed_at from deliveries"
    )
    for row in connection.execute(statement).mappings():
        moments = {name: _parse(row[name]) for name in ("claimed_at", "exposed_at")}
        yield LedgerDelivery(**{**row, **moments})


def _load_suppressed(
    connection: sa.Connection,
) -> Mapping[str, Sequence[tuple[str, datetime, datetime | None]]]:
    suppressed = defaultdict[str, list[tuple[str, datetime, datetime | None]]](list)
    rows = _query(
        connection,
        f"select subject, channel, since, until from suppressions where reason not in {_HEARD}",
    )
    for subject, channel, since, until in rows:
        begin = _parse(since)
        assert begin is not None
        suppressed[subject].append((channel, begin, _parse(until)))
    return suppressed


def _load_consents(
    connection: sa.Connection,
) -> Mapping[tuple[str, str], Sequence[tuple[datetime, bool]]]:
    consents = defaultdict[tuple[str, str], list[tuple[datetime, bool]]](list)
    rows = _query(
        connection, "select customer_id, channel, at, given from consents order by at, given desc"
    )
    for customer_id, channel, at, given in rows:
        moment = _parse(at)
        assert moment is not None
        consents[customer_id, channel].append((moment, bool(given)))
    return consents


def _parse(moment: object) -> datetime | None:
    """A moment of the ledger: SQLite has it as text."""
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.fromisoformat(str(moment))
