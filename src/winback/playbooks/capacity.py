"""Whom the week has room for: the best first, within the capacity of the shop and of each owner,
and within budgets."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Taken = Literal["take", "hold_out", "capacity", "owner_capacity", "budget", "offer_budget"]


@dataclass(frozen=True)
class Candidate:
    """One customer who could be written to: what is at stake, what the first step costs at most,
    and whether they go without.

    Who is held out is asked whether there were room for them, like anybody else, and takes none:
    only so are those who are written to and those who are not alike.
    """

    customer_id: str
    worth: float
    owner: str | None
    offer: str | None
    cost_cents: int
    held_out: bool = False


@dataclass(frozen=True)
class Room:
    """What a week has room for; None is no limit, 0 is none (CONTRACTS 4)."""

    capacity: int | None = None
    capacity_of_owner: int | None = None
    budget_cents: int | None = None
    offer_budgets: Mapping[str, int] | None = None


def take(candidates: Iterable[Candidate], room: Room) -> dict[str, Taken]:
    """For each customer whether the week has room, or what there was too little of; most at stake
    first.

    Who does not fit waits; a cheaper one after them may still fit. Ties are settled by id, so that
    order of rows is nothing.
    """
    taken, spent = 0, 0
    of_owner: Counter[str | None] = Counter()
    of_offer: Counter[str | None] = Counter()
    budgets = room.offer_budgets or {}
    told: dict[str, Taken] = {}
    for each in sorted(candidates, key=lambda one: (-one.worth, one.customer_id)):
        budget = budgets.get(each.offer) if each.offer is not None else None
        if room.capacity is not None and taken >= room.capacity:
            told[each.customer_id] = "capacity"
        elif (
            each.owner is not None
            and room.capacity_of_owner is not None
            and of_owner[each.owner] >= room.capacity_of_owner
        ):
            told[each.customer_id] = "owner_capacity"
        elif room.budget_cents is not None and spent + each.cost_cents > room.budget_cents:
            told[each.customer_id] = "budget"
        elif budget is not None and of_offer[each.offer] + each.cost_cents > budget:
            told[each.customer_id] = "offer_budget"
        elif each.held_out:
            told[each.customer_id] = "hold_out"
        else:
            told[each.customer_id] = "take"
            taken, spent = taken + 1, spent + each.cost_cents
            of_owner[each.owner] += 1
            of_offer[each.offer] += each.cost_cents
    return told
