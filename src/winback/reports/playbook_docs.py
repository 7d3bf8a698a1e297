"""The recall checklist as a document (A20–A23), made from the rules and playbooks.

`python -m winback.reports.playbook_docs [--check] FOLDER` writes it in both languages, or says
whether it is up to date.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from winback.config.segmentation import PRESETS, JourneySettings, SegmentSettings
from winback.core.cutoff import Cutoff
from winback.core.generated_pages import write_or_check
from winback.features.registry import FEATURES
from winback.features.sql_compiler import compile_features
from winback.i18n.translate import Language, translate
from winback.playbooks.matching import build_play_condition
from winback.playbooks.message_templates import VARIABLES, format_amount
from winback.playbooks.offer_end import HOURS_A_DAY
from winback.playbooks.playbook import Offer, Play, Playbook, Step
from winback.playbooks.playbook_files import load_playbook_file
from winback.segmentation.conditions import Condition, Segment
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TOUCHPOINTS,
    Mark,
)
from winback.segmentation.describe import describe_condition

FILES: dict[Language, str] = {"en": "playbook.md", "zh": "playbook.zh.md"}
_DAY = Cutoff(date(2026, 11, 16), "Asia/Shanghai", 90)
_RFM = (
    "days_since_last_order",
    "purchase_days_lifetime",
    "orders_lifetime",
    "spend_lifetime_minor",
    "loose_refunds_lifetime_minor",
    "net_spend_lifetime_minor",
)
_FEEDS = frozenset({"orders", "orders.amount_minor", "refunds"})
_TRADES = ("home", "beauty", "electronics", "apparel", "live")
_MONDAY = 6  # steps of a Monday
# Numbers that are the same in every shop until it sets them; what is frozen from its own customers
# is given by name.
_DEFAULTS = {
    name: value
    for each in (SegmentSettings(), JourneySettings())
    for name, value in each
    if isinstance(value, int | float)
}


def render_playbook_docs(language: Language) -> str:
    """The whole document as Markdown."""
    playbook = _load_playbook("general")
    monday = "\n".join(
        f"{step}. {translate(f'playbook_docs.monday.{step}', language)}"
        for step in range(1, _MONDAY + 1)
    )
    parts = [
        f"# {translate('playbook_docs.title', language)}",
        translate("playbook_docs.made", language),
        *_render_section("monday", language),
        monday,
        *_render_rfm(language),
        *_render_segments(language),
        *_render_plays(playbook, language),
        *_render_templates(playbook, language),
        *_render_settings(language),
    ]
    return "\n\n".join(parts) + "\n"


def _render_rfm(language: Language) -> list[str]:
    weights = dict(
        zip("rfmb", (f"{share:.0%}" for share in SegmentSettings().weights), strict=True)
    )
    statement = compile_features(
        _DAY, _FEEDS, features=[feature for feature in FEATURES if feature.name in _RFM]
    )
    return [
        *_render_section("rfm", language),
        translate("playbook_docs.rfm.how", language),
        translate("playbook_docs.rfm.score", language, weights),
        translate("playbook_docs.rfm.sql", language, {"day": _DAY.day}),
        f"```sql\n{statement};\n```",
    ]


def _render_segments(language: Language) -> list[str]:
    return [
        *_render_section("segments", language),
        translate("playbook_docs.segments.how", language),
        *_render_quadrants(language),
        *_render_section("lifecycle", language, 3),
        _render_cells(LIFECYCLE, language),
        *_render_section("classes", language, 3),
        _render_cells(SILENT_CLASSES, language),
        *_render_recall(language),
        *_render_touchpoints(language),
        *_render_section("tags", language, 3),
        _render_marks("tag", TAGS, language),
        *_render_section("never", language, 3),
        _render_marks("never", NEVER, language),
        translate("playbook_docs.never.also", language),
    ]


def _render_quadrants(language: Language) -> list[str]:
    rows = [
        (
            translate(each.reason, language),
            _describe(each.condition, language),
            translate(f"action.{each.name}", language),
        )
        for each in QUADRANTS
    ]
    return [
        *_render_section("quadrants", language, 3),
        _render_table(_name_columns(("name", "rule", "action"), language), rows),
    ]


def _render_cells(cells: Sequence[Segment], language: Language) -> str:
    rows = [
        (translate(each.reason, language), _describe(each.condition, language)) for each in cells
    ]
    return _render_table(_name_columns(("name", "rule"), language), rows)


def _render_recall(language: Language) -> list[str]:
    by_model = translate("playbook_docs.by_model", language)
    rows = [
        (
            f"`{each.name}` {translate(f'recall.{each.name}', language)}",
            _describe(each.condition, language) + (f" ({by_model})" if each.by_model else ""),
        )
        for each in RECALL
    ]
    return [
        *_render_section("recall", language, 3),
        _render_table(_name_columns(("name", "rule"), language), rows),
    ]


def _render_touchpoints(language: Language) -> list[str]:
    inferred = f" ({translate('playbook_docs.inferred', language)}, C15)"
    rows = [
        (
            translate(f"touchpoint.{each.name}", language),
            _describe(each.condition, language),
            f"{each.claim} %" if each.claim else "–",
            each.source + (inferred if each.inferred else ""),
        )
        for each in TOUCHPOINTS
    ]
    return [
        *_render_section("touchpoints", language, 3),
        translate("playbook_docs.touchpoints.how", language),
        _render_table(_name_columns(("name", "rule", "claim", "source"), language), rows),
    ]


def _render_marks(kind: str, marks: Sequence[Mark], language: Language) -> str:
    rows = [
        (
            translate(f"{kind}.{each.name}", language),
            _describe(each.condition, language),
            each.source,
        )
        for each in marks
    ]
    return _render_table(_name_columns(("name", "rule", "source"), language), rows)


def _describe(condition: Condition, language: Language) -> str:
    return describe_condition(condition, _DEFAULTS, language)


def _render_plays(playbook: Playbook, language: Language) -> list[str]:
    heads = _name_columns(("name", "for", "steps", "judged", "claims", "source"), language)
    return [
        *_render_section("plays", language),
        translate("playbook_docs.plays.how", language, {"name": playbook.name}),
        _render_table(heads, [_render_play(each, playbook, language) for each in playbook.plays]),
        *_render_section("more", language, 3),
        *_render_trades(playbook, heads, language),
        *_render_offers(playbook, language),
    ]


def _render_trades(playbook: Playbook, heads: Sequence[str], language: Language) -> list[str]:
    """Of each trade's playbook the plays that the general one does not have."""
    known = {play.name: play for play in playbook.plays}
    parts = []
    for trade in map(_load_playbook, _TRADES):
        own = [play for play in trade.plays if known.get(play.name) != play]
        parts += [
            f"**{trade.title.get_text(language)}** (`{trade.name}`)",
            _render_table(heads, [_render_play(each, trade, language) for each in own]),
        ]
    return parts


def _render_offers(playbook: Playbook, language: Language) -> list[str]:
    """A row for each name; a trade's own offer takes the general one's place."""
    heads = _name_columns(("offer", "cost", "holds", "open_to", "source"), language)
    offers = {
        name: offer
        for each in (playbook, *map(_load_playbook, _TRADES))
        for name, offer in each.offers.items()
    }
    return [
        *_render_section("offers", language, 3),
        _render_table(heads, [_render_offer(offer, language) for offer in offers.values()]),
    ]


def _render_play(play: Play, playbook: Playbook, language: Language) -> tuple[str, ...]:
    between = "；" if language == "zh" else "; "
    return (
        f"**{play.title.get_text(language)}**<br>{play.owner.get_text(language)}",
        describe_condition(build_play_condition(play), _DEFAULTS, language),
        "<br>".join(
            _render_step(play, number, playbook, language) for number in range(len(play.steps))
        ),
        translate("playbook_docs.days", language, {"days": play.success_days}),
        between.join(f"{claim.said.get_text(language)} ({claim.source})" for claim in play.claims)
        or "–",
        ", ".join(play.source),
    )


def _render_step(play: Play, number: int, playbook: Playbook, language: Language) -> str:
    step = play.steps[number]
    only = translate(f"playbook_docs.only.{step.only_if}", language)
    when = (
        translate("playbook_docs.step.after", language, {"days": step.after_days, "only_if": only})
        if number
        else ""
    )
    what = _describe_message(step, playbook, language)
    channels = " → ".join(translate(f"channel.{channel}", language) for channel in step.channels)
    return translate(
        "playbook_docs.step",
        language,
        {"number": number + 1, "when": when, "channels": channels, "what": what},
    )


def _describe_message(step: Step, playbook: Playbook, language: Language) -> str:
    """A step's template, those that stand in for it, and its offer."""
    text = f"`{step.templates[0]}`" + "".join(
        translate("playbook_docs.else", language, {"template": f"`{name}`"})
        for name in step.templates[1:]
    )
    if step.offer:
        offer = playbook.offers[step.offer]
        text += " + " + offer.format_text(offer.title.get_text(language), "CNY", language)
    return text


def _render_offer(offer: Offer, language: Language) -> tuple[str, ...]:
    return (
        offer.format_text(offer.title.get_text(language), "CNY", language),
        format_amount(offer.cost_minor, "CNY", language),
        _format_term(offer, language),
        offer.format_text(offer.eligibility.get_text(language), "CNY", language),
        offer.source,
    )


def _format_term(offer: Offer, language: Language) -> str:
    """How long an offer holds, and from when on that is counted."""
    hours = offer.expires_hours
    if hours is None:
        return translate("playbook_docs.until", language, {"day": str(offer.ends_on)})
    if hours >= HOURS_A_DAY:
        return translate("playbook_docs.days", language, {"days": hours // HOURS_A_DAY})
    return translate("playbook_docs.hours", language, {"hours": hours})


def _render_templates(playbook: Playbook, language: Language) -> list[str]:
    books = [playbook, *map(_load_playbook, _TRADES)]
    every = {name: template for each in books for name, template in each.templates.items()}
    head = _name_columns(("name", "text", "source"), language)
    rows = [
        (f"`{name}`", template.text.get_text(language), template.source)
        for name, template in every.items()
    ]
    return [
        *_render_section("templates", language),
        translate("playbook_docs.templates.how", language),
        _render_table(head, rows),
        *_render_variables(language),
    ]


def _render_variables(language: Language) -> list[str]:
    head = (
        translate("playbook_docs.variables", language),
        translate("playbook_docs.col.meaning", language),
    )
    rows = [(f"`{{{name}}}`", translate(f"variable.{name}", language)) for name in VARIABLES]
    return [*_render_section("variables", language, 3), _render_table(head, rows)]


def _render_settings(language: Language) -> list[str]:
    head = _name_columns(("setting", "default", "home", "beauty", "source", "meaning"), language)
    rows = []
    for section, model in (("segments", SegmentSettings), ("journey", JourneySettings)):
        for name, field in model.model_fields.items():
            preset = [str(PRESETS[trade][section].get(name, "")) for trade in PRESETS]
            default = "–" if field.default is None else str(field.default)
            rows.append(
                (f"`[{section}] {name}`", default, *preset, translate(f"setting.{name}", language))
            )
    return [
        *_render_section("settings", language),
        translate("playbook_docs.settings.how", language),
        _render_table(head, rows),
    ]


def _load_playbook(name: str) -> Playbook:
    return load_playbook_file(name, [])


def _name_columns(keys: Sequence[str], language: Language) -> tuple[str, ...]:
    return tuple(translate(f"playbook_docs.col.{key}", language) for key in keys)


def _render_section(key: str, language: Language, level: int = 2) -> list[str]:
    return [f"{'#' * level} {translate(f'playbook_docs.{key}', language)}"]


def _render_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in row) + " |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write both files into a folder, or with --check say whether they are up to date; returns
    the exit code."""
    folder = Path(arguments[-1])
    pages = {folder / name: render_playbook_docs(language) for language, name in FILES.items()}
    return write_or_check(pages, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
