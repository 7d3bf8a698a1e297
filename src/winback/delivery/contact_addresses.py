"""Addresses: from the shop's list of contacts into its vault, and out of it for the delivery
(CONTRACTS 2, Contacts)."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.data.contacts import MARKETPLACES, read_addresses
from winback.data.pseudonyms import key_of, key_print, pseudonym
from winback.data.store import Store
from winback.delivery.channels.wecom.api import WeCom
from winback.delivery.channels.wecom.matching import Match, matched
from winback.ledger.address_vault import Vault
from winback.ledger.consents import is_kept, note_kept, tell_owners
from winback.ledger.engine import Ledger

_LIST, _KEY = "contacts", "vault_key"
_TOKEN_DIGITS = 32
_PSEUDONYMS = ("phone-", "mail-")


def vault_of(shop: Shop, ledger: Ledger, folder: Path) -> Vault:
    """The shop's vault; its master key is drawn when it is first asked for. Raises
    KeyUnreadable."""
    told = shop.contacts.vault_key if shop.contacts else None
    return Vault(ledger, bytes.fromhex(told) if told else key_of(folder / "vault.key"), shop.name)


def keep_contacts(
    shop: Shop, store: Store, ledger: Ledger, folder: Path, now: datetime
) -> int | None:
    """Bring the vault to what the list of contacts says; None where there is none, or neither it
    nor the tables have changed.

    Raises what reading the list refuses.
    """
    if shop.contacts is None or not (shop.folder / shop.contacts.path).is_file():
        return None
    content = hashlib.sha256((shop.folder / shop.contacts.path).read_bytes()).hexdigest()
    vault = vault_of(shop, ledger, folder)
    # Under another master key everything is sealed anew.
    told = f"{content} {store.manifest.version} {shop.contacts.columns!r} {key_print(vault.master)}"
    digest = hashlib.sha256(told.encode()).hexdigest()
    if is_kept(ledger, _LIST, digest):
        return None
    _begin_under_key(vault, now)
    changed = vault.keep(read_addresses(shop, store, folder), "contacts")
    note_kept(ledger, _LIST, digest, now)
    return changed


def _begin_under_key(vault: Vault, now: datetime) -> None:
    """Drop what was matched under another master key, before anything is kept under this one:
    nobody opens it any more."""
    if not is_kept(vault.ledger, _KEY, key_print(vault.master)):
        vault.keep({}, "wecom")
        note_kept(vault.ledger, _KEY, key_print(vault.master), now)


def match_wecom(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    folder: Path,
    wecom: WeCom,
    now: datetime,
    progress: Callable[[int], None],
) -> Match:
    """Find out by their phone numbers which WeCom contacts the customers are, and keep it:
    addresses in the vault, owners beside it. Raises WeComRefused and ChannelStopped."""
    key = key_of(folder / "pseudonym.key")
    numbers: dict[str, str | None] = {}
    for customer, addresses in read_addresses(shop, store, folder).items():
        if "phone" in addresses:
            # A number of two customers is nobody's.
            hashed = pseudonym(addresses["phone"], key, "phone")
            numbers[hashed] = customer if hashed not in numbers else None
    told = matched(wecom, lambda phone: numbers.get(pseudonym(phone, key, "phone")), progress)
    found = {customer: {"wecom": person.external_userid} for customer, person in told.found.items()}
    vault = vault_of(shop, ledger, folder)
    _begin_under_key(vault, now)
    vault.keep(found, "wecom")
    tell_owners(
        ledger, {customer: person.owner for customer, person in told.found.items()}, "wecom", now
    )
    return told


def name_on_platform(shop: Shop, customer_id: str) -> str | None:
    """The name a marketplace's own export knows a customer by; None where the id is of another
    source, or a pseudonym."""
    platform, colon, name = customer_id.partition(":")
    theirs = [source for source in shop.orders if source.profile in MARKETPLACES]
    if colon and any(source.platform == platform for source in theirs):
        return None if name.startswith(_PSEUDONYMS) else name
    if any(source.platform is None for source in theirs):
        return None if customer_id.startswith(_PSEUDONYMS) else customer_id
    return None


def token_of(key: bytes, delivery_id: str) -> str:
    """What unsubscribes whoever got a message, and nobody else: nobody can make one up."""
    proof = hmac.digest(key, f"unsubscribe\0{delivery_id}".encode(), "sha256").hex()
    return f"{delivery_id}.{proof[:_TOKEN_DIGITS]}"


def delivery_of(key: bytes, token: str) -> str | None:
    """The message a token is of; None where it is none of ours."""
    delivery_id = token.split(".", 1)[0]
    return (
        delivery_id
        if hmac.compare_digest(token_of(key, delivery_id).encode(), token.encode())
        else None
    )
