"""The audit log: who did what."""

from starlette.responses import Response

from winback.dashboard.page import Page, PageRouter
from winback.ledger.audit_log import list_latest

NOTES_A_PAGE = 100
pages = PageRouter()


@pages.page("/audit-log", "admin")
def show_audit_log(page: Page) -> Response:
    """The latest entries, or those before one."""
    before = page.query.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 18 else None
    notes = list_latest(page.context.ledger, NOTES_A_PAGE, number)
    return page.render("audit_log", notes=notes)
