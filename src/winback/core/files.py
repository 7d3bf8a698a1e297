"""Files and folders that a reader sees whole or not at all."""

import fcntl
import hashlib
import itertools
import os
import shutil
from pathlib import Path


def publish_folder(staging: Path, kept: Path, link: Path) -> None:
    """Move a finished folder to `kept` and point `link` at it: a reader of the link sees the old
    one or the new one.

    The folder shown before stays, for whoever still reads it; other folders beside `kept` go.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (link.parent / ".publishing").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # one at a time, or one's tidying would take away what the other shows
        _publish(staging, kept, link)


def _publish(staging: Path, kept: Path, link: Path) -> None:
    before = link.resolve() if link.exists() else None
    for again in itertools.count(2):
        if not kept.exists():
            break
        kept = kept.with_name(f"{kept.name.split('~')[0]}~{again}")
    staging.replace(kept)
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(kept, link.parent))
    fresh.replace(link)
    for old in kept.parent.iterdir():
        if old.resolve() not in (kept.resolve(), before):
            shutil.rmtree(old)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
