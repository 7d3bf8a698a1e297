"""The pages of a diagnosis: the whole one, and one sheet for the owner without anybody's name
(「老板版」)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from winback.core.files import write_whole
from winback.i18n.translate import Language, inert, say
from winback.reports.charts import bars, flows, quadrant_map
from winback.segmentation.definitions import QUADRANTS

PAGES = ("diagnosis", "owner")
_ASLEEP = frozenset({"silent", "wake_regular", "sleeping_value", "sleeping_big_ticket"})


def write_pages(folder: Path, told: Mapping[str, Any]) -> dict[str, Path]:
    """Write `diagnosis.json` and each page in both languages; returns the places, pages without
    their language's suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "diagnosis.json", json.dumps(told, ensure_ascii=False, indent=1))
    for name in PAGES:
        for language in get_args(Language):
            write_whole(folder / f"{name}.{language}.html", page(name, told, language))
    return {"figures": folder / "diagnosis.json", **{name: folder / name for name in PAGES}}


def page(name: str, told: Mapping[str, Any], language: Language) -> str:
    """One page as HTML, self-contained: no script, nothing fetched. Everything that came from a
    file is escaped (D9)."""

    def money(cents: float) -> str:
        return f"{told['currency']} {cents / 100:,.0f}"

    def spoken(key: str, **values: Any) -> str:
        return say(key, language, values)

    drawn = (
        flows(told["flows"]["moved"], [each.name for each in QUADRANTS]) if told["flows"] else None
    )
    environment = Environment(
        loader=PackageLoader("winback.reports"), autoescape=True, undefined=StrictUndefined
    )
    shown = {**told, "next": [] if name == "owner" else told["next"]}
    return environment.get_template(f"{name}.html").render(
        told=shown,
        language=language,
        say=spoken,
        money=money,
        count=lambda number: f"{number:,}",
        percent=lambda share: f"{share:.0%}" if 0.1 <= share <= 1 or share == 0 else f"{share:.1%}",
        plain=inert,
        silence=round(told["silence_days"]),
        headline=headline(told, language),
        asleep=_ASLEEP,
        mine=told["worth"].get("gold_mine", {}).get("value_at_stake_cents"),
        quarters=max((len(cohort["shares"]) for cohort in told["cohorts"]), default=0),
        map=quadrant_map(told["map"]) if told["map"] else None,
        drawn=drawn,
        lost=_lost(told, language),
        quadrant={each["name"]: each for each in told["quadrants"]},
        caveats=_caveats(told, language),
        set_apart=sum(each["customers"] for each in told["quadrants"] if each["name"] in _ASLEEP)
        - told["silent"]["customers"],
        heights=bars([week["expected"] for week in told["falls_silent"]["by_week"]], 100),
        peaks=_peaks(told, language),
    )


def headline(told: Mapping[str, Any], language: Language) -> str:
    """The figures in one sentence: 「可触达1,930；不打扰也回来约390」."""
    silent = told["silent"]
    if silent["reachable"] is None:
        values = {
            "silent": f"{silent['customers']:,}",
            "returning": f"{silent['by_themselves']:,.0f}",
        }
        return say("diagnosis.headline.unknown", language, values)
    values = {
        "silent": f"{silent['customers']:,}",
        "reachable": f"{silent['reachable']:,}",
        "returning": f"{silent['reachable_by_themselves']:,.0f}",
    }
    return say("diagnosis.headline", language, values)


def _lost(told: Mapping[str, Any], language: Language) -> str | None:
    """How many of those awake a year ago are asleep now."""
    if not told["flows"]:
        return None
    names = [each.name for each in QUADRANTS]
    awake = [
        row for name, row in zip(names, told["flows"]["moved"], strict=False) if name not in _ASLEEP
    ]
    customers = sum(map(sum, awake))
    asleep = sum(row[names.index(name)] for row in awake for name in _ASLEEP)
    if not customers:
        return None
    values = {
        "customers": f"{customers:,}",
        "asleep": f"{asleep:,}",
        "share": f"{asleep / customers:.0%}",
    }
    return say("diagnosis.flows.lost", language, values)


def _peaks(told: Mapping[str, Any], language: Language) -> list[str]:
    peaks = []
    for peak in told["falls_silent"]["peaks"]:
        sale = peak["last_bought_in"]
        values = {
            "day": peak["day"],
            "customers": f"{peak['customers']:,}",
            "expected": f"{peak['expected']:,.0f}",
        }
        key = "diagnosis.next.peak.sale" if sale else "diagnosis.next.peak"
        peaks.append(say(key, language, {**values, **({"sale": sale} if sale else {})}))
    return peaks


def _caveats(told: Mapping[str, Any], language: Language) -> list[str]:
    caveats = [say("diagnosis.caveat.effect", language)]
    if told["model_has_seen_later_orders_until"]:
        caveats.append(
            say(
                "diagnosis.caveat.seen",
                language,
                {"seen": told["model_has_seen_later_orders_until"]},
            )
        )
    if told["segments_without_input"]:
        names = ("、" if language == "zh" else ", ").join(
            say(f"recall.{name}", language) for name in told["segments_without_input"]
        )
        caveats.append(say("diagnosis.caveat.input", language, {"segments": names}))
    return caveats
