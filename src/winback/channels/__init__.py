"""Ways to a customer, behind one small port: each with its class, which decides what a crash may do (DESIGN 6)."""

from winback.channels.handoff import HandOff
from winback.channels.port import Channel, ChannelStopped, Kind, Message, Said
from winback.channels.webhook import Endpoint, Webhook

__all__ = ["Channel", "ChannelStopped", "Endpoint", "HandOff", "Kind", "Message", "Said", "Webhook"]
