"""The messages that are due next, and what the ledger knows of their customers.

Of a ledger that is a file a run reads more than it claims at once, and goes on from there as long
as nothing but its own claims was written since: SQLite says so within the transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.ledger.budgets import floor_quarter_hour
from winback.ledger.message_outcomes import MATCHES_ASSIGNMENT, Outcome
from winback.ledger.suppression import SuppressionRules, SuppressionState, load_state
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, WAVES

_LOOKED_AT = 20  # rows of one transaction that may turn out not to go
_AHEAD = 250  # rows where what is left of them serves the next transactions

# Built once: a run executes them for every message.
_WAITING = (
    (DELIVERIES.c.state == "pending")
    & DELIVERIES.c.channel.in_(sa.bindparam("param_channels", expanding=True))
    & DELIVERIES.c.wave_id.in_(
        sa.select(WAVES.c.wave_id).where(WAVES.c.state == "approved", WAVES.c.paused_at.is_(None))
    )
)
_MESSAGES = sa.select(
    DELIVERIES, ASSIGNMENTS.c.owner, ASSIGNMENTS.c.play, ASSIGNMENTS.c.household
).join(ASSIGNMENTS, MATCHES_ASSIGNMENT)
_DUE = (
    _MESSAGES.where(_WAITING, DELIVERIES.c.due_at <= sa.bindparam("param_now"))
    .order_by(DELIVERIES.c.due_at, DELIVERIES.c.rank, DELIVERIES.c.delivery_id)
    .limit(sa.bindparam("param_most"))
)
_NEXT_DUE = sa.select(sa.func.min(DELIVERIES.c.due_at)).where(_WAITING)


class RulesOutdated(Exception):
    """What the rules rest on has changed: nothing was claimed by them."""


@dataclass(frozen=True)
class _Version:
    """A state of a file as one connection sees it: what others committed, and the rows it has
    itself written."""

    connection: Any  # the driver's own; held, so that no later one can be taken for it
    committed: int
    written: int


@dataclass
class DueMessages:
    """What a run has read of the messages of its channels, to be asked in the transactions in which
    it claims them."""

    channels: Collection[str]
    rows: Sequence[sa.RowMapping] = ()
    state: SuppressionState = field(default_factory=SuppressionState)
    _version: _Version | None = None
    _rules: SuppressionRules | None = None
    _quarter_hour: datetime | None = None

    def check(self, connection: sa.Connection, outcomes: Sequence[Outcome]) -> None:
        """At the beginning of a transaction: forget what was read if somebody has written to the
        ledger since, or is about to change more than that what was claimed went out."""
        is_same = self._version is not None and self._version == _read_version(connection)
        if not is_same or any(each.state != "sent" for each in outcomes):
            self.rows = ()

    def read(
        self,
        connection: sa.Connection,
        rules: SuppressionRules,
        now: datetime,
        moment: datetime,
        most: int,
    ) -> None:
        """Have the next rows, more than are wanted: some of them may not go. Raises RulesOutdated
        where one is of a wave that was approved after the rules were made."""
        quarter_hour = floor_quarter_hour(moment)  # budgets of a month are counted by it
        holds = self._rules is rules and self._quarter_hour == quarter_hour
        if most and holds and len(self.rows) >= most:
            return
        self.rows, self._rules, self._quarter_hour = (), rules, quarter_hour
        if most:
            ahead = _LOOKED_AT if _read_version(connection) is None else _AHEAD
            parameters = {
                "param_channels": sorted(self.channels),
                "param_now": now,
                "param_most": max(most, ahead),
            }
            self.rows = connection.execute(_DUE, parameters).mappings().all()
            if not all(rules.was_asked(row["wave_id"], row["customer_id"]) for row in self.rows):
                raise RulesOutdated
        self.state = load_state(connection, self.rows, rules, moment)

    def keep(self, connection: sa.Connection, used: int) -> None:
        """At the end of a transaction: keep what it has not used."""
        self.rows, self._version = self.rows[used:], _read_version(connection)

    def find_next(self, connection: sa.Connection) -> datetime | None:
        """When the next message is due; None if none is."""
        due: datetime | None = connection.execute(
            _NEXT_DUE, {"param_channels": sorted(self.channels)}
        ).scalar()
        return due


def select_messages() -> sa.Select[Any]:
    """Messages with what their assignment says of them."""
    return _MESSAGES


def _read_version(connection: sa.Connection) -> _Version | None:
    """None where nobody can say whether the ledger has changed: of a server, and where each
    transaction has a connection of its own."""
    if connection.dialect.name != "sqlite" or not isinstance(connection.engine.pool, sa.QueuePool):
        return None
    driver = connection.connection.dbapi_connection
    assert driver is not None
    [[committed]] = driver.execute("PRAGMA data_version")
    return _Version(driver, committed, driver.total_changes)
