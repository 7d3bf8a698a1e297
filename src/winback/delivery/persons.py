"""Who is one person, and where they are reached: every id by the store's merges, every address by
its keyed hash."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyarrow.parquet import read_schema

from winback.config.shop import Shop
from winback.core.wave_errors import VaultKeyWrong
from winback.data.contacts import Contacts, list_repeated_addresses
from winback.data.pseudonyms import load_key
from winback.data.store import Store, build_parquet_scan, group_person_ids, open_engine
from winback.delivery.address_hashes import hash_address, mark_pseudonym
from winback.delivery.contact_addresses import find_platform_name, open_vault
from winback.experiments.assignment import find_unsubscribed
from winback.ledger.address_vault import AddressKind
from winback.ledger.consents import list_left_alone
from winback.ledger.engine import Ledger
from winback.ledger.refusals import list_refusing_customers, spread_refusals

Addresses = dict[str, dict[str, str]]  # customer → kind → hash
_ORDERED_WITH: Mapping[AddressKind, str] = {"phone": "phone_hash", "email": "email_hash"}
# What more ids than these ordered with is a till's, or the shop's own placeholder.
_MOST_IDS = 5


@dataclass(frozen=True)
class Persons:
    """Whoever may still get a message: their ids, their addresses, and who of them has refused.

    refused: customers, and hashes of addresses, of those who want nothing at all; beside_holdout:
    customers who are reached where somebody of the holdout is.
    """

    ids_of: Mapping[str, tuple[str, ...]]
    addresses: Addresses
    refused: frozenset[str] = frozenset()
    beside_holdout: frozenset[str] = frozenset()

    def list_ids(self, customer: str) -> tuple[str, ...]:
        """Every id of a customer's person."""
        return self.ids_of.get(customer, (customer,))

    def share(self, moments: Mapping[str, Sequence[datetime]]) -> dict[str, list[datetime]]:
        """Moments by customer, those of each id given to every id of its person."""
        ids = {id_ for each in moments for id_ in self.list_ids(each)}
        return {
            each: sorted(at for id_ in self.list_ids(each) for at in moments.get(id_, ()))
            for each in ids
        }

    def has_refused(self, customer: str) -> bool:
        """Whether a customer's person wants nothing, or whoever shares an address with them."""
        ids = self.list_ids(customer)
        addresses = {address for each in ids for address in self.addresses.get(each, {}).values()}
        return not self.refused.isdisjoint(addresses.union(ids))


def load_persons(
    shop: Shop,
    store: Store,
    vault_in: Ledger,
    folder: Path,
    due: Mapping[str, Collection[str]],
    contacts: Contacts,
    ledger: Ledger,
    held_out: Collection[str],
    now: datetime,
) -> Persons:
    """The persons of the customers who may still get a message. What customers said to the ledger
    before an address of theirs was known is kept with the address now.

    vault_in: the ledger whose vault has the addresses; held_out: customers of the holdout.
    """
    if not due:
        return Persons({}, {})
    ids_of = list_person_ids(store)
    # Whom the list has a row of it speaks for itself.
    unsubscribed = list_left_alone(ledger).difference(contacts.by_customer) | {
        customer for customer, each in contacts.by_customer.items() if each.unsubscribed
    }
    said_no = {customer for customer, _, _ in list_refusing_customers(ledger)}
    waiting = {customer for customers in due.values() for customer in customers}
    asked = waiting.union(unsubscribed, said_no, held_out)
    addresses = load_address_hashes(shop, vault_in, folder, asked, ids_of)
    repeated = list_repeated_addresses(shop, store, folder)
    _add_repeated(addresses, repeated, load_key(folder / "pseudonym.key"))
    hashes = {customer: addresses.get(customer, {}).values() for customer in asked}
    spread_refusals(ledger, hashes, now, "address")
    silent = unsubscribed | find_unsubscribed(ledger, store, now)
    refused = silent.union(*(addresses.get(each, {}).values() for each in silent))
    beside = _find_beside(waiting, held_out, Persons(ids_of, addresses))
    return Persons(ids_of, addresses, frozenset(refused), beside)


def _add_repeated(
    addresses: Addresses, repeated: Sequence[tuple[str, str, str]], key: bytes
) -> None:
    """Add what other rows of the list say of a customer, under names of no channel: nothing is
    sent there, and a no of such an address is theirs too."""
    for number, (customer, kind, address) in enumerate(repeated):
        known, hashed = addresses.get(customer, {}), hash_address(address, key, kind)
        if known and hashed not in known.values():
            known[f"{kind} {number}"] = hashed


def _find_beside(
    waiting: Collection[str], held_out: Collection[str], persons: Persons
) -> frozenset[str]:
    """Of waiting customers those with an address of somebody held out. One that more persons have
    than a household is big is a till's, or the shop's own placeholder."""
    sharing = defaultdict[str, set[str]](set)
    hashes = {
        each: frozenset(persons.addresses.get(each, {}).values()) for each in {*waiting, *held_out}
    }
    for customer, addresses in hashes.items():
        for address in addresses:
            sharing[address].add(min(persons.list_ids(customer)))
    theirs = {each for customer in held_out for each in hashes[customer]}
    theirs = {each for each in theirs if len(sharing[each]) <= _MOST_IDS}
    return frozenset(
        each for each in set(waiting).difference(held_out) if not theirs.isdisjoint(hashes[each])
    )


def list_person_ids(store: Store) -> dict[str, tuple[str, ...]]:
    """Every id of each person who has several, by each of these ids."""
    return {each: tuple(sorted(ids)) for ids in group_person_ids(store).values() for each in ids}


def expand_ids(
    customers: Collection[str], ids_of: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Some customers, each with every id of their person."""
    return {customer: ids_of.get(customer, (customer,)) for customer in customers}


def load_address_hashes(
    shop: Shop,
    ledger: Ledger,
    folder: Path,
    customers: Collection[str],
    ids_of: Mapping[str, tuple[str, ...]],
) -> Addresses:
    """The addresses of some customers and of every other id of theirs, hashed: as the vault has
    them, else as they ordered with.

    An id the list of contacts does not know by itself is reached as the others of its person.
    """
    ids = {each for every in expand_ids(customers, ids_of).values() for each in every}
    key = load_key(folder / "pseudonym.key")
    try:
        sealed = open_vault(shop, ledger, folder).list_many(ids)
    except VaultKeyWrong:  # the channels that need it stop; a no of a customer holds all the same
        sealed = {}
    addresses: Addresses = {
        customer: {kind: hash_address(value, key, kind) for kind, value in known.items()}
        for customer, known in sealed.items()
    }
    for customer in ids:
        name = find_platform_name(shop, customer)
        if name is not None:
            known = addresses.setdefault(customer, {})
            known.setdefault("platform", hash_address(name, key, "platform"))
    for kind, column in _ORDERED_WITH.items():
        _add_ordered_with(addresses, folder, ids, kind, column)
    _share_among_ids(addresses, ids_of)
    return addresses


def find_customers_ordering_with(folder: Path, pseudonym: str) -> list[str]:
    """The ids that ordered with an address, or are one. pseudonym: `mail-…` or `phone-…`."""
    column = "phone_hash" if pseudonym.startswith("phone-") else "email_hash"
    files = _list_staged(folder, column)
    if not files:
        return []
    query = (
        f"select distinct customer_id from {build_parquet_scan(files)} where {column} = $name"
        " or customer_id = $name or ends_with(customer_id, ':' || $name) order by 1"
    )
    found = [row[0] for row in open_engine().execute(query, {"name": pseudonym}).fetchall()]
    return found if len(found) <= _MOST_IDS else []


def _add_ordered_with(
    addresses: Addresses, folder: Path, ids: Collection[str], kind: AddressKind, column: str
) -> None:
    """Add what customers last ordered with, where the vault has nothing of the kind."""
    missing = sorted(each for each in ids if kind not in addresses.get(each, {}))
    files = _list_staged(folder, column)
    if not missing or not files:
        return
    query = (
        f"with lines as (select customer_id, occurred_at, {column} as name "
        f"from {build_parquet_scan(files)} where {column} is not null), "
        "personal as (select name from lines group by name "
        f"having count(distinct customer_id) <= {_MOST_IDS}) "
        "select customer_id, arg_max(name, (occurred_at, name)) from lines "
        "where customer_id in (select unnest($ids)) and name in (select name from personal) "
        "group by customer_id"
    )
    for customer, pseudonym in open_engine().execute(query, {"ids": missing}).fetchall():
        addresses.setdefault(customer, {})[kind] = mark_pseudonym(pseudonym)


def _share_among_ids(addresses: Addresses, ids_of: Mapping[str, tuple[str, ...]]) -> None:
    """Let an id without an address of a kind have that of its person's first id with one."""
    known = {customer: dict(kinds) for customer, kinds in addresses.items()}
    for customer in {each for one in known for each in ids_of.get(one, ())}:
        for other in ids_of[customer]:
            for kind, address in known.get(other, {}).items():
                addresses.setdefault(customer, {}).setdefault(kind, address)


def _list_staged(folder: Path, column: str) -> list[Path]:
    """What imports have read of orders, where it tells of a column."""
    files = sorted((folder / "staged").glob("*/*-lines.parquet"))
    return [each for each in files if column in read_schema(each).names]
