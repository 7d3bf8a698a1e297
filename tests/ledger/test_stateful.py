"""The ledger against a model of it: any order of runs, crashes, answers, clocks and changed minds (Hypothesis, stateful)."""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import (
    NOW,
    Clock,
    Receiver,
    crash_at,
    excluded,
    held,
    plan,
    run,
    step,
    treated,
    witness,
)
from winback.core.wave_errors import ClockBehind, WaveDecided
from winback.ledger.consents import add_receipt, set_consent, suppress
from winback.ledger.engine import open_ledger
from winback.ledger.integrity import audit
from winback.ledger.locks import CLOCK_TOLERANCE
from winback.ledger.recovery import resolve_unconfirmed
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.schema import SCHEMA
from winback.ledger.tables.waves import DELIVERIES
from winback.ledger.waves import decide_wave

SOAK = bool(os.environ.get("WINBACK_SOAK"))
NAMES = ("a", "b", "c", "d")
CAPS = (Cap("email", 7, 2), Cap("*", 1, 2))


class Sending(RuleBasedStateMachine):
    """Two waves of four customers, with ladders over three channels."""

    url: str | None = None

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp(prefix="winback-machine-"))
        self.clock, self.crashes = Clock(), 0
        self.latest = self.clock.now  # when a run was last let go on
        self.says = "sent"
        self.email = Receiver("one_shot", says=lambda _message: self.says)
        self.sms = Receiver("one_shot", says=lambda _message: self.says)
        self.call = Receiver("set_like", batch_size=3)
        self.silent: dict[
            tuple[str, str], int
        ] = {}  # who said no, and how many messages they had by then
        self.ledger = open_ledger(
            self.folder / "ledger.db", self.url, keep_open=True, seal_key=SEAL_KEY
        )
        if self.url:
            with self.ledger.begin_write() as connection:
                SCHEMA.drop_all(connection)
                connection.execute(sa.text("drop table if exists alembic_version"))
        self.ledger.migrate()
        for number, wave in enumerate(("one-2026w47", "two-2026w48")):
            people = [treated(name, step(offer="c", cost=10), step(after=2, only_if="not_clicked"), step("call", after=1),
                              step("sms", after=1)) for name in NAMES]  # fmt: skip
            plan(
                self.ledger,
                [*people, held("h"), excluded("x")],
                {"c": 30},
                wave,
                approve=number == 0,
            )

    @property
    def channels(self):
        return {"email": self.email, "sms": self.sms, "call": self.call}

    @rule(at=st.integers(0, 25))
    def deliver(self, at):
        self._deliver(SuppressionRules(CAPS, frozenset({"sms"})), at)

    @rule(name=st.sampled_from(NAMES), at=st.integers(0, 10))
    def deliver_who_has_not_ordered(self, name, at):
        rules = SuppressionRules(CAPS, frozenset({"sms"}), {("one-2026w47", name): "ordered"})
        self._deliver(rules, at)

    def _deliver(self, rules, at):
        try:
            done = run(self.ledger, self.channels, self.folder, rules, self.clock, crash_at(at))
        except ClockBehind:  # a run has seen a much later moment: nothing goes until it has come
            assert self.clock.now < self.latest - CLOCK_TOLERANCE
            return
        self.latest = max(self.latest, self.clock.now)
        self.crashes += done is None

    @rule(hours=st.sampled_from([-50, -1, 1, 30, 80, 200]))
    def let_time_pass(self, hours):
        self.clock.now += timedelta(hours=hours)

    @rule(said=st.sampled_from(["sent", "sent", "sent", "failed", "again", "unknown"]))
    def channels_begin_to_say(self, said):
        self.says = said

    @rule(
        state=st.sampled_from(["approved", "stopped"]),
        wave=st.sampled_from(["one-2026w47", "two-2026w48"]),
    )
    def decide(self, state, wave):
        try:
            decide_wave(self.ledger, wave, state, "li", self.clock())
        except WaveDecided:
            assert state == "approved"

    @rule(name=st.sampled_from(NAMES), channel=st.sampled_from(["email", "sms"]))
    def say_no(self, name, channel):
        suppress(self.ledger, name, channel, "unsubscribed", min(self.clock(), NOW), "page")
        self.silent.setdefault((name, channel), self._count(name, channel))

    @rule(name=st.sampled_from(NAMES), given=st.booleans())
    def tell_of_sms(self, name, given):
        set_consent(self.ledger, name, "sms", given, self.clock(), "shop")

    @rule(data=st.data())
    def click(self, data):
        if self.email.log:
            add_receipt(
                self.ledger,
                data.draw(st.sampled_from(self.email.log))[3],
                "clicked",
                self.clock(),
                "shop",
            )

    @rule()
    def resolve_one(self):
        """A person looks, and says what is so."""
        with self.ledger.begin_read() as connection:
            actual = connection.execute(
                sa.select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.state == "unknown")
            ).scalar()
        if actual is not None:
            logs = (each for receiver in self.channels.values() for each in receiver.log)
            sent = any(each[3] == actual for each in logs)
            resolve_unconfirmed(self.ledger, actual, sent, "li", "looked", self.clock())

    def _count(self, name, channel):
        return sum(each[1] == name for each in self.channels[channel].log)

    @invariant()
    def promises_hold(self):
        if not hasattr(self, "ledger"):
            return
        assert audit(self.ledger, CAPS) == []
        assert witness(self.ledger, [self.email, self.sms, self.call]) == []
        assert self.email.twice == self.sms.twice == []
        for receiver in (self.email, self.sms, self.call):
            assert not {"h", "x"} & {each[1] for each in receiver.log}
        for (name, channel), count in self.silent.items():
            assert self._count(name, channel) == count, "nobody who said no is written to"

    def teardown(self):
        if hasattr(self, "ledger"):
            self.ledger.engine.dispose()
            shutil.rmtree(self.folder)


def budget(examples, steps):
    return settings(max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))  # fmt: skip


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(12, 25), pytest.param(*((5_000, 100) if SOAK else (60, 50)), marks=pytest.mark.full)],
)
def test_whatever_happens_the_ledger_keeps_its_promises(examples, steps):
    run_state_machine_as_test(Sending, settings=budget(examples, steps))


@pytest.mark.full
def test_so_it_does_on_postgres(postgres):
    machine = type(
        "SendingOnPostgres",
        (Sending,),
        {"url": postgres.replace("postgresql://", "postgresql+psycopg://")},
    )
    run_state_machine_as_test(machine, settings=budget(*((40, 50) if SOAK else (15, 50))))
