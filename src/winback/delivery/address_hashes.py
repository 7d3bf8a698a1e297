"""Keyed hashes of addresses: what the ledger knows an address by, outside the vault.

HMAC-SHA256 under the shop's own key: the same address of whichever customer, however it is
written, has the same hash, and nobody without the key can try addresses out.
"""

import hmac

from winback.data.pseudonyms import build_pseudonym
from winback.ledger.refusals import ADDRESS_MARK

# E-mails and phones are normalised as the pseudonyms of exports are, so that those can be compared.
_PSEUDONYM_KINDS = {"email": "mail", "phone": "phone"}
_DIGITS = 32


def hash_address(address: str, key: bytes, kind: str) -> str:
    """The hash of an address of one of ADDRESS_KINDS; a WeCom id and a platform's name are taken
    as they are."""
    normalised = _PSEUDONYM_KINDS.get(kind)
    if normalised is not None:
        return mark_pseudonym(build_pseudonym(address, key, normalised))
    message = f"address\0{kind}\0{address}".encode()
    return f"{ADDRESS_MARK}{kind}-{hmac.digest(key, message, 'sha256').hex()[:_DIGITS]}"


def mark_pseudonym(pseudonym: str) -> str:
    """The hash of an address whose pseudonym an export left: `mail-…` or `phone-…`."""
    return f"{ADDRESS_MARK}{pseudonym}"
