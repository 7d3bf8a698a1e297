"""The pages of a shop as an app: what each file of pages answers, and the files they need."""

import mimetypes
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response

from winback.dashboard import (
    audit_log,
    customer,
    customers,
    data_page,
    job_pages,
    model,
    recall_list,
    reports,
    sign_in,
    today,
    unsubscribe,
    uploads,
    users,
    waves,
)
from winback.dashboard.context import DashboardContext
from winback.dashboard.refusals import RefusalPages
from winback.dashboard.rendering import STATIC

_ROUTERS = (
    today.pages,
    customers.pages,
    customer.pages,
    recall_list.pages,
    waves.pages,
    model.pages,
    data_page.pages,
    uploads.pages,
    reports.pages,
    job_pages.pages,
    users.pages,
    audit_log.pages,
)
_STATIC = {
    path.relative_to(str(STATIC)).as_posix(): path
    for path in Path(str(STATIC)).rglob("*")
    if path.is_file()
}


def build_dashboard(context: DashboardContext) -> FastAPI:
    """The pages of a shop as an app of their own."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    RefusalPages(context).add_to(app)
    app.get("/static/{name:path}", include_in_schema=False)(_get_static_file)
    sign_in.add_pages(app, context)
    unsubscribe.add_pages(app, context)
    uploads.add_receiver(app, context)
    for router in _ROUTERS:
        router.add_to(app, context)
    return app


def _get_static_file(name: str) -> Response:
    if name not in _STATIC:
        raise HTTPException(404)
    media = mimetypes.guess_type(name)[0] or "text/plain"
    forever = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(_STATIC[name].read_bytes(), media_type=media, headers=forever)
