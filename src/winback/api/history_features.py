"""Raw history, as a client sends it → rows of features, by the interpreter: the same list of
features as the batch job's."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from winback.api.decoding import Unreadable
from winback.api.schemas import Event, History, Order
from winback.api.score_service import COLUMNS
from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.features.evaluator import (
    CustomerTables,
    EventRow,
    LineRow,
    OrderRow,
    RefundRow,
    Times,
    evaluate_features,
)
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.scoring.snapshot_index import SnapshotIndex

Array = NDArray[np.float64]


class HistoryFeatures:
    """Raw history → rows of features, one customer after another, so that nobody else has to
    wait for long."""

    def __init__(self, shop: Shop, index: SnapshotIndex, day: date) -> None:
        # As the import says of an order; sources that do not agree leave it to who sends it.
        sources = shop.orders
        self._gifts_count = any("gift" in each.counts for each in sources)
        wholesale = {
            None if "wholesale" in each.counts else each.wholesale_units for each in sources
        }
        self._wholesale_units = wholesale.pop() if len(wholesale) == 1 else None
        self._zone = ZoneInfo(shop.timezone)
        self._cutoff = Cutoff(day, shop.timezone, int(index.metadata["outcome_days"]))
        self._feeds = get_available_feeds(index.first_known, self._cutoff)

    def list_ignored_feeds(self, customers: Sequence[History]) -> list[str]:
        """What was sent of kinds the shop's own tables did not have by the cut-off: the batch
        job knows of none either."""
        kinds = {event.kind for customer in customers for event in customer.events}
        unknown = {kind for kind in kinds if f"events.{kind}" not in self._feeds}
        refunds = (
            {"refunds"}
            if "refunds" not in self._feeds and any(each.refunds for each in customers)
            else set()
        )
        return sorted(unknown | refunds)

    async def compute_rows(self, customers: Sequence[History]) -> tuple[list[int], Array]:
        """The places of the customers who had ordered before the cut-off, and their rows. Raises
        Unreadable."""
        places, rows = [], []
        for place, each in enumerate(customers):
            row = self._compute_row(each, f"$.customers[{place}]")
            if row is not None:
                places.append(place)
                rows.append(row)
            await asyncio.sleep(0)
        return places, np.array(rows, dtype=np.float64).reshape(-1, len(COLUMNS))

    def _compute_row(self, customer: History, at: str) -> list[float | None] | None:
        ids = [order.order_id for order in customer.orders]
        if len(set(ids)) < len(ids):
            raise Unreadable(
                "invalid",
                "an order_id stands twice; send an order once, with all its lines",
                f"{at}.orders",
            )
        try:
            tables = self._build_tables(customer)
        except OverflowError:
            raise Unreadable("invalid", "a moment no calendar has", at) from None
        if not any(self._is_counted(order) for order in tables["orders"]):
            return None
        try:
            values = evaluate_features(tables, self._cutoff, self._feeds, ALL_FEATURES)
        except (ArithmeticError, ValueError) as error:
            raise Unreadable("no_score", str(error), at) from None
        return [values[name] for name in COLUMNS]

    def _is_counted(self, order: OrderRow) -> bool:
        """Whether the batch job would know the customer by this order."""
        past = self._cutoff.is_history(order["known_at"]) and self._cutoff.is_history(
            order["occurred_at"]
        )
        return past and not (order["gift"] or order["wholesale"] or order["brushing"])

    def _build_tables(self, customer: History) -> CustomerTables:
        """The customer's rows of the canonical tables."""
        orders: list[OrderRow] = []
        lines: list[LineRow] = []
        for order in customer.orders:
            row = self._build_order(order)
            orders.append(row)
            lines += self._build_lines(order, row)
        refunds: list[RefundRow] = [
            {
                **self._read_times(each.occurred_at, each.known_at)[0],
                "order_id": each.order_id,
                "amount_minor": each.amount_minor,
            }
            for each in customer.refunds
        ]
        events = [self._build_event(each) for each in customer.events]
        return {"orders": orders, "order_lines": lines, "refunds": refunds, "events": events}

    def _build_order(self, order: Order) -> OrderRow:
        times, local = self._read_times(order.occurred_at, order.known_at)
        paid, many = order.amount_minor, self._wholesale_units
        return {
            "order_id": order.order_id,
            **times,
            "amount_minor": paid,
            "discount_minor": order.discount_minor,
            "units": order.units,
            "lines": _count_lines(order),
            "local_day": local.date(),
            "local_hour": local.hour,
            "local_weekend": local.weekday() >= 5,
            "deposit": order.deposit,
            "gift": order.gift or (paid is not None and paid <= 0 and not self._gifts_count),
            "wholesale": order.wholesale
            or (many is not None and order.units is not None and order.units >= many),
            "brushing": order.brushing,
        }

    def _build_lines(self, order: Order, row: OrderRow) -> list[LineRow]:
        """The lines of an order; row: the order's own."""
        times: Times = {"occurred_at": row["occurred_at"], "known_at": row["known_at"]}
        flagged = row["gift"] or row["wholesale"] or row["brushing"]
        return [
            {
                "order_id": order.order_id,
                **times,
                "sku": line.sku,
                "category": line.category,
                "amount_minor": line.amount_minor,
                "counts": not flagged,
                "bestseller": line.bestseller,
                "bargain": line.bargain,
            }
            for line in order.lines
        ]

    def _build_event(self, event: Event) -> EventRow:
        times, local = self._read_times(event.occurred_at, event.known_at)
        return {
            "kind": event.kind,
            **times,
            "value": event.value,
            "local_day": local.date(),
            "local_hour": None if event.dated_only else local.hour,
        }

    def _read_times(self, occurred: datetime, known: datetime | None) -> tuple[Times, datetime]:
        """Moments in naive UTC, as the tables have them, and the shop's own clock."""
        at = occurred.astimezone(UTC).replace(tzinfo=None)
        later = at if known is None else max(at, known.astimezone(UTC).replace(tzinfo=None))
        return {"occurred_at": at, "known_at": later}, occurred.astimezone(self._zone)


def _count_lines(order: Order) -> int:
    return max(len(order.lines), 1) if order.line_count is None else order.line_count
