"""What every page and every form has in common: who may, what refuses it, and how a job is let
run."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from winback.core.errors import (
    CustomerUnknown,
    NotScored,
    UnexpectedError,
    WaveUnknown,
    WinbackError,
)
from winback.dashboard import jobs
from winback.dashboard.auth import (
    CurrentUser,
    Forbidden,
    choose_language,
    load_current_user,
    redirect_to,
)
from winback.dashboard.context import DashboardContext
from winback.dashboard.csrf import read_form
from winback.dashboard.rendering import build_query, render_page
from winback.data.pseudonyms import build_pseudonym, load_key
from winback.i18n.error_text import format_error
from winback.i18n.translate import translate
from winback.ledger.users import Role
from winback.scoring.snapshot_index import SnapshotIndex
from winback.workflows.jobs import Job

PageHandler = Callable[[Request, CurrentUser], Response]
ActionHandler = Callable[[FormData, CurrentUser, Request], Response]


class DashboardApp(FastAPI):
    """An app whose paths are pages: what is shown, and what forms do."""

    def __init__(self, context: DashboardContext) -> None:
        super().__init__(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        self.context = context
        self.add_exception_handler(Forbidden, self._handle_forbidden)
        self.add_exception_handler(WinbackError, self._handle_refused)
        self.add_exception_handler(HTTPException, self._handle_not_found)
        self.add_exception_handler(
            Exception, self._handle_unexpected
        )  # answered here, and logged by the guard

    def page(self, path: str, role: Role = "viewer") -> Callable[[PageHandler], PageHandler]:
        """A page: made in a thread of its own, for whoever may see it."""

        def register(make: PageHandler) -> PageHandler:
            def handle(request: Request) -> Response:
                user = load_current_user(request, self.context)
                user.require_role(role)
                return make(request, user)

            handle.__name__ = make.__name__
            self.get(path, include_in_schema=False)(handle)
            return make

        return register

    def action(
        self, path: str, role: Role = "operator"
    ) -> Callable[[ActionHandler], ActionHandler]:
        """What a form does, sent from a page of ours by whoever may."""

        def register(act: ActionHandler) -> ActionHandler:
            async def handle(request: Request) -> Response:
                user = await asyncio.to_thread(load_current_user, request, self.context)
                user.require_role(role)
                form = await read_form(request, user)
                return await asyncio.to_thread(act, form, user, request)

            handle.__name__ = act.__name__
            self.post(path, include_in_schema=False)(handle)
            return act

        return register

    def run_job(self, job: Job, user: CurrentUser, back: str, **detail: str) -> Response:
        """Let a job run, and show how far it is."""
        job_id = jobs.start_job(self.context, job, user.account.name, user.language, detail)
        return redirect_to(f"/jobs/{job_id}{build_query({'back': back})}")

    def get_snapshot(self) -> SnapshotIndex:
        """The snapshot that is served. Raises NotScored."""
        if self.context.snapshot is None:
            raise NotScored(shop=self.context.shop.name, cutoff="–")
        return self.context.snapshot

    def find_customer(self, customer_id: str) -> tuple[SnapshotIndex, int]:
        """The snapshot, and where a customer stands in it. Raises NotScored and CustomerUnknown."""
        index = self.get_snapshot()
        place = index.find_place(customer_id)
        if place is None:
            raise CustomerUnknown(
                value=customer_id[:256], shop=self.context.shop.name, cutoff=str(index.day)
            )
        return index, place

    def get_audit_subject(self, customer_id: str) -> str:
        """What the audit log calls a customer."""
        return build_pseudonym(
            customer_id, load_key(self.context.folder / "pseudonym.key"), "customer"
        )

    def _handle_forbidden(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Forbidden)
        if error.status == 401:
            here = (
                f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
            )
            back = {"next": here} if request.method == "GET" and here != "/" else {}
            where = f"/login{build_query(back)}"
            if "hx-request" in request.headers:
                return Response(status_code=200, headers={"hx-redirect": where})
            return redirect_to(where)
        return self._render_error(
            request, error.status, translate(error.key, choose_language(request), error.values)
        )

    def _handle_refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, WinbackError)
        status = (
            500
            if isinstance(error, UnexpectedError)
            else 404
            if isinstance(error, CustomerUnknown | WaveUnknown)
            else 409
        )
        return self._render_error(request, status, format_error(error, choose_language(request)))

    def _handle_not_found(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        key = "dashboard.not_found" if error.status_code == 404 else "dashboard.not_so"
        return self._render_error(
            request, error.status_code, translate(key, choose_language(request))
        )

    def _handle_unexpected(self, request: Request, error: Exception) -> Response:
        del error  # what it says may name a customer
        return self._render_error(
            request, 500, translate("dashboard.unforeseen", choose_language(request))
        )

    def _render_error(self, request: Request, status: int, message: str) -> Response:
        before = urlsplit(request.headers.get("referer", ""))
        back = (
            before.path + (f"?{before.query}" if before.query else "")
            if before.netloc == request.url.netloc
            else ""
        )
        return render_page(
            "error",
            request,
            self.context,
            self._get_reader(request),
            status,
            said=message,
            back=redirect_to(back).headers["location"] if back else None,
        )

    def _get_reader(self, request: Request) -> CurrentUser:
        """Who reads what went wrong; nobody known where the ledger is what is wrong."""
        try:
            return load_current_user(request, self.context)
        except WinbackError:
            return CurrentUser(None, choose_language(request), None)
