"""What a campaign is called by who looks at it every week, in worlds of known truth.

    python benchmarks/weekly_looks.py [CAMPAIGNS]

Keeps `benchmarks/weekly_looks.json`: of 26 weeks with 60, 150 and 400 customers each, in how many
campaigns anything was ever called where messages change nothing; and by which week it was called
where they help, and where they harm without anybody unsubscribing. Beside it when brakes stopped
them: that of orders, and where messages harm that of opt-outs.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from winback.experiments.e_values import (
    LEVEL,
    EventsByArm,
    compute_excess_e_value,
    compute_rate_e_value,
)
from winback.measurement.effect import ArmOutcomes, estimate_share_effect
from winback.measurement.verdict import WORTH_KNOWING, judge_effect
from winback.simulation.worlds import WORLDS, World, draw_sample

REPORT = Path(__file__).parent / "weekly_looks.json"
WEEKS = 26
SIZES = (60, 150, 400)
HOLDOUT = 0.2
SEEN = {  # what is called there, and what should be
    "no_effect": WORLDS["no_effect"],
    "friendly": WORLDS["friendly"],
    "harmful": WORLDS["harmful"],
    "harmful without opt-outs": replace(WORLDS["harmful"], leaves=0.0),
}
HARMS = 3  # questions that share the brake's level
LINE = 0.005  # opt-outs a message that a shop accepts
COUNTED_WEEKS = 9  # of matured waves the brake looks back on


class Seen(NamedTuple):
    """Of a campaign what it is called first, and the matured week of that, of the brake by orders,
    and the week of the brake by opt-outs; 0 where never."""

    said: str
    called: int
    braked: int
    left: int


def look(world: World, a_week: int, rng: np.random.Generator) -> Seen:
    """One campaign, looked at in each of its weeks."""
    count = WEEKS * a_week
    sample = draw_sample(world, count, rng)
    treated = rng.random(count) >= HOLDOUT
    came = np.where(treated, sample.returned[1], sample.returned[0])
    before = np.column_stack([sample.chance_before, np.log1p(sample.value_minor)])
    units = ArmOutcomes(treated, np.arange(count), np.full(count, HOLDOUT), before)
    said, called, braked = "", 0, 0
    draws: list[EventsByArm] = []
    for week in range(1, WEEKS + 1):
        seen = slice(0, week * a_week)
        if not said:
            effect = estimate_share_effect(
                units.select(np.arange(count) < seen.stop), came[seen], "always"
            )
            verdict = judge_effect(effect, week, WORTH_KNOWING, "always").verdict
            if verdict in ("earned", "harmful"):
                said, called = verdict, week
        draws.append(count_returns(treated, came, slice(seen.stop - a_week, seen.stop)))
        evidence = compute_excess_e_value(draws[-COUNTED_WEEKS:])
        if not braked and evidence >= HARMS / LEVEL:
            braked = week
    messages = np.cumsum(np.add.reduceat(treated, np.arange(0, count, a_week)))
    gone = np.cumsum(rng.binomial(np.diff(messages, prepend=0), world.leaves))
    left = (
        week
        for week, (out, sent) in enumerate(zip(gone, messages, strict=True), start=1)
        if compute_rate_e_value(int(out), int(sent), LINE) >= 1 / LEVEL
    )
    return Seen(said, called, braked, next(left, 0))


def count_returns(treated: Any, came: Any, week: slice) -> EventsByArm:
    """A week's people and returns as the brake by orders asks: does the holdout have more?"""
    mine, back = treated[week], came[week]
    return EventsByArm(
        int((~mine).sum()), int(mine.sum()), int((back & ~mine).sum()), int((back & mine).sum())
    )


def describe_weeks(weeks: list[int]) -> dict[str, float | int | None]:
    """How many of some campaigns were ever, within 4 and within 12 weeks, and by which week four in
    five were."""
    known, most = sorted(week for week in weeks if week), len(weeks)
    return {
        "ever": len(known) / most,
        "within_4": sum(week <= 4 for week in known) / most,
        "within_12": sum(week <= 12 for week in known) / most,
        "week_of_four_in_five": known[ceil(0.8 * most) - 1] if len(known) >= 0.8 * most else None,
    }


def main(campaigns: int) -> None:
    """Look at so many campaigns of each kind; write the report."""
    rows: list[dict[str, Any]] = []
    for name, world in SEEN.items():
        for a_week in SIZES:
            rng = np.random.default_rng(22)
            seen = [look(world, a_week, rng) for _ in range(campaigns)]
            rows.append(
                {
                    "world": name,
                    "customers_a_week": a_week,
                    "campaigns": campaigns,
                    "earned": sum(each.said == "earned" for each in seen) / campaigns,
                    "harmful": sum(each.said == "harmful" for each in seen) / campaigns,
                    "called": describe_weeks([each.called for each in seen]),
                    "braked_by_orders": describe_weeks([each.braked for each in seen]),
                    "braked_by_opt_outs": describe_weeks([each.left for each in seen]),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    facts = {"date": datetime.now(UTC).date().isoformat(), "numpy": version("numpy")}
    text = json.dumps({**facts, "weeks": WEEKS, "holdout": HOLDOUT, "rows": rows}, indent=1)
    REPORT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
