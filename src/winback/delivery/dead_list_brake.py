"""The brake of a run: a channel whose messages keep bouncing or being refused stops before the
whole list has gone."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from winback.ledger.dead_lists import LOOKED_AT, REFUSED, find_held, is_dead_list, stop_channel
from winback.ledger.engine import Ledger
from winback.ledger.message_outcomes import Outcome

_REASON = "dead_list"


@dataclass
class DeadListBrake:
    """Looks at what comes back from each channel of a run."""

    ledger: Ledger
    actor: str
    clock: Callable[[], datetime]
    stops: dict[str, tuple[int, int]] = field(default_factory=dict)
    newest: dict[str, deque[bool]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=LOOKED_AT))
    )

    def find_held(self, channels: Iterable[str]) -> dict[str, dict[str, str]]:
        """The channels that must not begin: by what was heard since, or not resumed yet."""
        now = self.clock()
        held = {name: find_held(self.ledger, name, self.actor, now) for name in channels}
        return {
            name: {"reason": _REASON, "detail": detail}
            for name, detail in held.items()
            if detail is not None
        }

    def watch(self, channel: str, outcomes: Sequence[Outcome]) -> dict[str, str] | None:
        """Count in what became of messages; why the channel must stop, None: it need not."""
        newest = self.newest[channel]
        newest.extend(
            each.state == "failed" and each.reason in REFUSED
            for each in outcomes
            if each.state in ("sent", "failed")
        )
        dead, looked_at = sum(newest), len(newest)
        if not is_dead_list(dead, looked_at):
            return None
        self.stops[channel] = (dead, looked_at)
        return {"reason": _REASON, "detail": f"{dead}/{looked_at}"}

    def note_stop(self, channel: str) -> None:
        """Keep that a channel stopped in this run, if it did: once what became of its messages is
        kept."""
        if channel in self.stops:
            stop_channel(self.ledger, channel, *self.stops[channel], self.actor, self.clock())
