"""Who of a list's rows to contact has room this week: capacity and budget, and the few chosen by
chance."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from math import inf

from winback.config.shop import Shop
from winback.playbooks.capacity import Candidate, Taken, WeeklyCapacity, allocate
from winback.playbooks.playbook import Playbook
from winback.recall.recall_row import RecallRow

EXPLORED = 0.10  # of who is written to are chosen by chance once uplift ranks
HELD_OUT, WASHED_OUT = "never.holdout", "never.washout"
MERGED_ACROSS = "never.merged_across"


def add_exploration(asking: Sequence[RecallRow], capacity: int | None, day: date) -> None:
    """Put some first by chance alone, a tenth of who is written to: else nothing is learned of
    those it ranks low."""
    if capacity is None or len(asking) <= capacity:
        return
    part = EXPLORED * capacity / len(asking)
    for row in asking:
        digest = hashlib.sha256(f"explore\0{day}\0{row.customer_id}".encode()).digest()
        if int.from_bytes(digest[:8], "big") / 2**64 < part:
            row.worth = inf


def apply_capacity(
    asking: Sequence[RecallRow], shop: Shop, playbook: Playbook, held_out: Mapping[str, str]
) -> None:
    """Leave as many to contact as fit into the week; a service call needs no capacity."""
    room = _build_capacity(playbook, shop)
    taken = _allocate(asking, held_out, room)
    for row in asking:
        fate = taken[row.customer_id]
        if fate == "take":
            continue
        if fate == "hold_out":
            row.refuse(held_out[row.customer_id])
        else:
            row.refuse(f"list.{fate}", row.owner, "later")


def _build_capacity(playbook: Playbook, shop: Shop) -> WeeklyCapacity:
    budgets = {
        name: offer.budget_minor
        for name, offer in playbook.offers.items()
        if offer.budget_minor is not None
    }
    return WeeklyCapacity(
        shop.recall.capacity, shop.recall.capacity_of_owner, shop.recall.budget_minor, budgets
    )


def _allocate(
    asking: Sequence[RecallRow], held_out: Mapping[str, str], room: WeeklyCapacity
) -> dict[str, Taken]:
    return allocate(
        (
            Candidate(
                row.customer_id,
                row.worth,
                row.owner,
                *_get_capacity_needed(row),
                row.customer_id in held_out,
            )
            for row in asking
        ),
        room,
    )


def _get_capacity_needed(row: RecallRow) -> tuple[str | None, int]:
    """The offer and the cost a row asks room for: of a play on test its dearest variant's,
    whichever it was drawn for."""
    return row.room if row.room is not None else (row.offer, row.cost_minor or 0)
