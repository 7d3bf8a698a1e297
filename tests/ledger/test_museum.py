"""The museum: famous ways in which other systems sent a message twice, each put into this code as a
mutant. Every story must end well with the code as it is, and badly with the mutant: a test that the
old bug would pass counts for nothing.
"""

import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.ledger import world
from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.test_crashes import read_then_send
from tests.ledger.world import KEY, NOW, WAVE, Clock, Receiver, plan, run, step, treated
from winback.core.wave_errors import LeaseLost, LedgerRestored, RunInProgress, WaveDecided
from winback.delivery import dispatcher
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN, dispatch
from winback.ledger import message_outcomes, outbox, recovery, suppression
from winback.ledger.engine import open_ledger
from winback.ledger.locks import acquire
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import ASSIGNMENTS, DELIVERIES, ENTRIES, WAVES

WEEKLY = (Cap("email", 7, 1),)
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """A ledger, and what the outside world has received."""

    folder: Path
    receivers: list = field(default_factory=list)

    def __post_init__(self):
        self.ledger = self.open("ledger.db")
        self.ledger.migrate()

    def open(self, name):
        return open_ledger(self.folder / name, keep_open=True, seal_key=SEAL_KEY)

    def receive(self, kind="one_shot", *args, **kwargs):
        self.receivers.append(Receiver(kind, *args, **kwargs))
        return self.receivers[-1]

    def run(self, receiver, hours=0, ledger=None, rules=None, hook=lambda _point: None, **kwargs):
        clock = Clock(NOW + hours * HOUR)
        channels = {"email": receiver}
        return run(ledger or self.ledger, channels, self.folder, rules, clock, hook, **kwargs)

    def list_twice(self, of=lambda customer: customer):
        """Who got the same step twice: a receiver that knows a key takes it once."""
        reached = Counter()
        for receiver in self.receivers:
            knows = receiver.kind in ("keyed", "set_like")
            seen = dict.fromkeys(receiver.log) if knows else receiver.log
            reached.update((of(customer), number) for _, customer, number, _ in seen)
        return sorted(key for key, count in reached.items() if count > 1)


def people(count=6):
    return [treated(f"c{number}") for number in range(count)]


# The stories.


def resume_after_a_crash(scene):
    plan(scene.ledger, people())
    scene.run(scene.receive(die_in=4))
    scene.run(scene.receive(), 1)
    return scene.list_twice()


def start_a_servers_snapshot(scene):
    """The whole wave has gone out; then a copy of the server from before is started."""
    plan(scene.ledger, people())
    scene.ledger.engine.dispose()
    shutil.copy(scene.folder / "ledger.db", scene.folder / "snapshot.db")
    scene.ledger = scene.open("ledger.db")
    scene.run(scene.receive())
    with suppress(LedgerRestored):
        scene.run(scene.receive(), 5, scene.open("snapshot.db"))
    return scene.list_twice()


def restore_half_way(scene):
    """The journal knows what the restored ledger does not; somebody has said `reconcile`."""
    plan(scene.ledger, people())
    scene.ledger.engine.dispose()
    shutil.copy(scene.folder / "ledger.db", scene.folder / "backup.db")
    scene.ledger = scene.open("ledger.db")
    scene.run(scene.receive(die_in=3))
    restored = scene.open("backup.db")
    with ClaimJournal([scene.folder / "journal"], KEY) as journal:
        known = journal.find_known()
        acquire(restored, TURN, "here", NOW)  # as every run and every `reconcile` does
        recovery.reconcile_after_restore(restored, TURN, journal.read_last(), known, "li", NOW)
    scene.run(scene.receive(), 1, restored)
    return scene.list_twice()


def fall_back_to_another_channel(scene):
    """The first answer was lost; a second step of another channel is there for who got nothing."""
    plan(scene.ledger, [treated("a", step(), step("sms", only_if="always"))])
    mail = scene.receive(says=lambda _message: "unknown")
    fallback = scene.receive()
    for hours in (0, 1, 30):
        channels = {"email": mail, "sms": fallback}
        run(scene.ledger, channels, scene.folder, None, Clock(NOW + hours * HOUR))
    return [("a", 1)] if mail.log and fallback.log else []


def store_slowly_after_the_send(scene):
    """The answer is here and not written yet, when another process looks for work."""
    plan(scene.ledger, people())
    first, second = scene.receive(), scene.receive()
    begun = []

    def look_for_work(point):
        if point == "handed_over" and not begun:
            begun.append(point)
            scene.run(second)

    with suppress(LeaseLost):
        scene.run(first, hook=look_for_work)
    return scene.list_twice()


def work_longer_than_the_time_out(scene):
    """A worker sends for longer than its claim is hidden from others."""
    plan(scene.ledger, people())
    slow, second = scene.receive(), scene.receive()
    deliver = slow.send

    def send_slowly(messages):
        said = deliver(messages)
        if len(slow.log) == 1:
            scene.run(second, 2)
        return said

    slow.send = send_slowly
    with suppress(LeaseLost):
        scene.run(slow)
    return scene.list_twice()


def start_two_at_once(scene):
    plan(scene.ledger, people())
    first, second = scene.receive(), scene.receive()
    begun = []

    def start_another(point):
        if point in ("recovered", "read") and not begun:
            begun.append(point)
            with suppress(RunInProgress), ClaimJournal([scene.folder / "journal"], KEY) as journal:
                lease = acquire(scene.ledger, TURN, "there", NOW)
                dispatch(
                    scene.ledger, lease, {"email": second}, SuppressionRules(), journal, Clock()
                )

    with suppress(LeaseLost):
        scene.run(first, hook=start_another)
    return scene.list_twice()


def send_both_variants(scene):
    """Both variants of a test are planned for the same customers, each as a wave of its own."""
    for variant in ("a", "b"):
        plan(scene.ledger, people(), wave_id=f"general{variant}-2026w47")
    scene.run(scene.receive(), rules=SuppressionRules(WEEKLY))
    return scene.list_twice()


def refuse_one_address_of_a_batch(scene):
    """Three of five are taken, the fourth address is refused, and the connection with it."""
    plan(scene.ledger, people(5))
    receiver = scene.receive(batch_size=5)
    deliver = receiver.send

    def stop_at_the_fourth(messages):
        if len(messages) == 5:
            raise ChannelStopped("refused", results=deliver(messages[:3]), retry_after_seconds=60)
        return deliver(messages)

    receiver.send = stop_at_the_fourth
    scene.run(receiver)
    scene.run(receiver, 1)
    return scene.list_twice()


def come_back_into_the_segment(scene):
    """The week is planned again, after everybody got their message."""
    plan(scene.ledger, people())
    receiver = scene.receive()
    scene.run(receiver)
    with suppress(WaveDecided):
        plan(scene.ledger, people())
    scene.run(receiver, 30)
    return scene.list_twice()


def lose_the_answer(scene):
    plan(scene.ledger, people())
    lost = scene.receive(says=lambda _message: "unknown")
    scene.run(lost)
    lost.says = lambda _message: "sent"
    scene.run(lost, 3)
    return scene.list_twice()


def change_the_gateway(scene):
    """The first gateway took them and answered 500; since then the shop has another one."""
    plan(scene.ledger, people())
    scene.run(scene.receive("keyed", says=lambda _m: "again", taken=True, endpoint="first"))
    scene.run(scene.receive("keyed", endpoint="second"), 1)
    return scene.list_twice()


def ask_again_when_the_key_is_forgotten(scene):
    plan(scene.ledger, people())
    gateway = scene.receive("keyed_for_a_time", says=lambda _message: "again", taken=True)
    scene.run(gateway)
    gateway.says = lambda _message: "sent"
    scene.run(gateway, 25)
    return scene.list_twice()


def write_to_one_address_under_two_accounts(scene):
    plan(scene.ledger, people(2))
    addresses = {f"c{number}": {"email": "to:the same"} for number in range(2)}
    scene.run(scene.receive(), rules=SuppressionRules(WEEKLY, addresses=addresses))
    return scene.list_twice(of=lambda _customer: "to:the same")


# The mutants.


def start_over(patch):
    def recover(ledger, *_):
        with ledger.begin_write() as connection:
            connection.execute(sa.update(DELIVERIES).values(state="pending", exposed_at=None))
        return {}

    patch.setattr(dispatcher, "recover_stale", recover)
    trust_every_row(patch)


def trust_every_row(patch):
    """The mutants write by hand, which the seals would see."""
    patch.setattr(outbox, "is_intact", lambda *_: True)


def look_at_no_journal(patch):
    """Neither before the run nor when its claims are noted."""
    patch.setattr(dispatcher, "check_restored", lambda *_: None)
    patch.setattr(ClaimJournal, "record", lambda *_: None)


def reconcile_the_numbers_alone(patch):
    patch.setattr(recovery, "mark_known", lambda *_: 0)


def take_an_unknown_step_for_none(patch):
    patch.setattr(message_outcomes, "_OPEN", ("pending", "created"))

    def go_on(later, _settled, moment):
        return ((row, {"due_at": moment}) for row in later)

    patch.setattr(message_outcomes, "_iterate_later_steps", go_on)


def take_what_is_claimed_for_waiting(patch):
    """Whatever is not settled was not sent, and waits again at once."""

    def recover(connection_of, *_):
        with connection_of.begin_write() as connection:
            claimed = DELIVERIES.c.state == "claimed"
            connection.execute(sa.update(DELIVERIES).where(claimed).values(state="pending"))
        return {}

    patch.setattr(dispatcher, "recover_stale", recover)
    trust_every_row(patch)


def read_and_then_send(patch):
    """No turn, and no claim: who is due is read, sent, written down."""
    patch.setattr("tests.ledger.test_museum.dispatch", read_then_send)
    patch.setattr("tests.ledger.test_museum.run", run_without_a_turn)
    patch.setattr("tests.ledger.test_museum.acquire", lambda *_: None)


def run_without_a_turn(ledger, channels, folder, rules, clock, hook):
    del folder
    return read_then_send(ledger, None, channels, rules, None, clock, hook)


def count_caps_by_wave(patch):
    count = suppression.SuppressionState._count_claims

    def count_own(self, row, rules, cap, moment):
        mine = {
            name: [each for each in claims if each[0].startswith(row["wave_id"])]
            for name, claims in self.claimed.items()
        }
        before, self.claimed = self.claimed, mine
        try:
            return count(self, row, rules, cap, moment)
        finally:
            self.claimed = before

    patch.setattr(suppression.SuppressionState, "_count_claims", count_own)


def forget_who_was_taken(patch):
    """What a channel said of messages before it stopped is dropped with the error."""
    keep = ChannelStopped.__init__

    def drop(self, reason, detail="", results=(), retry_after_seconds=0):
        del results
        keep(self, reason, detail, (), retry_after_seconds)

    patch.setattr(ChannelStopped, "__init__", drop)


def plan_the_week_anew(patch):
    def replace(ledger, assigned, **kwargs):
        with ledger.begin_write() as connection:
            for table in (DELIVERIES, ENTRIES, ASSIGNMENTS, WAVES):
                connection.execute(sa.delete(table))
        world.plan(ledger, assigned, **kwargs)

    patch.setattr("tests.ledger.test_museum.plan", replace)


def take_a_lost_answer_for_a_no(patch):
    patch.setattr(
        message_outcomes,
        "_is_tried_again",
        lambda outcome, _attempts: outcome.state in ("again", "unknown"),
    )


def ask_nobody_who_has_it(patch):
    patch.setattr(outbox, "_check_exposure", lambda *_: None)


def count_caps_by_account(patch):
    patch.setattr(SuppressionRules, "get_address", lambda *_: None)


EXHIBITS = {
    "listmonk #2313: a resumed campaign starts over": (resume_after_a_crash, start_over),
    "listmonk #1801: a server's snapshot sends again": (
        start_a_servers_snapshot,
        look_at_no_journal,
    ),
    "alignak #871: what is restored is sent again": (
        restore_half_way,
        reconcile_the_numbers_alone,
    ),
    "a fallback goes out beside what it replaces": (
        fall_back_to_another_channel,
        take_an_unknown_step_for_none,
    ),
    "SinergiaCRM #438: slow storage after the send": (
        store_slowly_after_the_send,
        take_what_is_claimed_for_waiting,
    ),
    "celery #2599: work outlives its visibility time-out": (
        work_longer_than_the_time_out,
        take_what_is_claimed_for_waiting,
    ),
    "sidekiq #4441: running work is taken for orphaned": (
        store_slowly_after_the_send,
        start_over,
    ),
    "Mautic #2215: two crons at once": (start_two_at_once, read_and_then_send),
    "Mautic #14098: both variants of a test": (send_both_variants, count_caps_by_wave),
    "NServiceBus #1052: one refused address repeats the batch": (
        refuse_one_address_of_a_batch,
        forget_who_was_taken,
    ),
    "Mautic #8802: back in the segment": (come_back_into_the_segment, plan_the_week_anew),
    "FreeScout #5457: a lost answer is retried": (lose_the_answer, take_a_lost_answer_for_a_no),
    "a changed gateway gets what the first one has": (change_the_gateway, ask_nobody_who_has_it),
    "a receiver that forgets keys is asked a day later": (
        ask_again_when_the_key_is_forgotten,
        ask_nobody_who_has_it,
    ),
    "Mautic #546: one address under two accounts": (
        write_to_one_address_under_two_accounts,
        count_caps_by_account,
    ),
}


@pytest.mark.parametrize(("tell", "mutate"), EXHIBITS.values(), ids=EXHIBITS)
def test_a_famous_bug_is_not_ours_and_would_be_seen(tell, mutate, tmp_path, monkeypatch):
    (tmp_path / "well").mkdir()
    well = Scene(tmp_path / "well")
    assert tell(well) == []
    assert any(receiver.log for receiver in well.receivers)
    (tmp_path / "bad").mkdir()
    bad = Scene(tmp_path / "bad")
    mutate(monkeypatch)
    assert tell(bad) != [], "the mutant lives: this test would not see the bug"


def test_the_wave_of_the_stories_is_one_that_sends(tmp_path):
    scene = Scene(tmp_path)
    plan(scene.ledger, people())
    receiver = scene.receive()
    scene.run(receiver)
    assert {each[0] for each in receiver.log} == {WAVE}
    assert len(receiver.log) == 6
