"""The audit log: who did what when, appended to and never changed. Each row's hash covers the one
before it, under the key of the ledger's seals.

Written in the transaction of what it tells, so that nothing happens without its note and no note
without what happened.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.row_seals import get_seal_key
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
            **row,
            sha256=_hash_entry(
                last.sha256 if last else _BEFORE_THE_FIRST, row, get_seal_key(connection)
            ),
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


@dataclass(frozen=True)
class LogEnd:
    """The last entry of the log: its number, and its hash, which covers all before it."""

    seq: int
    sha256: str


def read_end(connection: sa.Connection) -> LogEnd:
    """The end of the log; number 0 of an empty one."""
    newest = sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.sha256).order_by(AUDIT_LOG.c.seq.desc())
    row = connection.execute(newest.limit(1)).first()
    return LogEnd(row.seq, row.sha256) if row else LogEnd(0, _BEFORE_THE_FIRST)


def has_entry(connection: sa.Connection, end: LogEnd) -> bool:
    """Whether the log still has what was its end."""
    mine = sa.select(AUDIT_LOG.c.sha256).where(AUDIT_LOG.c.seq == end.seq)
    return end.seq == 0 or connection.execute(mine).scalar() == end.sha256


def find_first_tampered(connection: sa.Connection, since: int | None = None) -> int | None:
    """The number of the first row that was changed, or before which one is gone; None where the
    log is whole.

    since: the first row that was written under the key the ledger is open with; nobody can say
    anything of those before. None: a row may be with it or without.
    """
    key, before, due = get_seal_key(connection), _BEFORE_THE_FIRST, 1
    for row in connection.execute(sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq)).mappings():
        content = {
            name: row[name] for name in ("seq", "at", "actor", "action", "subject", "detail")
        }
        keys = (key,) if since is not None else (key, None)
        is_known = since is None or due >= since
        hashes = [_hash_entry(before, content, each) for each in keys] if is_known else []
        if row["seq"] != due or (hashes and row["sha256"] not in hashes):
            return int(due)
        before, due = row["sha256"], due + 1
    return None


def _hash_entry(before: str, row: Mapping[str, Any], key: bytes | None) -> str:
    """Under the ledger's key, where it has one: whoever can write the file cannot write it anew."""
    content = json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False, sort_keys=True)
    whole = f"{before}\0{content}".encode()
    return (
        hashlib.sha256(whole).hexdigest()
        if key is None
        else hmac.digest(key, whole, "sha256").hex()
    )


def find_last_moment(
    connection: sa.Connection, action: str, subject: str, now: datetime
) -> datetime | None:
    """When something was last noted of a subject; None: never. What a clock that ran ahead has
    noted counts from when that clock was set right."""
    a = AUDIT_LOG.c
    mine = sa.select(a.seq, a.at).where(a.action == action, a.subject == subject)
    last = connection.execute(mine.order_by(a.seq.desc()).limit(1)).first()
    if last is None or last.at <= now:
        return last.at if last is not None else None
    resets = sa.select(a.at).where(a.action == "clock_reset", a.seq > last.seq, a.at <= now)
    reset: datetime | None = connection.execute(resets.order_by(a.seq).limit(1)).scalar()
    return reset or now
