"""What `winback wave` prints: plans, tables and results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from winback.cli import console as commands
from winback.cli.console import print_json, to_plain
from winback.i18n.numbers import format_count, format_money
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import create_console

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.delivery.dispatcher import DispatchResult
    from winback.ledger.budgets import PeriodUse
    from winback.ledger.integrity import Violation
    from winback.ledger.wave_changes import EditResult
    from winback.ledger.wave_plan import WavePlan
    from winback.ledger.waves import ArmCount, Wave
    from winback.simulation.rehearsal import RehearsalResult
    from winback.workflows.wave import WaveStatus

_SHOWN_EDITS = 3
_COUNTED = ("treatment", "holdout", "excluded", "customers", "messages")


def describe_wave(wave: "Wave") -> dict[str, object]:
    """A wave as `--json` has it."""
    return to_plain({**vars(wave), "plan": wave.plan.to_dict()})


def print_waves(waves: "Sequence[Wave]", language: Language) -> None:
    """A table of waves."""
    table = _create_table(
        language, "wave", "state", "cutoff", "treatment", "holdout", "excluded", "by"
    )
    for each in waves:
        counts = map(format_count, (each.plan.treatment, each.plan.holdout, each.plan.excluded))
        table.add_row(
            each.wave_id,
            translate(f"wave.state.{each.status}", language),
            str(each.cutoff),
            *counts,
            escape(strip_control_chars(each.decided_by or "")),
        )
    create_console().print(table)


def print_decision(wave: "Wave", as_json: bool, language: Language) -> None:
    """What was decided about a wave."""
    if as_json:
        print_json(describe_wave(wave))
        return
    values = {
        "wave": wave.wave_id,
        "treatment": format_count(wave.plan.treatment),
        "by": wave.decided_by or wave.first_approved_by,
    }
    key = "planned.first" if wave.state == "planned" else wave.status
    decided = translate(f"wave.{key}", language, values)
    create_console().print(decided, style="bold", markup=False)


def print_edit(
    wave_id: str, result: "EditResult", is_trial: bool, as_json: bool, language: Language
) -> None:
    """What a corrected text changes: how many messages, and how the first of them read."""
    if as_json:
        changed = [vars(each) for each in result.changed]
        print_json({"wave": wave_id, "trial": is_trial, "changed": changed, "left": result.left})
        return
    console = create_console()
    counts = {"count": format_count(len(result.changed)), "wave": wave_id}
    console.print(translate("wave.edit.trial" if is_trial else "wave.edited", language, counts))
    texts = list(dict.fromkeys((each.before, each.after) for each in result.changed))
    for before, after in texts[:_SHOWN_EDITS]:
        console.print(f"- {strip_control_chars(before)}", style="red", markup=False)
        console.print(f"+ {strip_control_chars(after)}", style="green", markup=False)
    if result.left:
        left = {"count": format_count(result.left)}
        console.print(translate("wave.edit.left", language, left), style="yellow")


def print_run(result: "DispatchResult", language: Language) -> None:
    """What a run sent, what it did not send and why, and when the next is due."""
    console = create_console()
    counts = {
        name: format_count(getattr(result, name))
        for name in ("sent", "created", "failed", "unknown", "again")
    }
    console.print(translate("wave.ran", language, counts), style="bold")
    for reason, count in sorted(result.kept.items()):
        kept = {"count": format_count(count), "why": translate(f"kept.{reason}", language)}
        console.print(translate("wave.kept", language, kept))
    for channel, stopped in result.stopped.items():
        values = {
            "channel": translate(f"channel.{channel}", language),
            "why": translate(f"kept.{stopped['reason']}", language),
            "detail": stopped["detail"],
        }
        console.print(translate("wave.channel_stopped", language, values), markup=False)
    if result.harm:
        from winback.delivery.plan_warnings import format_harm

        for each in result.harm:
            console.print(format_harm(each, language), markup=False, style="red")
    if result.next_due is not None:
        due = {"when": f"{result.next_due:%Y-%m-%d %H:%M} UTC"}
        console.print(translate("wave.next_due", language, due))


def print_status(status: "WaveStatus", language: Language) -> None:
    """A wave's groups, its messages, and those that are unconfirmed."""
    console, wave = create_console(), status.wave
    state = translate(f"wave.state.{wave.status}", language)
    console.print(f"{wave.wave_id}: {state}", style="bold")
    _print_arms(console, status.totals["arms"], language)
    _print_messages(console, status.totals["messages"], language)
    for message in status.unconfirmed:
        values = {**message, "channel": translate(f"channel.{message['channel']}", language)}
        console.print(translate("wave.unknown", language, values), markup=False)


def _print_arms(console: Console, counts: "Sequence[ArmCount]", language: Language) -> None:
    arms = _create_table(language, "arm", "customers", "why")
    for each in counts:
        arms.add_row(
            translate(f"wave.arm.{each['arm']}", language),
            format_count(each["customers"]),
            _format_exclusion_reason(each["why"], language),
        )
    console.print(arms)


def print_rehearsal(result: "RehearsalResult", wave_id: str, language: Language) -> None:
    """What a rehearsed wave would have sent."""
    console, done = create_console(), {"wave": wave_id, "runs": result.runs}
    console.print(translate("rehearse.done", language, done), style="bold")
    for receiver, count in sorted(result.taken.items()):
        named = translate(f"rehearse.{receiver}", language)
        taken = {"receiver": named, "count": format_count(count)}
        console.print(translate("rehearse.taken", language, taken))
    console.print(translate("rehearse.twice", language, {"count": result.twice}))
    _print_messages(console, result.messages, language)
    for each in result.samples:
        sample = {
            "channel": translate(f"channel.{each['channel']}", language),
            "subject": each["subject"] or "",
            "body": each["body"],
        }
        console.print(translate("rehearse.sample", language, sample), markup=False)
    print_violations(result.faults, language)


def print_budgets(uses: "Sequence[PeriodUse]", currency: str, language: Language) -> None:
    """What all waves of a period may cost, and have cost."""
    console = create_console()
    if not uses:
        console.print(translate("wave.budget.none", language), markup=False)
        return
    money = ("limit", "spent", "left")
    keys = [f"wave.budget.{name}" for name in ("period", "days", *money)]
    right = tuple(f"wave.budget.{name}" for name in money)
    table = commands.create_table(language, *keys, right=right)
    for use in uses:
        minor = (use.limit_minor, use.spent_minor, use.left_minor)
        table.add_row(
            translate(f"wave.budget.{use.period}", language),
            f"{use.begins} – {use.ends}",
            *(format_money(each, currency) for each in minor),
        )
    console.print(table)


def print_violations(
    violations: "Sequence[Violation]", language: Language, unproven: datetime | None = None
) -> None:
    """What an audit finds, and before when it can prove nothing."""
    console = create_console()
    for each in violations:
        values = {**vars(each), "examples": ", ".join(each.examples)}
        console.print(translate(f"audit.{each.rule}", language, values), style="red", markup=False)
    if not violations:
        console.print(translate("audit.well", language), style="bold")
    if unproven is not None:
        said = translate("audit.unproven", language, {"day": f"{unproven:%Y-%m-%d}"})
        console.print(said, style="yellow")


def print_plan(plan: "WavePlan", language: Language) -> None:
    """What an operator approves: counts, cost, what can be shown, and warnings."""
    from winback.delivery.plan_sentences import count_compared, write_foresight
    from winback.delivery.plan_warnings import format_warning

    console = create_console()
    counts = {
        "planned": format_count(plan.planned),
        "treatment": format_count(plan.treatment),
        "holdout": format_count(plan.holdout),
        "excluded": format_count(plan.excluded),
    }
    console.print(translate("wave.counts", language, counts))
    _print_plays(console, plan, language)
    cost = {
        "first": format_money(plan.cost_first_minor, plan.currency),
        "most": format_money(plan.cost_most_minor, plan.currency),
    }
    console.print(translate("wave.cost", language, cost))
    this, to_date = count_compared(plan), (plan.treated_to_date, plan.held_out_to_date)
    for key, rise, people in (
        ("wave.detectable", plan.detectable, this),
        ("wave.detectable_to_date", plan.detectable_to_date, to_date),
    ):
        console.print(_format_detectable(key, rise, people, plan, language))
    for sentence in write_foresight(plan, language):
        console.print(sentence, markup=False)
    share = {"share": f"{plan.proposed_share:.0%}"}
    console.print(translate("wave.share", language, share))
    for warning in plan.warnings:
        console.print(format_warning(warning, language), style="yellow", markup=False)


def _print_plays(console: Console, plan: "WavePlan", language: Language) -> None:
    """How many each play contacts, and why others are excluded."""
    table = _create_table(language, "play", "treatment", "holdout")
    for each in plan.by_play:
        table.add_row(each.play, format_count(each.treatment), format_count(each.holdout))
    if plan.by_play:
        console.print(table)
    for why, count in plan.by_why.items():
        values = {"count": format_count(count), "why": _format_exclusion_reason(why, language)}
        console.print(translate("wave.excluded", language, values), style="dim")
    _print_without_consent(console, plan, language)


def _print_without_consent(console: Console, plan: "WavePlan", language: Language) -> None:
    """How many another channel has to reach, and whom none does."""
    for each in plan.without_consent:
        counts = {
            "customers": format_count(each.customers),
            "channel": translate(f"channel.{each.channel}", language),
            "elsewhere": format_count(each.elsewhere),
        }
        console.print(translate("wave.without_consent", language, counts), style="dim")


def _format_detectable(
    key: str, rise: float | None, people: tuple[int, int], plan: "WavePlan", language: Language
) -> str:
    """The smallest rise of the returning share that so many people show. key: of its sentence."""
    values = {
        "treated": format_count(people[0]),
        "held": format_count(people[1]),
        "days": plan.outcome_days,
        "returning": f"{plan.returning:.0%}",
    }
    if rise is None:
        return translate(f"{key}.nothing", language, values)
    return translate(key, language, {**values, "points": f"{rise * 100:.1f}"})


def _print_messages(
    console: Console, rows: Sequence[Mapping[str, Any]], language: Language
) -> None:
    """What became of a wave's messages; nothing where there are none."""
    table = _create_table(language, "step", "channel", "message", "messages", "why")
    for each in rows:
        table.add_row(
            str(each["step"]),
            translate(f"channel.{each['channel']}", language),
            translate(f"wave.message.{each['state']}", language),
            format_count(each["messages"]),
            translate(f"kept.{each['reason']}", language) if each["reason"] else "",
        )
    if rows:
        console.print(table)


def _format_exclusion_reason(why: str | None, language: Language) -> str:
    """Why customers are excluded."""
    if not why:
        return ""
    key = why if "." in why else f"wave.why.{why}"
    return translate(key, language, {"detail": "…", "owner": "…"})


def _create_table(language: Language, *columns: str) -> Table:
    """A table with titles in a language; counts stand to the right."""
    keys = [f"wave.column.{name}" for name in columns]
    right = tuple(f"wave.column.{name}" for name in _COUNTED)
    return commands.create_table(language, *keys, right=right)
