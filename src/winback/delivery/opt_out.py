"""Nobody writes to whoever said no: by an operator, or by the link in a message."""

from datetime import datetime

from winback.config.shop import Shop
from winback.core.errors import CustomerUnknown
from winback.core.paths import DataPaths
from winback.core.wave_errors import ChannelUnknown, TokenUnknown
from winback.data.contacts import find_customer_id
from winback.data.pseudonyms import build_pseudonym, load_key
from winback.data.store import Store, open_store
from winback.delivery.contact_addresses import find_delivery_id
from winback.ledger.audit_log import append
from winback.ledger.consents import suppress
from winback.ledger.engine import Ledger
from winback.ledger.outbox import find_customer
from winback.ledger.suppression import ALL
from winback.playbooks.playbook import CHANNELS


def opt_out_customer(
    shop: Shop,
    home: DataPaths,
    ledger: Ledger,
    customer: str,
    channel: str,
    actor: str,
    now: datetime,
) -> None:
    """Let nobody write to a customer any more, and note who said so. Raises CustomerUnknown and
    ChannelUnknown."""
    if channel not in (ALL, *CHANNELS):
        raise ChannelUnknown(value=channel, known=", ".join(CHANNELS))
    store = open_store(home.get_shop_folder(shop.name))
    customer = find_customer_id(shop, store, home.get_shop_folder(shop.name), customer)
    _check_is_customer(store, customer, shop)
    suppress(ledger, customer, channel, "unsubscribed", now, "operator")
    with ledger.begin_write() as connection:
        append(
            connection,
            now,
            actor,
            "opted_out",
            build_pseudonym(customer, _load_shop_key(home, shop), "customer"),
            {"channel": channel},
        )


def _check_is_customer(store: Store, customer: str, shop: Shop) -> None:
    listed = (
        store.connect()
        .execute("select count(*) from orders where customer_id = ?", [customer])
        .fetchone()
    )
    if not listed or not listed[0]:
        raise CustomerUnknown(value=customer, shop=shop.name, cutoff=str(store.last_day))


def opt_out_by_link(shop: Shop, home: DataPaths, ledger: Ledger, token: str, now: datetime) -> str:
    """Write no more, through the channel a message came by, to whoever got it; returns that
    channel.

    token: what the message's own List-Unsubscribe carries. Raises TokenUnknown.
    """
    key = _load_shop_key(home, shop)
    delivery_id = find_delivery_id(key, token)
    customer_and_channel = find_customer(ledger, delivery_id) if delivery_id else None
    if customer_and_channel is None:
        raise TokenUnknown
    customer, channel = customer_and_channel
    suppress(ledger, customer, channel, "unsubscribed", now, "link")
    with ledger.begin_write() as connection:
        append(
            connection,
            now,
            "link",
            "opted_out",
            build_pseudonym(customer, key, "customer"),
            {"channel": channel},
        )
    return channel


def _load_shop_key(home: DataPaths, shop: Shop) -> bytes:
    return load_key(home.get_shop_folder(shop.name) / "pseudonym.key")
