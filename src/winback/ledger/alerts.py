"""Alerts at rest: opened once, kept while they hold, resolved when they do no more, each of
these sent once (B59, B99)."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from winback.ledger.engine import Ledger
from winback.ledger.tables.service import ALERTS

Severity = Literal["warn", "page"]
_LONGEST = 128  # characters of a subject


@dataclass(frozen=True)
class Finding:
    """Something that is wrong now. rule: a key of the catalogue; subject: of what; detail: plain
    figures."""

    rule: str
    subject: str
    severity: Severity
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Alert:
    """An alert as the ledger has it; resolved_at: None while it is open."""

    alert_id: str
    rule: str
    subject: str
    severity: Severity
    detail: Mapping[str, Any]
    opened_at: datetime
    seen_at: datetime
    resolved_at: datetime | None
    notified_at: datetime | None


def update_alerts(
    ledger: Ledger, findings: Sequence[Finding], looked_at: Collection[str], now: datetime
) -> None:
    """Bring alerts to what is seen now: new ones are opened, those of the rules looked at that are
    seen no more resolved.

    What is still wrong opens nothing anew; only where it has become worse is it sent again.
    """
    with ledger.begin_write() as connection:
        open_ones = _load_open(connection)
        for each in {(one.rule, one.subject[:_LONGEST]): one for one in findings}.values():
            subject = each.subject[:_LONGEST]
            known = open_ones.pop((each.rule, subject), None)
            values = {"severity": each.severity, "detail": _to_json(each.detail), "seen_at": now}
            if known is None:
                _insert_alert(each, subject, now, values, connection)
                continue
            _update_alert(each, known, values, connection)
        _resolve_others(open_ones, looked_at, connection, now)


def _load_open(connection: sa.Connection) -> dict[tuple[Any, Any], sa.RowMapping]:
    return {
        (row["rule"], row["subject"]): row
        for row in connection.execute(
            sa.select(ALERTS).where(ALERTS.c.resolved_at.is_(None))
        ).mappings()
    }


def _insert_alert(
    each: Finding, subject: str, now: datetime, values: dict[str, object], connection: sa.Connection
) -> None:
    name = hashlib.sha256(f"{each.rule}\0{subject}\0{now.isoformat()}".encode()).hexdigest()[:32]
    fresh = {
        "alert_id": name,
        "rule": each.rule,
        "subject": subject,
        "opened_at": now,
        **values,
    }
    connection.execute(sa.insert(ALERTS).values(**fresh))


def _update_alert(
    each: Finding, known: sa.RowMapping, values: dict[str, object], connection: sa.Connection
) -> None:
    if each.severity == "page" and known["severity"] == "warn":
        values["notified_at"] = None
    connection.execute(
        sa.update(ALERTS).where(ALERTS.c.alert_id == known["alert_id"]).values(**values)
    )


def _resolve_others(
    open_ones: dict[tuple[Any, Any], sa.RowMapping],
    looked_at: Collection[str],
    connection: sa.Connection,
    now: datetime,
) -> None:
    for row in open_ones.values():
        if row["rule"] in looked_at:
            over = sa.update(ALERTS).where(ALERTS.c.alert_id == row["alert_id"])
            connection.execute(over.values(resolved_at=now, notified_at=None))


def list_alerts(ledger: Ledger, open_only: bool = True) -> list[Alert]:
    """Alerts, what is worst and newest first; none in a ledger nothing was ever written to."""
    if ledger.read_version() is None:
        return []
    query = sa.select(ALERTS).order_by(
        ALERTS.c.severity, ALERTS.c.opened_at.desc(), ALERTS.c.rule, ALERTS.c.subject
    )
    return _read_alerts(ledger, query.where(ALERTS.c.resolved_at.is_(None)) if open_only else query)


def list_unsent_alerts(ledger: Ledger) -> list[Alert]:
    """Alerts that were not sent as they stand: opened, become worse, or resolved since."""
    return _read_alerts(
        ledger,
        sa.select(ALERTS)
        .where(ALERTS.c.notified_at.is_(None))
        .order_by(ALERTS.c.opened_at, ALERTS.c.alert_id),
    )


def mark_alert_sent(ledger: Ledger, alert_id: str, now: datetime) -> None:
    """Note that an alert was sent as it stands."""
    with ledger.begin_write() as connection:
        connection.execute(
            sa.update(ALERTS).where(ALERTS.c.alert_id == alert_id).values(notified_at=now)
        )


def _read_alerts(ledger: Ledger, query: sa.Select[Any]) -> list[Alert]:
    with ledger.begin_read() as connection:
        return [
            Alert(**{**row, "detail": json.loads(row["detail"])})
            for row in connection.execute(query).mappings()
        ]


def _to_json(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)
