"""Files and folders that a reader sees whole or not at all."""

import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winback.core.locks import hold_lock


def publish_folder(staging: Path, destination: Path, link: Path) -> None:
    """Move a finished folder to `kept` and point `link` at it: a reader of the link sees the old
    one or the new one.

    The folder shown before stays, for whoever still reads it; other folders beside `kept` go.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    # One at a time, or one's tidying would take away what the other shows.
    with hold_lock(link.parent / ".publishing"):
        _publish_staging(staging, destination, link)


def _publish_staging(staging: Path, destination: Path, link: Path) -> None:
    before = link.resolve() if link.exists() else None
    for again in itertools.count(2):
        if not destination.exists():
            break
        destination = destination.with_name(f"{destination.name.split('~')[0]}~{again}")
    staging.replace(destination)
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(destination, link.parent))
    fresh.replace(link)
    for old in destination.parent.iterdir():
        if old.resolve() not in (destination.resolve(), before):
            shutil.rmtree(old)


def hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """The path of a new file beside this one, to be written in the block; it takes its place at
    the end, so that a reader sees the old one or the new one. A full disk names the path."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        yield fresh
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    fresh.replace(path)


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one."""
    with replace_atomically(path) as fresh:
        fresh.write_text(text, encoding="utf-8")
