"""Every number the rules compare with, fixed at training, so that nobody changes segment because
others did."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from winback.config.segmentation import SegmentSettings

Array = NDArray[np.float64]

KNOTS = 101
FEWEST_GAPS = 200
USUAL_SILENCE_DAYS = 90
SHORTEST_SILENCE_DAYS, LONGEST_SILENCE_DAYS = 30, 365
SELF_RETURN_BANDS = (
    1.0,
    1.5,
    2.0,
    3.0,
)  # of S, where each band of silence begins; the last has no end
FEWEST_IN_BAND = 100  # a thinner band is judged together with the one before it

_FROZEN_FROM = (
    "net_spend_lifetime_minor",
    "net_spend_last_365_days_minor",
    "carts_last_90_days",
    "views_last_90_days",
    "view_seconds_last_90_days",
    "active_days_last_90_days",
    "days_since_last_order",
    "orders_last_365_days",
    "service_contacts_last_90_days",
    "activities_last_90_days",
)


class ReturnBacktest(TypedDict):
    """How many dormant customers of the test cut-off were expected to order by themselves, and how
    many did. cutoffs: how many earlier ones the rates are of."""

    test_cutoff: str
    cutoffs: int
    silent: int
    expected: float
    actual: int


@dataclass(frozen=True)
class ReturnRate:
    """What came back by itself, by how long customers had been silent; never called
    incremental."""

    from_days: float
    customers: int
    returned: int
    spend_minor: int

    @property
    def rate(self) -> float:
        """The share that ordered again within the outcome window."""
        return self.returned / self.customers if self.customers else 0.0

    @property
    def spend_a_head_minor(self) -> float:
        """Mean spend in the window over everyone in the band, returned or not."""
        return self.spend_minor / self.customers if self.customers else 0.0


@dataclass(frozen=True)
class Thresholds:
    """The numbers rules compare with, for one shop. Knots are quantiles 0, 1, … 100 % of the
    training population."""

    outcome_days: int
    silence_days: float
    high_frequency_days: int
    high_monetary_minor: float | None
    high_value_minor: float | None
    low_behaviour_score: float
    high_risk: float
    medium_risk: float
    coupon_claims: int
    discounted_share: float
    bargain_share: float
    cart_days: int
    first_order_days: int
    weights: tuple[float, float, float, float]
    cart_rate: float
    browsing: str
    knots: Mapping[str, Sequence[float]]
    self_return: Sequence[Mapping[str, Any]]  # as `ReturnRate` in plain numbers

    @property
    def active_days(self) -> float:
        """Whose last order is no older is active (B47)."""
        return min(self.outcome_days, self.silence_days)

    def to_dict(self) -> dict[str, object]:
        """As JSON keeps it."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """What tells that a number is another one."""
        content = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Thresholds":
        """From what JSON kept."""
        return cls(**{**plain, "weights": tuple(plain["weights"])})

    def list_return_rates(self) -> tuple[ReturnRate, ...]:
        return tuple(ReturnRate(**band) for band in self.self_return)


def choose_silence_days(gaps: NDArray[np.int64]) -> float:
    """S: the 90th percentile of the shop's matured gaps, within 30 to 365 days; 90 with too few
    gaps (C1)."""
    if len(gaps) < FEWEST_GAPS:
        return float(USUAL_SILENCE_DAYS)
    return float(np.clip(np.quantile(gaps, 0.90), SHORTEST_SILENCE_DAYS, LONGEST_SILENCE_DAYS))


def compute_thresholds(
    features: Mapping[str, Array],
    population: NDArray[np.bool_],
    settings: SegmentSettings,
    silence_days: float,
    outcome_days: int,
    bands: Sequence[ReturnRate],
) -> Thresholds:
    """The shop's thresholds from one cut-off's features of everyone and who of them is in the
    population."""
    spend, year = features["net_spend_lifetime_minor"], features["net_spend_last_365_days_minor"]
    carts, views = features["carts_last_90_days"], features["views_last_90_days"]
    cart_rate = float(np.nansum(carts) / np.nansum(views)) if np.nansum(views) > 0 else 0.0
    # Time spent where the shop sends it, else days with any event: fixed here, never
    # by who is scored.
    timed = np.nansum(features["view_seconds_last_90_days"]) > 0
    browsing = "view_seconds_last_90_days" if timed else "active_days_last_90_days"
    scored = build_score_inputs(features, cart_rate, browsing)
    return Thresholds(
        outcome_days=outcome_days,
        silence_days=silence_days,
        high_frequency_days=settings.high_frequency_days,
        high_monetary_minor=settings.high_monetary_minor
        or _compute_quantile(spend, settings.high_monetary_quantile),
        high_value_minor=settings.high_value_minor
        or _compute_quantile(year[population], settings.high_value_quantile),
        low_behaviour_score=settings.low_behaviour_score,
        high_risk=settings.high_risk,
        medium_risk=settings.medium_risk,
        coupon_claims=settings.coupon_claims,
        discounted_share=settings.discounted_share,
        bargain_share=settings.bargain_share,
        cart_days=settings.cart_days,
        first_order_days=settings.first_order_days,
        weights=settings.weights,
        cart_rate=cart_rate,
        browsing=browsing,
        knots={name: _compute_knots(values[population]) for name, values in scored.items()},
        self_return=[asdict(band) for band in bands],
    )


def build_untrained_thresholds(settings: SegmentSettings, outcome_days: int | None) -> Thresholds:
    """The thresholds of a shop without a model, their quantiles made up: enough to look at
    rules, not to route."""
    some = np.array([0.0, 100.0, 200.0, 300.0])
    features = dict.fromkeys(_FROZEN_FROM, some)
    days = outcome_days or USUAL_SILENCE_DAYS
    return compute_thresholds(
        features,
        np.ones(4, dtype=bool),
        settings,
        float(settings.silence_days or USUAL_SILENCE_DAYS),
        days,
        (),
    )


def build_score_inputs(
    features: Mapping[str, Array], cart_rate: float, browsing: str
) -> dict[str, Array]:
    """What the RFM-B score ranks (B39, B40; C20): R, F, M of a year and the parts of B, each
    more is better."""
    carts, views = features["carts_last_90_days"], features["views_last_90_days"]
    return {
        "R": -features["days_since_last_order"],
        "F": features["orders_last_365_days"],
        "M": features["net_spend_last_365_days_minor"],
        "browsing": features[browsing],
        "carts": (carts + 5 * cart_rate) / (views + 5),
        "questions": features["service_contacts_last_90_days"],
        "activities": features["activities_last_90_days"],
    }


def measure_return_rates(
    cutoffs: Iterable[tuple[Array, NDArray[np.bool_], Array]], silence_days: float
) -> tuple[ReturnRate, ...]:
    """Historical returns of silent customers by band of silence.

    A band too thin to judge takes in the band before it. seen: for each past cut-off the days since
    the last order, who ordered within H, and what they spent in it (minor units).
    """
    edges = np.array(SELF_RETURN_BANDS) * silence_days
    customers, returned, spend = _count_bands(edges, cutoffs)
    for thin in range(1, len(edges)):
        if customers[thin] < FEWEST_IN_BAND:
            for counted in (customers, returned, spend):
                counted[thin] += counted[thin - 1]
    return tuple(
        ReturnRate(float(edge), int(n), int(back), int(minor))
        for edge, n, back, minor in zip(edges, customers, returned, spend, strict=True)
    )


def _count_bands(
    edges: Array, cutoffs: Iterable[tuple[Array, NDArray[np.bool_], Array]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    customers, returned, spend = (np.zeros(len(edges), dtype=np.int64) for _ in range(3))
    for days, back, minor in cutoffs:
        band = (
            np.searchsorted(edges, days, side="left") - 1
        )  # silent is beyond S, so S itself is not
        silent = ~np.isnan(days) & (band >= 0)
        np.add.at(customers, band[silent], 1)
        np.add.at(returned, band[silent], back[silent].astype(np.int64))
        np.add.at(spend, band[silent], np.nan_to_num(minor[silent]).astype(np.int64))
    return customers, returned, spend


def _compute_quantile(values: Array, share: float) -> float | None:
    present = values[~np.isnan(values)]
    return float(np.quantile(present, share)) if len(present) else None


def _compute_knots(values: Array) -> list[float]:
    present = values[~np.isnan(values)]
    return np.quantile(present, np.linspace(0, 1, KNOTS)).tolist() if len(present) else []
