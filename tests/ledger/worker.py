"""The delivery in a process of its own, to be killed: a one-shot channel to a receiver, and one that may be repeated.

    python -m tests.ledger.worker FOLDER PORT T0 SPEED [VARIANT]

T0 and SPEED make the clock: so many seconds pass in one. Exit codes: 0 done, 3 another one runs, 4 fenced off.
"""

import socket
import sys
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import NOW
from winback.core.wave_errors import LeaseLost, RunInProgress
from winback.delivery.channels.base import SendResult
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import dispatch
from winback.delivery.run_lock import hold_run_lock
from winback.ledger.engine import open_ledger
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.tables.waves import DELIVERIES


class Line:
    """A channel over a socket: one line a message."""

    def __init__(self, port, kind, batch_size):
        self.kind, self.batch_size = kind, batch_size
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._answers = self._socket.makefile("rb")

    def send(self, messages):
        for each in messages:
            self._socket.sendall(f"{self.kind} {each.customer_id} {each.step}\n".encode())
            assert self._answers.readline() == b"ok\n"
        return [SendResult(each.delivery_id, "sent") for each in messages]


def read_then_send(ledger, channels, clock):
    """Mautic's way, to be caught."""
    with ledger.begin_read() as connection:
        waiting = (
            (DELIVERIES.c.state == "pending")
            & (DELIVERIES.c.due_at <= clock())
            & (DELIVERIES.c.channel == "email")
        )
        due = connection.execute(
            sa.select(DELIVERIES).where(waiting).order_by(DELIVERIES.c.rank)
        ).all()
    for row in due:
        channels["email"].send([row])
        with ledger.begin_write() as connection:
            mine = DELIVERIES.c.delivery_id == row.delivery_id
            connection.execute(sa.update(DELIVERIES).where(mine).values(state="sent"))


def main(folder, port, t0, speed, variant=""):
    def clock():
        return NOW + timedelta(seconds=(time.time() - t0) * speed)

    channels = {"email": Line(port, "one_shot", 1), "call": Line(port, "set_like", 20)}
    ledger = open_ledger(folder / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
    print("ready", flush=True)
    if variant == "read_then_send":
        read_then_send(ledger, channels, clock)
        return 0
    try:
        with (
            hold_run_lock(ledger, folder, clock()) as lease,
            ClaimJournal([folder / "journal"], b"of the journal") as journal,
        ):
            print("turn", flush=True)
            dispatch(ledger, lease, channels, SuppressionRules((Cap("*", 7, 3),)), journal, clock)
    except RunInProgress:
        return 3
    except LeaseLost:
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(
        main(
            Path(sys.argv[1]),
            int(sys.argv[2]),
            float(sys.argv[3]),
            float(sys.argv[4]),
            *sys.argv[5:],
        )
    )
