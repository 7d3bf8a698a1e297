"""The recall checklist as a document (A20–A23), made from the rules and playbooks.

`python -m winback.reports.playbook_docs [--check] FOLDER` writes it in both languages, or says
whether it is up to date.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from winback.config.segmentation import PRESETS, Journey, Segments
from winback.core.cutoff import Cutoff
from winback.features.registry import FEATURES
from winback.features.sql_compiler import feature_statement
from winback.i18n.translate import Language, say
from winback.playbooks.matching import condition_for
from winback.playbooks.message_templates import VARIABLES, shown_amount
from winback.playbooks.playbook import Offer, Play, Playbook, read_playbook
from winback.segmentation.conditions import Condition
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TOUCHPOINTS,
)
from winback.segmentation.describe import told

FILES: dict[Language, str] = {"en": "playbook.md", "zh": "playbook.zh.md"}
_DAY = Cutoff(date(2026, 11, 16), "Asia/Shanghai", 90)
_RFM = (
    "days_since_last_order",
    "purchase_days_lifetime",
    "orders_lifetime",
    "spend_lifetime_cents",
    "loose_refunds_lifetime_cents",
    "net_spend_lifetime_cents",
)
_FEEDS = frozenset({"orders", "orders.amount_cents", "refunds"})
_TRADES = ("home", "beauty", "electronics", "apparel", "live")
_MONDAY = 6  # steps of a Monday
# Numbers that are the same in every shop until it sets them; what is frozen from its own customers
# is told by name.
_DEFAULTS = {
    name: value
    for each in (Segments(), Journey())
    for name, value in each
    if isinstance(value, int | float)
}


def handout(language: Language) -> str:
    """The whole document as Markdown."""
    book = _book("general")
    monday = "\n".join(
        f"{step}. {say(f'handout.monday.{step}', language)}" for step in range(1, _MONDAY + 1)
    )
    parts = [
        f"# {say('handout.title', language)}",
        say("handout.made", language),
        *_section("monday", language),
        monday,
        *_rfm(language),
        *_segments(language),
        *_plays(book, language),
        *_templates(book, language),
        *_settings(language),
    ]
    return "\n\n".join(parts) + "\n"


def _rfm(language: Language) -> list[str]:
    weights = dict(zip("rfmb", (f"{share:.0%}" for share in Segments().weights), strict=True))
    statement = feature_statement(
        _DAY, _FEEDS, features=[feature for feature in FEATURES if feature.name in _RFM]
    )
    return [
        *_section("rfm", language),
        say("handout.rfm.how", language),
        say("handout.rfm.score", language, weights),
        say("handout.rfm.sql", language, {"day": _DAY.day}),
        f"```sql\n{statement};\n```",
    ]


def _segments(language: Language) -> list[str]:
    name, rule, source = (say(f"handout.col.{key}", language) for key in ("name", "rule", "source"))

    def words(condition: Condition) -> str:
        return told(condition, _DEFAULTS, language)

    quadrants = [
        (say(each.reason, language), words(each.condition), say(f"action.{each.name}", language))
        for each in QUADRANTS
    ]
    lifecycle = [(say(each.reason, language), words(each.condition)) for each in LIFECYCLE]
    classes = [(say(each.reason, language), words(each.condition)) for each in SILENT_CLASSES]
    by_model = say("handout.by_model", language)
    recall = [
        (
            f"`{each.name}` {say(f'recall.{each.name}', language)}",
            words(each.condition) + (f" ({by_model})" if each.by_model else ""),
        )
        for each in RECALL
    ]
    touchpoints = [
        (
            say(f"touchpoint.{each.name}", language),
            words(each.condition),
            f"{each.claim} %" if each.claim else "–",
            each.source + (f" ({say('handout.inferred', language)}, C15)" if each.inferred else ""),
        )
        for each in TOUCHPOINTS
    ]
    tags, never = (
        [
            (say(f"{kind}.{each.name}", language), words(each.condition), each.source)
            for each in marks
        ]
        for kind, marks in (("tag", TAGS), ("never", NEVER))
    )
    return [
        *_section("segments", language),
        say("handout.segments.how", language),
        *_section("quadrants", language, 3),
        _table((name, rule, say("handout.col.action", language)), quadrants),
        *_section("lifecycle", language, 3),
        _table((name, rule), lifecycle),
        *_section("classes", language, 3),
        _table((name, rule), classes),
        *_section("recall", language, 3),
        _table((name, rule), recall),
        *_section("touchpoints", language, 3),
        say("handout.touchpoints.how", language),
        _table((name, rule, say("handout.col.claim", language), source), touchpoints),
        *_section("tags", language, 3),
        _table((name, rule, source), tags),
        *_section("never", language, 3),
        _table((name, rule, source), never),
        say("handout.never.also", language),
    ]


def _plays(book: Playbook, language: Language) -> list[str]:
    names = ("name", "for", "steps", "judged", "claims", "source")
    heads = tuple(say(f"handout.col.{key}", language) for key in names)
    parts = [
        *_section("plays", language),
        say("handout.plays.how", language, {"name": book.name}),
        _table(heads, [_play(each, book, language) for each in book.plays]),
    ]
    parts += _section("more", language, 3)
    known = {play.name: play for play in book.plays}
    for trade in map(_book, _TRADES):
        own = [play for play in trade.plays if known.get(play.name) != play]
        parts += [
            f"**{trade.title.of(language)}** (`{trade.name}`)",
            _table(heads, [_play(each, trade, language) for each in own]),
        ]
    offers = tuple(
        say(f"handout.col.{key}", language)
        for key in ("offer", "cost", "holds", "open_to", "source")
    )
    rows = {
        name: (offer.title.of(language), offer)
        for each in (book, *map(_book, _TRADES))
        for name, offer in each.offers.items()
    }
    return [
        *parts,
        *_section("offers", language, 3),
        _table(offers, [_offer(offer, language) for _, offer in rows.values()]),
    ]


def _play(play: Play, book: Playbook, language: Language) -> tuple[str, ...]:
    between = "；" if language == "zh" else "; "
    return (
        f"**{play.title.of(language)}**<br>{play.owner.of(language)}",
        told(condition_for(play), _DEFAULTS, language),
        "<br>".join(_step(play, number, book, language) for number in range(len(play.steps))),
        say("handout.days", language, {"days": play.success_days}),
        between.join(f"{claim.said.of(language)} ({claim.source})" for claim in play.claims) or "–",
        ", ".join(play.source),
    )


def _step(play: Play, number: int, book: Playbook, language: Language) -> str:
    step = play.steps[number]
    only = say(f"handout.only.{step.only_if}", language)
    when = (
        say("handout.step.after", language, {"days": step.after_days, "only_if": only})
        if number
        else ""
    )
    what = f"`{step.templates[0]}`" + "".join(
        say("handout.else", language, {"template": f"`{name}`"}) for name in step.templates[1:]
    )
    if step.offer:
        what += " + " + book.offers[step.offer].told(
            book.offers[step.offer].title.of(language), "CNY", language
        )
    channels = " → ".join(say(f"channel.{channel}", language) for channel in step.channels)
    return say(
        "handout.step",
        language,
        {"number": number + 1, "when": when, "channels": channels, "what": what},
    )


def _offer(offer: Offer, language: Language) -> tuple[str, ...]:
    hours = offer.expires_hours
    holds = (
        say("handout.days", language, {"days": hours // 24})
        if hours >= 24
        else say("handout.hours", language, {"hours": hours})
    )
    return (
        offer.told(offer.title.of(language), "CNY", language),
        shown_amount(offer.cost_cents, "CNY", language),
        holds,
        offer.told(offer.eligibility.of(language), "CNY", language),
        offer.source,
    )


def _templates(book: Playbook, language: Language) -> list[str]:
    books = [book, *map(_book, _TRADES)]
    every = {name: template for each in books for name, template in each.templates.items()}
    head = (
        say("handout.col.name", language),
        say("handout.col.text", language),
        say("handout.col.source", language),
    )
    rows = [
        (f"`{name}`", template.text.of(language), template.source)
        for name, template in every.items()
    ]
    variables = [(f"`{{{name}}}`", say(f"variable.{name}", language)) for name in VARIABLES]
    return [
        *_section("templates", language),
        say("handout.templates.how", language),
        _table(head, rows),
        *_section("variables", language, 3),
        _table(
            (say("handout.variables", language), say("handout.col.meaning", language)), variables
        ),
    ]


def _settings(language: Language) -> list[str]:
    head = tuple(
        say(f"handout.col.{key}", language)
        for key in ("setting", "default", "home", "beauty", "source", "meaning")
    )
    rows = []
    for section, model in (("segments", Segments), ("journey", Journey)):
        for name, field in model.model_fields.items():
            preset = [str(PRESETS[trade][section].get(name, "")) for trade in PRESETS]
            default = "–" if field.default is None else str(field.default)
            rows.append(
                (f"`[{section}] {name}`", default, *preset, say(f"setting.{name}", language))
            )
    return [
        *_section("settings", language),
        say("handout.settings.how", language),
        _table(head, rows),
    ]


def _book(name: str) -> Playbook:
    return read_playbook(name, [])


def _section(key: str, language: Language, level: int = 2) -> list[str]:
    return [f"{'#' * level} {say(f'handout.{key}', language)}"]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in row) + " |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write both files into a folder, or with --check say whether they are up to date; returns
    the exit code."""
    folder, stale = Path(arguments[-1]), []
    for language, name in FILES.items():
        text = handout(language)
        if "--check" not in arguments:
            (folder / name).write_text(text, encoding="utf-8")
        elif not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(
            f"{', '.join(stale)}: not what the rules and playbooks say; run `make docs`.",
            file=sys.stderr,
        )
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
