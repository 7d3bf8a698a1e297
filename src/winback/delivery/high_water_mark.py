"""The number of the last claim, kept outside the ledger: it tells a restored ledger from the one
that sent.

A backup does not know what was sent after it was made; sending from it would send that again. The
number is written after each claim and before anything leaves, and not synced each time: a process
that dies loses none of it, and of what a power cut loses the backup is older.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from winback.core.wave_errors import JournalDamaged

_WIDTH = 20


class HighWaterMark:
    """An open journal. Raises JournalDamaged when it cannot be read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.fsync(self._file)
        os.close(self._file)

    def read(self) -> int:
        """The number of the last claim anything may have been sent of; 0 before the first."""
        content = os.pread(self._file, _WIDTH + 1, 0)
        if not content:
            return 0
        if len(content) < _WIDTH or not content[:_WIDTH].isdigit():
            raise JournalDamaged(file=str(self._path))
        return int(content[:_WIDTH])

    def raise_to(self, seq: int) -> None:
        """Note a claim's number; a run that was paused does not take back what another has noted
        since."""
        if seq > self.read():
            os.pwrite(self._file, f"{seq:0{_WIDTH}}\n".encode(), 0)
