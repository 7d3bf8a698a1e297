"""A witness on another machine: asked before each batch, so that of two copies of one machine only
one goes on sending.

What was copied whole, state folder and all, cannot be seen from inside. The witness keeps one token
for each ledger, and changes it only for who knows the one before: the copy that comes second is
refused. A ledger in Postgres needs none: both copies write to that one.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from winback.core.wave_errors import WitnessRefused
from winback.delivery.channels.base import ChannelStopped
from winback.ledger.bindings import load_bindings, set_bindings
from winback.ledger.engine import Ledger

_TOKENS = sa.Table(
    "winback_witness",
    sa.MetaData(),
    sa.Column("ledger", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(32), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)
_CONNECT_SECONDS = 5


class Witness(Protocol):
    """Who is asked before a batch is handed over."""

    def confirm(self) -> None:
        """Raises ChannelStopped where another copy of the ledger has sent since, or nobody
        answers."""


class NoWitness:
    """Nobody is asked."""

    def confirm(self) -> None:
        return


NO_WITNESS = NoWitness()


class DatabaseWitness:
    """A table in a database on another machine."""

    def __init__(self, url: str, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        """Raises WitnessRefused for a URL that names no database."""
        try:
            address = sa.make_url(url)
            waits = (
                {"connect_timeout": _CONNECT_SECONDS}
                if address.get_backend_name() == "postgresql"
                else {}
            )
            self._engine = sa.create_engine(address, pool_pre_ping=True, connect_args=waits)
        except (SQLAlchemyError, ImportError) as error:
            raise WitnessRefused(witness="witness", detail=str(error).splitlines()[0]) from None
        self._ledger, self._clock, self._has_table = ledger, clock, False
        self._shown = address.render_as_string(hide_password=True)

    def confirm(self) -> None:
        """Change the token to one that only this ledger knows; the new one is kept before it is
        shown, so that a crash between the two leaves it known."""
        bound = load_bindings(self._ledger)
        known = {bound[name] for name in ("witness_last", "witness_next") if name in bound}
        fresh, now = secrets.token_hex(16), self._clock()
        try:
            with self._engine.begin() as connection:
                if not self._has_table:
                    _TOKENS.create(connection, checkfirst=True)
                shown = self._read(connection, bound["ledger"])
            self._has_table = True
        except SQLAlchemyError as error:
            raise self._explain(error) from None
        if shown is not None and shown not in known:
            raise ChannelStopped("ledger_copied", self._shown)
        set_bindings(self._ledger, {"witness_last": shown, "witness_next": fresh}, now)
        try:
            with self._engine.begin() as connection:
                is_changed = self._exchange(connection, bound["ledger"], shown, fresh, now)
        except SQLAlchemyError as error:
            raise self._explain(error) from None
        if not is_changed:
            raise ChannelStopped("ledger_copied", self._shown)

    def _read(self, connection: sa.Connection, ledger: str) -> str | None:
        query = sa.select(_TOKENS.c.token).where(_TOKENS.c.ledger == ledger)
        return connection.execute(query).scalar()

    def _exchange(
        self, connection: sa.Connection, ledger: str, shown: str | None, fresh: str, now: datetime
    ) -> bool:
        """Put a new token in place of the one that was shown; whether that was still there."""
        values = {"token": fresh, "at": now}
        if shown is None:
            connection.execute(sa.insert(_TOKENS).values(ledger=ledger, **values))
            return True
        mine = (_TOKENS.c.ledger == ledger) & (_TOKENS.c.token == shown)
        return connection.execute(sa.update(_TOKENS).where(mine).values(values)).rowcount == 1

    def _explain(self, error: SQLAlchemyError) -> ChannelStopped:
        detail = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return ChannelStopped("witness_silent", f"{self._shown}: {detail}")
