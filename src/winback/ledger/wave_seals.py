"""The seal of a wave as a whole: what its plan wrote, kept in the audit log, so that no group, play
or probability, no budget and no message is changed, added or lost unseen."""

import hmac
import json
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from winback.ledger.row_seals import get_seal_key
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import ASSIGNMENTS, BUDGETS, DELIVERIES, WAVES

MODULUS = 2**256
_AT_ONCE = 5_000
# An erasure takes these away, and staff change who looks after whom.
_LOOSE = ("owner", "facts")
_PLANNED = ("playbook", "cycle", "cutoff", "planned_at", "plan", "store_version")


def fingerprint_seal_key(key: bytes) -> str:
    """What tells two keys apart and gives neither away."""
    return hmac.digest(key, b"which key", "sha256").hex()[:16]


def seal_wave(connection: sa.Connection, wave_id: str) -> dict[str, object] | None:
    """What is noted of a wave as it is now: a keyed sum over its assignments, how many messages it
    has, what each budget allows, and a keyed hash of the plan. None without a key."""
    key = get_seal_key(connection)
    if key is None:
        return None
    count = sa.select(sa.func.count()).where(DELIVERIES.c.wave_id == wave_id)
    limits = sa.select(BUDGETS.c.name, BUDGETS.c.limit_minor).where(BUDGETS.c.wave_id == wave_id)
    return {
        "key": fingerprint_seal_key(key),
        "assignments": f"{sum_assignments(connection, wave_id, key):064x}",
        "deliveries": connection.execute(count).scalar() or 0,
        "budgets": {row.name: row.limit_minor for row in connection.execute(limits)},
        "plan": _hash_plan(connection, wave_id, key),
    }


def get_noted_seal(connection: sa.Connection, wave_id: str) -> dict[str, Any] | None:
    """The newest seal of a wave that the log has under the ledger's key, with what erasures have
    added since; None where it has none: nothing of it can be proven."""
    key = get_seal_key(connection)
    if key is None:
        return None
    noted, since = None, 0
    for seq, sealed in _iterate_noted(connection, wave_id):
        if sealed["key"] == fingerprint_seal_key(key):
            noted, since = sealed, seq
    if noted is None:
        return None
    total = int(noted["assignments"], 16)
    erasures = sa.select(AUDIT_LOG.c.detail).where(
        AUDIT_LOG.c.action == "erased", AUDIT_LOG.c.seq > since
    )
    for detail in connection.execute(erasures).scalars():
        total += int(json.loads(detail).get("contents", {}).get(wave_id, "0"), 16)
    return {**noted, "assignments": f"{total % MODULUS:064x}"}


def sum_assignments(connection: sa.Connection, wave_id: str, key: bytes | None) -> int:
    """A keyed sum over who is in which group with which play, segment and probability, whatever
    their order; 0 without a key."""
    if key is None:
        return 0
    names = sorted(each.name for each in ASSIGNMENTS.c if each.name not in _LOOSE)
    query = sa.select(*(ASSIGNMENTS.c[name] for name in names))
    rows = connection.execute(query.where(ASSIGNMENTS.c.wave_id == wave_id))
    total = 0
    while some := rows.fetchmany(_AT_ONCE):
        for row in some:
            content = json.dumps(tuple(row), ensure_ascii=False)
            total += int.from_bytes(hmac.digest(key, content.encode(), "sha256"), "big")
    return total % MODULUS


def list_waves_of(connection: sa.Connection, customers: Collection[str]) -> list[str]:
    """The waves that customers are in."""
    mine = ASSIGNMENTS.c.customer_id.in_(list(customers))
    query = sa.select(ASSIGNMENTS.c.wave_id).where(mine).distinct()
    return sorted(connection.execute(query).scalars())


def list_noted_waves(connection: sa.Connection) -> set[str]:
    """Every wave whose plan the log tells of."""
    planned = sa.select(AUDIT_LOG.c.subject).where(AUDIT_LOG.c.action == "wave_planned")
    return set(connection.execute(planned).scalars())


def _iterate_noted(connection: sa.Connection, wave_id: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The seals of a wave in the log, the oldest first."""
    planned = (AUDIT_LOG.c.action == "wave_planned") & (AUDIT_LOG.c.subject == wave_id)
    query = sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.action, AUDIT_LOG.c.detail).where(
        planned | (AUDIT_LOG.c.action == "sealed")
    )
    for row in connection.execute(query.order_by(AUDIT_LOG.c.seq)).all():
        detail = json.loads(row.detail)
        sealed = detail.get("sealed") if row.action != "sealed" else detail["waves"].get(wave_id)
        if sealed:
            yield row.seq, sealed


def _hash_plan(connection: sa.Connection, wave_id: str, key: bytes) -> str:
    query = sa.select(*(WAVES.c[name] for name in _PLANNED)).where(WAVES.c.wave_id == wave_id)
    row = connection.execute(query).first()
    content = json.dumps(tuple(row or ()), ensure_ascii=False, default=str)
    return hmac.digest(key, content.encode(), "sha256").hex()
