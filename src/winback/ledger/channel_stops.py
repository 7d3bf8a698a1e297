"""That a channel had to stop, and that somebody let it go on: notes of the audit log."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from winback.ledger.audit_log import append, find_last_moment
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import AUDIT_LOG

StopReason = Literal["dead_list", "opt_outs", "spam_complaints"]
_STOPPED, _RESUMED = "channel_stopped", "channel_resumed"


@dataclass(frozen=True)
class ChannelStop:
    """Why a channel stopped: so many of so many messages."""

    reason: StopReason
    count: int
    of: int

    @property
    def detail(self) -> str:
        return f"{self.count}/{self.of}"


@dataclass(frozen=True)
class ChannelNote:
    """The last that was noted of a channel. stop: None where it was let go on."""

    at: datetime
    stop: ChannelStop | None


def stop_channel(
    ledger: Ledger, channel: str, stop: ChannelStop, actor: str, now: datetime
) -> None:
    """Note that a channel stopped."""
    detail = {"reason": stop.reason, "count": stop.count, "of": stop.of}
    with ledger.begin_write() as connection:
        append(connection, now, actor, _STOPPED, channel, detail)


def resume_channels(
    ledger: Ledger, channels: Collection[str], actor: str, now: datetime
) -> list[str]:
    """Let channels go on that had to stop: somebody has looked. What came of messages before counts
    no more. Returns those that were not stopped, of which nothing changes."""
    others = list[str]()
    with ledger.begin_write() as connection:
        for channel in sorted(channels):
            last = load_last_note(connection, channel)
            if last is None or last.stop is None:
                others.append(channel)
            else:
                append(connection, now, actor, _RESUMED, channel, {})
    return others


def find_last_resume(connection: sa.Connection, channel: str, now: datetime) -> datetime | None:
    """When somebody last let a channel go on; what came of messages before counts no more."""
    return find_last_moment(connection, _RESUMED, channel, now)


def load_last_note(connection: sa.Connection, channel: str) -> ChannelNote | None:
    """Whether a channel was last stopped or let go on; None where it never had to stop."""
    a = AUDIT_LOG.c
    notes = sa.select(a.action, a.at, a.detail).where(
        a.subject == channel, a.action.in_((_STOPPED, _RESUMED))
    )
    last = connection.execute(notes.order_by(a.seq.desc()).limit(1)).first()
    if last is None:
        return None
    if last.action == _RESUMED:
        return ChannelNote(last.at, None)
    kept = json.loads(last.detail)
    # Notes of before there were several reasons have none.
    count = kept["count"] if "count" in kept else kept["dead"]
    return ChannelNote(last.at, ChannelStop(kept.get("reason", "dead_list"), count, kept["of"]))
