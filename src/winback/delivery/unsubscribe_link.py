"""The link in a message by which its receiver says no: its token, and what it does.

Without the tables and the list of contacts: the page that takes it is served by the service.
"""

import hmac
from datetime import datetime

from winback.config.channels import SmtpSettings
from winback.config.shop import Shop
from winback.data.pseudonyms import build_pseudonym
from winback.ledger.engine import Ledger
from winback.ledger.outbox import find_addressee
from winback.ledger.refusals import keep_refusal

_TOKEN_DIGITS = 32


def get_sender_name(shop: Shop) -> str:
    """The name customers know the shop by: the one its letters come from."""
    email = shop.channels.get("email")
    named = email.sender_name if isinstance(email, SmtpSettings) else None
    return named or shop.messages.shop_name or shop.name


def build_unsubscribe_token(key: bytes, delivery_id: str) -> str:
    """What unsubscribes whoever got a message, and nobody else: nobody can make one up."""
    proof = hmac.digest(key, f"unsubscribe\0{delivery_id}".encode(), "sha256").hex()
    return f"{delivery_id}.{proof[:_TOKEN_DIGITS]}"


def find_delivery_id(key: bytes, token: str) -> str | None:
    """The message a token is of; None where it is none of ours."""
    delivery_id = token.split(".", 1)[0]
    expected = build_unsubscribe_token(key, delivery_id).encode()
    return delivery_id if hmac.compare_digest(expected, token.encode()) else None


def follow_link(ledger: Ledger, key: bytes, token: str, now: datetime) -> str | None:
    """Write no more, through the channel a message came by, to whoever got it, nor to the address
    it went to; returns that channel, None where the token is none of ours."""
    delivery_id = find_delivery_id(key, token)
    addressee = find_addressee(ledger, delivery_id) if delivery_id else None
    if addressee is None:
        return None
    subjects = [addressee.customer_id, *([addressee.address] if addressee.address else [])]
    called = build_pseudonym(addressee.customer_id, key, "customer")
    keep_refusal(ledger, subjects, addressee.channel, now, "link", "link", called)
    return addressee.channel
