"""What takes long or writes much: our own commands, run beside the service one at a time, as if
typed (DESIGN 8).

So a page does what the command line does, with the same refusals; pandas and the models' training
stay out of this process; and what was begun goes on where the service is stopped.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.core.errors import WinbackError
from winback.dashboard.context import Desk
from winback.i18n.translate import Language, inert, say
from winback.ledger.jobs import Task, begin_task, end_task, hold_task, newest_tasks, tell_task

QUICK_SECONDS = 120.0  # for a question that somebody waits for
_TOLD_SECONDS = 1.0  # between two notes of how far a task is
_PATIENCE_SECONDS = 20.0  # for room to ask
_LONGEST = 2_000  # characters of its last words
_LOOKS = 8  # for the end of a task that is about to be told
_GONE_SECONDS = 60.0  # without a word of a task on another machine
_ASKING = threading.BoundedSemaphore(
    2
)  # questions somebody waits for: each is a process of its own


@dataclass(frozen=True)
class Answer:
    """What a command printed. told: its JSON, empty where it was refused; said: why it was."""

    code: int
    told: Mapping[str, Any]
    said: str


def start(
    desk: Desk,
    kind: str,
    command: Sequence[str],
    by: str,
    language: Language,
    detail: dict[str, str],
) -> str:
    """Run a command of ours in the background; returns its task. Raises TaskRunning."""
    for _ in range(_LOOKS):
        if not recover(desk):
            break
        time.sleep(_TOLD_SECONDS)
    task_id = begin_task(desk.ledger, kind, detail, by, _holder(os.getpid()), desk.now())
    log = _log(desk, task_id)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # To a file, not to a pipe: it must go on writing where nobody reads any more.
        with os.fdopen(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as stream:
            process = _begin(desk, command, language, subprocess.DEVNULL, stream.fileno())
        hold_task(desk.ledger, task_id, _holder(process.pid))
    except Exception as error:  # a full disk, say: nothing runs, so nothing must seem to
        end_task(desk.ledger, task_id, type(error).__name__, desk.now(), 1)
        raise
    threading.Thread(target=_follow, args=(desk, task_id, process, log), daemon=True).start()
    return task_id


def ask(desk: Desk, command: Sequence[str], language: Language) -> Answer:
    """Run a command of ours and wait for what it says."""
    if not _ASKING.acquire(timeout=_PATIENCE_SECONDS):
        return Answer(1, {}, say("task.too_long", language))
    try:
        return _asked(desk, command, language)
    finally:
        _ASKING.release()


def _asked(desk: Desk, command: Sequence[str], language: Language) -> Answer:
    process = _begin(desk, command, language, subprocess.PIPE, subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=QUICK_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Answer(1, {}, say("task.too_long", language))
    lines = err.decode("utf-8", "replace").splitlines()
    try:
        told = dict(json.loads(out)) if process.returncode == 0 else {}
    except ValueError:
        told = {}
    return Answer(process.returncode, told, inert(lines[-1])[:_LONGEST] if lines else "")


def recover(desk: Desk) -> bool:
    """End tasks whose process is gone: the service was stopped while they ran. Returns whether one
    may be about to be ended.

    Whoever started a task hears how it ended a moment after its process is gone, and says so; what
    was not seen for a minute, and does not run on this machine, is over.
    """
    waits = False
    for task in newest_tasks(desk.ledger, 10):
        if not task.runs or _runs_here(task.holder):
            continue
        elsewhere = task.holder.partition(":")[0] != socket.gethostname()
        if (desk.now() - task.seen_at).total_seconds() > (
            _GONE_SECONDS if elsewhere else _TOLD_SECONDS * 6
        ):
            end_task(desk.ledger, task.task_id, None, desk.now(), None)
            _log(desk, task.task_id).unlink(missing_ok=True)
        else:
            waits = waits or not elsewhere
    return waits


def state_of(task: Task) -> str:
    """`runs`, `done`, `refused`, or `cut_off` where nobody heard how it ended."""
    if task.runs:
        return "runs"
    return "cut_off" if task.exit_code is None else "refused" if task.exit_code else "done"


def _begin(
    desk: Desk, command: Sequence[str], language: Language, out: int, err: int
) -> "subprocess.Popen[bytes]":
    environment = {
        **desk.environment,
        "WINBACK_HOME": str(desk.home.root),
        "WINBACK_PROGRESS": "lines",
        "PYTHONUTF8": "1",
    }
    line = [sys.executable, "-m", "winback.cli", *command, "--lang", language]
    return subprocess.Popen(
        line,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def _follow(desk: Desk, task_id: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Note how far a task is until it ends."""
    while True:
        try:
            code: int | None = process.wait(_TOLD_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        try:
            last = _last_line(log)
            if code is None:
                tell_task(desk.ledger, task_id, last, desk.now())
                continue
            end_task(desk.ledger, task_id, last if code else None, desk.now(), code)
            log.unlink(missing_ok=True)
            return
        except (
            WinbackError,
            OSError,
        ):  # a ledger that is busy or away: it is told as soon as it can be
            time.sleep(_TOLD_SECONDS)


def _log(desk: Desk, task_id: str) -> Path:
    return desk.folder / "tasks" / f"{task_id}.txt"


def _last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _LONGEST))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    return inert(lines[-1]) if lines else ""


def _holder(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_began(pid)}"


def _runs_here(holder: str) -> bool:
    """Whether a process runs on this machine: the very one, for numbers are given again."""
    host, number, began = holder.split(":")
    return host == socket.gethostname() and began != "" and _began(int(number)) == began


def _began(pid: int) -> str:
    """When a process began, as the system counts; empty where it does not run."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[19]
        )
    except (OSError, IndexError):
        return ""
