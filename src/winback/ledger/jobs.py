"""What operators let run from the dashboard, and how it ended: any process of the service can
tell."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from winback.core.service_errors import JobRunning
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import JOBS


@dataclass(frozen=True)
class JobRecord:
    """A job; exit_code: of a command line, None while it runs or where it was cut off."""

    job_id: str
    kind: str
    by: str
    began_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    said: str | None
    holder: str
    seen_at: datetime

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


def record_job_start(
    ledger: Ledger, kind: str, detail: dict[str, str], by: str, holder: str, now: datetime
) -> str:
    """Note that a job begins; one at a time. Raises JobRunning."""
    job_id = secrets.token_hex(8)
    with ledger.begin_write() as connection:
        running = (
            connection.execute(sa.select(JOBS).where(JOBS.c.ended_at.is_(None))).mappings().first()
        )
        if running is not None:
            raise JobRunning(by=running["by"], kind=running["kind"])
        values = {
            "job_id": job_id,
            "kind": kind,
            "by": by,
            "began_at": now,
            "holder": holder,
            "seen_at": now,
        }
        connection.execute(sa.insert(JOBS).values(**values))
        append(connection, now, by, f"job_{kind}", job_id, detail)
    return job_id


def record_job_progress(ledger: Ledger, job_id: str, message: str | None, now: datetime) -> None:
    """Note how far a job is."""
    with ledger.begin_write() as connection:
        connection.execute(
            sa.update(JOBS).where(JOBS.c.job_id == job_id).values(said=message, seen_at=now)
        )


def record_job_end(
    ledger: Ledger, job_id: str, message: str | None, now: datetime, exit_code: int | None
) -> None:
    """Note how a job ended. exit_code: None where nobody heard it."""
    values = {"said": message, "ended_at": now, "exit_code": exit_code}
    with ledger.begin_write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(**values))


def record_job_process(ledger: Ledger, job_id: str, holder: str) -> None:
    """Note which process runs a job."""
    with ledger.begin_write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(holder=holder))


def load_job(ledger: Ledger, job_id: str) -> JobRecord | None:
    """A job; None where there is none of that name."""
    with ledger.begin_read() as connection:
        row = connection.execute(sa.select(JOBS).where(JOBS.c.job_id == job_id)).mappings().first()
    return JobRecord(**row) if row else None


def list_newest_jobs(ledger: Ledger, most: int) -> list[JobRecord]:
    """The newest jobs, those that run first."""
    order = (JOBS.c.ended_at.is_not(None), JOBS.c.began_at.desc(), JOBS.c.job_id)
    with ledger.begin_read() as connection:
        return [
            JobRecord(**row)
            for row in connection.execute(sa.select(JOBS).order_by(*order).limit(most)).mappings()
        ]
