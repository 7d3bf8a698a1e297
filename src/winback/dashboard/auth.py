"""Who may walk through: sessions in the ledger, roles, and forms that only this page can send.

The cookie is HttpOnly and SameSite=Strict; a form must come from this origin and carry its
session's token. Nothing is run that is not ours: the policy below allows scripts and styles from
this server alone, none inside a page.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from winback.dashboard.context import DashboardContext
from winback.i18n.translate import Language
from winback.ledger.sessions import Session, load_session
from winback.ledger.users import Role, User

COOKIE, LANGUAGE, THEME = "winback_session", "winback_language", "winback_theme"
_THEMES = ("light", "dark")


class Forbidden(Exception):
    """Somebody who may not walk through. key, values: of the sentence that says why."""

    def __init__(self, status: int, key: str, **values: str) -> None:
        super().__init__(key)
        self.status, self.key, self.values = status, key, values


@dataclass(frozen=True)
class CurrentUser:
    """Whoever asks for a page."""

    session: Session | None
    language: Language
    theme: str | None  # None: as their machine has it

    @property
    def account(self) -> User:
        """Who is signed in. Raises Forbidden."""
        if self.session is None:
            raise Forbidden(401, "dashboard.sign_in")
        return self.session.operator

    def has_role(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return self.session is not None and self.session.operator.has_role(role)

    def require_role(self, role: Role) -> None:
        """Raises Forbidden where they may not."""
        if not self.account.has_role(role):
            raise Forbidden(403, "dashboard.forbidden")


def load_current_user(request: Request, context: DashboardContext) -> CurrentUser:
    """Who asks, and how they like to read: as they chose, else as their browser says."""
    token = request.cookies.get(COOKIE)
    session = load_session(context.ledger, token, context.now()) if token else None
    theme = request.cookies.get(THEME)
    return CurrentUser(session, choose_language(request), theme if theme in _THEMES else None)


def choose_language(request: Request) -> Language:
    """The language somebody chose, else their browser's."""
    chosen = request.cookies.get(LANGUAGE) or request.headers.get("accept-language", "")
    return "zh" if chosen[:2].lower() == "zh" else "en"


def get_client_network(request: Request) -> str:
    """Who asks, by address; of IPv6 the network, of which one machine has every address."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


def set_cookie(response: Response, context: DashboardContext, name: str, value: str | None) -> None:
    """Set a cookie, or take it away."""
    if value is None:
        response.delete_cookie(
            name, path="/", secure=context.secure, httponly=True, samesite="strict"
        )
        return
    age = None if name == COOKIE else 365 * 86_400
    response.set_cookie(
        name, value, max_age=age, path="/", secure=context.secure, httponly=True, samesite="strict"
    )


def redirect_to(path: str, status: int = 303) -> RedirectResponse:
    """Another page of ours: only a path, never another host."""
    parts = urlsplit(path)
    safe = (
        path
        if path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
        else "/"
    )
    return RedirectResponse(safe, status)
