"""A small world to send in: a wave in a ledger, channels whose receivers keep their own log, and a crash wherever one is asked for.

What went out is counted at the receivers, never in the ledger.
"""

from collections import Counter
from datetime import date, datetime, timedelta

from winback.delivery.channels.base import SendResult
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN, dispatch
from winback.history.checks import HistoryRules, check_history
from winback.history.ledger_rows import load_history
from winback.history.receiver_logs import ReceivedMessage
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.integrity import audit
from winback.ledger.locks import acquire
from winback.ledger.suppression import SuppressionRules
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import count_wave, decide_wave, insert_wave

NOW = datetime(2026, 11, 22, 9, 30)
WAVE = "general-2026w47"
KEY = b"of the journal"


class Crash(BaseException):
    """The process is gone: nothing of it may be caught."""


class Receiver:
    """A channel whose log is the other side's. die_in: crash while the n-th message is handed over, once it has gone out;
    taken: what it says `again` of has gone out all the same; endpoint: who it is, else known by its class."""

    def __init__(
        self,
        kind,
        batch_size=1,
        die_in=None,
        says=lambda _message: "sent",
        taken=False,
        endpoint=None,
    ):
        self.kind, self.batch_size, self.die_in, self.says = kind, batch_size, die_in, says
        self.taken, self.endpoint = taken, endpoint
        self.log = []

    def send(self, messages):
        result = []
        for message in messages:
            said = self.says(message)
            if said in ("sent", "unknown") or self.taken:
                self.log.append(
                    (message.wave_id, message.customer_id, message.step, message.delivery_id)
                )
            sure = not (said == "again" and self.taken)
            result.append(SendResult(message.delivery_id, said, certain_not_sent=sure))
            if self.die_in is not None:
                self.die_in -= 1
                if self.die_in == 0:
                    self.die_in = None
                    raise Crash
        return result

    @property
    def twice(self):
        return [key for key, count in Counter(self.log).items() if count > 1]


def step(channel="email", after=0, only_if="always", offer=None, cost=0):
    return PlannedStep(channel, only_if, after, offer, cost, "Hello", f"through {channel}")


def treated(name, *steps, household=None, owner=None):
    steps = steps or (step(),)
    return PlannedAssignment(
        name,
        household or name,
        "treatment",
        "silent_other",
        "wake",
        None,
        0.8,
        12_300,
        owner,
        steps,
    )


def held(name):
    return PlannedAssignment(name, name, "holdout", "silent_other", "wake", None, 0.7, 4_500)


def excluded(name, why="never.refunded"):
    return PlannedAssignment(name, name, "excluded", "no_action", None, why)


def plan(ledger, assigned, budgets=None, wave_id=WAVE, approve=True, now=NOW, plan=None):
    playbook, cycle = wave_id.rsplit("-", 1)
    insert_wave(
        ledger,
        wave_id,
        playbook,
        cycle,
        date(2026, 11, 16),
        assigned,
        budgets or {},
        plan or WavePlan(planned=len(assigned)),
        "li",
        now,
    )
    if approve:
        decide_wave(ledger, wave_id, "approved", "li", now)


class Clock:
    """A clock that goes on by a second each time it is looked at."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def crash_at(number):
    """A hook that crashes at the n-th point it is called at; 0: never. It counts the points it has passed."""

    def hook(point):
        hook.passed.append(point)
        if len(hook.passed) == number:
            raise Crash

    hook.passed = []
    return hook


def run(
    ledger, channels, folder, rules=None, clock=None, hook=lambda _point: None, deliver=dispatch
):
    """One run of the delivery, whoever held the turn before being dead. Returns None where it crashed."""
    clock = clock or Clock()
    lease = acquire(ledger, TURN, "here", clock(), lambda _holder: True)
    try:
        with ClaimJournal([folder / "journal"], KEY) as journal:
            return deliver(
                ledger, lease, channels, rules or SuppressionRules(), journal, clock, hook
            )
    except Crash:
        return None


def states(ledger, wave_id=WAVE):
    result = Counter()
    for row in count_wave(ledger, wave_id)["messages"]:
        result[row["state"]] += row["messages"]
    return dict(result)


def witness(ledger, receivers, lines=()):
    """What the second witness finds, by the receivers' own logs. lines: of a log besides."""
    told = [
        ReceivedMessage("log", 0, key, None, customer, None, wave, number)
        for receiver in receivers
        for wave, customer, number, key in receiver.log
    ]
    with ledger.begin_snapshot() as connection:
        result = check_history(load_history(connection), [*told, *lines], HistoryRules())
    # Clocks are set back here, and a no is said at moments of its own: its order is not to be told from moments.
    return [each for each in result.findings if each.rule != "opted_out"]


def assert_well(ledger, receivers, in_flight=0):
    """I1 to I3, I7 and the ledger's own promises; a second witness finds nothing either."""
    assert audit(ledger) == []
    assert witness(ledger, receivers) == []
    for receiver in receivers:
        if receiver.kind == "one_shot":
            assert receiver.twice == []
    unknown = states(ledger).get("unknown", 0)
    assert unknown <= in_flight, f"{unknown} unknown after {in_flight} crashes"
