"""Many deliveries beside many crashes: nobody gets a one-shot message twice, and nobody is lost."""

import os
import random
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import (
    NOW,
    Clock,
    Receiver,
    crash_at,
    held,
    plan,
    run,
    states,
    step,
    treated,
)
from winback.ledger.engine import open_ledger
from winback.ledger.integrity import audit

SOAK = bool(os.environ.get("WINBACK_SOAK"))
MEMORY = Path("/dev/shm")  # the ledger in memory, where there is such a place
OF_A_WAVE, LETTERS = 10_000, 1_000  # messages, and how many of them are one-shot
RUNS = 40  # of a wave, before one must get through


@pytest.fixture
def folder(tmp_path):
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="winback-many-") as place:
        yield Path(place)


def send_wave(ledger, folder, number, messages, draw, hit):
    """Plan a wave, and run it until nothing is due, with crashes on the way; returns its
    receivers."""
    day = NOW + timedelta(days=7 * number)
    letters = messages // (OF_A_WAVE // LETTERS)
    people = [treated(f"e{at}", step(cost=30)) for at in range(letters)]
    people += [treated(f"c{at}", step("call", cost=10)) for at in range(messages - letters)]
    wave_id = f"many-{day.year}w{day.isocalendar()[1]:02}x{number}"
    plan(ledger, [*people, held("h")], {"*": 10**9}, wave_id, now=day)
    mail, call = Receiver("one_shot"), Receiver("set_like", batch_size=500)
    clock = Clock(day)
    for at in range(RUNS):
        crash = draw.randint(1, messages // 20) if at < RUNS - 1 and draw.random() < 0.8 else 0
        done = run(ledger, {"email": mail, "call": call}, folder, None, clock, crash_at(crash))
        hit["crashes"] += done is None
        if done is not None:
            break
    hit["unknown"] += states(ledger, wave_id).get("unknown", 0)
    went = states(ledger, wave_id)
    assert set(went) <= {"sent", "unknown"}
    assert sum(went.values()) == messages, "nobody is lost"
    assert mail.twice == []
    assert {each[1] for each in call.log} == {f"c{at}" for at in range(messages - letters)}
    assert len(mail.log) <= letters <= len(mail.log) + went.get("unknown", 0)
    return mail, call


@pytest.mark.parametrize(
    "messages", [1_000, pytest.param(1_000_000 if SOAK else 20_000, marks=pytest.mark.full)]
)
def test_of_many_deliveries_none_is_sent_twice_and_none_is_lost(messages, folder, record_property):
    draw, hit, sent = random.Random(messages), Counter(), 0
    ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
    ledger.migrate()
    for number in range(-(-messages // OF_A_WAVE)):
        of_wave = min(messages, OF_A_WAVE)
        send_wave(ledger, folder, number, of_wave, draw, hit)
        sent += of_wave
    assert sent == messages
    assert hit["unknown"] <= hit["crashes"]
    assert audit(ledger) == []
    ledger.engine.dispose()
    for name in ("crashes", "unknown"):
        record_property(name, hit[name])
