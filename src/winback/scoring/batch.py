"""The batch scoring job: tables → features → probability → segments → a snapshot, a list and a
summary.

Customers are read one hash partition at a time, so memory does not grow with the shop. The snapshot
appears whole or not at all, and the last good one keeps serving.
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from winback.config.shop import Shop
from winback.core.currency import get_exponent, get_minor_per_unit
from winback.core.cutoff import Cutoff
from winback.core.errors import CutoffAfterData
from winback.core.files import publish_folder
from winback.data.contacts import Contacts
from winback.data.store import Store, open_engine, quote_literal
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compute_features
from winback.i18n.translate import FORMULA, Language, translate
from winback.model.bundle import Bundle
from winback.model.labels import check_has_history
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.scoring.churn_calendar import DormancyForecast
from winback.scoring.snapshot import build_snapshot
from winback.scoring.snapshot_index import Reached, write_index
from winback.scoring.snapshot_metadata import SnapshotFacts
from winback.scoring.summary import ScoreSummary
from winback.scoring.tally import ScoreTally, build_summary
from winback.segmentation.definitions import RECALL
from winback.segmentation.thresholds import Thresholds

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


def score_shop(
    shop: Shop,
    store: Store,
    bundle: Bundle,
    folder: Path,
    day: date | None = None,
    language: Language = "en",
    progress: Callable[[int, int], None] = lambda _part, _parts: None,
    contacts: Contacts | None = None,
) -> ScoreSummary:
    """Score every customer who ever ordered before the cut-off; write snapshot and list under
    `folder`; sum up.

    day: the cut-off, by default the store's. language: of the list's words; contacts: who can
    be reached, for the pages.

    Raises CutoffAfterData, CutoffTooEarly, and what `load_playbook` does of the shop's playbook.
    """
    thresholds = Thresholds.from_dict(bundle.thresholds)
    cutoff = Cutoff(day or store.default_cutoff_day, shop.timezone, thresholds.outcome_days)
    if cutoff.day > store.latest_cutoff_day:
        raise CutoffAfterData(
            cutoff=cutoff.day, last_order=store.last_day, latest=store.latest_cutoff_day
        )
    check_has_history(cutoff, store.first_day)
    feeds, playbook = get_available_feeds(store.first_known, cutoff), load_playbook(shop)
    tally = ScoreTally(DormancyForecast(cutoff, shop.sales))

    def score_part(con: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
        features = compute_features(con, cutoff, feeds, ALL_FEATURES)
        snapshot = build_snapshot(features, cutoff, bundle, thresholds, shop, playbook, tally)
        return {"features": features, "snapshot": snapshot}

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
        staging, final = Path(scratch) / "snapshot", folder / cutoff.day.isoformat()
        staging.mkdir()
        _write_parts(staging, store, score_part, progress)
        write_list(staging, language, shop.currency)
        tally.calendar.write_csv(staging / "calendar.csv")
        metadata = _describe_snapshot(cutoff, store, bundle, thresholds, playbook)
        write_index(staging, metadata, _get_reached(contacts))
        left_out = store.find_day_left_out(cutoff.day)
        summary = build_summary(shop, cutoff, left_out, bundle, thresholds, feeds, tally, final)
        text = json.dumps(summary.to_dict(), ensure_ascii=False, indent=1)
        (staging / "summary.json").write_text(text, encoding="utf-8")
        version = f"{bundle.version}-{store.manifest.version}"
        publish_folder(staging, folder / ".kept" / final.name / version, final)
    return summary


def _write_parts(
    staging: Path,
    store: Store,
    score_part: Callable[[duckdb.DuckDBPyConnection], dict[str, pa.Table]],
    progress: Callable[[int, int], None],
) -> None:
    """Write the tables of one part of the customers after the other."""
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for part, con in enumerate(store.iterate_parts(), start=1):
            for name, table in score_part(con).items():
                if name not in writers:
                    path = staging / f"{name}.parquet"
                    writer = pq.ParquetWriter(path, table.schema, compression="zstd")
                    writers[name] = stack.enter_context(writer)
                writers[name].write_table(table)
            progress(part, store.manifest.parts)


def _describe_snapshot(
    cutoff: Cutoff, store: Store, bundle: Bundle, thresholds: Thresholds, playbook: Playbook
) -> SnapshotFacts:
    """What the snapshot's index says of it."""
    return {
        "cutoff": cutoff.day.isoformat(),
        "model_version": bundle.version,
        "outcome_days": thresholds.outcome_days,
        "playbook": playbook.name,
        "import_version": store.manifest.version,
        "first_known": store.manifest.first_known,
        "learned_until": bundle.manifest["window"]["outcomes_until"],
        "silence_days": thresholds.silence_days,
        "high_monetary_minor": thresholds.high_monetary_minor,
        "high_frequency_days": thresholds.high_frequency_days,
    }


def _get_reached(contacts: Contacts | None) -> Reached | None:
    if contacts is None or not contacts.is_known:
        return None
    return lambda customers: [contacts.get_contact(each).is_reachable for each in customers]


def write_list(staging: Path, language: Language, currency: str) -> None:
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
    per_unit, money = get_minor_per_unit(currency), f"decimal(18, {get_exponent(currency)})"
    rows = con.sql(f"""
        select case when regexp_matches(s.customer_id, $${FORMULA}$$) then '''' || s.customer_id
            else s.customer_id end as "{titles["customer_id"]}",
          case s.recall_segment {names} end as "{titles["recall_segment"]}",
          s.reason_{language} as "{titles["reason"]}",
          s.model_reason_{language} as "{titles["model_reason"]}",
          s.churn_probability as "{titles["churn_probability"]}",
          cast(s.value_at_stake_minor / {per_unit} as {money}) as "{titles["value_at_stake"]}",
          cast(s.expected_spend_minor / {per_unit} as {money}) as "{titles["expected_spend"]}",
          cast(f.net_spend_lifetime_minor / {per_unit} as {money})
            as "{titles["net_spend_lifetime"]}",
          cast(ceil(f.days_since_last_order) as bigint) as "{titles["days_since_last_order"]}",
          s.next_order_90_day as "{titles["next_order_90_day"]}"
        from read_parquet({snapshot}) as s join read_parquet({features}) as f
          using (customer_id)
        where s.recall_segment <> 'no_action'
        order by case s.recall_segment {places} end, s.value_at_stake_minor desc nulls last,
          f.net_spend_lifetime_minor desc nulls last, s.customer_id
    """).to_arrow_table()
    with (staging / "list.csv").open("wb") as stream:
        stream.write(b"\xef\xbb\xbf")  # so that spreadsheets read Chinese
        pacsv.write_csv(rows, stream, pacsv.WriteOptions(quoting_style="needed"))
