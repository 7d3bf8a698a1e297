"""The claims a ledger made, kept outside of it: what tells a restored ledger from the one that
sent, and which of its messages are out already.

A backup does not know what was sent after it was made; sending from it would send that again. Each
claim is noted after it is committed and before anything leaves, by keyed hashes alone, in two
files: beside the ledger, and in the machine's state folder, which no restore of the ledger turns
back. It is not synced each time: a process that dies loses none of it, and after a power cut the
next run catches up from the ledger, which is synced
(docs/decisions/0160).
"""

import errno
import hmac
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from winback.core.files import replace_atomically
from winback.core.locks import hold_lock
from winback.core.wave_errors import JournalDamaged
from winback.ledger.outbox import ClaimedMessage, KnownClaim, get_cycle

_NONE = "-"
_LINE = re.compile(r"(\d{20}) (\S{1,20}) (\S{1,32}) (\S{1,32}) (\S{1,32}) ([0-9a-f]{8})")
_HASH_DIGITS = 32
_TAIL_BYTES = 4096


@dataclass(frozen=True)
class JournalEntry:
    """One claim. household_hash, address_hash: of play, cycle and step with the household's key or
    the address; empty: not known, or erased."""

    seq: int
    kind: str
    endpoint: str
    household_hash: str
    address_hash: str


class JournalAhead(Exception):
    """The journal has a claim of this number, or a later one, already. last: its last."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


class ClaimJournal:
    """An open journal in one or more files that say the same. Raises JournalDamaged where one
    cannot be read."""

    def __init__(self, paths: Sequence[Path], key: bytes) -> None:
        """paths: the files, each made where it is missing and completed from the longest one; the
        first is the one that copies of a home share. key: what the hashes are made with."""
        self._paths, self._key = tuple(paths), key
        self._last, self._end = 0, -1  # the last claim, and the size of the file that ends with it
        self._complete_copies()
        with ExitStack() as opened:
            self._files = [_open(path) for path in self._paths]
            for file in self._files:
                opened.callback(os.close, file)
            self._closing = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._closing:
            for file in self._files:
                os.fsync(file)

    def read_last(self) -> int:
        """The number of the last claim anything may have been sent of; 0 before the first. Read
        anew each time: another run may have noted one since."""
        return max(_read_last_seq(path) for path in self._paths)

    def record(self, claims: Sequence[ClaimedMessage]) -> None:
        """Note claims, before anything of them leaves. Raises JournalAhead if as many were noted
        already: another copy of the ledger sends."""
        if not claims:
            return
        lines = "".join(map(self._format, claims)).encode()
        with hold_lock(self._paths[0]):
            if os.fstat(self._files[0]).st_size != self._end:
                self._last = self.read_last()
            if claims[0].seq <= self._last:
                raise JournalAhead(self._last)
            for file in self._files:
                if os.write(file, lines) != len(lines):  # a full disk takes a part
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._paths[0]))
            self._last, self._end = claims[-1].seq, os.fstat(self._files[0]).st_size

    def find_known(self) -> Callable[[ClaimedMessage], KnownClaim | None]:
        """What tells of a message whether it was claimed: for its household, or for its address."""
        known: dict[str, KnownClaim] = {}
        for entry in _read_entries(self._paths[0]):
            claim = KnownClaim(entry.kind, entry.endpoint or None)
            for name in filter(None, (entry.household_hash, entry.address_hash)):
                known[name] = claim
        return lambda message: next(
            (known[name] for name in self._list_hashes(message) if name in known), None
        )

    def forget(self, messages: Collection[ClaimedMessage]) -> None:
        """Take the hashes of erased customers' messages out of every copy; the numbers stay."""
        gone = {name for message in messages for name in self._list_hashes(message)}
        for path in self._paths:
            kept = [_blank(entry, gone) for entry in _read_entries(path)]
            with replace_atomically(path) as fresh:
                fresh.touch(0o600)
                fresh.write_text("".join(map(_format_entry, kept)), encoding="ascii")

    def _format(self, claimed: ClaimedMessage) -> str:
        hashes = dict(zip(("household", "address"), self._list_hashes(claimed), strict=False))
        return _format_entry(
            JournalEntry(
                claimed.seq,
                claimed.kind or "",
                claimed.endpoint or "",
                hashes["household"],
                hashes.get("address", ""),
            )
        )

    def _list_hashes(self, message: ClaimedMessage) -> Iterator[str]:
        """Of the household's key first, then of the address where it is known."""
        yield self._hash("household", message.household, message)
        if message.address:
            yield self._hash("address", message.address, message)

    def _hash(self, about: str, whom: str, message: ClaimedMessage) -> str:
        cycle = get_cycle(message.wave_id)
        content = "\0".join((about, whom, message.play, cycle, str(message.step)))
        return hmac.digest(self._key, content.encode(), "sha256").hex()[:_HASH_DIGITS]

    def _complete_copies(self) -> None:
        """Bring every copy to what the longest one says: one may be new, or of before a restore."""
        tails = {_read_tail(path) for path in self._paths}
        if len(tails) == 1 and all(not tail or tail.endswith(b"\n") for _, tail in tails):
            return
        whole = {each.seq: each for path in self._paths for each in _read_entries(path)}
        for path in self._paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replace_atomically(path) as fresh:
                fresh.touch(0o600)
                lines = (_format_entry(whole[seq]) for seq in sorted(whole))
                fresh.write_text("".join(lines), encoding="ascii")


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _format_entry(entry: JournalEntry) -> str:
    cells = (entry.kind, entry.endpoint, entry.household_hash, entry.address_hash)
    line = f"{entry.seq:020d} " + " ".join(cell or _NONE for cell in cells)
    return f"{line} {zlib.crc32(line.encode()):08x}\n"


def _blank(entry: JournalEntry, gone: Collection[str]) -> JournalEntry:
    if entry.household_hash not in gone and entry.address_hash not in gone:
        return entry
    return JournalEntry(entry.seq, entry.kind, entry.endpoint, "", "")


def _read_entries(path: Path) -> Iterator[JournalEntry]:
    """Every claim of a file; a line that a crash cut off at the end is none."""
    if not path.exists():
        return
    lines = path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        entry = _parse(line)
        if entry is not None:
            yield entry
        elif number < len(lines) or line.endswith("\n"):
            raise JournalDamaged(file=str(path), line=number)


def _read_last_seq(path: Path) -> int:
    """The largest number near a file's end: a run that was paused may have noted a smaller one
    after it."""
    lines = _read_tail(path)[1].decode("ascii", errors="replace").splitlines(keepends=True)
    return max((entry.seq for line in lines if (entry := _parse(line))), default=0)


def _read_tail(path: Path) -> tuple[int, bytes]:
    """A file's size and its last bytes."""
    if not path.exists():
        return 0, b""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - _TAIL_BYTES, 0))
        return size, stream.read()


def _parse(line: str) -> JournalEntry | None:
    parts = _LINE.fullmatch(line.removesuffix("\n"))
    if parts is None or not line.endswith("\n"):
        return None
    text = line.rsplit(" ", 1)[0]
    if f"{zlib.crc32(text.encode()):08x}" != parts[6]:
        return None
    cells = ("" if cell == _NONE else cell for cell in parts.groups()[1:5])
    return JournalEntry(int(parts[1]), *cells)
