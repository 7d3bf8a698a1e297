"""A no, kept: of a customer, and of an address by its keyed hash.

An address is hashed outside the ledger, under the shop's own key; here its hash is a subject like
a customer, told apart by how it begins. What is kept of an address outlives the customer: a merge,
a second account and an erasure leave it as it is.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from winback.ledger.audit_log import append
from winback.ledger.engine import Ledger
from winback.ledger.row_seals import insert_sealed, update_sealed
from winback.ledger.tables.contacts import SUPPRESSIONS

ADDRESS_MARK = "to:"  # what the hash of an address begins with; no customer's id in a table does
UNSUBSCRIBED, COMPLAINED = "unsubscribed", "complained"


def is_address_hash(subject: str) -> bool:
    """Whether a suppression is of an address, not of a customer."""
    return subject.startswith(ADDRESS_MARK)


def insert_suppression(
    connection: sa.Connection,
    subject: str,
    channel: str,
    reason: str,
    since: datetime,
    source: str,
    until: datetime | None = None,
) -> None:
    """Keep a suppression; said again, the later end holds."""
    values = {"subject": subject, "channel": channel, "reason": reason}
    mine = sa.and_(*(SUPPRESSIONS.c[name] == value for name, value in values.items()))
    known = connection.execute(sa.select(SUPPRESSIONS).where(mine)).mappings().first()
    if known is None:
        row = {**values, "since": since, "until": until, "source": source}
        insert_sealed(connection, SUPPRESSIONS, [row])
    elif known["until"] is not None and (until is None or until > known["until"]):
        update_sealed(connection, SUPPRESSIONS, [(known, {"until": until})])


def keep_refusal(
    ledger: Ledger,
    subjects: Collection[str],
    channel: str,
    now: datetime,
    source: str,
    actor: str,
    called: str,
) -> None:
    """Keep a no of customers and addresses together, with its note. called: what the audit log
    calls whoever said it."""
    with ledger.begin_write() as connection:
        for subject in sorted(set(subjects)):
            insert_suppression(connection, subject, channel, UNSUBSCRIBED, now, source)
        append(connection, now, actor, "opted_out", called, {"channel": channel})


def list_refusing_customers(ledger: Ledger) -> list[tuple[str, str, str]]:
    """(customer, channel, reason) of every no that holds for good, the customers' own."""
    s = SUPPRESSIONS.c
    query = sa.select(s.subject, s.channel, s.reason).where(
        s.reason.in_((UNSUBSCRIBED, COMPLAINED)), s.until.is_(None)
    )
    with ledger.begin_read() as connection:
        rows = connection.execute(query.order_by(s.subject, s.channel, s.reason)).all()
    return [(row[0], row[1], row[2]) for row in rows if not is_address_hash(row[0])]


def spread_refusals(
    ledger: Ledger, addresses: Mapping[str, Collection[str]], now: datetime, source: str
) -> int:
    """Keep with the hashes of their addresses what customers said before these were known; returns
    how many it is news of. addresses: customer → hashes."""
    wanted = {
        (address, channel, reason)
        for customer, channel, reason in list_refusing_customers(ledger)
        for address in addresses.get(customer, ())
    }
    s = SUPPRESSIONS.c
    with ledger.begin_read() as connection:
        kept = sa.select(s.subject, s.channel, s.reason).where(s.subject.startswith(ADDRESS_MARK))
        news = sorted(wanted - {(row[0], row[1], row[2]) for row in connection.execute(kept)})
    if news:
        with ledger.begin_write() as connection:
            for subject, channel, reason in news:
                insert_suppression(connection, subject, channel, reason, now, source)
    return len(news)
