"""The vault: sealed under a key of each customer's own, bound to its place, changed only where something is new, and gone when forgotten."""

import pytest
import sqlalchemy as sa

from winback.core.wave_errors import VaultKeyWrong
from winback.ledger.address_vault import AddressVault
from winback.ledger.tables.contacts import VAULT, VAULT_KEYS

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))
TOLD = {"1": {"email": "li@example.com", "phone": "13800000001"}, "客2": {"wecom": "wo2"}, "3": {}}


@pytest.fixture
def vault(ledger):
    return AddressVault(ledger, MASTER, "shop")


def rows_of(ledger, table):
    with ledger.begin_read() as connection:
        return (
            connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            .mappings()
            .all()
        )


def test_what_is_kept_is_opened_again_and_by_nobody_without_the_key(vault):
    assert vault.replace_source(TOLD, "contacts") == 2
    assert vault.list_addresses("1") == TOLD["1"]
    assert vault.get_address("客2", "wecom") == "wo2"
    assert vault.get_address("客2", "email") is None
    assert vault.list_addresses("3") == {}
    assert vault.list_addresses("nobody") == {}
    with pytest.raises(VaultKeyWrong):
        AddressVault(vault.ledger, OTHER, "shop").list_addresses("1")
    with pytest.raises(VaultKeyWrong):
        AddressVault(vault.ledger, MASTER, "another").list_addresses("1")


def test_nothing_readable_stands_in_the_ledger(vault):
    vault.replace_source(TOLD, "contacts")
    result = b"".join(row["sealed"] for row in rows_of(vault.ledger, VAULT)) + b"".join(
        row["wrapped"] for row in rows_of(vault.ledger, VAULT_KEYS)
    )
    assert not any(word in result for word in (b"example", b"13800000001", b"wo2"))


def test_a_sealed_value_opens_only_where_it_was_sealed(vault):
    """Bound to shop, customer, source and kind: nobody's number can be put under another's name."""
    vault.replace_source(
        {"1": {"email": "a@b.c", "phone": "13800000001"}, "2": {"email": "x@y.z"}}, "contacts"
    )
    mine = (VAULT.c.customer_id == "1") & (VAULT.c.kind == "email")
    for other in (
        (VAULT.c.customer_id == "2"),
        (VAULT.c.customer_id == "1") & (VAULT.c.kind == "phone"),
    ):
        with vault.ledger.begin_write() as connection:
            sealed = connection.execute(sa.select(VAULT.c.sealed).where(other)).scalar()
            connection.execute(sa.update(VAULT).where(mine).values(sealed=sealed))
        with pytest.raises(VaultKeyWrong):
            vault.list_addresses("1")


def test_only_what_is_new_is_written(vault):
    vault.replace_source(TOLD, "contacts")
    before = rows_of(vault.ledger, VAULT_KEYS)
    assert vault.replace_source(TOLD, "contacts") == 0
    assert rows_of(vault.ledger, VAULT_KEYS) == before
    assert vault.replace_source({**TOLD, "客2": {"wecom": "wo9"}}, "contacts") == 1
    assert vault.get_address("客2", "wecom") == "wo9"
    assert next(row["wrapped"] for row in rows_of(vault.ledger, VAULT_KEYS)) == before[0]["wrapped"]
    assert vault.replace_source({"1": TOLD["1"]}, "contacts") == 1, (
        "who is no longer listed is forgotten"
    )
    assert vault.list_addresses("客2") == {}


def test_what_wecom_says_stands_beside_the_list_and_behind_it(vault):
    vault.replace_source({"1": {"wecom": "wo-matched"}, "2": {"wecom": "wo2"}}, "wecom")
    vault.replace_source({"1": {"wecom": "wo-listed", "email": "a@b.c"}}, "contacts")
    assert vault.list_addresses("1") == {"wecom": "wo-listed", "email": "a@b.c"}
    assert vault.list_addresses("2") == {"wecom": "wo2"}
    vault.replace_source({}, "contacts")
    assert vault.list_addresses("1") == {"wecom": "wo-matched"}


def test_another_master_key_seals_everything_anew_from_the_list(vault):
    vault.replace_source(TOLD, "contacts")
    later = AddressVault(vault.ledger, OTHER, "shop")
    assert later.replace_source(TOLD, "contacts") == 2
    assert later.list_addresses("1") == TOLD["1"]
    with pytest.raises(VaultKeyWrong):
        vault.list_addresses("1")
    assert later.replace_source(TOLD, "contacts") == 0


def test_a_long_list_is_kept_in_pieces(vault):
    result = {f"{number:05}": {"phone": f"138{number:08}"} for number in range(12_001)}
    assert vault.replace_source(result, "contacts") == 12_001
    assert vault.get_address("12000", "phone") == "13800012000"
    assert vault.replace_source(dict(list(result.items())[:1]), "contacts") == 12_000
