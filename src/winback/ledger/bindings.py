"""What a ledger is bound to: an id of its own, the machine that sends from it, and what its witness
has seen last."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.service import BINDINGS

# released: the machine that sent has handed over. restored_until, lost_until: the day up to which
# the journal alone, or nobody, knows what was sent. witness_last, witness_next: what the witness
# may show. seal_key: a fingerprint of what it is sealed under.
BindingName = Literal[
    "ledger",
    "machine",
    "released",
    "restored_until",
    "lost_until",
    "witness_last",
    "witness_next",
    "seal_key",
]


def load_bindings(ledger: Ledger) -> dict[str, str]:
    """Every binding by its name; none for a ledger that was never planned in."""
    with ledger.begin_read() as connection:
        return {row.name: row.value for row in connection.execute(sa.select(BINDINGS))}


def set_bindings(ledger: Ledger, values: Mapping[BindingName, str | None], now: datetime) -> None:
    """Bind a ledger in one transaction; None takes a binding away."""
    with ledger.begin_write() as connection:
        for name, value in values.items():
            connection.execute(sa.delete(BINDINGS).where(BINDINGS.c.name == name))
            if value is not None:
                connection.execute(sa.insert(BINDINGS).values(name=name, value=value, at=now))
