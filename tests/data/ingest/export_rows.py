"""The rows of random exports: what a made shop's orders are in each layout, under the names that
were drawn, with columns that mean nothing among them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.data.ingest.export_words import (
    FLAGS,
    STATUSES,
    SUBTOTALS,
    TYPE_COLUMN,
    TYPES,
    YES_NO,
    list_decoys,
    list_phrases,
    stand_apart,
    style_name,
    write_name,
)
from tests.data.ingest.made_shop import Line, Order, Shop

if TYPE_CHECKING:
    from tests.data.ingest.random_exports import Plan

CITIES = ("Springfield", "Riverton", "Fairview", "Bristol")
# Columns that the product's vocabulary does not have.
_OWN_NAMES = {"type": TYPE_COLUMN, "subtotal": SUBTOTALS, "flag": FLAGS}
_OF_ITEMS = ("points", "note", "empty")  # what an item sheet has beside its items
NOTES = ("", "", "", "please ring twice", "gift, no bill", "call +49 151 2345")


@dataclass(frozen=True)
class Money:
    """An amount, to be written in the file's notation."""

    minor: int


@dataclass(frozen=True)
class Sheet:
    """A table of an export. columns: our name → the sheet's, of those that mean something;
    rows: (when the row came about, the sheet's name → what stands there); paid_words: the
    statuses that mean a paid order; totals: where a total row has its sum."""

    name: str
    names: Sequence[str]
    columns: Mapping[str, str]
    rows: Sequence[tuple[datetime, Mapping[str, Any]]]
    paid_words: Sequence[str] = ()
    totals: Sequence[str] = field(default=())


def build_sheets(draw: random.Random, plan: "Plan", shop: Shop) -> list[Sheet]:
    """The order sheet, and where the layout has one the item sheet."""
    words = _draw_words(draw, plan)
    rows = list(_iterate_rows(draw, plan, shop, words))
    sheets = [_build_sheet(draw, plan, "orders", rows, words)]
    if plan.layout.startswith("two_sheets"):
        items = [
            (order.at, _list_item_cells(plan, order, line, 1))
            for order in shop.orders
            for line in order.lines
        ]
        number = sheets[0].columns["order_id"]
        sheets.append(_build_sheet(draw, plan, "items", items, words, {"order_id": number}))
    return sheets


@dataclass(frozen=True)
class _Words:
    """The words that a file has for statuses, and for the types of its rows."""

    statuses: Mapping[str, Sequence[str]]
    types: tuple[str, str]
    yes_no: tuple[str, str]


def _draw_words(draw: random.Random, plan: "Plan") -> _Words:
    meant = STATUSES[plan.language]
    statuses = {ours: draw.sample(words, min(2, len(words))) for ours, words in meant.items()}
    return _Words(statuses, TYPES[plan.language], draw.choice(YES_NO[plan.language]))


def _iterate_rows(
    draw: random.Random, plan: "Plan", shop: Shop, words: _Words
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """(when it came about, our names → values) of each row, the oldest first."""
    rows = list[tuple[datetime, dict[str, Any]]]()
    for order in shop.orders:
        head = _list_order_cells(draw, plan, order, words)
        if plan.layout == "orders" or plan.layout.startswith("two_sheets"):
            rows.append((order.at, head))
        else:
            rows += [
                (order.at, _join_line(plan, head, order, place))
                for place in range(len(order.lines))
            ]
        if "rows" in plan.refunds and order.refund_minor and order.refunded_at:
            back = _list_refund_cells(plan, order, head, words)
            rows.append((order.refunded_at, back))
    yield from sorted(rows, key=lambda row: row[0])


def _list_order_cells(
    draw: random.Random, plan: "Plan", order: Order, words: _Words
) -> dict[str, Any]:
    """What an export says of an order, apart from its products."""
    cells: dict[str, Any] = {"order_id": order.number} if plan.has_number else {}
    cells["ordered_at"] = order.at
    cells |= _list_buyer_cells(plan, order)
    if plan.layout not in ("lines_amount", "lines_price"):
        cells["amount"] = Money(order.total_minor)
        if plan.has_subtotal:
            cells["subtotal"] = Money(order.goods_minor)
    if plan.has_status:
        cells["status"] = _choose_status(draw, plan, order, words)
    if plan.has_status and plan.has_two_statuses:
        cells["status too"] = draw.choice(words.statuses[order.state])
    if plan.has_cancelled_at:
        is_cancelled = order.state == "cancelled"
        cells["cancelled_at"] = order.at + timedelta(days=1) if is_cancelled else ""
    if plan.refunds in ("column", "column_negative"):
        sign = -1 if plan.refunds == "column_negative" else 1
        nothing = Money(0) if plan.seed % 2 else ""
        refund = Money(sign * order.refund_minor) if order.refund_minor else nothing
        cells["refund_amount"] = refund
    if plan.has_flag:
        yes, no = words.yes_no
        cells["flag"] = yes if order.refund_minor and order.is_wholly_refunded else no
    if plan.refunds == "refunded_at":
        cells["refunded_at"] = order.refunded_at or ""
    if plan.refunds.startswith("type_rows"):
        cells["type"] = words.types[0]
    return cells


def _list_buyer_cells(plan: "Plan", order: Order) -> dict[str, str]:
    nobody = {"guest_blank": "", "guest_zero": "0", "none": ""}[plan.guests]
    buyer = order.buyer
    shown = {
        "id": nobody if order.is_guest else buyer.id,
        "email": buyer.email,
        "phone": buyer.phone,
        "name": buyer.name,
    }
    return {f"customer {kind}": shown[kind] for kind in plan.people.split("_")}


def _choose_status(draw: random.Random, plan: "Plan", order: Order, words: _Words) -> str:
    state = order.state
    says_refund = plan.refunds == "status" or (plan.refunds == "column" and plan.seed % 3 == 0)
    if order.refund_minor and says_refund:
        state = "refunded" if order.is_wholly_refunded else "in part"
    return draw.choice(words.statuses[state])


def _join_line(plan: "Plan", head: Mapping[str, Any], order: Order, place: int) -> dict[str, Any]:
    """One line of an order; of some layouts the order's own cells stand on the first only."""
    if plan.layout == "first_line" and place:
        head = dict.fromkeys(head, "") | {"order_id": head["order_id"]}
    elif "refund_amount" in head and "amount" not in head and place and not plan.repeats_refund:
        head = {**head, "refund_amount": ""}
    cells = {**head, **_list_item_cells(plan, order, order.lines[place], 1)}
    if plan.refunds == "column_on_lines":
        amount = order.lines[place].amount_minor
        cells["refund_amount"] = Money(amount if order.refund_minor else 0)
    return cells


def _list_item_cells(plan: "Plan", order: Order, line: Line, sign: int) -> dict[str, Any]:
    cells: dict[str, Any] = {"sku": line.sku, "product_name": line.product}
    cells["quantity"] = sign * line.quantity
    if plan.layout in ("lines_amount", "lines_both"):
        cells["line"] = Money(sign * line.amount_minor)
    elif plan.layout != "two_sheets_bare":
        cells["unit_price"] = Money(line.price_minor)
    if plan.layout.startswith("two_sheets"):
        cells["order_id"] = order.number
    return cells


def _list_refund_cells(
    plan: "Plan", order: Order, head: Mapping[str, Any], words: _Words
) -> dict[str, Any]:
    """A refund as a row of its own, on the day it was paid back."""
    sign = 1 if plan.refunds == "type_rows" else -1
    cells = {**head, "ordered_at": order.refunded_at}
    if plan.layout == "lines_amount":
        line = order.lines[0]
        cells |= {"sku": line.sku, "product_name": line.product, "quantity": sign}
    cells["line" if plan.layout == "lines_amount" else "amount"] = Money(sign * order.refund_minor)
    if "type" in cells:
        cells["type"] = words.types[1]
    return cells


def _build_sheet(
    draw: random.Random,
    plan: "Plan",
    name: str,
    rows: Sequence[tuple[datetime, Mapping[str, Any]]],
    words: _Words,
    given: Mapping[str, str] | None = None,
) -> Sheet:
    """A sheet with its names drawn, its columns in any order, and decoys among them."""
    known = list(dict.fromkeys(ours for _, cells in rows for ours in cells))
    decoys = list_decoys(plan.language, plan.without)
    if name == "items":
        decoys = {each: kind for each, kind in decoys.items() if kind in _OF_ITEMS}
    while True:
        names = {ours: _draw_name(draw, plan, ours) for ours in known} | (given or {})
        wanted = draw.sample(list(decoys), min(plan.decoys, len(decoys)))
        beside = {style_name(each, plan.style): decoys[each] for each in wanted}
        order = [*names.values(), *beside]
        if stand_apart(order):
            break
    draw.shuffle(order)
    first = min(at for at, _ in rows)
    drawn = [
        (at, {names[ours]: value for ours, value in cells.items()}
         | {name: _draw_decoy(draw, kind, at, first) for name, kind in beside.items()})
        for at, cells in rows
    ]  # fmt: skip
    return Sheet(
        name=name,
        names=order,
        columns=_name_as_asked(names),
        rows=drawn,
        paid_words=_list_paid_words(plan, words),
        totals=[names[ours] for ours in ("amount", "line") if ours in names],
    )


def _draw_name(draw: random.Random, plan: "Plan", ours: str) -> str:
    if ours in _OWN_NAMES:
        return style_name(draw.choice(_OWN_NAMES[ours][plan.language]), plan.style)
    which, kind = ours, ""
    if ours.startswith("customer "):
        which, kind = "customer_id", ours.removeprefix("customer ")
    if ours == "status too":
        which = "status"
    if ours == "line":
        which, kind = "amount", "line"
    phrase = draw.choice(list_phrases(which, plan.language, kind))
    return write_name(draw, which, phrase, plan.language, plan.style, plan.without)


def _name_as_asked(names: Mapping[str, str]) -> dict[str, str]:
    """The columns under the keys they are asked for by; who bought is the id where there is one."""
    columns = {
        ours: name
        for ours, name in names.items()
        if " " not in ours and ours not in ("line", "subtotal", "flag")
    }
    people = [name for ours, name in names.items() if ours.startswith("customer ")]
    if people:
        columns["customer_id"] = people[0]
    if "customer phone" in names:
        columns["phone"] = names["customer phone"]
    if "line" in names and "amount" not in names:
        columns["amount"] = names["line"]
    return columns


def _list_paid_words(plan: "Plan", words: _Words) -> list[str]:
    if not plan.has_status:
        return []
    by_amount = plan.refunds.startswith("column")  # which the refund then has of its own
    more = ("refunded", "in part") if by_amount else ()
    return [word for state in ("paid", *more) for word in words.statuses[state]]


def _draw_decoy(draw: random.Random, kind: str, at: datetime, first: datetime) -> Any:
    """What stands in a column that means nothing."""
    match kind:
        case "fee":
            return Money(draw.choice((0, 300, 495, 1999)))
        case "zero":
            return Money(0)
        case "digits":
            return str(draw.randrange(10**9, 10**10))
        case "later":
            return at + timedelta(days=draw.randint(1, 9), hours=draw.randint(0, 5))
        case "early":
            return first - timedelta(days=draw.randint(30, 900))
        case "birth":
            return f"19{draw.randint(50, 99)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}"
        case "points" | "count":
            return str(draw.randint(1, 400))
        case "clock":
            return f"{at:%H:%M}"
        case "rate":
            return "1.0834"
        case "empty":
            return ""
    words = {
        "note": NOTES, "city": CITIES, "country": ("US", "DE"), "code": ("", "", "SPRING10"),
        "method": ("card", "paypal", "bank transfer"), "fulfilment": ("fulfilled", "partial", ""),
        "group": ("retail", "vip"), "staff": ("Kim", "Pat", "Lee"),
    }  # fmt: skip
    return draw.choice(words[kind])
