"""What a diagnosis holds, as `diagnosis.json` has it. Money is in whole minor units, shares and
chances are 0 to 1, days are ISO dates."""

from typing import TypedDict


class DormantCount(TypedDict):
    """The silent customers. would_return_anyway: how many are expected to order without a message;
    reachable…: None where the shop has no list of contacts."""

    customers: int
    share: float
    spend_minor: int
    spend_share: float
    would_return_anyway: float
    reachable: int | None
    reachable_by_themselves: float | None


class QuadrantCount(TypedDict):
    name: str
    customers: int
    share: float
    spend_minor: int
    spend_share: float


class MapCell(TypedDict):
    """row, column: places among the map's rows and between its edges."""

    row: int
    column: int
    customers: int
    silent_share: float


class CustomerMap(TypedDict):
    """rows: the fewest purchase days of each row; edges_minor: of lifetime spend."""

    edges_minor: list[float]
    rows: list[int]
    bubbles: list[MapCell]
    high_monetary_minor: float
    high_frequency_days: float


class AnnualChurn(TypedDict):
    customers: int
    gone: int
    share: float


class QuadrantFlows(TypedDict):
    """moved: from quadrant (rows, the last one: no customer yet) to quadrant (columns)."""

    day: str
    moved: list[list[int]]
    annual_churn: AnnualChurn | None


class Benchmark(TypedDict):
    name: str
    percent: int
    source: str


class StageChurn(TypedDict):
    """share: of the stage's customers one outcome window ago, who then stayed away."""

    name: str
    customers: int
    share: float


class Cohort(TypedDict):
    """shares: of its customers, who ordered in each whole quarter after the first."""

    quarter: str
    customers: int
    shares: list[float]


class NextDormant(TypedDict):
    customer_id: str
    churn_probability: float
    dormant_on: str
    value_at_stake_minor: int | None


# A call, for `from` is no name in Python.
WeekAhead = TypedDict("WeekAhead", {"from": str, "customers": int, "expected": float})


class PeakDay(TypedDict):
    """A day with most who become dormant unless they order, by the sale they last bought in."""

    day: str
    customers: int
    expected: float
    last_bought_in: str | None


class DormantWeeks(TypedDict):
    by_week: list[WeekAhead]
    peaks: list[PeakDay]


class MoneyInterval(TypedDict):
    """A sum and its 95 % interval."""

    value: int
    low: int
    high: int


class Start(TypedDict):
    """A segment to begin with, and the weekly play for it. likely_gone: how many are expected to
    stay away; reachable: None without contacts."""

    segment: str
    customers: int
    reachable: int | None
    play: str
    play_title: dict[str, str]
    value_at_stake_minor: MoneyInterval | None
    likely_gone: float


class Diagnosis(TypedDict):
    """day_left_out: the newest day, where its orders come after the cut-off. dormant_value, worth:
    as the score's summary has them. flows: None with less than a year of
    history, annual_churn with less than two."""

    shop: str
    cutoff: str
    day_left_out: str | None
    currency: str
    model_version: str
    outcome_days: int
    silence_days: float
    customers: int
    has_amounts: bool
    silent: DormantCount
    dormant_value: dict[str, object]
    worth: dict[str, dict[str, object]]
    quadrants: list[QuadrantCount]
    map: CustomerMap | None
    flows: QuadrantFlows | None
    annual_churn: AnnualChurn | None
    benchmarks: list[Benchmark]
    lifecycle: list[StageChurn]
    cohorts: list[Cohort]
    becomes_dormant: DormantWeeks
    next: list[NextDormant]
    start_with: list[Start]
    by_recall_segment: dict[str, int]
    segments_without_input: list[str]
    model_has_seen_later_orders_until: str | None
    days_of_history: int
