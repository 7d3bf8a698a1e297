"""The bytes of a text file → UTF-8, the encoding found by reading all of it.

UTF-8 with and without BOM, UTF-16; else what makes sense: Chinese in GB18030, which holds GBK and
GB2312, or Big5, Japanese, Korean, Western and Central European. These share their bytes: one is
taken only where the text is far likelier in it than in each other, see `letter_evidence`. What
stays open is refused with what it could be: a guess would turn one customer into another.
"""

import codecs
import io
import math
import re
from collections.abc import Callable
from typing import IO, Any

from winback.core.errors import EncodingAmbiguous, EncodingUnknown, FileNotText, FileNotUtf8
from winback.readers.letter_evidence import CODECS, rate_reading

CHUNK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How much likelier a text must be in one encoding than in any other to be read so.
LEAST_MARGIN = math.log(1000)
# Of a file's words beyond ASCII as many are looked at; lines up to this length.
_MOST_WORDS, _LONGEST_LINE, _MOST_LINES = 2000, 4096, 20_000

_UNREADABLE = "\ufffd"

Opened = Callable[[], IO[bytes]]


def detect_encoding(opened: Opened, given: str, file: str) -> str:
    """The name of the codec of a file. Raises FileNotText, FileNotUtf8,
    EncodingAmbiguous and EncodingUnknown.

    opened: opens the file's bytes from the start. given: the shop file's own word, or `auto`.
    """
    if given != "auto":
        return _check_codec(opened, given, file)
    with opened() as stream:
        start = stream.read(4096)
    for bom, codec in _BOMS:
        if start.startswith(bom):
            return _check_codec(opened, codec, file)
    if start.count(b"\0") > len(start) // 4:  # text of mostly ASCII in two bytes each
        return _check_codec(opened, _choose_utf16(start), file)
    utf8 = _find_first_error(opened, "utf-8")
    if utf8 is None:
        return "utf-8"
    return _guess_codec(opened, utf8, file)


def _guess_codec(opened: Opened, utf8: tuple[int, str], file: str) -> str:
    """The encoding in which the bytes make sense. Raises FileNotText, FileNotUtf8 and
    EncodingAmbiguous."""
    offset, value = utf8
    faults = {codec: _find_first_error(opened, codec) for codec in CODECS}
    beyond_ascii = _find_first_error(opened, "ascii")
    start = _find_line_start(opened, beyond_ascii[0] if beyond_ascii else 0)
    words = {codec: _list_words(opened, start, codec) for codec in CODECS if faults[codec] is None}
    rated = {codec: rate_reading(codec, each) for codec, each in words.items()}
    scores = {codec: score for codec, score in rated.items() if score is not None}
    as_utf8 = "".join(_list_words(opened, start, "utf-8"))
    if 2 * as_utf8.count(_UNREADABLE) < sum(1 for each in as_utf8 if ord(each) > 127):
        scores = {}  # damaged UTF-8, which reads as Chinese: two letters are one sign
    if not scores:
        gb18030 = faults["gb18030"]
        if gb18030 is not None:
            raise FileNotText(file=file, utf8=offset, value=value, gb18030=gb18030[0])
        raise FileNotUtf8(file=file, offset=offset, value=value)
    best = max(scores, key=lambda codec: scores[codec])
    rivals = [
        codec
        for codec, score in scores.items()
        if words[codec] != words[best] and scores[best] - score < LEAST_MARGIN
    ]
    if rivals:
        candidates = ", ".join((best, *rivals))
        raise EncodingAmbiguous(file=file, offset=offset, value=value, candidates=candidates)
    # Where two pages give the same letters, the Western one.
    return "cp1252" if words.get("cp1252") == words[best] else best


def _find_line_start(opened: Opened, offset: int) -> int:
    """Where the line that holds a byte begins."""
    start = passed = 0
    with opened() as stream:
        while passed < offset:
            chunk = stream.read(min(CHUNK_BYTES, offset - passed))
            newline = chunk.rfind(b"\n")
            start = passed + newline + 1 if newline >= 0 else start
            passed += len(chunk)
    return start


def _list_words(opened: Opened, start: int, codec: str) -> list[str]:
    """Distinct words of a text, from a line on, that hold a character beyond ASCII."""
    words: dict[str, None] = {}
    with opened() as stream:
        for at in range(0, start, CHUNK_BYTES):
            stream.read(min(CHUNK_BYTES, start - at))
        text = io.TextIOWrapper(stream, codec, "replace")
        for _ in range(_MOST_LINES):
            line = text.readline(_LONGEST_LINE)
            if not line or len(words) >= _MOST_WORDS:
                break
            if not line.isascii():
                found = re.findall(r"[^\s,;|\"]+", line)
                words.update(dict.fromkeys(each for each in found if not each.isascii()))
    return list(words)


def _choose_utf16(start: bytes) -> str:
    """Big-endian where the zero byte of ASCII comes first."""
    return "utf-16-be" if start[::2].count(b"\0") > start[1::2].count(b"\0") else "utf-16-le"


def recode_as_utf8(stream: IO[bytes], codec: str) -> IO[bytes]:
    """The stream's text as UTF-8 bytes, without a BOM."""
    if codec == "utf-8":
        return stream
    return io.BufferedReader(_RecodingReader(stream, codec), CHUNK_BYTES)


class _RecodingReader(io.RawIOBase):
    """Reads one encoding, gives UTF-8."""

    def __init__(self, stream: IO[bytes], codec: str) -> None:
        self._stream, self._decoder, self._ready = (
            stream,
            codecs.getincrementaldecoder(codec)(),
            b"",
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            chunk = self._stream.read(CHUNK_BYTES)
            self._ready = self._decoder.decode(chunk, final=not chunk).encode()
            if not chunk:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def _check_codec(opened: Opened, codec: str, file: str) -> str:
    try:
        fault = _find_first_error(opened, codec)
    except LookupError:
        raise EncodingUnknown(file=file, value=codec) from None
    if fault is not None:
        raise FileNotText(file=file, utf8=fault[0], value=fault[1], gb18030=fault[0])
    return codec


def _find_first_error(opened: Opened, codec: str) -> tuple[int, str] | None:
    """(offset, bytes in hex) of the first sequence that is not of this encoding."""
    decoder = codecs.getincrementaldecoder(codec)()
    read = 0
    with opened() as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            held: bytes = (
                decoder.getstate()[0] if read else b""
            )  # the start of a character that the last chunk broke off
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                value = fault.object[fault.start : fault.start + 4].hex(" ")
                return read - len(held) + fault.start, value
            if not chunk:
                return None
            read += len(chunk)
