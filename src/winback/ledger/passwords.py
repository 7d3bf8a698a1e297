"""Passwords, kept as argon2id (RFC 9106)."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from winback.core.service_errors import PasswordShort

SHORTEST, LONGEST = 10, 256  # characters of a password
HASHER = PasswordHasher()  # RFC 9106, for memory that is scarce


def hash_password(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordShort(least=SHORTEST, most=LONGEST)
    return HASHER.hash(password)


def verify_password(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def get_unusable_hash() -> str:
    """What no password fits."""
    return HASHER.hash(secrets.token_urlsafe(32))
