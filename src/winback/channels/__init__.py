"""Ways to a customer, behind one small port: each with its class, which decides what a crash may do (DESIGN 6)."""

from winback.channels.handoff import Audience, HandOff
from winback.channels.mail import Mail, MailServer
from winback.channels.port import AddressOf, Awaited, Channel, ChannelStopped, Following, Kind, Message, Said
from winback.channels.webhook import Endpoint, Webhook

__all__ = [
    "AddressOf", "Audience", "Awaited", "Channel", "ChannelStopped", "Endpoint", "Following", "HandOff", "Kind", "Mail",
    "MailServer", "Message", "Said", "Webhook",
]  # fmt: skip
