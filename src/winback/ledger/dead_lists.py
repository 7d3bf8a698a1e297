"""Channels that write to a dead list: of their newest messages too many bounced or were refused.

Mail providers stop taking letters from whoever goes on. A channel stopped so stays so for a day, or
until somebody has looked and lets it go on.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.bounces import NO_SUCH_ADDRESS, is_hard
from winback.ledger.engine import Ledger
from winback.ledger.tables.service import AUDIT_LOG
from winback.ledger.tables.waves import DELIVERIES, RECEIPTS

LOOKED_AT = 50  # the newest messages of a channel
LEAST = 20  # of fewer, several dead ones are chance
MOST_DEAD_SHARE = 0.3
HELD_HOURS = 24
REFUSED = frozenset({"refused", NO_SUCH_ADDRESS})
_STOPPED, _RESUMED = "channel_stopped", "channel_resumed"


def is_dead_list(dead: int, looked_at: int) -> bool:
    """Whether so many of a channel's newest messages are too many."""
    return looked_at >= LEAST and dead >= MOST_DEAD_SHARE * looked_at


def stop_channel(
    ledger: Ledger, channel: str, dead: int, looked_at: int, actor: str, now: datetime
) -> None:
    """Note that a channel stopped."""
    with ledger.begin_write() as connection:
        append(connection, now, actor, _STOPPED, channel, {"dead": dead, "of": looked_at})


def resume_channels(ledger: Ledger, channels: Collection[str], actor: str, now: datetime) -> None:
    """Let channels go on: somebody has looked. What came of messages before counts no more."""
    with ledger.begin_write() as connection:
        for channel in sorted(channels):
            append(connection, now, actor, _RESUMED, channel, {})


def find_held(ledger: Ledger, channel: str, actor: str, now: datetime) -> str | None:
    """How many of how many messages stopped a channel that must not go on yet; None: it may. What
    was heard since the last run counts, too: most servers take a letter and send it back later."""
    a = AUDIT_LOG.c
    notes = sa.select(a.action, a.at, a.detail).where(
        a.subject == channel, a.action.in_((_STOPPED, _RESUMED))
    )
    with ledger.begin_read() as connection:
        last = connection.execute(notes.order_by(a.seq.desc()).limit(1)).first()
        is_stopped = last is not None and last.action == _STOPPED
        if last is not None and is_stopped and now < last.at + timedelta(hours=HELD_HOURS):
            counts = json.loads(last.detail)
            return f"{counts['dead']}/{counts['of']}"
        dead, looked_at = _count_dead(connection, channel, last.at if last else None)
    if not is_dead_list(dead, looked_at):
        return None
    stop_channel(ledger, channel, dead, looked_at, actor, now)
    return f"{dead}/{looked_at}"


def _count_dead(connection: sa.Connection, channel: str, since: datetime | None) -> tuple[int, int]:
    """How many of a channel's newest messages bounced for good or were refused, and how many were
    looked at. since: those settled before count no more."""
    d, r = DELIVERIES.c, RECEIPTS.c
    bounced = sa.and_(r.delivery_id == d.delivery_id, r.kind == "bounced")
    query = (
        sa.select(d.state, d.reason, r.kind, r.reason.label("bounce"))
        .outerjoin(RECEIPTS, bounced)
        .where(d.channel == channel, d.seq.is_not(None), d.state.in_(("sent", "failed")))
    )
    if since is not None:
        query = query.where(d.settled_at > since)
    newest = connection.execute(query.order_by(d.seq.desc()).limit(LOOKED_AT)).all()
    dead = sum(
        (row.state == "failed" and row.reason in REFUSED)
        or (row.kind is not None and is_hard(channel, row.bounce))
        for row in newest
    )
    return dead, len(newest)
