"""Finds rules that can never fire, or that are always decided by a rule above them, without looking
at a customer.

Every quantity is cut at the thresholds that rules compare it with; within a cut no rule can tell
two values apart, so the few cuts, and "missing", stand for all values. A rule can fire if some
choice of one cut for each quantity fits it and none of the rules above. `Nearer` is taken as a fact
of its own, so a contradiction that lies only in the order of three moments is not found; nothing is
ever reported that could fire.
"""

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from winback.segmentation.conditions import (
    All,
    Compare,
    Condition,
    Is,
    Missing,
    Nearer,
    Not,
    Segment,
    Some,
    atoms,
)

Masks = dict[str, int]
_MISSING = 1  # the lowest bit of every quantity's mask


@dataclass(frozen=True)
class Finding:
    """A rule that does nothing: what is wrong with it, and what is the matter (a quantity, a
    threshold, another rule)."""

    rule: str
    fault: Literal[
        "unknown_quantity", "unknown_cell", "no_threshold", "no_data", "contradiction", "shadowed"
    ]
    detail: str


@dataclass(frozen=True)
class World:
    """What rules may speak of.

    bounds: each quantity's least and greatest value; sent: the quantities this shop has data for
    (None: all of them); thresholds: by name; cells: what is known of cells: `(kind, name)` → the
    condition for it.
    """

    bounds: Mapping[str, tuple[float, float]]
    thresholds: Mapping[str, Any]
    cells: Mapping[tuple[str, str], Condition]
    sent: frozenset[str] | None = None


def cells_of(kind: str, segments: Sequence[Segment]) -> dict[tuple[str, str], Condition]:
    """The whole condition for each cell of a first-fit list: its rule, and none of those above."""
    whole: dict[tuple[str, str], list[Condition]] = {}
    above: list[Condition] = []
    for segment in segments:
        here = All((segment.condition, *(Not(each) for each in above)))
        whole.setdefault((kind, segment.name), []).append(here)
        above.append(segment.condition)
    return {key: Some(tuple(conditions)) for key, conditions in whole.items()}


def check(rules: Sequence[tuple[str, Condition]], world: World) -> list[Finding]:
    """What is wrong with rules that are read top to bottom, the first that fits winning. rules:
    names and conditions."""
    findings: list[Finding] = []
    plain: list[tuple[str, Condition]] = []
    for name, condition in rules:
        strange = unknown(name, condition, world)
        findings += strange
        if not strange:
            plain.append((name, inlined(condition, world)))
    solver = _Solver(world, [condition for _, condition in plain])
    for place, (name, condition) in enumerate(plain):
        if not solver.satisfiable([condition]):
            findings.append(_why_never(name, condition, world, solver))
            continue
        higher = plain[:place]
        if not solver.satisfiable([condition, *(Not(each) for _, each in higher)]):
            # The ones that alone or together leave nothing: drop each that is not needed.
            needed = list(higher)
            for each in higher:
                rest = [other for other in needed if other is not each]
                if not solver.satisfiable([condition, *(Not(other) for _, other in rest)]):
                    needed = rest
            findings.append(
                Finding(name, "shadowed", ", ".join(dict.fromkeys(other for other, _ in needed)))
            )
    return findings


def unknown(name: str, condition: Condition, world: World) -> list[Finding]:
    """The quantities, thresholds and cells of a rule that there are not."""
    findings = []
    for atom in atoms(condition):
        if isinstance(atom, Is):
            if (atom.kind, atom.name) not in world.cells:
                findings.append(Finding(name, "unknown_cell", f"{atom.kind} is {atom.name}"))
            continue
        for quantity in (atom.quantity, *((atom.than,) if isinstance(atom, Nearer) else ())):
            if quantity not in world.bounds:
                findings.append(Finding(name, "unknown_quantity", quantity))
        if (
            isinstance(atom, Compare)
            and isinstance(atom.limit, str)
            and atom.limit not in world.thresholds
        ):
            findings += (
                []
                if atom.limit in world.bounds
                else [Finding(name, "unknown_quantity", atom.limit)]
            )
    return findings


def _why_never(name: str, condition: Condition, world: World, solver: "_Solver") -> Finding:
    """The likeliest reason: no threshold, no such data in this shop, or a contradiction in
    itself."""
    unset = [
        atom.limit
        for atom in atoms(condition)
        if isinstance(atom, Compare)
        and isinstance(atom.limit, str)
        and atom.limit in world.thresholds
        and world.thresholds[atom.limit] is None
    ]
    if unset:
        return Finding(name, "no_threshold", ", ".join(dict.fromkeys(map(str, unset))))
    if world.sent is not None and solver.with_sent(None).satisfiable([condition]):
        spoken = dict.fromkeys(
            atom.quantity for atom in atoms(condition) if not isinstance(atom, Is)
        )
        needed = [quantity for quantity in spoken if quantity not in world.sent]
        for quantity in list(needed):  # what it could do without is not what it lacks
            rest = [each for each in needed if each != quantity]
            if solver.with_sent(world.sent | set(rest)).satisfiable([condition]):
                needed = rest
        return Finding(name, "no_data", ", ".join(needed))
    return Finding(name, "contradiction", "")


def inlined(condition: Condition, world: World) -> Condition:
    """The condition with every cell replaced by the condition for it."""
    match condition:
        case Is(kind, name):
            return inlined(world.cells[kind, name], world)
        case All(of):
            return All(tuple(inlined(each, world) for each in of))
        case Some(of):
            return Some(tuple(inlined(each, world) for each in of))
        case Not(inner):
            return Not(inlined(inner, world))
        case _:
            return condition


# A condition over cuts: an atom says which cuts of one quantity will do, and negation has been
# pushed into the atoms.
_Node = tuple[str, Any, Any]


class _Solver:
    """Whether conditions can hold together, over the cuts of each quantity: backtracking with
    unit propagation (DPLL)."""

    def __init__(self, world: World, conditions: Iterable[Condition]) -> None:
        self.world, self.conditions = world, tuple(conditions)
        limits: dict[str, set[float]] = {}
        for condition in self.conditions:
            for atom in atoms(condition):
                if isinstance(atom, Compare) and not self._of_two(atom):
                    limits.setdefault(atom.quantity, set()).add(self._limit(atom.limit))
        self.cuts = {quantity: self._cuts(quantity, found) for quantity, found in limits.items()}

    def with_sent(self, sent: frozenset[str] | None) -> "_Solver":
        """The same in a shop that sends data for these quantities; None: for all."""
        return _Solver(replace(self.world, sent=sent), self.conditions)

    def satisfiable(self, conditions: Sequence[Condition]) -> bool:
        return self._fits([self._node(condition, True) for condition in conditions], {})

    def _node(self, condition: Condition, holds: bool) -> _Node:
        """A condition, or its negation, over cuts."""
        match condition:
            case Not(inner):
                return self._node(inner, not holds)
            case All(of):
                return _joined("all" if holds else "some", [self._node(each, holds) for each in of])
            case Some(of):
                return _joined("some" if holds else "all", [self._node(each, holds) for each in of])
            case Nearer() | Compare() if self._of_two(condition):
                # How two quantities compare is a fact of its own; it needs the first to be there.
                present = self._node(Missing(condition.quantity), not holds)
                order: _Node = ("atom", str(condition), 2 if holds else 1)
                return _joined("all" if holds else "some", [present, order])
            case Compare() | Missing():
                every = self._all(condition.quantity)
                mask = self._mask(condition) & every
                return ("atom", condition.quantity, mask if holds else every & ~mask)
            case _:
                raise TypeError(f"not inlined: {condition}")

    def _fits(self, waiting: list[_Node], masks: Masks) -> bool:
        choices: list[tuple[_Node, ...]] = []
        while waiting:
            while waiting:
                kind, what, mask = waiting.pop()
                if kind == "all":
                    waiting += what
                elif kind == "some":
                    choices.append(what)
                else:
                    masks[what] = masks.get(what, self._all(what)) & mask
                    if not masks[what]:
                        return False
            # What masks already decide needs no trying; a choice with one way left is none.
            left: list[tuple[_Node, ...]] = []
            for choice in choices:
                open_ways = self._open(choice, masks)
                if open_ways is None:
                    continue
                if not open_ways:
                    return False
                if len(open_ways) == 1:
                    waiting.append(open_ways[0])
                else:
                    left.append(open_ways)
            choices = left
        if not choices:
            return True
        first = min(choices, key=len)
        rest: list[_Node] = [("some", each, None) for each in choices if each is not first]
        return any(self._fits([way, *rest], dict(masks)) for way in first)

    def _open(self, choice: tuple[_Node, ...], masks: Masks) -> tuple[_Node, ...] | None:
        """The ways of a choice that masks leave open; None where one of them holds already."""
        ways = []
        for way in choice:
            decided = self._decided(way, masks)
            if decided is True:
                return None
            if decided is None:
                ways.append(way)
        return tuple(ways)

    def _decided(self, node: _Node, masks: Masks) -> bool | None:
        """Whether masks make a node true or false, or leave it open."""
        kind, what, mask = node
        if kind == "atom":
            now = masks.get(what, self._all(what))
            return False if not now & mask else True if not now & ~mask else None
        told = {self._decided(each, masks) for each in what}
        if kind == "all":
            return False if False in told else True if told <= {True} else None
        return True if True in told else False if told <= {False} else None

    def _all(self, quantity: str) -> int:
        """Every value a quantity can have; only "missing" where the shop does not send it. Of an
        order: no or yes."""
        if quantity not in self.world.bounds:
            return 3
        if self.world.sent is not None and quantity not in self.world.sent:
            return _MISSING
        return (1 << (1 + len(self.cuts.get(quantity, (0.0,))))) - 1

    def _mask(self, atom: Compare | Missing) -> int:
        """The cuts for which an atom holds."""
        if isinstance(atom, Missing):
            return _MISSING
        limit = self._limit(atom.limit)
        holds = _HOLDS[atom.how]
        return sum(
            2 << place for place, cut in enumerate(self.cuts[atom.quantity]) if holds(cut, limit)
        )

    def _cuts(self, quantity: str, limits: set[float]) -> tuple[float, ...]:
        """A value for each stretch between and each point at the limits, within the bounds of
        the quantity."""
        least, most = self.world.bounds.get(quantity, (-math.inf, math.inf))
        edges = sorted(limit for limit in limits if not math.isnan(limit))
        inner = [(one + other) / 2 for one, other in pairwise(edges)]
        outer = [edges[0] - 1 - abs(edges[0]), edges[-1] + 1 + abs(edges[-1])] if edges else [0.0]
        ends = [each for each in (least, most) if math.isfinite(each)]
        cuts = tuple(sorted(cut for cut in {*edges, *inner, *outer, *ends} if least <= cut <= most))
        return cuts or (least,)

    def _limit(self, limit: str | float) -> float:
        value = self.world.thresholds.get(limit) if isinstance(limit, str) else limit
        return math.nan if value is None else float(value)

    def _of_two(self, atom: Compare | Nearer) -> bool:
        """Whether two quantities of a customer are compared."""
        return isinstance(atom, Nearer) or (
            isinstance(atom.limit, str) and atom.limit not in self.world.thresholds
        )


_HOLDS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def _joined(kind: str, nodes: Iterable[_Node]) -> _Node:
    """Nodes under one `all` or `some`: nested ones of its kind and atoms of one quantity are
    made one."""
    flat: list[_Node] = []
    of: dict[str, int] = {}
    for node in nodes:
        for each in node[1] if node[0] == kind else (node,):
            if each[0] != "atom":
                flat.append(each)
            elif each[1] not in of:
                of[each[1]] = each[2]
            else:
                of[each[1]] = of[each[1]] & each[2] if kind == "all" else of[each[1]] | each[2]
    flat += [("atom", quantity, mask) for quantity, mask in of.items()]
    return flat[0] if len(flat) == 1 else (kind, tuple(flat), None)
