"""What receivers wrote down → one row a message: JSON lines or a CSV, and the hand-off lists.

A line names its message by `delivery_id` (or `key`, or a `message_id` that begins with it), by the
`receipt` its receiver gave (WeCom's `msgid`), or by `wave_id`, `customer_id` and `step`. It may
have `address` (or `to`), `channel`, `at` (a moment with its zone, or Unix seconds), and `first`:
false where the receiver knew the key and sent nothing again. Anything else is passed over.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from winback.core.wave_errors import HistoryLogUnreadable

HANDOFF = "hand-off lists"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "delivery_id": ("delivery_id", "key", "idempotency_key", "message_id"),
    "receipt": ("receipt", "msgid"),
    "customer_id": ("customer_id", "customer"),
    "address": ("address", "to", "external"),
    "wave_id": ("wave_id", "wave"),
    "step": ("step",),
    "channel": ("channel",),
    "at": ("at", "moment", "time"),
}
_NO_MESSAGE = ("confirm", "mark", "robot", "tag")  # what WeCom's receiver does besides tasks


@dataclass(frozen=True)
class ReceivedMessage:
    """A message as its receiver has it. source, line: where that is written; is_first: whether it
    was new to the receiver, None where it does not say."""

    source: str
    line: int
    delivery_id: str | None = None
    receipt: str | None = None
    customer_id: str | None = None
    address: str | None = None
    wave_id: str | None = None
    step: int | None = None
    channel: str | None = None
    at: datetime | None = None
    is_first: bool | None = None

    @property
    def shown(self) -> str:
        """Where it stands, for whoever looks it up."""
        return f"{self.source}:{self.line}"


def read_log(path: Path, channel: str | None = None) -> list[ReceivedMessage]:
    """The messages of a log. channel: of lines that do not name theirs. Raises
    HistoryLogUnreadable."""
    try:
        text = _decode(path.read_bytes())
    except (OSError, ValueError) as error:
        raise HistoryLogUnreadable(file=str(path), line=0, detail=str(error)) from None
    rows = _iterate_json(path, text) if text.lstrip().startswith("{") else _iterate_csv(path, text)
    return [
        _build_message(path.name, line, row, channel, path)
        for line, row in rows
        if row.get("did") not in _NO_MESSAGE
    ]


def read_handoff_lists(folder: Path) -> list[ReceivedMessage]:
    """Every line of the hand-off lists, a folder for each wave. Raises HistoryLogUnreadable."""
    received: list[ReceivedMessage] = []
    for path in sorted(folder.glob("*/*.csv")):
        for each in read_log(path):
            if each.delivery_id is not None:  # a note of somebody's own
                where = f"{path.parent.name}/{path.name}"
                received.append(
                    ReceivedMessage(
                        HANDOFF,
                        each.line,
                        each.delivery_id,
                        receipt=where,
                        customer_id=each.customer_id,
                        wave_id=path.parent.name,
                        step=each.step,
                        channel=each.channel,
                    )
                )
    return received


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _iterate_json(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise HistoryLogUnreadable(file=str(path), line=number, detail=str(error)) from None
        if not isinstance(row, dict):
            raise HistoryLogUnreadable(file=str(path), line=number, detail=line[:40])
        yield number, row


def _iterate_csv(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    if not any(name in (table.fieldnames or ()) for names in _NAMES.values() for name in names):
        raise HistoryLogUnreadable(file=str(path), line=1, detail=first[:40])
    for row in table:
        yield table.line_num, row


def _build_message(
    source: str, line: int, row: Mapping[str, object], channel: str | None, path: Path
) -> ReceivedMessage:
    found = {name: _pick(row, names) for name, names in _NAMES.items()}
    try:
        step = None if found["step"] is None else int(found["step"])
        at = None if found["at"] is None else _parse_moment(found["at"])
    except (ValueError, OverflowError, OSError) as error:
        raise HistoryLogUnreadable(file=str(path), line=line, detail=str(error)) from None
    return ReceivedMessage(
        source,
        line,
        _parse_key(found["delivery_id"]),
        found["receipt"],
        found["customer_id"],
        found["address"],
        found["wave_id"],
        step,
        found["channel"] or channel,
        at,
        _parse_flag(row.get("first")),
    )


def _pick(row: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, list):  # WeCom's task is for several in general, ours for one
            value = value[0] if value else None
        if value not in (None, ""):
            # A list for a spreadsheet has a mark before what it would take for a formula.
            return str(value).removeprefix("'").strip()
    return None


def _parse_key(value: str | None) -> str | None:
    """A message's key; of a Message-ID the part before the domain."""
    return value.removeprefix("<").split("@")[0] if value else None


def _parse_moment(value: str) -> datetime:
    """A moment as naive UTC. Raises ValueError."""
    if value.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(value), UTC).replace(tzinfo=None)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value}: no zone")
    return moment.astimezone(UTC).replace(tzinfo=None)


def _parse_flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
