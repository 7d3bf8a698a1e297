"""The small language rules are written in: a quantity, a comparison, and a threshold or another quantity.

Rules are read top to bottom and the first that fits wins. A comparison with a missing quantity never holds; a
threshold given by name is looked up among those fixed at training.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Facts:
    """Columns of customers (features, scores, names of cells) and the thresholds to compare them with."""

    columns: Mapping[str, NDArray[Any]]
    thresholds: Mapping[str, Any]
    customers: int

    def number(self, name: str | float) -> Any:
        """A quantity's column, or a threshold's number, or the number itself; a quantity we lack is missing."""
        if not isinstance(name, str):
            return name
        if name in self.columns:
            return self.columns[name]
        value = self.thresholds.get(name)
        return np.nan if value is None else value


Condition = Callable[[Facts], Flags]


@dataclass(frozen=True)
class Segment:
    """A name and the condition for it. `routed_by` says who decided: a rule of its own name, or the model."""

    name: str
    condition: Condition
    reason: str
    by_model: bool = False


def at_least(quantity: str, threshold: str | float) -> Condition:
    return lambda facts: np.broadcast_to(facts.number(quantity) >= facts.number(threshold), facts.customers)


def at_most(quantity: str, threshold: str | float) -> Condition:
    return lambda facts: np.broadcast_to(facts.number(quantity) <= facts.number(threshold), facts.customers)


def above(quantity: str, threshold: str | float) -> Condition:
    return lambda facts: np.broadcast_to(facts.number(quantity) > facts.number(threshold), facts.customers)


def nearer(quantity: str, other: str) -> Condition:
    """Whether something happened more recently than something else; what never happened is infinitely long ago."""

    def condition(facts: Facts) -> Flags:
        ours, theirs = facts.number(quantity), facts.number(other)
        return np.broadcast_to(ours < np.where(np.isnan(theirs), np.inf, theirs), facts.customers)

    return condition


def is_in(column: str, segments: Sequence[Segment], name: str) -> Condition:
    """Whether a column of places, already found by `first_fit` over these segments, is at the one of this name."""
    place = [segment.name for segment in segments].index(name)
    return lambda facts: facts.columns[column] == place


def missing(quantity: str) -> Condition:
    return lambda facts: np.broadcast_to(np.isnan(facts.number(quantity)), facts.customers)


def all_of(*conditions: Condition) -> Condition:
    return lambda facts: np.logical_and.reduce([condition(facts) for condition in conditions])


def any_of(*conditions: Condition) -> Condition:
    return lambda facts: np.logical_or.reduce([condition(facts) for condition in conditions])


def no(condition: Condition) -> Condition:
    return lambda facts: ~condition(facts)


def always(facts: Facts) -> Flags:
    return np.ones(facts.customers, dtype=bool)


def first_fit(segments: Sequence[Segment], facts: Facts) -> NDArray[np.int64]:
    """For each customer the place of the first segment whose condition holds; len(segments) where none does."""
    place = np.full(facts.customers, len(segments), dtype=np.int64)
    for index in range(len(segments) - 1, -1, -1):
        place[segments[index].condition(facts)] = index
    return place
