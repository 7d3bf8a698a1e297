"""Who may walk through: sessions in the ledger, roles, and forms that only this page can send
(RELIABILITY 3).

The cookie is HttpOnly and SameSite=Strict; a form must come from this origin and carry its
session's token. Nothing is run that is not ours: the policy below allows scripts and styles from
this server alone, none inside a page.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from winback.dashboard.context import Desk
from winback.i18n.translate import Language
from winback.ledger.sessions import Session, session_of
from winback.ledger.users import Operator, Role

COOKIE, LANGUAGE, THEME = "winback_session", "winback_language", "winback_theme"
_THEMES = ("light", "dark")


class Turned(Exception):
    """Somebody who may not walk through. key, values: of the sentence that says why."""

    def __init__(self, status: int, key: str, **values: str) -> None:
        super().__init__(key)
        self.status, self.key, self.values = status, key, values


@dataclass(frozen=True)
class Visitor:
    """Whoever asks for a page."""

    session: Session | None
    language: Language
    theme: str | None  # None: as their machine has it

    @property
    def operator(self) -> Operator:
        """Who is signed in. Raises Turned."""
        if self.session is None:
            raise Turned(401, "desk.sign_in")
        return self.session.operator

    def may(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return self.session is not None and self.session.operator.may(role)

    def check(self, role: Role) -> None:
        """Raises Turned where they may not."""
        if not self.operator.may(role):
            raise Turned(403, "desk.forbidden")


def visitor_of(request: Request, desk: Desk) -> Visitor:
    """Who asks, and how they like to read: as they chose, else as their browser says."""
    token = request.cookies.get(COOKIE)
    session = session_of(desk.ledger, token, desk.now()) if token else None
    theme = request.cookies.get(THEME)
    return Visitor(session, language_of(request), theme if theme in _THEMES else None)


def language_of(request: Request) -> Language:
    """The language somebody chose, else their browser's."""
    chosen = request.cookies.get(LANGUAGE) or request.headers.get("accept-language", "")
    return "zh" if chosen[:2].lower() == "zh" else "en"


def remember(response: Response, desk: Desk, name: str, value: str | None) -> None:
    """Set a cookie, or take it away."""
    if value is None:
        response.delete_cookie(name, path="/", secure=desk.secure, httponly=True, samesite="strict")
        return
    age = None if name == COOKIE else 365 * 86_400
    response.set_cookie(
        name, value, max_age=age, path="/", secure=desk.secure, httponly=True, samesite="strict"
    )


def go_to(path: str, status: int = 303) -> RedirectResponse:
    """Another page of ours: only a path, never another host."""
    told = urlsplit(path)
    safe = (
        path
        if path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and not told.netloc
        and not told.scheme
        else "/"
    )
    return RedirectResponse(safe, status)
