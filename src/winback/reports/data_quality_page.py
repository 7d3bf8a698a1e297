"""The data quality report: one self-contained page a language, the figures as JSON, and a record
of every alarm (B59)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from winback.config.shop import Shop
from winback.core.files import write_whole
from winback.data.quality import quality
from winback.data.store import Store
from winback.i18n.translate import Language, say
from winback.monitoring.data_quality import alarm_sentence, source_name


@dataclass(frozen=True)
class Report:
    """Where the report lies (its JSON; the pages are beside it), and its alarms."""

    path: str
    alarms: list[dict[str, Any]]


def write_report(shop: Shop, store: Store, folder: Path, now: datetime) -> Report:
    """Write `folder/quality/report.{json,zh.html,en.html}` and add new alarms to
    `folder/alarms.jsonl`."""
    told = quality(shop, store, now)
    place = folder / "quality"
    place.mkdir(parents=True, exist_ok=True)
    write_whole(place / "report.json", json.dumps(told, ensure_ascii=False, indent=1, default=str))
    for language in get_args(Language):
        write_whole(place / f"report.{language}.html", page(told, language))
    _record(folder / "alarms.jsonl", told, now)
    return Report(str(place / "report.json"), told["alarms"])


def page(told: Mapping[str, Any], language: Language) -> str:
    """The report as HTML. Everything that came from a file is escaped: a header cell is not ours
    to trust (D9)."""
    # Only this template is ours, and it is HTML: escaping has no exception.
    environment = Environment(
        loader=PackageLoader("winback.reports"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["percent"] = lambda share: f"{share:.1%}"
    return environment.get_template("quality.html").render(
        told=told,
        language=language,
        bars={table: _bars(weeks) for table, weeks in told["volume"].items()},
        alarms=[alarm_sentence(alarm, language) for alarm in told["alarms"]],
        say=lambda key, **values: say(key, language, values),
        named=lambda name: source_name(name, language),
    )


def _bars(weeks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bars of a chart 100 high."""
    most = max((week["rows"] for week in weeks), default=0) or 1
    return [
        {**week, "height": round(100 * week["rows"] / most, 1), "x": 14 * at}
        for at, week in enumerate(weeks)
    ]


def _record(path: Path, told: Mapping[str, Any], now: datetime) -> None:
    """Add the alarms that this import has not raised before; a line torn by a crash is dropped."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    before = [line for line in lines if line.endswith("}")]
    known = {
        _same(record["alarm"])
        for record in map(json.loads, before)
        if record["version"] == told["version"]
    }
    # Freshness grows by the hour; an import is stale once.
    raised = [
        ({**alarm, "value": 0.0} if alarm["measure"] == "freshness" else alarm, alarm["value"])
        for alarm in told["alarms"]
    ]
    moment = now.isoformat(timespec="seconds")
    fresh = [
        json.dumps(
            {"at": moment, "version": told["version"], "alarm": alarm, "value": value},
            ensure_ascii=False,
        )
        for alarm, value in raised
        if _same(alarm) not in known
    ]
    if fresh:
        write_whole(path, "".join(f"{line}\n" for line in [*before, *fresh]))


def _same(alarm: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(alarm.items()))
