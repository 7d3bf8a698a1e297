"""The rows of a snapshot: every customer with their probability, segments, reasons, worth and
dates."""

import string
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.features.registry import NAMES
from winback.i18n.translate import CATALOGUE, Language, translate
from winback.model.bundle import Bundle, to_matrix
from winback.model.explanations import find_reasons
from winback.model.spend import CustomerValue
from winback.playbooks.matching import match_plays
from winback.playbooks.playbook import Playbook
from winback.scoring.churn_calendar import compute_days_until_dormant
from winback.scoring.customer_value import (
    accumulate,
    estimate_dormant_spend,
    estimate_value,
    predict_churn,
)
from winback.scoring.explanation_text import build_explanations
from winback.scoring.predict import score_features, to_columns
from winback.scoring.tally import ScoreTally
from winback.segmentation.assignment import SegmentAssignment, measure_dormant_value
from winback.segmentation.conditions import Segment
from winback.segmentation.definitions import LIFECYCLE, QUADRANTS, RECALL, SILENT_CLASSES, TIERS
from winback.segmentation.thresholds import Thresholds

SNAPSHOT = pa.schema(
    [
        ("customer_id", pa.string()),
        ("outside_population", pa.bool_()),
        ("churn_probability", pa.float64()),
        ("margin", pa.float64()),
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("risk_tier",)),
        ("rfmb_score", pa.float64()),
        *(
            (name, pa.dictionary(pa.int32(), pa.string()))
            for name in (
                "quadrant",
                "silent_class",
                "lifecycle",
                "recall_segment",
                "routed_by",
                "reason",
                "reason_zh",
                "reason_en",
            )
        ),
        ("model_reason_zh", pa.string()),
        ("model_reason_en", pa.string()),
        *(
            (name, pa.int64())
            for name in (
                "expected_spend_minor",
                "value_at_stake_minor",
                "spend_low_minor",
                "spend_high_minor",
            )
        ),
        *((name, pa.date32()) for name in ("next_order_50_day", "next_order_90_day", "dormant_on")),
        # Names, with a comma between them.
        *(
            (name, pa.dictionary(pa.int32(), pa.string()))
            for name in ("touchpoints", "tags", "do_not_contact")
        ),
        (
            "play",
            pa.dictionary(pa.int32(), pa.string()),
        ),  # of the shop's playbook; null without one
    ]
)

_NO_ACTION = [place for place, segment in enumerate(RECALL) if segment.name == "no_action"]
MOST_REASONS = (
    20_000  # of each part: a reason costs thirty times a score, and nobody reads more in a week
)
_FURTHEST_DAYS = 3650  # a next order further off than ten years is none

Array = NDArray[np.float64]


def build_snapshot(
    features: pa.Table,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    shop: Shop,
    playbook: Playbook | None = None,
    tally: ScoreTally | None = None,
) -> pa.Table:
    """The snapshot rows of a feature table, in its order (columns of SNAPSHOT)."""
    rows = to_matrix(features, NAMES)
    columns = to_columns(features, rows)
    result = score_features(columns, rows, cutoff, bundle, thresholds, shop)
    margins, chance, inside, routed = result.margins, result.chance, result.inside, result.routed
    days_silent = columns["days_since_last_order"]
    days_left = np.where(
        routed.aggressive, 0, compute_days_until_dormant(days_silent, thresholds.silence_days)
    )
    away = predict_churn(thresholds, days_silent, inside, chance)
    worth = estimate_value(bundle, thresholds, rows, days_silent, inside, away, cutoff.day)
    if tally is not None:
        expected = worth.expected if worth else estimate_dormant_spend(thresholds, days_silent)
        tally.add_part(
            routed,
            inside,
            measure_dormant_value(columns, routed, thresholds, away, expected),
        )
        if worth is not None:
            accumulate(tally.worth, _select_groups(routed, days_silent, thresholds), worth, away)
        ahead = days_left > 0
        until = bundle.compute_chance_over(
            rows[ahead], margins[ahead], cutoff.day, days_left[ahead].astype(np.float64)
        )
        tally.calendar.add_customers(days_left[ahead], days_silent[ahead], until)
    return pa.table(
        [
            features.column("customer_id"),
            pa.array(~inside),
            pa.array(chance),
            pa.array(margins),
            *_encode_assignment(routed),
            *_encode_reasons(columns, chance, routed, thresholds),
            *_explain_listed(
                bundle, rows, routed, worth.at_stake if worth else chance, shop.currency
            ),
            *_to_minor_columns(worth, len(chance)),
            *(
                _to_dates(bundle.estimate_days_to_next(rows, share) - days_silent, cutoff.day)
                for share in (0.5, 0.9)
            ),
            _to_dates(np.where(days_left > 0, days_left, np.nan), cutoff.day),
            *map(_encode_marks, (routed.touchpoints, routed.tags, routed.never)),
            _encode_plays(routed, playbook),
        ],
        schema=SNAPSHOT,
    )


def _encode_assignment(routed: SegmentAssignment) -> list[pa.Array]:
    """The columns `risk_tier` to `reason`."""
    return [
        _encode_segments(routed.tier, TIERS),
        pa.array(np.round(routed.rfmb_score, 2)),
        _encode_segments(routed.quadrant, QUADRANTS),
        _encode_segments(routed.silent_class, SILENT_CLASSES),
        _encode_segments(routed.lifecycle, LIFECYCLE),
        _encode_segments(routed.recall, RECALL),
        _encode_labels(routed.recall, [segment.routed_by for segment in RECALL]),
        _encode_labels(routed.recall, [segment.reason for segment in RECALL]),
    ]


def _explain_listed(
    bundle: Bundle, rows: Array, routed: SegmentAssignment, by: Array, currency: str
) -> list[pa.Array]:
    """The model's reasons in zh and en for who has a next step, as far as `_select_first` goes by
    what is at stake; null for the others."""
    listed = _select_first(~np.isin(routed.recall, _NO_ACTION), by)
    contributions = bundle.ensemble.compute_contributions(rows[listed])
    reasons = find_reasons(contributions, bundle.names, rows[listed], currency)
    languages: tuple[Language, ...] = ("zh", "en")
    return [_fill_rows(build_explanations(reasons, each), listed) for each in languages]


def _select_groups(
    routed: SegmentAssignment, days_silent: Array, thresholds: Thresholds
) -> dict[str, NDArray[np.bool_]]:
    """Whose worth is added up: every recall segment, the gold mine and all."""
    by_segment: dict[str, NDArray[np.bool_]] = {}
    for place, segment in enumerate(RECALL):
        by_segment[segment.name] = by_segment.get(
            segment.name, np.zeros(len(days_silent), dtype=bool)
        ) | (routed.recall == place)
    mine = (days_silent > thresholds.silence_days) & ~routed.aggressive
    return {**by_segment, "dormant_value": mine, "all": np.ones(len(days_silent), dtype=bool)}


def _select_first(listed: NDArray[np.bool_], by: Array) -> NDArray[np.bool_]:
    """The listed customers with most at stake, at most MOST_REASONS."""
    places = np.flatnonzero(listed)
    first = np.zeros(len(listed), dtype=bool)
    first[places[np.argsort(-by[places], kind="stable")[:MOST_REASONS]]] = True
    return first


def _to_minor_columns(worth: CustomerValue | None, count: int) -> list[pa.Array]:
    if worth is None:
        return [pa.nulls(count, pa.int64())] * 4
    columns = (worth.expected, worth.at_stake, worth.low, worth.high)
    return [pa.array(np.floor(column + 0.5).astype(np.int64)) for column in columns]


def _to_dates(ahead: Array, day: date) -> pa.Array:
    """Days from the cut-off on as dates; null where unknown or further off than ten years."""
    known = np.abs(ahead) <= _FURTHEST_DAYS  # NaN is not
    days = np.datetime64(day) + np.floor(np.where(known, ahead, 0)).astype("timedelta64[D]")
    return pa.array(days, mask=~known).cast(pa.date32())


def _fill_rows(values: pa.Array, chosen: NDArray[np.bool_]) -> pa.Array:
    """Values of the chosen rows among all rows, null elsewhere."""
    place = np.cumsum(chosen) - 1
    return values.take(pa.array(place, mask=~chosen))


def _encode_segments(codes: NDArray[np.int64], segments: Sequence[Segment]) -> pa.DictionaryArray:
    return _encode_labels(codes, [segment.name for segment in segments])


def _encode_labels(codes: NDArray[np.int64], labels: Sequence[str]) -> pa.DictionaryArray:
    """Text by code; the code after the last label is null."""
    # Two rules may share a label, and a dictionary with a repeated value is written in another
    # order each time.
    different = list(dict.fromkeys(labels))
    place = np.array([*(different.index(label) for label in labels), 0], dtype=np.int32)
    indices = pa.array(place[codes], mask=codes >= len(labels))
    return pa.DictionaryArray.from_arrays(indices, pa.array(different, pa.string()))


def _encode_marks(marks: Mapping[str, NDArray[np.bool_]]) -> pa.DictionaryArray:
    """The names of each row's marks with a comma between them; null for none. Made once for each
    different set."""
    codes = np.zeros(len(next(iter(marks.values()))), dtype=np.int64)
    for place, flags in enumerate(marks.values()):
        codes |= flags.astype(np.int64) << place
    distinct, inverse = np.unique(codes, return_inverse=True)
    names = [
        ",".join(name for place, name in enumerate(marks) if code >> place & 1)
        for code in distinct.tolist()
    ]
    return pa.DictionaryArray.from_arrays(
        pa.array(inverse.astype(np.int32), mask=codes == 0), pa.array(names, pa.string())
    )


def _encode_plays(routed: SegmentAssignment, playbook: Playbook | None) -> pa.DictionaryArray:
    names = [play.name for play in playbook.plays] if playbook else []
    return _encode_labels(
        match_plays(routed.facts, playbook)
        if playbook
        else np.zeros(len(routed.recall), dtype=np.int64),
        names,
    )


def _encode_reasons(
    columns: Mapping[str, NDArray[np.float64]],
    chance: NDArray[np.float64],
    routed: SegmentAssignment,
    thresholds: Thresholds,
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Each customer's reason in zh and en. Sentences are made once for each different set of
    whole numbers in them."""
    facts = {
        "days": np.ceil(
            np.nan_to_num(columns["days_since_last_order"])
        ),  # as the calendar counts: beyond S is beyond S
        "percent": np.floor(chance * 100 + 0.5),
        "complaints": np.nan_to_num(columns["complaints_open"]),
        "cart_days": np.ceil(np.nan_to_num(columns["days_since_last_cart"])),
    }
    codes = np.zeros(len(chance), dtype=np.int32)
    sentences: dict[Language, list[str]] = {"zh": [], "en": []}
    for place, segment in enumerate(RECALL):
        rows = np.flatnonzero(routed.recall == place)
        fields = {
            name
            for _, name, _, _ in string.Formatter().parse(CATALOGUE[segment.reason][0])
            if name in facts
        }
        used = [name for name in facts if name in fields]
        key = np.zeros(len(rows), dtype=np.int64)
        for name in used:
            key = key * 1_000_000 + facts[name][rows].astype(np.int64)
        distinct, inverse = np.unique(key, return_inverse=True)
        codes[rows] = len(sentences["en"]) + inverse
        for value in distinct.tolist():
            values: dict[str, int] = {"silence": round(thresholds.silence_days)}
            for name in reversed(used):
                value, values[name] = divmod(value, 1_000_000)
            for language in sentences:
                sentences[language].append(translate(segment.reason, language, values))
    zh, en = (
        pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(each, pa.string()))
        for each in sentences.values()
    )
    return zh, en
