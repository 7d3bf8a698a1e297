"""What `winback wave` prints: plans and tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from winback.i18n.translate import Language, say

if TYPE_CHECKING:  # what the ledger loads, no command waits for
    from winback.ledger.integrity import Fault

_COUNTED = ("treatment", "holdout", "excluded", "customers", "messages")


def table_of(language: Language, *columns: str) -> Table:
    """A table with titles in a language; counts stand to the right."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(
            say(f"wave.column.{name}", language), justify="right" if name in _COUNTED else "left"
        )
    return table


def print_messages(console: Console, rows: Sequence[Mapping[str, Any]], language: Language) -> None:
    """What became of a wave's messages; nothing where there are none."""
    table = table_of(language, "step", "channel", "message", "messages", "why")
    for each in rows:
        table.add_row(
            str(each["step"]),
            say(f"channel.{each['channel']}", language),
            say(f"wave.message.{each['state']}", language),
            f"{each['messages']:,}",
            say(f"kept.{each['reason']}", language) if each["reason"] else "",
        )
    if rows:
        console.print(table)


def print_faults(console: Console, faults: "Sequence[Fault]", language: Language) -> None:
    """What an audit has found."""
    for each in faults:
        values = {**vars(each), "examples": ", ".join(each.examples)}
        console.print(say(f"audit.{each.rule}", language, values), style="red", markup=False)
    if not faults:
        console.print(say("audit.well", language), style="bold")


def why_told(why: str | None, language: Language) -> str:
    """Why customers are excluded."""
    return (
        say(why if "." in why else f"wave.why.{why}", language, {"detail": "…", "owner": "…"})
        if why
        else ""
    )


def money(cents: int, currency: str) -> str:
    """An amount as plans show it."""
    return f"{currency} {cents / 100:,.0f}"


def guard_told(guard: Any, language: Language) -> str:
    """A warning."""
    return say(
        f"wave.guard.{guard['guard']}",
        language,
        {"seen": f"{guard['seen']:,}", "expected": guard["expected"]},
    )


def print_plan(console: Console, plan: Any, language: Language) -> None:
    """Print what an operator approves: counts, cost, what can be shown, and warnings."""
    counts = {name: f"{plan[name]:,}" for name in ("planned", "treatment", "holdout", "excluded")}
    cost = {
        "first": money(plan["cost_first_cents"], plan["currency"]),
        "most": money(plan["cost_most_cents"], plan["currency"]),
    }
    console.print(say("wave.counts", language, counts))
    if plan["by_play"]:
        table = table_of(language, "play", "treatment", "holdout")
        for each in plan["by_play"]:
            table.add_row(each["play"], f"{each['treatment']:,}", f"{each['holdout']:,}")
        console.print(table)
    for why, count in plan["by_why"].items():
        console.print(
            say("wave.excluded", language, {"count": f"{count:,}", "why": why_told(why, language)}),
            style="dim",
        )
    console.print(say("wave.cost", language, cost))
    for key, people in (
        ("detectable", ("treatment", "holdout")),
        ("detectable_to_date", ("treated_to_date", "held_out_to_date")),
    ):
        told = {
            "treated": f"{plan[people[0]]:,}",
            "held": f"{plan[people[1]]:,}",
            "days": plan["outcome_days"],
            "returning": f"{plan['returning']:.0%}",
        }
        if plan[key] is None:
            console.print(say(f"wave.{key}.nothing", language, told))
        else:
            console.print(
                say(f"wave.{key}", language, {**told, "points": f"{plan[key] * 100:.1f}"})
            )
    console.print(say("wave.share", language, {"share": f"{plan['proposed_share']:.0%}"}))
    for guard in plan["guards"]:
        console.print(guard_told(guard, language), style="yellow", markup=False)
