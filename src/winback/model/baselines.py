"""What the model has to beat, always shown beside it (MISSION 2).

Each baseline learns from the same training rows. A score that is no probability gets one from a
logistic curve fitted to it on those rows, so that its log-loss and calibration can be judged as
well.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from winback.model.btyd import PurchaseHistories
from winback.model.ensemble import compute_analytic_logits, to_probability

Array = NDArray[np.float64]
Columns = Mapping[str, Array]


def compute_baselines(
    training: Columns,
    churned: NDArray[np.bool_],
    test: Columns,
    all_training: Array,
    all_test: Array,
    seed: int,
) -> dict[str, Array]:
    """The probability of churn each baseline gives to the test rows.

    training, test: feature columns, and `rfmb_score`; all_training, all_test: the same rows as the
    model sees them.
    """
    chances = {"majority": np.full(len(all_test), float(churned.mean()))}
    # More threads add in another order, and the same data shall give the same bytes.
    with threadpool_limits(limits=1):
        for name, columns in _COLUMNS.items():
            logistic = make_pipeline(StandardScaler(), LogisticRegression())
            logistic.fit(columns(training, training), churned)
            chances[name] = logistic.predict_proba(columns(test, training))[:, 1]
    _add_xgboost_defaults(seed, all_training, churned, all_test, chances)
    return chances


def _add_xgboost_defaults(
    seed: int,
    all_training: Array,
    churned: NDArray[np.bool_],
    all_test: Array,
    chances: dict[str, NDArray[Any]],
) -> None:
    library = xgb.XGBClassifier(n_jobs=1, random_state=seed)
    library.fit(all_training.astype(np.float32), churned)
    chances["xgboost_defaults"] = library.predict_proba(all_test.astype(np.float32))[:, 1].astype(
        np.float64
    )


def compute_analytic_baselines(
    btyd: Mapping[str, Sequence[float]], histories: PurchaseHistories, outcome_days: int
) -> dict[str, Array]:
    """What the "buy till you die" models say of the same customers, as they are: they know no
    labels."""
    return {
        name: to_probability(logit)
        for name, logit in compute_analytic_logits(btyd, histories, outcome_days).items()
    }


def _rank_by_recency(rows: Columns, _: Columns) -> Array:
    return np.log1p(rows["days_since_last_order"])[:, None]


def _rank_by_rfm(rows: Columns, _: Columns) -> Array:
    spend = np.maximum(np.nan_to_num(rows["net_spend_lifetime_minor"]), 0) / 100
    return np.column_stack(
        [_rank_by_recency(rows, rows), np.log1p(rows["orders_lifetime"]), np.log1p(spend)]
    )


def _score_quintiles(rows: Columns, training: Columns) -> Array:
    """The classic 1–5 for R, F and M each, added up; its cuts come from the training rows."""
    total = np.zeros(len(rows["orders_lifetime"]))
    for value, seen, sign in zip(
        _rank_by_rfm(rows, rows).T, _rank_by_rfm(training, training).T, (-1, 1, 1), strict=True
    ):
        total += sign * np.searchsorted(np.quantile(seen, [0.2, 0.4, 0.6, 0.8]), value)
    return total[:, None]


def _rank_by_fixed_score(rows: Columns, _: Columns) -> Array:
    return rows["rfmb_score"][:, None]


_COLUMNS: Mapping[str, Callable[[Columns, Columns], Array]] = {
    "recency": _rank_by_recency,
    "rfm_quintiles": _score_quintiles,
    "rfm_logistic": _rank_by_rfm,
    "rfmb_fixed": _rank_by_fixed_score,
}
