"""What every channel is to the delivery: its class, how many messages it takes at once, and what it
says of each.

The class decides what a crash may do: `set_like` has the same end state however
often it is repeated, `keyed` has a receiver that knows a message by its key, and of `one_shot`
nobody knows whether a second one would be a second message.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

Kind = Literal["set_like", "keyed", "one_shot"]
AddressOf = Callable[[str], str | None]  # customer → where to, None: nowhere


@dataclass(frozen=True)
class Message:
    """One message to one customer. delivery_id: its key, the same in every attempt."""

    delivery_id: str
    wave_id: str
    customer_id: str
    step: int
    channel: str
    play: str
    owner: str | None
    offer: str | None
    subject: str | None
    body: str | None


@dataclass(frozen=True)
class SendResult:
    """What a channel says of one message. again: it may be tried after so many seconds, because
    it certainly did not go out or because its receiver knows its key; sure: which of the two.
    created: it goes out when a person confirms it."""

    delivery_id: str
    state: Literal["sent", "created", "failed", "unknown", "again"]
    reason: str | None = None
    receipt: str | None = None
    retry_after_seconds: float = 0
    certain_not_sent: bool = True


@dataclass(frozen=True)
class PendingReceipt:
    """A message of which more may be learnt: one that waits for a person (receipt: what the
    channel calls it), or one whose fate is unknown (None). since: when it was claimed, naive
    UTC; body: its words, by which it is found."""

    delivery_id: str
    customer_id: str
    owner: str | None
    receipt: str | None
    since: datetime
    body: str | None = None


class ChannelStopped(Exception):
    """Nothing more can go through this channel for now; a person has to look. said: of messages
    handed over before it stopped; of all the others certainly nothing went out, and they may be
    tried after so many seconds."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        results: Sequence[SendResult] = (),
        retry_after_seconds: float = 0,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.results, self.retry_after_seconds = (
            reason,
            detail,
            tuple(results),
            retry_after_seconds,
        )


class Channel(Protocol):
    """A way to a customer. A one-shot channel takes one message at a time, so that a crash
    leaves one unknown."""

    @property
    def kind(self) -> Kind: ...

    @property
    def batch_size(self) -> int: ...

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Send messages, and say what became of each. Raises ChannelStopped."""
        ...


@runtime_checkable
class PollableChannel(Protocol):
    """A channel that can be asked later what became of a message."""

    def poll_receipts(self, awaited: Sequence[PendingReceipt]) -> list[SendResult]:
        """What became of messages, of those it can say something of. Raises ChannelStopped."""
        ...
