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
from winback.data.store import Store, gap_days
from winback.features.registry import NAMES
from winback.measurement.exposure import Exposure
from winback.model.base_rate import BaseRate, shift_at
from winback.model.baselines import analytic_chances, baseline_chances
from winback.model.ensemble import histories, margin, probability
from winback.model.labels import matured_gaps
from winback.model.training import SMALL_SHOP, Learnt, Stack, fit_blend
from winback.segmentation.assignment import rfmb_score
from winback.segmentation.thresholds import Thresholds, freeze, own_silence_days, self_return
from winback.training.dataset import (
    MOST_ROWS,
    MOST_SEASON_ROWS,
    MOST_TEST_ROWS,
    SHORT_DAYS,
    Array,
    Lesson,
    check_two_classes,
    cutoffs_of,
    lesson,
    outcome_days_of,
    silence_and_return,
    stacked,
)

Asked = Sequence[tuple[Cutoff, int]]


@dataclass(frozen=True)
class Fitted:
    """A model as of a test cut-off, and what it says there.

    margins: the exam's log-odds before the season; chances: the probability of churn by name of the
    model, the model's own first. learned_days: of the labels; small: see SMALL_SHOP.
    """

    exam: Lesson
    past: Sequence[Lesson]
    stack: Stack
    learnt: Learnt
    thresholds: Thresholds
    base_rate: BaseRate
    margins: Array
    chances: dict[str, Array]
    learned_days: int
    small: bool


class Lessons:
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
        counts = store.manifest.counts
        if not counts["orders"]:
            raise NoOrderCounts(
                shop=shop.name,
                **{kind: counts[kind] for kind in ("gifts", "wholesale", "brushing")},
            )
        self._gaps = matured_gaps(gap_days(store.connect()), store.first_day, store.last_day)
        self.outcome_days = outcome_days_of(shop, self._gaps)
        self.silence_days = float(shop.segments.silence_days or own_silence_days(self._gaps))
        self._made: dict[tuple[Cutoff, int], Lesson] = {}

    def at(self, asked: Asked) -> list[Lesson]:
        """The lessons of some cut-offs, each with at most so many rows."""
        new = [each for each in dict.fromkeys(asked) if each not in self._made]
        made = joblib.Parallel(n_jobs=min(2, os.cpu_count() or 1), prefer="threads")(
            joblib.delayed(lesson)(
                self.store, cutoff, self.shop.population_days, most, self.seed, self.exposure
            )
            for cutoff, most in new
        )
        self._made.update(zip(new, made, strict=True))
        return [self._made[each] for each in asked]


def fitted(lessons: Lessons, day: date | None = None, baselines: bool = True) -> Fitted:
    """Follow the recipe as of a test cut-off, by default the last whose outcome is over.

    baselines: whether to fit what the model has to beat as well. Raises HistoryTooShort,
    CutoffTooEarly, CutoffTooLate and OneClassOnly.
    """
    shop, store, seed, outcome_days = (
        lessons.shop,
        lessons.store,
        lessons.seed,
        lessons.outcome_days,
    )
    test, earlier = cutoffs_of(shop, store, outcome_days, day)
    learned_days = earlier[0].outcome_days
    calendar = BaseRate(store.first_day, outcome_days, (), shop.sales)
    seasons = _year_before(calendar, test, earlier) if learned_days == outcome_days else []
    asked = [
        (test, MOST_TEST_ROWS),
        *((each, MOST_ROWS // len(earlier)) for each in earlier),
        *((each, MOST_SEASON_ROWS) for each in seasons),
    ]
    exam, *rest = lessons.at(asked)
    past, before = rest[: len(earlier)], rest[len(earlier) :]
    for seen in (exam, past[0]):
        check_two_classes(shop, store, seen)
    stack = stacked(past)
    bands = self_return(map(silence_and_return, [exam, *past]), lessons.silence_days)
    thresholds = freeze(
        exam.everyone, exam.inside, shop.segments, lessons.silence_days, outcome_days, bands
    )
    small = exam.population < SMALL_SHOP or (test.day - store.first_day).days < SHORT_DAYS
    learnt = fit_blend(
        stack, exam.rows, NAMES, outcome_days, learned_days, small, seed, lessons.tuned
    )
    blend, margins = learnt.blend, learnt.blend.margin(exam.rows)
    base_rate = _base_rate(calendar, learnt, stack, past, before)
    chances = {"model": probability(margins + base_rate.forecast(test.day).shift)}
    if baselines:
        chances["xgboost_core"] = probability(margin(blend.core, exam.rows))
        chances |= analytic_chances(blend.members.btyd, histories(exam.rows, NAMES), outcome_days)
        chances |= baseline_chances(
            columns_of(stack.rows, thresholds),
            stack.churned,
            columns_of(exam.rows, thresholds),
            stack.rows,
            exam.rows,
            seed,
        )
    return Fitted(
        exam, past, stack, learnt, thresholds, base_rate, margins, chances, learned_days, small
    )


def rolled(lessons: Lessons, days: Iterable[date], baselines: bool) -> Iterator[Fitted]:
    """The recipe as of each of some days, newest first; ends where the history before a day is too
    short to learn from.

    A day whose customers all had the same fate is left out.
    """
    for day in days:
        try:
            yield fitted(lessons, day, baselines)
        except OneClassOnly:  # a month in which the shop was shut tells nothing of the others
            continue
        except (HistoryTooShort, CutoffTooEarly, CutoffTooEarlyToLearn):
            return


def columns_of(rows: Array, thresholds: Thresholds) -> dict[str, Array]:
    """Rows of features by name, and the fixed RFM-B score with them."""
    columns = {name: rows[:, place] for place, name in enumerate(NAMES)}
    return {**columns, "rfmb_score": rfmb_score(columns, thresholds)[0]}


def _year_before(calendar: BaseRate, test: Cutoff, earlier: Sequence[Cutoff]) -> list[Cutoff]:
    """The cut-offs that serve the base-rate forecast only: a year before the test, and before
    the newest to learn from."""
    days = dict.fromkeys(calendar.year_before(each.day) for each in (test, earlier[0]))
    learned = {each.day for each in earlier}
    return [
        replace(test, day=day) for day in days if day > calendar.first_day and day not in learned
    ]


def _base_rate(
    calendar: BaseRate,
    learnt: Learnt,
    stack: Stack,
    past: Sequence[Lesson],
    before: Sequence[Lesson],
) -> BaseRate:
    """The shifts of every past cut-off, on customers the members had not seen where they learned
    from that day."""
    shifts = [
        shift_at(each.cutoff.day, learnt.blend.margin(each.rows), each.churned)
        for each in before
        if len(each.rows)
    ]
    for place, each in enumerate(past):
        if len(each.rows) and each.cutoff.outcome_days == calendar.outcome_days:
            shifts.append(
                shift_at(each.cutoff.day, learnt.unseen[stack.cutoff == place], each.churned)
            )
    return replace(calendar, shifts=shifts)
