"""A webhook's receiver, faithful to the contract and with faults on demand.

    python -m winback.simulation.receivers.webhook LOG SECRET [FAULTS]

Prints its port. Every message it takes stands in LOG: one line of JSON with the key, the customer
and `first`, whether the key was new. FAULTS is a JSON list of what to do to the requests in turn,
then over again: `ok`, `refuse`, `busy`, `fail_before`, `fail_after`, `reset_before`, `reset_after`,
`slow`, `huge`, `html`, `trickle`, `trickle_head`, `gone`, `redirect`.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from winback.delivery.channels.webhook import is_signed
from winback.simulation.receivers.fake_server import AFTER, PLAIN, Handler, Server


class Receiver(Server):
    """A gateway that knows each message by its key."""

    def __init__(self, log: Path, secret: bytes, faults: list[str]) -> None:
        super().__init__(_Handler, log, faults)
        self.secret, self._seen = secret, {line["key"] for line in self.log.before}

    def take(self, key: str, told: dict[str, Any]) -> None:
        """Write a message down; only if its key is new would a gateway send it on."""
        with self.lock:
            first = key not in self._seen
            self._seen.add(key)
            self.log.write(
                {
                    "key": key,
                    "customer_id": told.get("customer_id"),
                    "step": told.get("step"),
                    "first": first,
                }
            )


class _Handler(Handler):
    server: Receiver

    def do_POST(self) -> None:  # noqa: N802  # the name http.server looks for
        fault = self.server.faults.next()
        if fault == "reset_before":
            self.reset()
            return
        body = self.body()
        if not is_signed(
            self.server.secret, self.headers.get("x-winback-signature", ""), body, int(time.time())
        ):
            self.answer(401)
            return
        if fault in PLAIN:
            self.answer(PLAIN[fault])
            return
        told = json.loads(body)
        key = self.headers.get("idempotency-key", "")
        if told["delivery_id"] != key:  # only the body is signed
            self.answer(400)
            return
        self.server.take(key, told)
        if fault in AFTER:
            self.spoil(fault)
        else:
            self.answer(200, x_receipt=key)


if __name__ == "__main__":
    Receiver(
        Path(sys.argv[1]),
        sys.argv[2].encode(),
        json.loads(sys.argv[3]) if len(sys.argv) > 3 else [],
    ).serve()
