"""Channels that write to a dead list: of their newest messages too many bounced or were refused.

Mail providers stop taking letters from whoever goes on. A channel stopped so stays so for a day, or
until somebody has looked and lets it go on.
"""

from datetime import datetime

import sqlalchemy as sa

from winback.ledger.bounces import NO_SUCH_ADDRESS, is_hard
from winback.ledger.channel_stops import ChannelStop
from winback.ledger.tables.waves import DELIVERIES, RECEIPTS

LOOKED_AT = 50  # the newest messages of a channel
LEAST = 20  # of fewer, several dead ones are chance
MOST_DEAD_SHARE = 0.3
HELD_HOURS = 24
REFUSED = frozenset({"refused", NO_SUCH_ADDRESS})


def judge_dead_list(dead: int, looked_at: int) -> ChannelStop | None:
    """The stop of a channel, if so many of its newest messages are too many."""
    is_dead = looked_at >= LEAST and dead >= MOST_DEAD_SHARE * looked_at
    return ChannelStop("dead_list", dead, looked_at) if is_dead else None


def find_dead_list(
    connection: sa.Connection, channel: str, since: datetime | None
) -> ChannelStop | None:
    """The stop of a channel by what was heard of its newest messages: most servers take a letter
    and send it back later. since: those settled before count no more."""
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
    return judge_dead_list(dead, len(newest))
