"""A lock on a file: one process at a time, and none for ever."""

import subprocess
import sys

import pytest

from winback.core.locks import LockTaken, hold_lock

HOLD = """
import sys
from pathlib import Path
from winback.core.locks import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_that_is_held_is_refused_and_free_when_its_holder_is_killed(tmp_path):
    path = tmp_path / "a" / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockTaken), hold_lock(path, wait=False):
            pass
        holder.kill()
        holder.wait()
        with hold_lock(path, wait=False):
            pass
