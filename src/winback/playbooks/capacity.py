"""Who fits into the week: the best first, within the capacity of the shop and of each owner,
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

    Who is held out is asked whether they would fit, like anybody else, and takes none:
    only so are those who are written to and those who are not alike.
    """

    customer_id: str
    worth: float
    owner: str | None
    offer: str | None
    cost_minor: int
    held_out: bool = False


@dataclass(frozen=True)
class WeeklyCapacity:
    """What fits into a week; None is no limit, 0 is none."""

    capacity: int | None = None
    capacity_of_owner: int | None = None
    budget_minor: int | None = None
    offer_budgets: Mapping[str, int] | None = None


def allocate(candidates: Iterable[Candidate], room: WeeklyCapacity) -> dict[str, Taken]:
    """For each customer whether they fit into the week, or what there was too little of; most at
    stake first.

    Who does not fit waits; a cheaper one after them may still fit. Ties are settled by id, so that
    order of rows is nothing.
    """
    taken, spent = 0, 0
    of_owner: Counter[str | None] = Counter()
    of_offer: Counter[str | None] = Counter()
    budgets = room.offer_budgets or {}
    decisions: dict[str, Taken] = {}
    for each in sorted(candidates, key=lambda one: (-one.worth, one.customer_id)):
        budget = budgets.get(each.offer) if each.offer is not None else None
        if room.capacity is not None and taken >= room.capacity:
            decisions[each.customer_id] = "capacity"
        elif (
            each.owner is not None
            and room.capacity_of_owner is not None
            and of_owner[each.owner] >= room.capacity_of_owner
        ):
            decisions[each.customer_id] = "owner_capacity"
        elif room.budget_minor is not None and spent + each.cost_minor > room.budget_minor:
            decisions[each.customer_id] = "budget"
        elif budget is not None and of_offer[each.offer] + each.cost_minor > budget:
            decisions[each.customer_id] = "offer_budget"
        elif each.held_out:
            decisions[each.customer_id] = "hold_out"
        else:
            decisions[each.customer_id] = "take"
            taken, spent = taken + 1, spent + each.cost_minor
            of_owner[each.owner] += 1
            of_offer[each.offer] += each.cost_minor
    return decisions
