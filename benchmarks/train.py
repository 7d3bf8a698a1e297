"""Training against one fit of its XGBoost core at the same rows: CPU, each in a process of its own
(issue goal: 8x).

Counted is what a training needs to rank and to be honest: members, halves, slope and season.
Features, spend, baselines and the report are left out on both sides.
"""

import pickle
import sys
import tempfile
from pathlib import Path

from made import made_shop
from runs import measured, ratio, report, rounds

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from winback.config.shop import Shop
from winback.config.sources import OrderSource
from winback.features.registry import NAMES
from winback.model.training import fit_booster, fit_ensemble
from winback.training.dataset import choose_cutoffs, load_cutoff_data, stack_cutoffs

CUSTOMERS = 60_000
OUTCOME_DAYS = 30
ROUNDS = 5


def main() -> None:
    """Make the rows once, then time both ways on them in turn."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch:
        folder = Path(scratch)
        shop = Shop(
            name="made",
            timezone="UTC",
            outcome_days=OUTCOME_DAYS,
            orders=(OrderSource(profile="cdnow"),),
        )
        store = made_shop(folder / "shop", CUSTOMERS, folder / "spill")
        test, earlier = choose_cutoffs(shop, store, OUTCOME_DAYS)
        stack = stack_cutoffs(
            [load_cutoff_data(store, each, 365, 30_000 // len(earlier), 7) for each in earlier]
        )
        test_set = load_cutoff_data(store, test, 365, 10_000, 7)
        rows = folder / "rows.pickle"  # our own, read back by the next process only
        rows.write_bytes(pickle.dumps((stack, test_set.rows)))
        done = rounds("train.py", ("core", "training"), [str(rows)], ROUNDS)
    goal = {"CPU of training, without spend and baselines, against one core fit": (
        ratio(done, "training", "core", "cpu"), "≤", 8)}  # fmt: skip
    report("train", goal, {"rows": len(stack.rows), "features": len(NAMES), "rounds": done})


def step(which: str, rows: str) -> None:
    """One way, on the rows in a file."""
    stack, population = pickle.loads(Path(rows).read_bytes())
    if which == "core":
        measured(
            lambda: {"trees": fit_booster(stack.rows, stack.churned, NAMES, 7).num_boosted_rounds()}
        )
    else:
        measured(
            lambda: {
                "used": len(
                    fit_ensemble(stack, population, NAMES, 30, 30, False, 7).ensemble.members.used
                )
            }
        )


if __name__ == "__main__":
    step(*sys.argv[1:]) if len(sys.argv) > 1 else main()
