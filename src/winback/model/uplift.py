"""Whom a message moves: uplift learned from randomised holdouts (B94).

S-learner: one booster sees the treatment as a feature, and is asked twice (Künzel, Sekhon, Bickel
and Yu 2019). DR-learner: a booster fitted on doubly robust scores of cross-fitted outcomes (Kennedy
2023); the chance of treatment is the draw's own, so nothing is estimated about it. The response
model ranks by the chance to answer among the treated, and is the honest fallback where there is
nothing yet to tell effects from answers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from winback.core.errors import BundleDamaged
from winback.core.files import write_atomically

Learner = Literal["s_learner", "dr_learner", "response"]
Numbers = NDArray[np.float64]

# Effects are small beside the noise of single outcomes: shallow trees, and leaves of many.
PARAMETERS: Mapping[str, Any] = {
    "max_depth": 3,
    "eta": 0.05,
    "min_child_weight": 50,
    "lambda": 30,
    "subsample": 0.7,
    "colsample_bytree": 0.7,
    "tree_method": "hist",
    "nthread": 1,
    "seed": 7,
}
ROUNDS = 120
FOLDS = 5


# What is known of a customer before a message, and few enough for a small shop's waves to tell
# something of.
UPLIFT_FEATURES = (
    "days_since_last_order",
    "days_since_first_order",
    "orders_lifetime",
    "orders_last_365_days",
    "recency_of_mean_gap",
    "order_value_mean_minor",
    "net_spend_lifetime_minor",
    "discounted_order_share",
    "discount_of_spend",
    "bargain_share_of_spend",
    "coupon_uses_last_180_days",
    "views_last_30_days",
    "message_clicks_last_90_days",
)


@dataclass(frozen=True)
class UpliftModel:
    """A fitted learner."""

    learner: Learner
    booster: xgb.Booster

    def rank(self, rows: Numbers) -> Numbers:
        """A number a row: the larger, the more a message is expected to bring. rows: in the
        order it was fitted with."""
        if self.learner != "s_learner":
            return _predict(self.booster, rows)
        ones = np.ones(len(rows))
        with_, without = (
            _predict(self.booster, np.column_stack([rows, arm])) for arm in (ones, 0 * ones)
        )
        return with_ - without


def fit_uplift(
    learner: Learner,
    features: Numbers,
    treated: NDArray[np.bool_],
    outcome: Numbers,
    treated_share: Numbers,
) -> UpliftModel:
    """Fit one learner. features: shape (rows, columns), NaN where unknown; outcome: a number a
    row, the more the better; treated_share: the chance each row had of being treated, strictly
    between 0 and 1."""
    if learner == "response":
        return UpliftModel(learner, _fit_regressor(features[treated], outcome[treated]))
    if learner == "s_learner":
        return UpliftModel(
            learner,
            _fit_regressor(
                np.column_stack([features, treated]), outcome, {"colsample_bytree": 1.0}
            ),
        )
    return UpliftModel(
        learner,
        _fit_regressor(
            features, _estimate_doubly_robust(features, treated, outcome, treated_share)
        ),
    )


def predict_gain(uplift: UpliftModel, rows: Numbers) -> Numbers:
    """What a message is expected to bring each row, for ranking: how much more likely they come,
    times what they usually spend.

    rows: UPLIFT_FEATURES, in their order. Of the response model it is what they spend if they
    answer at all.
    """
    usual = rows[:, UPLIFT_FEATURES.index("order_value_mean_minor")]
    return np.asarray(uplift.rank(rows) * np.where(np.isnan(usual), 1.0, usual), dtype=np.float64)


def write_uplift(folder: Path, uplift: UpliftModel | None, about: Mapping[str, object]) -> None:
    """Keep a learner, or that there is none to rank by, in `uplift.json`, which is written last
    and names its file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = dict(about)
    if uplift is not None:
        raw = bytes(uplift.booster.save_raw(raw_format="ubj"))
        sha256 = hashlib.sha256(raw).hexdigest()
        (folder / f"uplift-{sha256[:16]}.ubj").write_bytes(raw)
        content |= {"learner": uplift.learner, "features": list(UPLIFT_FEATURES), "sha256": sha256}
    write_atomically(folder / "uplift.json", json.dumps(content, ensure_ascii=False, indent=1))


def load_uplift(folder: Path) -> UpliftModel | None:
    """The learner kept in a folder, if it has passed its gate; None where there is none, or it has
    not.

    Raises BundleDamaged where its file is not the one that was kept.
    """
    try:
        content = json.loads((folder / "uplift.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise BundleDamaged(file=str(folder / "uplift.json"), detail="JSON") from None
    if not content.get("passed") or content.get("features") != list(
        UPLIFT_FEATURES
    ):  # of another list: value ranks until it is learned anew
        return None
    path = folder / f"uplift-{content['sha256'][:16]}.ubj"
    raw = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(raw).hexdigest() != content["sha256"]:
        raise BundleDamaged(file=str(path), detail="sha256")
    booster = xgb.Booster()
    booster.load_model(bytearray(raw))
    return UpliftModel(content["learner"], booster)


def cross_fit(
    learner: Learner,
    features: Numbers,
    treated: NDArray[np.bool_],
    outcome: Numbers,
    treated_share: Numbers,
    seed: int = 7,
) -> Numbers:
    """A rank for every row from models that have not seen it; folds within arms."""
    ranks = np.empty(len(features))
    fold = assign_folds(treated, seed)
    for each in range(FOLDS):
        rest, mine = fold != each, fold == each
        model = fit_uplift(
            learner, features[rest], treated[rest], outcome[rest], treated_share[rest]
        )
        ranks[mine] = model.rank(features[mine])
    return ranks


def assign_folds(treated: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """A fold for each row, as equal as can be within both arms."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(treated), dtype=np.int64)
    for arm in (True, False):
        places = np.flatnonzero(treated == arm)
        fold[rng.permutation(places)] = np.arange(len(places)) % FOLDS
    return fold


def _estimate_doubly_robust(
    features: Numbers, treated: NDArray[np.bool_], outcome: Numbers, share: Numbers
) -> Numbers:
    """Each row's own estimate of its effect, from outcomes predicted by models that have not seen
    it."""
    with_, without = np.empty(len(features)), np.empty(len(features))
    fold = assign_folds(treated, 11)
    _fill_predictions(fold, features, treated, outcome, with_, without)
    effect = (
        with_
        - without
        + np.where(treated, (outcome - with_) / share, -(outcome - without) / (1 - share))
    )
    return np.asarray(effect, dtype=np.float64)


def _fill_predictions(
    fold: NDArray[np.int64],
    features: Numbers,
    treated: NDArray[np.bool_],
    outcome: Numbers,
    with_: Numbers,
    without: Numbers,
) -> None:
    for each in range(FOLDS):
        rest, mine = fold != each, fold == each
        with_[mine] = _predict(
            _fit_regressor(features[rest & treated], outcome[rest & treated]), features[mine]
        )
        without[mine] = _predict(
            _fit_regressor(features[rest & ~treated], outcome[rest & ~treated]), features[mine]
        )


def _fit_regressor(
    features: Numbers, outcome: Numbers, more: Mapping[str, Any] | None = None
) -> xgb.Booster:
    data = xgb.DMatrix(features, outcome)
    parameters = {**PARAMETERS, **(more or {}), "base_score": float(np.mean(outcome))}
    return xgb.train(parameters, data, num_boost_round=ROUNDS)


def _predict(model: xgb.Booster, rows: Numbers) -> Numbers:
    return np.asarray(model.predict(xgb.DMatrix(rows)), dtype=np.float64)
