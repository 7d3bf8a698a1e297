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
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InCell,
    Missing,
    MoreRecent,
    Not,
    Segment,
    iterate_leaves,
)

Masks = dict[str, int]
_MISSING = 1  # the lowest bit of every quantity's mask


@dataclass(frozen=True)
class RuleIssue:
    """A rule that does nothing: what is wrong with it, and what is the matter (a quantity, a
    threshold, another rule)."""

    rule: str
    fault: Literal[
        "unknown_quantity", "unknown_cell", "no_threshold", "no_data", "contradiction", "shadowed"
    ]
    detail: str


@dataclass(frozen=True)
class RuleSchema:
    """What rules may speak of.

    bounds: each quantity's least and greatest value; sent: the quantities this shop has data for
    (None: all of them); thresholds: by name; cells: what is known of cells: `(kind, name)` → the
    condition for it.
    """

    bounds: Mapping[str, tuple[float, float]]
    thresholds: Mapping[str, Any]
    cells: Mapping[tuple[str, str], Condition]
    sent: frozenset[str] | None = None


def list_cell_conditions(
    kind: str, segments: Sequence[Segment]
) -> dict[tuple[str, str], Condition]:
    """The whole condition for each cell of a first-fit list: its rule, and none of those above."""
    whole: dict[tuple[str, str], list[Condition]] = {}
    above: list[Condition] = []
    for segment in segments:
        here = AllOf((segment.condition, *(Not(each) for each in above)))
        whole.setdefault((kind, segment.name), []).append(here)
        above.append(segment.condition)
    return {key: AnyOf(tuple(conditions)) for key, conditions in whole.items()}


def check_rules(rules: Sequence[tuple[str, Condition]], world: RuleSchema) -> list[RuleIssue]:
    """What is wrong with rules that are read top to bottom, the first that fits winning. rules:
    names and conditions."""
    findings: list[RuleIssue] = []
    plain, findings = _inline_rules(rules, world, findings)
    solver = _Solver(world, [condition for _, condition in plain])
    for place, (name, condition) in enumerate(plain):
        if not solver.is_satisfiable([condition]):
            findings.append(_explain_never(name, condition, world, solver))
            continue
        higher = plain[:place]
        if not solver.is_satisfiable([condition, *(Not(each) for _, each in higher)]):
            _add_shadowed(higher, solver, condition, findings, name)
    return findings


def _inline_rules(
    rules: Sequence[tuple[str, Condition]], world: RuleSchema, findings: list[RuleIssue]
) -> tuple[list[tuple[str, Condition]], list[RuleIssue]]:
    plain: list[tuple[str, Condition]] = []
    for name, condition in rules:
        strange = find_unknown(name, condition, world)
        findings += strange
        if not strange:
            plain.append((name, inline_cells(condition, world)))
    return plain, findings


def _add_shadowed(
    higher: list[tuple[str, Condition]],
    solver: "_Solver",
    condition: Condition,
    findings: list[RuleIssue],
    name: str,
) -> None:
    """The rules that alone or together leave nothing: each that is not needed is dropped."""
    needed = list(higher)
    for each in higher:
        rest = [other for other in needed if other is not each]
        if not solver.is_satisfiable([condition, *(Not(other) for _, other in rest)]):
            needed = rest
    findings.append(
        RuleIssue(name, "shadowed", ", ".join(dict.fromkeys(other for other, _ in needed)))
    )


def find_unknown(name: str, condition: Condition, world: RuleSchema) -> list[RuleIssue]:
    """The quantities, thresholds and cells of a rule that there are not."""
    findings = []
    for atom in iterate_leaves(condition):
        if isinstance(atom, InCell):
            if (atom.kind, atom.name) not in world.cells:
                findings.append(RuleIssue(name, "unknown_cell", f"{atom.kind} is {atom.name}"))
            continue
        for quantity in (atom.quantity, *((atom.than,) if isinstance(atom, MoreRecent) else ())):
            if quantity not in world.bounds:
                findings.append(RuleIssue(name, "unknown_quantity", quantity))
        if (
            isinstance(atom, Compare)
            and isinstance(atom.limit, str)
            and atom.limit not in world.thresholds
        ):
            findings += (
                []
                if atom.limit in world.bounds
                else [RuleIssue(name, "unknown_quantity", atom.limit)]
            )
    return findings


def _explain_never(
    name: str, condition: Condition, world: RuleSchema, solver: "_Solver"
) -> RuleIssue:
    """The likeliest reason: no threshold, no such data in this shop, or a contradiction in
    itself."""
    unset = [
        atom.limit
        for atom in iterate_leaves(condition)
        if isinstance(atom, Compare)
        and isinstance(atom.limit, str)
        and atom.limit in world.thresholds
        and world.thresholds[atom.limit] is None
    ]
    if unset:
        return RuleIssue(name, "no_threshold", ", ".join(dict.fromkeys(map(str, unset))))
    if world.sent is not None and solver.limit_to_feeds(None).is_satisfiable([condition]):
        spoken = dict.fromkeys(
            atom.quantity for atom in iterate_leaves(condition) if not isinstance(atom, InCell)
        )
        needed = [quantity for quantity in spoken if quantity not in world.sent]
        for quantity in list(needed):  # what it could do without is not what it lacks
            rest = [each for each in needed if each != quantity]
            if solver.limit_to_feeds(world.sent | set(rest)).is_satisfiable([condition]):
                needed = rest
        return RuleIssue(name, "no_data", ", ".join(needed))
    return RuleIssue(name, "contradiction", "")


def inline_cells(condition: Condition, world: RuleSchema) -> Condition:
    """The condition with every cell replaced by the condition for it."""
    match condition:
        case InCell(kind, name):
            return inline_cells(world.cells[kind, name], world)
        case AllOf(of):
            return AllOf(tuple(inline_cells(each, world) for each in of))
        case AnyOf(of):
            return AnyOf(tuple(inline_cells(each, world) for each in of))
        case Not(inner):
            return Not(inline_cells(inner, world))
        case _:
            return condition


# A condition over cuts: an atom says which cuts of one quantity will do, and negation has been
# pushed into the atoms.
_Node = tuple[str, Any, Any]


class _Solver:
    """Whether conditions can hold together, over the cuts of each quantity: backtracking with
    unit propagation (DPLL)."""

    def __init__(self, world: RuleSchema, conditions: Iterable[Condition]) -> None:
        self.world, self.conditions = world, tuple(conditions)
        limits: dict[str, set[float]] = {}
        for condition in self.conditions:
            for atom in iterate_leaves(condition):
                if isinstance(atom, Compare) and not self._compares_two(atom):
                    limits.setdefault(atom.quantity, set()).add(self._get_limit(atom.limit))
        self.cuts = {
            quantity: self._build_cuts(quantity, limits_seen)
            for quantity, limits_seen in limits.items()
        }

    def limit_to_feeds(self, sent: frozenset[str] | None) -> "_Solver":
        """The same in a shop that sends data for these quantities; None: for all."""
        return _Solver(replace(self.world, sent=sent), self.conditions)

    def is_satisfiable(self, conditions: Sequence[Condition]) -> bool:
        return self._is_consistent(
            [self._build_node(condition, True) for condition in conditions], {}
        )

    def _build_node(self, condition: Condition, holds: bool) -> _Node:
        """A condition, or its negation, over cuts."""
        match condition:
            case Not(inner):
                return self._build_node(inner, not holds)
            case AllOf(of):
                return _join_nodes(
                    "all" if holds else "some", [self._build_node(each, holds) for each in of]
                )
            case AnyOf(of):
                return _join_nodes(
                    "some" if holds else "all", [self._build_node(each, holds) for each in of]
                )
            case MoreRecent() | Compare() if self._compares_two(condition):
                # How two quantities compare is a fact of its own; it needs the first to be there.
                present = self._build_node(Missing(condition.quantity), not holds)
                order: _Node = ("atom", str(condition), 2 if holds else 1)
                return _join_nodes("all" if holds else "some", [present, order])
            case Compare() | Missing():
                every = self._build_full_mask(condition.quantity)
                mask = self._build_mask(condition) & every
                return ("atom", condition.quantity, mask if holds else every & ~mask)
            case _:
                raise TypeError(f"not inlined: {condition}")

    def _is_consistent(self, waiting: list[_Node], masks: Masks) -> bool:
        choices: list[tuple[_Node, ...]] = []
        while waiting:
            while waiting:
                kind, what, mask = waiting.pop()
                if kind == "all":
                    waiting += what
                elif kind == "some":
                    choices.append(what)
                else:
                    masks[what] = masks.get(what, self._build_full_mask(what)) & mask
                    if not masks[what]:
                        return False
            # What masks already decide needs no trying; a choice with one way left is none.
            left: list[tuple[_Node, ...]] = []
            for choice in choices:
                open_ways = self._list_open(choice, masks)
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
        return any(self._is_consistent([way, *rest], dict(masks)) for way in first)

    def _list_open(self, choice: tuple[_Node, ...], masks: Masks) -> tuple[_Node, ...] | None:
        """The ways of a choice that masks leave open; None where one of them holds already."""
        ways = []
        for way in choice:
            decided = self._evaluate(way, masks)
            if decided is True:
                return None
            if decided is None:
                ways.append(way)
        return tuple(ways)

    def _evaluate(self, node: _Node, masks: Masks) -> bool | None:
        """Whether masks make a node true or false, or leave it open."""
        kind, what, mask = node
        if kind == "atom":
            now = masks.get(what, self._build_full_mask(what))
            return False if not now & mask else True if not now & ~mask else None
        decided = {self._evaluate(each, masks) for each in what}
        if kind == "all":
            return False if False in decided else True if decided <= {True} else None
        return True if True in decided else False if decided <= {False} else None

    def _build_full_mask(self, quantity: str) -> int:
        """Every value a quantity can have; only "missing" where the shop does not send it. Of an
        order: no or yes."""
        if quantity not in self.world.bounds:
            return 3
        if self.world.sent is not None and quantity not in self.world.sent:
            return _MISSING
        return (1 << (1 + len(self.cuts.get(quantity, (0.0,))))) - 1

    def _build_mask(self, atom: Compare | Missing) -> int:
        """The cuts for which an atom holds."""
        if isinstance(atom, Missing):
            return _MISSING
        limit = self._get_limit(atom.limit)
        holds = _HOLDS[atom.how]
        return sum(
            2 << place for place, cut in enumerate(self.cuts[atom.quantity]) if holds(cut, limit)
        )

    def _build_cuts(self, quantity: str, limits: set[float]) -> tuple[float, ...]:
        """A value for each stretch between and each point at the limits, within the bounds of
        the quantity."""
        least, most = self.world.bounds.get(quantity, (-math.inf, math.inf))
        edges = sorted(limit for limit in limits if not math.isnan(limit))
        inner = [(one + other) / 2 for one, other in pairwise(edges)]
        outer = [edges[0] - 1 - abs(edges[0]), edges[-1] + 1 + abs(edges[-1])] if edges else [0.0]
        ends = [each for each in (least, most) if math.isfinite(each)]
        cuts = tuple(sorted(cut for cut in {*edges, *inner, *outer, *ends} if least <= cut <= most))
        return cuts or (least,)

    def _get_limit(self, limit: str | float) -> float:
        value = self.world.thresholds.get(limit) if isinstance(limit, str) else limit
        return math.nan if value is None else float(value)

    def _compares_two(self, atom: Compare | MoreRecent) -> bool:
        """Whether two quantities of a customer are compared."""
        return isinstance(atom, MoreRecent) or (
            isinstance(atom.limit, str) and atom.limit not in self.world.thresholds
        )


_HOLDS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def _join_nodes(kind: str, nodes: Iterable[_Node]) -> _Node:
    """Nodes under one `all` or `some`: nested ones of its kind and atoms of one quantity are
    made one."""
    flat: list[_Node] = []
    of: dict[str, int] = {}
    _merge_atoms(nodes, kind, flat, of)
    flat += [("atom", quantity, mask) for quantity, mask in of.items()]
    return flat[0] if len(flat) == 1 else (kind, tuple(flat), None)


def _merge_atoms(nodes: Iterable[_Node], kind: str, flat: list[_Node], of: dict[str, int]) -> None:
    for node in nodes:
        for each in node[1] if node[0] == kind else (node,):
            if each[0] != "atom":
                flat.append(each)
            elif each[1] not in of:
                of[each[1]] = each[2]
            else:
                of[each[1]] = of[each[1]] & each[2] if kind == "all" else of[each[1]] | each[2]
