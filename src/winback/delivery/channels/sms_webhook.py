"""Messages to a receiver of the shop's own over HTTPS: an SMS gateway, a CRM, a mini program's back
end.

Keyed: every attempt carries the same `Idempotency-Key`, so a receiver that has seen it answers as
it did and sends nothing again (docs/how-to/channels.md has the contract); one that forgets keys is
`keyed_for_a_time`. Signed: an HMAC over time and body. Where to is decided once: the name is
resolved, each address is looked at, and the connection goes to that address and no redirect, so
that no name can lead into the shop's own network.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from winback.delivery.channels.base import (
    ChannelStopped,
    Kind,
    Message,
    SendResult,
    hash_endpoint,
)
from winback.delivery.channels.http import WHOLE_SECONDS, HttpClient

MOST_ANSWER_BYTES = 64 << 10
SIGNED_FIELDS = (
    "delivery_id",
    "wave_id",
    "customer_id",
    "step",
    "channel",
    "offer",
    "subject",
    "body",
)

# Of one message or of the whole address: which of the two, the messages after it tell.
_IN_DOUBT = {403: "no_right", 404: "gone", 405: "gone", 410: "gone"}
MOST_IN_DOUBT = 5  # in a row, then it is the address
_NO_RIGHT = 401
_SECRETS = re.compile("key|pass|pwd|secret|sign|token", re.IGNORECASE)
_BUSY = (408, 425, 429, 503)
Resolve = Callable[[str, int], list[str]]


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of a host's name. Raises OSError."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in entries))


@dataclass(frozen=True)
class Endpoint:
    """A receiver. secret: what both sides sign with; private: whether it may lie in a private
    network or on this machine; key_hours: how long it knows a key, None: for good."""

    url: str
    secret: bytes
    private: bool = False
    key_hours: float | None = None


class WebhookChannel:
    """Posts each message as JSON, and reads what became of it from the status."""

    batch_size = 1  # each may take half of a lease

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Callable[[], datetime],
        resolve: Resolve = resolve_host,
        seconds: float = WHOLE_SECONDS,
    ) -> None:
        """clock: the moment, naive UTC, that is signed. seconds: for one message and its answer."""
        self._endpoint, self._clock, self._resolve, self._line = (
            endpoint,
            clock,
            resolve,
            HttpClient(seconds),
        )
        parts = urlsplit(endpoint.url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._held: list[str] = []  # refused, by the message or by the address
        self._has_answered = False
        self.kind: Kind = "keyed" if endpoint.key_hours is None else "keyed_for_a_time"
        self.key_hours = endpoint.key_hours or 0.0

    @property
    def endpoint(self) -> str:
        """Who is behind it: the address, without what is secret in it. A new secret makes no new
        receiver; another account has to be named in the address."""
        parts = urlsplit(self._endpoint.url)
        query = [each for each in parse_qsl(parts.query, True) if not _SECRETS.search(each[0])]
        where = (parts.scheme, self._host, self._port, parts.path or "/")
        return hash_endpoint("webhook", *where, urlencode(sorted(query)))

    def send(self, messages: Sequence[Message]) -> list[SendResult]:
        """Post messages, one after another. Raises ChannelStopped, with what was said before."""
        results: list[SendResult] = []
        for message in messages:
            try:
                results += self._settle(self._post_message(message, self._find_address()))
            except ChannelStopped as stopped:
                raise ChannelStopped(
                    stopped.reason, stopped.detail, results, stopped.retry_after_seconds
                ) from None
        return results

    def release_held(self) -> list[SendResult]:
        """What becomes of messages that were refused and after which nothing was asked: they failed
        where the receiver has answered others in this run, else they are tried again."""
        state: Literal["failed", "again"] = "failed" if self._has_answered else "again"
        held = [SendResult(each, state, "refused") for each in self._held]
        self._held.clear()
        return held

    def _settle(self, result: SendResult | None) -> list[SendResult]:
        """What can be said now, after an answer: also of messages held before it."""
        if result is None:
            return []
        if result.state == "again":  # no answer, which says nothing of the address
            return [result]
        self._has_answered = True
        return [*self.release_held(), result]

    def _hold(self, message: Message, status: int) -> None:
        """Wait with a refusal for the messages after it. Raises ChannelStopped when they all are
        refused."""
        self._held.append(message.delivery_id)
        if len(self._held) >= MOST_IN_DOUBT:
            self._held.clear()
            raise ChannelStopped(_IN_DOUBT[status], f"{self._host} answers {status}")

    def _find_address(self) -> str:
        """Where to connect. Raises ChannelStopped for an address nobody allowed."""
        try:
            addresses = self._resolve(self._host, self._port)
        except OSError as error:
            raise ChannelStopped("unreachable", f"{self._host}: {error}") from None
        for address in addresses:
            parsed = ipaddress.ip_address(address.split("%")[0])
            if not self._endpoint.private and not _is_public(parsed):
                raise ChannelStopped("address_forbidden", f"{self._host} is {address}")
        if not addresses:
            raise ChannelStopped("unreachable", f"{self._host} has no address")
        return addresses[0]

    def _post_message(self, message: Message, address: str) -> SendResult | None:
        """What became of a message; None while that is in doubt. Raises ChannelStopped."""
        body, headers = self._sign(message)
        shown = f"[{address}]" if ":" in address else address
        url = httpx.URL(self._endpoint.url).copy_with(host=shown, port=self._port)
        try:  # of the body nothing is needed: the status says what there is to say
            answer, _ = self._line.request(
                "POST",
                url,
                MOST_ANSWER_BYTES,
                content=body,
                headers=headers,
                extensions={"sni_hostname": self._host},
            )
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
        ) as error:  # nothing went out, nor will the next one
            raise ChannelStopped("unreachable", f"{self._host}: {error}") from None
        except httpx.HTTPError:  # it may have arrived; its key tells the receiver so
            return SendResult(message.delivery_id, "again", "no_answer", certain_not_sent=False)
        return self._read_response(message, answer)

    def _sign(self, message: Message) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(
            {name: getattr(message, name) for name in SIGNED_FIELDS}, ensure_ascii=False
        ).encode()
        at = int(self._clock().replace(tzinfo=UTC).timestamp())
        headers = {
            "host": urlsplit(self._endpoint.url).netloc.rsplit("@", 1)[-1],
            "content-type": "application/json",
            "idempotency-key": message.delivery_id,
            "x-winback-signature": f"t={at},v1={sign_body(self._endpoint.secret, at, body)}",
        }
        return body, headers

    def _read_response(self, message: Message, answer: httpx.Response) -> SendResult | None:
        status = answer.status_code
        if answer.is_success:
            return SendResult(
                message.delivery_id,
                "sent",
                receipt=answer.headers.get("x-receipt", "")[:200] or None,
            )
        if status == _NO_RIGHT:
            raise ChannelStopped("no_right", f"{self._host} answers {status}")
        if status in _IN_DOUBT:
            self._hold(message, status)
            return None
        if status in _BUSY:  # no attempt of this message, and no storm of the others
            wait = self._get_retry_delay(answer)
            raise ChannelStopped("busy", f"{self._host} answers {status}", (), wait)
        if status >= 500:
            return SendResult(message.delivery_id, "again", "no_answer", certain_not_sent=False)
        if answer.is_redirect:
            raise ChannelStopped("redirected", f"{self._host} answers {status}")
        return SendResult(message.delivery_id, "failed", "refused")

    def _get_retry_delay(self, answer: httpx.Response) -> float:
        """The seconds a receiver asks to be left alone; 0 where it does not say."""
        retry_after = answer.headers.get("retry-after", "")
        if len(retry_after) < 9 and retry_after.isascii() and retry_after.isdigit():
            return float(min(int(retry_after), 86_400))
        try:
            until = parsedate_to_datetime(retry_after).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, TypeError, OverflowError):
            return 0.0
        return min(max((until - self._clock()).total_seconds(), 0.0), 86_400.0)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is of the open internet, also by the IPv4 address that an IPv6 one
    carries (NAT64, 6to4, mapped)."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in network for network in _CARRYING):
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return _is_public(carried)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


_CARRYING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))


def sign_body(secret: bytes, at: int, body: bytes) -> str:
    """What both sides sign: the Unix second and the body with a point between, by HMAC-SHA256,
    in hexadecimal."""
    return hmac.digest(secret, f"{at}.".encode() + body, hashlib.sha256).hex()


def is_signed(secret: bytes, header: str, body: bytes, now: int, within_seconds: int = 300) -> bool:
    """For receivers: whether a request's `X-Winback-Signature` is right, and not an old one
    played again."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    at = parts.get("t", "")
    if not (at.isascii() and at.isdigit() and len(at) < 13) or abs(now - int(at)) > within_seconds:
        return False
    return hmac.compare_digest(
        parts.get("v1", "").encode(), sign_body(secret, int(at), body).encode()
    )
