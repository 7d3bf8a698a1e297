"""How often intervals of small waves are wrong: 75 kinds of waves and three real shops' amounts,
with no effect, with half as many buyers more, with larger orders alone, and with one whale.

    python benchmarks/effect.py [WAVES]

Keeps `benchmarks/effect.json`: of each cell how often a sure loss or gain was said wrongly and the
interval held the truth, of the product's figures and of what a library would have said (Welch, the
bias-corrected bootstrap and a permutation test, of the 75 kinds; the last two of fewer waves).
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from winback.measurement.effect import ArmOutcomes, estimate_mean_effect, estimate_share_effect

REPORT = Path(__file__).parent / "effect.json"
SIZES = (40, 150, 600, 1500, 4000)
HOLDOUTS = (0.10, 0.175, 0.25)
AMOUNTS = ((0.02, 1.0), (0.02, 2.0), (0.05, 1.5), (0.10, 1.0), (0.10, 2.0))  # buyers, sigma
RISE = 0.5  # of the share of buyers
LARGER = 1.5  # times an order, in the world where a message changes nothing else
WHALE = 50  # times the cap, before it is capped
MOST_BESIDE = 2_000  # waves of the two worlds beside
SLOW_WAVES = 60  # of the bootstrap and the library's permutations
EXPECTED = 20  # buyers in the holdout, from which measured money is told
SHOPS = {
    "cdnow": "select dollar_value from '{0}/cdnow/cdnow_master.parquet' where dollar_value > 0",
    "online_retail": "select sum(Quantity * UnitPrice) from "
    "'{0}/uci_online_retail/online_retail.parquet' where Quantity > 0 and UnitPrice > 0 "
    "group by InvoiceNo",
    "completejourney": "select sum(sales_value) from "
    "'{0}/completejourney/transactions.parquet' where sales_value > 0 group by basket_id",
}

Numbers = NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Numbers]


@dataclass(frozen=True)
class Cell:
    """A kind of wave. world: what the message does; amounts: of an order, capped."""

    size: int
    holdout: float
    buyers: float
    amounts: str
    world: str

    @property
    def expected(self) -> float:
        """Buyers to expect in the holdout."""
        return self.size * self.holdout * self.buyers


@dataclass
class Tally:
    """Waves judged, and how many of them said a sure loss, a sure gain, and held the truth."""

    waves: int = 0
    losses: int = 0
    gains: int = 0
    covered: int = 0

    def add(self, low: float, high: float, truth: float) -> None:
        """One wave's interval."""
        self.waves += 1
        self.losses += high < 0
        self.gains += low > 0
        self.covered += low <= truth <= high

    def to_dict(self) -> dict[str, float]:
        """As shares of the waves."""
        waves = max(self.waves, 1)
        return {
            "waves": self.waves,
            "loss": round(self.losses / waves, 4),
            "gain": round(self.gains / waves, 4),
            "covered": round(self.covered / waves, 4),
        }


def judge_cell(
    cell: Cell, draw: Draw, cap: float, waves: int, with_others: bool
) -> dict[str, Tally]:
    """What is said of so many waves of one kind. draw: amounts before they are capped."""
    rng = np.random.default_rng(abs(hash_cell(cell)))
    sample = draw(400_000, rng)
    mean = float(np.minimum(sample, cap).mean())
    larger = float(np.minimum(sample * LARGER, cap).mean())
    rise = RISE if cell.world == "more buyers" else 0.0
    extra = cell.buyers * rise
    truth = {
        "priced": extra * mean,
        "measured": extra * mean,
        "uncapped": 0.0,
    }
    if cell.world == "larger orders":
        truth["measured"] = cell.buyers * (larger - mean)
    tallies: dict[str, Tally] = {}
    for wave in range(waves):
        treated = rng.random(cell.size) >= cell.holdout
        chance = np.where(treated, cell.buyers + extra, cell.buyers)
        bought = rng.random(cell.size) < chance
        amounts = np.where(bought, draw(cell.size, rng), 0.0)
        if cell.world == "larger orders":
            amounts = np.where(treated, amounts * LARGER, amounts)
        if cell.world == "whale" and bought.any():
            amounts[rng.choice(np.flatnonzero(bought))] = WHALE * cap
        uncapped, amounts = amounts, np.minimum(amounts, cap)
        if treated.all() or not treated.any():
            continue
        figures = say(cell, treated, bought, amounts, mean)
        if cell.world in ("no effect", "whale"):
            figures["uncapped"] = say_of_amounts(cell, treated, uncapped)
        for name, (low, high) in figures.items():
            tallies.setdefault(name, Tally()).add(low, high, truth[name])
        if with_others:
            others = say_others(treated, amounts, rng, wave < SLOW_WAVES)
            for name, (low, high) in others.items():
                tallies.setdefault(name, Tally()).add(low, high, truth["measured"])
    return tallies


def hash_cell(cell: Cell) -> int:
    """The same number for a cell on every machine."""
    return int.from_bytes(repr(cell).encode()[-8:], "big") + cell.size + int(cell.holdout * 1000)


def say(
    cell: Cell,
    treated: NDArray[np.bool_],
    bought: NDArray[np.bool_],
    amounts: Numbers,
    value: float,
) -> dict[str, tuple[float, float]]:
    """The product's figures: extra buyers at a value, and what was measured."""
    share = estimate_share_effect(build_units(cell, treated), bought)
    assert share is not None
    priced = share.difference.scale(value)
    said = {"priced": (priced.low, priced.high)}
    if cell.expected >= EXPECTED or cell.world == "no effect":
        said["measured"] = say_of_amounts(cell, treated, amounts)
    return said


def say_of_amounts(cell: Cell, treated: NDArray[np.bool_], amounts: Numbers) -> tuple[float, float]:
    """The product's interval of a mean amount."""
    money = estimate_mean_effect(build_units(cell, treated), amounts)
    assert money is not None
    return money.difference.low, money.difference.high


def build_units(cell: Cell, treated: NDArray[np.bool_]) -> ArmOutcomes:
    """The wave's arms, of households of one, of whom nothing was known before."""
    return ArmOutcomes(
        treated,
        np.arange(cell.size),
        np.full(cell.size, cell.holdout),
        np.full((cell.size, 2), np.nan),
    )


def say_others(
    treated: NDArray[np.bool_], amounts: Numbers, rng: np.random.Generator, slow: bool
) -> dict[str, tuple[float, float]]:
    """What a library would say of the same amounts."""
    one, other = amounts[treated], amounts[~treated]
    if min(len(one), len(other)) < 2:
        return {}
    said: dict[str, tuple[float, float]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = stats.ttest_ind(one, other, equal_var=False)
        welch = test.confidence_interval(0.95)
        difference = float(one.mean() - other.mean())
        known = not np.isnan(welch.low)
        said["welch"] = (welch.low, welch.high) if known else (difference, difference)
        if not slow:
            return said
        said["bca"] = _bootstrap(one, other, rng, difference)
        p = stats.permutation_test(
            (one, other), _differ, n_resamples=499, vectorized=True, rng=rng
        ).pvalue
    sure = float(p) < 0.05
    infinite = float("inf")
    said["permutation"] = (
        (1e-9 if sure and difference > 0 else -infinite),
        (-1e-9 if sure and difference < 0 else infinite),
    )
    return said


def _differ(one: Numbers, other: Numbers, axis: int = -1) -> Any:
    return one.mean(axis=axis) - other.mean(axis=axis)


def _bootstrap(
    one: Numbers, other: Numbers, rng: np.random.Generator, difference: float
) -> tuple[float, float]:
    interval = stats.bootstrap(
        (one, other), _differ, n_resamples=499, vectorized=True, batch=50, rng=rng
    ).confidence_interval
    if np.isnan(interval.low):
        return difference, difference
    return float(interval.low), float(interval.high)


def list_cells() -> Iterator[tuple[Cell, Draw, float]]:
    """Every kind of wave: its amounts, and the cap fixed before it is drawn."""
    for world in ("no effect", "more buyers", "larger orders", "whale"):
        for size in SIZES:
            for holdout in HOLDOUTS:
                for buyers, sigma in AMOUNTS:
                    cap = float(np.exp(4 + sigma * stats.norm.ppf(0.99)))
                    cell = Cell(size, holdout, buyers, f"lognormal {sigma:g}", world)
                    yield cell, _draw_lognormal(sigma), cap


def list_real_cells(folder: Path) -> Iterator[tuple[Cell, Draw, float]]:
    """The same of three real shops' orders."""
    for name, query in SHOPS.items():
        rows = duckdb.connect().execute(query.format(folder)).fetchnumpy()
        amounts = np.asarray(next(iter(rows.values())), dtype=np.float64)
        cap = float(np.quantile(amounts, 0.99))
        for world in ("no effect", "more buyers"):
            for size in SIZES:
                for holdout in (0.10, 0.25):
                    for buyers in (0.02, 0.10):
                        cell = Cell(size, holdout, buyers, name, world)
                        yield cell, _draw_from(amounts), cap


def _draw_lognormal(sigma: float) -> Draw:
    return lambda count, rng: np.exp(rng.normal(4, sigma, count))


def _draw_from(amounts: Numbers) -> Draw:
    return lambda count, rng: rng.choice(amounts, count)


def main(waves: int, folder: Path | None) -> None:
    """Judge every cell; write the table, and print what is worst of each figure."""
    cells, start = [], time.monotonic()
    kinds = [*list_cells(), *(list_real_cells(folder) if folder else ())]
    for number, (cell, draw, cap) in enumerate(kinds, start=1):
        lognormal = cell.amounts.startswith("lognormal")
        others = lognormal and cell.world in ("no effect", "more buyers")
        most = waves if cell.world in ("no effect", "more buyers") else min(waves, MOST_BESIDE)
        tallies = judge_cell(cell, draw, cap, most, others)
        figures = {name: tally.to_dict() for name, tally in tallies.items()}
        cells.append({**vars(cell), "expected": round(cell.expected, 1), "figures": figures})
        print(f"{number}/{len(kinds)} {time.monotonic() - start:.0f} s", file=sys.stderr)
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in ("numpy", "scipy")},
        "waves": waves,
        "slow_waves": SLOW_WAVES,
    }
    worst = find_worst(cells)
    REPORT.write_text(
        json.dumps({**facts, "worst": worst}, indent=1)[:-2]
        + ',\n "cells": [\n'
        + ",\n".join(f"  {json.dumps(each)}" for each in cells)
        + "\n ]\n}\n",
        encoding="utf-8",
    )
    for name, figures in worst.items():
        print(name, json.dumps(figures))


def find_worst(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each figure and world: the most false losses and gains, and the least coverage."""
    worst: dict[str, dict[str, Any]] = {}
    for cell in cells:
        for name, figures in cell["figures"].items():
            key = f"{name}, {cell['world']}"
            mine = worst.setdefault(key, {"cells": 0, "loss": 0.0, "gain": 0.0, "covered": 1.0})
            mine["cells"] += 1
            mine["loss"] = max(mine["loss"], figures["loss"])
            mine["gain"] = max(mine["gain"], figures["gain"])
            if name not in ("measured", "uncapped") or cell["expected"] >= EXPECTED:
                mine["covered"] = min(mine["covered"], figures["covered"])
    return dict(sorted(worst.items()))


if __name__ == "__main__":
    shops = os.environ.get("WINBACK_REAL_SHOPS")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000, Path(shops) if shops else None)
