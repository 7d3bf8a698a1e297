"""Delivery: claims messages, hands each to its channel and records what became of it, in this order
and in no other.

A crash at any point leaves a message waiting, or claimed and nothing known of it; the next run
makes that whole before it claims anything (RELIABILITY 2.1, I1 to I3 and I7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from winback.core.errors import FencedOff, LedgerRestored
from winback.delivery.channels.base import Channel, ChannelStopped, Message, Said
from winback.delivery.journal import Journal
from winback.ledger.engine import Ledger
from winback.ledger.locks import TURN_SECONDS, Turn
from winback.ledger.outbox import Claimed, Claims, Outcome, claim, last_claim, recover, settle
from winback.ledger.suppression import Rules

BACKOFF_SECONDS = (
    60.0  # after the first attempt that certainly failed; twice as long after each more
)
STALE_SECONDS = TURN_SECONDS / 2  # a claim this old is not handed over any more
TURN = "deliver"


@dataclass
class Delivered:
    """What a run did. stopped: channels that had to stop, and why; next_due: when to run again."""

    sent: int = 0
    created: int = 0
    failed: int = 0
    unknown: int = 0
    again: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    recovered: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, dict[str, str]] = field(default_factory=dict)
    next_due: datetime | None = None


def deliver(
    ledger: Ledger,
    turn: Turn,
    channels: Mapping[str, Channel],
    rules: Rules,
    journal: Journal,
    clock: Callable[[], datetime],
    hook: Callable[[str], None] = lambda _point: None,
    progress: Callable[[Delivered], None] = lambda _done: None,
) -> Delivered:
    """Send what is due until nothing is. hook: called at each point where a crash could come, for
    those who make one.

    Raises LedgerRestored and FencedOff.
    """
    check_restored(ledger, journal)
    done = Delivered()
    repeatable = {name for name, channel in channels.items() if channel.kind != "one_shot"}
    hook("begun")
    done.recovered = recover(ledger, turn, repeatable, clock())
    hook("recovered")
    for name, channel in channels.items():
        said: list[Outcome] = []
        while True:
            begun = clock()
            most = 0 if name in done.stopped else channel.at_once
            found = _claimed(ledger, turn, begun, rules, name, most, said, channel.kind)
            hook("claimed")
            for reason, count in found.kept.items():
                done.kept[reason] = done.kept.get(reason, 0) + count
            said = (
                _handed_over(name, channel, found.claimed, begun, journal, clock, hook, done)
                if found.claimed
                else []
            )
            if not said and not found.kept:
                break
            progress(done)
        done.next_due = min(filter(None, (done.next_due, found.next_due)), default=None)
    return done


def _claimed(
    ledger: Ledger,
    turn: Turn,
    now: datetime,
    rules: Rules,
    name: str,
    most: int,
    said: list[Outcome],
    kind: str,
) -> Claims:
    """The next claims of a channel, with what became of those before."""
    try:
        return claim(ledger, turn, now, rules, [name], most, said, kind)
    except FencedOff:
        settle(ledger, turn, said, now)  # nobody else knows what became of them
        raise


def check_restored(ledger: Ledger, journal: Journal) -> None:
    """Raises LedgerRestored if more was claimed from this ledger than it knows of."""
    journalled, known = journal.highest(), last_claim(ledger, TURN)
    if journalled > known:
        raise LedgerRestored(ledger=ledger.shown, known=known, sent=journalled)


def _handed_over(
    name: str,
    channel: Channel,
    claimed: Sequence[Claimed],
    begun: datetime,
    journal: Journal,
    clock: Callable[[], datetime],
    hook: Callable[[str], None],
    done: Delivered,
) -> list[Outcome]:
    journal.reach(claimed[-1].seq)
    hook("journalled")
    every = frozenset(each.delivery_id for each in claimed)
    try:
        if (clock() - begun).total_seconds() > STALE_SECONDS:
            raise ChannelStopped(
                "late"
            )  # asleep since the claim: another run may have taken these for lost
        said = channel.hand_over([_message(each) for each in claimed])
        untried = frozenset[str]()
    except ChannelStopped as stopped:
        done.stopped[name] = {"reason": stopped.reason, "detail": stopped.detail}
        untried = every - {each.delivery_id for each in stopped.said}
        wait = stopped.again_after_seconds
        said = [
            *stopped.said,
            *(
                Said(each, "again", stopped.reason, again_after_seconds=wait)
                for each in sorted(untried)
            ),
        ]
    hook("handed_over")
    for each in said:
        setattr(done, each.said, getattr(done, each.said) + 1)
    attempts, now = {each.delivery_id: each.attempts for each in claimed}, clock()
    return [
        _outcome(each, attempts[each.delivery_id], now, each.delivery_id not in untried)
        for each in said
    ]


def _message(claimed: Claimed) -> Message:
    return Message(
        **{name: value for name, value in vars(claimed).items() if name not in ("attempts", "seq")}
    )


def _outcome(said: Said, attempts: int, now: datetime, tried: bool) -> Outcome:
    wait = max(said.again_after_seconds, BACKOFF_SECONDS * 2 ** (attempts - 1))
    return Outcome(
        said.delivery_id,
        said.said,
        said.reason,
        said.receipt,
        now + timedelta(seconds=wait),
        tried,
        said.sure,
    )
