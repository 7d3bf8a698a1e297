"""The bytes of a text file → UTF-8, the encoding found by reading all of it.

UTF-8 with and without BOM, UTF-16, and GB18030, which holds GBK and GB2312. What is none of these
is refused with the offset of the first bad byte: a guess would turn one customer into another.
Big5, EUC-JP and EUC-KR share their bytes with GB18030 and cannot be distinguished from it: a shop
that sends them says so (`encoding`).
"""

import codecs
import io
from collections.abc import Callable
from typing import IO, Any

from winback.core.errors import EncodingUnknown, FileNotText, FileNotUtf8

CHUNK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A single-byte code page read as GB18030 gives rare characters; real Chinese text is nearly all of
# GB2312's first level.
LEAST_COMMON = 0.5

Opened = Callable[[], IO[bytes]]


def detect_encoding(opened: Opened, given: str, file: str) -> str:
    """The name of the codec of a file. Raises FileNotText, FileNotUtf8 and EncodingUnknown.

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
    _refuse_unless_gb18030(opened, utf8, file)
    return "gb18030"


def _refuse_unless_gb18030(opened: Opened, utf8: tuple[int, str], file: str) -> None:
    """Raise FileNotText or FileNotUtf8 unless the bytes make sense as Chinese."""
    gb18030 = _find_first_error(opened, "gb18030")
    if gb18030 is not None:
        raise FileNotText(file=file, utf8=utf8[0], value=utf8[1], gb18030=gb18030[0])
    if _estimate_common_share(opened, utf8[0]) < LEAST_COMMON:
        raise FileNotUtf8(file=file, offset=utf8[0], value=utf8[1])


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


def _estimate_common_share(opened: Opened, first: int) -> float:
    """Of the first characters of two bytes, the share that are common in Chinese. first: where
    the bytes beyond ASCII begin."""
    with opened() as stream:
        passed = 0
        while passed < first:
            passed += len(stream.read(min(CHUNK_BYTES, first - passed)))
        text = codecs.getincrementaldecoder("gb18030")().decode(stream.read(CHUNK_BYTES))
    pairs = [
        code
        for code in (character.encode("gb18030") for character in text if ord(character) > 127)
        if len(code) == 2
    ]
    return (
        sum(_is_common(code) for code in pairs) / len(pairs)
        if pairs
        else float(any(ord(each) > 0x2E80 for each in text))
    )


def _is_common(code: bytes) -> bool:
    # GB2312's punctuation, full-width forms and first level; what a misread code page gives lies
    # nearly all beyond it.
    return 0xA1 <= code[0] <= 0xD7 and code[1] >= 0xA1
