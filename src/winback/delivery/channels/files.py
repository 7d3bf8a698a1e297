"""Lists in files: what a person sends or calls, one CSV for each owner and wave (A13), and
audiences for a marketplace.

Set-like: a message stands in the list once, under its key, however often it is written. A list is
written aside and renamed, so that whoever opens it sees a whole one.
"""

import csv
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from winback.delivery.channels.base import AddressOf, ChannelStopped, Kind, Message, Said
from winback.i18n.translate import cell

COLUMNS = ("delivery_id", "customer_id", "step", "channel", "offer", "subject", "message")
_NOBODY = "nobody"


class HandOff:
    """Lists for people to work on, in a folder of their own for each wave."""

    kind: Kind = "set_like"
    at_once = 5_000

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand_over(self, messages: Sequence[Message]) -> list[Said]:
        """Add messages to their owners' lists."""
        of_list: dict[Path, list[Message]] = {}
        for each in messages:
            of_list.setdefault(self._list_of(each), []).append(each)
        for path, some in of_list.items():
            _add(path, COLUMNS, {each.delivery_id: _row(each) for each in some})
        return [
            Said(each.delivery_id, "sent", receipt=self._list_of(each).name) for each in messages
        ]

    def _list_of(self, message: Message) -> Path:
        # A name becomes part of a path; owners whose names differ only in what is replaced share a
        # list.
        owner = re.sub(r"[^\w.-]", "_", message.owner or _NOBODY).lstrip(".") or _NOBODY
        return self._folder / message.wave_id / f"{owner[:64]}.csv"


class Audience:
    """The marketplace's names of a wave's customers, one file for each wave and play
    (平台人群包)."""

    kind: Kind = "set_like"
    at_once = 5_000

    def __init__(self, folder: Path, address_of: AddressOf) -> None:
        """address_of: a customer's name on the marketplace."""
        self._folder, self._address_of = folder, address_of

    def hand_over(self, messages: Sequence[Message]) -> list[Said]:
        """Add customers to their audience."""
        told, of_file = list[Said](), dict[Path, dict[str, list[str]]]()
        for each in messages:
            name, path = (
                self._address_of(each.customer_id),
                self._folder / each.wave_id / f"{each.play}.csv",
            )
            if name is None:
                told.append(Said(each.delivery_id, "failed", "no_address"))
                continue
            of_file.setdefault(path, {})[cell(name)] = [cell(name)]
            told.append(Said(each.delivery_id, "sent", receipt=path.name))
        for path, rows in of_file.items():
            _add(path, ("name",), rows)
        return told


def _row(message: Message) -> list[str]:
    told = (
        message.delivery_id,
        message.customer_id,
        str(message.step),
        message.channel,
        message.offer,
        message.subject,
        message.body,
    )
    return [cell(each or "") for each in told]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes a list meanwhile: a run that was asleep would put an old one back.
    Raises ChannelStopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ChannelStopped("list_busy", str(path)) from None
        yield


def _read(path: Path) -> dict[str, list[str]]:
    """A list as it lies there; people work on it. Raises ChannelStopped."""
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            return {row[0]: row for row in rows if row}
    except (UnicodeDecodeError, csv.Error):
        raise ChannelStopped("list_damaged", str(path)) from None


def _add(path: Path, columns: Sequence[str], rows: dict[str, list[str]]) -> None:
    with _alone(path):
        _write(path, columns, {**_read(path), **rows})


def _write(path: Path, columns: Sequence[str], rows: dict[str, list[str]]) -> None:
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    with aside.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(columns)
        table.writerows(rows.values())
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
