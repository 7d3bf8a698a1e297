"""A ledger copied for a rehearsal: what was decided and sent, without keys, addresses and whose
turn it is."""

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.contacts import CONTENT_HASHES, TAGS, VAULT, VAULT_KEYS
from winback.ledger.tables.schema import SCHEMA
from winback.ledger.tables.service import API_KEYS, BINDINGS, LEASES
from winback.ledger.tables.waves import WAVES

_LEFT = {API_KEYS, VAULT, VAULT_KEYS, LEASES, BINDINGS, CONTENT_HASHES, TAGS}
_AT_ONCE = 5_000


def copy_ledger(source: Ledger, target: Ledger) -> None:
    """Copy one moment of a ledger into an empty one of the same version."""
    with source.begin_snapshot() as reading, target.begin_write() as writing:
        for table in SCHEMA.sorted_tables:
            if table in _LEFT:
                continue
            rows = (
                reading.execution_options(yield_per=_AT_ONCE).execute(sa.select(table)).mappings()
            )
            for some in rows.partitions(_AT_ONCE):
                writing.execute(sa.insert(table), [dict(row) for row in some])


def stop_other_waves(ledger: Ledger, wave_id: str) -> None:
    """Let nothing but one wave go out."""
    with ledger.begin_write() as connection:
        connection.execute(
            sa.update(WAVES).where(WAVES.c.wave_id != wave_id).values(state="stopped")
        )
