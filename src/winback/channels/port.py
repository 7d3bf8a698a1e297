"""What every channel is to the delivery: its class, how many messages it takes at once, and what it says of each.

The class decides what a crash may do (RELIABILITY 0.1): `set_like` has the same end state however often it is repeated, `keyed`
has a receiver that knows a message by its key, and of `one_shot` nobody knows whether a second one would be a second message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["set_like", "keyed", "one_shot"]


@dataclass(frozen=True)
class Message:
    """One message to one customer. delivery_id: its key, the same in every attempt; address: where to, for who needs one."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    owner: str | None
    offer: str | None
    subject: str | None
    body: str | None
    address: str | None = None


@dataclass(frozen=True)
class Said:
    """What a channel says of one message. again: it may be tried after so many seconds, because it certainly did not go out or
    because its receiver knows its key; sure: which of the two."""

    delivery_id: str
    said: Literal["sent", "failed", "unknown", "again"]
    reason: str | None = None
    receipt: str | None = None
    again_after_seconds: float = 0
    sure: bool = True


class ChannelStopped(Exception):
    """Nothing more can go through this channel for now; a person has to look. said: of messages handed over before it stopped;
    of all the others certainly nothing went out, and they may be tried after so many seconds."""

    def __init__(self, reason: str, detail: str = "", said: Sequence[Said] = (), again_after_seconds: float = 0) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.said, self.again_after_seconds = reason, detail, tuple(said), again_after_seconds


class Channel(Protocol):
    """A way to a customer. A one-shot channel takes one message at a time, so that a crash leaves one unknown."""

    @property
    def kind(self) -> Kind: ...

    @property
    def at_once(self) -> int: ...

    def hand_over(self, messages: Sequence[Message]) -> list[Said]:
        """Send messages, and say what became of each. Raises ChannelStopped."""
        ...
