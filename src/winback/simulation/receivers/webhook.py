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
from collections.abc import Mapping
from pathlib import Path

from winback.delivery.channels.sms_webhook import is_signed
from winback.simulation.receivers.fake_server import AFTER, PLAIN, FakeHandler, FakeServer


class WebhookReceiver(FakeServer):
    """A gateway that knows each message by its key."""

    def __init__(self, log: Path, secret: bytes, faults: list[str]) -> None:
        super().__init__(_Handler, log, faults)
        self.secret, self._seen = secret, {line["key"] for line in self.log.before}

    def store_message(self, key: str, message: Mapping[str, object]) -> None:
        """Write a message down; only if its key is new would a gateway send it on."""
        with self.lock:
            first = key not in self._seen
            self._seen.add(key)
            self.log.write(
                {
                    "key": key,
                    "customer_id": message.get("customer_id"),
                    "step": message.get("step"),
                    "first": first,
                }
            )


class _Handler(FakeHandler):
    server: WebhookReceiver

    def do_POST(self) -> None:  # noqa: N802  # the name http.server looks for
        fault = self.server.faults.take_next()
        if fault == "reset_before":
            self.reset_connection()
            return
        body = self.read_body()
        if not is_signed(
            self.server.secret, self.headers.get("x-winback-signature", ""), body, int(time.time())
        ):
            self.send_answer(401)
            return
        if fault in PLAIN:
            self.send_answer(PLAIN[fault])
            return
        message = json.loads(body)
        key = self.headers.get("idempotency-key", "")
        if message["delivery_id"] != key:  # only the body is signed
            self.send_answer(400)
            return
        self.server.store_message(key, message)
        if fault in AFTER:
            self.inject_fault(fault)
        else:
            self.send_answer(200, x_receipt=key)


if __name__ == "__main__":
    WebhookReceiver(
        Path(sys.argv[1]),
        sys.argv[2].encode(),
        json.loads(sys.argv[3]) if len(sys.argv) > 3 else [],
    ).serve()
