"""What seals show: rows that were changed, added or taken away by hand, a log that was cut or
written anew, and waves that are not what was planned and decided."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
import sqlalchemy as sa

from winback.ledger.audit_log import LogEnd, append, find_first_tampered, has_entry, read_end
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import SEALED, find_changed, get_seal_key, load_sum_versions, seal_all
from winback.ledger.tables.contacts import CONSENTS, SUPPRESSIONS
from winback.ledger.tables.service import AUDIT_LOG, BINDINGS
from winback.ledger.tables.waves import DELIVERIES, WAVES
from winback.ledger.violations import Violation, build_violation
from winback.ledger.wave_seals import (
    fingerprint_seal_key,
    get_noted_seal,
    list_noted_waves,
    seal_wave,
)

_NAMED_BY = {DELIVERIES: "delivery_id", CONSENTS: "customer_id", SUPPRESSIONS: "subject"}
_DECISIONS = {"wave_approved": "approved", "wave_stopped": "stopped"}
_CHANGES = ("wave_paused", "wave_resumed", "wave_approved_first", "wave_edited")


@dataclass(frozen=True)
class SealMarks:
    """What a machine keeps of a ledger's seals outside of it. key: the fingerprint of the key;
    since: the first entry of the log that was written under it; end: the end of the log when it
    was last looked at; sums: how often the sum of each table's seals had changed by then."""

    key: str
    since: int
    end: LogEnd
    sums: dict[str, int]

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "SealMarks":
        return msgspec.json.decode(text, type=cls)


def adopt_seals(ledger: Ledger, actor: str, now: datetime) -> SealMarks:
    """Seal a ledger anew under its key: what is in it counts as it is now, and nothing of what was
    before can be proven any more. The log says so."""
    with ledger.begin_write() as connection:
        key = get_seal_key(connection)
        assert key is not None
        rows = seal_all(connection)
        waves = connection.execute(sa.select(WAVES.c.wave_id)).scalars().all()
        fingerprint, since = fingerprint_seal_key(key), read_end(connection).seq + 1
        sealed = {wave_id: seal_wave(connection, wave_id) for wave_id in waves}
        detail = {"key": fingerprint, "rows": rows, "waves": sealed}
        append(connection, now, actor, "sealed", "ledger", detail)
        connection.execute(sa.delete(BINDINGS).where(BINDINGS.c.name == "seal_key"))
        bound = {"name": "seal_key", "value": fingerprint, "at": now}
        connection.execute(sa.insert(BINDINGS).values(bound))
        end, sums = read_end(connection), load_sum_versions(connection)
    return SealMarks(fingerprint, since, end, sums)


def advance_marks(ledger: Ledger, marks: SealMarks) -> SealMarks:
    """Marks as of now; as they were where the ledger is not what they were made of."""
    with ledger.begin_snapshot() as connection:
        sums = load_sum_versions(connection)
        is_behind = any(sums.get(name, 0) < version for name, version in marks.sums.items())
        if is_behind or not has_entry(connection, marks.end):
            return marks
        return replace(marks, end=read_end(connection), sums=sums)


def rewind_marks(ledger: Ledger, marks: SealMarks) -> SealMarks:
    """Marks as of now, whatever they were: of a ledger that was put back."""
    with ledger.begin_snapshot() as connection:
        end = read_end(connection)
        return replace(
            marks,
            since=min(marks.since, end.seq + 1),
            end=end,
            sums=load_sum_versions(connection),
        )


def find_unproven(ledger: Ledger) -> datetime | None:
    """Before when nothing can be proven: the ledger was sealed anew then, with rows in it. None
    where it is sealed from the start."""
    query = sa.select(AUDIT_LOG.c.at, AUDIT_LOG.c.detail).where(AUDIT_LOG.c.action == "sealed")
    with ledger.begin_read() as connection:
        row = connection.execute(query.order_by(AUDIT_LOG.c.seq.desc()).limit(1)).first()
    if row is None or not any(msgspec.json.decode(row.detail)["rows"].values()):
        return None
    at: datetime = row.at
    return at


def check_seals(connection: sa.Connection, marks: SealMarks | None) -> Iterator[Violation]:
    """Everything that is not as it was sealed. marks: None where no machine has bound the
    ledger."""
    key = get_seal_key(connection)
    if key is None or (marks is None and not _is_own(connection, key)):
        return
    yield from _check_log(connection, marks)
    for table in SEALED:
        changed, is_other_sum = find_changed(connection, table, key)
        named = [str(row[_NAMED_BY[table]]) for row in changed]
        yield from build_violation("row_changed", table.name, named)
        if is_other_sum:
            yield Violation("rows_missing", table.name, 1, (table.name,))
    if marks is not None:
        sums = load_sum_versions(connection)
        older = [name for name, version in marks.sums.items() if sums.get(name, 0) < version]
        yield from build_violation("rows_missing", "table_seals", older)
    yield from _check_waves(connection)


def _is_own(connection: sa.Connection, key: bytes) -> bool:
    """Whether the log says of no other key that the ledger was sealed under it."""
    query = sa.select(AUDIT_LOG.c.detail).where(AUDIT_LOG.c.action == "sealed")
    detail = connection.execute(query.order_by(AUDIT_LOG.c.seq.desc()).limit(1)).scalar()
    return detail is None or msgspec.json.decode(detail)["key"] == fingerprint_seal_key(key)


def _check_log(connection: sa.Connection, marks: SealMarks | None) -> Iterator[Violation]:
    broken = find_first_tampered(connection, marks.since if marks else None)
    if broken is not None:
        yield Violation("audit_log_broken", "audit_log", 1, (str(broken),))
    if marks is not None and not has_entry(connection, marks.end):
        yield Violation("audit_log_cut", "audit_log", 1, (str(marks.end.seq),))


def _check_waves(connection: sa.Connection) -> Iterator[Violation]:
    """Whether each wave is what its plan wrote and what the log says was decided."""
    waves = {row["wave_id"]: row for row in connection.execute(sa.select(WAVES)).mappings()}
    noted = list_noted_waves(connection)
    yield from build_violation("wave_missing", "waves", sorted(noted - set(waves)))
    yield from build_violation("wave_unknown", "waves", sorted(set(waves) - noted))
    decided = _load_decisions(connection)
    for wave_id, wave in sorted(waves.items()):
        if wave_id not in noted:
            continue
        said = decided.get(wave_id, _Decided())
        if _Decided.from_row(wave) != said:
            yield Violation("wave_changed", wave_id, 1, (wave_id,))
        before = get_noted_seal(connection, wave_id)
        if before is not None:
            yield from _compare(connection, wave_id, before)


def _compare(
    connection: sa.Connection, wave_id: str, before: dict[str, object]
) -> Iterator[Violation]:
    now = seal_wave(connection, wave_id) or {}
    rules = {
        "assignments": "assignments_changed",
        "deliveries": "messages_missing",
        "budgets": "budget_changed",
        "plan": "plan_changed",
    }
    for name, rule in rules.items():
        if now[name] != before[name]:
            yield Violation(rule, wave_id, 1, (wave_id,))


@dataclass(frozen=True)
class _Decided:
    """What was decided about a wave last."""

    state: str = "planned"
    at: datetime | None = None
    by: str | None = None
    is_paused: bool = False
    first_by: str | None = None

    @classmethod
    def from_row(cls, wave: sa.RowMapping) -> "_Decided":
        return cls(
            wave["state"],
            wave["decided_at"],
            wave["decided_by"],
            wave["paused_at"] is not None,
            wave["first_approved_by"],
        )

    def follow(self, entry: sa.RowMapping) -> "_Decided":
        """What it is after another entry of the log."""
        match entry["action"]:
            case "wave_paused" | "wave_resumed":
                return replace(self, is_paused=entry["action"] == "wave_paused")
            case "wave_approved_first":
                return replace(self, first_by=entry["actor"])
            case "wave_edited":  # of one that is not approved yet
                return replace(self, first_by=None) if self.state == "planned" else self
            case "clock_reset":  # took a moment that was still to come along
                return replace(self, at=min(self.at, entry["at"])) if self.at else self
        state = _DECISIONS[entry["action"]]
        return replace(self, state=state, at=entry["at"], by=entry["actor"])


def _load_decisions(connection: sa.Connection) -> dict[str, _Decided]:
    """What the log tells of each wave it names."""
    actions = (*_DECISIONS, *_CHANGES, "clock_reset")
    query = sa.select(AUDIT_LOG).where(AUDIT_LOG.c.action.in_(actions)).order_by(AUDIT_LOG.c.seq)
    decided: dict[str, _Decided] = {}
    for entry in connection.execute(query).mappings():
        of_all = entry["action"] == "clock_reset"
        for wave_id in list(decided) if of_all else [entry["subject"]]:
            decided[wave_id] = decided.get(wave_id, _Decided()).follow(entry)
    return decided
