"""What the paths of a shop file name: files, folders, patterns and the members of zips; and
their bytes, unpacked."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from winback.core.errors import FileEncrypted, FileMissing, FileTooDense
from winback.readers.encodings import CHUNK_BYTES

# A file that unpacks to more than this many times its size is no export; the largest real one we
# know of reaches 40.
MOST_EXPANSION, SMALL_BYTES = 300, 1 << 30
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
READ_SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".gz", ".zip", *WORKBOOK_SUFFIXES, ".parquet", ".json"),
    *(".jsonl", ".ndjson"),
)
# What is in a zip that is a workbook: by Excel, or by an office of open documents.
_IN_WORKBOOKS = (
    {"[Content_Types].xml"},
    {"xl/workbook.xml"},
    {"META-INF/manifest.xml", "content.xml"},
)


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


def find_files(paths: Sequence[Path], folder: Path) -> tuple[SourceFile, ...]:
    """The files that paths name, in order: a folder's, a pattern's and a zip's members by name, 9
    before 10. Raises FileMissing."""
    files: list[SourceFile] = []
    for path in (folder / each for each in paths):
        archive = _find_archive(path)
        if archive is not None:
            files.append(SourceFile(archive, path.relative_to(archive).as_posix()))
            continue
        for each in _list_inside(path):
            files.extend(_list_members(each))
    return tuple(dict.fromkeys(files))  # a file named twice is one file


def _find_archive(path: Path) -> Path | None:
    """The archive of which a path names a member."""
    if path.exists():
        return None
    return next((each for each in path.parents if each.is_file()), None)


def _list_inside(path: Path) -> list[Path]:
    """The file, or the files of a folder or pattern by name. Raises FileMissing."""
    if path.is_dir():
        exports = (each for each in path.iterdir() if _is_export(each.name) and each.is_file())
        inside = sorted(exports, key=_get_sort_key)
    elif not path.exists() and any(character in path.name for character in "*?["):
        matching = (each for each in path.parent.glob(path.name) if each.is_file())
        inside = sorted(matching, key=_get_sort_key)
    else:
        inside = [path]
    if not inside or not all(each.is_file() for each in inside):
        raise FileMissing(file=str(path))
    return inside


def _get_sort_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts numbers in names as numbers, and `orders (1).csv` after `orders.csv`."""
    pieces = re.findall(r"\d+|\D+", path.stem)
    numbered = [(int(each), "") if each.isdecimal() else (-1, each) for each in pieces]
    return numbered, path.name


def list_passed_over(paths: Sequence[Path], folder: Path) -> list[str]:
    """What lies in the folders among paths and is not read: folders in them, and files that are
    no exports by their names."""
    inside = (
        each
        for path in dict.fromkeys(folder / each for each in paths)
        if path.is_dir()
        for each in path.iterdir()
    )
    return sorted(
        str(each)
        for each in inside
        if not (each.is_file() and _is_export(each.name)) and not each.name.startswith((".", "~$"))
    )


def open_file(file: SourceFile) -> IO[bytes]:
    """The file's bytes, unpacked."""
    if file.member is not None:
        packed = zipfile.ZipFile(file.path)
        if packed.getinfo(file.member).flag_bits & 1:
            raise FileEncrypted(file=str(file))
        return _LimitedUnpacker(
            packed.open(file.member), max(packed.getinfo(file.member).compress_size, 1), str(file)
        )
    with file.path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return (
        _LimitedUnpacker(gzip.open(file.path), file.path.stat().st_size, str(file))
        if zipped
        else file.path.open("rb")
    )


def _list_members(path: Path) -> Iterator[SourceFile]:
    """The file itself, or the files inside it if it is a zip that is no workbook."""
    try:
        if not zipfile.is_zipfile(path):
            yield SourceFile(path)
            return
        with zipfile.ZipFile(path) as packed:
            listed = (info.filename for info in packed.infolist() if not info.is_dir())
            names = sorted(listed, key=lambda name: _get_sort_key(Path(name)))
    # A damaged or unusual zip is handed on as it is, so that whoever reads it refuses it by name
    # and with the reason.
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,  # how zipfile calls a compression it does not know
    ):  # not swallowed: refused where it is read
        yield SourceFile(path)
        return
    if any(each.issubset(names) for each in _IN_WORKBOOKS):
        yield SourceFile(path)
        return
    yield from (
        SourceFile(path, name)
        for name in names
        if not name.startswith("__MACOSX/") and _is_export(name)
    )


def _is_export(name: str) -> bool:
    """Whether a file among others may be an export: not what a spreadsheet or a system leaves
    beside them."""
    plain = Path(name).name
    return Path(plain).suffix.lower() in READ_SUFFIXES and not plain.startswith((".", "~$"))


class _LimitedUnpacker(io.BufferedReader):
    """Unpacked bytes, as long as they are in proportion to the packed ones."""

    def __init__(self, stream: Any, packed_bytes: int, file: str) -> None:
        super().__init__(_CountingReader(stream, packed_bytes, file), CHUNK_BYTES)


class _CountingReader(io.RawIOBase):
    def __init__(self, stream: Any, packed_bytes: int, file: str) -> None:
        self._stream, self._most, self._file, self._read = (
            stream,
            packed_bytes * MOST_EXPANSION,
            file,
            0,
        )

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
