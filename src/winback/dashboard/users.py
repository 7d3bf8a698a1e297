"""Who comes in and who did what: signing in, how somebody likes to read, operators, jobs and
the audit log."""

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
    CurrentUser,
    Forbidden,
    load_current_user,
    redirect_to,
    set_cookie,
)
from winback.dashboard.base import DashboardApp
from winback.dashboard.csrf import read_field, read_form
from winback.dashboard.rendering import build_query, render_page
from winback.i18n.translate import translate
from winback.ledger.audit_log import list_latest
from winback.ledger.jobs import list_newest_jobs, load_job
from winback.ledger.sessions import sign_in, sign_out
from winback.ledger.users import change_user, create_user, list_users

NOTES_A_PAGE = 100
_ATTEMPTS = parse("60/minute")  # of signing in, from one address
HASHED_AT_ONCE = 2  # passwords: each takes 64 MiB and a core for a moment


def add_sign_in_pages(app: DashboardApp) -> None:
    context, attempts = app.context, FixedWindowRateLimiter(MemoryStorage())
    hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    @app.get("/login", include_in_schema=False)
    def show_login(request: Request) -> Response:
        user = load_current_user(request, context)
        if user.session is not None:
            return redirect_to(request.query_params.get("next", "/"))
        return render_page(
            "login",
            request,
            context,
            user,
            said=None,
            anybody=bool(list_users(context.ledger)),
            goes_to=request.query_params.get("next", "/"),
        )

    @app.post("/login", include_in_schema=False)
    async def sign_in_user(request: Request) -> Response:
        form = await read_form(request, None)
        if not attempts.hit(_ATTEMPTS, "sign-in", _get_client_network(request)):
            raise Forbidden(429, "dashboard.too_often")
        async with hashing:
            return await asyncio.to_thread(try_sign_in, request, form)

    def try_sign_in(request: Request, form: FormData) -> Response:
        user, goes_to = load_current_user(request, context), read_field(form, "next") or "/"
        # A password is not stripped of blanks: they may be a part of it.
        session = sign_in(
            context.ledger,
            read_field(form, "name", 64),
            str(form.get("password", "")),
            context.now(),
        )
        if isinstance(session, tuple):
            answer = redirect_to(goes_to)
            set_cookie(answer, context, COOKIE, session[0])
            return answer
        until = None if session is None else f"{context.to_local_time(session):%H:%M}"
        message = (
            translate("dashboard.locked", user.language, {"until": until})
            if until
            else translate("dashboard.wrong", user.language)
        )
        return render_page(
            "login", request, context, user, 401, said=message, anybody=True, goes_to=goes_to
        )

    @app.action("/logout", "viewer")
    def sign_out_user(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, user
        sign_out(context.ledger, request.cookies.get(COOKIE, ""), context.now())
        answer = redirect_to("/login")
        set_cookie(answer, context, COOKIE, None)
        return answer

    @app.get("/look", include_in_schema=False)
    def set_appearance(request: Request) -> Response:
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


def add_user_pages(app: DashboardApp) -> None:
    """Jobs, operators and the audit log of who did what."""
    context = app.context

    @app.page("/jobs")
    def show_jobs(request: Request, user: CurrentUser) -> Response:
        jobs.recover_jobs(context)
        return render_page(
            "jobs",
            request,
            context,
            user,
            jobs=list_newest_jobs(context.ledger, 50),
            state_of=jobs.get_job_state,
        )

    @app.page("/jobs/{job}")
    def show_job(request: Request, user: CurrentUser) -> Response:
        jobs.recover_jobs(context)
        job = load_job(context.ledger, request.path_params["job"])
        if job is None:
            raise HTTPException(404)
        back = request.query_params.get("back", "/")
        state = jobs.get_job_state(job)
        if state == "done" and "back" in request.query_params:
            where = redirect_to(back).headers["location"]
            where += ("&" if "?" in where else "?") + f"done={job.kind}"
            return (
                Response(status_code=200, headers={"hx-redirect": where})
                if "hx-request" in request.headers
                else redirect_to(where)
            )
        return render_page(
            "job",
            request,
            context,
            user,
            job=job,
            state=state,
            back=redirect_to(back).headers["location"],
        )

    @app.page("/operators", "admin")
    def show_users(request: Request, user: CurrentUser) -> Response:
        return render_page(
            "operators",
            request,
            context,
            user,
            operators=list_users(context.ledger),
            now=context.now(),
        )

    @app.action("/operators/create", "admin")
    def add_user(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        create_user(
            context.ledger,
            read_field(form, "name", 65),
            read_field(form, "role", 16),
            str(form.get("password", "")),
            user.account.name,
            context.now(),
        )
        return redirect_to(f"/operators{build_query({'done': 'operator'})}")

    @app.action("/operators/change", "admin")
    def update_user(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        password, disabled = (
            str(form.get("password", "")),
            {"yes": True, "no": False}.get(read_field(form, "disabled", 3)),
        )
        change_user(
            context.ledger,
            read_field(form, "name", 65),
            user.account.name,
            context.now(),
            role=read_field(form, "role", 16) or None,
            password=password or None,
            disabled=disabled,
        )
        return redirect_to(f"/operators{build_query({'done': 'operator'})}")

    @app.page("/audit-log", "admin")
    def show_audit_log(request: Request, user: CurrentUser) -> Response:
        before_text = request.query_params.get("before", "")
        notes = list_latest(
            context.ledger,
            NOTES_A_PAGE,
            int(before_text) if before_text.isdecimal() and len(before_text) < 18 else None,
        )
        return render_page("audit_log", request, context, user, notes=notes)


def _get_client_network(request: Request) -> str:
    """Who asks, by address; of IPv6 the network, of which one machine has every address."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
