"""What the tables say of customers since a wave was planned, that keeps its messages back.

Two questions. What stands between a customer and a message today: a complaint, a parcel or a
deposit that is open, a campaign of the shop's own. And what the plan did not know: every order or
refund that a later import added or changed, whatever its date, told by a hash of what the plan
knew (docs/decisions/0162).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from winback.config.segmentation import JourneySettings
from winback.data.store import quote_literal

_ASKED = 10_000  # customers of one question
_SAME = timedelta(days=1)  # a campaign so near to a message of ours is that message
_COUNTED = "not (gift or wholesale or brushing)"


@dataclass(frozen=True)
class PlannedFacts:
    """What the plan knew of a customer. orders, refunds: hashes of all of them."""

    orders: str
    refunds: str

    def __str__(self) -> str:
        return f"{self.orders}.{self.refunds}"

    @classmethod
    def parse(cls, text: str) -> "PlannedFacts":
        """As `str` wrote it."""
        return cls(*text.split("."))


_NOTHING = PlannedFacts("0", "0")


def load_facts(con: duckdb.DuckDBPyConnection, customers: Sequence[str]) -> dict[str, PlannedFacts]:
    """What the tables know of customers now; the same rows give the same hashes in any order and in
    every version of the engine."""
    facts = dict.fromkeys(customers, _NOTHING)
    for listed in _list_some(customers):
        hashes = [
            _hash_rows(con, f"{rows} where customer_id in ({listed})", columns)
            for rows, columns in _HASHED
        ]
        for customer in hashes[0].keys() | hashes[1].keys():
            facts[customer] = PlannedFacts(*(found.get(customer, "0") for found in hashes))
    return facts


def _hash_rows(con: duckdb.DuckDBPyConnection, rows: str, columns: str) -> dict[str, str]:
    """Customer → the sum of their rows' hashes, in hexadecimal."""
    digest = f"sum(md5_number_lower(concat_ws('|', {columns})) % {_MODULUS})"
    found = con.execute(f"select customer_id, {digest} from {rows} group by customer_id")
    return {customer: f"{int(total):x}" for customer, total in found.fetchall()}


_MODULUS = 2**52  # of a row's hash: a sum of them fits in what is kept
_HASHED = (
    ("orders", "order_id, occurred_at, amount_minor, deposit, gift, wholesale, brushing"),
    (
        "(select customer_id, order_id, occurred_at, amount_minor from refunds union all"
        " select customer_id, ref, occurred_at, null from events where kind = 'refund_request')",
        "order_id, occurred_at, amount_minor",
    ),
)


def find_news(
    con: duckdb.DuckDBPyConnection,
    journey: JourneySettings,
    planned: Mapping[str, PlannedFacts | None],
    since: datetime,
    now: datetime,
    own: Mapping[str, Sequence[datetime]],
) -> dict[str, str]:
    """Customers whose messages are kept back, and why.

    planned: customers and what the plan knew of them, None where that was not kept; since: the
    wave's cut-off, naive UTC; own: when messages of our own were claimed, which a shop's export may
    list among its campaigns.
    """
    customers = sorted(planned)
    current = load_facts(con, [each for each in customers if planned[each] is not None])
    reasons = {
        customer: reason
        for customer, facts in current.items()
        if (reason := _compare(facts, planned[customer])) is not None
    }
    values = {
        "since": f"timestamp '{since}'",
        "now": f"timestamp '{now}'",
        "shipment_days": journey.open_shipment_days,
    }
    for customer, at in _load_campaigns(con, customers, now, journey.broadcast_days):
        if not any(abs(at - mine) <= _SAME for mine in own.get(customer, ())):
            reasons[customer] = "own_broadcast"
    for listed in _list_some(customers):
        for reason, question in _QUESTIONS.items():
            query = question.format(listed=listed, **values)
            reasons |= {customer: reason for (customer,) in con.execute(query).fetchall()}
    return reasons


def _load_campaigns(
    con: duckdb.DuckDBPyConnection, customers: Sequence[str], now: datetime, days: int
) -> Iterable[tuple[str, datetime]]:
    """Customers and when they received a campaign in the last so many days."""
    for listed in _list_some(customers):
        yield from con.execute(
            f"select customer_id, occurred_at from events where customer_id in ({listed})"
            f" and kind = 'campaign_received' and occurred_at <= timestamp '{now}'"
            f" and occurred_at > timestamp '{now - timedelta(days=days)}'"
        ).fetchall()


def _compare(current: PlannedFacts, planned: PlannedFacts | None) -> str | None:
    if planned is None or current == planned:
        return None
    return "refund_news" if current.refunds != planned.refunds else "order_news"


def _list_some(customers: Sequence[str]) -> Iterable[str]:
    for start in range(0, len(customers), _ASKED):
        yield ", ".join(map(quote_literal, customers[start : start + _ASKED]))


# In the order of reading: what stands last is the reason that is given.
_QUESTIONS: Mapping[str, str] = {
    "shipment": "select customer_id from events where customer_id in ({listed})"
    " and kind in ('shipment', 'delivered') and occurred_at <= {now} group by customer_id"
    " having max_by(kind, (occurred_at, kind = 'delivered')) = 'shipment'"
    " and max(occurred_at) > {now} - interval ({shipment_days}) day",
    "deposit": "select distinct customer_id from orders where customer_id in ({listed})"
    " and deposit",
    "ordered": "select distinct customer_id from orders where customer_id in ({listed})"
    " and occurred_at >= {since} and " + _COUNTED,
    "refunded": "select distinct customer_id from (select customer_id, occurred_at from refunds"
    " union all select customer_id, occurred_at from events where kind = 'refund_request')"
    " where customer_id in ({listed}) and occurred_at >= {since}",
    "complaint": "select customer_id from events where customer_id in ({listed})"
    " and kind in ('complaint_opened', 'complaint_resolved') group by customer_id"
    " having count(*) filter (kind = 'complaint_opened')"
    " > count(*) filter (kind = 'complaint_resolved')",
}
