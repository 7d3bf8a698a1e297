"""Delivery: claims messages, hands each to its channel and records what became of it, in this order
and in no other.

A crash at any point leaves a message waiting, or claimed and nothing known of it; the next run
makes that whole before it claims anything.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from winback.core.errors import WinbackError
from winback.core.wave_errors import ClockBehind, LedgerRestored
from winback.delivery.channel_brake import ChannelBrake
from winback.delivery.channels.base import (
    Channel,
    ChannelStopped,
    HoldingChannel,
    Message,
    SendResult,
    get_endpoint,
)
from winback.delivery.claim_journal import ClaimJournal, JournalAhead
from winback.delivery.rules_source import FixedRules, RulesSource
from winback.delivery.witness import NO_WITNESS, Witness
from winback.ledger.due_messages import DueMessages, RulesOutdated
from winback.ledger.engine import Ledger
from winback.ledger.harm import HarmStop
from winback.ledger.locks import TURN_SECONDS, Lease, find_clock_ahead
from winback.ledger.message_outcomes import Outcome, complete
from winback.ledger.outbox import (
    KEY_HOURS,
    ClaimedMessage,
    ClaimResult,
    claim_messages,
)
from winback.ledger.recovery import get_last_claim, recover_stale
from winback.ledger.suppression import SuppressionRules

BACKOFF_SECONDS = (
    60.0  # after the first attempt that certainly failed; twice as long after each more
)
STALE_SECONDS = TURN_SECONDS / 2  # a claim this old is not handed over any more
TURN = "deliver"


@dataclass
class DispatchResult:
    """What a run did. stopped: channels that had to stop, and why; next_due: when to run again;
    harm: why waves were paused before it began."""

    sent: int = 0
    created: int = 0
    failed: int = 0
    unknown: int = 0
    again: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    recovered: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, dict[str, str]] = field(default_factory=dict)
    next_due: datetime | None = None
    harm: list[HarmStop] = field(default_factory=list)


def dispatch(
    ledger: Ledger,
    lease: Lease,
    channels: Mapping[str, Channel],
    rules: SuppressionRules | RulesSource,
    journal: ClaimJournal,
    clock: Callable[[], datetime],
    hook: Callable[[str], None] = lambda _point: None,
    progress: Callable[[DispatchResult], None] = lambda _done: None,
    witness: Witness = NO_WITNESS,
) -> DispatchResult:
    """Send what is due until nothing is. hook: called at each point where a crash could come, for
    those who make one; witness: asked before each batch.

    Raises LedgerRestored and LeaseLost.
    """
    check_restored(ledger, journal)
    check_clock(ledger, clock())
    done = DispatchResult()
    repeatable = {name for name, channel in channels.items() if channel.kind != "one_shot"}
    hook("begun")
    done.recovered = recover_stale(ledger, lease, repeatable, clock())
    hook("recovered")
    source = FixedRules(rules) if isinstance(rules, SuppressionRules) else rules
    brake = ChannelBrake(ledger, lease.holder, clock)
    done.stopped |= brake.find_held(channels)
    sender = _Sender(ledger, lease, source, journal, clock, hook, done, witness, brake)
    for name, channel in channels.items():
        sender.send_all(name, channel, progress)
    return done


def check_restored(ledger: Ledger, journal: ClaimJournal) -> None:
    """Raises LedgerRestored if more was claimed from this ledger than it knows of."""
    journalled, known = journal.read_last(), get_last_claim(ledger, TURN)
    if journalled > known:
        raise LedgerRestored(ledger=ledger.shown, known=known, sent=journalled)


def check_clock(ledger: Ledger, now: datetime) -> None:
    """Raises ClockBehind if a run has seen a moment well after now: caps and ladders would wait for
    it."""
    seen = find_clock_ahead(ledger, TURN, now)
    if seen is not None:
        raise ClockBehind(seen=f"{seen:%Y-%m-%d %H:%M} UTC", now=f"{now:%Y-%m-%d %H:%M} UTC")


@dataclass(frozen=True)
class _Sender:
    """Claims and sends, a channel at a time, and counts what was done."""

    ledger: Ledger
    lease: Lease
    rules: RulesSource
    journal: ClaimJournal
    clock: Callable[[], datetime]
    hook: Callable[[str], None]
    done: DispatchResult
    witness: Witness
    brake: ChannelBrake
    # Of claims whose channel has not said yet what became of them: their attempts.
    open_claims: dict[str, int] = field(default_factory=dict)

    def send_all(
        self, name: str, channel: Channel, progress: Callable[[DispatchResult], None]
    ) -> None:
        """Send what is due through a channel until nothing is."""
        outcomes, due = list[Outcome](), DueMessages([name])
        while True:
            begun = self.clock()
            most = 0 if name in self.done.stopped else channel.batch_size
            claims = self._claim(name, channel, begun, due, most, outcomes)
            self.hook("claimed")
            self._count_kept(claims)
            if claims.claimed:
                outcomes = self._send(name, channel, claims.claimed, begun)
            else:
                outcomes = [] if claims.kept else self._release(channel)
            why = self.brake.watch(name, outcomes) if outcomes else None
            if why is not None:
                self.done.stopped.setdefault(name, why)
            if not claims.claimed and not outcomes and not claims.kept:
                break
            progress(self.done)
        self.brake.note_stop(name)
        moments = filter(None, (self.done.next_due, claims.next_due))
        self.done.next_due = min(moments, default=None)

    def _count_kept(self, claims: ClaimResult) -> None:
        for reason, count in claims.kept.items():
            self.done.kept[reason] = self.done.kept.get(reason, 0) + count
        self.done.unknown += claims.unknown

    def _claim(
        self,
        name: str,
        channel: Channel,
        now: datetime,
        due: DueMessages,
        most: int,
        outcomes: list[Outcome],
    ) -> ClaimResult:
        """The next claims of a channel, with what became of those before."""
        try:
            while True:
                rules, open_for = self._load_rules(name, now), most
                if open_for and name not in self.done.stopped:
                    self._brake(name, rules)
                if name in self.done.stopped:
                    open_for = 0
                try:
                    return claim_messages(
                        self.ledger,
                        self.lease,
                        now,
                        rules,
                        due,
                        open_for,
                        outcomes,
                        channel.kind,
                        self.rules.is_current if open_for else lambda: True,
                        get_endpoint(channel),
                        getattr(channel, "key_hours", KEY_HOURS),
                    )
                except RulesOutdated:
                    self.rules.forget()
        except WinbackError:
            # Nobody else knows what became of them.
            complete(self.ledger, self.lease, outcomes, now)
            raise

    def _brake(self, name: str, rules: SuppressionRules) -> None:
        """Stop a channel whose messages are answered with a no too often."""
        why = self.brake.check_refusals(name, rules.refusal_lines)
        if why is not None:
            self.done.stopped[name] = why

    def _load_rules(self, name: str, now: datetime) -> SuppressionRules:
        """The rules as they are now; a channel for which they cannot be got is stopped."""
        try:
            return self.rules.get(now)
        except ChannelStopped as stopped:
            self.done.stopped[name] = {"reason": stopped.reason, "detail": stopped.detail}
            return SuppressionRules()

    def _send(
        self, name: str, channel: Channel, claimed: Sequence[ClaimedMessage], begun: datetime
    ) -> list[Outcome]:
        self.open_claims.update({each.delivery_id: each.attempts for each in claimed})
        untried = frozenset[str]()
        try:
            self._refuse_late(begun)
            self._note_claims(claimed)
            self.witness.confirm()
            self._refuse_late(begun)
            results = channel.send([_build_message(each) for each in claimed])
        except ChannelStopped as stopped:
            self.done.stopped[name] = {"reason": stopped.reason, "detail": stopped.detail}
            untried = frozenset(self.open_claims) - {each.delivery_id for each in stopped.results}
            results = [*stopped.results, *_put_off(untried, stopped)]
        self.hook("handed_over")
        return self._count_results(results, untried)

    def _refuse_late(self, begun: datetime) -> None:
        """Raises ChannelStopped for a run that was paused since the claim: another one may have
        taken its claims for lost."""
        if (self.clock() - begun).total_seconds() > STALE_SECONDS:
            raise ChannelStopped("late")

    def _note_claims(self, claimed: Sequence[ClaimedMessage]) -> None:
        """Note claims in the journal. Raises LedgerRestored where it has as many already: they are
        of another copy of this ledger."""
        try:
            self.journal.record(claimed)
        except JournalAhead as ahead:
            known = claimed[0].seq - 1
            raise LedgerRestored(ledger=self.ledger.shown, known=known, sent=ahead.last) from None
        self.hook("journalled")

    def _release(self, channel: Channel) -> list[Outcome]:
        """What a channel has held back, now that nothing more is due."""
        held = channel.release_held() if isinstance(channel, HoldingChannel) else []
        return self._count_results([each for each in held if each.delivery_id in self.open_claims])

    def _count_results(
        self, results: Sequence[SendResult], untried: Collection[str] = ()
    ) -> list[Outcome]:
        for each in results:
            setattr(self.done, each.state, getattr(self.done, each.state) + 1)
        now = self.clock()
        return [
            _build_outcome(
                each,
                self.open_claims.pop(each.delivery_id),
                now,
                each.delivery_id not in untried,
            )
            for each in results
        ]


def _put_off(untried: Iterable[str], stopped: ChannelStopped) -> list[SendResult]:
    """What a channel that stopped did not try, for another time."""
    wait = stopped.retry_after_seconds
    return [
        SendResult(each, "again", stopped.reason, retry_after_seconds=wait)
        for each in sorted(untried)
    ]


_HANDED = tuple(field.name for field in fields(Message))


def _build_message(claimed: ClaimedMessage) -> Message:
    return Message(**{name: getattr(claimed, name) for name in _HANDED})


def _build_outcome(result: SendResult, attempts: int, now: datetime, tried: bool) -> Outcome:
    wait = max(result.retry_after_seconds, BACKOFF_SECONDS * 2 ** (attempts - 1))
    return Outcome(
        result.delivery_id,
        result.state,
        result.reason,
        result.receipt,
        now + timedelta(seconds=wait),
        tried,
        result.certain_not_sent,
    )
