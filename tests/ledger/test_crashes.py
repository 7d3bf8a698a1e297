"""Crashes at every point of the delivery, in one process: nobody gets a one-shot message twice, and nobody is lost.

Each harness also runs deliveries known to be bad, and must catch them: a crash test that never failed counts for nothing.
"""

import os
import random
import shutil
import sqlite3
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import (
    NOW,
    Clock,
    Receiver,
    assert_well,
    crash_at,
    held,
    plan,
    run,
    states,
    step,
    treated,
    witness,
)
from winback.core.wave_errors import LedgerRefused
from winback.delivery.dispatcher import dispatch
from winback.ledger.consents import add_receipt, suppress
from winback.ledger.engine import open_ledger
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import DELIVERIES

SOAK = bool(os.environ.get("WINBACK_SOAK"))

CUSTOMERS = [treated(f"e{n}", step(), step(after=1)) for n in range(3)] + [
    treated(f"c{n}", step("call")) for n in range(3)
]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A migrated ledger with an approved wave, to copy: migrating takes longer than a whole run."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    ledger = open_ledger(path, seal_key=SEAL_KEY)
    ledger.migrate()
    plan(ledger, [*CUSTOMERS, held("h")])
    return path


@pytest.fixture
def fresh(template, tmp_path):
    made = []

    def copy():
        folder = tmp_path / str(len(made))
        folder.mkdir()
        shutil.copy(template, folder / "ledger.db")
        made.append(folder)
        return folder

    return copy


def survive(folder, crashes, deliver=dispatch, die_in=None):
    """Run with crashes, one after another, and then until nothing is due; returns the ledger, the receivers and the hooks."""
    email, call = Receiver("one_shot", die_in=die_in), Receiver("set_like", batch_size=2)
    channels, hooks = {"email": email, "call": call}, []
    clock = Clock()
    for number in (*crashes, 0, 0, 0):
        ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
        hooks.append(crash_at(number))
        run(ledger, channels, folder, clock=clock, hook=hooks[-1], deliver=deliver)
        clock.now += timedelta(hours=30)  # the second step is due
    return ledger, [email, call], hooks


def test_without_a_crash_everybody_gets_everything(fresh):
    ledger, [email, call], _ = survive(fresh(), ())
    assert (len(email.log), len(call.log), states(ledger)) == (6, 3, {"sent": 9})
    assert_well(ledger, [email, call])


@pytest.mark.parametrize("step", [13, pytest.param(1 if SOAK else 3, marks=pytest.mark.full)])
def test_a_crash_at_every_point_and_another_at_every_point_after_it(fresh, step):
    _, _, hooks = survive(fresh(), ())
    points = len(hooks[0].passed)
    seen, trials = set(), 0
    for first in range(1, points + 1):
        for second in range(1 + first % step, points + 1, step):
            ledger, receivers, hooks = survive(fresh(), (first, second))
            assert_well(ledger, receivers, in_flight=2)
            assert {each[1] for each in receivers[1].log} == {"c0", "c1", "c2"}
            assert not {"pending", "claimed"} & set(states(ledger)) or states(ledger).get("unknown")
            seen |= {hook.passed[-1] for hook in hooks[:2] if hook.passed}
            trials += 1
    assert seen == {"begun", "recovered", "claimed", "journalled", "handed_over"}
    assert trials >= (150 if step == 1 else points)


@pytest.mark.parametrize("message", range(1, 7))
def test_a_crash_while_a_message_goes_out_leaves_one_unknown(fresh, message):
    ledger, receivers, _ = survive(fresh(), (), die_in=message)
    assert_well(ledger, receivers, in_flight=1)
    assert states(ledger)["unknown"] == 1


def read_then_send(ledger, _turn, channels, _rules, _journal, clock, hook=lambda _point: None):
    """What Mautic did (#9880): read who is due, send, write it down."""
    with ledger.begin_read() as connection:
        rows = connection.execute(
            sa.select(DELIVERIES).where(
                DELIVERIES.c.state == "pending", DELIVERIES.c.due_at <= clock()
            )
        )
        due = [row for row in rows.mappings() if row["channel"] == "email"]
    hook("read")
    for row in due:
        channels["email"].send([_Plain(row)])
        hook("handed_over")
        with ledger.begin_write() as connection:
            mine = DELIVERIES.c.delivery_id == row["delivery_id"]
            connection.execute(
                sa.update(DELIVERIES).where(mine).values(state="sent", claimed_at=clock())
            )
        hook("settled")


class _Plain:
    def __init__(self, row):
        self.__dict__.update(row)


def whatever_the_class(ledger, lease, channels, rules, journal, clock, hook):
    """Takes a one-shot channel for one that may be repeated."""
    result = {
        name: SimpleNamespace(kind="keyed", batch_size=each.batch_size, send=each.send)
        for name, each in channels.items()
    }
    return dispatch(ledger, lease, result, rules, journal, clock, hook)


@pytest.mark.parametrize("bad", [read_then_send, whatever_the_class])
def test_a_bad_delivery_is_caught_within_fifty_trials(fresh, bad):
    draw, trials = random.Random(11), 0
    while True:
        trials += 1
        assert trials <= 50, "not caught"
        ledger, [email, call], _ = survive(
            fresh(), [draw.randint(1, 20) for _ in range(2)], deliver=bad
        )
        if email.twice:
            found = {each.rule for each in witness(ledger, [email, call])}
            assert "received_twice" in found or bad is whatever_the_class
            return


def test_two_bad_deliveries_at_once_are_caught(fresh):
    """Without a turn: both have read the same list."""
    folder, email = fresh(), Receiver("one_shot")
    ledger, clock = open_ledger(folder / "ledger.db", seal_key=SEAL_KEY), Clock()

    def other(point):
        if point == "read":
            read_then_send(ledger, None, {"email": email}, None, None, clock, lambda _point: None)

    read_then_send(ledger, None, {"email": email}, None, None, clock, other)
    assert email.twice


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.full)])
def test_the_disk_is_full_at_the_nth_write(fresh, step):
    """n = 1, 2, 3 … until a run ends clean (SQLite's own method)."""
    number, failed = 1, 0
    while True:
        folder, email, call = fresh(), Receiver("one_shot"), Receiver("set_like", batch_size=2)
        ledger = open_ledger(folder / "ledger.db", seal_key=SEAL_KEY)
        written = _fail_at(ledger, number)
        try:
            run(ledger, {"email": email, "call": call}, folder)
        except LedgerRefused as refusal:
            failed += refusal.values["detail"] == "database or disk is full"
        clean = written[0] < number
        healthy = open_ledger(folder / "ledger.db", seal_key=SEAL_KEY)
        run(healthy, {"email": email, "call": call}, folder, clock=Clock(NOW + timedelta(hours=1)))
        assert_well(healthy, [email, call], in_flight=1)
        if clean:
            assert failed >= 10 // step
            return
        number += step


def _fail_at(ledger, number):
    """Let the n-th statement that writes, or commit, fail as a full disk does, and all after it."""
    written = [0]

    def count(text):
        if text.split()[0].upper() in ("INSERT", "UPDATE", "DELETE", "COMMIT", "BEGIN"):
            written[0] += 1
            if written[0] >= number:
                raise OperationalError(
                    text, {}, sqlite3.OperationalError("database or disk is full")
                )

    def before(_connection, _cursor, statement, *_rest):
        count(statement)

    sa.event.listen(ledger.engine, "before_cursor_execute", before)
    sa.event.listen(ledger.engine, "commit", lambda _connection: count("COMMIT"))
    return written


@pytest.mark.parametrize("seed", range(20))
def test_a_random_week_of_crashes_clock_jumps_and_changed_minds(fresh, seed):
    """Simulated weeks from one seed: runs, crashes, caps, people who unsubscribe, clicks, clocks set back."""
    draw, folder = random.Random(seed), fresh()
    email = Receiver(
        "one_shot", says=lambda _message: draw.choice(["sent"] * 6 + ["failed", "unknown", "again"])
    )
    call, clock, rules = (
        Receiver("set_like", batch_size=2),
        Clock(),
        SuppressionRules((Cap("email", 7, 1), Cap("*", 1, 2))),
    )
    crashed = told_unknown = 0
    for _ in range(30):
        ledger = open_ledger(folder / "ledger.db", seal_key=SEAL_KEY)
        match draw.randrange(6):
            case 0 | 1 | 2:
                hook = crash_at(draw.randint(0, 30))
                crashed += (
                    run(ledger, {"email": email, "call": call}, folder, rules, clock, hook) is None
                )
            case 3:
                clock.now += timedelta(hours=draw.choice([-30, 5, 30, 100]))
            case 4:
                suppress(
                    ledger,
                    draw.choice(["e0", "e1", "c0"]),
                    draw.choice(["email", "*"]),
                    "unsubscribed",
                    clock(),
                    "page",
                )
            case _:
                sent = [each for each in email.log if each[2] == 1]
                if sent:
                    add_receipt(ledger, draw.choice(sent)[3], "clicked", clock(), "shop")
    ledger = open_ledger(folder / "ledger.db", seal_key=SEAL_KEY)
    told_unknown = len([1 for each in email.log]) - states(ledger).get("sent", 0)
    assert_well(ledger, [email, call], in_flight=crashed + max(told_unknown, 0) + 3)
    by_customer = [each[1] for each in email.log]
    assert all(by_customer.count(name) <= 1 + _weeks(clock) for name in set(by_customer))


def _weeks(clock):
    return int((clock.now - NOW) / timedelta(days=7)) + 1
