"""Signing in and out, and how somebody likes to read."""

import asyncio
from datetime import datetime

from fastapi import FastAPI
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from winback.dashboard.auth import (
    COOKIE,
    LANGUAGE,
    THEME,
    Forbidden,
    get_client_network,
    load_current_user,
    redirect_to,
    set_cookie,
)
from winback.dashboard.context import DashboardContext
from winback.dashboard.csrf import read_form
from winback.dashboard.page import Page, PageRouter
from winback.i18n.translate import translate
from winback.ledger import sessions
from winback.ledger.users import list_users

_ATTEMPTS = parse("60/minute")  # of signing in, from one address
HASHED_AT_ONCE = 2  # passwords: each takes 64 MiB and a core for a moment


def add_pages(app: FastAPI, context: DashboardContext) -> None:
    """Let an app sign people in and out: the pages anybody may ask for."""
    attempts = FixedWindowRateLimiter(MemoryStorage())
    hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    def open_page(request: Request, form: FormData) -> Page:
        return Page(context, request, load_current_user(request, context), form)

    def show(request: Request) -> Response:
        return _show_login(open_page(request, FormData()))

    async def sign_in(request: Request) -> Response:
        form = await read_form(request, None)
        if not attempts.hit(_ATTEMPTS, "sign-in", get_client_network(request)):
            raise Forbidden(429, "dashboard.too_often")
        async with hashing:
            return await asyncio.to_thread(lambda: _sign_in(open_page(request, form)))

    def look(request: Request) -> Response:
        return _set_appearance(context, request)

    app.get("/login", include_in_schema=False)(show)
    app.post("/login", include_in_schema=False)(sign_in)
    app.get("/look", include_in_schema=False)(look)
    pages.add_to(app, context)


def _show_login(page: Page) -> Response:
    goes_to = page.query.get("next", "/")
    if page.user.session is not None:
        return redirect_to(goes_to)
    anybody = bool(list_users(page.context.ledger))
    return page.render("login", said=None, anybody=anybody, goes_to=goes_to)


def _sign_in(page: Page) -> Response:
    goes_to = page.read_field("next") or "/"
    # A password is not stripped of blanks: they may be a part of it.
    name, password = page.read_field("name", 64), str(page.form.get("password", ""))
    session = sessions.sign_in(page.context.ledger, name, password, page.context.now())
    if isinstance(session, tuple):
        answer = redirect_to(goes_to)
        set_cookie(answer, page.context, COOKIE, session[0])
        return answer
    message = _explain_refusal(page, session)
    return page.render("login", 401, said=message, anybody=True, goes_to=goes_to)


def _explain_refusal(page: Page, locked_until: datetime | None) -> str:
    if locked_until is None:
        return translate("dashboard.wrong", page.language)
    until = f"{page.context.to_local_time(locked_until):%H:%M}"
    return translate("dashboard.locked", page.language, {"until": until})


def _set_appearance(context: DashboardContext, request: Request) -> Response:
    """How somebody likes to read: remembered by their browser alone."""
    answer = redirect_to(request.query_params.get("back", "/"))
    for name, cookie, known in (
        ("lang", LANGUAGE, ("zh", "en")),
        ("theme", THEME, ("light", "dark", "auto")),
    ):
        chosen = request.query_params.get(name)
        if chosen in known:
            set_cookie(answer, context, cookie, None if chosen == "auto" else chosen)
    return answer


pages = PageRouter()


@pages.action("/logout", "viewer")
def _sign_out(page: Page) -> Response:
    token = page.request.cookies.get(COOKIE, "")
    sessions.sign_out(page.context.ledger, token, page.context.now())
    answer = redirect_to("/login")
    set_cookie(answer, page.context, COOKIE, None)
    return answer
