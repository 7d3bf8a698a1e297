"""A webhook's receiver, faithful to the contract and with faults on demand.

    python -m winback.rehearsal.webhook LOG SECRET [FAULTS]

Prints its port. Every message it takes stands in LOG, synced, before it is answered: one line of JSON with the key, the
customer and `first`, whether the key was new. FAULTS is a JSON list of what to do to the requests in turn, then over again:
`ok`, `refuse`, `busy`, `fail_before`, `fail_after`, `reset_before`, `reset_after`, `slow`, `huge`, `trickle`, `gone`,
`redirect`.
"""

import json
import os
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from winback.channels.webhook import MOST_ANSWER_BYTES, is_signed

MOST_BODY_BYTES = 64 << 10
SLOW_SECONDS = 2.0
_AFTER = ("fail_after", "reset_after", "slow", "huge", "trickle")  # faults of an answer to what was taken


class Receiver(ThreadingHTTPServer):
    """The server, its log and its faults."""

    daemon_threads = True

    def __init__(self, log: Path, secret: bytes, faults: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret, self._faults, self._asked = secret, faults, 0
        self._log = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._seen = {json.loads(line)["key"] for line in log.read_text(encoding="utf-8").splitlines()}
        self._lock = threading.Lock()

    def fault(self) -> str:
        """What to do to the next request."""
        with self._lock:
            self._asked += 1
            return self._faults[(self._asked - 1) % len(self._faults)] if self._faults else "ok"

    def take(self, key: str, told: dict[str, Any]) -> bool:
        """Write a message down; whether its key is new. Only then would a gateway send it on."""
        with self._lock:
            first = key not in self._seen
            self._seen.add(key)
            line = {"key": key, "customer_id": told.get("customer_id"), "step": told.get("step"), "first": first}
            os.write(self._log, (json.dumps(line, ensure_ascii=False) + "\n").encode())
            os.fsync(self._log)
        return first


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the name http.server looks for
        fault = self.server.fault()
        if fault == "reset_before":
            self._reset()
            return
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MOST_BODY_BYTES))
        if not is_signed(self.server.secret, self.headers.get("x-winback-signature", ""), body, int(time.time())):
            self._answer(401)
            return
        plain = {"refuse": 422, "busy": 503, "fail_before": 500, "gone": 410, "redirect": 307}
        if fault in plain:
            self._answer(plain[fault])
            return
        told = json.loads(body)
        if told["delivery_id"] != self.headers.get("idempotency-key"):  # only the body is signed
            self._answer(400)
            return
        self.server.take(told["delivery_id"], told)
        if fault in _AFTER:
            self._spoil(fault)
        else:
            self._answer(200)

    def _spoil(self, fault: str) -> None:
        """Answer badly, though the message was taken."""
        if fault == "fail_after":
            self._answer(500)
        elif fault == "reset_after":
            self._reset()
        elif fault == "slow":
            time.sleep(SLOW_SECONDS)
            self._answer(200)
        elif fault == "huge":
            self._answer(200, b"x" * (MOST_ANSWER_BYTES * 40))
        else:
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(SLOW_SECONDS / 10)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if status == 200:
            self.send_header("x-receipt", self.headers.get("idempotency-key", ""))
        if status == 307:
            self.send_header("location", "http://169.254.169.254/latest/meta-data")
        if status == 503:
            self.send_header("retry-after", "120")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # whoever asked has read enough
            self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the base class
        """Nothing: the log is what was taken."""


if __name__ == "__main__":
    with Receiver(Path(sys.argv[1]), sys.argv[2].encode(), json.loads(sys.argv[3]) if len(sys.argv) > 3 else []) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
