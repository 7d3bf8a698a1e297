"""JSON of a REST interface → rows of text: one a line of an order, as WooCommerce gives them.

A document is a list of orders, an object with one such list, or one object a line.
"""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from winback.core.errors import FileUnreadable

LINES = "line_items"


def read_json_rows(stream: IO[bytes], file: str) -> Iterator[list[Any]]:
    """`[names]`, then `[number of the record, cells]` of each line of each order; nested names are
    joined by a dot.

    A list inside a record other than its lines becomes its length (`refunds.count`) and, where its
    parts have a `total`, their sum (`refunds.total`).
    """
    records = _load_records(stream.read().decode(), file)
    rows = [
        (number, row)
        for number, record in enumerate(records, start=1)
        for row in _list_rows(record)
    ]
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    yield [names]
    for number, row in rows:
        yield [number, [row.get(name) for name in names]]


def _load_records(text: str, file: str) -> list[Any]:
    """The records of a list, of an object that holds one list of them, or of one a line."""
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        try:
            records = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            raise FileUnreadable(
                file=file, detail=f"JSON, line {error.lineno}: {error.msg}"
            ) from None
    if isinstance(records, dict):
        lists = [
            value
            for value in records.values()
            if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        records = lists[0] if len(lists) == 1 and LINES not in records else [records]
    if not isinstance(records, list):
        raise FileUnreadable(
            file=file, detail="JSON: neither a list of orders nor an object with one"
        )
    return records


def _list_rows(record: Any) -> Iterator[dict[str, str | None]]:
    if not isinstance(record, Mapping):
        yield {"": _to_text(record)}
        return
    order = dict(_flatten({name: value for name, value in record.items() if name != LINES}))
    lines = record.get(LINES)
    if not isinstance(lines, list) or not lines:
        yield order
        return
    for line in lines:
        yield {**order, **dict(_flatten(line, "line_items." if isinstance(line, Mapping) else ""))}


def _flatten(record: Any, before: str = "") -> Iterator[tuple[str, str | None]]:
    if not isinstance(record, Mapping):
        yield before, _to_text(record)
        return
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{before}{name}.")
        elif isinstance(value, list):
            yield from _summarize_list(value, f"{before}{name}")
        else:
            yield f"{before}{name}", _to_text(value)


def _summarize_list(value: list[Any], name: str) -> Iterator[tuple[str, str | None]]:
    """A list's length; where its parts have totals also their sum and the latest time."""
    yield f"{name}.count", str(len(value))
    parts = [part for part in value if isinstance(part, Mapping)]
    totals = [part["total"] for part in parts if "total" in part]
    if totals:
        yield f"{name}.total", _sum(totals)
        dated = [part.get("date_created_gmt") for part in parts]
        if all(isinstance(each, str) for each in dated):
            yield f"{name}.date_created_gmt", max(map(str, dated))


def _sum(totals: list[Any]) -> str | None:
    try:
        return repr(round(sum(float(total) for total in totals), 6))
    except (TypeError, ValueError):
        return str(totals)


def _to_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
