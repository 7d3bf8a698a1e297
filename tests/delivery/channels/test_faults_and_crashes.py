"""One-shot channels with faults at the receiver and crashes here, together: counted in the receivers' logs."""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.ledger.world import NOW, WAVE, Clock, crash_at, held, plan, run, states, step, treated
from winback.delivery.channel_registry import poll_receipts
from winback.delivery.channels.mail import MailChannel, MailServer
from winback.delivery.channels.wecom.api import WeComApp, WeComClient
from winback.delivery.channels.wecom.tasks import WeComTasks
from winback.history.checks import HistoryRules, check_history
from winback.history.ledger_rows import load_history
from winback.history.receiver_logs import read_log
from winback.ledger.engine import open_ledger
from winback.ledger.integrity import audit
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.waves import count_wave

PEOPLE = 14
RULES = SuppressionRules((Cap("wecom", 1, 1), Cap("*", 7, 3)))
SEEDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 20))]


def campaign(tmp_path, channel_name, channel_of, seed):
    """Runs with crashes, some hours apart, until nothing moves; returns the ledger and how many runs crashed."""
    draw, clock = random.Random(seed), Clock(NOW)
    ledger = open_ledger(tmp_path / "ledger.db", keep_open=True)
    ledger.migrate()
    steps = (step(channel_name, cost=10), step(channel_name, after=1, cost=10))
    plan(
        ledger,
        [*(treated(f"c{number:02}", *steps, owner="li") for number in range(PEOPLE)), held("h")],
        budgets={"*": 10_000},
    )
    crashes = 0
    for _ in range(30):
        channel = channel_of(clock)
        poll_receipts(ledger, {channel_name: channel}, clock())
        crashes += (
            run(
                ledger,
                {channel_name: channel},
                tmp_path,
                RULES,
                clock,
                crash_at(draw.choice([0, 0, 2, 3, 4, 5, 6])),
            )
            is None
        )
        clock.now += timedelta(hours=draw.choice([1, 5, 26]))
    assert crashes
    assert audit(ledger, RULES.caps) == []
    first = sum(row["messages"] for row in count_wave(ledger, WAVE)["messages"] if row["step"] == 1)
    assert first == PEOPLE, "nobody is lost"
    return ledger, crashes


def hold_against(ledger, receiver):
    """What the second witness finds in a receiver's log."""
    with ledger.begin_snapshot() as connection:
        history = load_history(connection)
    # Its clock is not the one that is moved here.
    lines = [replace(each, at=None) for each in read_log(receiver.path)]
    return check_history(history, lines, HistoryRules((("*", 7, 3),))).findings


@pytest.mark.parametrize("seed", SEEDS)
def test_letters(start, tmp_path, seed):
    draw = random.Random(seed)
    faults = ["ok"] * 8 + [
        "greylist",
        "later",
        "drop_before",
        "drop_after",
        "silent",
        "garbage",
        "refuse",
        "closing",
    ]
    draw.shuffle(faults)
    sink = start("mail", "{}", json.dumps(faults))
    server = MailServer(
        "127.0.0.1",
        sink.port,
        "hello@shop.example",
        "shop",
        "https://shop.example/stop",
        security="none",
    )

    def channel_of(clock):
        return MailChannel(
            server, lambda customer: f"{customer}@example.com", lambda key: f"{key}.t", clock, 0.5
        )

    ledger, _ = campaign(tmp_path, "email", channel_of, seed)
    letters = sink.log()
    assert letters
    assert all(line["first"] for line in letters), "a letter came twice"
    assert hold_against(ledger, sink) == []
    result = states(ledger)
    assert 0 < result["sent"] <= len(letters) <= result["sent"] + result.get("unknown", 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_tasks(start, tmp_path, seed):
    """Unknown ones are found in the list of tasks, and none is made a second time."""
    draw = random.Random(seed)
    faults = ["ok"] * 6 + [
        "-1",
        "html",
        "reset_after",
        "reset_before",
        "fail_after",
        "errcode_text",
        "45033",
    ]
    draw.shuffle(faults)
    contacts = {"li": {f"wo{number:02}": {} for number in range(PEOPLE)}}
    result = {
        "corpid": "corp",
        "secret": "s3cret",
        "contacts": contacts,
        "now": int(
            (NOW - NOW.replace(year=1970, month=1, day=1, hour=0, minute=0)).total_seconds()
        ),
    }
    there = start("wecom", json.dumps(result), json.dumps(faults))
    root = f"http://127.0.0.1:{there.port}/cgi-bin"

    def channel_of(clock):
        return WeComTasks(
            WeComClient(WeComApp("corp", "s3cret", root), clock, 0.5),
            lambda customer: f"wo{customer[1:]}",
        )

    ledger, _ = campaign(tmp_path, "wecom", channel_of, seed)
    tasks = there.log(did="task")
    assert tasks
    assert max(Counter(task["external"][0] for task in tasks).values()) == 1, (
        "a task was made twice"
    )
    assert hold_against(ledger, there) == []
    result = states(ledger)
    assert result["created"] + result.get("unknown", 0) >= len(tasks) >= result["created"]
