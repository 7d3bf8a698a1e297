"""The shop's channels, each with what it needs to reach a customer, and what they say later of
messages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from winback.config.channels import SmtpSettings, WebhookSettings, WeComSettings
from winback.config.shop import Shop
from winback.core.errors import VaultKeyWrong
from winback.data.pseudonyms import key_of
from winback.delivery.channels.base import (
    AddressOf,
    Awaited,
    Channel,
    ChannelStopped,
    Following,
    Said,
)
from winback.delivery.channels.files import Audience, HandOff
from winback.delivery.channels.mail import Mail, MailServer
from winback.delivery.channels.webhook import Endpoint, Webhook
from winback.delivery.channels.wecom.api import ROOT, Corp, WeCom
from winback.delivery.channels.wecom.tags import WeComTags
from winback.delivery.channels.wecom.tasks import WeComTasks
from winback.delivery.contact_addresses import name_on_platform, token_of, vault_of
from winback.ledger.address_vault import AddressKind
from winback.ledger.consents import TagBook
from winback.ledger.engine import Ledger
from winback.ledger.outbox import Outcome, awaited, learn
from winback.playbooks.matching import message_language
from winback.playbooks.playbook import CHANNELS, Playbook

Clock = Callable[[], datetime]


def channels_of(
    shop: Shop, book: Playbook, ledger: Ledger, folder: Path, clock: Clock
) -> dict[str, Channel]:
    """The shop's channels, as the shop file says; to hand-off lists where it says nothing.
    folder: the shop's own."""
    told: dict[str, Channel] = dict.fromkeys(CHANNELS, HandOff(folder / "handoff"))
    for name, settings in shop.channels.items():
        if isinstance(settings, WebhookSettings):
            told[name] = Webhook(
                Endpoint(settings.url, settings.secret.encode(), settings.private), clock
            )
        elif isinstance(settings, WeComSettings):
            told[name] = _wecom(shop, settings, book, ledger, folder, clock)
        elif isinstance(settings, SmtpSettings):
            told[name] = _mail(shop, settings, ledger, folder, clock)
        elif settings.kind == "audience_file":
            told[name] = Audience(folder / "audience", _name_on_platform(shop, ledger, folder))
    return told


def wecom_of(shop: Shop, clock: Clock) -> WeCom | None:
    """The shop's WeCom; None where the shop file names none."""
    settings = shop.channels.get("wecom")
    if not isinstance(settings, WeComSettings):
        return None
    return WeCom(Corp(settings.corpid, settings.secret, settings.root or ROOT), clock)


def _wecom(
    shop: Shop, settings: WeComSettings, book: Playbook, ledger: Ledger, folder: Path, clock: Clock
) -> Channel:
    wecom, address_of = wecom_of(shop, clock), _address_of(shop, ledger, folder, "wecom")
    assert wecom is not None
    if settings.kind == "wecom_task":
        return WeComTasks(wecom, address_of)
    language = message_language(shop)
    return WeComTags(
        wecom,
        address_of,
        {play.name: play.title.of(language) for play in book.plays},
        TagBook(ledger, clock),
    )


def _mail(shop: Shop, settings: SmtpSettings, ledger: Ledger, folder: Path, clock: Clock) -> Mail:
    name = settings.sender_name or shop.messages.shop_name or shop.name
    server = MailServer(
        settings.host,
        settings.port,
        settings.sender,
        name,
        settings.unsubscribe,
        settings.security,
        settings.user,
        settings.password,
    )
    key = key_of(folder / "pseudonym.key")
    return Mail(
        server,
        _address_of(shop, ledger, folder, "email"),
        lambda delivery_id: token_of(key, delivery_id),
        clock,
    )


def _address_of(shop: Shop, ledger: Ledger, folder: Path, kind: AddressKind) -> AddressOf:
    vault = vault_of(shop, ledger, folder)

    def address_of(customer_id: str) -> str | None:
        try:
            return vault.address(customer_id, kind)
        except VaultKeyWrong:  # nothing has left; and it would be the same for everybody
            raise ChannelStopped("vault_key_wrong", shop.name) from None

    return address_of


def _name_on_platform(shop: Shop, ledger: Ledger, folder: Path) -> AddressOf:
    """A customer's name on the marketplace: of its own exports, the customer's id is that name,
    unless it is a pseudonym."""
    named = _address_of(shop, ledger, folder, "platform")
    return lambda customer_id: named(customer_id) or name_on_platform(shop, customer_id)


def follow_up(ledger: Ledger, channels: Mapping[str, Channel], now: datetime) -> int:
    """Ask channels what became of messages that wait for a person, or whose fate is unknown;
    returns of how many it was news.

    What is neither found nor denied stays as it is: a channel that does not answer says nothing.
    """
    news = 0
    for name, channel in channels.items():
        if not isinstance(channel, Following):
            continue
        asked = [
            Awaited(
                row["delivery_id"],
                row["customer_id"],
                row["owner"],
                row["receipt"],
                row["claimed_at"],
                row["body"],
            )
            for row in awaited(ledger, name)
        ]
        # A channel may answer some and then no more: each time another one is the first.
        start = now.toordinal() * 1440 + now.hour * 60 + now.minute
        turned = [*asked[start % len(asked) :], *asked[: start % len(asked)]] if asked else []
        try:
            said: Sequence[Said] = channel.follow(turned) if turned else []
        except ChannelStopped as stopped:
            said = stopped.said
        if said:
            news += learn(
                ledger,
                [Outcome(each.delivery_id, each.said, each.reason, each.receipt) for each in said],
                name,
                now,
            )
    return news
