"""The recipe as of one test cut-off: what is learned from the days before it, and what is then said
of its customers.

`train.py` follows it once, for the last cut-off that can be judged; `backtest.py` and the promotion
follow it as of earlier ones, so that every figure over time is a forecast.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import joblib

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import (
    CutoffTooEarly,
    CutoffTooEarlyToLearn,
    HistoryTooShort,
    NoOrderCounts,
    OneClassOnly,
)
from winback.data.store import Store, list_gaps
from winback.features.registry import NAMES
from winback.measurement.exposure import Exposure
from winback.model.base_rate import BaseRate, measure_shift
from winback.model.baselines import compute_analytic_baselines, compute_baselines
from winback.model.ensemble import Ensemble, build_histories, compute_log_odds, to_probability
from winback.model.labels import select_matured_gaps
from winback.model.training import SMALL_SHOP, FitResult, TrainingSet, fit_ensemble
from winback.segmentation.assignment import compute_rfmb_score
from winback.segmentation.thresholds import (
    Thresholds,
    choose_silence_days,
    compute_thresholds,
    measure_return_rates,
)
from winback.training.dataset import (
    MOST_ROWS,
    MOST_SEASON_ROWS,
    MOST_TEST_ROWS,
    SHORT_DAYS,
    Array,
    CutoffData,
    check_two_classes,
    choose_cutoffs,
    decide_outcome_days,
    list_silence_and_return,
    load_cutoff_data,
    stack_cutoffs,
)

Asked = Sequence[tuple[Cutoff, int]]


@dataclass(frozen=True)
class FittedModel:
    """A model as of a test cut-off, and what it says there.

    margins: the exam's log-odds before the season; chances: the probability of churn by name of the
    model, the model's own first. learned_days: of the labels; small: see SMALL_SHOP.
    """

    test_set: CutoffData
    past: Sequence[CutoffData]
    stack: TrainingSet
    fit_result: FitResult
    thresholds: Thresholds
    base_rate: BaseRate
    margins: Array
    chances: dict[str, Array]
    learned_days: int
    small: bool


class CutoffDataset:
    """A shop's lessons, each made once however many recipes ask for it.

    tuned: parameters in place of the default ones; exposure: whom waves drew. Raises NoOrderCounts
    and NoGaps.
    """

    def __init__(
        self,
        shop: Shop,
        store: Store,
        seed: int,
        tuned: Mapping[str, Any] | None = None,
        exposure: Exposure | None = None,
    ) -> None:
        self.shop, self.store, self.seed, self.tuned, self.exposure = (
            shop,
            store,
            seed,
            tuned,
            exposure,
        )
        _refuse_empty(store, shop)
        self._gaps = select_matured_gaps(
            list_gaps(store.connect()), store.first_day, store.last_day
        )
        self.outcome_days = decide_outcome_days(shop, self._gaps)
        self.silence_days = float(shop.segments.silence_days or choose_silence_days(self._gaps))
        self._made: dict[tuple[Cutoff, int], CutoffData] = {}

    def load(self, cutoffs: Asked) -> list[CutoffData]:
        """The lessons of some cut-offs, each with at most so many rows."""
        new = [each for each in dict.fromkeys(cutoffs) if each not in self._made]
        made = joblib.Parallel(n_jobs=min(2, os.cpu_count() or 1), prefer="threads")(
            joblib.delayed(load_cutoff_data)(
                self.store, cutoff, self.shop.population_days, most, self.seed, self.exposure
            )
            for cutoff, most in new
        )
        self._made.update(zip(new, made, strict=True))
        return [self._made[each] for each in cutoffs]


def _refuse_empty(store: Store, shop: Shop) -> None:
    counts = store.manifest.counts
    if not counts["orders"]:
        raise NoOrderCounts(
            shop=shop.name,
            **{kind: counts[kind] for kind in ("gifts", "wholesale", "brushing")},
        )


def fit_at(dataset: CutoffDataset, day: date | None = None, baselines: bool = True) -> FittedModel:
    """Follow the recipe as of a test cut-off, by default the last whose outcome is over.

    baselines: whether to fit what the model has to beat as well. Raises HistoryTooShort,
    CutoffTooEarly, CutoffTooLate and OneClassOnly.
    """
    shop, store, outcome_days = dataset.shop, dataset.store, dataset.outcome_days
    test, earlier = choose_cutoffs(shop, store, outcome_days, day)
    learned_days = earlier[0].outcome_days
    calendar = BaseRate(store.first_day, outcome_days, (), shop.sales)
    seasons = _list_year_before(calendar, test, earlier) if learned_days == outcome_days else []
    test_set, past, before = _load_lessons(dataset, test, earlier, seasons)
    stack = stack_cutoffs(past)
    thresholds = _compute_thresholds(dataset, test_set, past)
    small = test_set.population < SMALL_SHOP or (test.day - store.first_day).days < SHORT_DAYS
    fit_result = fit_ensemble(
        stack,
        test_set.rows,
        NAMES,
        outcome_days,
        learned_days,
        small,
        dataset.seed,
        dataset.tuned,
    )
    margins = fit_result.ensemble.compute_log_odds(test_set.rows)
    base_rate = _fit_base_rate(calendar, fit_result, stack, past, before)
    chances = {"model": to_probability(margins + base_rate.forecast(test.day).shift)}
    if baselines:
        chances |= _predict_with_baselines(
            fit_result.ensemble, stack, test_set.rows, thresholds, outcome_days, dataset.seed
        )
    return FittedModel(
        test_set,
        past,
        stack,
        fit_result,
        thresholds,
        base_rate,
        margins,
        chances,
        learned_days,
        small,
    )


def _load_lessons(
    dataset: CutoffDataset, test: Cutoff, earlier: Sequence[Cutoff], seasons: Sequence[Cutoff]
) -> tuple[CutoffData, list[CutoffData], list[CutoffData]]:
    """The exam, the lessons to learn from, and those that tell the season only. Raises
    OneClassOnly."""
    wanted_cutoffs = [
        (test, MOST_TEST_ROWS),
        *((each, MOST_ROWS // len(earlier)) for each in earlier),
        *((each, MOST_SEASON_ROWS) for each in seasons),
    ]
    test_set, *rest = dataset.load(wanted_cutoffs)
    past, before = rest[: len(earlier)], rest[len(earlier) :]
    for cutoff_data in (test_set, past[0]):
        check_two_classes(dataset.shop, dataset.store, cutoff_data)
    return test_set, past, before


def _compute_thresholds(
    dataset: CutoffDataset, test_set: CutoffData, past: Sequence[CutoffData]
) -> Thresholds:
    bands = measure_return_rates(
        map(list_silence_and_return, [test_set, *past]), dataset.silence_days
    )
    return compute_thresholds(
        test_set.everyone,
        test_set.inside,
        dataset.shop.segments,
        dataset.silence_days,
        dataset.outcome_days,
        bands,
    )


def _predict_with_baselines(
    ensemble: Ensemble,
    stack: TrainingSet,
    rows: Array,
    thresholds: Thresholds,
    outcome_days: int,
    seed: int,
) -> dict[str, Array]:
    """The exam's chances of churn by what the model has to beat."""
    core = to_probability(compute_log_odds(ensemble.core, rows))
    analytic = compute_analytic_baselines(
        ensemble.members.btyd, build_histories(rows, NAMES), outcome_days
    )
    learned = compute_baselines(
        to_columns(stack.rows, thresholds),
        stack.churned,
        to_columns(rows, thresholds),
        stack.rows,
        rows,
        seed,
    )
    return {"xgboost_core": core, **analytic, **learned}


def run_rolling_backtest(
    dataset: CutoffDataset, days: Iterable[date], baselines: bool
) -> Iterator[FittedModel]:
    """The recipe as of each of some days, newest first; ends where the history before a day is too
    short to learn from.

    A day whose customers all had the same fate is left out.
    """
    for day in days:
        try:
            yield fit_at(dataset, day, baselines)
        except OneClassOnly:  # a month in which the shop was shut tells nothing of the others
            continue
        except (HistoryTooShort, CutoffTooEarly, CutoffTooEarlyToLearn):
            return


def to_columns(rows: Array, thresholds: Thresholds) -> dict[str, Array]:
    """Rows of features by name, and the fixed RFM-B score with them."""
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    return {**columns, "rfmb_score": compute_rfmb_score(columns, thresholds)[0]}


def _list_year_before(calendar: BaseRate, test: Cutoff, earlier: Sequence[Cutoff]) -> list[Cutoff]:
    """The cut-offs that serve the base-rate forecast only: a year before the test, and before
    the newest to learn from."""
    days = dict.fromkeys(calendar.find_year_before(each.day) for each in (test, earlier[0]))
    learned = {each.day for each in earlier}
    return [
        replace(test, day=day) for day in days if day > calendar.first_day and day not in learned
    ]


def _fit_base_rate(
    calendar: BaseRate,
    fit_result: FitResult,
    stack: TrainingSet,
    past: Sequence[CutoffData],
    before: Sequence[CutoffData],
) -> BaseRate:
    """The shifts of every past cut-off, on customers the members had not seen where they learned
    from that day."""
    shifts = [
        measure_shift(
            each.cutoff.day, fit_result.ensemble.compute_log_odds(each.rows), each.churned
        )
        for each in before
        if len(each.rows)
    ]
    for place, each in enumerate(past):
        if len(each.rows) and each.cutoff.outcome_days == calendar.outcome_days:
            shifts.append(
                measure_shift(
                    each.cutoff.day, fit_result.unseen[stack.cutoff == place], each.churned
                )
            )
    return replace(calendar, shifts=shifts)
