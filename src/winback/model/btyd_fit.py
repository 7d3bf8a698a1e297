"""Learning the few numbers of a "buy till you die" model and of Gamma-Gamma, by maximum
likelihood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from winback.model.btyd import Parameters, PurchaseHistories, compute_log_likelihood

Array = NDArray[np.float64]

MOST_CUSTOMERS = {
    "bg_nbd": 10_000,
    "mbg_nbd": 10_000,
    "pareto_nbd": 2_500,
}  # four numbers need no more
FEWEST_REPEATERS = 30
_FURTHEST = (
    4.0  # of a parameter's logarithm: beyond, the likelihood is flat and the numbers mean nothing
)


@dataclass(frozen=True)
class BtydFit:
    """Parameters, or none and why: `too_few_repeaters` or `no_convergence`."""

    parameters: tuple[float, ...] | None
    why: str = ""


def fit_btyd(model: str, histories: PurchaseHistories) -> BtydFit:
    """Fit one model of `btyd.MODELS`; histories in days, in random order (the first
    MOST_CUSTOMERS are used)."""
    some = _take_first(histories, MOST_CUSTOMERS[model])
    if (some.repeats > 0).sum() < FEWEST_REPEATERS:
        return BtydFit(None, "too_few_repeaters")
    # In units of a typical age all four numbers are near 1, wherever a shop stands.
    unit = float(some.age.mean())
    scaled = PurchaseHistories(some.repeats, some.last / unit, some.age / unit)
    rows, weight = _count_histories(scaled)

    def compute_loss(logarithms: Array) -> float:
        likelihoods = compute_log_likelihood(model, np.exp(logarithms).tolist(), rows)
        return -float(weight @ likelihoods) / len(some.age)

    fitted = _minimize(compute_loss, 4)
    if fitted is None:
        return BtydFit(None, "no_convergence")
    return _scale_back(model, fitted, unit)


def _take_first(histories: PurchaseHistories, most: int) -> PurchaseHistories:
    return PurchaseHistories(histories.repeats[:most], histories.last[:most], histories.age[:most])


def _count_histories(histories: PurchaseHistories) -> tuple[PurchaseHistories, NDArray[Any]]:
    """The different histories and how often there is each: many customers of a shop that counts in
    days share one."""
    different, weight = np.unique(
        np.column_stack([histories.repeats, histories.last, histories.age]),
        axis=0,
        return_counts=True,
    )
    return PurchaseHistories(*(np.ascontiguousarray(column) for column in different.T)), weight


def _scale_back(model: str, fitted: Sequence[float], unit: float) -> BtydFit:
    days = (1, 3) if model == "pareto_nbd" else (1,)
    return BtydFit(
        tuple(float(value) * (unit if place in days else 1.0) for place, value in enumerate(fitted))
    )


def fit_gamma_gamma(orders: Array, mean_value: Array) -> BtydFit:
    """Fit (p, q, v) to customers with at least one order of worth; mean_value in any unit, v in
    the same."""
    known = (orders > 0) & (mean_value > 0)
    n, mean = orders[known], mean_value[known]
    if (n > 1).sum() < FEWEST_REPEATERS:
        return BtydFit(None, "too_few_repeaters")
    unit = float(mean.mean())
    mean = mean / unit
    parameters = _minimize(lambda logs: _compute_gamma_gamma_loss(logs, n, mean), 3)
    # With q at most 1 the mean order value of the shop is infinite.
    if parameters is None or parameters[1] <= 1:
        return BtydFit(None, "no_convergence")
    return BtydFit((float(parameters[0]), float(parameters[1]), float(parameters[2]) * unit))


def _compute_gamma_gamma_loss(logarithms: Array, n: Array, mean: Array) -> float:
    p, q, v = np.exp(logarithms)
    per_customer = _compute_gamma_gamma_log_likelihoods(p, n, q, v, mean)
    return -float(per_customer.mean())


def _compute_gamma_gamma_log_likelihoods(p: Any, n: Array, q: Any, v: Any, mean: Array) -> Any:
    return (
        gammaln(p * n + q)
        - gammaln(p * n)
        - gammaln(q)
        + q * np.log(v)
        + (p * n - 1) * np.log(mean)
        + p * n * np.log(n)
        - (p * n + q) * np.log(v + n * mean)
    )


def _minimize(loss: Callable[[Array], float], count: int) -> Parameters | None:
    """The parameters where `worse` is lowest, sought over their logarithms from several places;
    None if it has no bottom."""
    for start in (0.0, -1.0, 1.0):
        result = minimize(
            loss,
            np.full(count, start),
            method="L-BFGS-B",
            bounds=[(-_FURTHEST, _FURTHEST)] * count,
        )
        if result.success and np.isfinite(result.fun):
            return tuple(np.exp(result.x))
    return None
