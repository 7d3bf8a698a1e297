"""A path added to a source of a shop file: its comments, order and blanks stay as they stand."""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from winback.core.errors import NameNotUtf8

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\],]')


def count_sources(text: str, kind: str) -> int:
    """How many sources of a kind stand in a shop file itself."""
    return len(_list_sources(tomllib.loads(text), kind))


def add_path(text: str, kind: str, at: int, path: str) -> str | None:
    """The shop file with a path more in one of its sources; None where it is laid out so that the
    place cannot be found."""
    expected = tomllib.loads(text)
    source = _list_sources(expected, kind)[at]
    source["paths"] = [*source.get("paths", []), path]
    array = _find_array(text, kind, at)
    if array is None:
        return None
    edited = array.insert(text, quote_value(path))
    # Whatever the search took for the place: the file must say what it said, and the path.
    try:
        return edited if tomllib.loads(edited) == expected else None
    except tomllib.TOMLDecodeError:
        return None


def quote_value(value: Any) -> str:
    """A value as TOML writes it: as JSON does, but for one character that TOML does not allow
    raw."""
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if text.encode("utf-8", "replace").decode() != text:
        raise NameNotUtf8(value=ascii(value))
    return text


def _list_sources(values: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """`[orders]` is one source, `[[orders]]` several."""
    sources = values.get(kind, [])
    return [sources] if isinstance(sources, dict) else sources


@dataclass(frozen=True)
class _Array:
    """Where an array of texts stands in a file. last: the end of its last element, or of its `[`;
    has_comma: whether a comma follows."""

    start: int
    last: int
    end: int
    has_elements: bool
    has_comma: bool

    def insert(self, text: str, element: str) -> str:
        """The text with one more element: on a line of its own where the last one has one."""
        before, after = text[: self.last], text[self.last :]
        if not self.has_elements:
            return f"{before}{element}{after}"
        line_end = text.find("\n", self.last, self.end)
        if line_end < 0:
            return f"{before}, {element}{after}"
        line_start = text.rfind("\n", 0, self.last) + 1
        indent = re.match(r"\s*", text[line_start : self.last])
        break_ = "\r\n" if text[line_end - 1] == "\r" else "\n"
        rest = text[self.last : line_end - len(break_) + 1]
        comma = ("", ",") if self.has_comma else (",", "")
        added = f"{break_}{indent[0] if indent else ''}{element}{comma[1]}"
        return f"{before}{comma[0]}{rest}{added}{text[line_end - len(break_) + 1 :]}"


def _find_array(text: str, kind: str, at: int) -> _Array | None:
    """The array `paths` of a source, if it stands below the source's own head."""
    heads = list(re.finditer(rf"^[ \t]*\[\[?[ \t]*{kind}[ \t]*\]\]?[ \t]*(?:#.*)?\r?$", text, re.M))
    if at >= len(heads):
        return None
    start = heads[at].end()
    next_head = re.compile(r"^[ \t]*\[", re.M).search(text, start)
    key = re.compile(r"^[ \t]*paths[ \t]*=[ \t]*\[", re.M)
    found = key.search(text, start, next_head.start() if next_head else len(text))
    return _scan_array(text, found.end()) if found else None


def _scan_array(text: str, start: int) -> _Array | None:
    last, has_elements, has_comma = start, False, False
    for token in _TOKEN.finditer(text, start):
        match token[0][0]:
            case "]":
                return _Array(start, last, token.start(), has_elements, has_comma)
            case ",":
                has_comma = True
            case '"' | "'":
                last, has_elements, has_comma = token.end(), True, False
    return None


def list_paths(text: str, kind: str, at: int) -> Sequence[str]:
    """The paths of a source as they stand in a shop file."""
    return tuple(_list_sources(tomllib.loads(text), kind)[at].get("paths", ()))
