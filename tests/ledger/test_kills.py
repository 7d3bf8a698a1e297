"""Real processes and real kills: what the receiver's own log holds twice was sent twice."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import (
    WAVE,
    Clock,
    Receiver,
    assert_well,
    held,
    plan,
    run,
    states,
    step,
    treated,
    witness,
)
from winback.history.receiver_logs import ReceivedMessage
from winback.ledger.engine import open_ledger
from winback.ledger.tables.waves import DELIVERIES

ROOT = Path(__file__).parents[2]
SOAK = bool(os.environ.get("WINBACK_SOAK"))


class World:
    """A ledger with a wave, a receiver, and workers to start."""

    def __init__(self, folder, customers, speed=1.0):
        self.folder, self.speed, self.started, self.workers = folder, speed, time.time(), []
        ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
        ledger.migrate()
        mails = [treated(f"e{number:05}") for number in range(customers)]
        plan(
            ledger,
            [
                *mails,
                *(treated(f"c{number:05}", step("call")) for number in range(customers // 10)),
                held("h"),
            ],
        )
        ledger.engine.dispose()
        self.receiver = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("receiver.py"), folder / "log"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self.receiver.stdout.readline().strip()

    def worker(self, variant=""):
        command = [
            sys.executable,
            "-m",
            "tests.ledger.worker",
            str(self.folder),
            self.port,
            str(self.started),
            str(self.speed),
        ]
        self.workers.append(
            subprocess.Popen(
                [*command, *filter(None, [variant])], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
        )
        return self.workers[-1]

    def close(self):
        for process in (*self.workers, self.receiver):
            process.kill()
            process.wait()
            process.stdout.close()

    def received(self):
        """Of one-shot messages, how often each stands in the receiver's log."""
        lines = (
            (self.folder / "log").read_text().splitlines() if (self.folder / "log").exists() else []
        )
        return Counter(line for line in lines if line.startswith("one_shot"))

    def lines(self):
        """The whole log, as the second witness reads it."""
        rows = enumerate((self.folder / "log").read_text().splitlines(), start=1)
        told = ((number, *line.split()) for number, line in rows)
        return [
            ReceivedMessage("log", number, None, None, customer, None, WAVE, int(step))
            for number, _, customer, step in told
        ]

    def finish(self):
        """One last run, here, and what is true after it."""
        ledger = open_ledger(self.folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
        clock = Clock()
        late = [Receiver("one_shot"), Receiver("set_like", batch_size=20)]
        clock.now = clock.now.replace(year=2027)
        run(ledger, dict(zip(("email", "call"), late, strict=True)), self.folder, clock=clock)
        return ledger, late


@pytest.fixture
def world(tmp_path):
    made = []

    def make(customers, speed=1.0):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(World(folder, customers, speed))
        return made[-1]

    yield make
    for each in made:
        each.close()


def killed(worker, after):
    """Kill a worker so many seconds after it was ready; returns whether it was still at work."""
    worker.stdout.readline()
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.wait(after)
    at_work = worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    return at_work


def killed_in_flight(worker, log, lines):
    """Kill a worker the moment the receiver has so many more lines in its log: the last one is
    received, and not answered yet. Returns whether it was still at work."""
    worker.stdout.readline()
    begun, seen = time.monotonic(), log.read_bytes().count(b"\n") if log.exists() else 0
    size = log.stat().st_size if log.exists() else 0
    while worker.poll() is None and time.monotonic() - begun < 5:
        if log.exists() and log.stat().st_size > size:
            size = log.stat().st_size
            if log.read_bytes().count(b"\n") >= seen + lines:
                break
        time.sleep(0.0005)
    at_work = worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    return at_work


def count_in_flight(ledger, received):
    """Of one-shot messages that a receiver has, those of which the ledger does not know it."""
    d = DELIVERIES.c
    with ledger.begin_read() as connection:
        lost = connection.execute(sa.select(d.customer_id, d.step).where(d.state == "unknown"))
        return sum(f"one_shot {row.customer_id} {row.step}" in received for row in lost)


@pytest.mark.parametrize("kills", [6, pytest.param(3_000 if SOAK else 40, marks=pytest.mark.full)])
def test_a_delivery_killed_again_and_again_sends_nothing_twice_and_loses_nobody(
    world, kills, record_property
):
    """I1, I2, I7: at most one message is unknown for each kill. Every second kill is aimed by the
    receiver's log at a message in flight, the others come at any moment."""
    draw, mine, done = random.Random(kills), world(kills * 60), 0
    for number in range(kills):
        if number % 2:
            done += killed(mine.worker(), draw.uniform(0.0, 0.25))
        else:
            done += killed_in_flight(mine.worker(), mine.folder / "log", draw.randint(1, 4))
    assert done >= kills * 0.9, "the kills must hit a worker at work"
    received = mine.received()
    assert [key for key, count in received.items() if count > 1] == []
    ledger, late = mine.finish()
    assert_well(ledger, late, in_flight=kills)
    assert witness(ledger, late, mine.lines()) == []
    in_flight = count_in_flight(ledger, received)
    record_property("kills", kills)
    record_property("hit a message in flight", in_flight)
    assert in_flight >= kills / 3, "the aimed kills must hit messages in flight"
    result, sent_late = states(ledger), {each[1] for each in late[0].log}
    assert not sent_late & {key.split()[1] for key in received}
    assert result["sent"] + result.get("unknown", 0) == kills * 60 + kills * 6
    assert result["sent"] - kills * 6 <= len(received) + len(sent_late) <= kills * 60


def test_a_bad_delivery_killed_again_and_again_is_caught(world):
    """Read, send, write down: the harness must see it."""
    draw, mine = random.Random(3), world(4_000)
    for _ in range(50):
        killed(mine.worker("read_then_send"), draw.uniform(0.0, 0.25))
        if any(count > 1 for count in mine.received().values()):
            return
    pytest.fail("not caught in fifty trials")


@pytest.mark.parametrize("starts", [3, pytest.param(200 if SOAK else 25, marks=pytest.mark.full)])
def test_of_two_started_at_once_one_runs(world, starts):
    """Exactly one proceeds, and says so; the other one says who runs."""
    mine = world(starts * 20)
    codes = Counter()
    for _ in range(starts):
        workers = [mine.worker(), mine.worker()]
        turns = [worker.stdout.readline() + worker.stdout.readline() for worker in workers]
        assert any("turn" in result for result in turns)
        codes.update(worker.wait(300) for worker in workers)
    assert set(codes) <= {0, 3}
    assert all(count == 1 for count in mine.received().values())
    assert len(mine.received()) == starts * 20


def stop_outside_a_transaction(worker, path):
    """Who stops while it writes keeps everybody from writing, as SQLite has it: the second one would wait for the first."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        try:
            with contextlib.closing(
                sqlite3.connect(path, timeout=0, isolation_level=None)
            ) as probe:
                probe.execute("begin immediate")
                probe.execute("rollback")
                return
        except sqlite3.OperationalError:
            worker.send_signal(signal.SIGCONT)
            time.sleep(0.01)


@pytest.mark.full
def test_who_was_stopped_past_its_turn_is_fenced_off(world):
    """A laptop closed over lunch, a machine that was paused: it wakes and finds another one at work."""
    mine = world(600, speed=60)  # a turn of a minute is a second
    first = mine.worker()
    assert [first.stdout.readline(), first.stdout.readline()] == ["ready\n", "turn\n"]
    time.sleep(0.3)
    stop_outside_a_transaction(first, mine.folder / "ledger.db")
    time.sleep(1.5)
    second = mine.worker()
    assert [second.stdout.readline(), second.stdout.readline()] == ["ready\n", "turn\n"]
    time.sleep(0.2)
    first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 4
    assert second.wait(120) == 0
    assert all(count == 1 for count in mine.received().values())
    ledger, late = mine.finish()
    assert_well(ledger, late, in_flight=1)
    assert witness(ledger, late, mine.lines()) == []
