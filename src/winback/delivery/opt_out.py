"""Nobody writes to whoever said no: by an operator, by a phone number or an e-mail address, or by
the link in a message.

A no is kept of the customer, of every id of theirs, and of the keyed hash of each address, so that
it holds for whoever they are merged with and for every account with that address.
"""

import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Literal

from winback.config.shop import Shop
from winback.core.errors import CustomerUnknown, WinbackError
from winback.core.paths import DataPaths
from winback.core.wave_errors import AddressNotUsable, ChannelUnknown, TokenUnknown
from winback.data.contacts import find_customer_id, list_contact_addresses
from winback.data.pseudonyms import build_pseudonym, load_key
from winback.data.store import Store, open_store
from winback.delivery.address_hashes import hash_address
from winback.delivery.persons import (
    expand_ids,
    find_customers_ordering_with,
    list_person_ids,
    load_address_hashes,
)
from winback.delivery.unsubscribe_link import follow_link
from winback.ledger.engine import Ledger
from winback.ledger.refusals import keep_refusal
from winback.ledger.suppression import ALL
from winback.playbooks.playbook import CHANNELS

TypedKind = Literal["phone", "email"]
_LEAST_DIGITS = 7
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def opt_out_customer(
    shop: Shop,
    home: DataPaths,
    ledger: Ledger,
    customer: str,
    channel: str,
    actor: str,
    now: datetime,
) -> None:
    """Let nobody write to a customer any more, and note who said so. Raises CustomerUnknown and
    ChannelUnknown."""
    _check_channel(channel)
    folder = home.get_shop_folder(shop.name)
    store = open_store(folder)
    customer = find_known_customer(shop, store, folder, customer)
    called = build_pseudonym(customer, _load_shop_key(home, shop), "customer")
    subjects = _list_subjects(shop, store, ledger, folder, [customer])
    keep_refusal(ledger, subjects, channel, now, "operator", actor, called)


def find_known_customer(shop: Shop, store: Store, folder: Path, name: str) -> str:
    """The customer an operator means, by the id as the export writes it or as our tables do. Raises
    CustomerUnknown where nobody of that id has ordered."""
    customer = find_customer_id(shop, store, folder, name)
    _check_is_customer(store, customer, shop)
    return customer


def opt_out_address(
    shop: Shop,
    home: DataPaths,
    ledger: Ledger,
    kind: TypedKind,
    address: str,
    channel: str,
    actor: str,
    now: datetime,
) -> int:
    """Let nobody write to an address any more, nor to any customer who has it; returns how many
    of these are known. One nobody has is kept all the same: it may come with the next export.

    Raises AddressNotUsable and ChannelUnknown.
    """
    _check_channel(channel)
    _check_address(kind, address)
    folder, key = home.get_shop_folder(shop.name), _load_shop_key(home, shop)
    store, wanted = open_store(folder), hash_address(address, key, kind)
    listed = {
        customer
        for customer, known in _list_known(shop, store, folder, kind)
        if hash_address(known, key, kind) == wanted
    }
    pseudonym = build_pseudonym(address, key, "mail" if kind == "email" else kind)
    having = listed.union(find_customers_ordering_with(folder, pseudonym))
    subjects = {wanted}.union(_list_subjects(shop, store, ledger, folder, having))
    called = build_pseudonym(address, key, kind)
    keep_refusal(ledger, subjects, channel, now, "operator", actor, called)
    ids_of = list_person_ids(store)
    return len({min(ids) for ids in expand_ids(having, ids_of).values()})


def opt_out_by_link(shop: Shop, home: DataPaths, ledger: Ledger, token: str, now: datetime) -> str:
    """Write no more, through the channel a message came by, to whoever got it; returns that
    channel.

    token: what the message's own List-Unsubscribe carries. Raises TokenUnknown.
    """
    channel = follow_link(ledger, _load_shop_key(home, shop), token, now)
    if channel is None:
        raise TokenUnknown
    return channel


def _list_known(
    shop: Shop, store: Store, folder: Path, kind: TypedKind
) -> Collection[tuple[str, str]]:
    """(customer, address) of the list of contacts; none where it cannot be read: a no is kept
    whatever else is wrong."""
    try:
        return list_contact_addresses(shop, store, folder, kind)
    except WinbackError:
        return ()


def _list_subjects(
    shop: Shop, store: Store, ledger: Ledger, folder: Path, customers: Collection[str]
) -> set[str]:
    """Customers, the other ids of their persons, and the hashes of their addresses."""
    ids_of = list_person_ids(store)
    hashes = load_address_hashes(shop, ledger, folder, customers, ids_of)
    ids = {each for every in expand_ids(customers, ids_of).values() for each in every}
    return ids | {address for each in ids for address in hashes.get(each, {}).values()}


def _check_channel(channel: str) -> None:
    if channel not in (ALL, *CHANNELS):
        raise ChannelUnknown(value=channel, known=", ".join(CHANNELS))


def _check_address(kind: TypedKind, address: str) -> None:
    """Raises AddressNotUsable: what is covered with stars or half typed would be nobody's."""
    is_whole = "*" not in address and (
        _EMAIL.fullmatch(address.strip()) is not None
        if kind == "email"
        else sum(each.isdigit() for each in address) >= _LEAST_DIGITS
    )
    if not is_whole:
        raise AddressNotUsable(value=address)


def _check_is_customer(store: Store, customer: str, shop: Shop) -> None:
    listed = (
        store.connect()
        .execute("select count(*) from orders where customer_id = ?", [customer])
        .fetchone()
    )
    if not listed or not listed[0]:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))


def _load_shop_key(home: DataPaths, shop: Shop) -> bytes:
    return load_key(home.get_shop_folder(shop.name) / "pseudonym.key")
