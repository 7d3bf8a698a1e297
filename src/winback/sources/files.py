"""Files as they lie → batches of raw columns, each row with its line number.

CSV and other single-character delimiters, whitespace, XLSX, Parquet, JSON; plain, gzip or zip. What a file is, its
content says, not its name. Nothing is interpreted here: text stays text, so `00123` and `123` stay two customers.
"""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from winback.errors import FileEncrypted, FileMissing, FileTooDense, FileUnreadable, OldWorkbook
from winback.settings import Format
from winback.sources.documents import read_documents
from winback.sources.encodings import CHUNK_BYTES, as_utf8, encoding_of
from winback.sources.workbooks import read_sheets

BATCH_BYTES = 8 << 20
BATCH_ROWS = 250_000
WIDE = 500  # columns; each one costs memory, whatever it holds
# A file that unpacks to more than this many times its size is no export; the largest real one we know of reaches 40.
MOST_EXPANSION, SMALL_BYTES = 300, 1 << 30
READ_SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".zip", ".xlsx", ".parquet", ".json")

Lines: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True)
class SourceFile:
    """A file of an export; `member` names it inside a zip."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """The name the shop's people know it by."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    def __str__(self) -> str:
        return f"{self.path}/{self.member}" if self.member else str(self.path)


@dataclass(frozen=True)
class How:
    """How a file is to be read, where the shop file says so; the rest is found by reading."""

    format: Format = "auto"
    encoding: str = "auto"
    sheet: str | None = None


@dataclass(frozen=True)
class Batch:
    """Some rows of a file. `lines` counts from 1: lines of a text file (the header is one), rows of any other."""

    table: pa.RecordBatch
    lines: Lines


@dataclass(frozen=True)
class BrokenRow:
    """A row that has not as many fields as the header."""

    line: int
    fields: int
    expected: int


def found(paths: Sequence[Path], folder: Path) -> tuple[SourceFile, ...]:
    """The files that paths name, in order: a folder's, a pattern's and a zip's members by name. Raises FileMissing."""
    files: list[SourceFile] = []
    for path in (folder / each for each in paths):
        packed = next((each for each in path.parents if each.is_file()), None) if not path.exists() else None
        if packed is not None:
            files.append(SourceFile(packed, path.relative_to(packed).as_posix()))
            continue
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if _is_export(each.name) and each.is_file())
        elif not path.exists() and any(character in path.name for character in "*?["):
            inside = sorted(each for each in path.parent.glob(path.name) if each.is_file())
        else:
            inside = [path]
        if not inside or not all(each.is_file() for each in inside):
            raise FileMissing(file=str(path))
        for each in inside:
            files.extend(_members(each))
    return tuple(dict.fromkeys(files))  # a file named twice is one file


def header(file: SourceFile, how: How) -> list[str]:
    """The names of the file's columns, in order and as they stand there."""
    try:
        match _kind(file, how):
            case "parquet":
                with pq.ParquetFile(file.path) as parquet:
                    return list(parquet.schema_arrow.names)
            case "xlsx" | "json" as kind:
                return list(next(iter(_records(file, kind, how)))[0])
            case _:
                codec = _codec(file, how)
                delimiter = _delimiter(file, codec, how)
                first = _first_row(file, codec, delimiter)
                return first if delimiter is not None else "".join(first).split()
    except StopIteration:
        return []
    except _FAULTS as error:
        raise _explained(file, error) from None


def read_batches(
    file: SourceFile, how: How, broken: list[BrokenRow], names: Sequence[str] | None = None,
    wanted: Sequence[str] | None = None,
) -> Iterator[Batch]:  # fmt: skip
    """The file's rows in order. Rows with too many or too few fields are left out and appended to `broken`.

    names: of the columns, if the file has no header. wanted: the columns that are needed; of a file with more than WIDE
    columns no others are read, and line breaks within others are not counted.
    """
    try:
        match _kind(file, how):
            case "parquet":
                yield from _parquet(file)
            case "xlsx" | "json" as kind:
                yield from _as_batches(_records(file, kind, how), broken)
            case _:
                codec = _codec(file, how)
                delimiter = _delimiter(file, codec, how)
                if delimiter is None:
                    yield from _whitespace(file, codec, names, broken)
                else:
                    yield from _delimited(file, codec, delimiter, broken, wanted)
    except _FAULTS as error:
        raise _explained(file, error) from None


_FAULTS = (
    UnicodeDecodeError, pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pd.errors.ParserError, gzip.BadGzipFile,
    EOFError, OSError, zipfile.BadZipFile, zlib.error, csv.Error, KeyError, ValueError, RuntimeError, NotImplementedError,
    TypeError, AttributeError, IndexError, AssertionError, OverflowError, SyntaxError, RecursionError,
)  # fmt: skip
# The last seven are what openpyxl and Arrow's bindings raise on workbooks and Parquet files damaged inside.


def _members(path: Path) -> Iterator[SourceFile]:
    """The file itself, or the files inside it if it is a zip that is no workbook."""
    try:
        if not zipfile.is_zipfile(path):
            yield SourceFile(path)
            return
        with zipfile.ZipFile(path) as packed:
            names = sorted(info.filename for info in packed.infolist() if not info.is_dir())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield SourceFile(path)
        return
    if "[Content_Types].xml" in names or "xl/workbook.xml" in names:
        yield SourceFile(path)
        return
    yield from (SourceFile(path, name) for name in names if not name.startswith("__MACOSX/") and _is_export(name))


def _is_export(name: str) -> bool:
    """Whether a file among others may be an export: not what a spreadsheet or a system leaves beside them."""
    plain = Path(name).name
    return Path(plain).suffix.lower() in READ_SUFFIXES and not plain.startswith((".", "~$"))


def _kind(file: SourceFile, how: How) -> str:
    """parquet, xlsx, json or text, by the first bytes."""
    if not file.path.is_file():
        raise FileMissing(file=str(file))
    if how.format not in ("auto", "csv", "tsv", "whitespace"):
        return how.format
    with _bytes(file) as stream:
        start = stream.read(512)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0") or start.lstrip()[:6].lower().startswith((b"<html", b"<table", b"<?xml")):
        raise OldWorkbook(file=str(file))
    return "json" if how.format == "auto" and start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{") else "text"


def _codec(file: SourceFile, how: How) -> str:
    stat = file.path.stat()
    return _found_codec(file, how.encoding, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1024)  # all of a file is read for it, and header and rows both ask
def _found_codec(file: SourceFile, encoding: str, _changed: int, _size: int) -> str:
    return encoding_of(lambda: _bytes(file), encoding, str(file))


def _parquet(file: SourceFile) -> Iterator[Batch]:
    row = 1
    with pq.ParquetFile(file.path) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS):
            batch.validate(full=True)  # a damaged file must not be read beyond its buffers
            # What a writer noted beside the columns for its own readers is not ours to trust.
            plain = batch.replace_schema_metadata(None)
            yield Batch(plain, np.arange(row, row + batch.num_rows, dtype=np.int64))
            row += batch.num_rows


def _records(file: SourceFile, kind: str, how: How) -> Iterator[list[Any]]:
    stream = _bytes(file)
    if kind == "xlsx":
        return read_sheets(stream, how.sheet, str(file))
    return read_documents(as_utf8(stream, _codec(file, how)), str(file))


def _as_batches(records: Iterator[list[Any]], broken: list[BrokenRow]) -> Iterator[Batch]:
    """Batches of text columns from lists: the names first, then (number, cells) of each row."""
    names: list[str] = next(records, [])[0] if records else []
    rows: list[list[str | None]] = []
    lines: list[int] = []
    for number, cells in records:
        if len(cells) > len(names) and any(cells[len(names) :]):
            broken.append(BrokenRow(number, len(cells), len(names)))
            continue
        rows.append([*cells[: len(names)], *[None] * (len(names) - len(cells))])
        lines.append(number)
        if len(rows) == BATCH_ROWS // 5:
            yield _batch(names, rows, lines)
            rows, lines = [], []
    if names:
        yield _batch(names, rows, lines)


def _batch(names: list[str], rows: list[list[str | None]], lines: list[int]) -> Batch:
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(names))]
    return Batch(pa.RecordBatch.from_arrays(columns, names=names), np.array(lines, dtype=np.int64))


def _delimited(
    file: SourceFile, codec: str, delimiter: str, broken: list[BrokenRow], wanted: Sequence[str] | None
) -> Iterator[Batch]:
    names = _first_row(file, codec, delimiter)
    out: list[tuple[int, int, int]] = []  # (row number within the file, fields, line breaks inside)

    def leave_out(row: pacsv.InvalidRow) -> str:
        # A blank line is no row, but it is a line.
        out.append((row.number, row.actual_columns if row.text.strip() else 0, row.text.strip("\r\n").count("\n")))
        return "skip"

    options = {
        "read_options": pacsv.ReadOptions(use_threads=False, block_size=BATCH_BYTES),
        "parse_options": pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_out,
                                             ignore_empty_lines=len(names) < 2),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False,
            include_columns=wanted if wanted and len(names) > WIDE else None,
        ),
    }  # fmt: skip
    row, newlines = 2 + sum(name.count("\n") for name in names), 0  # the next row's number; newlines inside quotes so far
    with as_utf8(_bytes(file), codec) as stream, pacsv.open_csv(stream, **options) as reader:
        shift = row - 2
        for batch in reader:
            left_out = [number + shift for number, _, _ in out]
            lines = np.empty(batch.num_rows, dtype=np.int64)
            numbers = _row_numbers(row, batch.num_rows, left_out)
            inside = _newlines_inside(batch)
            lines[:] = numbers + newlines + np.concatenate(([0], np.cumsum(inside)[:-1])) if batch.num_rows else 0
            while out and batch.num_rows and out[0][0] + shift < numbers[-1]:
                number, fields, breaks = out.pop(0)
                at = int(np.searchsorted(numbers, number + shift))
                if fields:
                    broken.append(BrokenRow(int(number + shift + newlines + inside[:at].sum()), fields, len(names)))
                lines[at:] += breaks
                newlines += breaks
            row = int(numbers[-1]) + 1 if batch.num_rows else row
            newlines += int(inside.sum())
            blank = _blank(batch)
            yield Batch(batch, lines) if blank is None else Batch(batch.filter(pa.array(~blank)), lines[~blank])
    for number, fields, breaks in out:
        if fields:
            broken.append(BrokenRow(number + shift + newlines, fields, len(names)))
        newlines += breaks


def _row_numbers(start: int, rows: int, left_out: list[int]) -> Lines:
    """The file's row numbers of a batch that begins at `start`, skipping the rows left out."""
    numbers = np.arange(start, start + rows + len(left_out), dtype=np.int64)
    return numbers[~np.isin(numbers, left_out)][:rows]


def _blank(batch: pa.RecordBatch) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    """Which rows are blank lines; None if none is."""
    blank: Any = None
    for column in batch.columns:
        empty = pc.equal(column, "")
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return None
    return None if blank is None else np.asarray(blank.to_numpy(zero_copy_only=False), dtype=bool)


def _newlines_inside(batch: pa.RecordBatch) -> Lines:
    """How many line breaks each row has inside its quotes."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total


def _whitespace(file: SourceFile, codec: str, names: Sequence[str] | None, broken: list[BrokenRow]) -> Iterator[Batch]:
    with io.TextIOWrapper(as_utf8(_bytes(file), codec), "utf-8-sig") as stream:
        line = 1
        if names is None:
            names, line = stream.readline().split(), 2
        while text := stream.readlines(BATCH_BYTES // 4):
            rows: list[list[str | None]] = [list(each.split()) for each in text]
            good = np.array([len(row) == len(names) for row in rows])
            numbers = np.arange(line, line + len(rows), dtype=np.int64)
            broken.extend(BrokenRow(int(numbers[at]), len(rows[at]), len(names)) for at in np.flatnonzero(~good) if rows[at])
            line += len(rows)
            yield _batch(list(names), [row for row, whole in zip(rows, good, strict=True) if whole], numbers[good].tolist())


def _delimiter(file: SourceFile, codec: str, how: How) -> str | None:
    """The character between fields; None for runs of blanks."""
    if how.format == "whitespace":
        return None
    if how.format == "tsv":
        return "\t"
    with as_utf8(_bytes(file), codec) as stream:
        line = stream.readline(CHUNK_BYTES).decode("utf-8-sig", "replace")
    line = re.sub(r'"[^"]*"', "", line)  # a delimiter inside quotes is none
    best = max("\t,;|", key=line.count)
    if line.count(best):
        return best
    return None if how.format == "auto" and re.search(r"\S\s+\S", line) else ","


def _first_row(file: SourceFile, codec: str, delimiter: str | None) -> list[str]:
    with io.TextIOWrapper(as_utf8(_bytes(file), codec), "utf-8-sig", newline="") as text:
        return next(csv.reader(text, delimiter=delimiter or "\0"), []) if delimiter else [text.readline()]


def _bytes(file: SourceFile) -> IO[bytes]:
    """The file's bytes, unpacked."""
    if file.member is not None:
        packed = zipfile.ZipFile(file.path)
        if packed.getinfo(file.member).flag_bits & 1:
            raise FileEncrypted(file=str(file))
        return _Unpacked(packed.open(file.member), max(packed.getinfo(file.member).compress_size, 1), str(file))
    with file.path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return _Unpacked(gzip.open(file.path), file.path.stat().st_size, str(file)) if zipped else file.path.open("rb")


class _Unpacked(io.BufferedReader):
    """Unpacked bytes, as long as they are in proportion to the packed ones."""

    def __init__(self, stream: Any, packed_bytes: int, file: str) -> None:
        super().__init__(_Counted(stream, packed_bytes, file), CHUNK_BYTES)


class _Counted(io.RawIOBase):
    def __init__(self, stream: Any, packed_bytes: int, file: str) -> None:
        self._stream, self._most, self._file, self._read = stream, packed_bytes * MOST_EXPANSION, file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._stream.seekable())

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._stream.seek(offset, whence))

    def tell(self) -> int:
        return int(self._stream.tell())

    def readinto(self, buffer: Any) -> int:
        chunk = self._stream.read(len(buffer))
        self._read += len(chunk)
        if self._read > max(self._most, SMALL_BYTES):
            raise FileTooDense(file=self._file, most=MOST_EXPANSION)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


def plain_name(name: str) -> str:
    """A header cell as people read it: no BOM, no blanks around, full-width letters as half-width, no `="…"`."""
    text = unicodedata.normalize("NFKC", name.replace("\ufeff", "")).strip().strip("\t'`\"")
    return re.sub(r"\s+", " ", text.removeprefix("=").strip('"').strip())


def _explained(file: SourceFile, error: Exception) -> FileUnreadable:
    """The error in the user's terms."""
    detail = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return FileUnreadable(file=str(file), detail=detail[:200])
