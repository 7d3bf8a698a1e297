"""The delivery's turn on this machine: a lock of the system tells at once that the process
before is dead."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from winback.delivery.dispatcher import TURN
from winback.ledger.engine import Ledger
from winback.ledger.locks import Turn, end_turn, take_turn


@contextmanager
def turn_of(ledger: Ledger, folder: Path, now: datetime) -> Iterator[Turn]:
    """The right to deliver, until this is left. Raises RunUnderWay.

    A lock of the system, which ends with its process, says at once that the one before is dead; its
    turn would pass only with its time. The number of the turn is what counts: also a run on another
    machine is fenced by it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname()
    with (folder / "deliver.lock").open("w") as lock:
        free = _locked(lock.fileno())
        # Who took a turn without the lock would be taken for dead by the one who has it.
        turn = take_turn(
            ledger,
            TURN,
            f"{host}:{os.getpid()}",
            now,
            lambda holder: free and holder.startswith(f"{host}:"),
            free,
        )
        try:
            yield turn
        finally:
            end_turn(ledger, turn)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
