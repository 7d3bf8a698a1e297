"""A step in a process of its own, with limits: a file made to crash or to fill the memory takes
only that process along.

DuckDB, Arrow and the readers of workbooks do not promise to survive every file. The two processes
exchange JSON, so that what the child says is data, whatever became of it. The child is forked from
a clean server, which has imported our modules once and runs no threads.
"""

import contextlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from winback.core import errors
from winback.core.errors import ReaderCrashed, ReaderTimeout, WinbackError

Tell = Callable[[str, int], None]
Step = Callable[..., Any]  # its arguments, and `tell` as the last


@dataclass(frozen=True)
class Limits:
    """Of memory for data, in bytes, and of seconds without a sign of life."""

    memory_bytes: int = 1536 << 20
    silent_seconds: float = 300.0


def run_in_subprocess(
    step: Step, arguments: tuple[Any, ...], on_progress: Tell, limits: Limits | None = None
) -> Any:
    """What `step(*arguments, tell)` returns, which must be JSON; its refusals are raised here.

    Raises ReaderCrashed when the process dies or runs out of memory, ReaderTimeout when it goes
    quiet;
    both name the file that it was last heard of.
    """
    limits = limits or Limits()
    _start_fork_server()
    ours, child = _start_child(step, arguments, limits)
    at = ""
    try:
        while True:
            if not ours.poll(limits.silent_seconds):
                raise ReaderTimeout(file=at, seconds=round(limits.silent_seconds))
            message, value = _receive(ours, child, at)
            match message:
                case "progress":
                    at = value[0]
                    on_progress(*value)
                case "done":
                    return value
                case _:
                    _raise_failure(message, value, at, limits)
    finally:
        child.kill()
        child.join()
        ours.close()


def _raise_failure(message: str, value: Any, at: str, limits: Limits) -> None:
    match message:
        case "refused":
            raise _rebuild_refusal(*value)
        case "unexpected_error":
            raise errors.UnexpectedError(detail=value[0]) from RuntimeError(value[1])
        case "memory":
            raise ReaderCrashed(file=at, detail=f"memory > {limits.memory_bytes >> 20} MB")


def _start_child(
    step: Step, arguments: tuple[Any, ...], limits: Limits
) -> "tuple[Connection[Any, Any], ForkServerProcess]":
    context = multiprocessing.get_context("forkserver")
    ours, child_end = context.Pipe(duplex=False)
    child = context.Process(
        target=_run_in_child, args=(step, arguments, child_end, limits), daemon=True
    )
    with _hide_main_module():
        child.start()
    child_end.close()
    return ours, child


def _receive(ours: "Connection[Any, Any]", child: ForkServerProcess, at: str) -> tuple[Any, Any]:
    try:
        message, value = json.loads(ours.recv_bytes())
    except EOFError:
        child.join()
        raise ReaderCrashed(file=at, detail=_describe_exit(child.exitcode)) from None
    return message, value


def _run_in_child(step: Step, arguments: tuple[Any, ...], pipe: Connection, limits: Limits) -> None:
    """In the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends us
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a library says as it falls over is no help to the user: the parent has the sentence.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    send = partial(_send, pipe)
    try:
        try:
            done = step(*arguments, lambda file, rows: send("progress", [file, rows]))
        except WinbackError as refusal:
            send("refused", [type(refusal).__name__, refusal.values])
        except MemoryError:
            send("memory", None)
        except BrokenPipeError:
            raise
        # an unexpected error goes to the parent, which knows whether to show where
        except Exception as error:
            send("unexpected_error", [_describe_error(error), traceback.format_exc()])
        else:
            send("done", done)
    except BrokenPipeError:
        pass  # nobody listens any more


def _send(pipe: Connection, kind: str, value: Any) -> None:
    pipe.send_bytes(json.dumps([kind, value], ensure_ascii=True, default=str).encode())


def _describe_error(error: Exception) -> str:
    """Its kind, and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _start_fork_server() -> None:
    """Start the process that children are forked from, if it does not run yet."""
    forkserver.set_forkserver_preload(["winback.data.ingest.staging"])
    # Arrow's own allocator reserves a gigabyte before it uses any, and the limit counts what is
    # reserved.
    for name, value in (("ARROW_DEFAULT_MEMORY_POOL", "system"), ("MALLOC_ARENA_MAX", "2")):
        os.putenv(name, value)
    forkserver.ensure_running()
    for name in ("ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX"):
        os.unsetenv(name)


@contextlib.contextmanager
def _hide_main_module() -> Iterator[None]:
    """While the child starts, the running script is nobody's main module.

    Otherwise the child would run it again, with all it imports, and a script without `if __name__
    == "__main__"` for ever.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _rebuild_refusal(name: str, values: Mapping[str, object]) -> WinbackError:
    kind = getattr(errors, name, errors.UnexpectedError)
    return (
        kind(**values)
        if isinstance(kind, type) and issubclass(kind, WinbackError)
        else errors.UnexpectedError(detail=name)
    )


def _describe_exit(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit {code}"
