"""Seals: a keyed hash in each row of what could be tampered with, under a key that does not lie in
the ledger, so that a row changed by hand is seen.

Every write to a sealed table goes through here. Of consents and suppressions the sum of all seals
is kept, too, under a seal of its own: so a row that is gone, or an old one put back, is seen as
well; messages are counted by their wave. Whoever has the key can seal anything: this does not
protect against the machine's owner. Without a key nothing is sealed.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from winback.ledger.tables.contacts import CONSENTS, SUPPRESSIONS
from winback.ledger.tables.service import TABLE_SEALS
from winback.ledger.tables.waves import DELIVERIES

SEALED = (DELIVERIES, CONSENTS, SUPPRESSIONS)
SUMMED = (CONSENTS, SUPPRESSIONS)
BROKEN = "0" * 32  # of a row that was found changed: no later write makes it well again
_DIGITS = 32
_MODULUS = 2 ** (4 * _DIGITS)
_AT_ONCE = 5_000

Row = Mapping[str, Any] | sa.RowMapping


def get_seal_key(connection: sa.Connection) -> bytes | None:
    """The key a ledger was opened with."""
    key: bytes | None = connection.get_execution_options().get("seal_key")
    return key


def seal_row(key: bytes, table: sa.Table, row: Row) -> str:
    """The seal of a row: HMAC-SHA256 of every column but the seal itself, 32 hex digits."""
    values = [row.get(name) for name in _list_columns(table)]
    content = json.dumps([table.name, *values], ensure_ascii=False, default=_encode)
    return hmac.digest(key, content.encode(), "sha256").hex()[:_DIGITS]


def is_intact(key: bytes | None, table: sa.Table, row: Row) -> bool:
    """Whether a row is as it was sealed; without a key nobody can tell."""
    return key is None or row["seal"] == seal_row(key, table, row)


def insert_sealed(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows, each with its seal. All have the same columns."""
    if not rows:
        return
    key = get_seal_key(connection)
    seals = [seal_row(key, table, row) if key else None for row in rows]
    sealed = [{**row, "seal": seal} for row, seal in zip(rows, seals, strict=True)]
    connection.execute(sa.insert(table), sealed)
    _shift_sum(connection, table, [], seals)


def update_sealed(
    connection: sa.Connection,
    table: sa.Table,
    changes: Iterable[tuple[Row, Mapping[str, object]]],
) -> None:
    """Change rows, and seal them anew. changes: each row as it is now, whole, and what of it
    changes; a row may come once only."""
    key, by_columns = get_seal_key(connection), dict[tuple[str, ...], list[dict[str, object]]]()
    before, after = list[str | None](), list[str | None]()
    for row, changed in changes:
        seal = None
        if key is not None:
            fresh = {**row, **changed}
            seal = seal_row(key, table, fresh) if is_intact(key, table, row) else BROKEN
        before.append(row["seal"])
        after.append(seal)
        names = tuple(sorted(changed))
        values = {f"param_{name}": changed[name] for name in names}
        where = {f"param_key_{each.name}": row[each.name] for each in table.primary_key.columns}
        by_columns.setdefault(names, []).append({**values, **where, "param_seal": seal})
    for names, parameters in by_columns.items():
        statement = _build_update(table, names)
        for start in range(0, len(parameters), _AT_ONCE):
            connection.execute(statement, parameters[start : start + _AT_ONCE])
    _shift_sum(connection, table, before, after)


def delete_sealed(
    connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]
) -> int:
    """Delete rows; returns how many."""
    seals = connection.execute(sa.select(table.c.seal).where(condition)).scalars().all()
    if seals:
        connection.execute(sa.delete(table).where(condition))
        _shift_sum(connection, table, seals, [])
    return len(seals)


def seal_all(connection: sa.Connection) -> dict[str, int]:
    """Seal every row anew as it is now, whatever seal it had; returns how many of each table."""
    key, counts = get_seal_key(connection), dict[str, int]()
    assert key is not None
    for table in SEALED:
        rows = connection.execute(sa.select(table)).mappings().all()
        statement = _build_update(table, ())
        parameters = [
            {
                **{f"param_key_{each.name}": row[each.name] for each in table.primary_key.columns},
                "param_seal": seal_row(key, table, row),
            }
            for row in rows
        ]
        for start in range(0, len(parameters), _AT_ONCE):
            connection.execute(statement, parameters[start : start + _AT_ONCE])
        counts[table.name] = len(rows)
        if table in SUMMED:
            mine = TABLE_SEALS.c.name == table.name
            version = connection.execute(sa.select(TABLE_SEALS.c.version).where(mine)).scalar()
            connection.execute(sa.delete(TABLE_SEALS).where(mine))
            total = sum(int(str(each["param_seal"]), 16) for each in parameters)
            _insert_sum(connection, key, table.name, (version or 0) + 1, total)
    return counts


def find_changed(connection: sa.Connection, table: sa.Table, key: bytes) -> tuple[list[Row], bool]:
    """The rows of a table that are not as they were sealed, and whether the sum of all seals of
    one that is summed is another one."""
    changed, total = list[Row](), 0
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(sa.select(table)).mappings()
    for row in rows:
        if not is_intact(key, table, row):
            changed.append(row)
        total += int(row["seal"] or "0", 16)
    if table not in SUMMED:
        return changed, False
    kept = _load_sum(connection, table.name)
    if kept is None:
        return changed, total != 0
    is_whole = kept.mac == _seal_sum(key, table.name, kept.version, int(kept.total, 16))
    return changed, not is_whole or total % _MODULUS != int(kept.total, 16)


def load_sum_versions(connection: sa.Connection) -> dict[str, int]:
    """How often the sum of each table has changed: it only grows."""
    rows = connection.execute(sa.select(TABLE_SEALS.c.name, TABLE_SEALS.c.version))
    return {row.name: row.version for row in rows}


def _shift_sum(
    connection: sa.Connection,
    table: sa.Table,
    gone: Sequence[str | None],
    come: Sequence[str | None],
) -> None:
    """Count seals out and in, of a table whose seals are summed."""
    key = get_seal_key(connection)
    if key is None or table not in SUMMED or not (gone or come):
        return
    shift = sum(int(each or "0", 16) for each in come) - sum(int(each or "0", 16) for each in gone)
    kept = _load_sum(connection, table.name)
    if kept is None:
        _insert_sum(connection, key, table.name, 1, shift)
        return
    total = int(kept.total, 16)
    if kept.mac != _seal_sum(key, table.name, kept.version, total):
        return  # it was changed by hand, and stays so
    total, version = (total + shift) % _MODULUS, kept.version + 1
    connection.execute(
        sa.update(TABLE_SEALS)
        .where(TABLE_SEALS.c.name == table.name)
        .values(
            version=version,
            total=f"{total:0{_DIGITS}x}",
            mac=_seal_sum(key, table.name, version, total),
        )
    )


def _load_sum(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(TABLE_SEALS).where(TABLE_SEALS.c.name == name)).first()


def _insert_sum(connection: sa.Connection, key: bytes, name: str, version: int, total: int) -> None:
    total %= _MODULUS
    connection.execute(
        sa.insert(TABLE_SEALS).values(
            name=name,
            version=version,
            total=f"{total:0{_DIGITS}x}",
            mac=_seal_sum(key, name, version, total),
        )
    )


def _seal_sum(key: bytes, name: str, version: int, total: int) -> str:
    content = f"sum\0{name}\0{version}\0{total:0{_DIGITS}x}"
    return hmac.digest(key, content.encode(), "sha256").hex()


@cache
def _list_columns(table: sa.Table) -> tuple[str, ...]:
    return tuple(sorted(column.name for column in table.c if column.name != "seal"))


@cache
def _build_update(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    """Built once: a run executes them for every message."""
    keys = table.primary_key.columns
    mine = sa.and_(*(each == sa.bindparam(f"param_key_{each.name}") for each in keys))
    values = {name: sa.bindparam(f"param_{name}", type_=table.c[name].type) for name in names}
    return sa.update(table).where(mine).values(**values, seal=sa.bindparam("param_seal"))


def _encode(value: Any) -> object:
    """A moment or a day as text, and a number of numpy's as one of ours."""
    return value.isoformat() if isinstance(value, datetime | date) else value.item()
