"""E-mails over SMTP, each with a way out that takes one click (RFC 8058).

One-shot: once the last dot of a message has left, only the server's answer tells whether it was
taken; where that is lost, the message is `unknown`. Its Message-ID is derived from its key, so that
whoever looks into the server's log finds it.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal
from urllib.parse import quote

from winback.delivery.channels.base import (
    AddressOf,
    ChannelStopped,
    Kind,
    Message,
    SendResult,
    hash_endpoint,
)
from winback.delivery.channels.http import CONNECT_SECONDS, WHOLE_SECONDS, close_after
from winback.ledger.bounces import NO_SUCH_ADDRESS, classify_code

_ADDRESS = re.compile(r"[^\s@<>,;:\"'()\[\]\\]{1,64}@[^\s@<>,;:\"'()\[\]\\]{1,253}")
_GOES_ON, _DONE, _NO_CODE = 354, 250, -1
# Answers to RCPT that say of the receiver: no such mailbox, not here, no such name (RFC 5321).
_OF_RECEIVERS = (550, 551, 553)
_ENHANCED = re.compile(rb"\s*([45]\.\d{1,3}\.\d{1,3})\b")
MOST_LOST = 3  # connections in a row, then it is the server and not a letter
_LOST = ("no_answer", "busy")
_NOT_ASKED = ("no_address", "bad_address")
_QUEUED = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")  # an address in a server's answer is no receipt


@dataclass(frozen=True)
class MailServer:
    """Whom to hand e-mails to. sender_name, sender: who they come from; unsubscribe: the page of
    `List-Unsubscribe`, which gets the message's token as `t`. security: `none` is for a server
    on this machine."""

    host: str
    port: int
    sender: str
    sender_name: str
    unsubscribe: str
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str | None = None
    password: str | None = None


class MailChannel:
    """Hands over one e-mail at a time, over a connection of its own."""

    kind: Kind = "one_shot"
    batch_size = 1

    def __init__(
        self,
        server: MailServer,
        address_of: AddressOf,
        token_of: Callable[[str], str],
        clock: Callable[[], datetime],
        seconds: float = WHOLE_SECONDS,
    ) -> None:
        """address_of: a customer's e-mail address. token_of: what unsubscribes whoever got a
        message. clock: naive UTC."""
        self._server, self._address_of, self._token_of, self._clock, self._seconds = (
            server,
            address_of,
            token_of,
            clock,
            seconds,
        )
        self._lost = 0  # letters in a row at which the connection was lost, or the server busy
        self._held: list[SendResult] = []  # of those, what the server did not even look at

    @property
    def endpoint(self) -> str:
        """Who is behind it: the server, and whom it takes letters from."""
        server = self._server
        return hash_endpoint("smtp", server.host.lower(), server.port, server.user, server.sender)

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Send e-mails. Raises ChannelStopped, with what was said before."""
        results: list[SendResult] = []
        for each in messages:
            try:
                results += self._settle(self._send_one(each))
            except ChannelStopped as stopped:
                raise ChannelStopped(
                    stopped.reason, stopped.detail, [*results, *stopped.results]
                ) from None
        return results

    def release_held(self) -> list[SendResult]:
        """What becomes of letters at which the server was busy: they are tried again."""
        held = self._held.copy()
        self._held.clear()
        return held

    def _settle(self, result: SendResult) -> list[SendResult]:
        """What can be said now. Raises ChannelStopped after too many lost connections in a row:
        an outage must not make a whole wave unknown, one letter after another."""
        if result.reason in _NOT_ASKED:
            return [result]
        if result.reason not in _LOST:
            self._lost = 0
            return [*self.release_held(), result]
        self._lost += 1
        said = [] if result.reason == "busy" else [result]
        if self._lost >= MOST_LOST:
            self._held.clear()
            raise ChannelStopped(str(result.reason), self._server.host, said)
        if not said:
            self._held.append(result)
        return said

    def _send_one(self, message: Message) -> SendResult:
        address = self._address_of(message.customer_id)
        if address is None:
            return SendResult(message.delivery_id, "failed", "no_address")
        try:
            to = _to_ascii_address(address)
            letter = self._build_letter(message, to)
        except ValueError:  # a line break in a header would be a header of somebody else's
            return SendResult(message.delivery_id, "failed", "bad_address")
        with close_after(self._seconds) as hold:
            session = self._open_session(hold)
            try:
                return self._send_letter(session, message.delivery_id, to, letter)
            finally:
                session.close()

    def _build_letter(self, message: Message, to: str) -> bytes:
        letter, server = EmailMessage(policy=SMTP.clone(cte_type="7bit")), self._server
        user, domain = server.sender.rsplit("@", 1)
        letter["From"] = Address(server.sender_name, user, domain)
        letter["To"] = to
        letter["Subject"] = message.subject or ""
        letter["Date"] = format_datetime(self._clock().replace(tzinfo=UTC))
        letter["Message-ID"] = f"<{message.delivery_id}@{domain}>"
        self._add_unsubscribe_headers(server, message, letter)
        letter.set_content(message.body or "")
        return letter.as_bytes()

    def _add_unsubscribe_headers(
        self, server: MailServer, message: Message, letter: EmailMessage
    ) -> None:
        joint = "&" if "?" in server.unsubscribe else "?"
        page = f"{server.unsubscribe}{joint}t={quote(self._token_of(message.delivery_id))}"
        letter["List-Unsubscribe"] = f"<{page}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def _open_session(self, hold: Callable[[socket.socket], None]) -> smtplib.SMTP:
        """A session that may send. Raises ChannelStopped: nothing has left yet."""
        server, wait = self._server, min(CONNECT_SECONDS, self._seconds)
        session: smtplib.SMTP | None = None
        try:
            session = (
                _InterruptibleSmtpTls(hold, wait)
                if server.security == "tls"
                else _InterruptibleSmtp(hold, wait)
            )
            self._connect(session, server)
        except (OSError, smtplib.SMTPException) as error:
            if session is not None:
                session.close()
            raise ChannelStopped(_describe_error(error), server.host) from None
        return session

    def _connect(self, session: "_InterruptibleSmtp", server: MailServer) -> None:
        session.connect(server.host, server.port)
        assert session.sock is not None
        session.sock.settimeout(self._seconds)
        if server.security == "starttls":
            session.starttls(context=ssl.create_default_context())
        if server.user is not None:
            session.login(server.user, server.password or "")
        else:
            session.ehlo_or_helo_if_needed()

    def _send_letter(
        self, session: smtplib.SMTP, delivery_id: str, to: str, letter: bytes
    ) -> SendResult:
        try:
            code, answer = session.mail(self._server.sender)
            if code != _DONE:
                return self._build_refusal(delivery_id, code)
            code, answer = session.rcpt(to)
            if code not in (_DONE, 251):
                return _build_rejection(delivery_id, code, answer, _OF_RECEIVERS)
            code, answer = session.docmd("DATA")
            if code != _GOES_ON:
                return _build_rejection(delivery_id, code, answer)
        except (OSError, smtplib.SMTPException):  # not a byte of the message has left
            return SendResult(delivery_id, "again", "no_answer")
        try:
            session.send(_stuff_dots(letter))
            code, answer = session.getreply()
        except (OSError, smtplib.SMTPException):
            code, answer = _NO_CODE, b""
        if 200 <= code < 300:
            return SendResult(
                delivery_id,
                "sent",
                receipt=_QUEUED.sub("", answer.decode(errors="replace"))[:200] or None,
            )
        if 400 <= code < 600:
            return _build_rejection(delivery_id, code, answer)
        return SendResult(delivery_id, "unknown", "no_answer")  # only this one: the next is new

    def _build_refusal(self, delivery_id: str, code: int) -> SendResult:
        """A server that takes nothing from us now. Raises ChannelStopped where it never will."""
        if code >= 500:
            raise ChannelStopped("sender_refused", f"{self._server.host} answers {code}")
        return SendResult(delivery_id, "again", "busy")


class _InterruptibleSmtp(smtplib.SMTP):
    """A session whose connection can be ended from outside before the server has said a word."""

    def __init__(self, hold: Callable[[socket.socket], None], seconds: float) -> None:
        self._hold = hold
        super().__init__(timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        self._hold(connection)
        self._host = host  # whom STARTTLS expects to meet
        return self._wrap(connection, host)

    def _wrap(self, connection: socket.socket, _host: str) -> socket.socket:
        return connection


class _InterruptibleSmtpTls(_InterruptibleSmtp):
    """The same, encrypted from the first byte."""

    def _wrap(self, connection: socket.socket, host: str) -> socket.socket:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _build_rejection(
    delivery_id: str, code: int, answer: bytes, of_receivers: Collection[int] = ()
) -> SendResult:
    """A server's no: for good, or for now, as one says that greets strangers so. of_receivers:
    the codes that speak of the address where no enhanced code says of what they do."""
    if code < 500:
        return SendResult(delivery_id, "again", "later")
    found = _ENHANCED.match(answer)
    enhanced = found[1].decode() if found else None
    of_address = enhanced is not None or code in of_receivers
    is_dead = of_address and classify_code(str(code), enhanced) == "hard"
    return SendResult(delivery_id, "failed", NO_SUCH_ADDRESS if is_dead else "refused")


def _describe_error(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "no_right"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "no_tls"
    return "unreachable"


def _to_ascii_address(address: str) -> str:
    """An address as SMTP takes it. Raises ValueError."""
    if not _ADDRESS.fullmatch(address):
        raise ValueError(address)
    user, domain = address.rsplit("@", 1)
    return f"{user.encode('ascii').decode()}@{domain.encode('idna').decode()}"


def _stuff_dots(letter: bytes) -> bytes:
    """A message as DATA carries it: a dot that begins a line is doubled (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", letter.removesuffix(b"\r\n")) + b"\r\n.\r\n"
