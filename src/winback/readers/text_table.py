"""How a text file writes its table: the character between fields, and where the header stands."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from winback.config.sources import Format
from winback.readers.archives import SourceFile, open_file
from winback.readers.encodings import recode_as_utf8
from winback.readers.table_start import LOOKED_AT, count_filled, find_header

DELIMITERS = "\t,;|"
START_BYTES = 1 << 18  # of a file, among which its header stands
# Excel's own first line, which says what stands between fields.
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(\\t|[^"\w\s]|\t)"?[\s,;|]*', re.IGNORECASE)


@dataclass(frozen=True)
class TextTable:
    """A table in a text file. delimiter: the character between fields, None for runs of blanks;
    above: the lines above the header, in `above_bytes` of UTF-8; titles: those of them that hold
    something; is_explained: whether the row below the header explains the columns."""

    delimiter: str | None
    names: Sequence[str]
    above: int = 0
    above_bytes: int = 0
    titles: Sequence[int] = ()
    is_explained: bool = False


def find_table(file: SourceFile, codec: str, form: Format) -> TextTable:
    """How the table of a text file is written, and where it begins."""
    start, is_whole = _read_start(file, codec)
    text = start.decode("utf-8-sig", "replace")
    lines = list(io.StringIO(text, newline=""))
    lines = lines if is_whole else lines[:-1]
    first = lines[0] if lines else ""
    if form == "whitespace":
        return TextTable(None, first.split())
    marked = _SEPARATOR_LINE.fullmatch(first.strip("\r\n"))
    if marked is not None:
        usual: str | None = marked[1].replace("\\t", "\t")
    else:
        usual = _get_usual_delimiter(first, form)
    is_given = marked is not None or form == "tsv"
    delimiters = [usual or ","] if is_given else sorted(DELIMITERS, key=lambda each: each != usual)
    skipped = 1 if marked else 0
    best: TextTable | None = None
    best_rank = (0, 0)
    for delimiter in delimiters:
        table, agreement = _find_table_by(lines, skipped, delimiter, is_whole)
        rank = (agreement, len(table.names))
        if (best is None and delimiter == usual) or (agreement and rank > best_rank):
            best, best_rank = table, rank
    if best is None:
        return TextTable(None, first.split())
    bom = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    return replace(best, above_bytes=best.above_bytes + bom) if best.above else best


def _read_start(file: SourceFile, codec: str) -> tuple[bytes, bool]:
    """The first bytes of a file as UTF-8, at least a line of it, and whether they are all."""
    with recode_as_utf8(open_file(file), codec) as stream:
        start = b""
        while chunk := stream.read(START_BYTES):
            start += chunk
            if len(chunk) < START_BYTES:
                return start, not stream.read(1)
            if b"\n" in start or b"\r" in start:
                return start, False
        return start, True


def _get_usual_delimiter(line: str, form: Format) -> str | None:
    """The delimiter by the first line alone."""
    if form == "tsv":
        return "\t"
    line = re.sub(r'"[^"]*"', "", line)  # a delimiter inside quotes is none
    best = max(DELIMITERS, key=line.count)
    if line.count(best):
        return best
    return None if form == "auto" and re.search(r"\S\s+\S", line) else ","


def _find_table_by(
    lines: Sequence[str], skipped: int, delimiter: str, is_whole: bool
) -> tuple[TextTable, int]:
    """The table if this is the delimiter, and how much speaks for it. skipped: lines that are none
    of it."""
    reader = csv.reader(lines[skipped:], delimiter=delimiter)
    records: list[list[str]] = []
    ends: list[int] = []
    try:
        for record in islice(reader, LOOKED_AT):
            records.append(record)
            ends.append(reader.line_num + skipped)
    except csv.Error:  # not swallowed: the reader of the rows meets it again
        if not records:
            raise
    if not is_whole and ends and ends[-1] == len(lines) and len(records) > 1:
        records.pop()  # broken off
    head = find_header(records)
    above = ends[head.at - 1] if head.at else skipped
    begins = [skipped, *ends]
    titles = [begins[at] + 1 for at in range(head.at) if count_filled(records[at])]
    names = records[head.at] if records else []
    prefix = len("".join(lines[:above]).encode())
    return TextTable(delimiter, names, above, prefix, titles, head.is_explained), head.agreement
