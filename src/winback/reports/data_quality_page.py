"""The data quality report: one self-contained page a language, the figures as JSON, and a record
of every alert (B59)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from winback.config.shop import Shop
from winback.core.files import write_atomically
from winback.data.quality import QualityAlert, QualityReport, Week, build_quality_report
from winback.data.store import Store
from winback.i18n.numbers import format_count
from winback.i18n.templates import load_templates
from winback.i18n.translate import Language, translate
from winback.monitoring.data_quality import (
    format_quality_alert,
    format_remarks,
    format_source_name,
)


@dataclass(frozen=True)
class Report:
    """Where the report lies (its JSON; the pages are beside it), and its alerts."""

    path: str
    alerts: Sequence[QualityAlert]


def write_report(shop: Shop, store: Store, folder: Path, now: datetime) -> Report:
    """Write `folder/quality/report.{json,zh.html,en.html}` and add new alerts to
    `folder/alerts.jsonl`."""
    report = build_quality_report(shop, store, now)
    place = folder / "quality"
    place.mkdir(parents=True, exist_ok=True)
    write_atomically(
        place / "report.json", json.dumps(report, ensure_ascii=False, indent=1, default=str)
    )
    for language in get_args(Language):
        write_atomically(place / f"report.{language}.html", render_page(report, language))
    _append_alerts(folder / "alerts.jsonl", report, now)
    return Report(str(place / "report.json"), report["alerts"])


def render_page(report: QualityReport, language: Language) -> str:
    """The report as HTML. Everything that came from a file is escaped: a header cell is not ours
    to trust (D9)."""
    # Only this template is ours, and it is HTML: escaping has no exception.
    environment = load_templates("winback.reports")
    environment.filters["count"] = lambda number: format_count(number)
    environment.filters["percent"] = lambda share: f"{share:.1%}"
    return environment.get_template("quality.html").render(
        values=report,
        language=language,
        bars={table: _build_bars(weeks) for table, weeks in report["volume"].items()},
        remarks=format_remarks(report["remarks"], report["currency"], language),
        alerts=[format_quality_alert(alert, language) for alert in report["alerts"]],
        say=lambda key, **values: translate(key, language, values),
        named=lambda name: format_source_name(name, language),
    )


def _build_bars(weeks: Sequence[Week]) -> list[Mapping[str, object]]:
    """Bars of a chart 100 high."""
    most = max((week["rows"] for week in weeks), default=0) or 1
    return [
        {**week, "height": round(100 * week["rows"] / most, 1), "x": 14 * at}
        for at, week in enumerate(weeks)
    ]


def _append_alerts(path: Path, report: QualityReport, now: datetime) -> None:
    """Add the alerts that this import has not raised before; a line torn by a crash is dropped."""
    before = _load_whole_lines(path)
    known = _list_known(before, report["version"])
    # Freshness grows by the hour; an import is stale once.
    raised = [
        ({**alert, "value": 0.0} if alert["measure"] == "freshness" else alert, alert["value"])
        for alert in report["alerts"]
    ]
    moment = now.isoformat(timespec="seconds")
    fresh = [
        json.dumps(
            {"at": moment, "version": report["version"], "alert": alert, "value": value},
            ensure_ascii=False,
        )
        for alert, value in raised
        if _build_key(alert) not in known
    ]
    if fresh:
        write_atomically(path, "".join(f"{line}\n" for line in [*before, *fresh]))


def _load_whole_lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in lines if line.endswith("}")]


def _list_known(lines: Sequence[str], version: str) -> set[tuple[tuple[str, Any], ...]]:
    """The keys of the alerts that this import has raised."""
    records = map(json.loads, lines)
    return {_build_key(record["alert"]) for record in records if record["version"] == version}


def _build_key(alert: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(alert.items()))
