"""What takes long or writes much: workflows, run beside the service one at a time, each in a
process of its own.

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
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.core.errors import WinbackError
from winback.dashboard.context import DashboardContext
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.ledger.jobs import (
    JobRecord,
    list_newest_jobs,
    record_job_end,
    record_job_process,
    record_job_progress,
    record_job_start,
)
from winback.workflows.jobs import Job, JobRequest, encode_request, get_job_kind

QUICK_SECONDS = 120.0  # for a question that somebody waits for
_TOLD_SECONDS = 1.0  # between two notes of how far a job is
_PATIENCE_SECONDS = 20.0  # for room to ask
_LONGEST = 2_000  # characters of its last words
_LOOKS = 8  # for the end of a job that is about to be noted
_GONE_SECONDS = 60.0  # without a word of a job on another machine
_ASKING = threading.BoundedSemaphore(
    2
)  # questions somebody waits for: each is a process of its own


@dataclass(frozen=True)
class JobResult:
    """What a job printed. json: empty where it was refused; message: why it was."""

    code: int
    json: Mapping[str, Any]
    message: str


def start_job(
    context: DashboardContext,
    job: Job,
    by: str,
    language: Language,
    detail: dict[str, str],
) -> str:
    """Run a job in the background; returns its id. Raises JobRunning."""
    for _ in range(_LOOKS):
        if not recover_jobs(context):
            break
        time.sleep(_TOLD_SECONDS)
    job_id = record_job_start(
        context.ledger, get_job_kind(job), detail, by, _name_holder(os.getpid()), context.now()
    )
    log = _get_log_path(context, job_id)
    try:
        process = _start_logged(context, log)
        _send_request(process, _encode_request(context, job, by, language))
        record_job_process(context.ledger, job_id, _name_holder(process.pid))
    except Exception as error:  # a full disk, say: nothing runs, so nothing must seem to
        record_job_end(context.ledger, job_id, type(error).__name__, context.now(), 1)
        raise
    following = (context, job_id, process, log)
    threading.Thread(target=_follow_progress, args=following, daemon=True).start()
    return job_id


def run_and_wait(context: DashboardContext, job: Job, by: str, language: Language) -> JobResult:
    """Run a job and wait for what it says."""
    if not _ASKING.acquire(timeout=_PATIENCE_SECONDS):
        return JobResult(1, {}, translate("job.too_long", language))
    try:
        return _run_job(context, job, by, language)
    finally:
        _ASKING.release()


def _run_job(context: DashboardContext, job: Job, by: str, language: Language) -> JobResult:
    request = _encode_request(context, job, by, language)
    with _start_process(context, subprocess.PIPE, subprocess.PIPE) as process:
        try:
            out, err = process.communicate(request, timeout=QUICK_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return JobResult(1, {}, translate("job.too_long", language))
    lines = err.decode("utf-8", "replace").splitlines()
    try:
        values = dict(json.loads(out)) if process.returncode == 0 else {}
    except ValueError:
        values = {}
    message = strip_control_chars(lines[-1])[:_LONGEST] if lines else ""
    return JobResult(process.returncode, values, message)


def recover_jobs(context: DashboardContext) -> bool:
    """End jobs whose process is gone: the service was stopped while they ran. Returns whether one
    may be about to be ended.

    Whoever started a job hears how it ended a moment after its process is gone, and says so; what
    was not seen for a minute, and does not run on this machine, is over.
    """
    waits = False
    for job in list_newest_jobs(context.ledger, 10):
        if not job.is_running or _is_running_here(job.holder):
            continue
        elsewhere = job.holder.partition(":")[0] != socket.gethostname()
        if (context.now() - job.seen_at).total_seconds() > (
            _GONE_SECONDS if elsewhere else _TOLD_SECONDS * 6
        ):
            record_job_end(context.ledger, job.job_id, None, context.now(), None)
            _get_log_path(context, job.job_id).unlink(missing_ok=True)
        else:
            waits = waits or not elsewhere
    return waits


def get_job_state(job: JobRecord) -> str:
    """`runs`, `done`, `refused`, or `cut_off` where nobody heard how it ended."""
    if job.is_running:
        return "runs"
    return "cut_off" if job.exit_code is None else "refused" if job.exit_code else "done"


def _encode_request(context: DashboardContext, job: Job, by: str, language: Language) -> bytes:
    return encode_request(JobRequest(str(context.shop_file), language, by, job))


def _start_logged(context: DashboardContext, log: Path) -> "subprocess.Popen[bytes]":
    """A process that writes what it says to a file, not to a pipe: it must go on writing where
    nobody reads any more."""
    log.parent.mkdir(parents=True, exist_ok=True)
    private = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(private, "wb") as stream:
        return _start_process(context, subprocess.DEVNULL, stream.fileno())


def _start_process(context: DashboardContext, out: int, err: int) -> "subprocess.Popen[bytes]":
    environment = {
        **context.environment,
        "WINBACK_HOME": str(context.home.root),
        "WINBACK_PROGRESS": "lines",
        "PYTHONUTF8": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "winback.workflows.job_process"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def _send_request(process: "subprocess.Popen[bytes]", request: bytes) -> None:
    """Hand a process its request; one that is gone already says why itself."""
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as stream:
        stream.write(request)


def _follow_progress(
    context: DashboardContext, job_id: str, process: "subprocess.Popen[bytes]", log: Path
) -> None:
    """Note how far a job is until it ends."""
    while True:
        try:
            code: int | None = process.wait(_TOLD_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        try:
            last = _read_last_line(log)
            if code is None:
                record_job_progress(context.ledger, job_id, last, context.now())
                continue
            record_job_end(context.ledger, job_id, last if code else None, context.now(), code)
            log.unlink(missing_ok=True)
            return
        except (
            WinbackError,
            OSError,
        ):  # a ledger that is busy or away: it is noted as soon as it can be
            time.sleep(_TOLD_SECONDS)


def _get_log_path(context: DashboardContext, job_id: str) -> Path:
    return context.folder / "jobs" / f"{job_id}.txt"


def _read_last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _LONGEST))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    return strip_control_chars(lines[-1]) if lines else ""


def _name_holder(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_read_start_time(pid)}"


def _is_running_here(holder: str) -> bool:
    """Whether a process runs on this machine: the very one, for numbers are given again."""
    host, number, began = holder.split(":")
    return host == socket.gethostname() and began != "" and _read_start_time(int(number)) == began


def _read_start_time(pid: int) -> str:
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
