"""What customers have said of being written to: consents, suppressions, and how they answered."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from winback.errors import DeliveryUnknown
from winback.ledger.database import Ledger
from winback.ledger.suppression import EVERY
from winback.ledger.tables import CONSENTS, DELIVERIES, RECEIPTS, SUPPRESSIONS, ReceiptKind

_ASKED = 5_000  # customers of one question


def suppress(
    ledger: Ledger, subject: str, channel: str, reason: str, since: datetime, source: str, until: datetime | None = None
) -> None:
    """Let nobody write to a customer through a channel (EVERY: any), from a moment on. Said again, the later end holds."""
    values = {"subject": subject, "channel": channel, "reason": reason}
    with ledger.writing() as connection:
        mine = sa.and_(*(SUPPRESSIONS.c[name] == value for name, value in values.items()))
        known = connection.execute(sa.select(SUPPRESSIONS.c.until).where(mine)).first()
        if known is None:
            connection.execute(sa.insert(SUPPRESSIONS).values(**values, since=since, until=until, source=source))
        elif known.until is not None and (until is None or until > known.until):
            connection.execute(sa.update(SUPPRESSIONS).where(mine).values(until=until))


def silenced(ledger: Ledger, now: datetime) -> frozenset[str]:
    """Who is written to through no channel at a moment."""
    holds = sa.or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > now)
    with ledger.reading() as connection:
        return frozenset(
            connection.execute(sa.select(SUPPRESSIONS.c.subject).where(SUPPRESSIONS.c.channel == EVERY, holds)).scalars()
        )


def tell_consent(
    ledger: Ledger, customer_id: str, channel: str, given: bool, at: datetime, source: str, wording: str | None = None
) -> None:
    """Keep what a customer agreed to, or took back; what was kept before stays. The same once more changes nothing."""
    values = {"customer_id": customer_id, "channel": channel, "at": at}
    with ledger.writing() as connection:
        mine = sa.and_(*(CONSENTS.c[name] == value for name, value in values.items()))
        if connection.execute(sa.select(CONSENTS.c.given).where(mine)).first() is None:
            connection.execute(sa.insert(CONSENTS).values(**values, given=given, source=source, wording=wording))
        elif not given:  # of a yes and a no at the same moment the no holds
            connection.execute(sa.update(CONSENTS).where(mine).values(given=False))


def tell_consents(ledger: Ledger, told: Mapping[tuple[str, str], bool], at: datetime, source: str) -> int:
    """Keep what a list says of customers and channels, where it is something new; returns how many that were."""
    customers = sorted({customer for customer, _ in told})
    known: dict[tuple[str, str], bool] = {}
    newest = at
    with ledger.reading() as connection:
        for start in range(0, len(customers), _ASKED):
            some = CONSENTS.c.customer_id.in_(customers[start : start + _ASKED])
            for row in connection.execute(sa.select(CONSENTS).where(some).order_by(CONSENTS.c.at)).mappings():
                known[row["customer_id"], row["channel"]] = row["given"]
                newest = max(newest, row["at"])  # a clock set back must not put a no before the yes it takes back
    # Who never was asked has not taken anything back.
    changed = {key: given for key, given in told.items() if given != known.get(key, False)}
    for (customer, channel), given in changed.items():
        tell_consent(ledger, customer, channel, given, newest, source)
    return len(changed)


def receive(ledger: Ledger, delivery_id: str, kind: ReceiptKind, at: datetime, source: str) -> None:
    """Keep what became known of a message after it was sent; the first time counts. Raises DeliveryUnknown."""
    with ledger.writing() as connection:
        if connection.execute(sa.select(DELIVERIES.c.step).where(DELIVERIES.c.delivery_id == delivery_id)).first() is None:
            raise DeliveryUnknown(value=delivery_id)
        mine = (RECEIPTS.c.delivery_id == delivery_id) & (RECEIPTS.c.kind == kind)
        if connection.execute(sa.select(RECEIPTS.c.at).where(mine)).first() is None:
            connection.execute(sa.insert(RECEIPTS).values(delivery_id=delivery_id, kind=kind, at=at, source=source))
