"""The daily look (B99): what came in, what the model said and what came true, as alarms that are
told once.

Each rule looks for itself; one that cannot tell yet says so, and opens no alarm.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.config.shop import Shop
from winback.core.cutoff import Cutoff
from winback.core.errors import WinbackError
from winback.core.files import write_whole
from winback.core.paths import Home
from winback.data.quality import quality
from winback.data.store import Store
from winback.features.registry import NAMES, feeds_at, spec_hash
from winback.features.sql_compiler import feature_table
from winback.ledger.alarms import Seen, Severity, keep_alarms, list_alarms
from winback.ledger.engine import Ledger
from winback.ledger.waves import list_waves, unknown_fates
from winback.measurement.exposure import exposure_of
from winback.model.bundle import Bundle, matrix
from winback.model.labels import in_population, outcomes
from winback.model.versions import champion
from winback.monitoring.accuracy import Accuracy, Deciles, accuracy, deciles
from winback.monitoring.alarm_text import RULES
from winback.monitoring.drift import distances, drifted
from winback.segmentation.thresholds import Thresholds

MOST_COMPARED = 20_000  # customers on each side; more would call every breath a change
_SCORE = "score"


@dataclass(frozen=True)
class Look:
    """What a look found. accuracy, deciles: of the newest forecast whose window is over, and the
    day it was made; None where there is none yet."""

    seen: list[Seen]
    accuracy: Accuracy | None = None
    deciles: Deciles | None = None
    forecast_day: date | None = None
    checked: Mapping[str, str] = field(default_factory=dict)  # rule → well, alarm or unknown


def looked(shop: Shop, home: Home, store: Store, ledger: Ledger, now: datetime) -> Look:
    """Look at everything, and bring the ledger's alarms to what was found. What cannot be told
    resolves nothing."""
    seen, unknown = [*_of_data(shop, store, now), *_of_waves(ledger, now)], set[str]()
    found, tenths, day = None, None, None
    try:
        bundle = champion(home.models(shop.name), spec_hash())
    except (
        WinbackError
    ):  # the doctor says what is wrong with it; the rest is looked at all the same
        unknown |= {"drift", "scores", "accuracy", "calibration", "model_age"}
    else:
        moved = _of_drift(shop, store, bundle)
        seen, unknown = (
            [*seen, *(moved or ())],
            unknown | ({"drift", "scores"} if moved is None else set()),
        )
        found, tenths, day = _matured(shop, home, store, bundle, _warned(ledger))
        if found is None or found.state == "unknown":
            unknown |= {"accuracy", "calibration"}
        seen += _of_forecasts(found, tenths, day)
        age = (
            store.last_day - date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
        ).days
        if age > shop.service.model_stale_days:
            seen.append(Seen("model_age", "", "warn", {"days": age}))
    keep_alarms(ledger, seen, [rule for rule in RULES if rule not in unknown], now)
    fired = {each.rule for each in seen}
    checked = {
        rule: "alarm" if rule in fired else "unknown" if rule in unknown else "well"
        for rule in RULES
    }
    return Look(seen, found, tenths, day, checked)


def keep_look(folder: Path, look: Look, store: Store, now: datetime) -> None:
    """Keep what a look found, for the dashboard: `daily.json`; figures there are none of are
    null."""
    folder.mkdir(parents=True, exist_ok=True)

    def plain(value: Any) -> Any:
        if isinstance(value, float) and value != value:
            return None
        if isinstance(value, Mapping):
            return {key: plain(each) for key, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, list | tuple) else value

    told = {
        "made_at": now.isoformat(timespec="seconds"),
        "as_of": str(store.last_day),
        "checked": look.checked,
        "accuracy": asdict(look.accuracy) if look.accuracy else None,
        "deciles": asdict(look.deciles) if look.deciles else None,
        "forecast_day": str(look.forecast_day) if look.forecast_day else None,
    }
    write_whole(folder / "daily.json", json.dumps(plain(told), ensure_ascii=False, indent=1))


def _warned(ledger: Ledger) -> date | None:
    """The day of the forecast that was last below the line, if that alarm is open."""
    for alarm in list_alarms(ledger):
        if alarm.rule == "accuracy" and "below_line" in alarm.detail["why"]:
            return date.fromisoformat(alarm.detail["day"])
    return None


def _of_forecasts(found: Accuracy | None, tenths: Deciles | None, day: date | None) -> list[Seen]:
    seen = []
    if found is not None and found.state in ("warn", "page"):
        severity: Severity = "page" if found.state == "page" else "warn"
        seen.append(
            Seen(
                "accuracy", "", severity, {**asdict(found), "why": list(found.why), "day": str(day)}
            )
        )
    if tenths is not None and tenths.state == "warn":
        seen.append(
            Seen(
                "calibration",
                "",
                "warn",
                {"off": sum(tenths.off), "error": tenths.error, "day": str(day)},
            )
        )
    return seen


def _of_data(shop: Shop, store: Store, now: datetime) -> list[Seen]:
    """Freshness, volume and the rest of the data quality report (B58, B59)."""
    return [
        Seen(
            "data",
            " ".join(filter(None, (each["measure"], each["source"], each["column"]))),
            "warn",
            each,
        )
        for each in quality(shop, store, now)["alarms"]
    ]


def _of_waves(ledger: Ledger, now: datetime) -> list[Seen]:
    seen = []
    for wave in list_waves(ledger):
        unknown = len(unknown_fates(ledger, wave.wave_id))
        if unknown:
            seen.append(Seen("unknown_messages", wave.wave_id, "page", {"count": unknown}))
        if wave.state == "planned" and now - wave.planned_at > timedelta(days=3):
            seen.append(
                Seen("undecided_wave", wave.wave_id, "warn", {"days": (now - wave.planned_at).days})
            )
    return seen


def _of_drift(shop: Shop, store: Store, bundle: Bundle) -> list[Seen] | None:
    """The population the model was tested on against today's: every quantity it reads, and the
    score it gives. None: it cannot be told.

    What moves as far between two days as far apart before the test is the shop growing older, not
    drift.
    """
    tested = date.fromisoformat(bundle.manifest["window"]["test_cutoff"])
    apart = store.last_day - tested
    if apart.days <= 0 or tested - apart <= store.first_day:
        return None
    days = Thresholds.of(bundle.thresholds).outcome_days
    earlier, then, now = (
        _population(shop, store, bundle, Cutoff(day, shop.timezone, days))
        for day in (tested - apart, tested, store.last_day)
    )
    told, moved = [], drifted(then, now, distances(earlier, then))
    for rule, shifts in (
        ("scores", [each for each in moved if each.quantity == _SCORE]),
        ("drift", [each for each in moved if each.quantity != _SCORE]),
    ):
        if shifts:  # one alarm, whatever else moved with the furthest
            told.append(
                Seen(
                    rule,
                    "",
                    "warn",
                    {"count": len(shifts), "of": len(now) - 1, **asdict(shifts[0])},
                )
            )
    return told


def _population(
    shop: Shop, store: Store, bundle: Bundle, cutoff: Cutoff
) -> dict[str, NDArray[np.float64]]:
    rows = []
    feeds = feeds_at(store.first_known, cutoff)
    for con in store.by_part():
        numbers = matrix(feature_table(con, cutoff, feeds), NAMES)
        inside = in_population(
            numbers[:, NAMES.index("days_since_last_order")], cutoff, shop.population_days
        )
        rows.append(numbers[inside])
    whole = np.concatenate(rows)
    if len(whole) > MOST_COMPARED:
        whole = whole[np.random.default_rng(7).choice(len(whole), MOST_COMPARED, replace=False)]
    told = {name: whole[:, place] for place, name in enumerate(NAMES)}
    return told | {_SCORE: bundle.margin(whole) if len(whole) else np.empty(0)}


def _matured(
    shop: Shop, home: Home, store: Store, bundle: Bundle, warned: date | None
) -> tuple[Accuracy | None, Deciles | None, date | None]:
    """This model's newest forecast whose window is over, held against what happened.

    Who was written to since is left out, and who was held out stands for them: they were chosen
    because they had not ordered yet, so without somebody in their place too few would have stayed
    away. warned: the day of a forecast below the line.
    """
    days, snapshots = (
        Thresholds.of(bundle.thresholds).outcome_days,
        home.shop(shop.name) / "snapshots",
    )
    over = sorted(day for day in _days(snapshots) if day + timedelta(days=days) <= store.last_day)
    mine = [day for day in over if _made_by(snapshots / str(day)) == bundle.version]
    if not mine:
        return None, None, None
    day = mine[-1]
    cutoff = Cutoff(day, shop.timezone, days)
    table = pq.read_table(
        snapshots / str(day) / "snapshot.parquet",
        columns=["customer_id", "outside_population", "churn_probability"],
    )
    came = outcomes(store.connect(), cutoff).column("customer_id")
    asked = table.filter(pc.invert(table["outside_population"]))
    weight = exposure_of(shop, home, store).times(asked["customer_id"], cutoff)
    churned = pc.invert(pc.is_in(asked["customer_id"], came)).to_numpy(zero_copy_only=False)
    kept = weight > 0
    chance, churned, stands_for = (
        asked["churn_probability"].to_numpy()[kept],
        churned[kept],
        weight[kept].astype(np.float64),
    )
    before = warned is not None and day - warned >= timedelta(days=7)
    return accuracy(chance, churned, before, stands_for), deciles(chance, churned, stands_for), day


def _made_by(snapshot: Path) -> str | None:
    try:
        return str(
            json.loads((snapshot / "summary.json").read_text(encoding="utf-8"))["model_version"]
        )
    except (OSError, ValueError, KeyError):
        return None


def _days(snapshots: Path) -> list[date]:
    return [
        date.fromisoformat(path.name)
        for path in snapshots.glob("????-??-??")
        if (path / "snapshot.parquet").is_file()
    ]
