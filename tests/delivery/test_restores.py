"""A wave's life with a restore or a move at any point of it, to any point before: nothing goes twice, nobody is lost."""

import contextlib
import itertools
import random
import shutil
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from tests.delivery.test_sender_state import Machine
from tests.ledger.world import NOW, Receiver, held, states, step, treated
from winback.core.wave_errors import WinbackError
from winback.delivery.channels.base import ChannelStopped
from winback.ledger.waves import list_waves

PEOPLE = 5
LATER = NOW + timedelta(days=3, hours=1)
MINUTES = [timedelta(minutes=2 * number) for number in range(PEOPLE)]  # longer than a channel rests
HOW = ("ledger", "folder", "lost", "released")


class Slow(Receiver):
    """Takes so many messages, and then no more for now."""

    room = 10**9

    def send(self, messages):
        if self.room <= 0:
            raise ChannelStopped("busy")
        self.room -= len(messages)
        return super().send(messages)


def people():
    """Two letters each, and a call after them; one of the shop's is held out."""
    ladder = (step(), step(after=3), step("call", after=1))
    return [*(treated(f"c{at}", *ladder) for at in range(PEOPLE)), held("h")]


def live(machine, folder):
    """A wave from before its plan to its last message, a copy of everything kept at each point of it."""
    letters = machine.receivers["email"]
    moments = [
        lambda: machine.ledger.engine.dispose(),
        lambda: machine.plan(people()),
        machine.approve,
        *(partial(send, machine, letters, NOW + minute) for minute in MINUTES),
        *(partial(send, machine, letters, LATER + minute) for minute in MINUTES),
        lambda: machine.run(LATER + timedelta(days=2)),
    ]
    logs = []
    for number, moment in enumerate(moments):
        moment()
        shutil.copytree(machine.home, folder / f"{number}-home")
        copy(machine.root, folder / f"{number}-state")
        logs.append({name: list(each.log) for name, each in machine.receivers.items()})
    return logs


def send(machine, letters, now):
    letters.room = 1
    machine.run(now)


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    folder = tmp_path_factory.mktemp("life")
    logs = live(
        Machine(folder, {"email": Slow("one_shot"), "call": Receiver("set_like", 20)}), folder
    )
    return folder, logs


def go_on(life, place, backup, restored, how):
    """From a point of a life on, with what an earlier point had: as an operator would who plans, approves and runs."""
    folder, logs = life
    receivers = {"email": Receiver("one_shot"), "call": Receiver("set_like", 20)}
    for name, log in logs[restored].items():
        receivers[name].log = list(log)
    machine = Machine(folder, receivers)  # in the same place: a ledger is known by it, too
    for kept, its in (("home", machine.home), ("state", machine.root)):
        shutil.rmtree(its, ignore_errors=True)
        copy(folder / f"{restored}-{kept}", its)
    if how == "ledger":
        machine.restore(folder / f"{backup}-home" / "ledger.db")
    elif how == "folder":
        shutil.rmtree(machine.home)
        copy(folder / f"{backup}-home", machine.home)
    elif how == "lost":
        machine = Machine(place, receivers, "two")
        copy(folder / f"{backup}-home", machine.home)
    else:
        ignore_refusals(machine.move)
        other = Machine(place, receivers, "two")
        copy(machine.home, other.home)
        machine = other
    ignore_refusals(machine.run)
    is_moved = how in ("lost", "released")
    ignore_refusals(partial(machine.move, is_lost=how == "lost") if is_moved else machine.reconcile)
    if not list_waves(machine.ledger):
        machine.plan(people())
    ignore_refusals(machine.approve)
    for days in (3, 7, 11):
        machine.run(LATER + timedelta(days=days))
    return machine


def copy(source, target):
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True)


def ignore_refusals(do):
    with contextlib.suppress(WinbackError):
        do()


def check(machine):
    letters = machine.receivers["email"]
    assert letters.twice == []
    assert "h" not in {customer for _, customer, _, _ in letters.log}
    got = Counter(states(machine.ledger))
    assert sum(got.values()) == 3 * PEOPLE, got
    assert set(got) <= {"sent", "pending", "unknown", "not_needed"}
    sent = {(customer, number) for _, customer, number, _ in letters.log}
    with machine.ledger.begin_read() as connection:
        rows = connection.exec_driver_sql(
            "select customer_id, step, state from deliveries where channel = 'email'"
        )
        for customer, number, state in rows.fetchall():
            assert state in ("sent", "unknown") or (customer, number) not in sent
            assert state != "sent" or (customer, number) in sent
    assert machine.audit() == []


def list_trials():
    points = range(3 + 2 * PEOPLE + 1)
    pairs = [(backup, at) for backup, at in itertools.product(points, points) if backup <= at]
    trials = [
        (backup, at, how)
        for backup, at in pairs
        for how in HOW
        if how != "released" or backup == at
    ]
    return random.Random(21).sample(trials, len(trials))


TRIALS = list_trials()
EVERYDAY = 12


def try_all(life, tmp_path, trials):
    for number, (backup, restored, how) in enumerate(trials):
        place = tmp_path / str(number)
        place.mkdir()
        try:
            check(go_on(life, place, backup, restored, how))
        except AssertionError as error:
            raise AssertionError(f"{how}: from {restored} back to {backup}: {error}") from error
        shutil.rmtree(place)


def test_restored_and_moved_at_some_points_of_a_waves_life(life, tmp_path):
    try_all(life, tmp_path, TRIALS[:EVERYDAY])


@pytest.mark.full
def test_restored_and_moved_at_every_point_of_a_waves_life(life, tmp_path):
    assert len(TRIALS) > 300
    try_all(life, tmp_path, TRIALS)


def test_a_life_without_a_restore_sends_everything(life):
    logs = life[1]
    assert (len(logs[-1]["email"]), len(logs[-1]["call"])) == (2 * PEOPLE, PEOPLE)
