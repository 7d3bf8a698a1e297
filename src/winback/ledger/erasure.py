"""A customer's rows without the customer: what a wave did is still counted, whom it was done to
nobody can say any more."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.core.expiry_marks import fill_expiry
from winback.ledger.assignments import AssignmentChecksum
from winback.ledger.audit_log import append
from winback.ledger.budgets import update_deliveries
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import delete_sealed, get_seal_key, update_sealed
from winback.ledger.tables.cases import CASES
from winback.ledger.tables.contacts import CONSENTS, OWNERS, SUPPRESSIONS, TAGS, VAULT, VAULT_KEYS
from winback.ledger.tables.service import LIST_EDITS
from winback.ledger.tables.waves import (
    ASSIGNMENTS,
    DELIVERIES,
    ENTRIES,
    HOUSEHOLDS,
    KEPT_OUTCOMES,
    RECEIPTS,
)
from winback.ledger.wave_seals import MODULUS, list_waves_of, sum_assignments

ERASED = "erased-"  # what a household of somebody erased begins with: it draws no arm any more


@dataclass(frozen=True)
class KeptOutcome:
    """What somebody did after a wave, without a date: whole days to their first order, and what
    came within the days money is judged by."""

    wave_id: str
    customer_id: str
    first_order_day: int
    orders: int
    net_minor: int | None
    margin_minor: int | None


@dataclass(frozen=True)
class Alias:
    """What stands in place of a customer, and of a household."""

    customer: Mapping[str, str]
    household: Mapping[str, str]


def list_households(ledger: Ledger, customers: Collection[str]) -> list[str]:
    """The households that customers were drawn in."""
    query = (
        sa.select(ASSIGNMENTS.c.household)
        .where(ASSIGNMENTS.c.customer_id.in_(customers))
        .distinct()
    )
    with ledger.begin_read() as connection:
        return sorted(connection.execute(query).scalars())


def is_known(ledger: Ledger, customers: Collection[str]) -> bool:
    """Whether the ledger has anything of a customer, by whatever id."""
    with ledger.begin_read() as connection:
        for table, column in (*_NAMED, (VAULT_KEYS, "customer_id")):
            if (
                connection.execute(
                    sa.select(table.c[column]).where(table.c[column].in_(customers)).limit(1)
                ).first()
                is not None
            ):
                return True
    return False


def erase_customers(
    ledger: Ledger,
    alias: Alias,
    subject: str,
    actor: str,
    now: datetime,
    outcomes: Sequence[KeptOutcome] = (),
) -> Counter[str]:
    """Put aliases in place of customers and remove what was written to them and kept of them;
    returns the rows of each table.

    They stay in their arm, for what a wave earned is counted over everybody it meant to write to;
    what still waited for them is kept back. An alias is no less an erasure done twice. subject:
    what the audit log calls it; outcomes: what they did after their waves, by the ids they had.
    """
    counts = Counter[str]()
    with ledger.begin_write() as connection:
        seals, key = Counter[str](), get_seal_key(connection)
        waves = list_waves_of(connection, alias.customer)
        sums = {wave_id: sum_assignments(connection, wave_id, key) for wave_id in waves}
        for customer, stands_for in sorted(alias.customer.items()):
            _erase_one(connection, alias, customer, stands_for, seals, counts, now)
        contents = {
            wave_id: f"{(sum_assignments(connection, wave_id, key) - before) % MODULUS:064x}"
            for wave_id, before in sums.items()
        }
        _rename_entries(connection, alias)
        _keep_outcomes(outcomes, alias, connection)
        shifts = {wave_id: f"{shift % 2**256:064x}" for wave_id, shift in sorted(seals.items())}
        detail = {"seals": shifts, "contents": contents, "rows": dict(counts)}
        append(connection, now, actor, "erased", subject, detail)
    return counts


def _erase_one(
    connection: sa.Connection,
    alias: Alias,
    customer: str,
    stands_for: str,
    seals: Counter[str],
    counts: Counter[str],
    now: datetime,
) -> None:
    counts["assignments"] += _rename_assignments(connection, alias, customer, stands_for, seals)
    counts["deliveries"] += _rename_deliveries(connection, customer, stands_for, now)
    counts["suppressions"] += _rename_suppressions(connection, customer, stands_for)
    counts["consents"] += delete_sealed(connection, CONSENTS, CONSENTS.c.customer_id == customer)
    for table in (OWNERS, TAGS, LIST_EDITS, VAULT, VAULT_KEYS, HOUSEHOLDS, CASES):
        gone = connection.execute(sa.delete(table).where(table.c.customer_id == customer))
        counts[table.name] += gone.rowcount


def _keep_outcomes(
    outcomes: Sequence[KeptOutcome], alias: Alias, connection: sa.Connection
) -> None:
    for each in outcomes:
        stays = vars(each) | {"customer_id": alias.customer[each.customer_id]}
        connection.execute(sa.insert(KEPT_OUTCOMES).values(**stays))


_NAMED = ((ASSIGNMENTS, "customer_id"), (SUPPRESSIONS, "subject"), (CONSENTS, "customer_id"))


def _rename_assignments(
    connection: sa.Connection, alias: Alias, customer: str, stands_for: str, seals: Counter[str]
) -> int:
    """Give assignments another name, with deliveries hanging on them; seals: what that adds to
    each wave's seal."""
    is_theirs = ASSIGNMENTS.c.customer_id == customer
    rows = connection.execute(sa.select(ASSIGNMENTS).where(is_theirs)).mappings().all()
    for row in rows:
        household = alias.household.get(row["household"], row["household"])
        _insert_renamed(row, stands_for, household, connection)
        _move_deliveries(connection, row["wave_id"], customer, stands_for)
        _shift_checksum(customer, row, stands_for, household, seals)
    connection.execute(sa.delete(ASSIGNMENTS).where(is_theirs))
    return len(rows)


def _move_deliveries(
    connection: sa.Connection, wave_id: str, customer: str, stands_for: str
) -> None:
    mine = (DELIVERIES.c.wave_id == wave_id) & (DELIVERIES.c.customer_id == customer)
    rows = connection.execute(sa.select(DELIVERIES).where(mine)).mappings().all()
    update_sealed(connection, DELIVERIES, ((row, {"customer_id": stands_for}) for row in rows))


def _insert_renamed(
    row: sa.RowMapping, stands_for: str, household: Any, connection: sa.Connection
) -> None:
    fresh: dict[str, object] = {
        **row,
        "customer_id": stands_for,
        "household": household,
        "owner": None,
        "facts": None,
    }
    connection.execute(sa.insert(ASSIGNMENTS).values(fresh))


def _rename_entries(connection: sa.Connection, alias: Alias) -> None:
    """Give entries another name; the arm of who stays in the household goes on being fixed."""
    for household, stands_for in sorted(alias.household.items()):
        mine, a = ENTRIES.c.household == household, ASSIGNMENTS.c
        done = sa.select(ENTRIES.c.wave_id).where(ENTRIES.c.household == stands_for)
        others = sa.select(a.customer_id).where(a.household == household).limit(1)
        if connection.execute(others).first() is None:
            connection.execute(
                sa.update(ENTRIES)
                .where(mine, ENTRIES.c.wave_id.not_in(done))
                .values(household=stands_for)
            )
            connection.execute(sa.delete(ENTRIES).where(mine))
            continue
        rest = [each for each in ENTRIES.c if each.name != "household"]
        copied = sa.select(sa.literal(stands_for), *rest).where(
            mine, ENTRIES.c.wave_id.not_in(done)
        )
        connection.execute(
            sa.insert(ENTRIES).from_select(["household", *(each.name for each in rest)], copied)
        )


def _shift_checksum(
    customer: str, row: sa.RowMapping, stands_for: str, household: Any, seals: Counter[str]
) -> None:
    before, after = AssignmentChecksum(), AssignmentChecksum()
    before.add(customer, row["household"], row["arm"])
    after.add(stands_for, household, row["arm"])
    seals[row["wave_id"]] += after.total - before.total


def _rename_deliveries(
    connection: sa.Connection, customer: str, stands_for: str, now: datetime
) -> int:
    mine = DELIVERIES.c.customer_id.in_((customer, stands_for))
    rows = connection.execute(sa.select(DELIVERIES).where(mine)).mappings().all()
    update_deliveries(connection, ((row, _forget_message(row, now)) for row in rows))
    return len(rows)


def _forget_message(row: sa.RowMapping, now: datetime) -> dict[str, object]:
    """What changes of a message whose customer is erased: what it said and where it went is gone,
    and what waited does not go."""
    gone = ("subject", "body", "receipt", "address", "skus", "text_hash")
    blank: dict[str, object] = dict.fromkeys(gone)
    if row["state"] == "claimed" or (row["state"] == "pending" and row["exposed_at"]):
        since = row["exposed_at"] or row["claimed_at"]
        lost = {"state": "unknown", "settled_at": now, "exposed_at": since}
        return {**blank, **lost, "reason": "erased"}
    if row["state"] == "pending":
        waiting = {"state": "suppressed", "settled_at": now, "due_at": None}
        return {**blank, **waiting, "reason": "erased"}
    return blank


def _rename_suppressions(connection: sa.Connection, customer: str, stands_for: str) -> int:
    """Their no stays, under the other name."""
    mine = SUPPRESSIONS.c.subject == customer
    rows = connection.execute(sa.select(SUPPRESSIONS).where(mine)).mappings().all()
    update_sealed(connection, SUPPRESSIONS, ((row, {"subject": stands_for}) for row in rows))
    return len(rows)


def list_kept_outcomes(ledger: Ledger, waves: Collection[str]) -> list[KeptOutcome]:
    """What those erased did after some waves, by their aliases."""
    with ledger.begin_read() as connection:
        rows = connection.execute(
            sa.select(KEPT_OUTCOMES).where(KEPT_OUTCOMES.c.wave_id.in_(waves))
        )
        return [KeptOutcome(**row) for row in rows.mappings()]


def vacuum(ledger: Ledger) -> None:
    """Leave nothing of deleted rows in the ledger's file: neither in free pages nor in its log."""
    if ledger.path is None:  # a database server's own affair
        return
    with ledger.begin_read() as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def list_customer_rows(
    ledger: Ledger, customers: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Every row the ledger has of a customer, by whatever id, by table; without the vault's."""
    with ledger.begin_read() as connection:
        tables = {}
        for table, column in (
            *_NAMED,
            *(
                (table, "customer_id")
                for table in (DELIVERIES, OWNERS, TAGS, LIST_EDITS, HOUSEHOLDS, CASES)
            ),
        ):
            query = _query_rows(table, column, customers)
            tables[table.name] = [dict(row) for row in connection.execute(query).mappings()]
        for row in tables[DELIVERIES.name]:
            row |= {name: fill_expiry(row[name], row["expiry"]) for name in ("subject", "body")}
        receipts = _query_receipts(customers)
        tables[RECEIPTS.name] = [dict(row) for row in connection.execute(receipts).mappings()]
        return tables


def _query_rows(
    table: sa.Table,
    column: str,
    customers: Collection[str],
) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(table).where(table.c[column].in_(customers)).order_by(*table.primary_key.columns)
    )


def _query_receipts(customers: Collection[str]) -> sa.Select[*tuple[Any, ...]]:
    receipts_query = sa.select(RECEIPTS).join(
        DELIVERIES, DELIVERIES.c.delivery_id == RECEIPTS.c.delivery_id
    )
    return receipts_query.where(DELIVERIES.c.customer_id.in_(customers)).order_by(
        *RECEIPTS.primary_key.columns
    )
