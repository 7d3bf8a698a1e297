"""The small language rules are written in: a quantity, a comparison, and a threshold or another
quantity.

Rules are data. They read top to bottom and the first that fits wins. A comparison with a missing
quantity never holds; a threshold given by name is looked up among those fixed at training and those
of the shop file. The same conditions can be read from a playbook (`parse_condition`) and written
again (`to_dict`); `rule_checker` finds those that can never fire.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from winback.core.errors import RuleUnreadable

Flags = NDArray[np.bool_]
Comparison = Literal[">=", "<=", ">", "<"]


@dataclass(frozen=True)
class Compare:
    """A quantity against a number, or the name of a threshold."""

    quantity: str
    how: Comparison
    limit: str | float


@dataclass(frozen=True)
class MoreRecent:
    """Whether something happened more recently than something else; what never happened is
    infinitely long ago."""

    quantity: str
    than: str


@dataclass(frozen=True)
class Missing:
    """Whether the shop sends no such data, or the customer has too little of it."""

    quantity: str


@dataclass(frozen=True)
class InCell:
    """Whether a customer is in a cell of this kind: `quadrant`, `silent_class`, `segment`,
    `touchpoint`, `tag` …"""

    kind: str
    name: str


@dataclass(frozen=True)
class AllOf:
    """Whether every one of them holds; of none, always."""

    of: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """Whether any of them holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    """Whether it does not hold."""

    of: "Condition"


Condition = Compare | MoreRecent | Missing | InCell | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Segment:
    """A name and the condition for it."""

    name: str
    condition: Condition
    reason: str
    by_model: bool = False

    @property
    def routed_by(self) -> str:
        """Who decided: `model`, or `rule:` and what it is called."""
        return "model" if self.by_model else f"rule:{self.reason.removeprefix('reason.')}"


@dataclass
class Facts:
    """Columns of customers (features, scores), who is in which cell, and the thresholds to
    compare with."""

    columns: Mapping[str, NDArray[Any]]
    thresholds: Mapping[str, Any]
    customers: int
    cells: dict[tuple[str, str], Flags] = field(default_factory=dict)

    def evaluate(self, condition: Condition) -> Flags:
        """Of whom the condition is true."""
        # By type rather than by pattern: one customer's rules are half a millisecond of patterns,
        # and a quarter so.
        return self._broadcast(_HOLDS[type(condition)](self, condition))

    def find_first_fit(self, segments: Sequence[Segment]) -> NDArray[np.int64]:
        """For each customer the place of the first segment whose condition holds; len(segments)
        where none does."""
        place = np.full(self.customers, len(segments), dtype=np.int64)
        for index in range(len(segments) - 1, -1, -1):
            place[self.evaluate(segments[index].condition)] = index
        return place

    def assign(self, kind: str, segments: Sequence[Segment]) -> NDArray[np.int64]:
        """Find everyone's first fit and keep it for conditions on this kind of cell."""
        place = self.find_first_fit(segments)
        for index, segment in enumerate(segments):  # a segment may be reached by several rules
            self.cells[kind, segment.name] = self.cells.get(
                (kind, segment.name), np.bool_(False)
            ) | (place == index)
        return place

    def flag(self, kind: str, marks: Mapping[str, Condition]) -> dict[str, Flags]:
        """Who has each of some marks, which do not exclude one another; kept for conditions on
        them."""
        assigned = {name: self.evaluate(condition) for name, condition in marks.items()}
        self.cells |= {(kind, name): flags for name, flags in assigned.items()}
        return assigned

    def get_number(self, name: str | float) -> Any:
        """A quantity's column, or a threshold's number, or the number itself; a quantity we lack
        is missing."""
        if not isinstance(name, str):
            return name
        if name in self.columns:
            return self.columns[name]
        value = self.thresholds.get(name)
        return np.nan if value is None else value

    def _broadcast(self, flags: Any) -> Flags:
        return cast(Flags, flags if flags.shape else np.broadcast_to(flags, self.customers))


_EVERYONE: Any = np.True_
_NOBODY: Any = np.False_


def _compare_recency(facts: Facts, condition: MoreRecent) -> Any:
    other = facts.get_number(condition.than)
    return facts.get_number(condition.quantity) < np.where(np.isnan(other), np.inf, other)


_HOLDS: Mapping[type, Callable[[Facts, Any], Any]] = {
    Compare: lambda facts, each: _COMPARE[each.how](
        facts.get_number(each.quantity), facts.get_number(each.limit)
    ),
    MoreRecent: _compare_recency,
    Missing: lambda facts, each: np.isnan(facts.get_number(each.quantity)),
    InCell: lambda facts, each: facts.cells[each.kind, each.name],
    AllOf: lambda facts, each: reduce(np.logical_and, map(facts.evaluate, each.of), _EVERYONE),
    AnyOf: lambda facts, each: reduce(np.logical_or, map(facts.evaluate, each.of), _NOBODY),
    Not: lambda facts, each: ~facts.evaluate(each.of),
}
_COMPARE: Mapping[Comparison, Callable[[Any, Any], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}
_WRITTEN = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|\bis not\b|\bis\b|\bnearer than\b)\s*([\w.+-]+)\s*")
always = AllOf(())


def at_least(quantity: str, limit: str | float) -> Condition:
    return Compare(quantity, ">=", limit)


def at_most(quantity: str, limit: str | float) -> Condition:
    return Compare(quantity, "<=", limit)


def above(quantity: str, limit: str | float) -> Condition:
    return Compare(quantity, ">", limit)


def all_of(*conditions: Condition) -> Condition:
    return AllOf(conditions)


def any_of(*conditions: Condition) -> Condition:
    return AnyOf(conditions)


def negate(condition: Condition) -> Condition:
    return Not(condition)


def parse_condition(text: str) -> Condition:
    """A condition as a playbook writes it: `orders_lifetime <= 3`, `segment is silent_bargain or
    tag is not fading`.

    Raises RuleUnreadable.
    """
    if re.search(r"\sor\s", text):
        return AnyOf(tuple(map(parse_condition, re.split(r"\sor\s", text))))
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise RuleUnreadable(value=text)
    quantity, how, limit = match.groups()
    match how:
        case "is":
            return Missing(quantity) if limit == "missing" else InCell(quantity, limit)
        case "is not":
            return Not(Missing(quantity) if limit == "missing" else InCell(quantity, limit))
        case "nearer than":
            return MoreRecent(quantity, limit)
    try:
        number = float(limit)
    except ValueError:
        return Compare(quantity, cast(Comparison, how), limit)
    if not math.isfinite(number):
        raise RuleUnreadable(value=text)
    return Compare(quantity, cast(Comparison, how), number)


def to_dict(condition: Condition, limits: Mapping[str, float | None]) -> dict[str, object]:
    """A condition for another program: `{"all": [{"quantity": …, "how": ">=", "limit": 3}, …]}`,
    its limits as numbers."""
    match condition:
        case Compare(quantity, how, limit):
            number = limits.get(limit, limit) if isinstance(limit, str) else limit
            return {
                "quantity": quantity,
                "how": how,
                "limit": round(number, 4) if isinstance(number, float) else number,
            }
        case MoreRecent(quantity, than):
            return {"quantity": quantity, "how": "<", "limit": than}
        case Missing(quantity):
            return {"quantity": quantity, "how": "missing"}
        case InCell(kind, name):
            return {"quantity": kind, "how": "is", "limit": name}
        case AllOf(of):
            return {"all": [to_dict(each, limits) for each in of]}
        case AnyOf(of):
            return {"some": [to_dict(each, limits) for each in of]}
        case Not(inner):
            return {"not": to_dict(inner, limits)}


def iterate_leaves(condition: Condition) -> Iterator[Compare | MoreRecent | Missing | InCell]:
    """Every comparison in a condition."""
    match condition:
        case AllOf(of) | AnyOf(of):
            for each in of:
                yield from iterate_leaves(each)
        case Not(inner):
            yield from iterate_leaves(inner)
        case _:
            yield condition
