"""Durable claims and sends per second through a channel that does nothing, against raw SQLite
commits on the same disk (L12).

A raw commit writes one row with `synchronous=FULL`. A message costs two durable facts, that it was
claimed and that it was sent; both are counted. `one_shot` is one message at a time, `set_like` five
thousand: only what may be repeated is grouped.
"""

import sqlite3
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from runs import HERE, measured, ratio, report, rounds

from winback.delivery.channels.base import SendResult
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN, dispatch
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.engine import open_ledger
from winback.ledger.locks import acquire
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave, insert_wave

ROUNDS, COMMITS, ONE_BY_ONE, GROUPED = 5, 3_000, 1_500, 20_000
NOW = datetime(2026, 11, 22, 9)


class Nothing:
    """A channel that does nothing."""

    def __init__(self, kind: str, batch_size: int) -> None:
        self.kind, self.batch_size = kind, batch_size

    def send(self, messages):
        return [SendResult(each.delivery_id, "sent") for each in messages]


def raw(folder: Path) -> dict[str, float]:
    """One row a commit."""
    con = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for statement in (
        "pragma journal_mode = wal",
        "pragma synchronous = full",
        "create table t (a integer primary key, b text)",
    ):
        con.execute(statement)
    begun = time.perf_counter()
    for number in range(COMMITS):
        con.execute("begin immediate")
        con.execute("insert into t values (?, ?)", (number, "x" * 50))
        con.execute("commit")
    return {"a_second": COMMITS / (time.perf_counter() - begun)}


def one_shot(folder: Path) -> dict[str, float]:
    """A message at a time."""
    return _sent(folder, Nothing("one_shot", 1), ONE_BY_ONE)


def set_like(folder: Path) -> dict[str, float]:
    """Five thousand at a time."""
    return _sent(folder, Nothing("set_like", 5_000), GROUPED)


def _sent(folder: Path, channel: Nothing, messages: int) -> dict[str, float]:
    ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=bytes(32))
    ledger.migrate()
    steps = (
        PlannedStep(
            "email", "always", 0, "coupon", 100, "Hello", "a message of some length, as they are"
        ),
    )
    ids = [f"c{number:07}" for number in range(messages)]
    people = [
        PlannedAssignment(each, each, "treatment", "silent_other", "wake", steps=steps)
        for each in ids
    ]
    insert_wave(
        ledger,
        "bench-2026w47",
        "bench",
        "2026w47",
        date(2026, 11, 16),
        people,
        {"*": 10**12},
        WavePlan(),
        "bench",
        NOW,
    )
    decide_wave(ledger, "bench-2026w47", "approved", "bench", NOW)
    rules = SuppressionRules(
        (Cap("email", 7, 2), Cap("*", 7, 3)), opens=lambda _channel, _customer, now: now
    )
    lease = acquire(ledger, TURN, "bench", NOW)
    paths = [folder / "journal", folder / "copy"]  # as beside the ledger and in the state folder
    with ClaimJournal(paths, b"of the benchmark") as journal:
        begun = time.perf_counter()
        done = dispatch(
            ledger, lease, {"email": channel}, rules, journal, lambda: NOW + timedelta(seconds=1)
        )
        seconds = time.perf_counter() - begun
    assert done.sent == messages
    return {"a_second": 2 * messages / seconds}


def main() -> None:
    """Measure all three in turn, on the disk of this checkout."""
    done = rounds("ledger.py", ["raw", "one_shot", "set_like"], [], ROUNDS)
    report(
        "ledger",
        {
            "claims and sends of channels that may be repeated, against raw commits": (
                ratio(done, "set_like", "raw", "a_second"), "≥", 0.8),
            "claims and sends one at a time, against raw commits": (ratio(done, "one_shot", "raw", "a_second"), "≥", 0.8),
        },
        {"rounds": done, "messages": {"one_shot": ONE_BY_ONE, "set_like": GROUPED}},
    )  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory(dir=HERE) as scratch:
            measured(
                {"raw": raw, "one_shot": one_shot, "set_like": set_like}[sys.argv[1]], Path(scratch)
            )
    else:
        main()
