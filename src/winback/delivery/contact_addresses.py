"""Addresses: from the shop's list of contacts into its vault, and out of it for the delivery."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from winback.config.shop import Shop
from winback.data.contacts import MARKETPLACES, load_addresses
from winback.data.pseudonyms import build_pseudonym, fingerprint_key, load_key
from winback.data.store import Store
from winback.delivery.channels.wecom.api import WeComClient
from winback.delivery.channels.wecom.matching import MatchResult, match_contacts
from winback.ledger.address_vault import AddressVault
from winback.ledger.consents import is_unchanged, remember_content, set_owners
from winback.ledger.engine import Ledger

_LIST, _KEY = "contacts", "vault_key"
_PSEUDONYMS = ("phone-", "mail-")


def open_vault(shop: Shop, ledger: Ledger, folder: Path) -> AddressVault:
    """The shop's vault; its master key is drawn when it is first asked for. Raises
    KeyUnreadable."""
    variable = shop.contacts.vault_key if shop.contacts else None
    return AddressVault(
        ledger, bytes.fromhex(variable) if variable else load_key(folder / "vault.key"), shop.name
    )


def update_vault(
    shop: Shop, store: Store, ledger: Ledger, folder: Path, now: datetime
) -> int | None:
    """Bring the vault to what the list of contacts says; None where there is none, or neither it
    nor the tables have changed.

    Raises what reading the list refuses.
    """
    if shop.contacts is None or not (shop.folder / shop.contacts.path).is_file():
        return None
    content = hashlib.sha256((shop.folder / shop.contacts.path).read_bytes()).hexdigest()
    vault = open_vault(shop, ledger, folder)
    # Under another master key everything is sealed anew.
    content_key = (
        f"{content} {store.manifest.version} {shop.contacts.columns!r} "
        f"{fingerprint_key(vault.master)}"
    )
    digest = hashlib.sha256(content_key.encode()).hexdigest()
    if is_unchanged(ledger, _LIST, digest):
        return None
    _drop_other_keys(vault, now)
    changed = vault.replace_source(load_addresses(shop, store, folder), "contacts")
    remember_content(ledger, _LIST, digest, now)
    return changed


def _drop_other_keys(vault: AddressVault, now: datetime) -> None:
    """Drop what was matched under another master key, before anything is kept under this one:
    nobody opens it any more."""
    if not is_unchanged(vault.ledger, _KEY, fingerprint_key(vault.master)):
        vault.replace_source({}, "wecom")
        remember_content(vault.ledger, _KEY, fingerprint_key(vault.master), now)


def match_wecom(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    folder: Path,
    wecom: WeComClient,
    now: datetime,
    progress: Callable[[int], None],
) -> MatchResult:
    """Find out by their phone numbers which WeCom contacts the customers are, and keep it:
    addresses in the vault, owners beside it. Raises WeComRefused and ChannelStopped."""
    key = load_key(folder / "pseudonym.key")
    numbers = _load_phone_numbers(shop, store, folder, key)
    match = match_contacts(
        wecom, lambda phone: numbers.get(build_pseudonym(phone, key, "phone")), progress
    )
    wecom_ids = {
        customer: {"wecom": person.external_userid} for customer, person in match.contacts.items()
    }
    vault = open_vault(shop, ledger, folder)
    _drop_other_keys(vault, now)
    vault.replace_source(wecom_ids, "wecom")
    set_owners(
        ledger,
        {customer: person.owner for customer, person in match.contacts.items()},
        "wecom",
        now,
    )
    return match


def _load_phone_numbers(
    shop: Shop, store: Store, folder: Path, key: bytes
) -> dict[str, str | None]:
    numbers: dict[str, str | None] = {}
    for customer, addresses in load_addresses(shop, store, folder).items():
        if "phone" in addresses:
            # A number of two customers is nobody's.
            hashed = build_pseudonym(addresses["phone"], key, "phone")
            numbers[hashed] = customer if hashed not in numbers else None
    return numbers


def find_platform_name(shop: Shop, customer_id: str) -> str | None:
    """The name a marketplace's own export knows a customer by; None where the id is of another
    source, or a pseudonym."""
    platform, colon, name = customer_id.partition(":")
    marketplaces = [source for source in shop.orders if source.profile in MARKETPLACES]
    if colon and any(source.platform == platform for source in marketplaces):
        return None if name.startswith(_PSEUDONYMS) else name
    if any(source.platform is None for source in marketplaces):
        return None if customer_id.startswith(_PSEUDONYMS) else customer_id
    return None
