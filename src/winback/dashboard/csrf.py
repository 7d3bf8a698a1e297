"""Forms that only a page of ours can send: same origin, and the session's token.

The cookie is SameSite=Strict besides: each of the three alone has had its bypass.
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData, Headers
from starlette.requests import Request

from winback.dashboard.auth import CurrentUser, Forbidden

TOKEN = "form_token"  # the field of every form
MOST_FIELDS = 100


async def read_form(request: Request, user: CurrentUser | None, most_files: int = 0) -> FormData:
    """A form of ours. user: whose token it must carry; None before anybody is signed in.
    Raises Forbidden."""
    if not is_same_origin(request.headers, request.url.netloc):
        raise Forbidden(403, "dashboard.not_from_here")
    form = await request.form(max_files=most_files, max_fields=MOST_FIELDS, max_part_size=1 << 16)
    if user is not None:
        expected = user.session.form_token if user.session else ""
        if not expected or not hmac.compare_digest(
            str(form.get(TOKEN, "")).encode(), expected.encode()
        ):
            await form.close()
            raise Forbidden(403, "dashboard.not_from_here")
    return form


def read_field(form: FormData, name: str, most: int = 2_000) -> str:
    """A field as text, without blanks around it; empty where it is none."""
    value = form.get(name, "")
    return value.strip()[:most] if isinstance(value, str) else ""


def is_same_origin(head: Headers, host: str) -> bool:
    """Whether a form was sent by a page of this origin: browsers say so in one header or the
    other."""
    site = head.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin: Any = head.get("origin")
    return origin is not None and urlsplit(origin).netloc == host
