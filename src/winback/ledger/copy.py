"""A ledger copied for a rehearsal: what was decided and sent, without keys, addresses and whose
turn it is."""

from datetime import datetime

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.contacts import CONTENT_HASHES, TAGS, VAULT, VAULT_KEYS
from winback.ledger.tables.schema import SCHEMA
from winback.ledger.tables.service import API_KEYS, BINDINGS, LEASES
from winback.ledger.waves import decide_wave, list_waves

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


def stop_other_waves(ledger: Ledger, wave_id: str, actor: str, now: datetime) -> None:
    """Let nothing but one wave go out."""
    for wave in list_waves(ledger):
        if wave.wave_id != wave_id and wave.state != "stopped":
            decide_wave(ledger, wave.wave_id, "stopped", actor, now)
