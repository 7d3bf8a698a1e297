"""One customer: who they are, why this risk, what next, and everything that happened, the newest
first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from winback.dashboard import recall_list
from winback.dashboard.context import DashboardContext
from winback.dashboard.customers import build_row
from winback.data.store import Store
from winback.ledger.erasure import list_customer_rows
from winback.scoring.snapshot_index import SnapshotIndex

MOST_EVENTS = 120  # of each kind on the time line
_SHOWN = (
    "reason_zh",
    "reason_en",
    "model_reason_zh",
    "model_reason_en",
    "expected_spend_cents",
    "spend_low_cents",
    "spend_high_cents",
    "next_order_50_day",
    "purchase_days",
)


def build_customer_page(
    context: DashboardContext, index: SnapshotIndex, place: int
) -> dict[str, Any]:
    """Everything the page of a customer shows."""
    customer_id = index.get_id(place)
    known = list_customer_rows(context.ledger, [customer_id])
    days, store = context.list_days("recalls"), context.open_store()
    listed = None
    if days:
        listed = recall_list.find_customer_row(
            (context.folder / "recalls" / days[0]).resolve() / "list.parquet", customer_id
        )
    past = [
        {
            "day": each.day,
            "churn_probability": each.get_number("churn_probability", at),
            "recall_segment": each.get_category("recall_segment", at),
            "risk_tier": each.get_category("risk_tier", at),
        }
        for each in (index, *context.live.list_past_snapshots(index))
        if (at := each.find_place(customer_id)) is not None
    ]
    return {
        "row": {
            **build_row(index, place),
            **{name: index.get_value(name, place) for name in _SHOWN},
            "tags": _split_names(index.get_category("tags", place)),
            "touchpoints": _split_names(index.get_category("touchpoints", place)),
            "never": _split_names(index.get_category("do_not_contact", place)),
        },
        "scores": sorted(past, key=lambda each: each["day"]),
        "listed": listed,
        "list_day": days[0] if days else None,
        "edit": next(iter(known["list_edits"]), None),
        "waves": known["assignments"],
        "line": sorted(
            (*_list_table_events(store, customer_id), *_list_ledger_events(known)),
            key=lambda each: each["at"],
            reverse=True,
        ),
    }


def _list_table_events(store: Store | None, customer_id: str) -> list[dict[str, Any]]:
    """Orders, refunds and events."""
    if store is None:
        return []
    con = store.connect(threads=1)
    try:
        orders = con.execute(
            "select occurred_at, order_id, amount_cents, units, gift, wholesale, brushing, deposit "
            "from orders"
            f" where customer_id = ? order by occurred_at desc limit {MOST_EVENTS}",
            [customer_id],
        ).fetchall()
        # Asked apart: joined to the orders, every line of the shop would be looked at.
        bought = dict(
            con.execute(
                "select order_id, string_agg(coalesce(name, sku), ', ' order by line) from "
                "order_lines where customer_id = ?"
                " group by order_id",
                [customer_id],
            ).fetchall()
        )
        refunds = con.execute(
            f"select occurred_at, order_id, amount_cents from refunds where customer_id = ? order "
            f"by occurred_at desc"
            f" limit {MOST_EVENTS}",
            [customer_id],
        ).fetchall()
        events = con.execute(
            f"select occurred_at, kind, value, ref from events where customer_id = ? order by "
            f"occurred_at desc"
            f" limit {MOST_EVENTS}",
            [customer_id],
        ).fetchall()
    finally:
        con.close()
    entries: list[dict[str, Any]] = []
    for at, order_id, cents, units, gift, wholesale, brushing, deposit in orders:
        kinds = {"gift": gift, "wholesale": wholesale, "brushing": brushing, "deposit": deposit}
        entries.append(
            {
                "at": at,
                "what": "order",
                "ref": order_id,
                "cents": cents,
                "units": units,
                "names": bought.get(order_id),
                "marks": [name for name, true in kinds.items() if true],
            }
        )
    entries += [
        {"at": at, "what": "refund", "ref": ref, "cents": cents} for at, ref, cents in refunds
    ]
    return entries + [
        {"at": at, "what": "event", "kind": kind, "value": value, "ref": ref}
        for at, kind, value, ref in events
    ]


def _list_ledger_events(known: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Messages and what was heard of them."""
    receipts: dict[str, list[tuple[str, datetime]]] = {}
    for receipt in known["receipts"]:
        receipts.setdefault(receipt["delivery_id"], []).append((receipt["kind"], receipt["at"]))
    return [
        {
            "at": each["claimed_at"] or each["settled_at"] or each["due_at"],
            "what": "message",
            "channel": each["channel"],
            "state": each["state"],
            "reason": each["reason"],
            "wave": each["wave_id"],
            "step": each["step"],
            "subject": each["subject"],
            "body": each["body"],
            "heard": receipts.get(each["delivery_id"], []),
        }
        for each in known["deliveries"]
        if each["claimed_at"] or each["settled_at"] or each["due_at"]
    ]


def _split_names(joined: str | None) -> list[str]:
    return [each for each in (joined or "").split(",") if each]
