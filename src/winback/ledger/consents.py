"""What is known of customers: what they said of being written to, how they answered, who looks
after them, their tags."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from winback.core.wave_errors import DeliveryUnknown
from winback.ledger.bounces import is_hard, suppress_after_receipt
from winback.ledger.engine import Ledger
from winback.ledger.list_edits import TAKEN_OUT
from winback.ledger.refusals import insert_suppression, is_address_hash
from winback.ledger.row_seals import insert_sealed, update_sealed
from winback.ledger.suppression import ALL
from winback.ledger.tables.contacts import CONSENTS, CONTENT_HASHES, OWNERS, SUPPRESSIONS, TAGS
from winback.ledger.tables.waves import DELIVERIES, RECEIPTS, ReceiptKind

_ASKED = 5_000  # customers of one question
LEFT_ALONE = "left_alone"  # beside the channels: agreed to by who asked to hear nothing


def suppress(
    ledger: Ledger,
    subject: str,
    channel: str,
    reason: str,
    since: datetime,
    source: str,
    until: datetime | None = None,
) -> None:
    """Let nobody write to a customer through a channel (ALL: any), from a moment on. Said
    again, the later end holds."""
    with ledger.begin_write() as connection:
        insert_suppression(connection, subject, channel, reason, since, source, until)


def list_unsubscribed(ledger: Ledger, now: datetime) -> frozenset[str]:
    """Who has said that they want nothing through any channel at a moment; not who was only
    taken out of a list."""
    is_refusal = SUPPRESSIONS.c.reason != TAKEN_OUT
    holds = sa.or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > now)
    with ledger.begin_read() as connection:
        subjects = connection.execute(
            sa.select(SUPPRESSIONS.c.subject).where(
                SUPPRESSIONS.c.channel == ALL, is_refusal, holds
            )
        ).scalars()
        return frozenset(each for each in subjects if not is_address_hash(each))


def set_consent(
    ledger: Ledger,
    customer_id: str,
    channel: str,
    given: bool,
    at: datetime,
    source: str,
    wording: str | None = None,
) -> None:
    """Keep what a customer agreed to, or took back; what was kept before stays. The same once
    more changes nothing."""
    values = {"customer_id": customer_id, "channel": channel, "at": at}
    with ledger.begin_write() as connection:
        mine = sa.and_(*(CONSENTS.c[name] == value for name, value in values.items()))
        known = connection.execute(sa.select(CONSENTS).where(mine)).mappings().first()
        if known is None:
            row = {**values, "given": given, "source": source, "wording": wording}
            insert_sealed(connection, CONSENTS, [row])
        elif not given:  # of a yes and a no at the same moment the no holds
            update_sealed(connection, CONSENTS, [(known, {"given": False})])


def load_consents(
    ledger: Ledger, channels: Collection[str], ids_of: Mapping[str, Collection[str]]
) -> dict[tuple[str, str], bool]:
    """The newest word of every customer about some channels, under whichever of their ids; at one
    moment the no. ids_of: of each customer who has several."""
    c = CONSENTS.c
    query = sa.select(c.customer_id, c.channel, c.given).where(c.channel.in_(channels))
    person = {each: customer for customer, ids in ids_of.items() for each in ids}
    with ledger.begin_read() as connection:
        rows = connection.execute(query.order_by(c.at, c.given.desc()))
        return {
            (person.get(row.customer_id, row.customer_id), row.channel): row.given for row in rows
        }


def set_consents(
    ledger: Ledger, consents: Mapping[tuple[str, str], bool], at: datetime, source: str
) -> int:
    """Keep what a list says of customers and channels, where it is something new; returns how
    many that were."""
    customers = sorted({customer for customer, _ in consents})
    known, newest = _load_newest_consents(at, ledger, customers)
    # Who never was asked has not taken anything back.
    changed = {key: given for key, given in consents.items() if given != known.get(key, False)}
    for (customer, channel), given in changed.items():
        set_consent(ledger, customer, channel, given, newest, source)
    return len(changed)


def keep_left_alone(ledger: Ledger, asked: Mapping[str, bool], at: datetime, source: str) -> None:
    """Keep who a list says asked to be left alone, and who it says no longer does: a list that is
    written anew without them takes nothing back. asked: customer → whether."""
    set_consents(
        ledger, {(customer, LEFT_ALONE): said for customer, said in asked.items()}, at, source
    )


def list_left_alone(ledger: Ledger) -> frozenset[str]:
    """Customers of whom a list last said that they asked to be left alone."""
    newest = load_consents(ledger, [LEFT_ALONE], {})
    return frozenset(customer for (customer, _), asked in newest.items() if asked)


def _load_newest_consents(
    at: datetime, ledger: Ledger, customers: list[str]
) -> tuple[dict[tuple[str, str], bool], datetime]:
    known: dict[tuple[str, str], bool] = {}
    newest = at
    with ledger.begin_read() as connection:
        for row in _load_consents(connection, customers):
            known[row["customer_id"], row["channel"]] = row["given"]
            # A clock set back must not put a no before the yes it takes back.
            newest = max(newest, row["at"])
    return known, newest


def _load_consents(connection: sa.Connection, customers: list[str]) -> Iterator[sa.RowMapping]:
    """Each customer's consents, the oldest first; some customers at a time."""
    for start in range(0, len(customers), _ASKED):
        some = CONSENTS.c.customer_id.in_(customers[start : start + _ASKED])
        query = sa.select(CONSENTS).where(some).order_by(CONSENTS.c.at)
        yield from connection.execute(query).mappings()


def add_receipt(
    ledger: Ledger,
    delivery_id: str,
    kind: ReceiptKind,
    at: datetime,
    source: str,
    reason: str | None = None,
) -> None:
    """Keep what became known of a message after it was sent, and what it means for the next one;
    the first time counts. reason: of a bounce, as `bounces.parse_reason` gives it; one that came
    back softly and then for good is hard. Raises DeliveryUnknown."""
    mine = (RECEIPTS.c.delivery_id == delivery_id) & (RECEIPTS.c.kind == kind)
    with ledger.begin_write() as connection:
        row = _load_delivery(connection, delivery_id)
        known = connection.execute(sa.select(RECEIPTS.c.reason).where(mine)).first()
        is_worse = known is not None and _is_worse(row["channel"], kind, known.reason, reason)
        if known is None:
            values = {"delivery_id": delivery_id, "kind": kind, "reason": reason}
            connection.execute(sa.insert(RECEIPTS).values(**values, at=at, source=source))
        elif is_worse:
            connection.execute(sa.update(RECEIPTS).where(mine).values(reason=reason))
        if known is None or is_worse:
            suppress_after_receipt(connection, row, kind, reason, at, source)


def _load_delivery(connection: sa.Connection, delivery_id: str) -> sa.RowMapping:
    query = sa.select(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise DeliveryUnknown(value=delivery_id)
    return row


def _is_worse(channel: str, kind: str, known: str | None, reason: str | None) -> bool:
    return kind == "bounced" and is_hard(channel, reason) and not is_hard(channel, known)


def set_owners(ledger: Ledger, owners: Mapping[str, str], source: str, at: datetime) -> None:
    """Keep who looks after customers, in place of what this source said before."""
    rows = [
        {"customer_id": each, "owner": owner, "source": source, "at": at}
        for each, owner in sorted(owners.items())
    ]
    with ledger.begin_write() as connection:
        connection.execute(sa.delete(OWNERS).where(OWNERS.c.source == source))
        for start in range(0, len(rows), _ASKED):
            some = rows[start : start + _ASKED]
            customers = OWNERS.c.customer_id.in_([row["customer_id"] for row in some])
            connection.execute(sa.delete(OWNERS).where(customers))
            connection.execute(sa.insert(OWNERS), some)


def list_owners(ledger: Ledger) -> dict[str, str]:
    """Who looks after whom, as far as WeCom says."""
    with ledger.begin_read() as connection:
        return {row.customer_id: row.owner for row in connection.execute(sa.select(OWNERS))}


@dataclass(frozen=True)
class StoredTags:
    """Which tag of ours each customer bears, and by whom: only what changes is asked of WeCom."""

    ledger: Ledger
    clock: Callable[[], datetime]

    def get_tag(self, customer_id: str) -> tuple[str, str] | None:
        """Owner and tag; None where there is none."""
        with self.ledger.begin_read() as connection:
            row = connection.execute(
                sa.select(TAGS.c.owner, TAGS.c.tag).where(TAGS.c.customer_id == customer_id)
            ).first()
        return (row.owner, row.tag) if row else None

    def set_tag(self, customer_id: str, owner: str, tag: str) -> None:
        """Note what a customer bears now."""
        with self.ledger.begin_write() as connection:
            connection.execute(sa.delete(TAGS).where(TAGS.c.customer_id == customer_id))
            connection.execute(
                sa.insert(TAGS).values(
                    customer_id=customer_id, owner=owner, tag=tag, at=self.clock()
                )
            )


def is_unchanged(ledger: Ledger, name: str, digest: str) -> bool:
    """Whether something was read from just this already."""
    with ledger.begin_read() as connection:
        return (
            connection.execute(
                sa.select(CONTENT_HASHES.c.digest).where(CONTENT_HASHES.c.name == name)
            ).scalar()
            == digest
        )


def remember_content(ledger: Ledger, name: str, digest: str, at: datetime) -> None:
    """Note what something was read from."""
    with ledger.begin_write() as connection:
        connection.execute(sa.delete(CONTENT_HASHES).where(CONTENT_HASHES.c.name == name))
        connection.execute(sa.insert(CONTENT_HASHES).values(name=name, digest=digest, at=at))
