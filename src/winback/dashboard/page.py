"""A page somebody asks for, or a form they sent, and the paths that answer: each file of pages
has a router, which the app takes in."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from winback.core.errors import CustomerUnknown, NotScored
from winback.dashboard import jobs
from winback.dashboard.auth import CurrentUser, load_current_user, redirect_to
from winback.dashboard.context import DashboardContext
from winback.dashboard.csrf import read_field, read_form
from winback.dashboard.rendering import build_query, render_page
from winback.data.pseudonyms import build_pseudonym, load_key
from winback.i18n.translate import Language
from winback.ledger.users import Role
from winback.scoring.snapshot_index import SnapshotIndex
from winback.workflows.jobs import Job


@dataclass(frozen=True)
class Page:
    """What somebody asks for, and with what. form: empty where none was sent."""

    context: DashboardContext
    request: Request
    user: CurrentUser
    form: FormData

    @property
    def language(self) -> Language:
        return self.user.language

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, str]:
        """What stands in the path at the places of its names."""
        return self.request.path_params

    def read_field(self, name: str, most: int = 2_000) -> str:
        """A field of the form as text, without blanks around it; empty where it is none."""
        return read_field(self.form, name, most)

    def render(self, name: str, status: int = 200, /, **values: Any) -> Response:
        """The page of a template. values: what it shows."""
        return render_page(name, self.request, self.context, self.user, status, **values)

    def run_job(self, job: Job, back: str, **detail: str) -> Response:
        """Let a job run, and show how far it is. back: where it leads when it is done."""
        user = self.user
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
        key = load_key(self.context.folder / "pseudonym.key")
        return build_pseudonym(customer_id, key, "customer")


PageHandler = Callable[[Page], Response]


@dataclass(frozen=True)
class _Route:
    path: str
    role: Role
    is_form: bool
    handler: PageHandler


class PageRouter:
    """The pages of a file, and what their forms do."""

    def __init__(self) -> None:
        self._routes: list[_Route] = []

    def page(self, path: str, role: Role = "viewer") -> Callable[[PageHandler], PageHandler]:
        """A page: made in a thread of its own, for whoever may see it."""
        return self._register(path, role, is_form=False)

    def action(self, path: str, role: Role = "operator") -> Callable[[PageHandler], PageHandler]:
        """What a form does, sent from a page of ours by whoever may."""
        return self._register(path, role, is_form=True)

    def add_to(self, app: FastAPI, context: DashboardContext) -> None:
        """Let an app answer at every path."""
        for route in self._routes:
            if route.is_form:
                _add_action(app, context, route)
            else:
                _add_page(app, context, route)

    def _register(
        self, path: str, role: Role, *, is_form: bool
    ) -> Callable[[PageHandler], PageHandler]:
        def register(handler: PageHandler) -> PageHandler:
            self._routes.append(_Route(path, role, is_form, handler))
            return handler

        return register


def _add_page(app: FastAPI, context: DashboardContext, route: _Route) -> None:
    def handle(request: Request) -> Response:
        user = load_current_user(request, context)
        user.require_role(route.role)
        return route.handler(Page(context, request, user, FormData()))

    app.get(route.path, name=route.handler.__name__, include_in_schema=False)(handle)


def _add_action(app: FastAPI, context: DashboardContext, route: _Route) -> None:
    async def handle(request: Request) -> Response:
        user = await asyncio.to_thread(load_current_user, request, context)
        user.require_role(route.role)
        form = await read_form(request, user)
        return await asyncio.to_thread(route.handler, Page(context, request, user, form))

    app.post(route.path, name=route.handler.__name__, include_in_schema=False)(handle)
