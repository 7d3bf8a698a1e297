"""Templates and words: a page in the reader's language, everything from outside escaped and
inert."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from winback.core.currency import get_minor_per_unit
from winback.dashboard.auth import CurrentUser
from winback.dashboard.context import DashboardContext
from winback.dashboard.menu import MENU
from winback.dashboard.security_headers import HEADERS
from winback.i18n.numbers import format_count, format_money, format_units
from winback.i18n.templates import load_templates
from winback.i18n.translate import CATALOGUE, Language, strip_control_chars, translate
from winback.ledger.users import ROLES

STATIC = files("winback.dashboard") / "static"
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ENVIRONMENT = load_templates("winback.dashboard", trim=True)


def render_page(
    name: str,
    request: Request,
    context: DashboardContext,
    user: CurrentUser,
    status: int = 200,
    /,
    **values: Any,
) -> HTMLResponse:
    """A page. values: what it shows."""
    words = {**_build_words(context, user.language), **_describe_request(request, context, user)}
    html = _ENVIRONMENT.get_template(f"{name}.html").render(**words, **values)
    return HTMLResponse(html, status, headers=HEADERS)


def _build_words(context: DashboardContext, language: Language) -> dict[str, object]:
    """What templates write with: sentences, counts, money and moments in a language."""

    def say(key: str, **values: Any) -> str:
        return translate(key, language, values)

    def show_money(minor: float | None) -> str:
        return "–" if minor is None else format_money(minor, context.shop.currency)

    def show_units(minor: float) -> str:
        return format_units(minor, context.shop.currency)

    def show_moment(at: datetime | str | None) -> str:
        if at is None or at == "":
            return "–"
        parsed = datetime.fromisoformat(at.removesuffix("Z")) if isinstance(at, str) else at
        return f"{context.to_local_time(parsed):%Y-%m-%d %H:%M}"

    return {
        "say": say,
        "known": lambda key: key in CATALOGUE,
        "money": show_money,
        "units": show_units,
        "minor_per_unit": get_minor_per_unit(context.shop.currency),
        "moment": show_moment,
        "count": _format_count,
        "percent": _format_percent,
        "plain": strip_control_chars,
    }


def _describe_request(
    request: Request, context: DashboardContext, user: CurrentUser
) -> dict[str, object]:
    """Who asks for which page of which shop."""
    url = request.url
    return {
        "asset": get_asset_url,
        "menu": MENU,
        "roles": ROLES,
        "query": build_query,
        "user": user,
        "language": user.language,
        "path": url.path,
        "here": f"{url.path}?{url.query}" if url.query else url.path,
        "shop_name": context.shop.messages.shop_name or context.shop.name,
        "shop": context.shop,
        "form_token": user.session.form_token if user.session else "",
        "flash": request.query_params.get("done"),
    }


def build_query(of: Mapping[str, Any], **changes: Any) -> str:
    """An address' question with some of it changed; what is empty is left out."""
    parameters = {
        name: value
        for name, value in {**of, **changes}.items()
        if value is not None and value != ""
    }
    return f"?{urlencode(parameters)}" if parameters else "?"


def get_asset_url(name: str) -> str:
    """The address of a file of ours, which changes with its content, so that a browser may keep
    it for good."""
    return f"/static/{name}?{_get_file_version(name)}"


def format_csv_line(cells: Sequence[Any]) -> str:
    """Cells as a line of CSV."""
    stream = io.StringIO()
    csv.writer(stream).writerow(cells)
    return stream.getvalue()


def build_csv_response(lines: Iterable[str], name: str) -> Response:
    """A spreadsheet to take along, sent as it is made."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@lru_cache
def _get_file_version(name: str) -> str:
    return sha256(STATIC.joinpath(name).read_bytes()).hexdigest()[:12]


def _format_count(number: float | None) -> str:
    return "–" if number is None else format_count(round(number))


def _format_percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None or share != share else f"{share:.{digits}%}"
