"""Templates and words: a page in the reader's language, everything from outside escaped and
inert (RELIABILITY D9)."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from winback.dashboard.auth import Visitor
from winback.dashboard.context import Desk
from winback.dashboard.security_headers import HEADERS
from winback.i18n.translate import CATALOGUE, inert, say
from winback.ledger.users import ROLES

STATIC = files("winback.dashboard") / "static"
# What the menu leads to, and the sign before each.
MENU = (
    ("today", "/"),
    ("customers", "/customers"),
    ("list", "/list"),
    ("waves", "/waves"),
    ("model", "/model"),
    ("data", "/data"),
    ("reports", "/reports"),
)
_ENVIRONMENT = Environment(
    loader=PackageLoader("winback.dashboard"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    name: str, request: Request, desk: Desk, visitor: Visitor, status: int = 200, /, **told: Any
) -> HTMLResponse:
    """A page. told: what it shows."""
    language, currency = visitor.language, desk.shop.currency

    def worded(key: str, **values: Any) -> str:
        return say(key, language, values)

    def money(cents: float | None) -> str:
        return "–" if cents is None else f"{currency} {cents / 100:,.0f}"

    def moment(at: datetime | str | None) -> str:
        if at is None or at == "":
            return "–"
        parsed = datetime.fromisoformat(at.removesuffix("Z")) if isinstance(at, str) else at
        return f"{desk.local(parsed):%Y-%m-%d %H:%M}"

    words: dict[str, Any] = {
        "say": worded,
        "known": lambda key: key in CATALOGUE,
        "money": money,
        "moment": moment,
        "count": _count,
        "percent": _percent,
        "plain": inert,
        "asset": asset,
        "menu": MENU,
        "roles": ROLES,
        "visitor": visitor,
        "language": language,
        "path": request.url.path,
        "query": query,
        "here": f"{request.url.path}?{request.url.query}"
        if request.url.query
        else request.url.path,
        "shop_name": desk.shop.messages.shop_name or desk.shop.name,
        "shop": desk.shop,
        "form_token": visitor.session.form_token if visitor.session else "",
        "flash": request.query_params.get("done"),
    }
    html = _ENVIRONMENT.get_template(f"{name}.html").render(**words, **told)
    return HTMLResponse(html, status, headers=HEADERS)


def query(of: Mapping[str, Any], **changes: Any) -> str:
    """An address' question with some of it changed; what is empty is left out."""
    told = {
        name: value
        for name, value in {**of, **changes}.items()
        if value is not None and value != ""
    }
    return f"?{urlencode(told)}" if told else "?"


def asset(name: str) -> str:
    """The address of a file of ours, which changes with its content, so that a browser may keep
    it for good."""
    return f"/static/{name}?{_version(name)}"


def csv_line(cells: Sequence[Any]) -> str:
    """Cells as a line of CSV."""
    stream = io.StringIO()
    csv.writer(stream).writerow(cells)
    return stream.getvalue()


@lru_cache
def _version(name: str) -> str:
    return sha256(STATIC.joinpath(name).read_bytes()).hexdigest()[:12]


def _count(number: float | None) -> str:
    return "–" if number is None else f"{round(number):,}"


def _percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None or share != share else f"{share:.{digits}%}"
