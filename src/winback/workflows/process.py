"""How a process of ours speaks: its language, refusals in words, exit codes, progress. Here the
clock and the environment are read."""

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from winback.core.errors import CutoffUnreadable, FolderNotWritable, UnexpectedError, WinbackError
from winback.core.paths import DataPaths
from winback.i18n.error_text import format_error
from winback.i18n.translate import Language


def choose_language(chosen: str | None, environment: Mapping[str, str]) -> Language:
    """The language asked for, else that of the environment: Chinese where it says so, English
    elsewhere."""
    locale = (
        chosen
        or environment.get("WINBACK_LANG")
        or environment.get("LC_ALL")
        or environment.get("LANG")
        or "en"
    )
    return "zh" if locale.lower().startswith("zh") else "en"


def run_and_exit_code(step: Callable[[], None], language: Language) -> int:
    """Run a step and return its exit code; a refusal becomes one clear sentence on stderr, never
    a traceback."""
    try:
        step()
    except WinbackError as error:
        if isinstance(error, UnexpectedError) and os.environ.get("WINBACK_DEBUG"):
            raise
        print(format_error(error, language), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever was reading has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        folder = str(error.filename or Path.cwd())
        refusal = FolderNotWritable(folder=folder, detail=error.strerror or str(error))
        print(format_error(refusal, language), file=sys.stderr)
        return refusal.exit_code
    except Exception as error:  # a user never sees a traceback; whoever mends it asks for one
        if os.environ.get("WINBACK_DEBUG"):
            raise
        detail = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        print(format_error(UnexpectedError(detail=detail), language), file=sys.stderr)
        return UnexpectedError.exit_code
    return 0


def create_console() -> Console:
    """A console on stdout; in a file or a pipe its tables are as wide as they need."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def current_user(by: str | None) -> str:
    """Who decides: as they say, else as they are logged in."""
    try:
        return (by or getpass.getuser())[:64]
    except (KeyError, OSError):  # a container's user without a name
        return f"uid:{os.getuid()}"


def parse_cutoff_day(text: str | None) -> date | None:
    """The day a cut-off names. Raises CutoffUnreadable."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CutoffUnreadable(value=text) from None


def get_home() -> DataPaths:
    """Where everything made at run time lies: in WINBACK_HOME, else here; and the state folder: in
    WINBACK_STATE, else where the system keeps such (XDG Base Directory Specification)."""
    return DataPaths(Path(os.environ.get("WINBACK_HOME", ".")), _get_state_root())


def _get_state_root() -> Path:
    if chosen := os.environ.get("WINBACK_STATE"):
        return Path(chosen)
    try:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:  # a container's user without a home
        base = Path("/var/lib")
    return Path(base) / "winback"


def get_utc_now() -> datetime:
    """The moment, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def relative_path(path: Path | str) -> str:
    """A path as one would type it here: relative, where it lies below."""
    whole = Path.cwd() / path  # not resolved: what is published is a link, and the link is its name
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)


def show_progress(text: str) -> None:
    """Show how far a long step is, on stderr and only to a terminal, or line by line to whoever
    asks for it so."""
    if os.environ.get("WINBACK_PROGRESS") == "lines":  # the dashboard, which shows the last one
        if text:
            print(text, file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def print_note(text: str) -> None:
    """A sentence beside the result, on stderr."""
    print(text, file=sys.stderr)


def clear_progress() -> None:
    """Clear the line progress was shown on."""
    show_progress("")
