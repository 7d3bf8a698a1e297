"""The daily look (B99): what came in, what the model said and what came true, as alerts that are
told once.

Each rule looks for itself; one that cannot tell yet says so, and opens no alert.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import WinbackError
from winback.core.files import write_atomically
from winback.core.paths import DataPaths
from winback.data.quality import build_quality_report
from winback.data.store import Store
from winback.features.registry import NAMES, get_available_feeds, hash_spec
from winback.features.sql_compiler import compute_features
from winback.ledger.alerts import Finding, Severity, list_alerts, update_alerts
from winback.ledger.engine import Ledger
from winback.ledger.waves import list_unconfirmed, list_waves
from winback.measurement.exposure import load_exposure
from winback.model.bundle import Bundle, to_matrix
from winback.model.labels import compute_outcomes, is_in_population
from winback.model.versions import load_champion
from winback.monitoring.accuracy import Accuracy, Deciles, compare_deciles, measure_accuracy
from winback.monitoring.alert_text import RULES
from winback.monitoring.drift import find_drift, measure_distances
from winback.monitoring.overdue_cases import find_overdue, refresh_cases
from winback.segmentation.thresholds import Thresholds

MOST_COMPARED = 20_000  # customers on each side; more would call every breath a change
_SCORE = "score"


@dataclass(frozen=True)
class CheckResult:
    """What a look found. accuracy, deciles: of the newest forecast whose window is over, and the
    day it was made; None where there is none yet."""

    seen: list[Finding]
    accuracy: Accuracy | None = None
    deciles: Deciles | None = None
    forecast_day: date | None = None
    checked: Mapping[str, str] = field(default_factory=dict)  # rule → well, alert or unknown


def run_checks(
    shop: Shop, home: DataPaths, store: Store, ledger: Ledger, now: datetime
) -> CheckResult:
    """Look at everything, and bring the ledger's alerts to what was found. What is not known
    resolves nothing."""
    refresh_cases(ledger, shop.cases, store, now)
    findings, unknown = (
        [*_check_data(shop, store, now), *_check_waves(ledger, now), *find_overdue(ledger, now)],
        set[str](),
    )
    accuracy_result, tenths, day = None, None, None
    try:
        bundle = load_champion(home.get_models_folder(shop.name), hash_spec())
    except (
        WinbackError
    ):  # the doctor says what is wrong with it; the rest is looked at all the same
        unknown |= {"drift", "scores", "accuracy", "calibration", "model_age"}
    else:
        moved = _check_drift(shop, store, bundle)
        findings, unknown = (
            [*findings, *(moved or ())],
            unknown | ({"drift", "scores"} if moved is None else set()),
        )
        accuracy_result, tenths, day = _judge_matured_forecast(
            shop, home, store, bundle, _find_accuracy_warning(ledger)
        )
        if accuracy_result is None or accuracy_result.state == "unknown":
            unknown |= {"accuracy", "calibration"}
        findings += _check_forecasts(accuracy_result, tenths, day)
        learned_until = date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
        age = (store.default_cutoff_day - learned_until).days
        if age > shop.service.model_stale_days:
            findings.append(Finding("model_age", "", "warn", {"days": age}))
    update_alerts(ledger, findings, [rule for rule in RULES if rule not in unknown], now)
    fired = {each.rule for each in findings}
    checked = {
        rule: "alert" if rule in fired else "unknown" if rule in unknown else "well"
        for rule in RULES
    }
    return CheckResult(findings, accuracy_result, tenths, day, checked)


def save_result(folder: Path, look: CheckResult, store: Store, now: datetime) -> None:
    """Keep what a look found, for the dashboard: `daily.json`; figures there are none of are
    null."""
    folder.mkdir(parents=True, exist_ok=True)

    def to_json(value: Any) -> Any:
        if isinstance(value, float) and value != value:
            return None
        if isinstance(value, Mapping):
            return {key: to_json(each) for key, each in value.items()}
        return [to_json(each) for each in value] if isinstance(value, list | tuple) else value

    content = {
        "made_at": now.isoformat(timespec="seconds"),
        "as_of": str(store.last_day),
        "checked": look.checked,
        "accuracy": asdict(look.accuracy) if look.accuracy else None,
        "deciles": asdict(look.deciles) if look.deciles else None,
        "forecast_day": str(look.forecast_day) if look.forecast_day else None,
    }
    write_atomically(
        folder / "daily.json", json.dumps(to_json(content), ensure_ascii=False, indent=1)
    )


def _find_accuracy_warning(ledger: Ledger) -> date | None:
    """The day of the forecast that was last below the line, if that alert is open."""
    for alert in list_alerts(ledger):
        if alert.rule == "accuracy" and "below_line" in alert.detail["why"]:
            return date.fromisoformat(alert.detail["day"])
    return None


def _check_forecasts(
    accuracy_result: Accuracy | None, tenths: Deciles | None, day: date | None
) -> list[Finding]:
    findings = []
    if accuracy_result is not None and accuracy_result.state in ("warn", "page"):
        severity: Severity = "page" if accuracy_result.state == "page" else "warn"
        findings.append(
            Finding(
                "accuracy",
                "",
                severity,
                {**asdict(accuracy_result), "why": list(accuracy_result.why), "day": str(day)},
            )
        )
    if tenths is not None and tenths.state == "warn":
        findings.append(
            Finding(
                "calibration",
                "",
                "warn",
                {"off": sum(tenths.off), "error": tenths.error, "day": str(day)},
            )
        )
    return findings


def _check_data(shop: Shop, store: Store, now: datetime) -> list[Finding]:
    """Freshness, volume and the rest of the data quality report (B58, B59)."""
    return [
        Finding(
            "data",
            " ".join(filter(None, (each["measure"], each["source"], each["column"]))),
            "warn",
            each,
        )
        for each in build_quality_report(shop, store, now)["alerts"]
    ]


def _check_waves(ledger: Ledger, now: datetime) -> list[Finding]:
    findings = []
    for wave in list_waves(ledger):
        unknown = len(list_unconfirmed(ledger, wave.wave_id))
        if unknown:
            findings.append(Finding("unknown_messages", wave.wave_id, "page", {"count": unknown}))
        if wave.state == "planned" and now - wave.planned_at > timedelta(days=3):
            findings.append(
                Finding(
                    "undecided_wave", wave.wave_id, "warn", {"days": (now - wave.planned_at).days}
                )
            )
    return findings


def _check_drift(shop: Shop, store: Store, bundle: Bundle) -> list[Finding] | None:
    """The population the model was tested on against today's: every quantity it reads, and the
    score it gives. None: it is not known.

    What moves as far between two days as far apart before the test is the shop growing older, not
    drift.
    """
    tested = date.fromisoformat(bundle.manifest["window"]["test_cutoff"])
    newest = store.default_cutoff_day
    apart = newest - tested
    if apart.days <= 0 or tested - apart <= store.first_day:
        return None
    days = Thresholds.from_dict(bundle.thresholds).outcome_days
    earlier, then, now = (
        _load_population(shop, store, bundle, Cutoff(day, shop.timezone, days))
        for day in (tested - apart, tested, newest)
    )
    return _list_moved(then, now, earlier)


def _list_moved(
    then: dict[str, NDArray[np.float64]],
    now: dict[str, NDArray[np.float64]],
    earlier: dict[str, NDArray[np.float64]],
) -> list[Finding]:
    findings, moved = [], find_drift(then, now, measure_distances(earlier, then))
    for rule, shifts in (
        ("scores", [each for each in moved if each.quantity == _SCORE]),
        ("drift", [each for each in moved if each.quantity != _SCORE]),
    ):
        if shifts:  # one alert, whatever else moved with the furthest
            findings.append(
                Finding(
                    rule,
                    "",
                    "warn",
                    {"count": len(shifts), "of": len(now) - 1, **asdict(shifts[0])},
                )
            )
    return findings


def _draw_some(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """As many rows as are compared at most, the same ones of the same rows."""
    if len(rows) <= MOST_COMPARED:
        return rows
    return rows[np.random.default_rng(7).choice(len(rows), MOST_COMPARED, replace=False)]


def _load_population(
    shop: Shop, store: Store, bundle: Bundle, cutoff: Cutoff
) -> dict[str, NDArray[np.float64]]:
    rows: list[NDArray[np.float64]] = []
    feeds = get_available_feeds(store.first_known, cutoff)
    for con in store.iterate_parts():
        _add_population(con, cutoff, feeds, shop, rows)
    whole = _draw_some(np.concatenate(rows))
    columns = {name: whole[:, place] for place, name in enumerate(NAMES)}
    return columns | {_SCORE: bundle.compute_margin(whole) if len(whole) else np.empty(0)}


def _add_population(
    con: duckdb.DuckDBPyConnection,
    cutoff: Cutoff,
    feeds: frozenset[str],
    shop: Shop,
    rows: list[NDArray[np.float64]],
) -> None:
    numbers = to_matrix(compute_features(con, cutoff, feeds), NAMES)
    inside = is_in_population(
        numbers[:, NAMES.index("days_since_last_order")], cutoff, shop.population_days
    )
    rows.append(numbers[inside])


def _judge_matured_forecast(
    shop: Shop, home: DataPaths, store: Store, bundle: Bundle, warned: date | None
) -> tuple[Accuracy | None, Deciles | None, date | None]:
    """This model's newest forecast whose window is over, held against what happened.

    Who was written to since is left out, and who was held out stands for them: they were chosen
    because they had not ordered yet, so without somebody in their place too few would have stayed
    away. warned: the day of a forecast below the line.
    """
    days, snapshots = (
        Thresholds.from_dict(bundle.thresholds).outcome_days,
        home.get_shop_folder(shop.name) / "snapshots",
    )
    mine = _list_matured(snapshots, days, store, bundle)
    if not mine:
        return None, None, None
    day = mine[-1]
    cutoff = Cutoff(day, shop.timezone, days)
    churned, chance, stands_for = _load_forecast(snapshots, day, store, cutoff, shop, home)
    before = warned is not None and day - warned >= timedelta(days=7)
    return (
        measure_accuracy(chance, churned, before, stands_for),
        compare_deciles(chance, churned, stands_for),
        day,
    )


def _list_matured(snapshots: Path, days: int, store: Store, bundle: Bundle) -> list[date]:
    over = sorted(
        day
        for day in _list_days(snapshots)
        if day + timedelta(days=days) <= store.default_cutoff_day
    )
    return [day for day in over if _read_model_version(snapshots / str(day)) == bundle.version]


def _load_forecast(
    snapshots: Path, day: date, store: Store, cutoff: Cutoff, shop: Shop, home: DataPaths
) -> tuple[Any, Any, NDArray[np.float64]]:
    table = pq.read_table(
        snapshots / str(day) / "snapshot.parquet",
        columns=["customer_id", "outside_population", "churn_probability"],
    )
    returned = compute_outcomes(store.connect(), cutoff).column("customer_id")
    population = table.filter(pc.invert(table["outside_population"]))
    weight = load_exposure(shop, home, store).count_rows(population["customer_id"], cutoff)
    churned = pc.invert(pc.is_in(population["customer_id"], returned)).to_numpy(
        zero_copy_only=False
    )
    has_weight = weight > 0
    chance, churned, stands_for = (
        population["churn_probability"].to_numpy()[has_weight],
        churned[has_weight],
        weight[has_weight].astype(np.float64),
    )
    return churned, chance, stands_for


def _read_model_version(snapshot: Path) -> str | None:
    try:
        return str(
            json.loads((snapshot / "summary.json").read_text(encoding="utf-8"))["model_version"]
        )
    except (OSError, ValueError, KeyError):
        return None


def _list_days(snapshots: Path) -> list[date]:
    return [
        date.fromisoformat(path.name)
        for path in snapshots.glob("????-??-??")
        if (path / "snapshot.parquet").is_file()
    ]
