"""The shop's channels, each with what it needs to reach a customer, and what they say later of
messages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from winback.config.channels import SmtpSettings, WebhookSettings, WeComSettings
from winback.config.shop import Shop
from winback.core.expiry_marks import fill_expiry
from winback.core.wave_errors import VaultKeyWrong
from winback.data.pseudonyms import load_key
from winback.delivery.channels.base import (
    AddressOf,
    Channel,
    ChannelStopped,
    PendingReceipt,
    PollableChannel,
    SendResult,
)
from winback.delivery.channels.files import AudienceChannel, HandoffChannel
from winback.delivery.channels.mail import MailChannel, MailServer
from winback.delivery.channels.sms_webhook import Endpoint, WebhookChannel
from winback.delivery.channels.wecom.api import ROOT, WeComApp, WeComClient
from winback.delivery.channels.wecom.tags import WeComTags
from winback.delivery.channels.wecom.tasks import WeComTasks
from winback.delivery.contact_addresses import find_platform_name, open_vault
from winback.delivery.unsubscribe_link import build_unsubscribe_token, get_sender_name
from winback.ledger.address_vault import AddressKind
from winback.ledger.consents import StoredTags
from winback.ledger.engine import Ledger
from winback.ledger.message_outcomes import Outcome, apply_receipts, list_pending_receipts
from winback.playbooks.matching import get_message_language
from winback.playbooks.playbook import CHANNELS, Playbook

Clock = Callable[[], datetime]


def build_channels(
    shop: Shop, playbook: Playbook, ledger: Ledger, folder: Path, clock: Clock
) -> dict[str, Channel]:
    """The shop's channels, as the shop file says; to hand-off lists where it says nothing.
    folder: the shop's own."""
    channels: dict[str, Channel] = dict.fromkeys(CHANNELS, HandoffChannel(folder / "handoff"))
    for name, settings in shop.channels.items():
        if isinstance(settings, WebhookSettings):
            channels[name] = WebhookChannel(
                Endpoint(
                    settings.url, settings.secret.encode(), settings.private, settings.key_hours
                ),
                clock,
            )
        elif isinstance(settings, WeComSettings):
            channels[name] = _build_wecom_channel(shop, settings, playbook, ledger, folder, clock)
        elif isinstance(settings, SmtpSettings):
            channels[name] = _build_mail_channel(shop, settings, ledger, folder, clock)
        elif settings.kind == "audience_file":
            channels[name] = AudienceChannel(
                folder / "audience", _build_platform_lookup(shop, ledger, folder)
            )
    return channels


def build_wecom(shop: Shop, clock: Clock) -> WeComClient | None:
    """The shop's WeCom; None where the shop file names none."""
    settings = shop.channels.get("wecom")
    if not isinstance(settings, WeComSettings):
        return None
    return WeComClient(WeComApp(settings.corpid, settings.secret, settings.root or ROOT), clock)


def _build_wecom_channel(
    shop: Shop,
    settings: WeComSettings,
    playbook: Playbook,
    ledger: Ledger,
    folder: Path,
    clock: Clock,
) -> Channel:
    wecom, address_of = (
        build_wecom(shop, clock),
        _build_address_lookup(shop, ledger, folder, "wecom"),
    )
    assert wecom is not None
    if settings.kind == "wecom_task":
        return WeComTasks(wecom, address_of)
    language = get_message_language(shop)
    return WeComTags(
        wecom,
        address_of,
        {play.name: play.title.get_text(language) for play in playbook.plays},
        StoredTags(ledger, clock),
    )


def _build_mail_channel(
    shop: Shop, settings: SmtpSettings, ledger: Ledger, folder: Path, clock: Clock
) -> MailChannel:
    server = MailServer(
        settings.host,
        settings.port,
        settings.sender,
        get_sender_name(shop),
        settings.unsubscribe,
        settings.security,
        settings.user,
        settings.password,
    )
    key = load_key(folder / "pseudonym.key")
    return MailChannel(
        server,
        _build_address_lookup(shop, ledger, folder, "email"),
        lambda delivery_id: build_unsubscribe_token(key, delivery_id),
        clock,
    )


def _build_address_lookup(shop: Shop, ledger: Ledger, folder: Path, kind: AddressKind) -> AddressOf:
    vault = open_vault(shop, ledger, folder)

    def find_address(customer_id: str) -> str | None:
        try:
            return vault.get_address(customer_id, kind)
        except VaultKeyWrong:  # nothing has left; and it would be the same for everybody
            raise ChannelStopped("vault_key_wrong", shop.name) from None

    return find_address


def _build_platform_lookup(shop: Shop, ledger: Ledger, folder: Path) -> AddressOf:
    """A customer's name on the marketplace: of its own exports, the customer's id is that name,
    unless it is a pseudonym."""
    named = _build_address_lookup(shop, ledger, folder, "platform")
    return lambda customer_id: named(customer_id) or find_platform_name(shop, customer_id)


def poll_receipts(ledger: Ledger, channels: Mapping[str, Channel], now: datetime) -> int:
    """Ask channels what became of messages that wait for a person, or whose fate is unknown;
    returns of how many it was news.

    What is neither found nor denied stays as it is: a channel that does not answer says nothing.
    """
    news = 0
    for name, channel in channels.items():
        if not isinstance(channel, PollableChannel):
            continue
        pending = _list_pending(ledger, name)
        turned = _rotate(now, pending)
        try:
            results: Sequence[SendResult] = channel.poll_receipts(turned) if turned else []
        except ChannelStopped as stopped:
            results = stopped.results
        if results:
            news += apply_receipts(
                ledger,
                [
                    Outcome(each.delivery_id, each.state, each.reason, each.receipt)
                    for each in results
                ],
                name,
                now,
            )
    return news


def _list_pending(ledger: Ledger, name: str) -> list[PendingReceipt]:
    return [
        PendingReceipt(
            row["delivery_id"],
            row["customer_id"],
            row["owner"],
            row["receipt"],
            row["claimed_at"],
            fill_expiry(row["body"], row["expiry"]),
        )
        for row in list_pending_receipts(ledger, name)
    ]


def _rotate(now: datetime, pending: list[PendingReceipt]) -> list[PendingReceipt]:
    """A channel may answer some and then no more: each time another one is the first."""
    start = now.toordinal() * 1440 + now.hour * 60 + now.minute
    return [*pending[start % len(pending) :], *pending[: start % len(pending)]] if pending else []
