"""The vault: addresses and numbers, each under a key of its customer's own, opened by the delivery
and by nobody else.

A data key for each customer is wrapped by the shop's master key, which lies outside the ledger: a
copy of the ledger alone tells no address, and without a customer's data key nothing of theirs can
be read again.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from winback.core.wave_errors import VaultKeyWrong
from winback.ledger.engine import Ledger
from winback.ledger.tables.contacts import VAULT, VAULT_KEYS

AddressKind = Literal["email", "phone", "wecom", "platform"]
ADDRESS_KINDS: tuple[AddressKind, ...] = get_args(AddressKind)
AddressSource = Literal["contacts", "wecom"]
_NONCE_BYTES = 12
_AT_ONCE = 5_000


@dataclass(frozen=True)
class AddressVault:
    """A shop's vault. master: 32 bytes."""

    ledger: Ledger
    master: bytes
    shop: str

    def replace_source(
        self, by_customer: Mapping[str, Mapping[str, str]], source: AddressSource
    ) -> int:
        """Keep what a source says of everybody's addresses, in place of all it said before; returns
        of how many it is news.

        by_customer: customer → kind → address.
        """
        customers = sorted(customer for customer in by_customer if by_customer[customer])
        digests = {
            customer: self._hash_row(customer, source, by_customer[customer])
            for customer in customers
        }
        with self.ledger.begin_write() as connection:
            known, news, old = _find_changes(source, connection, customers, digests)
            self._replace_rows(old, connection, source, news, by_customer, digests)
            return len(news) + len(known.keys() - digests.keys())

    def _replace_rows(
        self,
        old: list[Any],
        connection: sa.Connection,
        source: AddressSource,
        news: list[str],
        by_customer: Mapping[str, Mapping[str, str]],
        digests: dict[str, str],
    ) -> None:
        for start in range(0, len(old), _AT_ONCE):
            _delete(connection, old[start : start + _AT_ONCE], [source])
        for start in range(0, len(news), _AT_ONCE):
            self._insert(
                connection,
                {each: by_customer[each] for each in news[start : start + _AT_ONCE]},
                digests,
                source,
            )

    def _insert(
        self,
        connection: sa.Connection,
        by_customer: Mapping[str, Mapping[str, str]],
        digests: Mapping[str, str],
        source: str,
    ) -> None:
        keys, rows = [], []
        for customer, addresses in by_customer.items():
            key, row = (
                AESGCM.generate_key(bit_length=256),
                {"customer_id": customer, "source": source},
            )
            wrapped = _encrypt(
                self.master, key, self._build_associated_data(customer, source, "key")
            )
            keys.append({**row, "wrapped": wrapped, "digest": digests[customer]})
            rows += self._encrypt_addresses(row, key, customer, source, addresses)
        connection.execute(sa.insert(VAULT_KEYS), keys)
        connection.execute(sa.insert(VAULT), rows)

    def _encrypt_addresses(
        self,
        row: dict[str, str],
        key: bytes,
        customer: str,
        source: str,
        addresses: Mapping[str, str],
    ) -> list[dict[str, object]]:
        return [
            {
                **row,
                "kind": kind,
                "sealed": _encrypt(
                    key, value.encode(), self._build_associated_data(customer, source, kind)
                ),
            }
            for kind, value in addresses.items()
        ]

    def get_address(self, customer_id: str, kind: AddressKind) -> str | None:
        """One address of a customer; None where there is none. Raises VaultKeyWrong."""
        return self.list_addresses(customer_id).get(kind)

    def list_addresses(self, customer_id: str) -> dict[str, str]:
        """Everything kept of a customer; what the list of contacts says goes before what WeCom
        says. Raises VaultKeyWrong."""
        return self.list_many([customer_id]).get(customer_id, {})

    def list_many(self, customers: Collection[str]) -> dict[str, dict[str, str]]:
        """Everything kept of some customers, by customer. Raises VaultKeyWrong."""
        addresses: dict[str, dict[str, str]] = {}
        asked = sorted(set(customers))
        with self.ledger.begin_read() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                query = _query_addresses(asked[start : start + _AT_ONCE])
                for row in connection.execute(query).all():
                    addresses.setdefault(row.customer_id, {})[row.kind] = self._open(row)
        return addresses

    def _open(self, row: sa.Row[Any]) -> str:
        customer_id, source = row.customer_id, row.source
        bound = self._build_associated_data(customer_id, source, "key")
        key = self._decrypt(self.master, row.wrapped, bound)
        bound = self._build_associated_data(customer_id, source, row.kind)
        return self._decrypt(key, row.sealed, bound).decode()

    def _decrypt(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
        except InvalidTag:
            raise VaultKeyWrong(shop=self.shop) from None

    def _build_associated_data(self, customer_id: str, source: str, kind: str) -> bytes:
        """What a sealed value is bound to: it opens nowhere else."""
        return f"{self.shop}\0{customer_id}\0{source}\0{kind}".encode()

    def _hash_row(self, customer_id: str, source: str, addresses: Mapping[str, str]) -> str:
        content = json.dumps([customer_id, source, sorted(addresses.items())], ensure_ascii=False)
        return hmac.digest(self.master, f"digest\0{content}".encode(), hashlib.sha256).hex()


def _find_changes(
    source: AddressSource, connection: sa.Connection, customers: list[str], digests: dict[str, str]
) -> tuple[dict[Any, Any], list[str], list[Any]]:
    query = sa.select(VAULT_KEYS.c.customer_id, VAULT_KEYS.c.digest).where(
        VAULT_KEYS.c.source == source
    )
    known = {row.customer_id: row.digest for row in connection.execute(query)}
    news = [customer for customer in customers if known.get(customer) != digests[customer]]
    old = sorted(known.keys() - digests.keys()) + [
        customer for customer in news if customer in known
    ]
    return known, news, old


def _query_addresses(customers: Sequence[str]) -> sa.Select[*tuple[Any, ...]]:
    """What is kept of some customers; what goes before comes last."""
    same = (VAULT_KEYS.c.customer_id == VAULT.c.customer_id) & (
        VAULT_KEYS.c.source == VAULT.c.source
    )
    return (
        sa.select(VAULT, VAULT_KEYS.c.wrapped)
        .join(VAULT_KEYS, same)
        .where(VAULT.c.customer_id.in_(customers))
        .order_by(VAULT.c.customer_id, VAULT.c.source.desc(), VAULT.c.kind)
    )


def _encrypt(key: bytes, value: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, bound)


def _delete(
    connection: sa.Connection, customers: Collection[str], sources: Collection[str]
) -> None:
    for table in (VAULT, VAULT_KEYS):  # in this order: the first rests on the second
        rows = table.c.customer_id.in_(customers) & table.c.source.in_(sources)
        connection.execute(sa.delete(table).where(rows))
