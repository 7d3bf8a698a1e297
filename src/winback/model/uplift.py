"""Whom a message moves: uplift learned from randomised holdouts (MODEL 5, MISSION B94).

S-learner: one booster sees the treatment as a feature, and is asked twice (Künzel, Sekhon, Bickel and Yu 2019). DR-learner: a
booster fitted on doubly robust scores of cross-fitted outcomes (Kennedy 2023); the chance of treatment is the draw's own, so
nothing is estimated about it. The response model ranks by the chance to answer among the treated, and is the honest fallback
where there is nothing yet to tell effects from answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

Learner = Literal["s_learner", "dr_learner", "response"]
Numbers = NDArray[np.float64]

# Effects are small beside the noise of single outcomes: shallow trees, and leaves of many.
PARAMETERS: Mapping[str, Any] = {
    "max_depth": 3, "eta": 0.05, "min_child_weight": 50, "lambda": 30, "subsample": 0.7, "colsample_bytree": 0.7,
    "tree_method": "hist", "nthread": 1, "seed": 7,
}  # fmt: skip
ROUNDS = 120
FOLDS = 5


@dataclass(frozen=True)
class Uplift:
    """A fitted learner. `ranks` gives a number a row: the larger, the more a message is expected to bring."""

    learner: Learner
    ranks: Callable[[Numbers], Numbers]


def fit_uplift(
    learner: Learner, features: Numbers, treated: NDArray[np.bool_], outcome: Numbers, treated_share: Numbers
) -> Uplift:
    """Fit one learner. features: shape (rows, columns), NaN where unknown; outcome: a number a row, the more the better;
    treated_share: the chance each row had of being treated, strictly between 0 and 1."""
    if learner == "response":
        model = _fit(features[treated], outcome[treated])
        return Uplift(learner, lambda rows: _predict(model, rows))
    if learner == "s_learner":
        both = _fit(np.column_stack([features, treated]), outcome, {"colsample_bytree": 1.0})

        def ranks(rows: Numbers) -> Numbers:
            ones = np.ones(len(rows))
            return _predict(both, np.column_stack([rows, ones])) - _predict(both, np.column_stack([rows, 0 * ones]))

        return Uplift(learner, ranks)
    scores = _doubly_robust(features, treated, outcome, treated_share)
    effect = _fit(features, scores)
    return Uplift(learner, lambda rows: _predict(effect, rows))


def cross_fitted(
    learner: Learner, features: Numbers, treated: NDArray[np.bool_], outcome: Numbers, treated_share: Numbers, seed: int = 7
) -> Numbers:
    """A rank for every row from models that have not seen it; folds within arms."""
    told = np.empty(len(features))
    fold = folds(treated, seed)
    for each in range(FOLDS):
        rest, mine = fold != each, fold == each
        model = fit_uplift(learner, features[rest], treated[rest], outcome[rest], treated_share[rest])
        told[mine] = model.ranks(features[mine])
    return told


def folds(treated: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """A fold for each row, as equal as can be within both arms."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(treated), dtype=np.int64)
    for arm in (True, False):
        places = np.flatnonzero(treated == arm)
        fold[rng.permutation(places)] = np.arange(len(places)) % FOLDS
    return fold


def _doubly_robust(features: Numbers, treated: NDArray[np.bool_], outcome: Numbers, share: Numbers) -> Numbers:
    """Each row's own estimate of its effect, from outcomes foretold by models that have not seen it."""
    with_, without = np.empty(len(features)), np.empty(len(features))
    fold = folds(treated, 11)
    for each in range(FOLDS):
        rest, mine = fold != each, fold == each
        with_[mine] = _predict(_fit(features[rest & treated], outcome[rest & treated]), features[mine])
        without[mine] = _predict(_fit(features[rest & ~treated], outcome[rest & ~treated]), features[mine])
    told = with_ - without + np.where(treated, (outcome - with_) / share, -(outcome - without) / (1 - share))
    return np.asarray(told, dtype=np.float64)


def _fit(features: Numbers, outcome: Numbers, more: Mapping[str, Any] | None = None) -> xgb.Booster:
    data = xgb.DMatrix(features, outcome)
    parameters = {**PARAMETERS, **(more or {}), "base_score": float(np.mean(outcome))}
    return xgb.train(parameters, data, num_boost_round=ROUNDS)


def _predict(model: xgb.Booster, rows: Numbers) -> Numbers:
    return np.asarray(model.predict(xgb.DMatrix(rows)), dtype=np.float64)
