"""Send alarms to whoever the shop names: a webhook, else its WeCom group."""

from datetime import datetime

from winback.config.shop import Shop
from winback.delivery.channels.base import ChannelStopped, Message
from winback.delivery.channels.webhook import Endpoint, Webhook
from winback.delivery.group_chat import told_group
from winback.i18n.translate import Language
from winback.ledger.alarms import note_told, untold_alarms
from winback.ledger.engine import Ledger
from winback.monitoring.alarm_text import alarm_told


def tell(shop: Shop, ledger: Ledger, language: Language, now: datetime) -> int:
    """Tell whoever the shop names of alarms that are new, worse or over; returns of how many.
    Where nobody is named, or nobody answers, they stay to be told."""
    told = 0
    endpoint = shop.alarms
    way = (
        Webhook(Endpoint(endpoint.url, endpoint.secret.encode(), endpoint.private), lambda: now)
        if endpoint
        else None
    )
    for alarm in untold_alarms(ledger):
        text = alarm_told(alarm, language)
        if way is not None:
            key = f"{alarm.alarm_id[:24]}{'-over' if alarm.resolved_at else '-' + alarm.severity}"
            message = Message(
                key, "alarms", "", 0, "alarm", alarm.rule, None, None, shop.name, text
            )
            try:
                heard = way.hand_over([message])[0].said == "sent"
            except ChannelStopped:
                return told
        else:
            heard = told_group(shop, ledger, f"{shop.name}: {text}", now)
        if heard:
            note_told(ledger, alarm.alarm_id, now)
            told += 1
    return told
