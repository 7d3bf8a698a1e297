"""The vault: sealed under a key of each customer's own, bound to its place, changed only where something is new, and gone when forgotten."""

import pytest
import sqlalchemy as sa

from winback.core.errors import VaultKeyWrong
from winback.ledger.address_vault import Vault
from winback.ledger.schema import VAULT, VAULT_KEYS

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))
TOLD = {"1": {"email": "li@example.com", "phone": "13800000001"}, "客2": {"wecom": "wo2"}, "3": {}}


@pytest.fixture
def vault(ledger):
    return Vault(ledger, MASTER, "shop")


def rows_of(ledger, table):
    with ledger.reading() as connection:
        return (
            connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            .mappings()
            .all()
        )


def test_what_is_kept_is_opened_again_and_by_nobody_without_the_key(vault):
    assert vault.keep(TOLD, "contacts") == 2
    assert vault.addresses("1") == TOLD["1"]
    assert vault.address("客2", "wecom") == "wo2"
    assert vault.address("客2", "email") is None
    assert vault.addresses("3") == {}
    assert vault.addresses("nobody") == {}
    with pytest.raises(VaultKeyWrong):
        Vault(vault.ledger, OTHER, "shop").addresses("1")
    with pytest.raises(VaultKeyWrong):
        Vault(vault.ledger, MASTER, "another").addresses("1")


def test_nothing_readable_stands_in_the_ledger(vault):
    vault.keep(TOLD, "contacts")
    told = b"".join(row["sealed"] for row in rows_of(vault.ledger, VAULT)) + b"".join(
        row["wrapped"] for row in rows_of(vault.ledger, VAULT_KEYS)
    )
    assert not any(word in told for word in (b"example", b"13800000001", b"wo2"))


def test_a_sealed_value_opens_only_where_it_was_sealed(vault):
    """Bound to shop, customer, source and kind: nobody's number can be put under another's name."""
    vault.keep(
        {"1": {"email": "a@b.c", "phone": "13800000001"}, "2": {"email": "x@y.z"}}, "contacts"
    )
    mine = (VAULT.c.customer_id == "1") & (VAULT.c.kind == "email")
    for theirs in (
        (VAULT.c.customer_id == "2"),
        (VAULT.c.customer_id == "1") & (VAULT.c.kind == "phone"),
    ):
        with vault.ledger.writing() as connection:
            sealed = connection.execute(sa.select(VAULT.c.sealed).where(theirs)).scalar()
            connection.execute(sa.update(VAULT).where(mine).values(sealed=sealed))
        with pytest.raises(VaultKeyWrong):
            vault.addresses("1")


def test_only_what_is_new_is_written(vault):
    vault.keep(TOLD, "contacts")
    before = rows_of(vault.ledger, VAULT_KEYS)
    assert vault.keep(TOLD, "contacts") == 0
    assert rows_of(vault.ledger, VAULT_KEYS) == before
    assert vault.keep({**TOLD, "客2": {"wecom": "wo9"}}, "contacts") == 1
    assert vault.address("客2", "wecom") == "wo9"
    assert next(row["wrapped"] for row in rows_of(vault.ledger, VAULT_KEYS)) == before[0]["wrapped"]
    assert vault.keep({"1": TOLD["1"]}, "contacts") == 1, "who is no longer listed is forgotten"
    assert vault.addresses("客2") == {}


def test_what_wecom_says_stands_beside_the_list_and_behind_it(vault):
    vault.keep({"1": {"wecom": "wo-matched"}, "2": {"wecom": "wo2"}}, "wecom")
    vault.keep({"1": {"wecom": "wo-listed", "email": "a@b.c"}}, "contacts")
    assert vault.addresses("1") == {"wecom": "wo-listed", "email": "a@b.c"}
    assert vault.addresses("2") == {"wecom": "wo2"}
    vault.keep({}, "contacts")
    assert vault.addresses("1") == {"wecom": "wo-matched"}


def test_another_master_key_seals_everything_anew_from_the_list(vault):
    vault.keep(TOLD, "contacts")
    later = Vault(vault.ledger, OTHER, "shop")
    assert later.keep(TOLD, "contacts") == 2
    assert later.addresses("1") == TOLD["1"]
    with pytest.raises(VaultKeyWrong):
        vault.addresses("1")
    assert later.keep(TOLD, "contacts") == 0


def test_a_long_list_is_kept_in_pieces(vault):
    told = {f"{number:05}": {"phone": f"138{number:08}"} for number in range(12_001)}
    assert vault.keep(told, "contacts") == 12_001
    assert vault.address("12000", "phone") == "13800012000"
    assert vault.keep(dict(list(told.items())[:1]), "contacts") == 12_000
