"""What customers will spend: learned beside the churn model, and judged against its peers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from winback.features.registry import NAMES
from winback.model.base_rate import BaseRate, RateShift
from winback.model.ensemble import EnsembleParameters, build_histories
from winback.model.spend import CustomerValue, SpendModel
from winback.model.spend_fit import (
    evaluate_spend,
    fit_spend,
    measure_level,
    predict_gamma_gamma_spend,
)
from winback.model.training import TrainingSet
from winback.training.dataset import Array, CutoffData
from winback.training.manifest import SpendFacts, SpendJudgement


def fit_and_judge_spend(
    stack: TrainingSet,
    past: Sequence[CutoffData],
    test_set: CutoffData,
    chance: Array,
    members: EnsembleParameters,
    season: BaseRate,
    seed: int,
) -> tuple[SpendModel | None, Array | None, SpendFacts | None]:
    """What the orders are worth, what the exam was expected to spend, and how good that is.

    All None where there are no amounts to learn from.

    chance: of churn of the test customers, by which their spend is judged; season: whose first day
    and sales spend shares.
    """
    days = [each.cutoff.day for each in past]
    spend = fit_spend(
        stack, days, NAMES, members.outcome_days, members.learned_days, members.btyd, season, seed
    )
    known = ~np.isnan(test_set.spend_minor)  # one order without an amount must not hide everyone's
    if spend is None or not test_set.spend_minor[known].sum() > 0:
        return None, None, None
    worth = spend.estimate_value(spend.predict_typical(test_set.rows, test_set.cutoff.day), chance)
    predicted = {"model": worth.expected, **_predict_peers(test_set, members)}
    level = spend.level.forecast(test_set.cutoff.day)
    figures: SpendFacts = {
        **_judge(test_set, known, worth, predicted),
        "season": {"basis": level.basis, "shift": level.shift},
    }
    # From the next cut-off on, the test's own outcome is known too.
    shifts = [*spend.level.shifts, *_measure_test_level(test_set, spend, worth, level.shift)]
    return replace(spend, level=replace(spend.level, shifts=shifts)), worth.expected, figures


def _predict_peers(test_set: CutoffData, members: EnsembleParameters) -> dict[str, Array]:
    """What simpler models expect of the test customers' spend, in minor units."""
    columns = {
        name: test_set.rows[:, NAMES.index(name)]
        for name in ("orders_lifetime", "order_value_mean_minor", "spend_last_365_days_minor")
    }
    peer = predict_gamma_gamma_spend(
        members.btyd,
        build_histories(test_set.rows, NAMES),
        columns["orders_lifetime"],
        np.nan_to_num(columns["order_value_mean_minor"]),
        members.outcome_days,
    )
    # The naive plan: everyone spends again at the pace of their last year.
    last_year = np.nan_to_num(columns["spend_last_365_days_minor"]) * members.outcome_days / 365
    return {**({} if peer is None else {"gamma_gamma": peer}), "last_year": last_year}


def _judge(
    test_set: CutoffData,
    known: NDArray[np.bool_],
    worth: CustomerValue,
    predicted: Mapping[str, Array],
) -> SpendJudgement:
    """How good each expectation is on the customers whose spend is known."""
    spent, everyone = test_set.spend_minor[known], test_set.population / max(int(known.sum()), 1)
    within = (spent >= worth.low[known]) & (spent <= worth.high[known])
    return {
        # Part of the manifest, whose hash is the version: the name stays until that changes.
        "foretold": {
            name: asdict(evaluate_spend(each[known], spent)) for name, each in predicted.items()
        },
        "expected_minor": round(float(worth.expected[known].sum() * everyone)),
        "actual_minor": round(float(spent.sum() * everyone)),
        "within_eight_in_ten": float(np.mean(within)),
    }


def _measure_test_level(
    test_set: CutoffData, spend: SpendModel, worth: CustomerValue, shift: float
) -> list[RateShift]:
    """The level of the test's own orders; none where nobody paid."""
    paid = ~test_set.churned & (np.nan_to_num(test_set.spend_minor) > 0)
    if not paid.any():
        return []
    levelled = worth.if_back[paid] / np.exp(shift)
    misses = spend.clip_misses(levelled, test_set.spend_minor[paid])
    return [measure_level(test_set.cutoff.day, levelled, misses)]
