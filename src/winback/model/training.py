"""Learning the blend: one parameter set for every shop.

What decides over members and
level is measured on customers the members had not seen: two halves by customer, each scored by what
was learned from the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from winback.model.base_rate import solve_missing_level
from winback.model.btyd import MODELS
from winback.model.btyd_fit import fit_btyd
from winback.model.ensemble import (
    ANALYTIC,
    MEMBERS,
    Ensemble,
    EnsembleParameters,
    LogisticMember,
    build_histories,
    build_logistic_columns,
    compute_analytic_logits,
    standardize,
    to_probability,
)
from winback.model.xgboost_parameters import MONOTONE, PARAMETERS, SIGNS, TREES

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEWEST = 3  # cut-offs the member `recent` learns from
HALF_LIFE_DAYS = 120  # of a row's weight in the logistic regression
RIDGE = 0.1  # scikit-learn's C
SMALL_SHOP = 500  # buyers; under it trees find nothing and the small members carry the blend
_FEWEST_ROWS = 400  # for judging members and slope on unseen halves
_SLOPES = (0.8, 1.3)


@dataclass(frozen=True)
class TrainingSet:
    """What is learned from, newest cut-off first: rows of features, fates, a hash of each row's
    customer, and its age.

    cutoff: the place of each row's cut-off, 0 the newest; age_days: how long before the newest it
    was; spend_minor: what was spent in the outcome window, 0 for who stayed away, NaN without
    amounts.
    """

    rows: Array
    churned: Flags
    customer: NDArray[np.uint64]
    cutoff: NDArray[np.int64]
    age_days: Array
    spend_minor: Array

    def select(self, chosen: Flags) -> "TrainingSet":
        return TrainingSet(
            self.rows[chosen],
            self.churned[chosen],
            self.customer[chosen],
            self.cutoff[chosen],
            self.age_days[chosen],
            self.spend_minor[chosen],
        )


@dataclass(frozen=True)
class FitResult:
    """A blend, and the log-odds it gives the rows of its stack when it has not seen their
    customers."""

    ensemble: Ensemble
    unseen: Array


def fit_booster(
    rows: Array,
    churned: Flags,
    names: Sequence[str],
    seed: int,
    tuned: Mapping[str, Any] | None = None,
) -> xgb.Booster:
    """A booster that predicts the log-odds of churn from rows of features (n x len(names), NaN =
    missing).

    tuned: what to put in place of PARAMETERS, and `trees` of TREES; for a shop that has found
    better ones.
    """
    chosen = {"trees": TREES, **PARAMETERS, **(tuned or {})}
    data = xgb.DMatrix(
        rows.astype(np.float32),
        label=churned.astype(np.float32),
        feature_names=list(names),
        nthread=1,
    )
    constraints = tuple(MONOTONE.get(name, 0) for name in names)
    trees = int(chosen.pop("trees"))
    return xgb.train(
        {**chosen, "monotone_constraints": constraints, "seed": seed}, data, num_boost_round=trees
    )


def fit_ensemble(
    training_set: TrainingSet,
    population: Array,
    names: Sequence[str],
    outcome_days: int,
    learned_days: int,
    small: bool,
    seed: int,
    tuned: Mapping[str, Any] | None = None,
) -> FitResult:
    """Learn every member and how to put them together.

    population: rows of features of the newest population, in random order, whose histories the
    analytic models learn from; no outcome of theirs is used. outcome_days: H; learned_days: of the
    labels. small: see SMALL_SHOP. tuned: as in `fit`.
    """
    # More threads add in another order, and the same data shall give the same bytes.
    with threadpool_limits(limits=1):
        fits = {name: fit_btyd(name, build_histories(population, names)) for name in MODELS}
        btyd = {name: each.parameters for name, each in fits.items() if each.parameters}
        missing = {name: each.why for name, each in fits.items() if not each.parameters}
        used = tuple(
            name
            for name in MEMBERS
            if (name != ANALYTIC or name in btyd) and not (small and name in ("core", "recent"))
        )

        def build_ensemble(some: TrainingSet) -> Ensemble:
            analytic = compute_analytic_logits(
                btyd, build_histories(some.rows, names), learned_days
            )
            offset = (
                solve_missing_level(analytic[ANALYTIC], some.churned)[0]
                if ANALYTIC in analytic
                else 0.0
            )
            logistic = _fit_logistic(some, names, list(analytic.values()))
            core = fit_booster(some.rows, some.churned, names, seed, tuned)
            new = some.cutoff < NEWEST
            recent = (
                fit_booster(some.rows[new], some.churned[new], names, seed, tuned)
                if _has_both_outcomes(some)
                else core
            )
            members = EnsembleParameters(
                used, outcome_days, learned_days, btyd, missing, offset, 1.0, logistic
            )
            return Ensemble(names, core, recent, members)

        whole = build_ensemble(training_set)
        unseen = _predict_unseen(build_ensemble, training_set, used)
        if unseen is None:
            return FitResult(whole, whole.compute_log_odds(training_set.rows))
        used, slope = _select_members(used, unseen, training_set)
        mean = np.mean([unseen[name] for name in used], axis=0)
        return FitResult(
            replace(whole, members=replace(whole.members, used=used, slope=slope)), slope * mean
        )


def _predict_unseen(
    build_ensemble: Callable[[TrainingSet], Ensemble],
    training_set: TrainingSet,
    used: Sequence[str],
) -> dict[str, Array] | None:
    """Each member's log-odds of every row, by what was learned from the other half of the
    customers; None with too few rows to judge by."""
    halves = (training_set.customer & np.uint64(1)).astype(bool)
    if len(halves) < _FEWEST_ROWS or not all(
        _has_both_outcomes(training_set.select(half)) for half in (halves, ~halves)
    ):
        return None
    unseen = {name: np.zeros(len(halves)) for name in used}
    for half in (halves, ~halves):
        for name, logit in (
            build_ensemble(training_set.select(~half))
            .compute_member_logits(training_set.rows[half], used)
            .items()
        ):
            unseen[name][half] = logit
    return unseen


def _fit_logistic(
    training_set: TrainingSet, names: Sequence[str], analytic: Sequence[Array]
) -> LogisticMember:
    units = _find_units(names, training_set)
    columns = build_logistic_columns(training_set.rows, units, analytic)
    means = [float(column.mean()) for column in columns]
    spreads = [float(column.std()) or 1.0 for column in columns]
    ready = np.column_stack(
        [standardize(*each) for each in zip(columns, means, spreads, strict=True)]
    )
    weight = 0.5 ** (training_set.age_days / HALF_LIFE_DAYS)
    signs = _list_signs(names, analytic)
    coefficients, intercept = _fit_ridge(ready, training_set.churned, weight, signs)
    return LogisticMember(units, means, spreads, coefficients, intercept)


def _find_units(names: Sequence[str], training_set: TrainingSet) -> list[float]:
    units = [1.0] * len(names)
    for place, name in enumerate(names):
        if name.endswith("_minor"):
            spent = np.abs(training_set.rows[:, place])
            spent = spent[spent > 0]
            units[place] = float(spent.mean()) / 100 if len(spent) else 1.0
    return units


def _list_signs(names: Sequence[str], analytic: Sequence[Array]) -> list[int]:
    return [SIGNS.get(name, 0) for name in names] + [1] * len(analytic)


def _fit_ridge(
    columns: Array, churned: Flags, weight: Array, signs: Sequence[int]
) -> tuple[list[float], float]:
    """The coefficients and intercept of a ridge logistic regression whose coefficients keep to
    their signs (0: any)."""
    least = weight @ churned / weight.sum()
    bounds = [_BOUNDS[sign] for sign in (*signs, 0)]
    start = np.append(np.zeros(columns.shape[1]), np.log(least / (1 - least)))
    result = minimize(
        lambda coefficients: _compute_ridge_loss(coefficients, columns, churned, weight),
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500},
    )
    return result.x[:-1].tolist(), float(result.x[-1])


_BOUNDS = {0: (None, None), 1: (0.0, None), -1: (None, 0.0)}  # of a coefficient of that sign


def _compute_ridge_loss(
    coefficients: Array, columns: Array, churned: Flags, weight: Array
) -> tuple[float, Array]:
    """The loss and its gradient."""
    slopes = coefficients[:-1]
    margins = columns @ slopes + coefficients[-1]
    fit = weight @ (np.logaddexp(0, margins) - churned * margins)
    loss = fit + slopes @ slopes / (2 * RIDGE)
    missed = weight * (to_probability(margins) - churned)
    return float(loss), np.append(columns.T @ missed + slopes / RIDGE, missed.sum())


def _select_members(
    used: Sequence[str], each: Mapping[str, Array], training_set: TrainingSet
) -> tuple[tuple[str, ...], float]:
    """The members and their slope; without the analytic one where the others foretell unseen
    customers better alone."""
    others = tuple(name for name in used if name != ANALYTIC)
    losses = []
    for chosen in dict.fromkeys([tuple(used), others or tuple(used)]):
        mean = np.mean([each[name] for name in chosen], axis=0)
        slope = _fit_slope(mean, training_set)
        losses.append((_compute_loss(slope * mean, training_set), chosen, slope))
    _, chosen, slope = min(losses, key=lambda each: each[0])
    return chosen, slope


def _compute_loss(logits: Array, training_set: TrainingSet) -> float:
    """Log-loss with the level of every cut-off as it turned out, which is another's to forecast."""
    total = 0.0
    for place in np.unique(training_set.cutoff):
        rows = training_set.cutoff == place
        level = logits[rows] + solve_missing_level(logits[rows], training_set.churned[rows])[0]
        total += float(np.sum(np.logaddexp(0, level) - training_set.churned[rows] * level))
    return total / len(logits)


def _fit_slope(logits: Array, training_set: TrainingSet) -> float:
    """How much to spread the mean of logits, by the newest cut-offs, each at its own level."""
    new = training_set.cutoff < NEWEST
    newest = training_set.select(new)
    result = minimize(
        lambda slope: _compute_loss(slope[0] * logits[new], newest),
        [1.0],
        method="L-BFGS-B",
        bounds=[_SLOPES],
    )
    return float(result.x[0])


def _has_both_outcomes(training_set: TrainingSet) -> bool:
    """Whether the newest cut-offs have both fates."""
    return len(np.unique(training_set.churned[training_set.cutoff < NEWEST])) == 2
