"""A mail server that delivers nothing, to rehearse against.

    python -m winback.simulation.receivers.mail LOG CONFIG [FAULTS]

Prints its port. CONFIG is JSON: `user` and `password`, where it shall ask for them. LOG has a line
for each message it took: `to`, `message_id`, `subject`, `body`, `unsubscribe`, `one_click`, and
`first`, whether it had not seen this Message-ID. FAULTS come to messages in turn: `ok`,
`sender_refused`, `closing` (421), `greylist` (450), `refuse` (550 5.1.1), `policy` (550 5.7.1),
`full` (552), `later` (451 after the message), `too_bad` (554 after it), `drop_before` (gone before
the message), `drop_after` (took it, and is gone before it says so), `silent` (took it, and says
nothing for long), `garbage` and `strange` (took it, and answers what is no answer).
"""

import asyncio
import email.policy
import json
import sys
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, TypedDict

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from winback.simulation.receivers.fake_server import SLOW_SECONDS, FaultPlan, RequestLog

_ODD = {"garbage": "what was that", "strange": "354 more, please"}
_BEFORE = {
    "greylist": "450 4.2.0 come again",
    "refuse": "550 5.1.1 nobody of that name",
    "policy": "550 5.7.1 not from you",
    "full": "552 5.2.2 mailbox full",
}


class MailSink:
    """Takes messages and writes them down."""

    def __init__(self, log: RequestLog, faults: FaultPlan) -> None:
        self._log, self._faults = log, faults
        self._seen = {line["message_id"] for line in log.before}

    # Their names and arguments are aiosmtpd's.
    async def handle_MAIL(
        self, _server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        session.fault = self._faults.take_next()
        if session.fault == "sender_refused":
            return "550 5.7.1 not from you"
        if session.fault == "closing":
            return "421 4.3.2 closing"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if session.fault == "drop_before":
            server.transport.abort()
        if session.fault in _BEFORE:
            return _BEFORE[session.fault]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if session.fault == "later":
            return "451 4.3.0 later"
        if session.fault == "too_bad":
            return "554 5.6.0 not this"
        parsed = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
        first = parsed["Message-ID"] not in self._seen
        self._seen.add(parsed["Message-ID"])
        self._log.write({"to": envelope.rcpt_tos[0], **_describe_message(parsed), "first": first})
        if session.fault == "drop_after":
            server.transport.abort()
        if session.fault == "silent":
            await asyncio.sleep(SLOW_SECONDS)
        if session.fault in _ODD:
            return _ODD[session.fault]
        return f"250 2.0.0 queued as {len(self._seen)}"


def _describe_message(message: EmailMessage) -> dict[str, str | None]:
    return {
        "message_id": message["Message-ID"],
        "subject": message["Subject"],
        "body": message.get_content(),
        "unsubscribe": message["List-Unsubscribe"],
        "one_click": message["List-Unsubscribe-Post"],
    }


async def serve(log: Path, config: Mapping[str, str], faults: list[str]) -> None:
    """Say the port, and take messages until the process is ended."""
    sink = MailSink(RequestLog(log), FaultPlan(faults))
    options = _build_login_options(config) if "user" in config else _LoginOptions()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class _LoginOptions(TypedDict, total=False):
    """Arguments of `SMTP`."""

    authenticator: Callable[[SMTP, Any, Envelope, str, Any], AuthResult]
    auth_required: bool
    auth_require_tls: bool


def _build_login_options(config: Mapping[str, str]) -> _LoginOptions:
    """Settings of an SMTP server that asks for the user and password of the configuration."""

    def check_login(
        _server: SMTP, _session: Any, _envelope: Envelope, _mechanism: str, login: Any
    ) -> AuthResult:
        expected = (config["user"].encode(), config["password"].encode())
        return AuthResult(success=(login.login, login.password) == expected, handled=False)

    return {"authenticator": check_login, "auth_required": True, "auth_require_tls": False}


if __name__ == "__main__":
    asyncio.run(
        serve(
            Path(sys.argv[1]),
            json.loads(sys.argv[2]),
            json.loads(sys.argv[3]) if len(sys.argv) > 3 else [],
        )
    )
