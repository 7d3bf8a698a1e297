"""How often messages of a channel were answered with a no, since somebody last let it go on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.ledger.refusals import UNSUBSCRIBED
from winback.ledger.tables.contacts import SUPPRESSIONS
from winback.ledger.tables.waves import ALL, DELIVERIES, RECEIPTS

ANSWERED_WITHIN = timedelta(days=14)  # a later no is not the message's
COUNTED_DAYS = 90  # a channel is judged by its newest messages


@dataclass(frozen=True)
class RefusalLines:
    """The shares of a channel's messages, 0 to 1, above which it stops. None: it does not."""

    opt_outs: float | None = None
    complaints: float | None = None


@dataclass(frozen=True)
class RefusalCounts:
    """messages: sent, and not bounced; opted_out: customers who unsubscribed after one of them;
    complained: messages that were called spam."""

    messages: int
    opted_out: int
    complained: int


def has_due(connection: sa.Connection, channel: str, now: datetime) -> bool:
    """Whether a channel has something to send."""
    d = DELIVERIES.c
    due = sa.select(d.delivery_id).where(
        d.state == "pending", d.due_at <= now, d.channel == channel
    )
    return connection.execute(due.limit(1)).first() is not None


def count_refusals(
    connection: sa.Connection, channel: str, resumed: datetime | None, now: datetime
) -> RefusalCounts:
    """What came of a channel's messages of the last COUNTED_DAYS days. resumed: when somebody last
    let it go on; what was claimed before counts no more."""
    d, r = DELIVERIES.c, RECEIPTS.c
    since = max(filter(None, (resumed, now - timedelta(days=COUNTED_DAYS))))
    mine = sa.and_(d.channel == channel, d.state == "sent", d.claimed_at > since)
    receipts = sa.select(sa.func.count()).join(DELIVERIES, d.delivery_id == r.delivery_id)
    sent = connection.execute(sa.select(sa.func.count()).where(mine)).scalar() or 0
    bounced, complained = (
        connection.execute(receipts.where(mine, r.kind == kind)).scalar() or 0
        for kind in ("bounced", "complained")
    )
    return RefusalCounts(sent - bounced, _count_opted_out(connection, mine, channel), complained)


def _count_opted_out(connection: sa.Connection, mine: sa.ColumnElement[bool], channel: str) -> int:
    d, s = DELIVERIES.c, SUPPRESSIONS.c
    is_no = sa.and_(s.reason == UNSUBSCRIBED, s.channel.in_((ALL, channel)))
    # Two questions instead of one with an `or`: each finds its rows by an index.
    customers = set[str]()
    for subject in (d.customer_id, d.address):
        query = (
            sa.select(d.customer_id, d.claimed_at, s.since)
            .join(SUPPRESSIONS, s.subject == subject)
            .where(mine, is_no)
        )
        customers |= {
            row.customer_id
            for row in connection.execute(query)
            if row.claimed_at <= row.since <= row.claimed_at + ANSWERED_WITHIN
        }
    return len(customers)
