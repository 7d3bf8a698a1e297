"""What `winback wave` prints: plans and tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from winback.i18n.translate import Language, translate

if TYPE_CHECKING:  # what the ledger loads, no command waits for
    from winback.ledger.integrity import Violation

_COUNTED = ("treatment", "holdout", "excluded", "customers", "messages")


def create_table(language: Language, *columns: str) -> Table:
    """A table with titles in a language; counts stand to the right."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(
            translate(f"wave.column.{name}", language),
            justify="right" if name in _COUNTED else "left",
        )
    return table


def print_messages(console: Console, rows: Sequence[Mapping[str, Any]], language: Language) -> None:
    """What became of a wave's messages; nothing where there are none."""
    table = create_table(language, "step", "channel", "message", "messages", "why")
    for each in rows:
        table.add_row(
            str(each["step"]),
            translate(f"channel.{each['channel']}", language),
            translate(f"wave.message.{each['state']}", language),
            f"{each['messages']:,}",
            translate(f"kept.{each['reason']}", language) if each["reason"] else "",
        )
    if rows:
        console.print(table)


def print_violations(console: Console, faults: "Sequence[Violation]", language: Language) -> None:
    """What an audit has found."""
    for each in faults:
        values = {**vars(each), "examples": ", ".join(each.examples)}
        console.print(translate(f"audit.{each.rule}", language, values), style="red", markup=False)
    if not faults:
        console.print(translate("audit.well", language), style="bold")


def format_exclusion_reason(why: str | None, language: Language) -> str:
    """Why customers are excluded."""
    return (
        translate(why if "." in why else f"wave.why.{why}", language, {"detail": "…", "owner": "…"})
        if why
        else ""
    )


def format_money(cents: int, currency: str) -> str:
    """An amount as plans show it."""
    return f"{currency} {cents / 100:,.0f}"


def format_warning(warning: Any, language: Language) -> str:
    """A warning."""
    return translate(
        f"wave.warning.{warning['warning']}",
        language,
        {"seen": f"{warning['seen']:,}", "expected": warning["expected"]},
    )


def print_plan(console: Console, plan: Any, language: Language) -> None:
    """Print what an operator approves: counts, cost, what can be shown, and warnings."""
    counts = {name: f"{plan[name]:,}" for name in ("planned", "treatment", "holdout", "excluded")}
    cost = {
        "first": format_money(plan["cost_first_cents"], plan["currency"]),
        "most": format_money(plan["cost_most_cents"], plan["currency"]),
    }
    console.print(translate("wave.counts", language, counts))
    if plan["by_play"]:
        table = create_table(language, "play", "treatment", "holdout")
        for each in plan["by_play"]:
            table.add_row(each["play"], f"{each['treatment']:,}", f"{each['holdout']:,}")
        console.print(table)
    for why, count in plan["by_why"].items():
        console.print(
            translate(
                "wave.excluded",
                language,
                {"count": f"{count:,}", "why": format_exclusion_reason(why, language)},
            ),
            style="dim",
        )
    console.print(translate("wave.cost", language, cost))
    for key, people in (
        ("detectable", ("treatment", "holdout")),
        ("detectable_to_date", ("treated_to_date", "held_out_to_date")),
    ):
        values = {
            "treated": f"{plan[people[0]]:,}",
            "held": f"{plan[people[1]]:,}",
            "days": plan["outcome_days"],
            "returning": f"{plan['returning']:.0%}",
        }
        if plan[key] is None:
            console.print(translate(f"wave.{key}.nothing", language, values))
        else:
            console.print(
                translate(f"wave.{key}", language, {**values, "points": f"{plan[key] * 100:.1f}"})
            )
    console.print(translate("wave.share", language, {"share": f"{plan['proposed_share']:.0%}"}))
    for warning in plan["warnings"]:
        console.print(format_warning(warning, language), style="yellow", markup=False)
