"""Our default against its peers, on the same features, cut-offs and customers: what `make compare`
prints.

Shops at hand: the Complete Journey from its package, and the others where WINBACK_REAL_SHOPS names
their folder. Every peer has one setting for every shop, as we have. Leaves
`benchmarks/compare.json`.
"""

import json
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lifetimes
import numpy as np
from catboost import CatBoostClassifier
from lifetimes.utils import ConvergenceError
from lightgbm import LGBMClassifier
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from rich.console import Console
from rich.table import Table

from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.features.registry import NAMES
from winback.model.ensemble import build_histories
from winback.model.metrics import compare_auc, compute_metrics
from winback.training.pipeline import CutoffDataset, FittedModel, fit_at
from winback.workflows.import_exports import import_tables
from winback.workflows.workspace import Workspace

HERE = Path(__file__).parent
SEED, THREADS = 7, 2
SHOPS = {
    "cdnow": ("UTC", "USD", 90, '[orders]\nprofile = "cdnow"\npaths = '
                                '["{0}/cdnow/CDNOW_master.txt"]\n'),
    "online_retail": ("Europe/London", "GBP", 90, '[orders]\nprofile = "online_retail"\npaths = ['
                      '"{0}/online_retail_ii_2009_2010/online_retail_ii_2009_2010.parquet", '
                      '"{0}/uci_online_retail/online_retail.parquet"]\n'),
    "online_retail_2011": ("Europe/London", "GBP", 90, '[orders]\nprofile = "online_retail"\n'
                           'paths = ["{0}/uci_online_retail/online_retail_raw.csv.gz"]\n'),
    "tmall_2013": ("Asia/Shanghai", "CNY", 30, '[orders]\nprofile = "tmall_2013"\n'
                   'paths = '
                   '["{0}/tmall_2013_behaviour/t_alibaba_data_subset.csv"]\n[events]\nprofile = '
                   '"tmall_2013"\n'
                   'paths = ["{0}/tmall_2013_behaviour/t_alibaba_data_subset.csv"]\n'),
}  # fmt: skip
PEERS: dict[str, Callable[[], Any]] = {
    "lightgbm": lambda: LGBMClassifier(n_estimators=250, learning_rate=0.03, num_leaves=15, min_child_samples=60,
                                       random_state=SEED, n_jobs=THREADS, verbose=-1),
    "catboost": lambda: CatBoostClassifier(iterations=500, learning_rate=0.03, depth=4, random_seed=SEED,
                                           thread_count=THREADS, verbose=False, allow_writing_files=False),
    "extra_trees": lambda: ExtraTreesClassifier(500, min_samples_leaf=20, max_features=0.3, random_state=SEED, n_jobs=THREADS),
    "hist_gradient_boosting": lambda: HistGradientBoostingClassifier(max_iter=250, learning_rate=0.03, max_leaf_nodes=15,
                                                                     min_samples_leaf=60, random_state=SEED),
}  # fmt: skip


def main() -> None:
    """Compare on every shop at hand."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="winback-compare-") as scratch:
        for name, toml in shop_files(Path(scratch)).items():
            print(f"{name} …", file=sys.stderr)
            found[name] = compared(load_shop(toml, os.environ), DataPaths(Path(scratch)))
    # A mean over fewer shops would be another thing: only who could be fitted everywhere has one.
    names = set.intersection(*(set(shop["models"]) for shop in found.values()))
    mean = {
        name: float(np.mean([shop["models"][name]["auc"] for shop in found.values()]))
        for name in sorted(names)
    }
    show(found, mean)
    libraries = ("lightgbm", "catboost", "lifetimes", "scikit-learn", "xgboost-cpu", "numpy")
    whole = {
        "date": datetime.now(UTC).date().isoformat(), "python": platform.python_version(),
        "versions": {library: version(library) for library in libraries}, "shops": found, "mean_auc": mean,
    }  # fmt: skip
    (HERE / "compare.json").write_text(
        json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def shop_files(folder: Path) -> dict[str, Path]:
    """A shop file for each shop at hand."""
    files = {"completejourney": HERE.parent / "shops" / "completejourney.toml"}
    real = os.environ.get("WINBACK_REAL_SHOPS")
    if not real:
        print(
            "WINBACK_REAL_SHOPS is not set: only the Complete Journey is compared.", file=sys.stderr
        )
        return files
    for name, (zone, currency, days, orders) in SHOPS.items():
        files[name] = folder / f"{name}.toml"
        head = (
            f'name = "{name}"\ntimezone = "{zone}"\ncurrency = "{currency}"\noutcome_days = '
            f"{days}\n"
        )
        files[name].write_text(head + orders.format(real))
    return files


def compared(shop: Any, home: DataPaths) -> dict[str, Any]:
    """Figures of every model on the shop's test cut-off, and by how much ours is ahead of each."""
    store = import_tables(
        Workspace(
            shop,
            home,
            "en",
            lambda: datetime.now(UTC).replace(tzinfo=None),
            "benchmark",
            lambda _: None,
        )
    )
    made = fit_at(CutoffDataset(shop, store, SEED))
    chances = made.chances | peers(made)
    others = {name: chance for name, chance in chances.items() if name != "model"}
    ahead = compare_auc(made.test_set.churned, chances["model"], others, SEED)
    return {
        "cutoff": str(made.test_set.cutoff.day), "customers": made.test_set.population,
        "models": {name: {key: compute_metrics(made.test_set.churned, chance, SEED)[key] for key in ("auc", "log_loss", "ece")}
                   for name, chance in chances.items()},
        "ahead_of": {name: [each.value, each.low, each.high] for name, each in ahead.items() if name != "model"},
    }  # fmt: skip


def peers(made: FittedModel) -> dict[str, np.ndarray]:
    """The probability of churn by each peer, trained on our rows; `lifetimes` by its expected
    purchases."""
    found = {}
    known = ~np.isnan(made.stack.rows).all(axis=0)  # some stop at a column with no value at all
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, peer in PEERS.items():
            model = peer().fit(made.stack.rows[:, known], made.stack.churned)
            found[name] = model.predict_proba(made.test_set.rows[:, known])[:, 1]
        seen = build_histories(made.test_set.rows, NAMES)
        oracle, unit = lifetimes.BetaGeoFitter(penalizer_coef=0.001), float(seen.age.mean())
        try:
            oracle.fit(seen.repeats, seen.last / unit, seen.age / unit)
        except ConvergenceError:
            print("lifetimes did not converge here and is left out", file=sys.stderr)
            return found
        expected = oracle.conditional_expected_number_of_purchases_up_to_time(
            made.test_set.cutoff.outcome_days / unit,
            seen.repeats,
            seen.last / unit,
            seen.age / unit,
        )
        # It gives no chance of none; a Poisson with that mean is what its users take.
        # It overflows where customers bought very often; they are given their own pace.
        pace = seen.repeats / np.maximum(seen.age, 1.0) * made.test_set.cutoff.outcome_days
        found["lifetimes"] = np.exp(-np.where(np.isfinite(expected), expected, pace))
    return found


def show(found: dict[str, Any], mean: dict[str, float]) -> None:
    """One table: AUC / log-loss / ECE by shop, ours first; a star where a peer is significantly
    ahead of us."""
    table = Table(box=None, pad_edge=False)
    table.add_column("AUC / log-loss / ECE")
    for shop in found:
        table.add_column(shop, justify="right")
    table.add_column("mean AUC", justify="right")
    everyone = dict.fromkeys(name for shop in found.values() for name in shop["models"])
    for name in sorted(everyone, key=lambda name: -mean.get(name, 0.0)):
        cells = []
        for shop in found.values():
            each = shop["models"].get(name)
            star = "*" if name != "model" and each and shop["ahead_of"][name][2] < 0 else ""
            cells.append(
                f"{each['auc']:.4f} / {each['log_loss']:.3f} / {each['ece']:.3f}{star}"
                if each
                else "–"
            )
        table.add_row(
            name,
            *cells,
            f"{mean[name]:.4f}" if name in mean else "–",
            style="bold" if name == "model" else "",
        )
    Console(width=200).print(table)
    for name, shop in found.items():
        rivals = {
            key: value
            for key, value in shop["models"].items()
            if key not in ("model", "xgboost_core")
        }
        best = max(rivals, key=lambda key: rivals[key]["auc"])
        print(
            f"{name}: best peer {best}, ahead of it by {{:+.4f}} ({{:+.4f}} … {{:+.4f}})".format(
                *shop["ahead_of"][best]
            )
        )
    rival = max(
        (name for name in mean if name not in ("model", "xgboost_core")),
        key=lambda name: mean[name],
    )
    print(
        f"mean AUC ahead of the best fixed peer ({rival}) by {mean['model'] - mean[rival]:+.4f}, "
        f"goal +.005"
    )


if __name__ == "__main__":
    main()
