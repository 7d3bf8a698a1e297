"""What there is to learn from: the shop's cut-offs, and features and labels at each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff, build_test_cutoff, build_training_cutoffs
from winback.core.errors import CutoffTooEarlyToLearn, HistoryTooShort, NoGaps, OneClassOnly
from winback.data.store import Store
from winback.features.registry import NAMES, get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.measurement.exposure import Exposure
from winback.model.bundle import to_matrix
from winback.model.labels import (
    OUTCOME_DAYS,
    check_has_history,
    check_outcome_is_over,
    choose_outcome_days,
    compute_outcomes,
    is_in_population,
)
from winback.model.training import TrainingSet
from winback.segmentation.thresholds import ReturnBacktest, ReturnRate, measure_return_rates

MOST_ROWS = 30_000  # in all: more cut-offs beat more rows
MOST_TEST_ROWS = 200_000
MOST_SEASON_ROWS = 10_000  # at a cut-off that only tells the season
ONE_CLASS = 0.999  # of all customers: with so few others there is nothing to learn
MOST_STRETCH = (
    3  # times the window that was learned: further on the analytic model would be guessing alone
)
SHORT_DAYS = 180  # under it trees have too little to learn from

Array = NDArray[np.float64]

# Of everyone at the test cut-off only what the thresholds are made of is kept, so ten numbers a
# customer rather than a hundred.
_FOR_THRESHOLDS = (
    "days_since_last_order",
    "orders_last_365_days",
    "net_spend_lifetime_minor",
    "net_spend_last_365_days_minor",
    "view_seconds_last_90_days",
    "active_days_last_90_days",
    "carts_last_90_days",
    "views_last_90_days",
    "service_contacts_last_90_days",
    "activities_last_90_days",
)


@dataclass(frozen=True)
class CutoffData:
    """One cut-off: rows of the population (perhaps a sample), and of everyone what thresholds are
    made of.

    customer: a hash of each row's customer, the same at every cut-off; spend_minor: of each row in
    the outcome window.
    """

    cutoff: Cutoff
    rows: Array
    churned: NDArray[np.bool_]
    customer: NDArray[np.uint64]
    spend_minor: Array
    population: int
    everyone: dict[str, Array]
    inside: NDArray[np.bool_]
    back: NDArray[np.bool_]
    spend: Array


def decide_outcome_days(shop: Shop, gaps: NDArray[np.int64]) -> int:
    """H: as the shop file sets it, or the shop's own. Raises NoGaps where nobody has bought
    twice."""
    if shop.outcome_days is not None:
        return shop.outcome_days
    if not len(gaps):
        raise NoGaps(shop=shop.name)
    return choose_outcome_days(gaps)


def stack_cutoffs(past: Sequence[CutoffData]) -> TrainingSet:
    """The lessons of the training cut-offs, newest first, as one."""
    newest = past[0].cutoff.day
    return TrainingSet(
        np.concatenate([each.rows for each in past]),
        np.concatenate([each.churned for each in past]),
        np.concatenate([each.customer for each in past]),
        np.concatenate([np.full(len(each.rows), place) for place, each in enumerate(past)]),
        np.concatenate(
            [np.full(len(each.rows), float((newest - each.cutoff.day).days)) for each in past]
        ),
        np.concatenate([each.spend_minor for each in past]),
    )


def choose_cutoffs(
    shop: Shop, store: Store, outcome_days: int, day: date | None = None
) -> tuple[Cutoff, Sequence[Cutoff]]:
    """The test cut-off and those to learn from. Raises HistoryTooShort with the nearest outcome
    window that fits."""
    test = build_test_cutoff(store.default_cutoff_day, shop.timezone, outcome_days)
    if day is not None:
        test = Cutoff(day, shop.timezone, outcome_days)
        check_outcome_is_over(test, store.default_cutoff_day, store.last_day)
        check_has_history(test, store.first_day)
    learned, earlier = _choose_earlier(test, store, outcome_days, shop)
    if not earlier or learned < OUTCOME_DAYS[0] or learned * MOST_STRETCH < outcome_days:
        _refuse_too_early(day, outcome_days, store, shop)
        days = (store.default_cutoff_day - store.first_day).days
        fitting = [choice for choice in OUTCOME_DAYS if 2 * choice < days]
        raise HistoryTooShort(
            shop=shop.name,
            days=days,
            first_order=store.first_day,
            last_order=store.last_day,
            outcome_days=outcome_days,
            needed=2 * outcome_days + 1,
            nearest=max(fitting, default=None),
        )
    return test, earlier


def _choose_earlier(
    test: Cutoff, store: Store, outcome_days: int, shop: Shop
) -> tuple[int, Sequence[Cutoff]]:
    # Too short for an outcome window before another, the history teaches half of itself; the blend
    # stretches it.
    half = (test.day - store.first_day).days // 2
    learned = outcome_days if test.shift_back(outcome_days).day > store.first_day else half
    earlier = build_training_cutoffs(Cutoff(test.day, shop.timezone, learned), store.first_day)
    return learned, earlier


def _refuse_too_early(day: date | None, outcome_days: int, store: Store, shop: Shop) -> None:
    if day is not None:
        shortest = max(OUTCOME_DAYS[0], -(-outcome_days // MOST_STRETCH))
        earliest = store.first_day + timedelta(days=2 * shortest + 2)
        if earliest <= build_test_cutoff(store.default_cutoff_day, shop.timezone, outcome_days).day:
            raise CutoffTooEarlyToLearn(cutoff=day, first_order=store.first_day, earliest=earliest)


def check_two_classes(shop: Shop, store: Store, seen: CutoffData) -> None:
    """Raises OneClassOnly, with the nearest outcome window that has both, if all but one in a
    thousand stayed away, or came."""
    if has_two_classes(seen):
        return
    cutoff = seen.cutoff
    churned = float(seen.churned.mean()) if len(seen.churned) else 1.0
    raise OneClassOnly(
        cutoff=cutoff.day,
        customers=seen.population,
        share=f"{max(churned, 1 - churned):.1%}",
        outcome_days=cutoff.outcome_days,
        fate="all" if churned > 0.5 else "none",
        nearest=_find_nearest_choice(cutoff, store, shop),
    )


def _find_nearest_choice(cutoff: Cutoff, store: Store, shop: Shop) -> int | None:
    """The outcome days nearest to the cut-off's at which some came and some did not."""
    for choice in sorted(OUTCOME_DAYS, key=lambda days: abs(np.log(days / cutoff.outcome_days))):
        other = build_test_cutoff(store.default_cutoff_day, shop.timezone, choice)
        if choice != cutoff.outcome_days and other.shift_back(choice).day > store.first_day:
            data = load_cutoff_data(store, other, shop.population_days, MOST_ROWS, 0)
            if has_two_classes(data):
                return choice
    return None


def has_two_classes(data: CutoffData) -> bool:
    """Whether neither outcome is rarer than one in a thousand."""
    return bool(len(data.churned) and 1 - ONE_CLASS < data.churned.mean() < ONE_CLASS)


def load_cutoff_data(
    store: Store,
    cutoff: Cutoff,
    population_days: int,
    most: int,
    seed: int,
    exposure: Exposure | None = None,
) -> CutoffData:
    """Features and labels at one cut-off, one hash partition after the other; at most `most` rows,
    chosen by hash.

    exposure: whom waves drew; whoever they wrote to within the outcome window is left out, and who
    was held out stands for them.
    """
    feeds = get_available_feeds(store.first_known, cutoff)
    sampling = _Sampling(cutoff, (store.default_cutoff_day - cutoff.day).days, most, seed, exposure)
    samples, everyone = [], []
    for con in store.iterate_parts():
        features, returned = compute_features(con, cutoff, feeds), compute_outcomes(con, cutoff)
        part = _describe_everyone(features, returned, cutoff, population_days)
        samples.append(_draw_rows(features, part, sampling))
        everyone.append(part)
    hashes, rows, churned, customer, spend_minor = (
        np.concatenate(each)
        for each in zip(*(sample.get_columns() for sample in samples), strict=True)
    )
    few = np.argsort(hashes, kind="stable")[:most]
    return CutoffData(
        cutoff,
        rows[few],
        churned[few],
        customer[few],
        spend_minor[few],
        sum(int(part.inside.sum()) for part in everyone),
        {
            name: np.concatenate([part.columns[name] for part in everyone])
            for name in _FOR_THRESHOLDS
        },
        np.concatenate([part.inside for part in everyone]),
        np.concatenate([part.back for part in everyone]),
        np.concatenate([part.spend for part in everyone]),
    )


@dataclass(frozen=True)
class _Everyone:
    """All customers of a hash partition. back: whether they ordered in the outcome window; spend:
    what they then spent, missing for the others."""

    columns: dict[str, Array]
    inside: NDArray[np.bool_]
    back: NDArray[np.bool_]
    spend: Array


@dataclass(frozen=True)
class _Sampling:
    """How rows are drawn. age_days: of the cut-off; most: rows of a partition and in all."""

    cutoff: Cutoff
    age_days: int
    most: int
    seed: int
    exposure: Exposure | None


@dataclass(frozen=True)
class _Sample:
    """Rows drawn from a partition. hashes: the least of them are kept in all; customer: the same
    at every cut-off."""

    hashes: NDArray[np.uint64]
    rows: Array
    churned: NDArray[np.bool_]
    customer: NDArray[np.uint64]
    spend_minor: Array

    def get_columns(self) -> tuple[NDArray[Any], ...]:
        return self.hashes, self.rows, self.churned, self.customer, self.spend_minor


def _describe_everyone(
    features: pa.Table, returned: pa.Table, cutoff: Cutoff, population_days: int
) -> _Everyone:
    place = pa.compute.index_in(features.column("customer_id"), returned.column("customer_id"))
    spend = returned.column("spend_minor").take(place).cast(pa.float64())
    columns = {
        name: np.asarray(features.column(name), dtype=np.float64) for name in _FOR_THRESHOLDS
    }
    return _Everyone(
        columns,
        is_in_population(columns["days_since_last_order"], cutoff, population_days),
        np.asarray(place.is_valid()),
        np.asarray(spend, dtype=np.float64),
    )


def _draw_rows(features: pa.Table, part: _Everyone, sampling: _Sampling) -> _Sample:
    """Rows of the population, the least by hash; as often each as the exposure says."""
    chosen = np.flatnonzero(part.inside)
    customers = features.column("customer_id").take(chosen)
    key = f"{sampling.seed % 10**8:08d}{sampling.age_days:08d}"
    hashes = _hash_customers(customers, key)
    few = np.argsort(hashes, kind="stable")[: sampling.most]
    if sampling.exposure is not None:
        few = np.repeat(few, sampling.exposure.count_rows(customers.take(few), sampling.cutoff))
    return _Sample(
        hashes[few],
        to_matrix(features.take(chosen[few]), NAMES),
        ~part.back[chosen[few]],
        _hash_customers(customers.take(few), f"{sampling.seed % 10**16:016d}"),
        np.where(part.back, part.spend, 0.0)[chosen[few]],
    )


def _hash_customers(customers: pa.ChunkedArray, key: str) -> NDArray[np.uint64]:
    """A hash of each customer for a key of 16 characters: the same customers are chosen whoever
    else is there."""
    return pd.util.hash_array(np.asarray(customers, dtype=object), hash_key=key, categorize=False)


def list_silence_and_return(data: CutoffData) -> tuple[Array, NDArray[np.bool_], Array]:
    return data.everyone["days_since_last_order"], data.back, data.spend


def backtest_returns(
    test_set: CutoffData, past: Sequence[CutoffData], silence: float, chance: Array
) -> ReturnBacktest:
    """What was expected of the silent at the test cut-off, and what happened.

    chance: of churn, of the exam's rows: the population. The dormant beyond it are expected to do
    as the earlier cut-offs' did.
    """
    days, sampled = (
        test_set.everyone["days_since_last_order"],
        test_set.rows[:, NAMES.index("days_since_last_order")],
    )
    bands = measure_return_rates(map(list_silence_and_return, past), silence)
    expected = _expect_returns(days, test_set, silence, bands, chance, sampled)
    return {
        "test_cutoff": str(test_set.cutoff.day),
        "cutoffs": len(past),
        "silent": int((days > silence).sum()),
        "expected": round(expected, 1),
        "actual": int(test_set.back[days > silence].sum()),
    }


def _expect_returns(
    days: Array,
    test_set: CutoffData,
    silence: float,
    bands: tuple[ReturnRate, ...],
    chance: Array,
    sampled: Array,
) -> float:
    dormant = days[~test_set.inside & (days > silence)]
    band = np.searchsorted([each.from_days for each in bands], dormant, side="left") - 1
    inside = (
        float((1 - chance[sampled > silence]).sum()) * test_set.population / max(len(sampled), 1)
    )
    return float(inside + sum(bands[place].rate for place in band))
