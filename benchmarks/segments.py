"""Segments, touchpoints, tags and plays of every customer, against building the features they are
read from; in CPU.

Also, where the real shops are at hand, who is in which recall segment there: written beside the
ratio, and told in docs/explanation/figures.md. Each step of the ratio runs in a process of its own, round
after round.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from made import LAST_DAY, made_shop
from runs import in_own_process, measured, ratio, report, rounds

from winback.config.shop import Shop
from winback.config.sources import OrderSource
from winback.core.cutoff import Cutoff
from winback.data.store import Store
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compute_features
from winback.playbooks.matching import load_playbook, match_plays
from winback.scoring.predict import to_columns
from winback.segmentation.assignment import assign_segments
from winback.segmentation.thresholds import ReturnRate, compute_thresholds

CUSTOMERS, ROUNDS = 1_000_000, 5
CUTOFF = Cutoff(LAST_DAY, "UTC", 30)
SHOP = Shop(name="made", timezone="UTC", outcome_days=30, orders=(OrderSource(profile="cdnow"),))


def features(store: Store, folder: Path) -> dict[str, float]:
    """The features of everyone, part by part, written as the batch job writes them."""
    feeds, rows = get_available_feeds(store.first_known, CUTOFF), 0
    for part, con in enumerate(store.iterate_parts()):
        table = compute_features(con, CUTOFF, feeds, ALL_FEATURES)
        pq.write_table(table, folder / f"{part:03d}.parquet", compression="zstd")
        rows += table.num_rows
    return {"customers": rows}


def routing(_store: Store, folder: Path) -> dict[str, float]:
    """Every cell, touchpoint and tag of everyone, and the play that is theirs, read from the
    written features."""
    rows, thresholds, playbook = 0, None, load_playbook(SHOP)
    for path in sorted(folder.glob("*.parquet")):
        columns = to_columns(pq.read_table(path))
        days = columns["days_since_last_order"]
        inside = days <= 365
        if thresholds is None:
            bands = tuple(
                ReturnRate(edge, 100, 20, 100_000) for edge in (90.0, 135.0, 180.0, 270.0)
            )
            thresholds = compute_thresholds(columns, inside, SHOP.segments, 90.0, 30, bands)
        routed = assign_segments(
            columns, (np.arange(len(days)) * 0.618) % 1, inside, thresholds, SHOP.journey
        )
        assert (match_plays(routed.facts, playbook) <= len(playbook.plays)).all()
        rows += len(days)
    return {"customers": rows}


def distributions(real_shops: Path) -> dict[str, dict[str, float]]:
    """The share of each recall segment in every real shop, scored by a model of its own on its
    last day."""
    sys.path[:0] = [str(Path(__file__).parents[1] / "training"), str(Path(__file__).parents[1])]
    from tests.conftest import REAL_SHOPS, imported
    from train import learn

    from winback.config.shop import load_shop
    from winback.scoring.batch import score_shop

    told = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, (zone, currency, outcome_days, profile, paths) in REAL_SHOPS.items():
            listed = ", ".join(f'"{real_shops / path}"' for path in paths)
            (folder / f"{name}.toml").write_text(
                f'name = "{name}"\ntimezone = "{zone}"\ncurrency = "{currency}"\noutcome_days = '
                f"{outcome_days}\n"
                f'[orders]\nprofile = "{profile}"\npaths = [{listed}]\n'
            )
        journey = Path(__file__).parents[1] / "shops" / "completejourney.toml"
        for file in [*(folder / f"{name}.toml" for name in REAL_SHOPS), journey]:
            shop = load_shop(file)
            store = imported(file, folder / "home")
            bundle = learn(shop, store, folder / "models", 7).bundle
            summary = score_shop(shop, store, bundle, folder / "snapshots")
            told[shop.name] = {segment: round(count / summary.customers, 4)
                               for segment, count in summary.by_recall_segment.items()}  # fmt: skip
    return told


def make(store: Store, _folder: Path) -> dict[str, float]:
    """The shop itself, made once and by a process of its own, so that its memory is nobody
    else's."""
    return {"parts": store.manifest.parts}


def main() -> None:
    """Run one step of the ratio, or everything."""
    if len(sys.argv) > 2:
        step, folder = sys.argv[1], Path(sys.argv[2])
        written = folder / "features"
        written.mkdir(exist_ok=True)
        store = made_shop(folder / "shop", CUSTOMERS, folder / "spill")
        measured({"make": make, "features": features, "routing": routing}[step], store, written)
        return
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch:
        in_own_process(__file__, "make", (scratch,))
        done = rounds(__file__, ("features", "routing"), (scratch,), ROUNDS)
    real_shops = os.environ.get("WINBACK_REAL_SHOPS")
    facts = {"customers": done[0]["routing"]["customers"], "rounds": done,
             "recall_segments": distributions(Path(real_shops)) if real_shops else None}  # fmt: skip
    goal = {
        "CPU of segmenting and routing, against building the features": (
            ratio(done, "routing", "features", "cpu"),
            "≤",
            0.5,
        )
    }
    report("segments", goal, facts)


if __name__ == "__main__":
    main()
