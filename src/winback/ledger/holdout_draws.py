"""What the holdout is drawn by: salts, the shares fixed for a half-year, and the arms so far."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    DELIVERIES,
    SALTS,
    SHARES,
    WAVES,
)

PERMANENT = "permanent"
_SALT_BYTES = 32


@dataclass(frozen=True)
class Draws:
    """What every arm is drawn by. salts: name → hexadecimal; shares: salt, playbook and play → the
    share fixed for it."""

    salts: Mapping[str, str]
    shares: Mapping[tuple[str, str, str], float]

    def to_json(self) -> str:
        """As a copy is kept."""
        shares = [[*key, share] for key, share in sorted(self.shares.items())]
        return json.dumps({"salts": dict(sorted(self.salts.items())), "shares": shares})

    @classmethod
    def from_json(cls, text: str) -> "Draws":
        """As it was kept."""
        kept = json.loads(text)
        shares = {(salt, playbook, play): share for salt, playbook, play, share in kept["shares"]}
        return cls(kept["salts"], shares)


def load_draws(ledger: Ledger) -> Draws:
    """What a ledger draws its arms by; nothing where no wave was ever planned."""
    with ledger.begin_read() as connection:
        return _load_draws(connection)


def _load_draws(connection: sa.Connection) -> Draws:
    salts = {row.name: row.salt for row in connection.execute(sa.select(SALTS))}
    rows = connection.execute(sa.select(SHARES))
    return Draws(salts, {(row.salt_name, row.playbook, row.play): row.share for row in rows})


def restore_draws(ledger: Ledger, kept: Draws) -> Draws:
    """Put back what a ledger has lost of what was kept, and return what it has now; what it still
    has stays."""
    with ledger.begin_write() as connection:
        known = _load_draws(connection)
        for name, salt in sorted(kept.salts.items()):
            if name not in known.salts:
                connection.execute(sa.insert(SALTS).values(name=name, salt=salt))
        for key, share in sorted(kept.shares.items()):
            if key not in known.shares:
                row = dict(zip(("salt_name", "playbook", "play"), key, strict=True))
                connection.execute(sa.insert(SHARES).values(**row, share=share))
        return _load_draws(connection)


def get_salt(ledger: Ledger, name: str, fresh: bytes | None = None) -> bytes:
    """The salt of a half-year, or the permanent one; drawn when it is first asked for, and kept.
    fresh: take that instead of drawing one, where a run shall be the same each time."""
    query = sa.select(SALTS.c.salt).where(SALTS.c.name == name)
    with ledger.begin_read() as connection:  # a ledger that can only be read has its salts
        salt = connection.execute(query).scalar()
    if salt is not None:
        return bytes.fromhex(salt)
    with ledger.begin_write() as connection:
        salt = connection.execute(query).scalar()
        if salt is None:
            salt = secrets.token_hex(_SALT_BYTES) if fresh is None else fresh.hex()
            connection.execute(sa.insert(SALTS).values(name=name, salt=salt))
        return bytes.fromhex(salt)


def fix_holdout_shares(
    ledger: Ledger, salt_name: str, playbook: str, shares: Mapping[str, float]
) -> dict[str, float]:
    """The held-out share of each play of a half-year: as the first wave fixed it, else as wanted
    now, which fixes it.

    A share that sank would bring the playbook's messages to households it had promised to leave
    alone.
    """
    query = sa.select(SHARES).where(
        (SHARES.c.salt_name == salt_name) & (SHARES.c.playbook == playbook)
    )
    with ledger.begin_read() as connection:
        known = {row.play: row.share for row in connection.execute(query)}
    if shares.keys() <= known.keys():
        return known
    with ledger.begin_write() as connection:
        known = {row.play: row.share for row in connection.execute(query)}
        for play, share in shares.items():
            if play not in known:
                connection.execute(
                    sa.insert(SHARES).values(
                        salt_name=salt_name, playbook=playbook, play=play, share=share
                    )
                )
        return {**shares, **known}


@dataclass(frozen=True)
class ArmsToDate:
    """Who of a playbook's waves that went out is compared: customers of their household's first
    wave, by arm; returning: the mean chance that they come anyway; households: of both arms."""

    treated: int = 0
    held_out: int = 0
    returning: float = 0.0
    households: int = 0


def count_arms_to_date(ledger: Ledger, playbook: str) -> ArmsToDate:
    """Over all waves of a playbook that went out: each household once, at its first entry."""
    with ledger.begin_read() as connection:
        arms = _load_arm_counts(connection, playbook)
    nobody = (0, 0, 0, 0.0)
    treated, held_out = (arms.get(arm, nobody) for arm in ("treatment", "holdout"))
    known = treated[2] + held_out[2]
    return ArmsToDate(
        treated=treated[0],
        held_out=held_out[0],
        returning=(treated[3] + held_out[3]) / known if known else 0.0,
        households=treated[1] + held_out[1],
    )


def list_entered_households(ledger: Ledger, playbook: str) -> set[str]:
    """The households of a playbook's waves that went out: in a later one they are compared no
    more."""
    query = _query_drawn(playbook).with_only_columns(ASSIGNMENTS.c.household).distinct()
    with ledger.begin_read() as connection:
        return set(connection.execute(query).scalars())


def _query_drawn(playbook: str) -> sa.Select[Any]:
    """Everyone of a playbook's waves that went out who was drawn into an arm."""
    a, w = ASSIGNMENTS.c, WAVES.c
    return (
        sa.select(a.household, sa.func.min(w.cutoff).label("first"))
        .join(WAVES, w.wave_id == a.wave_id)
        .where(_is_out(playbook), a.arm != "excluded")
    )


def _is_out(playbook: str) -> sa.ColumnElement[bool]:
    """Of a playbook's waves those that are compared: approved, or stopped once something of them
    had gone out."""
    w, d = WAVES.c, DELIVERIES.c
    gone = sa.exists().where(d.wave_id == w.wave_id, d.claimed_at.is_not(None))
    return (w.playbook == playbook) & ((w.state == "approved") | ((w.state == "stopped") & gone))


def _load_arm_counts(
    connection: sa.Connection, playbook: str
) -> dict[str, tuple[int, int, int, float]]:
    """Arm → customers of their household's first wave, households, customers with a chance to come
    anyway, and the sum of those."""
    a, w = ASSIGNMENTS.c, WAVES.c
    entered = _query_drawn(playbook).group_by(a.household).subquery()
    counted = (
        sa.select(
            a.arm,
            sa.func.count(),
            sa.func.count(a.household.distinct()),
            sa.func.count(a.churn_probability),
            sa.func.coalesce(sa.func.sum(1 - a.churn_probability), 0.0),
        )
        .join(WAVES, w.wave_id == a.wave_id)
        .join(entered, (entered.c.household == a.household) & (entered.c.first == w.cutoff))
        .where(_is_out(playbook), a.arm != "excluded")
        .group_by(a.arm)
    )
    return {arm: tuple(counts) for arm, *counts in connection.execute(counted)}


def list_salts(ledger: Ledger) -> list[str]:
    """The half-years whose salt was drawn, the newest first; none where no wave was ever
    planned."""
    if ledger.read_version() is None:
        return []
    with ledger.begin_read() as connection:
        names = (
            sa.select(SALTS.c.name).where(SALTS.c.name != PERMANENT).order_by(SALTS.c.name.desc())
        )
        return list(connection.execute(names).scalars())
