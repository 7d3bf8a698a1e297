"""The pages of a diagnosis: the whole one, and one sheet for the owner without anybody's name
(「老板版」)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from winback.core.files import write_atomically
from winback.i18n.numbers import format_money
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.reports.charts import draw_flows, draw_quadrant_map, scale_bars
from winback.segmentation.definitions import QUADRANTS

PAGES = ("diagnosis", "owner")
_DORMANT = frozenset({"silent", "wake_regular", "dormant_high_value", "dormant_big_ticket"})


def write_pages(folder: Path, diagnosis: Mapping[str, Any]) -> dict[str, Path]:
    """Write `diagnosis.json` and each page in both languages; returns the places, pages without
    their language's suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "diagnosis.json", json.dumps(diagnosis, ensure_ascii=False, indent=1))
    for name in PAGES:
        for language in get_args(Language):
            write_atomically(
                folder / f"{name}.{language}.html", render_page(name, diagnosis, language)
            )
    return {"figures": folder / "diagnosis.json", **{name: folder / name for name in PAGES}}


def render_page(name: str, diagnosis: Mapping[str, Any], language: Language) -> str:
    """One page as HTML, self-contained: no script, nothing fetched. Everything that came from a
    file is escaped (D9)."""

    def translate_key(key: str, **values: Any) -> str:
        return translate(key, language, values)

    flow_chart = (
        draw_flows(diagnosis["flows"]["moved"], [each.name for each in QUADRANTS])
        if diagnosis["flows"]
        else None
    )
    environment = Environment(
        loader=PackageLoader("winback.reports"), autoescape=True, undefined=StrictUndefined
    )
    shown = {**diagnosis, "next": [] if name == "owner" else diagnosis["next"]}
    return environment.get_template(f"{name}.html").render(
        values=shown,
        language=language,
        say=translate_key,
        money=lambda cents: format_money(cents, diagnosis["currency"]),
        count=lambda number: f"{number:,}",
        percent=lambda share: f"{share:.0%}" if 0.1 <= share <= 1 or share == 0 else f"{share:.1%}",
        plain=strip_control_chars,
        silence=round(diagnosis["silence_days"]),
        headline=write_headline(diagnosis, language),
        dormant=_DORMANT,
        mine=diagnosis["worth"].get("dormant_value", {}).get("value_at_stake_cents"),
        quarters=max((len(cohort["shares"]) for cohort in diagnosis["cohorts"]), default=0),
        map=draw_quadrant_map(diagnosis["map"]) if diagnosis["map"] else None,
        drawn=flow_chart,
        lost=_write_lost(diagnosis, language),
        quadrant={each["name"]: each for each in diagnosis["quadrants"]},
        caveats=_write_caveats(diagnosis, language),
        set_apart=sum(
            each["customers"] for each in diagnosis["quadrants"] if each["name"] in _DORMANT
        )
        - diagnosis["silent"]["customers"],
        heights=scale_bars(
            [week["expected"] for week in diagnosis["becomes_dormant"]["by_week"]], 100
        ),
        peaks=_write_peaks(diagnosis, language),
    )


def write_headline(diagnosis: Mapping[str, Any], language: Language) -> str:
    """The figures in one sentence: 「可触达1,930；不打扰也回来约390」."""
    silent = diagnosis["silent"]
    if silent["reachable"] is None:
        values = {
            "silent": f"{silent['customers']:,}",
            "returning": f"{silent['would_return_anyway']:,.0f}",
        }
        return translate("diagnosis.headline.unknown", language, values)
    values = {
        "silent": f"{silent['customers']:,}",
        "reachable": f"{silent['reachable']:,}",
        "returning": f"{silent['reachable_by_themselves']:,.0f}",
    }
    return translate("diagnosis.headline", language, values)


def _write_lost(diagnosis: Mapping[str, Any], language: Language) -> str | None:
    """How many of those active a year ago are dormant now."""
    if not diagnosis["flows"]:
        return None
    names = [each.name for each in QUADRANTS]
    active = [
        row
        for name, row in zip(names, diagnosis["flows"]["moved"], strict=False)
        if name not in _DORMANT
    ]
    customers = sum(map(sum, active))
    dormant = sum(row[names.index(name)] for row in active for name in _DORMANT)
    if not customers:
        return None
    values = {
        "customers": f"{customers:,}",
        "dormant": f"{dormant:,}",
        "share": f"{dormant / customers:.0%}",
    }
    return translate("diagnosis.flows.lost", language, values)


def _write_peaks(diagnosis: Mapping[str, Any], language: Language) -> list[str]:
    peaks = []
    for peak in diagnosis["becomes_dormant"]["peaks"]:
        sale = peak["last_bought_in"]
        values = {
            "day": peak["day"],
            "customers": f"{peak['customers']:,}",
            "expected": f"{peak['expected']:,.0f}",
        }
        key = "diagnosis.next.peak.sale" if sale else "diagnosis.next.peak"
        peaks.append(translate(key, language, {**values, **({"sale": sale} if sale else {})}))
    return peaks


def _write_caveats(diagnosis: Mapping[str, Any], language: Language) -> list[str]:
    caveats = [translate("diagnosis.caveat.effect", language)]
    if diagnosis["model_has_seen_later_orders_until"]:
        caveats.append(
            translate(
                "diagnosis.caveat.seen",
                language,
                {"seen": diagnosis["model_has_seen_later_orders_until"]},
            )
        )
    if diagnosis["segments_without_input"]:
        names = ("、" if language == "zh" else ", ").join(
            translate(f"recall.{name}", language) for name in diagnosis["segments_without_input"]
        )
        caveats.append(translate("diagnosis.caveat.input", language, {"segments": names}))
    return caveats
