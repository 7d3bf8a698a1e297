"""The batch scoring job: tables → features → probability → segments → a snapshot, a list and a
summary.

Customers are read one hash partition at a time, so memory does not grow with the shop. The snapshot
appears whole or not at all, and the last good one keeps serving.
"""

import json
import string
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import CutoffAfterData
from winback.core.files import publish_folder
from winback.data.contacts import Contacts
from winback.data.store import Store, open_engine, quote_literal
from winback.features.registry import NAMES, get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compute_features
from winback.i18n.translate import CATALOGUE, FORMULA, Language, translate
from winback.model.bundle import Bundle, to_matrix
from winback.model.explanations import find_reasons
from winback.model.labels import check_has_history
from winback.model.spend import CustomerValue, ValueSums
from winback.playbooks.matching import load_playbook, match_plays
from winback.playbooks.playbook import Playbook
from winback.scoring.churn_calendar import DormancyForecast, compute_days_until_dormant
from winback.scoring.customer_value import (
    accumulate,
    estimate_dormant_spend,
    estimate_value,
    predict_churn,
    summarize,
)
from winback.scoring.explanation_text import build_explanations
from winback.scoring.predict import score_features, to_columns
from winback.scoring.snapshot_index import Reached, write_index
from winback.segmentation.assignment import DormantValue, SegmentAssignment, measure_dormant_value
from winback.segmentation.conditions import Segment
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEEDS,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TIERS,
)
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
                "expected_spend_cents",
                "value_at_stake_cents",
                "spend_low_cents",
                "spend_high_cents",
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

_LISTED = (
    "customer_id",
    "recall_segment",
    "reason",
    "model_reason",
    "churn_probability",
    "value_at_stake",
    "expected_spend",
    "net_spend_lifetime",
    "days_since_last_order",
    "next_order_90_day",
)
_LET_BE = [place for place, segment in enumerate(RECALL) if segment.name == "no_action"]
MOST_REASONS = (
    20_000  # of each part: a reason costs thirty times a score, and nobody reads more in a week
)
_FURTHEST_DAYS = 3650  # a next order further off than ten years is none

Array = NDArray[np.float64]


@dataclass
class _Counts:
    """Every customer counted once."""

    calendar: DormancyForecast
    customers: int = 0
    quadrant: Counter[str] = field(default_factory=Counter)
    recall: Counter[str] = field(default_factory=Counter)
    tier: Counter[str] = field(default_factory=Counter)
    lifecycle: Counter[str] = field(default_factory=Counter)
    routed_by: Counter[str] = field(default_factory=Counter)
    touchpoints: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    silent_1_2: int = 0
    outside: int = 0
    mine: list[DormantValue] = field(default_factory=list)
    worth: dict[str, ValueSums] = field(default_factory=dict)


def score_shop(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    day: date | None = None,
    language: Language = "en",
    progress: Callable[[int, int], None] = lambda _part, _parts: None,
    contacts: Contacts | None = None,
) -> dict[str, Any]:
    """Score every customer who ever ordered before the cut-off; write snapshot and list under
    `folder`; sum up.

    day: the cut-off, by default the last day with an order, itself unused because it may be
    partial. language: of the list's words; contacts: who can be reached, for the pages.

    Raises CutoffAfterData, CutoffTooEarly, and what `load_playbook` does of the shop's playbook.
    """
    thresholds = Thresholds.from_dict(bundle.thresholds)
    cutoff = Cutoff(day or store.last_day, shop.timezone, thresholds.outcome_days)
    if cutoff.day > store.last_day:
        raise CutoffAfterData(cutoff=cutoff.day, last_order=store.last_day, latest=store.last_day)
    check_has_history(cutoff, store.first_day)
    feeds, playbook = get_available_feeds(store.first_known, cutoff), load_playbook(shop)
    tally = _Counts(DormancyForecast(cutoff, shop.sales))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
        staging = Path(scratch) / "snapshot"
        staging.mkdir()
        writers: dict[str, pq.ParquetWriter] = {}
        for part, con in enumerate(store.iterate_parts(), start=1):
            features = compute_features(con, cutoff, feeds, ALL_FEATURES)
            snapshot = build_snapshot(features, cutoff, bundle, thresholds, shop, playbook, tally)
            for name, table in (("features", features), ("snapshot", snapshot)):
                if name not in writers:
                    writers[name] = pq.ParquetWriter(
                        staging / f"{name}.parquet", table.schema, compression="zstd"
                    )
                writers[name].write_table(table)
            progress(part, store.manifest.parts)
        for writer in writers.values():
            writer.close()
        write_list(staging, language)
        tally.calendar.write_csv(staging / "calendar.csv")
        final = folder / cutoff.day.isoformat()
        write_index(
            staging,
            {
                "cutoff": cutoff.day.isoformat(),
                "model_version": bundle.version,
                "outcome_days": thresholds.outcome_days,
                "playbook": playbook.name,
                "import_version": store.manifest.version,
                "first_known": store.manifest.first_known,
                "learned_until": bundle.manifest["window"]["outcomes_until"],
                "silence_days": thresholds.silence_days,
                "high_monetary_cents": thresholds.high_monetary_cents,
                "high_frequency_days": thresholds.high_frequency_days,
            },
            _get_reached(contacts),
        )
        summary = _build_summary(shop, cutoff, bundle, thresholds, feeds, tally, final)
        (staging / "summary.json").write_text(
            json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        publish_folder(
            staging,
            folder / ".kept" / final.name / f"{bundle.version}-{store.manifest.version}",
            final,
        )
    return summary


def _get_reached(contacts: Contacts | None) -> Reached | None:
    if contacts is None or not contacts.is_known:
        return None
    return lambda customers: [contacts.get_contact(each).is_reachable for each in customers]


def build_snapshot(
    features: pa.Table,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    shop: Shop,
    playbook: Playbook | None = None,
    tally: _Counts | None = None,
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
        _count_part(
            tally,
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
    listed = ~np.isin(routed.recall, _LET_BE)
    listed_first = _select_first(listed, worth.at_stake if worth else chance)
    why_listed = find_reasons(
        bundle.ensemble.compute_contributions(rows[listed_first]), bundle.names, rows[listed_first]
    )
    return pa.table(
        [
            features.column("customer_id"),
            pa.array(~inside),
            pa.array(chance),
            pa.array(margins),
            _encode_segments(routed.tier, TIERS),
            pa.array(np.round(routed.rfmb_score, 2)),
            _encode_segments(routed.quadrant, QUADRANTS),
            _encode_segments(routed.silent_class, SILENT_CLASSES),
            _encode_segments(routed.lifecycle, LIFECYCLE),
            _encode_segments(routed.recall, RECALL),
            _encode_labels(routed.recall, [segment.routed_by for segment in RECALL]),
            _encode_labels(routed.recall, [segment.reason for segment in RECALL]),
            *_encode_reasons(columns, chance, routed, thresholds),
            *(
                _fill_rows(build_explanations(why_listed, language), listed_first)
                for language in ("zh", "en")
            ),
            *_to_cents_columns(worth, len(chance)),
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


def write_list(staging: Path, language: Language) -> None:
    """The list a person opens: everyone with a next step, in the order of the segments, the most
    valuable first."""
    con = open_engine()
    snapshot, features = (
        quote_literal(str(staging / f"{name}.parquet")) for name in ("snapshot", "features")
    )
    order = {
        name: place for place, name in enumerate(dict.fromkeys(segment.name for segment in RECALL))
    }
    names = " ".join(
        f"when '{name}' then '{translate(f'recall.{name}', language)}'" for name in order
    )
    places = " ".join(f"when '{name}' then {place}" for name, place in order.items())
    titles = {key: translate(f"column.{key}", language) for key in _LISTED}
    rows = con.sql(f"""
        select case when regexp_matches(s.customer_id, $${FORMULA}$$) then '''' || s.customer_id
            else s.customer_id end as "{titles["customer_id"]}",
          case s.recall_segment {names} end as "{titles["recall_segment"]}",
          s.reason_{language} as "{titles["reason"]}",
          s.model_reason_{language} as "{titles["model_reason"]}",
          s.churn_probability as "{titles["churn_probability"]}",
          cast(s.value_at_stake_cents / 100 as decimal(18, 2)) as "{titles["value_at_stake"]}",
          cast(s.expected_spend_cents / 100 as decimal(18, 2)) as "{titles["expected_spend"]}",
          cast(f.net_spend_lifetime_cents / 100 as decimal(18,
            2)) as "{titles["net_spend_lifetime"]}",
          cast(ceil(f.days_since_last_order) as bigint) as "{titles["days_since_last_order"]}",
          s.next_order_90_day as "{titles["next_order_90_day"]}"
        from read_parquet({snapshot}) as s join read_parquet({features}) as f
          using (customer_id)
        where s.recall_segment <> 'no_action'
        order by case s.recall_segment {places} end, s.value_at_stake_cents desc nulls last,
          f.net_spend_lifetime_cents desc nulls last, s.customer_id
    """).to_arrow_table()
    with (staging / "list.csv").open("wb") as stream:
        stream.write(b"\xef\xbb\xbf")  # so that spreadsheets read Chinese
        pacsv.write_csv(rows, stream, pacsv.WriteOptions(quoting_style="needed"))


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


def _to_cents_columns(worth: CustomerValue | None, count: int) -> list[pa.Array]:
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


def _count_part(
    tally: _Counts, routed: SegmentAssignment, inside: NDArray[np.bool_], mine: DormantValue
) -> None:
    tally.customers += len(inside)
    tally.outside += int((~inside).sum())
    tally.mine.append(mine)
    _count_cells(tally, routed)

    tally.silent_1_2 += int(routed.silent_1_2.sum())
    for counter, marks in ((tally.touchpoints, routed.touchpoints), (tally.tags, routed.tags)):
        counter.update({name: int(flags.sum()) for name, flags in marks.items()})


def _count_cells(tally: _Counts, routed: SegmentAssignment) -> None:
    for counter, codes, labels in (
        (tally.quadrant, routed.quadrant, [each.name for each in QUADRANTS]),
        (tally.recall, routed.recall, [each.name for each in RECALL]),
        (tally.tier, routed.tier, [each.name for each in TIERS]),
        (tally.lifecycle, routed.lifecycle, [each.name for each in LIFECYCLE]),
        (tally.routed_by, routed.recall, [each.routed_by for each in RECALL]),
    ):
        for place, count in enumerate(np.bincount(codes, minlength=len(labels)).tolist()):
            counter[labels[place]] += count


def _move_no_action_last(counts: Counter[str]) -> dict[str, int]:
    """`no_action` is reached by a rule at the top and as the last resort; it is read last."""
    return {name: counts[name] for name in sorted(counts, key=lambda name: name == "no_action")}


def _build_summary(
    shop: Shop,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    feeds: frozenset[str],
    tally: _Counts,
    final: Path,
) -> dict[str, Any]:
    outcomes_until = date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
    return {
        "shop": shop.name,
        "cutoff": cutoff.day.isoformat(),
        "model_version": bundle.version,
        "customers": tally.customers,
        "outside_population": tally.outside,
        "by_quadrant": dict(tally.quadrant),
        "by_recall_segment": _move_no_action_last(tally.recall),
        "by_tier": dict(tally.tier),
        "by_lifecycle": dict(tally.lifecycle),
        "by_touchpoint": dict(tally.touchpoints),
        "by_tag": dict(tally.tags),
        "routed_by": {key: n for key, n in tally.routed_by.items() if n},
        "dormant_value": {
            "customers": sum(each.customers for each in tally.mine),
            "after_one_or_two_orders": tally.silent_1_2,
            "spend_at_stake_cents": sum(each.spend_at_stake_cents for each in tally.mine),
            "self_returning_customers": round(
                sum(each.self_returning_customers for each in tally.mine), 1
            ),
            "self_returning_spend_cents": round(
                sum(each.self_returning_spend_cents for each in tally.mine)
            ),
            "silence_days": thresholds.silence_days,
            "outcome_days": thresholds.outcome_days,
            "currency": shop.currency,
            "backtest": bundle.manifest["self_return_backtest"],
        },
        "worth": summarize(bundle, tally.worth, cutoff.day),
        "becomes_dormant": tally.calendar.summarize(),
        "segments_without_input": sorted(
            name for name, needs in NEEDS.items() if not feeds & needs
        ),
        "model_age_days": (cutoff.day - outcomes_until).days,
        "model_has_seen_later_orders_until": outcomes_until.isoformat()
        if outcomes_until > cutoff.day
        else None,
        "snapshot": str(final / "snapshot.parquet"),
        "list": str(final / "list.csv"),
        "calendar": str(final / "calendar.csv"),
    }
