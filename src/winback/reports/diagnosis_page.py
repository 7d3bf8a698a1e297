"""The pages of a diagnosis: the whole one, and one sheet for the owner without anybody's name
(「老板版」)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from winback.core.currency import to_units
from winback.core.files import write_atomically
from winback.i18n.numbers import format_count, format_money
from winback.i18n.templates import load_templates
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.reports.charts import draw_flows, draw_quadrant_map, scale_bars
from winback.reports.diagnosis_figures import Diagnosis
from winback.segmentation.definitions import QUADRANTS

PAGES = ("diagnosis", "owner")
_DORMANT = frozenset({"silent", "wake_regular", "dormant_high_value", "dormant_big_ticket"})


def write_pages(folder: Path, diagnosis: Diagnosis) -> dict[str, Path]:
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


def render_page(name: str, diagnosis: Diagnosis, language: Language) -> str:
    """One page as HTML, self-contained: no script, nothing fetched. Everything that came from a
    file is escaped (D9)."""
    environment = load_templates("winback.reports")
    shown = {**diagnosis, "next": [] if name == "owner" else diagnosis["next"]}
    return environment.get_template(f"{name}.html").render(
        values=shown,
        language=language,
        **_build_formats(diagnosis["currency"], language),
        silence=round(diagnosis["silence_days"]),
        **_write_texts(diagnosis, language),
        dormant=_DORMANT,
        mine=diagnosis["worth"].get("dormant_value", {}).get("value_at_stake_minor"),
        quarters=max((len(cohort["shares"]) for cohort in diagnosis["cohorts"]), default=0),
        **_draw_pictures(diagnosis),
        quadrant={each["name"]: each for each in diagnosis["quadrants"]},
        set_apart=_count_set_apart(diagnosis),
    )


def _build_formats(currency: str, language: Language) -> dict[str, Callable[..., str]]:
    """The functions with which a template writes texts and numbers."""

    def translate_key(key: str, **values: Any) -> str:
        return translate(key, language, values)

    return {
        "say": translate_key,
        "money": lambda minor: format_money(minor, currency),
        "tick": lambda minor: _format_tick(minor, currency),
        "count": lambda number: format_count(number),
        "percent": lambda share: (
            f"{share:.0%}" if 0.1 <= share <= 1 or share == 0 else f"{share:.1%}"
        ),
        "plain": strip_control_chars,
    }


def _format_tick(minor: float, currency: str) -> str:
    """An amount below the picture: whole units, or exactly what is less than one."""
    units = to_units(minor, currency)
    return format_count(round(units)) if units >= 1 else f"{units:g}"


def _write_texts(diagnosis: Diagnosis, language: Language) -> dict[str, object]:
    return {
        "headline": write_headline(diagnosis, language),
        "lost": _write_lost(diagnosis, language),
        "caveats": _write_caveats(diagnosis, language),
        "peaks": _write_peaks(diagnosis, language),
    }


def _draw_pictures(diagnosis: Diagnosis) -> dict[str, object]:
    flows, map_data = diagnosis["flows"], diagnosis["map"]
    by_week = diagnosis["becomes_dormant"]["by_week"]
    names = [each.name for each in QUADRANTS]
    return {
        "map": draw_quadrant_map(map_data) if map_data else None,
        "drawn": draw_flows(flows["moved"], names) if flows else None,
        "heights": scale_bars([week["expected"] for week in by_week], 100),
    }


def _count_set_apart(diagnosis: Diagnosis) -> int:
    """Customers of the dormant quadrants who are not silent: they complained or were refunded."""
    dormant = [each["customers"] for each in diagnosis["quadrants"] if each["name"] in _DORMANT]
    return int(sum(dormant) - diagnosis["silent"]["customers"])


def write_headline(diagnosis: Diagnosis, language: Language) -> str:
    """The figures in one sentence: 「可触达1,930；不打扰也回来约390」."""
    silent = diagnosis["silent"]
    if silent["reachable"] is None:
        values = {
            "silent": format_count(silent["customers"]),
            "returning": f"{silent['would_return_anyway']:,.0f}",
        }
        return translate("diagnosis.headline.unknown", language, values)
    values = {
        "silent": format_count(silent["customers"]),
        "reachable": format_count(silent["reachable"]),
        "returning": f"{silent['reachable_by_themselves']:,.0f}",
    }
    return translate("diagnosis.headline", language, values)


def _write_lost(diagnosis: Diagnosis, language: Language) -> str | None:
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
        "customers": format_count(customers),
        "dormant": format_count(dormant),
        "share": f"{dormant / customers:.0%}",
    }
    return translate("diagnosis.flows.lost", language, values)


def _write_peaks(diagnosis: Diagnosis, language: Language) -> list[str]:
    peaks = []
    for peak in diagnosis["becomes_dormant"]["peaks"]:
        sale = peak["last_bought_in"]
        values = {
            "day": peak["day"],
            "customers": format_count(peak["customers"]),
            "expected": f"{peak['expected']:,.0f}",
        }
        key = "diagnosis.next.peak.sale" if sale else "diagnosis.next.peak"
        peaks.append(translate(key, language, {**values, **({"sale": sale} if sale else {})}))
    return peaks


def _write_caveats(diagnosis: Diagnosis, language: Language) -> list[str]:
    caveats = [translate("diagnosis.caveat.effect", language)]
    if diagnosis["day_left_out"]:
        left_out = {"day": diagnosis["day_left_out"]}
        caveats.append(translate("diagnosis.caveat.left_out", language, left_out))
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
