"""Amounts as people write them → plain numbers in text, and the currencies their marks can mean.

An amount is a head, digits and a tail; heads and tails are few, so each different one is read once.
What is none of the notations we know becomes what no parser reads.
"""

import re
import unicodedata
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from winback.data.ingest.currency_marks import ANY_MARK, read_marks

Column: TypeAlias = "pd.Series[Any]"

_UNREADABLE = "?"
_PARTS = r"^(?P<head>[^0-9]*)(?P<body>(?:[0-9].*[0-9]|[0-9])?)(?P<tail>[^0-9]*)$"
_SIGNS = str.maketrans(dict.fromkeys("−–‒", "-") | dict.fromkeys("’‘ʼ′", "'"))
_MARK = re.compile(ANY_MARK)
_HEADS = ("", "-", "+", "(", ".", "-.")
# `25.-` and `25,-` say that there are no cents.
_TAILS = {"": "", ")": ")", "-": "-", ".": "", ".-": "", ",-": ""}
_BY_BLANKS = r"^[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]*)?$"
_BY_QUOTES = r"^[0-9]{1,3}(?:'[0-9]{3})+(?:[.,][0-9]*)?$"
_BY_COMMAS = r"^[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$"
_BY_LAKHS = r"^[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?$"
_BY_POINTS = r"^[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
_OTHER_CENTS = {".": r"^[0-9]+,[0-9]{1,2}$", ",": r"^[0-9]+\.[0-9]{1,2}$"}


def normalize_numbers(values: Column, decimal: str, either: bool = False) -> Column:
    """`¥1,234.50` → `1234.50`, `25.00-` and `(25.00)` → `-25.00`; a comma where it can be neither
    thousands nor decimals leaves what cannot be read. either: of one or two digits it is decimals,
    and so is a point."""
    head, body, tail = _split_numbers(values)
    head, tail = _map_text(head, _read_head), _map_text(tail, _read_tail)
    if decimal == ",":
        head = pc.if_else(pc.match_substring(head, "."), _UNREADABLE, head)
    in_brackets = pc.and_(pc.equal(head, "("), pc.equal(tail, ")"))
    behind = pc.and_(pc.equal(head, ""), pc.equal(tail, "-"))
    alone = pc.and_(pc.equal(tail, ""), pc.not_equal(head, "("))
    sign = pc.if_else(alone, head, pc.if_else(pc.or_(in_brackets, behind), "-", _UNREADABLE))
    plain = pc.binary_join_element_wise(_cast(sign), _ungroup(body, decimal, either), _cast(""))
    return pd.Series(plain.to_pandas().to_numpy(), index=values.index, dtype="object").astype("str")


def find_marked_currencies(values: Column) -> Column:
    """The currencies that the marks beside each amount can mean, as a tuple; none where there is no
    mark."""
    head, _, tail = _split_numbers(values)
    both = pc.binary_join_element_wise(head, tail, _cast(" ")).to_pandas()
    codes, different = pd.factorize(both)
    means = np.empty(len(different) + 1, dtype="object")
    for place, text in enumerate(different):
        means[place] = read_marks(re.sub(r"[-+()\s,']+|(?<![\w/])\.", " ", str(text)))
    means[-1] = ()
    return pd.Series(means[codes], index=values.index, dtype="object")


def _split_numbers(values: Column) -> tuple[pa.Array, pa.Array, pa.Array]:
    """(what stands before the digits, from the first digit to the last, what stands after)."""
    texts = pa.array(values, type=pa.large_string(), from_pandas=True)
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = _map_text(texts, _to_plain_signs)
    texts = pc.utf8_trim_whitespace(texts)
    texts = pc.replace_substring_regex(texts, r'^="(.*)"$', r"\1")
    parts = pc.extract_regex(texts, _PARTS)
    head, body, tail = (pc.struct_field(parts, name) for name in ("head", "body", "tail"))
    return head, body, tail


def _map_text(texts: pa.Array, meaning: Any) -> pa.Array:
    """Every text replaced by what it means, each different one looked at once."""
    coded = texts.dictionary_encode()
    means = [None if text is None else meaning(text) for text in coded.dictionary.to_pylist()]
    return pc.take(pa.array(means, type=pa.large_string()), coded.indices)


def _to_plain_signs(value: str) -> str:
    """Full-width digits and signs as half-width; what only looks like a digit, such as a
    superscript, stays what it is."""
    if not any(unicodedata.category(each) == "No" for each in value):
        value = unicodedata.normalize("NFKC", value)
    return value.translate(_SIGNS)


def _read_head(head: str) -> str:
    """The sign, bracket or point before the digits, any currency taken off."""
    plain = re.sub(r"\s", "", _MARK.sub("", head, count=2)).removeprefix("'")
    return plain if plain in _HEADS else _UNREADABLE


def _read_tail(tail: str) -> str:
    plain = re.sub(r"\s", "", _MARK.sub("", tail, count=2))
    return _TAILS.get(plain, _UNREADABLE)


def _ungroup(body: pa.Array, decimal: str, either: bool) -> pa.Array:
    """Digits without the signs between thousands, `.` before the decimals."""
    for pattern, apart in ((_BY_BLANKS, " "), (_BY_QUOTES, "'")):
        body = _remove(body, pattern, apart)
    # One or two digits behind a sign are no group of anything.
    has_cents = (
        pc.match_substring_regex(body, _OTHER_CENTS[decimal]) if either else pa.scalar(False)
    )
    if decimal == ".":
        body = _remove(_remove(body, _BY_COMMAS, ","), _BY_LAKHS, ",")
        return pc.if_else(has_cents, pc.replace_substring(body, ",", "."), body)
    body = _remove(body, _BY_POINTS, ".")
    # A point that does not group thousands is no notation of this file: it must not turn 12.5
    # into 125.
    is_unread = pc.and_not(pc.match_substring(body, "."), has_cents)
    return pc.if_else(is_unread, _UNREADABLE, pc.replace_substring(body, ",", "."))


def _remove(body: pa.Array, pattern: str, apart: str) -> pa.Array:
    grouped = pc.match_substring_regex(body, pattern)
    return pc.if_else(grouped, pc.replace_substring(body, apart, ""), body)


def _cast(value: Any) -> Any:
    if isinstance(value, str):
        return pa.scalar(value, pa.large_string())
    return pc.cast(value, pa.large_string())
