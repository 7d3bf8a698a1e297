"""From a feature table to a written snapshot, against nothing but `Booster.predict` on a ready
matrix.

Both in one process, in turn; rows a second by the clock, because prediction uses every core.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import xgboost as xgb
from made import LAST_DAY, made_shop
from runs import ratio, report

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from train import learn

from winback.config.shop import Shop
from winback.config.sources import OrderSource
from winback.core.cutoff import Cutoff
from winback.features.registry import NAMES, get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.model.bundle import to_matrix
from winback.scoring.snapshot import build_snapshot
from winback.segmentation.thresholds import Thresholds

CUSTOMERS = 500_000
ROUNDS = 5


def main() -> None:
    """Train on a tenth of the shop, then time both ways over all of it."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch:
        folder = Path(scratch)
        shop = Shop(
            name="made", timezone="UTC", outcome_days=30, orders=(OrderSource(profile="cdnow"),)
        )
        bundle = learn(
            shop,
            made_shop(folder / "small", CUSTOMERS // 10, folder / "spill"),
            folder / "models",
            7,
        ).bundle
        store = made_shop(folder / "large", CUSTOMERS, folder / "spill")
        cutoff = Cutoff(LAST_DAY, "UTC", 30)
        feeds = get_available_feeds(store.first_known, cutoff)
        tables = [compute_features(con, cutoff, feeds) for con in store.iterate_parts()]
        thresholds = Thresholds.from_dict(bundle.thresholds)
        values = np.concatenate([to_matrix(each, NAMES) for each in tables]).astype(np.float32)
        rows, done = len(values), []
        for _ in range(ROUNDS):
            ready = xgb.DMatrix(
                values, feature_names=list(NAMES)
            )  # a new one, so that no prediction is remembered
            start = time.perf_counter()
            bundle.ensemble.core.predict(ready)
            predicted = time.perf_counter()
            for part, table in enumerate(tables):
                pq.write_table(
                    build_snapshot(table, cutoff, bundle, thresholds, shop),
                    folder / f"{part}.parquet",
                    compression="zstd",
                )
            written = time.perf_counter()
            done.append(
                {
                    "predict": {"rate": rows / (predicted - start)},
                    "snapshot": {"rate": rows / (written - predicted)},
                }
            )
        goal = {
            "rows a second, features to written snapshot, against predict": (
                ratio(done, "snapshot", "predict", "rate"),
                "≥",
                0.4,
            )
        }
        report("score", goal, {"customers": rows, "rounds": done})


if __name__ == "__main__":
    main()
