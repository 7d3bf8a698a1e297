"""Lists in files: what a person sends or calls, one CSV for each owner and wave (A13), and
audiences for a marketplace.

Set-like: a message stands in the list once, under its key, however often it is written. A list is
written aside and renamed, so that whoever opens it sees a whole one.
"""

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from winback.core.locks import LockTaken, hold_lock
from winback.delivery.channels.base import (
    AddressOf,
    ChannelStopped,
    Kind,
    Message,
    SendResult,
    hash_endpoint,
)
from winback.i18n.translate import escape_formula
from winback.readers.edited_lists import EditedList, read_edited_list

COLUMNS = ("delivery_id", "customer_id", "step", "channel", "offer", "subject", "message")
_NOBODY = "nobody"


class HandoffChannel:
    """Lists for people to work on, in a folder of their own for each wave."""

    kind: Kind = "set_like"
    batch_size = 5_000

    def __init__(self, folder: Path) -> None:
        """folder: of the lists, in the shop's own."""
        self._folder = folder
        # Moved or mounted elsewhere, the lists are the same.
        self.endpoint = hash_endpoint("handoff", folder.parent.name)

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Add messages to their owners' lists."""
        of_list: dict[Path, list[Message]] = {}
        for each in messages:
            of_list.setdefault(self._get_list_path(each), []).append(each)
        for path, some in of_list.items():
            _add_rows(path, COLUMNS, {each.delivery_id: _to_row(each) for each in some})
        return [
            SendResult(each.delivery_id, "sent", receipt=self._get_list_path(each).name)
            for each in messages
        ]

    def _get_list_path(self, message: Message) -> Path:
        # A name becomes part of a path; owners whose names differ only in what is replaced share a
        # list.
        owner = re.sub(r"[^\w.-]", "_", message.owner or _NOBODY).lstrip(".") or _NOBODY
        return self._folder / message.wave_id / f"{owner[:64]}.csv"


class AudienceChannel:
    """The marketplace's names of a wave's customers, one file for each wave and play
    (平台人群包)."""

    kind: Kind = "set_like"
    batch_size = 5_000

    def __init__(self, folder: Path, address_of: AddressOf) -> None:
        """folder: of the files, in the shop's own. address_of: a customer's name on the
        marketplace."""
        self._folder, self._address_of = folder, address_of
        self.endpoint = hash_endpoint("audience_file", folder.parent.name)

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Add customers to their audience."""
        results, of_file = list[SendResult](), dict[Path, dict[str, list[str]]]()
        for each in messages:
            name, path = (
                self._address_of(each.customer_id),
                self._folder / each.wave_id / f"{each.play}.csv",
            )
            if name is None:
                results.append(SendResult(each.delivery_id, "failed", "no_address"))
                continue
            of_file.setdefault(path, {})[escape_formula(name)] = [escape_formula(name)]
            results.append(SendResult(each.delivery_id, "sent", receipt=path.name))
        for path, rows in of_file.items():
            _add_rows(path, ("name",), rows)
        return results


def _to_row(message: Message) -> list[str]:
    cells = (
        message.delivery_id,
        message.customer_id,
        str(message.step),
        message.channel,
        message.offer,
        message.subject,
        message.body,
    )
    return [escape_formula(each or "") for each in cells]


@contextmanager
def _lock_list(path: Path) -> Iterator[None]:
    """Nobody else writes a list meanwhile: a run that was paused would put an old one back.
    Raises ChannelStopped."""
    try:
        with hold_lock(path.with_name(f".{path.name}.lock"), wait=False):
            yield
    except LockTaken:
        raise ChannelStopped("list_busy", str(path)) from None


def _add_rows(path: Path, columns: Sequence[str], rows: Mapping[str, list[str]]) -> None:
    """Add rows to a list under their keys; a key that stands in it stays as people left it. Raises
    ChannelStopped."""
    with _lock_list(path):
        listed = _read_list(path, columns)
        place = listed.rows[0].index(columns[0])
        known = {row[place] for row in listed.rows if len(row) > place}
        added = [
            _arrange(dict(zip(columns, row, strict=True)), listed.rows[0])
            for key, row in rows.items()
            if key not in known
        ]
        if added:
            _write_list(path, EditedList([*listed.rows, *added], listed.separator))


def _read_list(path: Path, columns: Sequence[str]) -> EditedList:
    """A list as it lies there, with a header; people work on it. Raises ChannelStopped."""
    if not path.exists():
        return EditedList([list(columns)], ",")
    try:
        listed = read_edited_list(path)
    except (ValueError, csv.Error):
        raise ChannelStopped("list_damaged", str(path)) from None
    if not listed.rows or columns[0] not in listed.rows[0]:  # somebody has taken it away
        return EditedList([list(columns), *listed.rows], listed.separator)
    return listed


def _arrange(cells: Mapping[str, str], header: Sequence[str]) -> list[str]:
    """A row in the order people have brought a list's columns into."""
    return [cells.get(column, "") for column in header]


def _write_list(path: Path, listed: EditedList) -> None:
    """Write a list aside and rename it: in UTF-8, which every spreadsheet knows by its first
    bytes, and with the separator it had."""
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    with aside.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=listed.separator).writerows(listed.rows)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
