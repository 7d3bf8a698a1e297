"""Where the shapes of the diagnosis' pictures lie; the templates draw them. Units are those of
each picture's own view box."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720, 500  # of the quadrant map
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 14, 66, 84
_LARGEST = 24.0  # radius of the largest bubble
FLOW_WIDTH, FLOW_HEIGHT, FLOW_NODE = 720, 460, 14
_FLOW_GAP, _FLOW_TEXT, _FLOW_LINE = 5, 196, 14  # a node takes the room of its label at least
_FEWEST = 0.004  # of all customers; a thinner ribbon is only clutter


@dataclass(frozen=True)
class Bubble:
    x: float
    y: float
    r: float
    customers: int
    silent_share: float


@dataclass(frozen=True)
class QuadrantMap:
    """Bubbles, the two lines, and the ticks of both axes as (place, value)."""

    bubbles: list[Bubble]
    line_x: float
    line_y: float
    across: list[tuple[float, float]]
    up: list[tuple[float, int]]
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM


def draw_quadrant_map(map_data: Mapping[str, Any]) -> QuadrantMap:
    """The map of `diagnose`, drawn: spend across (logarithm), purchase days up, size by
    customers."""
    edges, rows = map_data["edges_cents"], map_data["rows"]
    first, last = math.log(edges[0]), math.log(edges[-1])

    def scale_x(cents: float) -> float:
        return _LEFT + (math.log(cents) - first) / (last - first) * (WIDTH - _LEFT - _RIGHT)

    step = (HEIGHT - _TOP - _BOTTOM) / len(rows)

    def scale_y(row: float) -> float:
        return HEIGHT - _BOTTOM - (row + 0.5) * step

    most = max(bubble["customers"] for bubble in map_data["bubbles"])
    largest = min(_LARGEST, step * 0.62)
    bubbles = [
        Bubble(
            round((scale_x(edges[each["column"]]) + scale_x(edges[each["column"] + 1])) / 2, 1),
            round(scale_y(each["row"]), 1),
            round(max(1.6, largest * math.sqrt(each["customers"] / most)), 1),
            each["customers"],
            each["silent_share"],
        )
        for each in sorted(map_data["bubbles"], key=lambda each: -each["customers"])
    ]
    often = sum(1 for days in rows if days < map_data["high_frequency_days"])
    powers = [
        10.0**power
        for power in range(math.ceil(math.log10(edges[0])), math.floor(math.log10(edges[-1])) + 1)
    ]
    return QuadrantMap(
        bubbles,
        round(scale_x(map_data["high_monetary_cents"]), 1),
        round(scale_y(often - 0.5), 1),
        [(round(scale_x(cents), 1), cents) for cents in powers],
        [(round(scale_y(row), 1), days) for row, days in enumerate(rows)],
    )


@dataclass(frozen=True)
class FlowNode:
    name: str
    x: float
    y: float
    height: float
    customers: int
    left: bool


@dataclass(frozen=True)
class Ribbon:
    path: str
    source: str
    target: str
    customers: int


@dataclass(frozen=True)
class Flows:
    nodes: list[FlowNode]
    ribbons: list[Ribbon]


def draw_flows(moved: Sequence[Sequence[int]], names: Sequence[str]) -> Flows:
    """Who moved from which quadrant (rows, the last one: no customer yet) to which (columns), as
    ribbons."""
    total = sum(map(sum, moved)) or 1
    lefts = [(name, sum(row)) for name, row in zip((*names, "none"), moved, strict=True)]
    rights = [(name, sum(row[place] for row in moved)) for place, name in enumerate(names)]
    most = max(sum(1 for _, count in side if count) for side in (lefts, rights))
    room = FLOW_HEIGHT - _FLOW_GAP * (most - 1)
    scale = (
        min(_compute_scale([count for _, count in side if count], room) for side in (lefts, rights))
        if total > 1
        else 1.0
    )
    nodes, at_left, at_right = [], dict[str, float](), dict[str, float]()
    for side, at, x in (
        (lefts, at_left, _FLOW_TEXT),
        (rights, at_right, FLOW_WIDTH - _FLOW_TEXT - FLOW_NODE),
    ):
        y = 0.0
        for name, count in side:
            at[name] = y
            if count:
                nodes.append(
                    FlowNode(
                        name,
                        x,
                        round(y, 1),
                        round(max(count * scale, 1), 1),
                        count,
                        x == _FLOW_TEXT,
                    )
                )
                y += max(count * scale, _FLOW_LINE) + _FLOW_GAP
    ribbons = []
    for source, row in zip((*names, "none"), moved, strict=True):
        for target, count in zip(names, row, strict=True):
            start, end, thick = at_left[source], at_right[target], count * scale
            at_left[source] += thick
            at_right[target] += thick
            if count >= _FEWEST * total:
                ribbons.append(Ribbon(_draw_ribbon(start, end, thick), source, target, count))
    return Flows(nodes, ribbons)


def _compute_scale(counts: Sequence[int], room: float) -> float:
    """Height of one customer, so that all nodes fit although the small ones take a line each."""
    scale = room / (sum(counts) or 1)
    for _ in range(len(counts)):
        small = [count for count in counts if count * scale < _FLOW_LINE]
        large = sum(counts) - sum(small)
        if large:
            scale = min(scale, (room - _FLOW_LINE * len(small)) / large)
    return scale


def _draw_ribbon(start: float, end: float, thick: float) -> str:
    """A band from the left nodes to the right ones."""
    x0, x1 = _FLOW_TEXT + FLOW_NODE, FLOW_WIDTH - _FLOW_TEXT - FLOW_NODE
    middle = (x0 + x1) / 2
    return (
        f"M{x0} {start:.1f} C{middle} {start:.1f} {middle} {end:.1f} {x1} {end:.1f} "
        f"V{end + thick:.1f} "
        f"C{middle} {end + thick:.1f} {middle} {start + thick:.1f} {x0} {start + thick:.1f} Z"
    )


def scale_bars(values: Sequence[float], height: float) -> list[float]:
    """Heights of bars, the greatest being `height`."""
    most = max(values, default=0) or 1
    return [round(height * value / most, 1) for value in values]
