"""One at a time among the processes of this machine, by a lock on a file that ends with whoever
holds it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockTaken(Exception):
    """Another process holds the lock."""


@contextmanager
def hold_lock(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock. path: of its file, made where it is missing. wait: for whoever holds it, else
    raises LockTaken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # also a file system that cannot lock: nobody knows who else is there
            if wait:
                raise
            raise LockTaken(path) from None
        yield
