"""Who may sign in to the dashboard, and who is signed in (RELIABILITY 3).

Passwords are kept as argon2id; an attempt is counted before it is tried, so that many at once do not get around the limit. A
session is 256 random bits in a cookie, kept hashed, and ends after a while without use, whatever the browser does.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from winback.core.errors import LastAdmin, OperatorNameUnfit, OperatorTaken, OperatorUnknown, PasswordShort, RoleUnknown
from winback.ledger.audit_log import note
from winback.ledger.engine import Ledger
from winback.ledger.schema import OPERATORS, SESSIONS

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may what those before it may
SHORTEST, LONGEST = 10, 256  # characters of a password
MOST_FAILED, LOCKED = 5, timedelta(minutes=15)
IDLE, LONGEST_SESSION = timedelta(hours=12), timedelta(days=7)
_SEEN = timedelta(minutes=1)  # how often a session's last use is written down
_HASHER = PasswordHasher()  # RFC 9106, for memory that is scarce


@dataclass(frozen=True)
class Operator:
    """Somebody who may sign in; moments are naive UTC."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None

    def may(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True)
class Session:
    """Somebody signed in. form_token: what each of their forms carries, so that no other page can send one."""

    operator: Operator
    form_token: str


def create_operator(ledger: Ledger, name: str, role: str, password: str, actor: str, now: datetime) -> Operator:
    """Let somebody sign in from now on. Raises OperatorNameUnfit, OperatorTaken, RoleUnknown and PasswordShort."""
    if not name.strip() or name != name.strip() or len(name) > 64 or not name.isprintable():
        raise OperatorNameUnfit(value=name[:64])
    hashed = _hashed(password)
    values = {"name": name, "role": _role(role), "created_at": now, "disabled_at": None, "locked_until": None}
    with ledger.writing() as connection:
        if _find(connection, name) is not None:
            raise OperatorTaken(value=name)
        connection.execute(sa.insert(OPERATORS).values(**values, password=hashed, failed=0))
        note(connection, now, actor, "operator_created", name, {"role": role})
    return Operator(name, _role(role), now, None, None)


def change_operator(
    ledger: Ledger, name: str, actor: str, now: datetime, *, role: str | None = None, password: str | None = None,
    disabled: bool | None = None,
) -> None:  # fmt: skip
    """Change a role or a password, or let somebody sign in no more; whoever is signed in under that name is signed out.

    Raises OperatorUnknown, RoleUnknown, PasswordShort, and LastAdmin where nobody would be left to change it back.
    """
    changes: dict[str, object] = {}
    if role is not None:
        changes["role"] = _role(role)
    if password is not None:
        changes |= {"password": _hashed(password), "failed": 0, "locked_until": None}
    if disabled is not None:
        changes["disabled_at"] = now if disabled else None
    with ledger.writing() as connection:
        known = _find(connection, name)
        if known is None:
            raise OperatorUnknown(value=name)
        if not changes:
            return
        is_admin = known["role"] == "admin" and known["disabled_at"] is None
        if is_admin and (changes.get("role", "admin") != "admin" or disabled):
            others = sa.select(OPERATORS.c.name).where(
                OPERATORS.c.role == "admin", OPERATORS.c.disabled_at.is_(None), OPERATORS.c.name != name
            )
            if connection.execute(others).first() is None:
                raise LastAdmin(value=name)
        connection.execute(sa.update(OPERATORS).where(OPERATORS.c.name == name).values(**changes))
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.operator == name))
        told = {"role": role, "password": None if password is None else "changed", "disabled": disabled}
        note(connection, now, actor, "operator_changed", name, {key: each for key, each in told.items() if each is not None})


def list_operators(ledger: Ledger) -> list[Operator]:
    """Everybody who ever could sign in, by name."""
    with ledger.reading() as connection:
        return [_operator(row) for row in connection.execute(sa.select(OPERATORS).order_by(OPERATORS.c.name)).mappings()]


def sign_in(ledger: Ledger, name: str, password: str, now: datetime) -> tuple[str, Session] | datetime | None:
    """A new session and what its cookie holds; until when nobody may try this name again; or None where it is refused.

    A name nobody has takes as long as a wrong password.
    """
    locked: datetime | None = None
    with ledger.writing() as connection:
        row = _find(connection, name)
        until: datetime | None = row["locked_until"] if row is not None else None
        if until is not None and until > now:
            return until
        if row is not None:
            failed = row["failed"] + 1
            locked = now + LOCKED if failed >= MOST_FAILED else None
            mine = sa.update(OPERATORS).where(OPERATORS.c.name == name)
            connection.execute(mine.values(failed=0 if locked else failed, locked_until=locked))
    right = _fits(row["password"] if row is not None else _nobodys(), password[:LONGEST])
    if row is not None and not right and locked:
        with ledger.writing() as connection:
            note(connection, now, name, "operator_locked", name, {"until": locked.isoformat()})
    if row is None or not right or row["disabled_at"] is not None:
        return None
    token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with ledger.writing() as connection:
        changes: dict[str, object] = {"failed": 0, "locked_until": None}
        if _HASHER.check_needs_rehash(row["password"]):
            changes["password"] = _HASHER.hash(password)
        connection.execute(sa.update(OPERATORS).where(OPERATORS.c.name == name).values(**changes))
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.began_at <= now - LONGEST_SESSION))
        connection.execute(
            sa.insert(SESSIONS).values(
                session_sha256=_sha256(token), operator=name, form_token=form_token, began_at=now, seen_at=now
            )
        )
        note(connection, now, name, "signed_in", name, {})
    return token, Session(_operator(row), form_token)


def session_of(ledger: Ledger, token: str, now: datetime) -> Session | None:
    """Who is signed in by a cookie; None where nobody is any more."""
    s = SESSIONS.c
    whose = s.session_sha256 == _sha256(token)
    asked = sa.select(SESSIONS, OPERATORS).join(OPERATORS, OPERATORS.c.name == s.operator).where(whose)
    with ledger.reading() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None or row["disabled_at"] is not None:
        return None
    if now - row["seen_at"] > IDLE or now - row["began_at"] > LONGEST_SESSION:
        return None
    if now - row["seen_at"] >= _SEEN:
        with ledger.writing() as connection:
            connection.execute(sa.update(SESSIONS).where(whose).values(seen_at=now))
    return Session(_operator(row), row["form_token"])


def sign_out(ledger: Ledger, token: str, now: datetime) -> None:
    """End a session."""
    whose = SESSIONS.c.session_sha256 == _sha256(token)
    with ledger.writing() as connection:
        name = connection.execute(sa.select(SESSIONS.c.operator).where(whose)).scalar()
        if name is not None:
            connection.execute(sa.delete(SESSIONS).where(whose))
            note(connection, now, name, "signed_out", name, {})


def _find(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(OPERATORS).where(OPERATORS.c.name == name)).mappings().first()


def _operator(row: sa.RowMapping) -> Operator:
    return Operator(**{name: row[name] for name in ("name", "role", "created_at", "disabled_at", "locked_until")})


def _role(role: str) -> Role:
    known: Sequence[Role] = [each for each in ROLES if each == role]
    if not known:
        raise RoleUnknown(value=role, known=", ".join(ROLES))
    return known[0]


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordShort(least=SHORTEST, most=LONGEST)
    return _HASHER.hash(password)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """What no password fits."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
