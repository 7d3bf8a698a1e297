"""Ways to a customer, behind one small port: each with its class, which decides what a crash may do (DESIGN 6)."""

from winback.channels.handoff import HandOff
from winback.channels.port import Channel, ChannelStopped, Kind, Message, Said

__all__ = ["Channel", "ChannelStopped", "HandOff", "Kind", "Message", "Said"]
