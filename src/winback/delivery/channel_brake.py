"""The brake of a run: a channel stops before the whole list has gone if its messages keep bouncing,
or if more of them are answered with a no than the shop allows (MISSION B106)."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from winback.experiments.e_values import LEVEL, compute_rate_e_value
from winback.ledger.channel_stops import (
    ChannelStop,
    StopReason,
    find_last_resume,
    load_last_note,
    stop_channel,
)
from winback.ledger.dead_lists import (
    HELD_HOURS,
    LOOKED_AT,
    REFUSED,
    find_dead_list,
    judge_dead_list,
)
from winback.ledger.engine import Ledger
from winback.ledger.message_outcomes import Outcome
from winback.ledger.refusal_rates import RefusalLines, count_refusals, has_due

FEWEST_REFUSALS = 3  # of fewer, whatever the line, nobody is stopped
LOOK_EVERY = 200  # messages of a channel within a run


@dataclass
class ChannelBrake:
    """Looks at what comes back from each channel of a run."""

    ledger: Ledger
    actor: str
    clock: Callable[[], datetime]
    stops: dict[str, ChannelStop] = field(default_factory=dict)
    newest: dict[str, deque[bool]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=LOOKED_AT))
    )
    since_look: dict[str, int] = field(default_factory=dict)  # messages, by channel

    def find_held(self, channels: Iterable[str]) -> dict[str, dict[str, str]]:
        """The channels that must not begin: not resumed yet, or stopped by what was heard since."""
        held = {name: self._find_held(name) for name in channels}
        return {name: _describe(stop) for name, stop in held.items() if stop is not None}

    def watch(self, channel: str, outcomes: Sequence[Outcome]) -> dict[str, str] | None:
        """Count in what became of messages; why the channel must stop, None: it need not."""
        newest, tried = self.newest[channel], [each for each in outcomes if each.tried]
        newest.extend(
            each.state == "failed" and each.reason in REFUSED
            for each in outcomes
            if each.state in ("sent", "failed")
        )
        if channel in self.since_look:
            self.since_look[channel] += len(tried)
        stop = judge_dead_list(sum(newest), len(newest))
        if stop is None:
            return None
        self.stops[channel] = stop
        return _describe(stop)

    def check_refusals(self, channel: str, lines: RefusalLines) -> dict[str, str] | None:
        """Why a channel must stop by how often its messages were answered with a no; looked at when
        it begins, and after every LOOK_EVERY messages."""
        if self.since_look.get(channel, LOOK_EVERY) < LOOK_EVERY:
            return None
        now = self.clock()
        with self.ledger.begin_read() as connection:
            if not has_due(connection, channel, now):
                return None
            self.since_look[channel] = 0
            stop = _find_refused(connection, channel, lines, now)
        if stop is None:
            return None
        self.stops[channel] = stop
        return _describe(stop)

    def note_stop(self, channel: str) -> None:
        """Keep that a channel stopped in this run, if it did: once what became of its messages is
        kept."""
        if channel in self.stops:
            stop_channel(self.ledger, channel, self.stops[channel], self.actor, self.clock())

    def _find_held(self, channel: str) -> ChannelStop | None:
        now = self.clock()
        with self.ledger.begin_read() as connection:
            last = load_last_note(connection, channel)
            if last is not None and last.stop is not None:
                ends = last.at + timedelta(hours=HELD_HOURS)
                if last.stop.reason != "dead_list" or now < ends:
                    return last.stop
            stop = find_dead_list(connection, channel, last.at if last else None)
        if stop is not None:
            stop_channel(self.ledger, channel, stop, self.actor, now)
        return stop


def _find_refused(
    connection: sa.Connection, channel: str, lines: RefusalLines, now: datetime
) -> ChannelStop | None:
    """The stop of a channel whose messages are refused too often, since it was last let go on."""
    resumed = find_last_resume(connection, channel, now)
    counts = count_refusals(connection, channel, resumed, now)
    asked: tuple[tuple[StopReason, int, float | None], ...] = (
        ("spam_complaints", counts.complained, lines.complaints),
        ("opt_outs", counts.opted_out, lines.opt_outs),
    )
    for reason, count, line in asked:
        if line is None or count < FEWEST_REFUSALS:
            continue
        if compute_rate_e_value(count, counts.messages, line) >= 1 / LEVEL:
            return ChannelStop(reason, count, counts.messages)
    return None


def _describe(stop: ChannelStop) -> dict[str, str]:
    return {"reason": stop.reason, "detail": stop.detail}
