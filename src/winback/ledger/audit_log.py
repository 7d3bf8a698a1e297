"""The audit log: who did what when, appended to and never changed. Each row's hash covers the one
before it.

Written in the transaction of what it tells, so that nothing happens without its note and no note
without what happened.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.service import AUDIT_LOG

_BEFORE_THE_FIRST = ""


def append(
    connection: sa.Connection,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
) -> None:
    """Append a row. detail: plain values, and nothing personal."""
    last = connection.execute(
        sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.sha256).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
    ).first()
    row = {
        "seq": last.seq + 1 if last else 1,
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True),
    }
    connection.execute(
        sa.insert(AUDIT_LOG).values(
            **row, sha256=_hash_entry(last.sha256 if last else _BEFORE_THE_FIRST, row)
        )
    )


@dataclass(frozen=True)
class AuditEntry:
    """One note."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


def list_latest(ledger: Ledger, most: int, before: int | None = None) -> list[AuditEntry]:
    """The newest notes, the newest first. before: only those with a smaller number."""
    t = AUDIT_LOG.c
    query = (
        sa.select(t.seq, t.at, t.actor, t.action, t.subject, t.detail)
        .order_by(t.seq.desc())
        .limit(most)
    )
    with ledger.begin_read() as connection:
        rows = connection.execute(
            query if before is None else query.where(t.seq < before)
        ).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]


def find_first_tampered(connection: sa.Connection) -> int | None:
    """The number of the first row that was changed, or before which one is gone; None where the
    log is whole."""
    before, due = _BEFORE_THE_FIRST, 1
    for row in connection.execute(sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq)).mappings():
        content = {
            name: row[name] for name in ("seq", "at", "actor", "action", "subject", "detail")
        }
        if row["seq"] != due or row["sha256"] != _hash_entry(before, content):
            return int(due)
        before, due = row["sha256"], due + 1
    return None


def _hash_entry(before: str, row: Mapping[str, Any]) -> str:
    content = json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{before}\0{content}".encode()).hexdigest()
