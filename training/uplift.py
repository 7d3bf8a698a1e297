"""Learn from the shop's own waves whom a message moves, and let that rank the list only if it has
proved itself.

    python training/uplift.py --shop shops/mine.toml [--json FILE]

The oldest two thirds of the waves teach; of the three learners the one that ranks them best unseen
goes to the newest third. Only where the lower end of its Qini is above nought there does it rank;
else value at stake goes on doing so.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NotRequired, TypedDict, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cli_args import arguments_of, keep, opened
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.paths import DataPaths
from winback.data.store import Store
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.ledger.engine import open_ledger
from winback.measurement.first_entries import list_sent_waves
from winback.measurement.interval import Interval
from winback.measurement.outcomes import OutcomeRows, load_outcomes
from winback.measurement.uplift_curves import estimate_cumulative_gain, estimate_qini
from winback.model.bundle import to_matrix
from winback.model.uplift import (
    UPLIFT_FEATURES,
    Learner,
    UpliftModel,
    cross_fit,
    fit_uplift,
    predict_gain,
    write_uplift,
)
from winback.playbooks.matching import load_playbook
from winback.workflows.process import choose_language, create_console, run_and_exit_code

FEWEST = 400  # customers to learn from, and to prove it on half as many
FEWEST_HELD_OUT = 60
FEWEST_WAVES = 3
BUDGET = 0.3
MOST_WORTH = 0.95  # quantile: beyond it one order would be the proof


class BudgetCatch(TypedDict):
    """As `CumulativeGain`, its interval as plain numbers."""

    budget: float
    share: dict[str, float]


class Proof(TypedDict):
    """How the best learner does on the newest waves. tried: each learner's Qini on the older ones;
    passed: whether it may rank."""

    learner: Learner
    tried: dict[str, dict[str, float]]
    qini: dict[str, float]
    caught: BudgetCatch
    passed: bool
    why: str


class UpliftResult(TypedDict):
    """As `--json` writes it. customers, held_out: of the waves whose outcome is known; without a
    proof there was too little to learn from."""

    shop: str
    playbook: str
    passed: bool
    waves: int
    customers: NotRequired[int]
    held_out: NotRequired[int]
    learner: NotRequired[Learner]
    tried: NotRequired[dict[str, dict[str, float]]]
    qini: NotRequired[dict[str, float]]
    caught: NotRequired[BudgetCatch]
    why: NotRequired[str]


def learn(shop: Shop, home: DataPaths, store: Store, seed: int) -> UpliftResult:
    """Learn, prove, and keep what was learned with its gate."""
    ledger = open_ledger(home.get_ledger_path(shop.name), shop.ledger)
    ledger.migrate()
    playbook = load_playbook(shop)
    sent = list_sent_waves(ledger, playbook.name)
    told: UpliftResult = {
        "shop": shop.name,
        "playbook": playbook.name,
        "passed": False,
        "waves": len(sent),
    }
    kept = home.get_models_folder(shop.name) / "uplift"
    if not sent:
        return _refused(kept, told, "no_waves")
    rows = load_outcomes(shop, playbook, store, ledger, sent)
    cutoffs = {each.wave.wave_id: str(each.wave.cutoff) for each in sent}
    rows = rows.select(rows.fresh & (rows.days_known >= rows.success_days))
    features, known = _features(home.get_shop_folder(shop.name) / "snapshots", rows, cutoffs)
    rows, features = rows.select(known), features[known]
    waves = [each.wave.wave_id for each in sent if each.wave.wave_id in set(map(str, rows.wave))]
    told["customers"], told["held_out"] = len(rows.wave), int((~rows.treated).sum())
    newest = set(waves[-max(1, len(waves) // 3) :])
    prove = np.array([str(wave) in newest for wave in rows.wave], dtype=bool)
    few = (
        min(int((~prove).sum()), 2 * int(prove.sum())) < FEWEST
        or int((~rows.treated[prove]).sum()) < FEWEST_HELD_OUT
    )
    if len(waves) < FEWEST_WAVES or few:
        return _refused(kept, told, "too_few")
    uplift, proof = gated(features, rows, prove, seed)
    found: UpliftResult = {**told, **proof}
    write_uplift(kept, uplift, found)
    return found


def _refused(kept: Path, told: UpliftResult, why: str) -> UpliftResult:
    """Nothing to rank by; what ranked before is put aside, too, so that what is said is so."""
    found: UpliftResult = {**told, "why": why}
    if kept.exists():
        write_uplift(kept, None, found)
    return found


def gated(
    features: NDArray[np.float64], rows: OutcomeRows, prove: NDArray[np.bool_], seed: int
) -> tuple[UpliftModel, Proof]:
    """The learner that ranks unseen customers of the older waves best, and how it does on the
    newest ones."""
    treated, returned, share = (
        rows.treated,
        rows.returned.astype(np.float64),
        1 - rows.units.held_out_share,
    )
    old = ~prove
    tried: dict[Learner, Interval] = {}
    for name in get_args(Learner):
        ranks = cross_fit(name, features[old], treated[old], returned[old], share[old], seed)
        tried[name] = estimate_qini(ranks, treated[old], returned[old], share[old], seed, draws=200)
    best = max(tried, key=lambda name: tried[name].value)
    uplift = fit_uplift(best, features[old], treated[old], returned[old], share[old])
    # Proved is what will rank: who would bring most, counted in what they usually spend, the few
    # dearest like the others.
    worth = np.nan_to_num(features[prove, UPLIFT_FEATURES.index("order_value_mean_minor")], nan=1.0)
    worth = np.minimum(worth, np.quantile(worth, MOST_WORTH)) / max(float(worth.mean()), 1.0)
    ranks, returned_worth = predict_gain(uplift, features[prove]), returned[prove] * worth
    proof = estimate_qini(ranks, treated[prove], returned_worth, share[prove], seed)
    top = estimate_cumulative_gain(
        ranks, treated[prove], returned_worth, share[prove], BUDGET, seed
    )
    return uplift, {
        "learner": best,
        "tried": {name: asdict(each) for name, each in tried.items()},
        "qini": asdict(proof),
        "caught": {"budget": top.budget, "share": asdict(top.share)},
        "passed": proof.low > 0,
        "why": "passed" if proof.low > 0 else "not_proved",
    }


def _features(
    snapshots: Path, rows: OutcomeRows, cutoffs: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What was known of each row's customer when their wave was planned, and of which rows it
    still is."""
    told = np.full((len(rows.wave), len(UPLIFT_FEATURES)), np.nan)
    known = np.zeros(len(rows.wave), dtype=bool)
    for wave, day in cutoffs.items():
        path, mine = snapshots / day / "features.parquet", np.flatnonzero(rows.wave == wave)
        if not len(mine) or not path.is_file():
            continue
        table = pq.read_table(path, columns=["customer_id", *UPLIFT_FEATURES])
        place = pa.compute.index_in(
            pa.array(rows.customer[mine], pa.string()), table["customer_id"].combine_chunks()
        )
        there = np.array(place.is_valid())
        told[mine[there]] = to_matrix(table, UPLIFT_FEATURES)[place.drop_null().to_numpy()]
        known[mine[there]] = True
    return told, known


def show(found: UpliftResult, language: Language) -> None:
    """Print what came of it."""
    console = create_console()
    values = {
        "shop": found["shop"],
        "waves": found["waves"],
        "customers": format_count(found.get("customers", 0)),
        "held_out": format_count(found.get("held_out", 0)),
    }
    console.print(translate("uplift.title", language, values), style="bold")
    if "qini" in found:
        for name, each in found["tried"].items():
            console.print(
                translate(
                    "uplift.tried",
                    language,
                    {"learner": translate(f"uplift.{name}", language), **_three(each)},
                )
            )
        top = {
            key: f"{found['caught']['share'][name]:.0%}"
            for key, name in (("share", "value"), ("low", "low"), ("high", "high"))
        }
        console.print(
            translate(
                "uplift.proof",
                language,
                {
                    "learner": translate(f"uplift.{found['learner']}", language),
                    **_three(found["qini"]),
                },
            )
        )
        console.print(translate("uplift.caught", language, {"budget": f"{BUDGET:.0%}", **top}))
    console.print(translate(f"uplift.why.{found['why']}", language), style="bold")


def _three(each: dict[str, float]) -> dict[str, str]:
    return {name: f"{each[name]:+.4f}" for name in ("value", "low", "high")}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 failed, 2 usage, 3 data refused."""
    chosen = arguments_of("Learn whom a message moves, from the shop's own waves.").parse_args(
        arguments
    )
    language = choose_language(chosen.lang, os.environ)

    def run() -> None:
        workspace, store = opened(chosen.shop, language)
        found = learn(workspace.shop, workspace.home, store, chosen.seed)
        keep(found, [workspace.folder / "uplift.json", chosen.json])
        show(found, language)

    return run_and_exit_code(run, language)


if __name__ == "__main__":
    sys.exit(main())
