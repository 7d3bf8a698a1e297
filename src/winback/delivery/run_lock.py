"""The lock of a run on this machine: a lock of the system tells at once that the process
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
from winback.ledger.locks import Lease, acquire, release


@contextmanager
def hold_run_lock(ledger: Ledger, folder: Path, now: datetime) -> Iterator[Lease]:
    """The right to deliver, until this is left. Raises RunInProgress.

    A lock of the system, which ends with its process, says at once that the one before is dead;
    its lease would pass only with its time. The number of the lease is what counts: also a run on
    another machine is fenced by it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname()
    with (folder / "deliver.lock").open("w") as lock:
        free = _try_lock(lock.fileno())
        # Who took a lease without the lock would be taken for dead by the one who has it.
        lease = acquire(
            ledger,
            TURN,
            f"{host}:{os.getpid()}",
            now,
            lambda holder: free and holder.startswith(f"{host}:"),
            free,
        )
        try:
            yield lease
        finally:
            release(ledger, lease)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
