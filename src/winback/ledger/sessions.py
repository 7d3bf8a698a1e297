"""Who is signed in: sessions, and what happens after wrong passwords.

An attempt is counted before it is tried, so that many at once do not get around the limit. A
session is 256 random bits in a cookie, kept hashed, and ends after a while without use, whatever
the browser does.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.passwords import HASHER, LONGEST, get_unusable_hash, verify_password
from winback.ledger.tables.service import SESSIONS, USERS
from winback.ledger.users import User, find_user, to_user

SESSION_IDLE = timedelta(hours=12)  # without a request a session ends
SESSION_LONGEST = timedelta(days=7)
MOST_FAILED_SIGN_INS = 5  # in a row; then the user is locked
SIGN_IN_LOCKED = timedelta(minutes=15)
_SEEN = timedelta(minutes=1)  # how often a session's last use is written down


@dataclass(frozen=True)
class Session:
    """Somebody signed in. form_token: what each of their forms carries, so that no other page
    can send one."""

    operator: User
    form_token: str


def sign_in(
    ledger: Ledger, name: str, password: str, now: datetime
) -> tuple[str, Session] | datetime | None:
    """A new session and what its cookie holds; until when nobody may try this name again; or None
    where it is refused.

    A name nobody has takes as long as a wrong password.
    """
    locked: datetime | None = None
    with ledger.begin_write() as connection:
        row = find_user(connection, name)
        until: datetime | None = row["locked_until"] if row is not None else None
        if until is not None and until > now:
            return until
        if row is not None:
            locked = _count_attempt(connection, row, now)
    right = verify_password(
        row["password"] if row is not None else get_unusable_hash(), password[:LONGEST]
    )
    if row is not None and not right and locked:
        with ledger.begin_write() as connection:
            append(connection, now, name, "user_locked", name, {"until": locked.isoformat()})
    if row is None or not right or row["disabled_at"] is not None:
        return None
    token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with ledger.begin_write() as connection:
        _note_success(connection, row, password)
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.began_at <= now - SESSION_LONGEST))
        connection.execute(
            sa.insert(SESSIONS).values(
                session_sha256=_hash_token(token),
                operator=name,
                form_token=form_token,
                began_at=now,
                seen_at=now,
            )
        )
        append(connection, now, name, "signed_in", name, {})
    return token, Session(to_user(row), form_token)


def _count_attempt(connection: sa.Connection, row: sa.RowMapping, now: datetime) -> datetime | None:
    """Count an attempt as failed until it has succeeded; returns until when it locks the name."""
    failed = row["failed"] + 1
    locked = now + SIGN_IN_LOCKED if failed >= MOST_FAILED_SIGN_INS else None
    mine = sa.update(USERS).where(USERS.c.name == row["name"])
    connection.execute(mine.values(failed=0 if locked else failed, locked_until=locked))
    return locked


def _note_success(connection: sa.Connection, row: sa.RowMapping, password: str) -> None:
    changes: dict[str, object] = {"failed": 0, "locked_until": None}
    if HASHER.check_needs_rehash(row["password"]):
        changes["password"] = HASHER.hash(password)
    connection.execute(sa.update(USERS).where(USERS.c.name == row["name"]).values(**changes))


def load_session(ledger: Ledger, token: str, now: datetime) -> Session | None:
    """Who is signed in by a cookie; None where nobody is any more."""
    s = SESSIONS.c
    condition = s.session_sha256 == _hash_token(token)
    query = sa.select(SESSIONS, USERS).join(USERS, USERS.c.name == s.operator).where(condition)
    with ledger.begin_read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None or row["disabled_at"] is not None:
        return None
    if now - row["seen_at"] > SESSION_IDLE or now - row["began_at"] > SESSION_LONGEST:
        return None
    _note_seen(now, row, ledger, condition)
    return Session(to_user(row), row["form_token"])


def _note_seen(
    now: datetime, row: sa.RowMapping, ledger: Ledger, condition: sa.ColumnElement[bool]
) -> None:
    if now - row["seen_at"] >= _SEEN:
        with ledger.begin_write() as connection:
            connection.execute(sa.update(SESSIONS).where(condition).values(seen_at=now))


def sign_out(ledger: Ledger, token: str, now: datetime) -> None:
    """End a session."""
    condition = SESSIONS.c.session_sha256 == _hash_token(token)
    with ledger.begin_write() as connection:
        name = connection.execute(sa.select(SESSIONS.c.operator).where(condition)).scalar()
        if name is not None:
            connection.execute(sa.delete(SESSIONS).where(condition))
            append(connection, now, name, "signed_out", name, {})


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
