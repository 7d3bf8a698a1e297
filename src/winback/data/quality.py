"""How good the data is: freshness, volume against its own past, refused, missing, duplicate and
unmatched shares (B57–B59)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import TypedDict

from winback.config.shop import Shop
from winback.config.sources import QualitySettings
from winback.data.store import ImportRemark, SourceFacts, SourceRead, Store

WEEKS_SHOWN, WEEKS_BEFORE = 26, 8


class QualityAlert(TypedDict):
    """A figure beyond its threshold. `measure` is a key of the catalogue under `alert.`; column:
    "" where it is of no column."""

    measure: str
    source: str
    value: float
    threshold: float
    column: str


class Week(TypedDict):
    """A week of the shop's own calendar, by its Monday."""

    monday: date
    rows: int
    whole: bool


class SourceQuality(SourceFacts):
    """A source in the report. missing: the share of empty cells of each column it has."""

    missing: Mapping[str, float]
    name: str
    refused_share: float
    freshness_days: float | None


class Volume(TypedDict):
    """By table. volume_ratio: the last whole week against those before."""

    volume: Mapping[str, Sequence[Week]]
    volume_ratio: Mapping[str, float | None]


class _Figures(Volume):
    """The report without its alerts."""

    shop: str
    version: str
    imported_at: str
    first_day: str | None
    last_day: str | None
    counts: Mapping[str, int]
    sources: Sequence[SourceQuality]
    currency: str
    remarks: Sequence[ImportRemark]
    duplicate_share: float
    unmatched: Mapping[str, float]


class QualityReport(_Figures):
    """The data quality of an import."""

    alerts: list[QualityAlert]


def build_quality_report(shop: Shop, store: Store, now: datetime) -> QualityReport:
    """The data quality of what was imported last, and its alerts, as plain data.

    Shares are 0 to 1; freshness is in days from the newest row to `now`, naive UTC.
    """
    manifest = store.manifest
    sources = [_describe_source(each, now) for each in manifest.sources]
    rows_kept = max(manifest.counts["rows_kept"], 1)
    figures: _Figures = {
        "shop": shop.name,
        "version": manifest.version,
        "imported_at": manifest.imported_at,
        "first_day": manifest.first_day,
        "last_day": manifest.last_day,
        "counts": dict(manifest.counts),
        "sources": sources,
        "currency": shop.currency,
        "remarks": manifest.remarks,
        "duplicate_share": manifest.counts["duplicates"] / rows_kept,
        "unmatched": _measure_unmatched(store),
        **_measure_volume(store),
    }
    return {**figures, "alerts": list(_find_alerts(figures, shop.quality))}


def _describe_source(source: SourceRead, now: datetime) -> SourceQuality:
    latest = datetime.fromisoformat(source["latest"]) if source["latest"] else None
    name = " · ".join(
        part for part in (source["kind"], source["platform"], source["profile"]) if part
    )
    return {
        **source,
        "name": name,
        "refused_share": sum(source["quarantined"].values()) / max(source["read"], 1),
        "missing": {
            column: count / max(source["kept"], 1) for column, count in source["missing"].items()
        },
        "freshness_days": None if latest is None else round((now - latest) / timedelta(days=1), 1),
    }


def _measure_volume(store: Store) -> Volume:
    """The rows of each week of the tables that have some, and the last week's ratio."""
    tables = [table for table in ("orders", "events") if store.manifest.tables[table]]
    volume = {table: _count_weeks(store, table) for table in tables}
    return {
        "volume": volume,
        "volume_ratio": {table: _compute_week_ratio(weeks) for table, weeks in volume.items()},
    }


def _count_weeks(store: Store, table: str) -> list[Week]:
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
        Week(
            monday=monday,
            rows=rows.get(monday, 0),
            whole=monday + timedelta(days=6) <= end,
        )
        for monday in mondays
        if monday >= min(rows)
    ]


def _compute_week_ratio(weeks: list[Week]) -> float | None:
    """The last whole week against the median of the weeks before it; None without enough of
    them."""
    whole = [week["rows"] for week in weeks if week["whole"]]
    before = whole[-1 - WEEKS_BEFORE : -1]
    return whole[-1] / median(before) if len(before) == WEEKS_BEFORE and median(before) else None


def _measure_unmatched(store: Store) -> dict[str, float]:
    """The shares that are known."""
    return {name: share for name, share in _list_unmatched_shares(store) if share is not None}


def _list_unmatched_shares(store: Store) -> Iterator[tuple[str, float | None]]:
    counts = store.manifest.counts
    customers = max(counts["customers"] + counts.get("merged_ids", 0), 1)
    yield "ids", counts["ids_unmatched"] / customers if "ids_unmatched" in counts else None
    yield "skus", counts["skus_unmatched"] / max(counts["skus"], 1) if "skus" in counts else None


def _find_alerts(report: _Figures, limits: QualitySettings) -> Iterator[QualityAlert]:
    for source in report["sources"]:
        yield from _find_source_alerts(source, limits)
    if report["duplicate_share"] > limits.duplicate_share:
        yield _build_alert("duplicates", "", report["duplicate_share"], limits.duplicate_share)
    for name, share in report["unmatched"].items():
        if share > limits.unmatched_share:
            yield _build_alert(f"unmatched_{name}", "", share, limits.unmatched_share)
    low, high = limits.volume_ratio
    for table, ratio in report["volume_ratio"].items():
        if ratio is not None and not low <= ratio <= high:
            yield _build_alert("volume", table, ratio, low if ratio < low else high)


def _build_alert(
    measure: str, source: str, value: float, threshold: float, column: str = ""
) -> QualityAlert:
    return QualityAlert(
        measure=measure, source=source, value=value, threshold=threshold, column=column
    )


def _find_source_alerts(source: SourceQuality, limits: QualitySettings) -> Iterator[QualityAlert]:
    name = source["name"]
    fresh = source["freshness_days"]
    if fresh is not None and fresh > limits.freshness_days:
        yield _build_alert("freshness", name, fresh, limits.freshness_days)
    if source["refused_share"] > limits.refused_share:
        yield _build_alert("refused", name, source["refused_share"], limits.refused_share)
    for column, share in source["missing"].items():
        if share > limits.missing_share:
            yield _build_alert("missing", name, share, limits.missing_share, column)
