"""Who may sign in to the dashboard, and who is signed in.

Passwords are kept as argon2id; an attempt is counted before it is tried, so that many at once do
not get around the limit. A session is 256 random bits in a cookie, kept hashed, and ends after a
while without use, whatever the browser does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa

from winback.core.service_errors import (
    LastAdmin,
    RoleUnknown,
    UserNameInvalid,
    UserNameTaken,
    UserUnknown,
)
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.passwords import hash_password
from winback.ledger.tables.service import SESSIONS, USERS

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may what those before it may


@dataclass(frozen=True)
class User:
    """Somebody who may sign in; moments are naive UTC."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None

    def has_role(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def create_user(
    ledger: Ledger, name: str, role: str, password: str, actor: str, now: datetime
) -> User:
    """Let somebody sign in from now on. Raises UserNameInvalid, UserNameTaken, RoleUnknown and
    PasswordShort."""
    if not name.strip() or name != name.strip() or len(name) > 64 or not name.isprintable():
        raise UserNameInvalid(value=name[:64])
    hashed = hash_password(password)
    values = {
        "name": name,
        "role": _parse_role(role),
        "created_at": now,
        "disabled_at": None,
        "locked_until": None,
    }
    with ledger.begin_write() as connection:
        if find_user(connection, name) is not None:
            raise UserNameTaken(value=name)
        connection.execute(sa.insert(USERS).values(**values, password=hashed, failed=0))
        append(connection, now, actor, "user_created", name, {"role": role})
    return User(name, _parse_role(role), now, None, None)


def change_user(
    ledger: Ledger,
    name: str,
    actor: str,
    now: datetime,
    *,
    role: str | None = None,
    password: str | None = None,
    disabled: bool | None = None,
) -> None:
    """Change a role or a password, or let somebody sign in no more; whoever is signed in under that
    name is signed out.

    Raises UserUnknown, RoleUnknown, PasswordShort, and LastAdmin where nobody would be left to
    change it back.
    """
    changes = _collect_changes(role, password, disabled, now)
    with ledger.begin_write() as connection:
        known = find_user(connection, name)
        if known is None:
            raise UserUnknown(value=name)
        if not changes:
            return
        _refuse_last_admin(known, changes, disabled, name, connection)
        connection.execute(sa.update(USERS).where(USERS.c.name == name).values(**changes))
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.operator == name))
        _log_change(role, password, disabled, connection, now, actor, name)


def _collect_changes(
    role: str | None, password: str | None, disabled: bool | None, now: datetime
) -> dict[str, object]:
    changes: dict[str, object] = {}
    if role is not None:
        changes["role"] = _parse_role(role)
    if password is not None:
        changes |= {"password": hash_password(password), "failed": 0, "locked_until": None}
    if disabled is not None:
        changes["disabled_at"] = now if disabled else None
    return changes


def _refuse_last_admin(
    known: sa.RowMapping,
    changes: dict[str, object],
    disabled: bool | None,
    name: str,
    connection: sa.Connection,
) -> None:
    is_admin = known["role"] == "admin" and known["disabled_at"] is None
    if is_admin and (changes.get("role", "admin") != "admin" or disabled):
        others = sa.select(USERS.c.name).where(
            USERS.c.role == "admin",
            USERS.c.disabled_at.is_(None),
            USERS.c.name != name,
        )
        if connection.execute(others).first() is None:
            raise LastAdmin(value=name)


def _log_change(
    role: str | None,
    password: str | None,
    disabled: bool | None,
    connection: sa.Connection,
    now: datetime,
    actor: str,
    name: str,
) -> None:
    detail = {
        "role": role,
        "password": None if password is None else "changed",
        "disabled": disabled,
    }
    append(
        connection,
        now,
        actor,
        "user_changed",
        name,
        {key: each for key, each in detail.items() if each is not None},
    )


def list_users(ledger: Ledger) -> list[User]:
    """Everybody who ever could sign in, by name."""
    with ledger.begin_read() as connection:
        return [
            to_user(row)
            for row in connection.execute(sa.select(USERS).order_by(USERS.c.name)).mappings()
        ]


def find_user(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(USERS).where(USERS.c.name == name)).mappings().first()


def to_user(row: sa.RowMapping) -> User:
    return User(
        **{
            name: row[name]
            for name in ("name", "role", "created_at", "disabled_at", "locked_until")
        }
    )


def _parse_role(role: str) -> Role:
    known: Sequence[Role] = [each for each in ROLES if each == role]
    if not known:
        raise RoleUnknown(value=role, known=", ".join(ROLES))
    return known[0]
