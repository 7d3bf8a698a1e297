"""What somebody sees where a page is not shown: why, and the way back."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from winback.core.errors import CustomerUnknown, UnexpectedError, WinbackError
from winback.core.wave_errors import WaveUnknown
from winback.dashboard.auth import (
    CurrentUser,
    Forbidden,
    choose_language,
    load_current_user,
    redirect_to,
)
from winback.dashboard.context import DashboardContext
from winback.dashboard.rendering import build_query, render_page
from winback.i18n.error_text import format_error
from winback.i18n.translate import translate


class RefusalPages:
    """Answers for everything an app's pages raise."""

    def __init__(self, context: DashboardContext) -> None:
        self._context = context

    def add_to(self, app: FastAPI) -> None:
        """Let an app answer so."""
        app.add_exception_handler(Forbidden, self._handle_forbidden)
        app.add_exception_handler(WinbackError, self._handle_refused)
        app.add_exception_handler(HTTPException, self._handle_not_found)
        # Answered here, and logged by the middleware.
        app.add_exception_handler(Exception, self._handle_unexpected)

    def _handle_forbidden(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Forbidden)
        if error.status == 401:
            return _ask_to_sign_in(request)
        sentence = translate(error.key, choose_language(request), error.values)
        return self._render(request, error.status, sentence)

    def _handle_refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, WinbackError)
        status = 409
        if isinstance(error, UnexpectedError):
            status = 500
        elif isinstance(error, CustomerUnknown | WaveUnknown):
            status = 404
        return self._render(request, status, format_error(error, choose_language(request)))

    def _handle_not_found(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        key = "dashboard.not_found" if error.status_code == 404 else "dashboard.not_so"
        return self._render(request, error.status_code, translate(key, choose_language(request)))

    def _handle_unexpected(self, request: Request, error: Exception) -> Response:
        del error  # what it says may name a customer
        sentence = translate("dashboard.unforeseen", choose_language(request))
        return self._render(request, 500, sentence)

    def _render(self, request: Request, status: int, message: str) -> Response:
        before, back = urlsplit(request.headers.get("referer", "")), None
        if before.path and before.netloc == request.url.netloc:
            query = f"?{before.query}" if before.query else ""
            back = redirect_to(f"{before.path}{query}").headers["location"]
        reader = self._get_reader(request)
        return render_page("error", request, self._context, reader, status, said=message, back=back)

    def _get_reader(self, request: Request) -> CurrentUser:
        """Who reads what went wrong; nobody known where the ledger is what is wrong."""
        try:
            return load_current_user(request, self._context)
        except WinbackError:
            return CurrentUser(None, choose_language(request), None)


def _ask_to_sign_in(request: Request) -> Response:
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    back = {"next": here} if request.method == "GET" and here != "/" else {}
    where = f"/login{build_query(back)}"
    if "hx-request" in request.headers:
        return Response(status_code=200, headers={"hx-redirect": where})
    return redirect_to(where)
