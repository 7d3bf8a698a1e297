"""What every channel is to the delivery: its class, how many messages it takes at once, and what it
says of each.

The class decides what a crash may do: `set_like` has the same end state however
often it is repeated, `keyed` has a receiver that knows a message by its key, `keyed_for_a_time` one
that forgets keys, and of `one_shot` nobody knows whether a second one would be a second message.

Repeating is safe only with the same receiver: each channel says who is behind it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

Kind = Literal["set_like", "keyed", "keyed_for_a_time", "one_shot"]
REPEATED_ANY_TIME = ("set_like", "keyed")  # classes of which a repetition is none, however late
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

    @property
    def endpoint(self) -> str:
        """A hash of who is behind it, as `hash_endpoint` makes it: the same as long as a repeated
        message meets the same memory."""
        ...

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Send messages, and say what became of each. Raises ChannelStopped."""
        ...


@runtime_checkable
class PollableChannel(Protocol):
    """A channel that can be asked later what became of a message."""

    def poll_receipts(self, awaited: Sequence[PendingReceipt]) -> list[SendResult]:
        """What became of messages, of those it can say something of. Raises ChannelStopped."""
        ...


@runtime_checkable
class HoldingChannel(Protocol):
    """A channel that may say only later of a message that it certainly did not go out: together
    with those after it, or here, once nothing more is due. Those it has said nothing of when it
    stops are tried again."""

    def release_held(self) -> list[SendResult]:
        """What becomes of messages nothing was said of yet."""
        ...


def hash_endpoint(*parts: str | int | None) -> str:
    """Who is behind a channel, as it is kept with each claim: its kind, where it lies, and the
    account it is asked as."""
    whole = "\0".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def get_endpoint(channel: Channel) -> str:
    """Who is behind a channel; one that does not say is known by its class."""
    return getattr(channel, "endpoint", None) or hash_endpoint(channel.kind)
