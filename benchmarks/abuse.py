"""Clients as nobody wants them: python abuse.py PORT, until killed.

Five hundred heads and two hundred bodies that come a byte a second, a thousand wrong keys a second,
heads too large, bodies too deep, and what is no HTTP at all.
"""

import asyncio
import contextlib
import sys

SLOW_HEADS, SLOW_BODIES, WRONG_KEYS_A_SECOND = 500, 200, 1_000
HEAD = b"POST /v1/scores HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
WRONG = (
    HEAD
    + b"authorization: Bearer wb_0123456789abcdef_"
    + b"A" * 43
    + b"\r\ncontent-length: 2\r\n\r\n{}"
)
NASTY = (
    HEAD + b"x: " + b"a" * 100_000,
    HEAD + b"content-length: 100000\r\n\r\n" + b"[" * 100_000,
    b"\x16\x03\x01" + b"\0" * 1_000,
    HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n" * 1_000,
)


async def slow(port: int, begins: bytes) -> None:
    """One connection that is slow, again and again."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begins)
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1)
        await asyncio.sleep(0.1)


async def wrong_keys(port: int) -> None:
    """Keys tried out, twenty at a time."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(20):
                writer.write(WRONG)
                await reader.readuntil(b"}")
            writer.close()
        await asyncio.sleep(20 / WRONG_KEYS_A_SECOND)


async def nasty(port: int) -> None:
    """One kind of nonsense after another."""
    while True:
        for sent in NASTY:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1 << 16), 1)
                writer.close()
            await asyncio.sleep(0.05)


async def main(port: int) -> None:
    """All at once."""
    heads = [slow(port, HEAD) for _ in range(SLOW_HEADS)]
    bodies = [slow(port, HEAD + b"content-length: 1000\r\n\r\n") for _ in range(SLOW_BODIES)]
    await asyncio.gather(*heads, *bodies, wrong_keys(port), nasty(port))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
