"""Every knob of a shop, read once from its TOML, and the places a run writes to.

A shop is data, not code: `shops/<name>.toml` in the repository and any TOML outside it work the same. What is not a
knob here is a decision in `docs/decisions.md`.

`exports` says where rows come from, `playing` what is done about customers, `shop` puts both together and reads a TOML.
"""

from winback.settings.channels import SmtpSettings, WebhookSettings, WeComSettings
from winback.settings.exports import (
    DayOrder,
    Decimals,
    EventColumns,
    Events,
    Format,
    ItemColumns,
    Items,
    OrderColumns,
    Orders,
    Quality,
    Source,
    Status,
)
from winback.settings.playing import (
    PRESETS,
    ChannelName,
    Contacts,
    Journey,
    Measurement,
    Messages,
    Recall,
    Segments,
    Service,
    Waves,
)
from winback.settings.shop import SHOP_NAME, Home, Shop, first_fault, read_shop, uploads_of

__all__ = [
    "PRESETS", "SHOP_NAME", "ChannelName", "Contacts", "DayOrder", "Decimals", "EventColumns", "Events", "Format", "Home",
    "ItemColumns", "Items", "Journey", "Measurement", "Messages", "OrderColumns", "Orders", "Quality", "Recall", "Segments",
    "Service", "Shop", "SmtpSettings", "Source", "Status", "Waves", "WeComSettings", "WebhookSettings", "first_fault",
    "read_shop", "uploads_of",
]  # fmt: skip
