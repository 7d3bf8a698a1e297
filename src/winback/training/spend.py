"""What customers will spend: learned beside the churn model, and judged against its peers (MODEL
2.5)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from winback.features.registry import NAMES
from winback.model.base_rate import BaseRate
from winback.model.ensemble import Members, histories
from winback.model.spend import Spend
from winback.model.spend_fit import fit_spend, gamma_gamma_spend, judge, level_at
from winback.model.training import Stack
from winback.training.dataset import Array, Lesson


def learn_spend(
    stack: Stack,
    past: Sequence[Lesson],
    exam: Lesson,
    chance: Array,
    members: Members,
    season: BaseRate,
    seed: int,
) -> tuple[Spend | None, Array | None, dict[str, Any] | None]:
    """What the orders are worth, what the exam was expected to spend, and how good that is.

    All None where there are no amounts to learn from.

    chance: of churn of the test customers, by which their spend is judged; season: whose first day
    and sales spend shares.
    """
    days = [each.cutoff.day for each in past]
    spend = fit_spend(
        stack, days, NAMES, members.outcome_days, members.learned_days, members.btyd, season, seed
    )
    known = ~np.isnan(exam.spend_cents)  # one order without an amount must not hide everyone's
    if spend is None or not exam.spend_cents[known].sum() > 0:
        return None, None, None
    day, level = exam.cutoff.day, spend.level.forecast(exam.cutoff.day)
    worth = spend.worth(spend.typical(exam.rows, day), chance)
    foretold = {"model": worth.expected}
    columns = {
        name: exam.rows[:, NAMES.index(name)]
        for name in ("orders_lifetime", "order_value_mean_cents", "spend_last_365_days_cents")
    }
    peer = gamma_gamma_spend(
        members.btyd,
        histories(exam.rows, NAMES),
        columns["orders_lifetime"],
        np.nan_to_num(columns["order_value_mean_cents"]),
        members.outcome_days,
    )
    if peer is not None:
        foretold["gamma_gamma"] = peer
    # The naive plan: everyone spends again at the pace of their last year.
    foretold["last_year"] = (
        np.nan_to_num(columns["spend_last_365_days_cents"]) * members.outcome_days / 365
    )
    spent, everyone = exam.spend_cents[known], exam.population / max(int(known.sum()), 1)
    figures = {
        "foretold": {name: asdict(judge(each[known], spent)) for name, each in foretold.items()},
        "expected_cents": round(float(worth.expected[known].sum() * everyone)),
        "actual_cents": round(float(spent.sum() * everyone)),
        "within_eight_in_ten": float(
            np.mean((spent >= worth.low[known]) & (spent <= worth.high[known]))
        ),
        "season": {"basis": level.basis, "shift": level.shift},
    }
    paid = ~exam.churned & (np.nan_to_num(exam.spend_cents) > 0)
    levelled = worth.if_back[paid] / np.exp(level.shift)
    shifts = [
        *spend.level.shifts,
        *(
            [level_at(day, levelled, spend.tamed(levelled, exam.spend_cents[paid]))]
            if paid.any()
            else []
        ),
    ]
    # From the next cut-off on, the test's own outcome is known too.
    return replace(spend, level=replace(spend.level, shifts=shifts)), worth.expected, figures
