"""Where the shapes of the diagnosis' pictures lie; the templates draw them. Units are those of
each picture's own view box."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from winback.reports.diagnosis_figures import CustomerMap, MapCell

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


def draw_quadrant_map(map_data: CustomerMap) -> QuadrantMap:
    """The map of `diagnose`, drawn: spend across (logarithm), purchase days up, size by
    customers."""
    edges, rows = map_data["edges_minor"], map_data["rows"]
    scales = _choose_map_scales(edges, len(rows))
    often = sum(1 for days in rows if days < map_data["high_frequency_days"])
    return QuadrantMap(
        _place_bubbles(map_data["bubbles"], edges, scales),
        round(scales.scale_x(map_data["high_monetary_minor"]), 1),
        round(scales.scale_y(often - 0.5), 1),
        _place_powers(edges, scales),
        [(round(scales.scale_y(row), 1), days) for row, days in enumerate(rows)],
    )


@dataclass(frozen=True)
class _MapScales:
    """The logarithms of the least and the most spend, and how high a row of purchase days is."""

    first: float
    last: float
    row_height: float

    def scale_x(self, minor: float) -> float:
        share = (math.log(minor) - self.first) / (self.last - self.first)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def scale_y(self, row: float) -> float:
        return HEIGHT - _BOTTOM - (row + 0.5) * self.row_height


def _choose_map_scales(edges: Sequence[float], rows: int) -> _MapScales:
    room = HEIGHT - _TOP - _BOTTOM
    return _MapScales(math.log(edges[0]), math.log(edges[-1]), room / rows)


def _place_bubbles(
    bubbles: Sequence[MapCell], edges: Sequence[float], scales: _MapScales
) -> list[Bubble]:
    """Large ones first, so that small ones are drawn over them."""
    most = max(bubble["customers"] for bubble in bubbles)
    return [
        _place_bubble(each, edges, scales, most)
        for each in sorted(bubbles, key=lambda each: -each["customers"])
    ]


def _place_bubble(bubble: MapCell, edges: Sequence[float], scales: _MapScales, most: int) -> Bubble:
    column = bubble["column"]
    left, right = scales.scale_x(edges[column]), scales.scale_x(edges[column + 1])
    largest = min(_LARGEST, scales.row_height * 0.62)
    return Bubble(
        round((left + right) / 2, 1),
        round(scales.scale_y(bubble["row"]), 1),
        round(max(1.6, largest * math.sqrt(bubble["customers"] / most)), 1),
        bubble["customers"],
        bubble["silent_share"],
    )


def _place_powers(edges: Sequence[float], scales: _MapScales) -> list[tuple[float, float]]:
    """A tick at each power of ten within the edges."""
    first, last = math.ceil(math.log10(edges[0])), math.floor(math.log10(edges[-1]))
    powers = [10.0**power for power in range(first, last + 1)]
    return [(round(scales.scale_x(minor), 1), minor) for minor in powers]


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
    lefts, rights = _count_sides(moved, names)
    scale = _choose_flow_scale([lefts, rights]) if total > 1 else 1.0
    left_nodes, at_left = _place_nodes(lefts, _FLOW_TEXT, scale)
    right_nodes, at_right = _place_nodes(rights, FLOW_WIDTH - _FLOW_TEXT - FLOW_NODE, scale)
    ribbons = [
        each
        for each in _draw_ribbons(moved, at_left, at_right, scale)
        if each.customers >= _FEWEST * total
    ]
    return Flows([*left_nodes, *right_nodes], ribbons)


def _count_sides(
    moved: Sequence[Sequence[int]], names: Sequence[str]
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Customers by where they were, and by where they are."""
    lefts = [(name, sum(row)) for name, row in zip((*names, "none"), moved, strict=True)]
    rights = [(name, sum(row[place] for row in moved)) for place, name in enumerate(names)]
    return lefts, rights


def _choose_flow_scale(sides: Sequence[Sequence[tuple[str, int]]]) -> float:
    """The height of a customer with which the fuller side fits into the picture."""
    counts = [[count for _, count in side if count] for side in sides]
    room = FLOW_HEIGHT - _FLOW_GAP * (max(map(len, counts)) - 1)
    return min(_compute_scale(each, room) for each in counts)


def _place_nodes(
    side: Sequence[tuple[str, int]], x: float, scale: float
) -> tuple[list[FlowNode], dict[str, float]]:
    """The nodes of one side from the top down, and where each name begins."""
    nodes, at, y = [], dict[str, float](), 0.0
    for name, count in side:
        at[name] = y
        if count:
            height = round(max(count * scale, 1), 1)
            nodes.append(FlowNode(name, x, round(y, 1), height, count, x == _FLOW_TEXT))
            y += max(count * scale, _FLOW_LINE) + _FLOW_GAP
    return nodes, at


def _draw_ribbons(
    moved: Sequence[Sequence[int]],
    at_left: Mapping[str, float],
    at_right: Mapping[str, float],
    scale: float,
) -> list[Ribbon]:
    """Every ribbon below the one before it, at both of its ends."""
    left, right = dict(at_left), dict(at_right)
    ribbons = []
    for source, row in zip(at_left, moved, strict=True):
        for target, count in zip(at_right, row, strict=True):
            start, end, thick = left[source], right[target], count * scale
            left[source] += thick
            right[target] += thick
            ribbons.append(Ribbon(_draw_ribbon(start, end, thick), source, target, count))
    return ribbons


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
