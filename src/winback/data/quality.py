"""How good the data is: freshness, volume against its own past, refused, missing, duplicate and
unmatched shares (B57–B59)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from winback.config.shop import Shop
from winback.config.sources import Quality
from winback.data.store import Store

WEEKS_SHOWN, WEEKS_BEFORE = 26, 8


@dataclass(frozen=True)
class Alarm:
    """A figure beyond its threshold. `measure` is a key of the catalogue under `alarm.`."""

    measure: str
    source: str
    value: float
    threshold: float
    column: str = ""


@dataclass(frozen=True)
class Week:
    """A week of the shop's own calendar, by its Monday."""

    monday: date
    rows: int
    whole: bool


def quality(shop: Shop, store: Store, now: datetime) -> dict[str, Any]:
    """The data quality of what was imported last, and its alarms, as plain data.

    Shares are 0 to 1; freshness is in days from the newest row to `now`, naive UTC.
    """
    manifest = store.manifest
    sources = [_source(each, now) for each in manifest.sources]
    volume = {
        table: _weeks(store, table) for table in ("orders", "events") if manifest.tables[table]
    }
    kept = max(manifest.counts["rows_kept"], 1)
    told: dict[str, Any] = {
        "shop": shop.name,
        "version": manifest.version,
        "imported_at": manifest.imported_at,
        "first_day": manifest.first_day,
        "last_day": manifest.last_day,
        "counts": dict(manifest.counts),
        "sources": sources,
        "duplicate_share": manifest.counts["duplicates"] / kept,
        "unmatched": {name: share for name, share in _unmatched(store) if share is not None},
        "volume": {table: [vars(week) for week in weeks] for table, weeks in volume.items()},
        "volume_ratio": {table: _ratio(weeks) for table, weeks in volume.items()},
    }
    told["alarms"] = [vars(alarm) for alarm in _alarms(told, shop.quality)]
    return told


def _source(told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    latest = datetime.fromisoformat(told["latest"]) if told["latest"] else None
    name = " · ".join(part for part in (told["kind"], told["platform"], told["profile"]) if part)
    return {
        **told,
        "name": name,
        "refused_share": sum(told["quarantined"].values()) / max(told["read"], 1),
        "missing": {
            column: count / max(told["kept"], 1) for column, count in told["missing"].items()
        },
        "freshness_days": None if latest is None else round((now - latest) / timedelta(days=1), 1),
    }


def _weeks(store: Store, table: str) -> list[Week]:
    """Rows of the last weeks, those without any included; the last day's week is whole only if
    it ended."""
    by_week = (
        f"select cast(date_trunc('week', local_day) as date), count(*) from {table} group "
        f"by "
        f"all order by all"
    )
    rows = dict(store.connect().sql(by_week).fetchall())
    if not rows:
        return []
    last = max(rows)
    end = max(store.last_day, last)
    mondays = [last - timedelta(weeks=back) for back in range(WEEKS_SHOWN - 1, -1, -1)]
    return [
        Week(monday, rows.get(monday, 0), monday + timedelta(days=6) <= end)
        for monday in mondays
        if monday >= min(rows)
    ]


def _ratio(weeks: list[Week]) -> float | None:
    """The last whole week against the median of the weeks before it; None without enough of
    them."""
    whole = [week.rows for week in weeks if week.whole]
    before = whole[-1 - WEEKS_BEFORE : -1]
    return whole[-1] / median(before) if len(before) == WEEKS_BEFORE and median(before) else None


def _unmatched(store: Store) -> Iterator[tuple[str, float | None]]:
    counts = store.manifest.counts
    customers = max(counts["customers"] + counts.get("merged_ids", 0), 1)
    yield "ids", counts["ids_unmatched"] / customers if "ids_unmatched" in counts else None
    yield "skus", counts["skus_unmatched"] / max(counts["skus"], 1) if "skus" in counts else None


def _alarms(told: Mapping[str, Any], limits: Quality) -> Iterator[Alarm]:
    for source in told["sources"]:
        name = source["name"]
        fresh = source["freshness_days"]
        if fresh is not None and fresh > limits.freshness_days:
            yield Alarm("freshness", name, fresh, limits.freshness_days)
        if source["refused_share"] > limits.refused_share:
            yield Alarm("refused", name, source["refused_share"], limits.refused_share)
        for column, share in source["missing"].items():
            if share > limits.missing_share:
                yield Alarm("missing", name, share, limits.missing_share, column)
    if told["duplicate_share"] > limits.duplicate_share:
        yield Alarm("duplicates", "", told["duplicate_share"], limits.duplicate_share)
    for name, share in told["unmatched"].items():
        if share > limits.unmatched_share:
            yield Alarm(f"unmatched_{name}", "", share, limits.unmatched_share)
    low, high = limits.volume_ratio
    for table, ratio in told["volume_ratio"].items():
        if ratio is not None and not low <= ratio <= high:
            yield Alarm("volume", table, ratio, low if ratio < low else high)
