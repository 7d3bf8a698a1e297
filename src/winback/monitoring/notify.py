"""Send alerts to whoever the shop names: a webhook, else its WeCom group."""

from datetime import datetime

from winback.config.channels import AlertSettings
from winback.config.shop import Shop
from winback.delivery.channels.base import ChannelStopped, Message
from winback.delivery.channels.sms_webhook import Endpoint, WebhookChannel
from winback.delivery.group_chat import notify_group
from winback.i18n.translate import Language
from winback.ledger.alerts import list_unsent_alerts, mark_alert_sent
from winback.ledger.engine import Ledger
from winback.monitoring.alert_text import format_alert


def send_alerts(shop: Shop, ledger: Ledger, language: Language, now: datetime) -> int:
    """Tell whoever the shop names of alerts that are new, worse or over; returns of how many.
    Where nobody is named, or nobody answers, they are sent next time."""
    count = 0
    way = _build_receiver(shop.alerts, now)
    for alert in list_unsent_alerts(ledger):
        text = format_alert(alert, language)
        if way is not None:
            key = f"{alert.alert_id[:24]}{'-over' if alert.resolved_at else '-' + alert.severity}"
            message = Message(
                key, "alerts", "", 0, "alert", alert.rule, None, None, shop.name, text
            )
            try:
                said = {each.delivery_id: each.state for each in way.send([message])}
                received = said.get(key) == "sent"
            except ChannelStopped:
                return count
        else:
            received = notify_group(shop, ledger, f"{shop.name}: {text}", now)
        if received:
            mark_alert_sent(ledger, alert.alert_id, now)
            count += 1
    return count


def _build_receiver(endpoint: AlertSettings | None, now: datetime) -> WebhookChannel | None:
    return (
        WebhookChannel(
            Endpoint(endpoint.url, endpoint.secret.encode(), endpoint.private), lambda: now
        )
        if endpoint
        else None
    )
