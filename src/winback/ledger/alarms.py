"""Alarms at rest: opened once, kept while they hold, resolved when they do no more, each of
these told once (B59, B99)."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.schema import ALARMS

Severity = Literal["warn", "page"]
_LONGEST = 128  # characters of a subject


@dataclass(frozen=True)
class Seen:
    """Something that is wrong now. rule: a key of the catalogue; subject: of what; detail: plain
    figures."""

    rule: str
    subject: str
    severity: Severity
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Alarm:
    """An alarm as the ledger has it; resolved_at: None while it is open."""

    alarm_id: str
    rule: str
    subject: str
    severity: Severity
    detail: Mapping[str, Any]
    opened_at: datetime
    seen_at: datetime
    resolved_at: datetime | None
    told_at: datetime | None


def keep_alarms(
    ledger: Ledger, seen: Sequence[Seen], looked_at: Collection[str], now: datetime
) -> None:
    """Bring alarms to what is seen now: new ones are opened, those of the rules looked at that are
    seen no more resolved.

    What is still wrong opens nothing anew; only where it has become worse is it told again.
    """
    with ledger.writing() as connection:
        open_ones = {
            (row["rule"], row["subject"]): row
            for row in connection.execute(
                sa.select(ALARMS).where(ALARMS.c.resolved_at.is_(None))
            ).mappings()
        }
        for each in {(one.rule, one.subject[:_LONGEST]): one for one in seen}.values():
            subject = each.subject[:_LONGEST]
            known = open_ones.pop((each.rule, subject), None)
            told = {"severity": each.severity, "detail": _plain(each.detail), "seen_at": now}
            if known is None:
                name = hashlib.sha256(
                    f"{each.rule}\0{subject}\0{now.isoformat()}".encode()
                ).hexdigest()[:32]
                fresh = {
                    "alarm_id": name,
                    "rule": each.rule,
                    "subject": subject,
                    "opened_at": now,
                    **told,
                }
                connection.execute(sa.insert(ALARMS).values(**fresh))
                continue
            if each.severity == "page" and known["severity"] == "warn":
                told["told_at"] = None
            connection.execute(
                sa.update(ALARMS).where(ALARMS.c.alarm_id == known["alarm_id"]).values(**told)
            )
        for row in open_ones.values():
            if row["rule"] in looked_at:
                over = sa.update(ALARMS).where(ALARMS.c.alarm_id == row["alarm_id"])
                connection.execute(over.values(resolved_at=now, told_at=None))


def list_alarms(ledger: Ledger, open_only: bool = True) -> list[Alarm]:
    """Alarms, what is worst and newest first; none in a ledger nothing was ever written to."""
    if ledger.version() is None:
        return []
    asked = sa.select(ALARMS).order_by(
        ALARMS.c.severity, ALARMS.c.opened_at.desc(), ALARMS.c.rule, ALARMS.c.subject
    )
    return _read(ledger, asked.where(ALARMS.c.resolved_at.is_(None)) if open_only else asked)


def untold_alarms(ledger: Ledger) -> list[Alarm]:
    """Alarms as nobody has been told of them: opened, become worse, or resolved since."""
    return _read(
        ledger,
        sa.select(ALARMS)
        .where(ALARMS.c.told_at.is_(None))
        .order_by(ALARMS.c.opened_at, ALARMS.c.alarm_id),
    )


def note_told(ledger: Ledger, alarm_id: str, now: datetime) -> None:
    """Note that somebody was told of an alarm as it stands."""
    with ledger.writing() as connection:
        connection.execute(
            sa.update(ALARMS).where(ALARMS.c.alarm_id == alarm_id).values(told_at=now)
        )


def _read(ledger: Ledger, asked: sa.Select[Any]) -> list[Alarm]:
    with ledger.reading() as connection:
        return [
            Alarm(**{**row, "detail": json.loads(row["detail"])})
            for row in connection.execute(asked).mappings()
        ]


def _plain(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)
