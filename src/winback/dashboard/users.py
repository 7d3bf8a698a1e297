"""Who comes in and who did what: signing in, how somebody likes to read, operators, tasks and
the trail."""

import asyncio

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from winback.dashboard import jobs
from winback.dashboard.auth import (
    COOKIE,
    LANGUAGE,
    THEME,
    Turned,
    Visitor,
    go_to,
    remember,
    visitor_of,
)
from winback.dashboard.base import Pages
from winback.dashboard.csrf import form_of, text_of
from winback.dashboard.rendering import page, query
from winback.i18n.translate import say
from winback.ledger.audit_log import newest_notes
from winback.ledger.jobs import newest_tasks, read_task
from winback.ledger.sessions import sign_in, sign_out
from winback.ledger.users import change_operator, create_operator, list_operators

NOTES_A_PAGE = 100
_ATTEMPTS = parse("60/minute")  # of signing in, from one address
HASHED_AT_ONCE = 2  # passwords: each takes 64 MiB and a core for a moment


def add_signing_in(app: Pages) -> None:
    desk, attempts = app.desk, FixedWindowRateLimiter(MemoryStorage())
    hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    @app.get("/login", include_in_schema=False)
    def login(request: Request) -> Response:
        visitor = visitor_of(request, desk)
        if visitor.session is not None:
            return go_to(request.query_params.get("next", "/"))
        return page(
            "login",
            request,
            desk,
            visitor,
            said=None,
            anybody=bool(list_operators(desk.ledger)),
            goes_to=request.query_params.get("next", "/"),
        )

    @app.post("/login", include_in_schema=False)
    async def signed_in(request: Request) -> Response:
        form = await form_of(request, None)
        if not attempts.hit(_ATTEMPTS, "sign-in", _peer(request)):
            raise Turned(429, "desk.too_often")
        async with hashing:
            return await asyncio.to_thread(enter, request, form)

    def enter(request: Request, form: FormData) -> Response:
        visitor, goes_to = visitor_of(request, desk), text_of(form, "next") or "/"
        # A password is not stripped of blanks: they may be a part of it.
        found = sign_in(
            desk.ledger, text_of(form, "name", 64), str(form.get("password", "")), desk.now()
        )
        if isinstance(found, tuple):
            answer = go_to(goes_to)
            remember(answer, desk, COOKIE, found[0])
            return answer
        until = None if found is None else f"{desk.local(found):%H:%M}"
        said = (
            say("desk.locked", visitor.language, {"until": until})
            if until
            else say("desk.wrong", visitor.language)
        )
        return page("login", request, desk, visitor, 401, said=said, anybody=True, goes_to=goes_to)

    @app.does("/logout", "viewer")
    def signed_out(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, visitor
        sign_out(desk.ledger, request.cookies.get(COOKIE, ""), desk.now())
        answer = go_to("/login")
        remember(answer, desk, COOKIE, None)
        return answer

    @app.get("/look", include_in_schema=False)
    def look(request: Request) -> Response:
        """How somebody likes to read: remembered by their browser alone."""
        answer = go_to(request.query_params.get("back", "/"))
        for name, cookie, known in (
            ("lang", LANGUAGE, ("zh", "en")),
            ("theme", THEME, ("light", "dark", "auto")),
        ):
            chosen = request.query_params.get(name)
            if chosen in known:
                remember(answer, desk, cookie, None if chosen == "auto" else chosen)
        return answer


def add_people(app: Pages) -> None:
    """Tasks, operators and the trail of who did what."""
    desk = app.desk

    @app.shows("/tasks")
    def every_task(request: Request, visitor: Visitor) -> Response:
        jobs.recover(desk)
        return page(
            "tasks",
            request,
            desk,
            visitor,
            tasks=newest_tasks(desk.ledger, 50),
            state_of=jobs.state_of,
        )

    @app.shows("/tasks/{task}")
    def a_task(request: Request, visitor: Visitor) -> Response:
        jobs.recover(desk)
        found = read_task(desk.ledger, request.path_params["task"])
        if found is None:
            raise HTTPException(404)
        back = request.query_params.get("back", "/")
        state = jobs.state_of(found)
        if state == "done" and "back" in request.query_params:
            where = go_to(back).headers["location"]
            where += ("&" if "?" in where else "?") + f"done={found.kind}"
            return (
                Response(status_code=200, headers={"hx-redirect": where})
                if "hx-request" in request.headers
                else go_to(where)
            )
        return page(
            "task",
            request,
            desk,
            visitor,
            task=found,
            state=state,
            back=go_to(back).headers["location"],
        )

    @app.shows("/operators", "admin")
    def operators(request: Request, visitor: Visitor) -> Response:
        return page(
            "operators",
            request,
            desk,
            visitor,
            operators=list_operators(desk.ledger),
            now=desk.now(),
        )

    @app.does("/operators/create", "admin")
    def created(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        create_operator(
            desk.ledger,
            text_of(form, "name", 65),
            text_of(form, "role", 16),
            str(form.get("password", "")),
            visitor.operator.name,
            desk.now(),
        )
        return go_to(f"/operators{query({'done': 'operator'})}")

    @app.does("/operators/change", "admin")
    def changed(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        password, disabled = (
            str(form.get("password", "")),
            {"yes": True, "no": False}.get(text_of(form, "disabled", 3)),
        )
        change_operator(
            desk.ledger,
            text_of(form, "name", 65),
            visitor.operator.name,
            desk.now(),
            role=text_of(form, "role", 16) or None,
            password=password or None,
            disabled=disabled,
        )
        return go_to(f"/operators{query({'done': 'operator'})}")

    @app.shows("/trail", "admin")
    def trail(request: Request, visitor: Visitor) -> Response:
        asked = request.query_params.get("before", "")
        notes = newest_notes(
            desk.ledger, NOTES_A_PAGE, int(asked) if asked.isdecimal() and len(asked) < 18 else None
        )
        return page("trail", request, desk, visitor, notes=notes)


def _peer(request: Request) -> str:
    """Who asks, by address; of IPv6 the network, of which one machine has every address."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
