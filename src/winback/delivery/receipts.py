"""What a gateway or a mail server reported of messages, from a CSV."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from winback.core.wave_errors import DeliveryUnknown, ReceiptsUnreadable
from winback.ledger.bounces import parse_reason
from winback.ledger.consents import add_receipt
from winback.ledger.engine import Ledger
from winback.ledger.tables.waves import RECEIPT_KINDS
from winback.readers.edited_lists import read_edited_list

_COLUMNS = ("delivery_id", "kind", "at")


class RefusedReceipt(TypedDict):
    """A row that was not understood (the header is the first), and the column and value why."""

    line: int
    column: str
    value: str


class ImportedReceipts(TypedDict):
    """How many receipts were kept, and the lines that were not."""

    kept: int
    refused: list[RefusedReceipt]


def import_receipts(ledger: Ledger, path: Path, source: str) -> ImportedReceipts:
    """Keep what a gateway or a mail server heard of messages: a CSV with `delivery_id`, `kind` (one
    of RECEIPT_KINDS) and `at` (a moment with its zone), and of bounces a `reason` (`hard`, `soft`
    or an SMTP code), with whatever separator and encoding a spreadsheet has saved it. What is not
    understood is listed by its row, and the rest is kept.

    Raises ReceiptsUnreadable.
    """
    result: ImportedReceipts = {"kept": 0, "refused": []}
    try:
        header, *rows = read_edited_list(path).rows or [[]]
    except (ValueError, csv.Error) as error:
        raise ReceiptsUnreadable(file=str(path), detail=str(error)) from None
    except OSError as error:
        raise ReceiptsUnreadable(file=str(path), detail=error.strerror) from None
    names = [name.strip().casefold() for name in header]
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise ReceiptsUnreadable(file=str(path), detail=f"{missing[0]} ∉ {', '.join(header)}")
    for number, cells in enumerate(rows, start=2):
        row = {
            **dict.fromkeys(_COLUMNS, ""),
            **dict(zip(names, map(str.strip, cells), strict=False)),
        }
        fault = _import_receipt(ledger, row, source)
        result["kept"] += fault is None
        if fault is not None:
            result["refused"].append({"line": number, "column": fault, "value": row[fault]})
    return result


def _import_receipt(ledger: Ledger, row: Mapping[str, str], source: str) -> str | None:
    """Keep one receipt; the column that is not understood, if any."""
    if row["kind"] not in RECEIPT_KINDS:
        return "kind"
    said = row.get("reason", "") if row["kind"] == "bounced" else ""
    reason = parse_reason(said)
    if said and reason is None:
        return "reason"
    try:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None:
            return "at"
        moment = at.astimezone(UTC).replace(tzinfo=None)
        add_receipt(ledger, row["delivery_id"], row["kind"], moment, source, reason)
    except (ValueError, TypeError, OverflowError):
        return "at"
    except DeliveryUnknown:
        return "delivery_id"
    return None
