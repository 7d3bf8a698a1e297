"""Rows of features → the log-odds of churn: the mean of a few members'.

XGBoost is the core; beside it the same learner on the newest cut-offs, a logistic regression and an
analytic "buy till you die" model, which err in other ways. Every member is plain numbers and trees,
and one row and a million get the same bits: each step is one ufunc on one column, and columns are
added in their order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from winback.model.btyd import HISTORY, PurchaseHistories, compute_logit_of_none

Array = NDArray[np.float64]

ANALYTIC = "pareto_nbd"
_FURTHEST = 5.0  # standard deviations
_AT_ONCE = 1024  # rows of the logistic regression: what is made of them stays in the cache


@dataclass(frozen=True)
class LogisticMember:
    """A logistic regression on the logarithm of every feature and on the log-odds of the "buy till
    you die" models.

    A feature in money is taken in units of its own mean, so that another currency changes nothing.
    """

    units: Sequence[float]  # of each feature; the models' log-odds follow them in the four below
    means: Sequence[float]
    spreads: Sequence[float]
    coefficients: Sequence[float]
    intercept: float

    def compute_logit(self, rows: Array, analytic: Sequence[Array]) -> Array:
        """rows: features; analytic: the log-odds of each model in its order."""
        total = np.full(len(rows), self.intercept)
        for start in range(0, len(rows), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            for part in self.compute_parts(rows[some], [each[some] for each in analytic]):
                total[some] = total[some] + part
        return total

    def compute_parts(self, rows: Array, analytic: Sequence[Array]) -> Array:
        """What each column adds to the log-odds, the features first, then the models: columns x
        rows; 0 at the mean."""
        histories = build_logistic_columns(rows, self.units, analytic)
        means, spreads, weights = (
            np.array(each[: len(histories)])[:, None]
            for each in (self.means, self.spreads, self.coefficients)
        )
        return np.where(weights == 0, 0.0, weights * standardize(histories, means, spreads))


def build_logistic_columns(rows: Array, units: Sequence[float], analytic: Sequence[Array]) -> Array:
    """What the logistic regression sees: columns x rows; a missing feature counts as none.

    A column lies in one piece, so that every ufunc takes one path and one row gets the bits of a
    million.
    """
    value = np.nan_to_num(np.ascontiguousarray(rows.T))
    histories = np.sign(value) * np.log1p(np.abs(value) / np.array(units)[:, None])
    return np.concatenate([histories, *(each[None] for each in analytic)])


def standardize(column: Array, mean: float | Array, spread: float | Array) -> Array:
    """In its own standard deviations, at most _FURTHEST of them: one giant buyer must not
    decide."""
    return np.clip((column - mean) / spread, -_FURTHEST, _FURTHEST)


@dataclass(frozen=True)
class EnsembleParameters:
    """The small members and how all are put together: what `members.json` keeps."""

    used: Sequence[str]
    outcome_days: int
    learned_days: int  # of the labels: shorter than the outcome window where the history is short
    btyd: Mapping[str, Sequence[float]]
    missing: Mapping[str, str]  # the models that could not be fitted, and why
    offset: float  # of the analytic member, so that its level is that of the training rows
    slope: float  # of the mean of logits, which is a little too careful
    logistic: LogisticMember

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "EnsembleParameters":
        return cls(**{**plain, "logistic": LogisticMember(**plain["logistic"])})


@dataclass(frozen=True)
class Ensemble:
    """The whole model, ready to score rows of features in the order of `names`."""

    names: Sequence[str]
    core: xgb.Booster
    recent: xgb.Booster
    members: EnsembleParameters

    def compute_log_odds(self, rows: Array) -> Array:
        """The log-odds of churn: n rows of len(names) features, NaN = missing."""
        used, purchases = self.members.used, build_histories(rows, self.names)
        total = np.zeros(len(rows))
        for logit in self.compute_member_logits(rows, used, purchases).values():
            total = total + logit
        stretch = self.rescale_horizon(
            purchases, self.members.learned_days, self.members.outcome_days
        )
        return self.members.slope * (total / len(used)) + stretch

    def compute_member_logits(
        self, rows: Array, members: Sequence[str], purchases: PurchaseHistories | None = None
    ) -> dict[str, Array]:
        """Some members' log-odds, for the horizon that was learned. seen: the rows' histories,
        if they are at hand."""
        analytic = compute_analytic_logits(
            self.members.btyd,
            purchases or build_histories(rows, self.names),
            self.members.learned_days,
        )
        return {name: MEMBERS[name](self, rows, analytic) for name in members}

    def compute_contributions(self, rows: Array) -> Array:
        """What each feature adds to the log-odds: n rows x len(names).

        Exact Shapley values of the core's trees, the same as shap's explainer gives (Lundberg et
        al. 2020); where the core has no say, of the logistic regression, whose analytic log-odds
        count as the days since the last order.
        """
        if "core" in self.members.used:
            data = xgb.DMatrix(
                np.ascontiguousarray(rows, dtype=np.float32), feature_names=list(self.names)
            )
            shapley = self.core.predict(data, pred_contribs=True).reshape(
                len(rows), len(self.names) + 1
            )  # flat, if no rows
            return np.asarray(shapley[:, :-1], dtype=np.float64)
        return self._compute_logistic_contributions(rows)

    def _compute_logistic_contributions(self, rows: Array) -> Array:
        analytic = compute_analytic_logits(
            self.members.btyd, build_histories(rows, self.names), self.members.learned_days
        )
        parts = self.members.logistic.compute_parts(rows, list(analytic.values())).T.copy()
        count = len(self.names)
        parts[:, self.names.index("days_since_last_order")] += parts[:, count:].sum(axis=1)
        return parts[:, :count]

    def rescale_horizon(
        self, histories: PurchaseHistories, learned: float, days: float | Array
    ) -> Array:
        """What to add to the log-odds for one horizon to have those for another, by the analytic
        model."""
        if np.array_equal(days, learned) or ANALYTIC not in self.members.btyd:
            return np.zeros(len(histories.age))
        numbers = self.members.btyd[ANALYTIC]
        return compute_logit_of_none(ANALYTIC, numbers, histories, days) - compute_logit_of_none(
            ANALYTIC, numbers, histories, learned
        )


def build_histories(rows: Array, names: Sequence[str]) -> PurchaseHistories:
    """The purchase histories in rows of features."""
    return PurchaseHistories.from_features({name: rows[:, names.index(name)] for name in HISTORY})


def compute_analytic_logits(
    btyd: Mapping[str, Sequence[float]], histories: PurchaseHistories, days: int
) -> dict[str, Array]:
    """The log-odds of no purchase within `days` by each "buy till you die" model that could be
    fitted."""
    return {
        name: compute_logit_of_none(name, numbers, histories, days)
        for name, numbers in btyd.items()
    }


def compute_log_odds(booster: xgb.Booster, rows: Array) -> Array:
    """A booster's log-odds. Features are rounded to 32 bits once, here, as its trees' thresholds
    are."""
    values = booster.inplace_predict(
        np.ascontiguousarray(rows, dtype=np.float32), predict_type="margin"
    )
    return np.asarray(values, dtype=np.float64)


def to_probability(margins: Array) -> Array:
    """Log-odds → the chance of churn, 0 to 1."""
    return 1.0 / (1.0 + np.exp(-margins))


Member = Callable[[Ensemble, Array, Mapping[str, Array]], Array]
MEMBERS: Mapping[str, Member] = {
    "core": lambda blend, rows, _: compute_log_odds(blend.core, rows),
    "recent": lambda blend, rows, _: compute_log_odds(blend.recent, rows),
    "logistic": lambda blend, rows, analytic: blend.members.logistic.compute_logit(
        rows, list(analytic.values())
    ),
    ANALYTIC: lambda blend, _, analytic: analytic[ANALYTIC] + blend.members.offset,
}
