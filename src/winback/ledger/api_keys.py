"""API keys: 256 random bits, shown once and stored hashed, with scopes, a rate and an end.

The secret is random, so one fast hash keeps it; a slow one would only let strangers keep the
processor busy.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa

from winback.config.rate_limit import KEY_RATE
from winback.core.wave_errors import (
    DaysOutOfRange,
    KeyNameTaken,
    KeyNameUnreadable,
    KeyUnknown,
    RateUnreadable,
    ScopeUnknown,
)
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import API_KEYS

Scope = Literal["predict", "read", "operate"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
AT_ONCE = 2  # valid keys of one name: the old one works until everybody has the new one
LONGEST_DAYS = 730
LONGEST_NAME = 64

_TOKEN = re.compile(r"wb_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")


@dataclass(frozen=True)
class ApiKey:
    """A key as the ledger knows it; moments are naive UTC."""

    key_id: str
    name: str
    secret_sha256: str
    scopes: frozenset[str]
    rate: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def has_secret(self, secret: str) -> bool:
        """Whether this is its secret; the time taken tells nothing of it."""
        return hmac.compare_digest(self.secret_sha256, _hash_secret(secret))


@dataclass(frozen=True)
class NewApiKey:
    """A fresh key: its token is here and nowhere else."""

    key: ApiKey
    token: str


def create_api_key(
    ledger: Ledger,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    days: int,
    rate: str = KEY_RATE,
) -> NewApiKey:
    """Make a key. Raises KeyNameTaken when two of this name are valid, KeyNameUnreadable,
    ScopeUnknown, RateUnreadable and DaysOutOfRange."""
    _check_new_key(name, days, scopes, rate)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    expires = now + timedelta(days=days)
    key = ApiKey(
        key_id, name, _hash_secret(secret), frozenset(scopes), rate, now, expires, None, None
    )
    with ledger.begin_write() as connection:
        _check_free_place(connection, name, now)
        plain = {**vars(key), "scopes": ",".join(sorted(scopes))}
        connection.execute(sa.insert(API_KEYS).values(plain))
    return NewApiKey(key, f"wb_{key_id}_{secret}")


def _check_new_key(name: str, days: int, scopes: Sequence[str], rate: str) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME or len(name) > LONGEST_NAME:
        raise KeyNameUnreadable(value=name[:LONGEST_NAME], most=LONGEST_NAME)
    if not 1 <= days <= LONGEST_DAYS:
        raise DaysOutOfRange(value=days, most=LONGEST_DAYS)
    strange = sorted(set(scopes) - set(SCOPES))
    if strange or not scopes:
        raise ScopeUnknown(value=", ".join(strange) or "–", known=", ".join(SCOPES))
    if not _RATE.fullmatch(rate):
        raise RateUnreadable(value=rate)


def _check_free_place(connection: sa.Connection, name: str, now: datetime) -> None:
    same_name = [
        each for each in _read_keys(connection) if each.name == name and each.is_valid(now)
    ]
    if len(same_name) >= AT_ONCE:
        raise KeyNameTaken(
            value=name,
            most=AT_ONCE,
            oldest=min(same_name, key=lambda each: each.created_at).key_id,
        )


def list_api_keys(ledger: Ledger) -> list[ApiKey]:
    """Every key that ever was, the newest first."""
    with ledger.begin_read() as connection:
        return sorted(
            _read_keys(connection), key=lambda each: (each.created_at, each.key_id), reverse=True
        )


def list_known_api_keys(ledger: Ledger) -> list[ApiKey]:
    """Every key, or none where the ledger has no table of them yet."""
    return list_api_keys(ledger) if ledger.read_version() is not None else []


def revoke_api_key(ledger: Ledger, key_id: str, now: datetime) -> ApiKey:
    """End a key at once; one already revoked stays so. Raises KeyUnknown."""
    with ledger.begin_write() as connection:
        key = next((each for each in _read_keys(connection) if each.key_id == key_id), None)
        if key is None:
            raise KeyUnknown(value=key_id)
        if key.revoked_at is None:
            where = API_KEYS.c.key_id == key_id
            connection.execute(sa.update(API_KEYS).where(where).values(revoked_at=now))
    return key


def mark_keys_used(ledger: Ledger, key_ids: Sequence[str], now: datetime) -> None:
    """Note that keys were used, to the minute."""
    with ledger.begin_write() as connection:
        where = API_KEYS.c.key_id.in_(list(key_ids))
        connection.execute(
            sa.update(API_KEYS)
            .where(where)
            .values(last_used_at=now.replace(second=0, microsecond=0))
        )


def parse_token(token: str) -> tuple[str, str] | None:
    """A token's public and secret part; None if it is none of ours."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None


def _read_keys(connection: sa.Connection) -> list[ApiKey]:
    rows = connection.execute(sa.select(API_KEYS)).mappings()
    return [ApiKey(**{**row, "scopes": frozenset(row["scopes"].split(","))}) for row in rows]


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
