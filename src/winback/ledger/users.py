"""Who may sign in to the dashboard, and who is signed in (RELIABILITY 3).

Passwords are kept as argon2id; an attempt is counted before it is tried, so that many at once do
not get around the limit. A session is 256 random bits in a cookie, kept hashed, and ends after a
while without use, whatever the browser does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa

from winback.core.errors import (
    LastAdmin,
    OperatorNameUnfit,
    OperatorTaken,
    OperatorUnknown,
    RoleUnknown,
)
from winback.ledger.audit_log import note
from winback.ledger.engine import Ledger
from winback.ledger.passwords import hash_password
from winback.ledger.schema import OPERATORS, SESSIONS

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may what those before it may


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


def create_operator(
    ledger: Ledger, name: str, role: str, password: str, actor: str, now: datetime
) -> Operator:
    """Let somebody sign in from now on. Raises OperatorNameUnfit, OperatorTaken, RoleUnknown and
    PasswordShort."""
    if not name.strip() or name != name.strip() or len(name) > 64 or not name.isprintable():
        raise OperatorNameUnfit(value=name[:64])
    hashed = hash_password(password)
    values = {
        "name": name,
        "role": _role(role),
        "created_at": now,
        "disabled_at": None,
        "locked_until": None,
    }
    with ledger.writing() as connection:
        if find_operator(connection, name) is not None:
            raise OperatorTaken(value=name)
        connection.execute(sa.insert(OPERATORS).values(**values, password=hashed, failed=0))
        note(connection, now, actor, "operator_created", name, {"role": role})
    return Operator(name, _role(role), now, None, None)


def change_operator(
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

    Raises OperatorUnknown, RoleUnknown, PasswordShort, and LastAdmin where nobody would be left to
    change it back.
    """
    changes: dict[str, object] = {}
    if role is not None:
        changes["role"] = _role(role)
    if password is not None:
        changes |= {"password": hash_password(password), "failed": 0, "locked_until": None}
    if disabled is not None:
        changes["disabled_at"] = now if disabled else None
    with ledger.writing() as connection:
        known = find_operator(connection, name)
        if known is None:
            raise OperatorUnknown(value=name)
        if not changes:
            return
        is_admin = known["role"] == "admin" and known["disabled_at"] is None
        if is_admin and (changes.get("role", "admin") != "admin" or disabled):
            others = sa.select(OPERATORS.c.name).where(
                OPERATORS.c.role == "admin",
                OPERATORS.c.disabled_at.is_(None),
                OPERATORS.c.name != name,
            )
            if connection.execute(others).first() is None:
                raise LastAdmin(value=name)
        connection.execute(sa.update(OPERATORS).where(OPERATORS.c.name == name).values(**changes))
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.operator == name))
        told = {
            "role": role,
            "password": None if password is None else "changed",
            "disabled": disabled,
        }
        note(
            connection,
            now,
            actor,
            "operator_changed",
            name,
            {key: each for key, each in told.items() if each is not None},
        )


def list_operators(ledger: Ledger) -> list[Operator]:
    """Everybody who ever could sign in, by name."""
    with ledger.reading() as connection:
        return [
            operator_of(row)
            for row in connection.execute(
                sa.select(OPERATORS).order_by(OPERATORS.c.name)
            ).mappings()
        ]


def find_operator(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return (
        connection.execute(sa.select(OPERATORS).where(OPERATORS.c.name == name)).mappings().first()
    )


def operator_of(row: sa.RowMapping) -> Operator:
    return Operator(
        **{
            name: row[name]
            for name in ("name", "role", "created_at", "disabled_at", "locked_until")
        }
    )


def _role(role: str) -> Role:
    known: Sequence[Role] = [each for each in ROLES if each == role]
    if not known:
        raise RoleUnknown(value=role, known=", ".join(ROLES))
    return known[0]
