"""What is changed about a wave after it was planned: paused and resumed, and its texts corrected
before they leave. The audit log says who did it and what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from winback.core.expiry_marks import strip_marks
from winback.core.wave_errors import SecondPersonNeeded, WaveDecided, WaveNotPaused
from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import update_sealed
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import DELIVERIES, WAVES
from winback.ledger.waves import Wave, find_wave

# A channel, a subject and a text → the subject and the text in their place; None: it stays.
Rewrite = Callable[[str, str | None, str | None], tuple[str | None, str | None] | None]


@dataclass(frozen=True)
class TextChange:
    """One message before and after."""

    delivery_id: str
    channel: str
    before: str
    after: str


@dataclass(frozen=True)
class EditResult:
    """What an edit came to. changed: messages that go with the new text; left: those that would
    have been changed, but went out with the old one, or may have."""

    changed: tuple[TextChange, ...]
    left: int


def pause_wave(ledger: Ledger, wave_id: str, actor: str, now: datetime) -> Wave:
    """Let nothing more of an approved wave go until it is resumed; what a run has claimed by then
    still goes. The same again changes nothing. Raises WaveUnknown and WaveDecided."""
    return _set_paused(ledger, wave_id, now, actor, now)


def resume_wave(
    ledger: Ledger, wave_id: str, actor: str, now: datetime, needs_second: bool = False
) -> Wave:
    """Let a paused wave go on: what has become due meanwhile goes in the next run. The same again
    changes nothing. needs_second: whether its texts, edited since, are for somebody else to let go.
    Raises WaveUnknown, WaveDecided and SecondPersonNeeded."""
    return _set_paused(ledger, wave_id, None, actor, now, needs_second)


def _set_paused(
    ledger: Ledger,
    wave_id: str,
    paused_at: datetime | None,
    actor: str,
    now: datetime,
    needs_second: bool = False,
) -> Wave:
    with ledger.begin_write() as connection:
        wave = find_wave(connection, wave_id)
        if wave.state != "approved":
            raise WaveDecided(wave=wave_id, state=wave.state, by=wave.decided_by or "–")
        if (wave.paused_at is None) == (paused_at is None):
            return wave
        if needs_second and _find_last_editor(connection, wave_id) == actor:
            raise SecondPersonNeeded(wave=wave_id, by=actor)
        mine = WAVES.c.wave_id == wave_id
        connection.execute(sa.update(WAVES).where(mine).values(paused_at=paused_at))
        action = "wave_resumed" if paused_at is None else "wave_paused"
        append(connection, now, actor, action, wave_id, {})
        return find_wave(connection, wave_id)


def _find_last_editor(connection: sa.Connection, wave_id: str) -> str | None:
    """Who edited a wave's texts last since it was last let go on; None: nobody has."""
    a = AUDIT_LOG.c
    notes = sa.select(a.action, a.actor).where(
        a.subject == wave_id, a.action.in_(("wave_edited", "wave_resumed"))
    )
    last = connection.execute(notes.order_by(a.seq.desc()).limit(1)).first()
    return last.actor if last is not None and last.action == "wave_edited" else None


def edit_texts(
    ledger: Ledger,
    wave_id: str,
    rewrite: Rewrite,
    note: Mapping[str, object],
    actor: str,
    now: datetime,
    step: int | None = None,
    channel: str | None = None,
    is_trial: bool = False,
) -> EditResult:
    """Rewrite messages of a wave that have not left, all or none: whatever `rewrite` raises leaves
    every text as it was.

    Of an approved wave only while it is paused. Who had approved it first, where it takes two,
    has to read it again. note: what the audit log says of it; step, channel: only messages of
    these; is_trial: nothing is changed. Raises WaveUnknown, WaveDecided and WaveNotPaused.
    """
    with ledger.begin_write() as connection:
        wave = find_wave(connection, wave_id)
        if wave.state == "stopped":
            raise WaveDecided(wave=wave_id, state=wave.state, by=wave.decided_by or "–")
        if wave.status == "approved" and not is_trial:
            raise WaveNotPaused(wave=wave_id)
        changes, rows, left = list[TextChange](), list[tuple[sa.RowMapping, dict[str, Any]]](), 0
        for row in _load_messages(connection, wave_id, step, channel):
            made = rewrite(row["channel"], row["subject"], row["body"])
            if made is None:
                continue
            if row["state"] != "pending" or row["exposed_at"] is not None:
                left += row["claimed_at"] is not None
                continue
            whole = (_join(row["subject"], row["body"]), _join(*made))
            changes.append(TextChange(row["delivery_id"], row["channel"], *whole))
            rows.append((row, {"subject": made[0], "body": made[1]}))
        if changes and not is_trial:
            update_sealed(connection, DELIVERIES, rows)
            forget = {"first_approved_by": None} if wave.state == "planned" else {}
            if forget:
                mine = WAVES.c.wave_id == wave_id
                connection.execute(sa.update(WAVES).where(mine).values(forget))
            counts = {"changed": len(changes), "left": left}
            append(connection, now, actor, "wave_edited", wave_id, {**note, **counts})
    return EditResult(tuple(changes), left)


def _load_messages(
    connection: sa.Connection, wave_id: str, step: int | None, channel: str | None
) -> list[sa.RowMapping]:
    d = DELIVERIES.c
    query = sa.select(DELIVERIES).where(d.wave_id == wave_id).order_by(d.rank, d.step)
    if step is not None:
        query = query.where(d.step == step)
    if channel is not None:
        query = query.where(d.channel == channel)
    return list(connection.execute(query).mappings())


def _join(subject: str | None, body: str | None) -> str:
    return strip_marks("\n".join(filter(None, (subject, body))))
