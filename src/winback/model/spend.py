"""Rows of features and a chance of churn → what a customer will spend in the outcome window, in
minor units.

Two stages: whether they order at all is the churn model's to say; what they spend if they do is a
booster of the logarithm, brought back to money by what it missed in all (after Duan 1983). So the
parts agree: what comes back by itself is (1 − p) times that amount, what is at stake p times it.
Tweedie and BG/NBD x Gamma-Gamma as further members made the ranking no better and the deciles worse
(docs/decisions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from winback.model.base_rate import BaseRate
from winback.model.btyd import compute_logit_of_none, estimate_purchases
from winback.model.ensemble import ANALYTIC, build_histories, compute_log_odds

Array = NDArray[np.float64]

LOW, HIGH = (
    0.10,
    0.90,
)  # the quantiles shown of one customer: at least eight in ten end up between them
_CERTAIN = 1 - 1e-6


@dataclass(frozen=True)
class SpendModel:
    """What is spent by those who order in the window: plain numbers, a booster and the season of
    amounts.

    misses: evenly spaced quantiles of log(spent / predicted) on customers the booster had not seen.
    mean, mean_square: all that was spent there over all that was predicted, and the same of
    squares: they turn a typical amount into a mean one.
    """

    names: Sequence[str]
    booster: xgb.Booster
    misses: Sequence[float]
    mean: float
    mean_square: float
    outcome_days: int
    learned_days: int
    btyd: Mapping[str, Sequence[float]]
    level: BaseRate

    def predict_typical(self, rows: Array, day: date) -> Array:
        """The typical (median) amount in minor units that each will spend if they order in the
        window from `day` on."""
        return np.exp(
            compute_log_odds(self.booster, rows) + self.level.forecast(day).shift
        ) * self._compute_stretch(rows)

    def estimate_value(self, typical: Array, chance: Array) -> "CustomerValue":
        """What each customer is worth, by their typical amount in minor units and their chance of
        churn, 0 to 1."""
        back = 1 - chance
        amount = typical * self.mean
        return CustomerValue(
            back * amount,
            chance * amount,
            self._compute_quantile(typical, chance, LOW),
            self._compute_quantile(typical, chance, HIGH),
            amount,
            typical**2 * self.mean_square,
        )

    def clip_misses(self, predicted: Array, spent: Array) -> Array:
        """What was spent, the furthest misses of all pulled in: one reseller must not set
        everyone's level."""
        return np.minimum(spent, predicted / self.mean * compute_furthest(np.asarray(self.misses)))

    def _compute_quantile(self, typical: Array, chance: Array, share: float) -> Array:
        """What a customer's spend stays under with this chance: nothing, as long as they rather
        stay away."""
        inside = (share - chance) / (1 - np.minimum(chance, _CERTAIN))
        missed = np.exp(
            np.interp(inside, np.linspace(0, 1, len(self.misses)), np.asarray(self.misses))
        )
        return np.where(inside > 0, typical * missed, 0.0)

    def _compute_stretch(self, rows: Array) -> Array:
        """Longer windows hold more orders: by the analytic model, from the window that was
        learned to the one asked for."""
        if self.outcome_days == self.learned_days or ANALYTIC not in self.btyd:
            return np.ones(len(rows))
        numbers, histories = self.btyd[ANALYTIC], build_histories(rows, self.names)

        def estimate_orders_if_any(days: int) -> Array:
            some = 1 / (1 + np.exp(compute_logit_of_none(ANALYTIC, numbers, histories, days)))
            return estimate_purchases(ANALYTIC, numbers, histories, days) / some

        return np.maximum(
            estimate_orders_if_any(self.outcome_days) / estimate_orders_if_any(self.learned_days),
            1.0,
        )

    def to_dict(self) -> dict[str, object]:
        """All but the booster, as `spend.json` keeps it."""
        return {
            "misses": list(self.misses),
            "mean": self.mean,
            "mean_square": self.mean_square,
            "outcome_days": self.outcome_days,
            "learned_days": self.learned_days,
            "btyd": {name: list(numbers) for name, numbers in self.btyd.items()},
            "level": self.level.to_dict(),
        }

    @classmethod
    def from_dict(
        cls, names: Sequence[str], booster: xgb.Booster, plain: Mapping[str, Any]
    ) -> "SpendModel":
        return cls(names, booster, **{**plain, "level": BaseRate.from_dict(plain["level"])})


def compute_furthest(misses: Array) -> float:
    """The greatest believable ratio of spent to predicted: five quartile distances above the middle
    of the logarithms.

    Of log-normal misses one in 2,700 lies beyond, so next to nothing is lost; a reseller's ten
    thousandfold counts as this.
    """
    middle, upper = np.quantile(misses, [0.5, 0.75])
    return float(np.exp(middle + 5 * (upper - middle)))


@dataclass(frozen=True)
class CustomerValue:
    """One value a customer, in minor units of the outcome window.

    expected: what comes by itself. at_stake: what is lost with them if they stay away. low, high:
    between them the spend of at least eight in ten lies. if_back, square_if_back: the mean amount
    of those who order, and the mean of its square.
    """

    expected: Array
    at_stake: Array
    low: Array
    high: Array
    if_back: Array
    square_if_back: Array


@dataclass(frozen=True)
class ValueTotal:
    """A sum over customers with its 95 % interval, in minor units."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ValueSums:
    """What the totals of a group need of its customers, so that groups can be added up part by
    part."""

    customers: int = 0
    expected: float = 0.0
    at_stake: float = 0.0
    chance_moves: float = 0.0  # how far both move for a unit of log-odds
    expected_variance: float = 0.0
    at_stake_variance: float = 0.0

    @classmethod
    def sum_over(
        cls, worth: CustomerValue, chance: Array, chosen: NDArray[np.bool_]
    ) -> "ValueSums":
        p, some = (
            chance[chosen],
            CustomerValue(*(column[chosen] for column in vars(worth).values())),
        )
        return cls(
            len(p),
            float(some.expected.sum()),
            float(some.at_stake.sum()),
            float((p * (1 - p) * some.if_back).sum()),
            float(((1 - p) * some.square_if_back - some.expected**2).sum()),
            float((p * some.square_if_back - some.at_stake**2).sum()),
        )

    def __add__(self, other: "ValueSums") -> "ValueSums":
        return ValueSums(
            *(
                own + more
                for own, more in zip(vars(self).values(), vars(other).values(), strict=True)
            )
        )

    def compute_totals(
        self, chance_error: float, level_error: float
    ) -> tuple[ValueTotal, ValueTotal]:
        """What comes by itself and what is at stake. Errors: of the season forecasts, in
        log-odds and in log amounts."""

        def build_interval(value: float, variance: float) -> ValueTotal:
            spread = np.sqrt(
                (self.chance_moves * chance_error) ** 2
                + (value * level_error) ** 2
                + max(variance, 0.0)
            )
            return ValueTotal(
                value, float(max(value - 1.96 * spread, 0.0)), float(value + 1.96 * spread)
            )

        return build_interval(self.expected, self.expected_variance), build_interval(
            self.at_stake, self.at_stake_variance
        )
