"""Bodies of requests → the declared types, and answers → JSON. What is refused says where."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from winback.api.schemas import NOT_SENT, ByIds, Features, FromFeatures, FromHistory, Row
from winback.features.rule_features import JOURNEY

MOST_OBJECTS = 150_000  # of one body: customers, orders, lines, refunds and events together


class Unreadable(Exception):
    """A body that is refused: a code of the catalogue's problems, what is wrong, and where."""

    def __init__(self, code: str, detail: str, at: str = "$") -> None:
        super().__init__(detail)
        self.code, self.detail, self.at = code, detail, at


Asked = TypeVar("Asked", ByIds, FromHistory, FromFeatures)
_DECODERS: Mapping[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (ByIds, FromHistory, FromFeatures)
}
_NESTED = (dict, list)
_JOURNEY = tuple(each.name for each in JOURNEY)
encode = msgspec.json.Encoder().encode


def decode(body: bytes, kind: type[Asked]) -> Asked:
    """A body as what it shall be. Raises Unreadable."""
    if body.count(b"{") > MOST_OBJECTS:  # before each becomes a hundred bytes of memory
        raise Unreadable("invalid", f"more than {MOST_OBJECTS:,} rows")
    try:
        request: Asked = _DECODERS[kind].decode(body)
    except msgspec.ValidationError as error:
        detail, _, at = str(error).partition(" - at `")
        raise Unreadable("invalid", detail, at.rstrip("`") or "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("bad_request", str(error)) from None
    _check_duplicate_names(body, request)
    return request


def _check_duplicate_names(body: bytes, request: Any) -> None:
    """Raises Unreadable if a name stands twice in one object: which of the two was meant, nobody
    can say."""
    # A name is a text and a colon. Where no blank stands before a colon, each name gives exactly
    # one `":`; if there are no more of them than different names were read, no name stands twice.
    # Else the slow way looks.
    named = body.count(b'":')
    blank = named != body.count(b":") and any(
        gap in body for gap in (b" :", b"\t:", b"\n:", b"\r:")
    )
    if not blank and named == (
        _count_names(request)
        if isinstance(request, FromFeatures)
        else _count_names_in(msgspec.json.decode(body))
    ):
        return
    json.loads(body, object_pairs_hook=_check_pairs)


def _check_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise Unreadable("duplicate_key", twice)
    return made


def _count_names(request: FromFeatures) -> int:
    """How many names a page of features was written with; counting them in its text again would
    take twice the time."""
    features = [row.features for row in request.rows]
    left_out = sum(getattr(each, name) is NOT_SENT for each in features for name in _JOURNEY)
    whole, row, each = (len(kind.__struct_fields__) for kind in (FromFeatures, Row, Features))
    return whole + len(features) * (row + each) - left_out


def _count_names_in(value: Any) -> int:
    # Lists hold values of one kind, by the schema.
    if type(value) is list:
        return sum(map(_count_names_in, value)) if value and type(value[0]) is dict else 0
    return len(value) + sum(
        _count_names_in(each) for each in value.values() if type(each) in _NESTED
    )
