"""What every page and every form has in common: who may, what refuses it, and how a command of
ours is let run."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from winback.core.errors import CustomerUnknown, NotScored, Unforeseen, WaveUnknown, WinbackError
from winback.dashboard import jobs
from winback.dashboard.auth import Turned, Visitor, go_to, language_of, visitor_of
from winback.dashboard.context import Desk
from winback.dashboard.csrf import form_of
from winback.dashboard.rendering import page, query
from winback.data.pseudonyms import key_of, pseudonym
from winback.i18n.error_text import sentence
from winback.i18n.translate import say
from winback.ledger.users import Role
from winback.scoring.snapshot_index import Shelf

Shown = Callable[[Request, Visitor], Response]
Acted = Callable[[FormData, Visitor, Request], Response]


class Pages(FastAPI):
    """An app whose paths are pages: what is shown, and what forms do."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        self.desk = desk
        self.add_exception_handler(Turned, self._turned)
        self.add_exception_handler(WinbackError, self._refused)
        self.add_exception_handler(HTTPException, self._missing)
        self.add_exception_handler(
            Exception, self._unforeseen
        )  # answered here, and logged by the guard

    def shows(self, path: str, role: Role = "viewer") -> Callable[[Shown], Shown]:
        """A page: made in a thread of its own, for whoever may see it."""

        def add(make: Shown) -> Shown:
            def answer(request: Request) -> Response:
                visitor = visitor_of(request, self.desk)
                visitor.check(role)
                return make(request, visitor)

            answer.__name__ = make.__name__
            self.get(path, include_in_schema=False)(answer)
            return make

        return add

    def does(self, path: str, role: Role = "operator") -> Callable[[Acted], Acted]:
        """What a form does, sent from a page of ours by whoever may."""

        def add(act: Acted) -> Acted:
            async def answer(request: Request) -> Response:
                visitor = await asyncio.to_thread(visitor_of, request, self.desk)
                visitor.check(role)
                form = await form_of(request, visitor)
                return await asyncio.to_thread(act, form, visitor, request)

            answer.__name__ = act.__name__
            self.post(path, include_in_schema=False)(answer)
            return act

        return add

    def runs(
        self, kind: str, command: list[str], visitor: Visitor, back: str, **detail: str
    ) -> Response:
        """Let a command of ours run, and show how far it is."""
        shop = ["--shop", str(self.desk.shop_file), "--json"]
        task = jobs.start(
            self.desk, kind, [*command, *shop], visitor.operator.name, visitor.language, detail
        )
        return go_to(f"/tasks/{task}{query({'back': back})}")

    def shelf(self) -> Shelf:
        """The snapshot that is served. Raises NotScored."""
        if self.desk.shelf is None:
            raise NotScored(shop=self.desk.shop.name, cutoff="–")
        return self.desk.shelf

    def customer(self, customer_id: str) -> tuple[Shelf, int]:
        """The snapshot, and where a customer stands in it. Raises NotScored and CustomerUnknown."""
        shelf = self.shelf()
        place = shelf.place(customer_id)
        if place is None:
            raise CustomerUnknown(
                value=customer_id[:256], shop=self.desk.shop.name, cutoff=str(shelf.day)
            )
        return shelf, place

    def subject(self, customer_id: str) -> str:
        """What the trail calls a customer."""
        return pseudonym(customer_id, key_of(self.desk.folder / "pseudonym.key"), "customer")

    def _turned(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Turned)
        if error.status == 401:
            here = (
                f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
            )
            where = (
                f"/login{query({'next': here} if request.method == 'GET' and here != '/' else {})}"
            )
            if "hx-request" in request.headers:
                return Response(status_code=200, headers={"hx-redirect": where})
            return go_to(where)
        return self._error(
            request, error.status, say(error.key, language_of(request), error.values)
        )

    def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, WinbackError)
        status = (
            500
            if isinstance(error, Unforeseen)
            else 404
            if isinstance(error, CustomerUnknown | WaveUnknown)
            else 409
        )
        return self._error(request, status, sentence(error, language_of(request)))

    def _missing(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        key = "desk.not_found" if error.status_code == 404 else "desk.not_so"
        return self._error(request, error.status_code, say(key, language_of(request)))

    def _unforeseen(self, request: Request, error: Exception) -> Response:
        del error  # what it says may name a customer
        return self._error(request, 500, say("desk.unforeseen", language_of(request)))

    def _error(self, request: Request, status: int, said: str) -> Response:
        before = urlsplit(request.headers.get("referer", ""))
        back = (
            before.path + (f"?{before.query}" if before.query else "")
            if before.netloc == request.url.netloc
            else ""
        )
        return page(
            "error",
            request,
            self.desk,
            self._reader(request),
            status,
            said=said,
            back=go_to(back).headers["location"] if back else None,
        )

    def _reader(self, request: Request) -> Visitor:
        """Who reads what went wrong; nobody known where the ledger is what is wrong."""
        try:
            return visitor_of(request, self.desk)
        except WinbackError:
            return Visitor(None, language_of(request), None)
