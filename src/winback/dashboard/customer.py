"""One customer: who they are, why this risk, what next, and everything that happened, the newest
first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import duckdb
from starlette.responses import Response

from winback.core.expiry_marks import fill_expiry
from winback.dashboard import recall_list
from winback.dashboard.auth import Forbidden, redirect_to
from winback.dashboard.context import DashboardContext
from winback.dashboard.customers import build_row
from winback.dashboard.jobs import run_and_wait
from winback.dashboard.page import Page, PageRouter
from winback.dashboard.rendering import build_query
from winback.data.store import Store
from winback.ledger.erasure import list_customer_rows
from winback.ledger.list_edits import ListEdit, edit_list, undo_edit
from winback.scoring.snapshot_index import SnapshotIndex
from winback.workflows.jobs import PreviewMessages

MOST_EVENTS = 120  # of each kind on the time line
_MARKS = ("gift", "wholesale", "brushing", "deposit")
_MESSAGE = ("channel", "state", "reason", "step", "subject", "body")
_SHOWN = (
    "reason_zh",
    "reason_en",
    "model_reason_zh",
    "model_reason_en",
    "expected_spend_minor",
    "spend_low_minor",
    "spend_high_minor",
    "next_order_50_day",
    "purchase_days",
)


@dataclass(frozen=True)
class PastScore:
    """How a customer was scored in one snapshot."""

    day: date
    churn_probability: float
    recall_segment: str | None
    risk_tier: str | None


@dataclass(frozen=True)
class OrderEntry:
    """An order on the time line. minor: None where the amount is not known; names: of what was
    bought."""

    at: datetime
    ref: str | None
    minor: int | None
    units: float | None
    names: str | None
    marks: list[str]
    what: str = "order"


@dataclass(frozen=True)
class RefundEntry:
    at: datetime
    ref: str | None
    minor: int | None
    what: str = "refund"


@dataclass(frozen=True)
class EventEntry:
    at: datetime
    kind: str
    value: float | None
    ref: str | None
    what: str = "event"


@dataclass(frozen=True)
class MessageEntry:
    """A message of a wave. heard: kind and moment of each receipt."""

    at: datetime
    wave: str
    heard: list[tuple[str, datetime]]
    channel: str
    state: str
    reason: str | None
    step: int
    subject: str | None
    body: str | None
    what: str = "message"


TimeLineEntry = OrderEntry | RefundEntry | EventEntry | MessageEntry

pages = PageRouter()


@pages.page("/customer")
def show_customer(page: Page) -> Response:
    """Everything about one customer."""
    context, playbook = page.context, page.context.playbook
    index, place = page.find_customer(page.query.get("id", ""))
    weekly = [play for play in playbook.plays if play.weekly] if playbook else []
    return page.render(
        "customer",
        **build_customer_page(context, index, place),
        plays=[(play.name, play.title.get_text(page.language)) for play in weekly],
        named=recall_list.get_titles(playbook, page.language),
        why_not=lambda row: recall_list.format_no_contact_reason(row, page.language),
        day=index.day,
    )


@pages.page("/customer/messages")
def show_messages(page: Page) -> Response:
    """The messages a customer would get."""
    customer_id = page.query.get("id", "")
    page.find_customer(customer_id)
    job, user = PreviewMessages(customer_id), page.user
    answer = run_and_wait(page.context, job, user.account.name, user.language)
    previews, refused = answer.json.get("previews", []), answer.code != 0
    return page.render("messages", previews=previews, said=answer.message, refused=refused)


@pages.action("/customer/out")
def remove_from_list(page: Page) -> Response:
    """Take a customer out of every list, for a reason."""
    return _edit_list(page, "out", None)


@pages.action("/customer/add")
def add_to_list(page: Page) -> Response:
    """Add a customer to the next list, for a reason."""
    return _edit_list(page, "add", page.read_field("play", 64) or None)


@pages.action("/customer/undo")
def undo_list_edit(page: Page) -> Response:
    """Undo what was done to the list by hand."""
    customer_id, actor = page.read_field("id", 256), page.user.account.name
    subject = page.get_audit_subject(customer_id)
    undo_edit(page.context.ledger, customer_id, subject, actor, page.context.now())
    return redirect_to(f"/customer{build_query({'id': customer_id, 'done': 'undo'})}")


def _edit_list(page: Page, what: Literal["out", "add"], play: str | None) -> Response:
    customer_id, why = page.read_field("id", 256), page.read_field("why", 500)
    page.find_customer(customer_id)
    if not why:
        raise Forbidden(422, "dashboard.say_why")
    edit = ListEdit(customer_id, what, play, why, page.user.account.name, page.context.now())
    edit_list(page.context.ledger, edit, page.get_audit_subject(customer_id))
    done = build_query({"id": customer_id, "done": what})
    return redirect_to(page.read_field("back") or f"/customer{done}")


def build_customer_page(
    context: DashboardContext, index: SnapshotIndex, place: int
) -> dict[str, object]:
    """Everything the page of a customer shows."""
    customer_id = index.get_id(place)
    known = list_customer_rows(context.ledger, [customer_id])
    days, store = context.list_days("recalls"), context.open_store()
    listed = None
    if days:
        path = (context.folder / "recalls" / days[0]).resolve() / "list.parquet"
        listed = recall_list.find_customer_row(path, customer_id)
    events = (*_list_table_events(store, customer_id), *_list_ledger_events(known))
    return {
        "row": _describe_customer(index, place),
        "scores": _list_past_scores(context, index, customer_id),
        "listed": listed,
        "list_day": days[0] if days else None,
        "edit": next(iter(known["list_edits"]), None),
        "waves": known["assignments"],
        "line": sorted(events, key=lambda each: each.at, reverse=True),
    }


def _describe_customer(index: SnapshotIndex, place: int) -> dict[str, object]:
    """What the snapshot says of them."""
    return {
        **build_row(index, place),
        **{name: index.get_value(name, place) for name in _SHOWN},
        "tags": _split_names(index.get_category("tags", place)),
        "touchpoints": _split_names(index.get_category("touchpoints", place)),
        "never": _split_names(index.get_category("do_not_contact", place)),
    }


def _list_past_scores(
    context: DashboardContext, index: SnapshotIndex, customer_id: str
) -> list[PastScore]:
    """How they were scored in each snapshot that is kept, the oldest first."""
    scores = [
        PastScore(
            each.day,
            each.get_number("churn_probability", at),
            each.get_category("recall_segment", at),
            each.get_category("risk_tier", at),
        )
        for each in (index, *context.live.list_past_snapshots(index))
        if (at := each.find_place(customer_id)) is not None
    ]
    return sorted(scores, key=lambda each: each.day)


def _list_table_events(store: Store | None, customer_id: str) -> list[TimeLineEntry]:
    """Orders, refunds and events, the newest of each."""
    if store is None:
        return []
    con = store.connect(threads=1)
    try:
        return [
            *_list_orders(con, customer_id),
            *_list_refunds(con, customer_id),
            *_list_events(con, customer_id),
        ]
    finally:
        con.close()


def _list_orders(con: duckdb.DuckDBPyConnection, customer_id: str) -> list[OrderEntry]:
    orders = con.execute(
        "select occurred_at, order_id, amount_minor, units, gift, wholesale, brushing, deposit"
        f" from orders where customer_id = ? order by occurred_at desc limit {MOST_EVENTS}",
        [customer_id],
    ).fetchall()
    # Asked apart: joined to the orders, every line of the shop would be looked at.
    names = con.execute(
        "select order_id, string_agg(coalesce(name, sku), ', ' order by line)"
        " from order_lines where customer_id = ? group by order_id",
        [customer_id],
    )
    bought = dict(names.fetchall())
    return [
        OrderEntry(
            at,
            order_id,
            minor,
            units,
            bought.get(order_id),
            [name for name, is_set in zip(_MARKS, marks, strict=True) if is_set],
        )
        for at, order_id, minor, units, *marks in orders
    ]


def _list_refunds(con: duckdb.DuckDBPyConnection, customer_id: str) -> list[RefundEntry]:
    refunds = con.execute(
        "select occurred_at, order_id, amount_minor from refunds where customer_id = ?"
        f" order by occurred_at desc limit {MOST_EVENTS}",
        [customer_id],
    ).fetchall()
    return [RefundEntry(*refund) for refund in refunds]


def _list_events(con: duckdb.DuckDBPyConnection, customer_id: str) -> list[EventEntry]:
    events = con.execute(
        "select occurred_at, kind, value, ref from events where customer_id = ?"
        f" order by occurred_at desc limit {MOST_EVENTS}",
        [customer_id],
    ).fetchall()
    return [EventEntry(*event) for event in events]


def _list_ledger_events(known: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[MessageEntry]:
    """Messages and what was heard of them."""
    receipts: dict[str, list[tuple[str, datetime]]] = {}
    for receipt in known["receipts"]:
        receipts.setdefault(receipt["delivery_id"], []).append((receipt["kind"], receipt["at"]))
    entries = []
    for each in known["deliveries"]:
        at = each["claimed_at"] or each["settled_at"] or each["due_at"]
        if at:
            heard = receipts.get(each["delivery_id"], [])
            said = {name: each[name] for name in _MESSAGE}
            said |= {name: fill_expiry(each[name], each["expiry"]) for name in ("subject", "body")}
            entries.append(MessageEntry(at, each["wave_id"], heard, **said))
    return entries


def _split_names(joined: str | None) -> list[str]:
    return [each for each in (joined or "").split(",") if each]
