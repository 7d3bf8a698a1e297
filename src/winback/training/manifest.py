"""What a bundle's manifest says of a training: from what it learned, and how good that is. Its
bytes name the version, so fields keep their names and their order."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from winback.segmentation.thresholds import ReturnBacktest

Figures = dict[str, dict[str, dict[str, float | None]]]  # by name of the model, slice and metric


class TrainingWindow(TypedDict):
    """The days learned from; training_cutoffs: newest first; outcomes_until: of the test."""

    test_cutoff: str
    rows: int
    outcomes_until: str
    training_cutoffs: Sequence[str]
    history_days: int
    days_before_test: int


class MemberFacts(TypedDict):
    """Who is in the blend. missing: why others could not be fitted; learned_days: of the labels."""

    used: Sequence[str]
    missing: Mapping[str, str]
    slope: float
    learned_days: int
    small_shop: bool


class LevelFacts(TypedDict):
    """Where the level at the test cut-off came from. shift: of log-odds, or of the logarithm of
    spend."""

    basis: str
    shift: float


class SeasonFacts(LevelFacts):
    """year_ago: the cut-off a year before; None where there was none."""

    year_ago: str | None


class LearningFacts(TypedDict):
    """What was learned, and from what."""

    shop: str
    outcome_days: int
    population_days: int
    seed: int
    window: TrainingWindow
    features: Sequence[Mapping[str, str]]
    spec_hash: str
    data_sha256: str
    parameters: Mapping[str, object]
    members: MemberFacts
    season: SeasonFacts


class TestFacts(TypedDict):
    """The customers judged on. rows: those drawn of them."""

    customers: int
    rows: int
    churn_rate: float


class JudgementFacts(TypedDict):
    """How good it is on the test cut-off. metrics: by slice; rule_accuracy: of calling a score
    below 50 lost."""

    metrics: Mapping[str, Mapping[str, float | None]]
    baselines: Figures
    test: TestFacts
    rule_accuracy: float
    self_return_backtest: ReturnBacktest


class SpendJudgement(TypedDict):
    """How good the forecast of spend is. foretold: figures by name of the model;
    within_eight_in_ten: the share of customers whose spend fell into their interval."""

    foretold: Mapping[str, Mapping[str, float]]
    expected_minor: int
    actual_minor: int
    within_eight_in_ten: float


class SpendFacts(SpendJudgement):
    season: LevelFacts


class TrainingManifest(LearningFacts, JudgementFacts):
    """The whole; spend None without amounts."""

    spend: SpendFacts | None
