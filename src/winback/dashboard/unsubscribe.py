"""The page of the link in a message, for the shop's customers: it shows a button, and the button
acts (RFC 8058).

Scanners of mail follow every link, so that a GET changes nothing. A mail program's one click is a
POST to the same address, from anywhere, without a cookie. Whatever the token, the answer is the
same: nobody learns here which messages there were.
"""

from fastapi import FastAPI
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from winback.config.upload_limits import UNSUBSCRIBE_PATH
from winback.core.errors import WinbackError
from winback.dashboard.auth import CurrentUser, Forbidden, choose_language, get_client_network
from winback.dashboard.context import DashboardContext
from winback.dashboard.rendering import build_query, render_page
from winback.data.pseudonyms import load_key
from winback.delivery.unsubscribe_link import follow_link, get_sender_name

_CLICKS = parse("1000/minute")  # from one address: a mail provider clicks for many
_MOST_TOKEN = 256


def add_pages(app: FastAPI, context: DashboardContext) -> None:
    """Let an app take what customers say who want no more messages."""
    clicks = FixedWindowRateLimiter(MemoryStorage())

    def show(request: Request) -> Response:
        return _render(request, context, "ask")

    def act(request: Request) -> Response:
        if not clicks.hit(_CLICKS, "unsubscribe", get_client_network(request)):
            raise Forbidden(429, "dashboard.too_often")
        token = request.query_params.get("t", "")[:_MOST_TOKEN]
        try:
            key = load_key(context.folder / "pseudonym.key")
            follow_link(context.ledger, key, token, context.now())
        except WinbackError:  # a mail program that is told so tries again
            return _render(request, context, "failed", 503)
        return _render(request, context, "done")

    app.get(UNSUBSCRIBE_PATH, include_in_schema=False)(show)
    app.post(UNSUBSCRIBE_PATH, include_in_schema=False)(act)


def _render(request: Request, context: DashboardContext, what: str, status: int = 200) -> Response:
    reader = CurrentUser(None, choose_language(request), None)
    token = request.query_params.get("t", "")[:_MOST_TOKEN]
    action = f"{UNSUBSCRIBE_PATH}{build_query({'t': token})}"
    values = {"what": what, "action": action, "sender": get_sender_name(context.shop)}
    answer = render_page("unsubscribe", request, context, reader, status, **values)
    # The address has the token: neither another page nor a search engine shall learn it.
    answer.headers["referrer-policy"] = "no-referrer"
    answer.headers["x-robots-tag"] = "noindex"
    return answer
