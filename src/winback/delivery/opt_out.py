"""Nobody writes to whoever said no: by an operator, or by the link in a message."""

from datetime import datetime

from winback.config.shop import Shop
from winback.core.errors import (
    ChannelUnknown,
    CustomerUnknown,
    TokenUnknown,
)
from winback.core.paths import Home
from winback.data.contacts import known_as
from winback.data.pseudonyms import key_of, pseudonym
from winback.data.store import open_store
from winback.delivery.contact_addresses import delivery_of
from winback.ledger.audit_log import note
from winback.ledger.consents import suppress
from winback.ledger.engine import Ledger
from winback.ledger.outbox import customer_of
from winback.ledger.suppression import EVERY
from winback.playbooks.playbook import CHANNELS


def opted_out(
    shop: Shop, home: Home, ledger: Ledger, customer: str, channel: str, actor: str, now: datetime
) -> None:
    """Let nobody write to a customer any more, and note who said so. Raises CustomerUnknown and
    ChannelUnknown."""
    if channel not in (EVERY, *CHANNELS):
        raise ChannelUnknown(value=channel, known=", ".join(CHANNELS))
    store = open_store(home.shop(shop.name))
    customer = known_as(shop, store, home.shop(shop.name), customer)
    listed = (
        store.connect()
        .execute("select count(*) from orders where customer_id = ?", [customer])
        .fetchone()
    )
    if not listed or not listed[0]:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))
    suppress(ledger, customer, channel, "unsubscribed", now, "operator")
    with ledger.writing() as connection:
        note(
            connection,
            now,
            actor,
            "opted_out",
            pseudonym(customer, _key(home, shop), "customer"),
            {"channel": channel},
        )


def opted_out_by_link(shop: Shop, home: Home, ledger: Ledger, token: str, now: datetime) -> str:
    """Write no more, through the channel a message came by, to whoever got it; returns that
    channel.

    token: what the message's own List-Unsubscribe carries. Raises TokenUnknown.
    """
    key = _key(home, shop)
    delivery_id = delivery_of(key, token)
    found = customer_of(ledger, delivery_id) if delivery_id else None
    if found is None:
        raise TokenUnknown
    customer, channel = found
    suppress(ledger, customer, channel, "unsubscribed", now, "link")
    with ledger.writing() as connection:
        note(
            connection,
            now,
            "link",
            "opted_out",
            pseudonym(customer, key, "customer"),
            {"channel": channel},
        )
    return channel


def _key(home: Home, shop: Shop) -> bytes:
    return key_of(home.shop(shop.name) / "pseudonym.key")
