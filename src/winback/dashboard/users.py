"""Users: who may sign in, and as what."""

from starlette.responses import Response

from winback.dashboard.auth import redirect_to
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import build_query
from winback.ledger import users

pages = PageRouter()


@pages.page("/operators", "admin")
def show_users(page: Page) -> Response:
    """Every user, disabled ones included."""
    everybody = users.list_users(page.context.ledger)
    return page.render("operators", operators=everybody, now=page.context.now())


@pages.action("/operators/create", "admin")
def create_user(page: Page) -> Response:
    """Create a user with a password that whoever creates them tells them."""
    users.create_user(
        page.context.ledger,
        page.read_field("name", 65),
        page.read_field("role", 16),
        str(page.form.get("password", "")),
        page.user.account.name,
        page.context.now(),
    )
    return redirect_to(f"/operators{build_query({'done': 'operator'})}")


@pages.action("/operators/change", "admin")
def change_user(page: Page) -> Response:
    """Change a user's role or password, or whether they may sign in."""
    users.change_user(
        page.context.ledger,
        page.read_field("name", 65),
        page.user.account.name,
        page.context.now(),
        role=page.read_field("role", 16) or None,
        password=str(page.form.get("password", "")) or None,
        disabled={"yes": True, "no": False}.get(page.read_field("disabled", 3)),
    )
    return redirect_to(f"/operators{build_query({'done': 'operator'})}")
