"""Answers that are none (RFC 9457): one shape, one code each, titles in Chinese and English."""

from dataclasses import dataclass
from typing import Any

from winback.api.decoding import encode
from winback.api.schemas import Fault, Problem
from winback.i18n.translate import CATALOGUE, Language, strip_control_chars, translate

# A code, which is also its key in the catalogue, and its HTTP status.
STATUS = {
    "bad_request": 400,
    "duplicate_key": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method": 405,
    "timeout": 408,
    "too_large": 413,
    "media_type": 415,
    "host": 421,
    "invalid": 422,
    "parameter": 422,
    "no_score": 422,
    "rate": 429,
    "headers": 431,
    "unexpected_error": 500,
    "busy": 503,
    "not_ready": 503,
}
MEDIA_TYPE = b"application/problem+json"
_LONGEST = 300  # of what is said back: a body's own values are not repeated at length


@dataclass(eq=False)
class ApiProblem(Exception):
    """A question that is not answered. detail: what is wrong, or a key of the catalogue;
    retry_after: seconds until asking again makes sense."""

    code: str
    detail: str | None = None
    at: str | None = None
    retry_after: int | None = None
    allow: str | None = None  # methods, for 405

    @property
    def status(self) -> int:
        return STATUS[self.code]


def render_problem(refusal: ApiProblem, language: Language) -> bytes:
    """A refusal as problem JSON."""
    detail = translate(refusal.detail, language) if refusal.detail in CATALOGUE else refusal.detail
    detail = strip_control_chars(detail)[:_LONGEST] if detail else None
    errors = (
        [Fault(at=strip_control_chars(refusal.at)[:_LONGEST], detail=detail or "")]
        if refusal.at
        else []
    )
    return encode(
        Problem(
            type=f"urn:winback:problem:{refusal.code}",
            title=translate(f"problem.{refusal.code}", language),
            status=refusal.status,
            code=refusal.code,
            detail=detail,
            errors=errors,
        )
    )


def build_headers(refusal: ApiProblem) -> list[tuple[bytes, bytes]]:
    """The headers a refusal is sent with, beside its length."""
    headers: list[tuple[bytes, bytes]] = [(b"content-type", MEDIA_TYPE)]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    if refusal.status == STATUS["unauthorized"]:
        headers.append((b"www-authenticate", b'Bearer realm="winback"'))
    if refusal.allow:
        headers.append((b"allow", refusal.allow.encode()))
    return headers


def negotiate_language(accepted: bytes) -> Language:
    """The language of titles: Chinese where a client asks for it first."""
    return "zh" if accepted[:2].lower() == b"zh" else "en"


def render_raw_response(
    status_line: bytes, refusal: ApiProblem, language: Language, closing: bool = True
) -> bytes:
    """A refusal as it goes over the wire. closing: whether the connection ends with it."""
    body = render_problem(refusal, language)
    head: list[Any] = [*build_headers(refusal), (b"content-length", str(len(body)).encode())]
    head += [(b"connection", b"close")] if closing else []
    return (
        status_line
        + b"".join(name + b": " + value + b"\r\n" for name, value in head)
        + b"\r\n"
        + body
    )
