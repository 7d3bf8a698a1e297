"""What operators let run from the dashboard, and how it ended: any process of the service can
tell."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from winback.core.errors import TaskRunning
from winback.ledger.audit_log import note
from winback.ledger.engine import Ledger
from winback.ledger.schema import TASKS


@dataclass(frozen=True)
class Task:
    """A task; exit_code: of a command line, None while it runs or where it was cut off."""

    task_id: str
    kind: str
    by: str
    began_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    said: str | None
    holder: str
    seen_at: datetime

    @property
    def runs(self) -> bool:
        return self.ended_at is None


def begin_task(
    ledger: Ledger, kind: str, detail: dict[str, str], by: str, holder: str, now: datetime
) -> str:
    """Note that a task begins; one at a time. Raises TaskRunning."""
    task_id = secrets.token_hex(8)
    with ledger.writing() as connection:
        running = (
            connection.execute(sa.select(TASKS).where(TASKS.c.ended_at.is_(None)))
            .mappings()
            .first()
        )
        if running is not None:
            raise TaskRunning(by=running["by"], kind=running["kind"])
        values = {
            "task_id": task_id,
            "kind": kind,
            "by": by,
            "began_at": now,
            "holder": holder,
            "seen_at": now,
        }
        connection.execute(sa.insert(TASKS).values(**values))
        note(connection, now, by, f"task_{kind}", task_id, detail)
    return task_id


def tell_task(ledger: Ledger, task_id: str, said: str | None, now: datetime) -> None:
    """Note how far a task is."""
    with ledger.writing() as connection:
        connection.execute(
            sa.update(TASKS).where(TASKS.c.task_id == task_id).values(said=said, seen_at=now)
        )


def end_task(
    ledger: Ledger, task_id: str, said: str | None, now: datetime, exit_code: int | None
) -> None:
    """Note how a task ended. exit_code: None where nobody heard it."""
    values = {"said": said, "ended_at": now, "exit_code": exit_code}
    with ledger.writing() as connection:
        connection.execute(sa.update(TASKS).where(TASKS.c.task_id == task_id).values(**values))


def hold_task(ledger: Ledger, task_id: str, holder: str) -> None:
    """Note which process runs a task."""
    with ledger.writing() as connection:
        connection.execute(sa.update(TASKS).where(TASKS.c.task_id == task_id).values(holder=holder))


def read_task(ledger: Ledger, task_id: str) -> Task | None:
    """A task; None where there is none of that name."""
    with ledger.reading() as connection:
        row = (
            connection.execute(sa.select(TASKS).where(TASKS.c.task_id == task_id))
            .mappings()
            .first()
        )
    return Task(**row) if row else None


def newest_tasks(ledger: Ledger, most: int) -> list[Task]:
    """The newest tasks, those that run first."""
    order = (TASKS.c.ended_at.is_not(None), TASKS.c.began_at.desc(), TASKS.c.task_id)
    with ledger.reading() as connection:
        return [
            Task(**row)
            for row in connection.execute(sa.select(TASKS).order_by(*order).limit(most)).mappings()
        ]
