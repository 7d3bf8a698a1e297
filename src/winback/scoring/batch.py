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
from winback.data.store import Store, engine, literal
from winback.features.registry import NAMES, feeds_at
from winback.features.rule_features import EVERYTHING
from winback.features.sql_compiler import feature_table
from winback.i18n.translate import CATALOGUE, FORMULA, Language, say
from winback.model.bundle import Bundle, matrix
from winback.model.explanations import reasons
from winback.model.labels import check_has_history
from winback.model.spend import Sums, Worth
from winback.playbooks.matching import book_of, whose
from winback.playbooks.playbook import Playbook
from winback.scoring.churn_calendar import Calendar, days_until_silent
from winback.scoring.customer_value import add, likely_away, spend_by_silence, told, valued
from winback.scoring.explanation_text import why
from winback.scoring.predict import columns_of, scored
from winback.scoring.snapshot_index import Reached, write_shelf
from winback.segmentation.assignment import GoldMine, Routed, gold_mine
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
        *((name, pa.date32()) for name in ("next_order_50_day", "next_order_90_day", "silent_on")),
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
_LET_BE = [place for place, segment in enumerate(RECALL) if segment.name == "let_be"]
MOST_REASONS = (
    20_000  # of each part: a reason costs thirty times a score, and nobody reads more in a week
)
_FURTHEST_DAYS = 3650  # a next order further off than ten years is none

Array = NDArray[np.float64]


@dataclass
class _Tally:
    """Every customer counted once."""

    calendar: Calendar
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
    mine: list[GoldMine] = field(default_factory=list)
    worth: dict[str, Sums] = field(default_factory=dict)


def score(
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

    day: the cut-off, by default the last day with an order, itself unused because it may be partial
    (CONTRACTS 3). language: of the list's words; contacts: who can be reached, for the pages.

    Raises CutoffAfterData, CutoffTooEarly, and what `book_of` does of the shop's playbook.
    """
    thresholds = Thresholds.of(bundle.thresholds)
    cutoff = Cutoff(day or store.last_day, shop.timezone, thresholds.outcome_days)
    if cutoff.day > store.last_day:
        raise CutoffAfterData(cutoff=cutoff.day, last_order=store.last_day, latest=store.last_day)
    check_has_history(cutoff, store.first_day)
    feeds, book = feeds_at(store.first_known, cutoff), book_of(shop)
    tally = _Tally(Calendar(cutoff, shop.sales))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
        staging = Path(scratch) / "snapshot"
        staging.mkdir()
        writers: dict[str, pq.ParquetWriter] = {}
        for part, con in enumerate(store.by_part(), start=1):
            features = feature_table(con, cutoff, feeds, EVERYTHING)
            snapshot = snapshot_of(features, cutoff, bundle, thresholds, shop, book, tally)
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
        tally.calendar.write(staging / "calendar.csv")
        final = folder / cutoff.day.isoformat()
        write_shelf(
            staging,
            {
                "cutoff": cutoff.day.isoformat(),
                "model_version": bundle.version,
                "outcome_days": thresholds.outcome_days,
                "playbook": book.name,
                "import_version": store.manifest.version,
                "first_known": store.manifest.first_known,
                "learned_until": bundle.manifest["window"]["outcomes_until"],
                "silence_days": thresholds.silence_days,
                "high_monetary_cents": thresholds.high_monetary_cents,
                "high_frequency_days": thresholds.high_frequency_days,
            },
            _reached(contacts),
        )
        summary = _summary(shop, cutoff, bundle, thresholds, feeds, tally, final)
        (staging / "summary.json").write_text(
            json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        publish_folder(
            staging,
            folder / ".kept" / final.name / f"{bundle.version}-{store.manifest.version}",
            final,
        )
    return summary


def _reached(contacts: Contacts | None) -> Reached | None:
    if contacts is None or not contacts.known:
        return None
    return lambda customers: [contacts.of(each).reachable for each in customers]


def snapshot_of(
    features: pa.Table,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    shop: Shop,
    book: Playbook | None = None,
    tally: _Tally | None = None,
) -> pa.Table:
    """The snapshot rows of a feature table, in its order (columns of SNAPSHOT)."""
    rows = matrix(features, NAMES)
    columns = columns_of(features, rows)
    found = scored(columns, rows, cutoff, bundle, thresholds, shop)
    margins, chance, inside, routed = found.margins, found.chance, found.inside, found.routed
    days_silent = columns["days_since_last_order"]
    days_left = np.where(routed.fierce, 0, days_until_silent(days_silent, thresholds.silence_days))
    away = likely_away(thresholds, days_silent, inside, chance)
    worth = valued(bundle, thresholds, rows, days_silent, inside, away, cutoff.day)
    if tally is not None:
        expected = worth.expected if worth else spend_by_silence(thresholds, days_silent)
        _count(tally, routed, inside, gold_mine(columns, routed, thresholds, away, expected))
        if worth is not None:
            add(tally.worth, _groups(routed, days_silent, thresholds), worth, away)
        ahead = days_left > 0
        until = bundle.chance_over(
            rows[ahead], margins[ahead], cutoff.day, days_left[ahead].astype(np.float64)
        )
        tally.calendar.add(days_left[ahead], days_silent[ahead], until)
    listed = ~np.isin(routed.recall, _LET_BE)
    told_why = _first(listed, worth.at_stake if worth else chance)
    why_listed = reasons(bundle.blend.contributions(rows[told_why]), bundle.names, rows[told_why])
    return pa.table(
        [
            features.column("customer_id"),
            pa.array(~inside),
            pa.array(chance),
            pa.array(margins),
            _coded(routed.tier, TIERS),
            pa.array(np.round(routed.rfmb_score, 2)),
            _coded(routed.quadrant, QUADRANTS),
            _coded(routed.silent_class, SILENT_CLASSES),
            _coded(routed.lifecycle, LIFECYCLE),
            _coded(routed.recall, RECALL),
            _labelled(routed.recall, [segment.routed_by for segment in RECALL]),
            _labelled(routed.recall, [segment.reason for segment in RECALL]),
            *_reasons(columns, chance, routed, thresholds),
            *(_spread(why(why_listed, language), told_why) for language in ("zh", "en")),
            *_cents(worth, len(chance)),
            *(
                _days(bundle.days_to_next(rows, share) - days_silent, cutoff.day)
                for share in (0.5, 0.9)
            ),
            _days(np.where(days_left > 0, days_left, np.nan), cutoff.day),
            *map(_marked, (routed.touchpoints, routed.tags, routed.never)),
            _plays(routed, book),
        ],
        schema=SNAPSHOT,
    )


def write_list(staging: Path, language: Language) -> None:
    """The list a person opens: everyone with a next step, in the order of the segments, the most
    valuable first."""
    con = engine()
    snapshot, features = (
        literal(str(staging / f"{name}.parquet")) for name in ("snapshot", "features")
    )
    order = {
        name: place for place, name in enumerate(dict.fromkeys(segment.name for segment in RECALL))
    }
    names = " ".join(f"when '{name}' then '{say(f'recall.{name}', language)}'" for name in order)
    places = " ".join(f"when '{name}' then {place}" for name, place in order.items())
    titles = {key: say(f"column.{key}", language) for key in _LISTED}
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
        where s.recall_segment <> 'let_be'
        order by case s.recall_segment {places} end, s.value_at_stake_cents desc nulls last,
          f.net_spend_lifetime_cents desc nulls last, s.customer_id
    """).to_arrow_table()
    with (staging / "list.csv").open("wb") as stream:
        stream.write(b"\xef\xbb\xbf")  # so that spreadsheets read Chinese
        pacsv.write_csv(rows, stream, pacsv.WriteOptions(quoting_style="needed"))


def _groups(
    routed: Routed, days_silent: Array, thresholds: Thresholds
) -> dict[str, NDArray[np.bool_]]:
    """Whose worth is added up: every recall segment, the gold mine and all."""
    by_segment: dict[str, NDArray[np.bool_]] = {}
    for place, segment in enumerate(RECALL):
        by_segment[segment.name] = by_segment.get(
            segment.name, np.zeros(len(days_silent), dtype=bool)
        ) | (routed.recall == place)
    mine = (days_silent > thresholds.silence_days) & ~routed.fierce
    return {**by_segment, "gold_mine": mine, "all": np.ones(len(days_silent), dtype=bool)}


def _first(listed: NDArray[np.bool_], by: Array) -> NDArray[np.bool_]:
    """The listed customers with most at stake, at most MOST_REASONS."""
    places = np.flatnonzero(listed)
    first = np.zeros(len(listed), dtype=bool)
    first[places[np.argsort(-by[places], kind="stable")[:MOST_REASONS]]] = True
    return first


def _cents(worth: Worth | None, count: int) -> list[pa.Array]:
    if worth is None:
        return [pa.nulls(count, pa.int64())] * 4
    columns = (worth.expected, worth.at_stake, worth.low, worth.high)
    return [pa.array(np.floor(column + 0.5).astype(np.int64)) for column in columns]


def _days(ahead: Array, day: date) -> pa.Array:
    """Days from the cut-off on as dates; null where unknown or further off than ten years."""
    known = np.abs(ahead) <= _FURTHEST_DAYS  # NaN is not
    days = np.datetime64(day) + np.floor(np.where(known, ahead, 0)).astype("timedelta64[D]")
    return pa.array(days, mask=~known).cast(pa.date32())


def _spread(values: pa.Array, chosen: NDArray[np.bool_]) -> pa.Array:
    """Values of the chosen rows among all rows, null elsewhere."""
    place = np.cumsum(chosen) - 1
    return values.take(pa.array(place, mask=~chosen))


def _coded(codes: NDArray[np.int64], segments: Sequence[Segment]) -> pa.DictionaryArray:
    return _labelled(codes, [segment.name for segment in segments])


def _labelled(codes: NDArray[np.int64], labels: Sequence[str]) -> pa.DictionaryArray:
    """Text by code; the code after the last label is null."""
    # Two rules may share a label, and a dictionary with a repeated value is written in another
    # order each time.
    different = list(dict.fromkeys(labels))
    place = np.array([*(different.index(label) for label in labels), 0], dtype=np.int32)
    indices = pa.array(place[codes], mask=codes >= len(labels))
    return pa.DictionaryArray.from_arrays(indices, pa.array(different, pa.string()))


def _marked(marks: Mapping[str, NDArray[np.bool_]]) -> pa.DictionaryArray:
    """The names of each row's marks with a comma between them; null for none. Made once for each
    different set."""
    codes = np.zeros(len(next(iter(marks.values()))), dtype=np.int64)
    for place, flags in enumerate(marks.values()):
        codes |= flags.astype(np.int64) << place
    seen, inverse = np.unique(codes, return_inverse=True)
    names = [
        ",".join(name for place, name in enumerate(marks) if code >> place & 1)
        for code in seen.tolist()
    ]
    return pa.DictionaryArray.from_arrays(
        pa.array(inverse.astype(np.int32), mask=codes == 0), pa.array(names, pa.string())
    )


def _plays(routed: Routed, book: Playbook | None) -> pa.DictionaryArray:
    names = [play.name for play in book.plays] if book else []
    return _labelled(
        whose(routed.facts, book) if book else np.zeros(len(routed.recall), dtype=np.int64), names
    )


def _reasons(
    columns: Mapping[str, NDArray[np.float64]],
    chance: NDArray[np.float64],
    routed: Routed,
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
        seen, inverse = np.unique(key, return_inverse=True)
        codes[rows] = len(sentences["en"]) + inverse
        for value in seen.tolist():
            values: dict[str, int] = {"silence": round(thresholds.silence_days)}
            for name in reversed(used):
                value, values[name] = divmod(value, 1_000_000)
            for language in sentences:
                sentences[language].append(say(segment.reason, language, values))
    zh, en = (
        pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(each, pa.string()))
        for each in sentences.values()
    )
    return zh, en


def _count(tally: _Tally, routed: Routed, inside: NDArray[np.bool_], mine: GoldMine) -> None:
    tally.customers += len(inside)
    tally.outside += int((~inside).sum())
    tally.mine.append(mine)
    for counter, codes, labels in (
        (tally.quadrant, routed.quadrant, [each.name for each in QUADRANTS]),
        (tally.recall, routed.recall, [each.name for each in RECALL]),
        (tally.tier, routed.tier, [each.name for each in TIERS]),
        (tally.lifecycle, routed.lifecycle, [each.name for each in LIFECYCLE]),
        (tally.routed_by, routed.recall, [each.routed_by for each in RECALL]),
    ):
        for place, count in enumerate(np.bincount(codes, minlength=len(labels)).tolist()):
            counter[labels[place]] += count

    tally.silent_1_2 += int(routed.silent_1_2.sum())
    for counter, marks in ((tally.touchpoints, routed.touchpoints), (tally.tags, routed.tags)):
        counter.update({name: int(flags.sum()) for name, flags in marks.items()})


def _let_be_last(counts: Counter[str]) -> dict[str, int]:
    """`let_be` is reached by a rule at the top and by everyone's last resort; it is read last."""
    return {name: counts[name] for name in sorted(counts, key=lambda name: name == "let_be")}


def _summary(
    shop: Shop,
    cutoff: Cutoff,
    bundle: Bundle,
    thresholds: Thresholds,
    feeds: frozenset[str],
    tally: _Tally,
    final: Path,
) -> dict[str, Any]:
    seen = date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
    return {
        "shop": shop.name,
        "cutoff": cutoff.day.isoformat(),
        "model_version": bundle.version,
        "customers": tally.customers,
        "outside_population": tally.outside,
        "by_quadrant": dict(tally.quadrant),
        "by_recall_segment": _let_be_last(tally.recall),
        "by_tier": dict(tally.tier),
        "by_lifecycle": dict(tally.lifecycle),
        "by_touchpoint": dict(tally.touchpoints),
        "by_tag": dict(tally.tags),
        "routed_by": {key: n for key, n in tally.routed_by.items() if n},
        "gold_mine": {
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
        "worth": told(bundle, tally.worth, cutoff.day),
        "falls_silent": tally.calendar.summary(),
        "segments_without_input": sorted(
            name for name, needs in NEEDS.items() if not feeds & needs
        ),
        "model_age_days": (cutoff.day - seen).days,
        "model_has_seen_later_orders_until": seen.isoformat() if seen > cutoff.day else None,
        "snapshot": str(final / "snapshot.parquet"),
        "list": str(final / "list.csv"),
        "calendar": str(final / "calendar.csv"),
    }
