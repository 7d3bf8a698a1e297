"""The whole week under kill -9: import, score, plan, approve, run, each killed at any moment and typed again."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.typed_commands import AT, DAY, WAVE
from tests.fixtures.wave_channels import company, listed, people_of, smtp, wecom
from winback.ledger.waves import count_wave

ROOT = Path(__file__).parents[2]
SOAK = bool(os.environ.get("WINBACK_SOAK"))
KILLS = 500 if SOAK else 20


def typed(context, *arguments, kill_after=None):
    """Type a command; returns its answer, or None where it was killed first."""
    command = [
        sys.executable,
        "-m",
        "tests.delivery.killable_step",
        AT.isoformat(),
        *arguments,
        "--shop",
        str(context.file),
        "--json",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, err = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.full
def test_a_week_killed_at_any_moment_is_finished_by_typing_it_again(
    context, start, record_property
):
    """I1 to I3 and I7, counted at the receivers: nobody twice, nobody lost, no arm changed, a message unknown a kill at most."""
    people = [{**each, "mail": ""} if each["wecom"] else each for each in people_of(context)]
    there, sink = company(start, people), start("mail", "{}")
    listed(context, people, wecom(there.port, "wecom_task") + smtp(sink.port))
    draw, killed, count = random.Random(5), 0, None
    before = time.monotonic()
    typed(context, "score", "--cutoff", str(DAY))
    took = time.monotonic() - before  # how long a step takes here, and so when to kill
    while True:
        week = [
            ("import",),
            ("score", "--cutoff", str(DAY)),
            ("wave", "plan", "--cutoff", str(DAY)),
            ("wave", "run"),
        ]
        if count is not None:
            week.insert(3, ("wave", "approve", WAVE, "--customers", str(count)))
        for step in week:
            result = None
            while result is None:
                result = typed(
                    context,
                    *step,
                    kill_after=draw.uniform(0.05, 1.3) * took
                    if killed < KILLS and draw.random() < 0.7
                    else None,
                )
                killed += result is None
            if step[1:2] == ("plan",):
                count = result["treatment"]
                assert result["wave"] == WAVE
        if killed >= KILLS:
            break
    status = count_wave(context.ledger, WAVE)
    record_property("kills", killed)
    states = Counter()
    for row in status["messages"]:
        states[row["state"]] += row["messages"]
    assert context("audit", "--json") == {"well": True, "faults": [], "unproven_before": None}
    letters, tasks = sink.log(), there.log(did="task")
    assert letters
    assert tasks
    assert all(line["first"] for line in letters), "a letter came twice"
    assert max(Counter((task["sender"], *task["external"]) for task in tasks).values()) == 1, (
        "a task was made twice"
    )
    assert states["unknown"] <= killed
    treated = sum(row["customers"] for row in status["arms"] if row["arm"] == "treatment")
    assert (
        sum(row["messages"] for row in status["messages"] if row["step"] == 1) == treated == count
    )
    again = typed(context, "wave", "run")
    assert (again["sent"], again["created"], again["unknown"]) == (0, 0, 0)
