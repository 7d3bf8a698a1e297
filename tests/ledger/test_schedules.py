"""Random schedules: whatever a customer says, and whatever the shop learns of them, before a claim's
transaction begins keeps their message back; at any point of a run, beside crashes and lost answers.

"Sometimes" assertions: a campaign fails, too, if it never came where it gets hard. Each schedule ends
with an audit under seals, so the campaign is also one of clean histories without a false alarm.
"""

import os
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import (
    WAVE,
    Clock,
    Receiver,
    crash_at,
    excluded,
    held,
    plan,
    run,
    states,
    step,
    treated,
    witness,
)
from winback.ledger.consents import add_receipt, set_consent, suppress
from winback.ledger.engine import open_ledger
from winback.ledger.integrity import audit
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import DELIVERIES

SOAK = bool(os.environ.get("WINBACK_SOAK"))
NAMES = tuple("abcdefgh")
CAPS = (Cap("email", 7, 2), Cap("*", 1, 2))
CHANNELS = ("email", "sms", "call")
POINTS = ("begun", "recovered", "claimed", "journalled", "handed_over")
RULES = ("ordered", "complaint", "refunded", "order_news")
# What a campaign must have seen, each at least `get_least` times.
SOMETIMES = (
    *(f"crashed at {point}" for point in POINTS),
    *(f"said within a run: {kind}" for kind in ("no", "address", "rule", "consent", "receipt")),
    *(f"kept: {reason}" for reason in ("unsubscribed", "no_consent", "bounced", *RULES)),
    *(f"state: {state}" for state in ("sent", "unknown", "failed", "suppressed", "not_needed")),
    "kept: complained",
    "rules changed under a claim",
    "recovered: again",
    "recovered: unknown",
    "an answer was lost",
    "asked again",
    "said of a message in flight",
)


def get_least(schedules):
    """How often each branch must have been visited at least."""
    return min(100, schedules // 20)


@dataclass(frozen=True)
class Said:
    """What was committed: who must not be written to, through which channels; log: how much each
    receiver had by then; in_flight: the messages that were claimed already."""

    name: str
    channels: tuple[str, ...]
    log: dict[str, int]
    in_flight: frozenset[str]


class ShopRules:
    """What the shop's tables say, by version: another one may be published at any moment, also just
    after it was read. publish: called then."""

    def __init__(self, visits, publish):
        self.version, self.kept_away, self.visits, self.read = 0, {}, visits, None
        self.publish = publish

    def get(self, _now):
        if self.read != self.version:
            self.read = self.version
            addresses = {name: {"email": f"to:mail-{name}"} for name in NAMES}
            consent = frozenset({"sms"})
            self.rules = SuppressionRules(CAPS, consent, dict(self.kept_away), addresses=addresses)
        rules = self.rules
        self.publish()
        return rules

    def is_current(self):
        self.visits["rules changed under a claim"] += self.read != self.version
        return self.read == self.version

    def forget(self):
        self.read = None


class Schedule:
    """One ledger's life, by a seed."""

    def __init__(self, template, folder, seed, visits):
        self.folder, self.visits, self.draw = folder, visits, random.Random(seed)
        shutil.copy(template, folder / "ledger.db")
        self.ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
        self.clock, self.said, self.rules = Clock(), list[Said](), ShopRules(visits, self.publish)
        self.answer = "sent"
        self.receivers = {
            "email": Receiver("one_shot", says=self.reply),
            "sms": Receiver("one_shot", says=self.reply),
            "call": Receiver("set_like", batch_size=2),
        }

    def reply(self, _message):
        self.visits["an answer was lost"] += self.answer == "unknown"
        self.visits["asked again"] += self.answer == "again"
        return self.answer

    def publish(self):
        """Now and then the tables change between two claims, after they were asked."""
        if self.draw.random() < 0.03:
            self.note(name := self.draw.choice(NAMES), self.say_rule(name))

    def live(self):
        for _ in range(self.draw.randint(5, 8)):
            self.answer = self.draw.choice(("sent", "sent", "sent", "failed", "again", "unknown"))
            if self.draw.random() < 0.4:
                self.say("between runs")
            self.send()
            self.clock.now += timedelta(hours=self.draw.choice((1, 1, 25, 50)))
        self.check()

    def send(self):
        crash = crash_at(self.draw.choice((0, 0, self.draw.randint(1, 20))))
        speak = {self.draw.randint(1, 16) for _ in range(self.draw.randint(0, 2))}

        def hook(point):
            if len(crash.passed) + 1 in speak:
                self.say("within a run")
            crash(point)

        done = run(self.ledger, self.receivers, self.folder, self.rules, self.clock, hook)
        if done is None:
            self.visits[f"crashed at {crash.passed[-1]}"] += 1
            return
        for reason, count in done.kept.items():
            self.visits[f"kept: {reason}"] += count
        for what, count in done.recovered.items():
            self.visits[f"recovered: {what}"] += count

    def say(self, when):
        went = [each[1] for each in self.receivers["email"].log]
        name = self.draw.choice([*NAMES, *went])
        kind = self.draw.choice(("no", "address", "rule", "consent", "receipt", "receipt"))
        channels = getattr(self, f"say_{kind}")(name)
        if channels:
            self.visits[f"said {when}: {kind}"] += 1
            self.note(name, channels)

    def say_no(self, name):
        channel = self.draw.choice(("*", "email", "sms"))
        suppress(self.ledger, name, channel, "unsubscribed", self.clock.now, "page")
        return CHANNELS if channel == "*" else (channel,)

    def say_address(self, name):
        """An opt-out that names a mail address alone."""
        suppress(self.ledger, f"to:mail-{name}", "*", "unsubscribed", self.clock.now, "page")
        return CHANNELS

    def say_rule(self, name):
        self.rules.kept_away[WAVE, name] = self.draw.choice(RULES)
        self.rules.version += 1
        return CHANNELS

    def say_consent(self, name):
        set_consent(self.ledger, name, "sms", False, self.clock.now, "shop")
        return ("sms",)

    def say_receipt(self, name):
        """A bounce or a report of spam, of a message that went out."""
        went = [each for each in self.receivers["email"].log if each[1] == name]
        if not went:
            return ()
        kind = self.draw.choice(("bounced", "bounced", "complained"))
        reason = "hard 550" if kind == "bounced" else None
        add_receipt(self.ledger, went[-1][3], kind, self.clock.now, "mta", reason)
        return ("email",) if kind == "bounced" else CHANNELS

    def note(self, name, channels):
        d = DELIVERIES.c
        claimed = sa.select(d.delivery_id).where(d.customer_id == name, d.state == "claimed")
        with self.ledger.begin_read() as connection:
            in_flight = frozenset(connection.execute(claimed).scalars())
        self.visits["said of a message in flight"] += bool(in_flight)
        log = {channel: len(each.log) for channel, each in self.receivers.items()}
        self.said.append(Said(name, channels, log, in_flight))

    def check(self):
        for each in self.said:
            for channel in each.channels:
                later = self.receivers[channel].log[each.log[channel] :]
                late = [one for one in later if one[1] == each.name]
                assert all(one[3] in each.in_flight for one in late), (each, late)
        assert self.receivers["email"].twice == self.receivers["sms"].twice == []
        reached = {one[1] for receiver in self.receivers.values() for one in receiver.log}
        assert not reached & {"held", "out"}
        assert audit(self.ledger, CAPS) == []
        assert witness(self.ledger, self.receivers.values()) == []
        for state, count in states(self.ledger).items():
            self.visits[f"state: {state}"] += count
        self.ledger.engine.dispose()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("schedules") / "ledger.db"
    ledger = open_ledger(path, seal_key=SEAL_KEY)
    ledger.migrate()
    ladder = (step(), step(after=1), step("sms", after=1), step("call", after=1))
    calls = (step("call"), step("call", after=1), step(after=1))
    people = [treated(name, *(calls if name in "fgh" else ladder)) for name in NAMES]
    plan(ledger, [*people, held("held"), excluded("out")])
    for name in NAMES[:6]:
        set_consent(ledger, name, "sms", True, Clock().now - timedelta(days=9), "shop")
    ledger.engine.dispose()
    return path


@pytest.mark.parametrize(
    "schedules", [25, pytest.param(10_000 if SOAK else 150, marks=pytest.mark.full)]
)
def test_what_is_said_before_a_claim_holds_for_it(schedules, template, tmp_path, record_property):
    visits = Counter()
    for seed in range(schedules):
        folder = tmp_path / str(seed)
        folder.mkdir()
        Schedule(template, folder, seed, visits).live()
        shutil.rmtree(folder)
    for branch in SOMETIMES:
        record_property(branch, visits[branch])
    least = get_least(schedules)
    assert {branch: visits[branch] for branch in SOMETIMES if visits[branch] < least} == {}


def test_a_campaign_that_never_comes_where_it_gets_hard_fails(template, tmp_path):
    visits = Counter()
    Schedule(template, tmp_path, 1, visits).check()
    assert [branch for branch in SOMETIMES if not visits[branch]]
