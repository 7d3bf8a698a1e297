"""`winback wave`, from the plan to the last message."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from winback.cli.console import print_json, run_command, to_plain
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, Who, command_group
from winback.cli.wave_output import (
    describe_wave,
    print_decision,
    print_plan,
    print_run,
    print_status,
    print_waves,
)
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console, parse_cutoff_day, relative_path

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.delivery.planning import PlanResult
    from winback.workflows.workspace import Workspace

wave_app = command_group("Send a week's list once, with a holdout.")

WaveId = Annotated[
    str, typer.Argument(help="The wave's name, such as general-2026w47; `wave show` lists them.")
]
_MOST_REFUSED_SHOWN = 20  # receipts


@wave_app.command("plan")
def plan(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Plan this week's wave: treatment, holdout, cost, and the effect it can detect. Sends
    nothing."""

    def run(language: Language) -> None:
        from winback.workflows.wave import plan_wave
        from winback.workflows.workspace import open_workspace

        made = plan_wave(open_workspace(shop, language, by), parse_cutoff_day(cutoff))
        if as_json:
            head = {"wave": made.wave_id, "new": made.new}
            print_json({**head, **made.plan.to_dict(), "list": made.list_path})
        else:
            _print_planned(made, language)

    run_command(lang, run)


@wave_app.command("show")
def show(
    shop: ShopFile,
    wave: Annotated[str | None, typer.Argument(help="One wave; left out: all.")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show every wave, or one wave's plan."""

    def run(language: Language) -> None:
        from winback.workflows.wave import load_waves
        from winback.workflows.workspace import open_workspace

        waves = load_waves(open_workspace(shop, language), wave)
        if as_json:
            print_json({"waves": [describe_wave(each) for each in waves]})
        elif not waves:
            create_console().print(translate("wave.none", language))
        else:
            print_waves(waves, language)
            if wave:
                print_plan(waves[0].plan, language)

    run_command(lang, run)


@wave_app.command("approve")
def approve(
    shop: ShopFile,
    wave: WaveId,
    customers: Annotated[
        int | None,
        typer.Option("--customers", help="Number of customers contacted, as the plan says."),
    ] = None,
    despite: Annotated[
        bool, typer.Option("--despite-warnings", help="Approve although the plan has warnings.")
    ] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Approve a wave: shows its counts and cost, and asks for the number of customers."""

    def run(language: Language) -> None:
        from winback.workflows.wave import approve_wave
        from winback.workflows.workspace import open_workspace

        workspace, named = open_workspace(shop, language, by), customers
        if named is None and not as_json and sys.stdin.isatty():
            named = _ask_count(workspace, wave)
        print_decision(approve_wave(workspace, wave, named, despite), as_json, language)

    run_command(lang, run)


@wave_app.command("stop")
def stop(
    shop: ShopFile, wave: WaveId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Stop a wave for good: nothing more of it is sent."""

    def run(language: Language) -> None:
        from winback.workflows.wave import stop_wave
        from winback.workflows.workspace import open_workspace

        stopped = stop_wave(open_workspace(shop, language, by), wave)
        print_decision(stopped, as_json, language)

    run_command(lang, run)


@wave_app.command("run")
def send(
    shop: ShopFile,
    resume: Annotated[
        list[str] | None,
        typer.Option("--resume", help="A channel that had to stop, once you looked."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Send everything that is due in approved waves. It can run as often as you like and sends
    nothing twice."""

    def run(language: Language) -> None:
        from winback.workflows.wave import send_due_messages
        from winback.workflows.workspace import open_workspace

        result = send_due_messages(open_workspace(shop, language), resume or ())
        if as_json:
            harm = [asdict(each) for each in result.harm]
            print_json({**to_plain(vars(result)), "harm": harm})
        else:
            print_run(result, language)

    run_command(lang, run)


@wave_app.command("status")
def status(shop: ShopFile, wave: WaveId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show where a wave stands: groups, messages, money, and unconfirmed messages."""

    def run(language: Language) -> None:
        from winback.workflows.wave import get_wave_status
        from winback.workflows.workspace import open_workspace

        status = get_wave_status(open_workspace(shop, language), wave)
        if as_json:
            unknown = [to_plain(dict(each)) for each in status.unconfirmed]
            head = {"wave": wave, "state": status.wave.state}
            print_json({**head, **status.totals, "unknown": unknown})
        else:
            print_status(status, language)

    run_command(lang, run)


@wave_app.command("resolve")
def resolve(
    shop: ShopFile,
    message: Annotated[str, typer.Argument(help="The message's key, as `wave status` lists it.")],
    fate: Annotated[Literal["sent", "not-sent"], typer.Option("--as", help="What happened to it.")],
    why: Annotated[str, typer.Option("--why", help="How you know.")],
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Settle an unconfirmed message: sent or not. It is not sent again either way."""

    def run(language: Language) -> None:
        from winback.workflows.wave import resolve_message
        from winback.workflows.workspace import open_workspace

        resolve_message(open_workspace(shop, language, by), message, fate == "sent", why)
        result = {"message": message, "as": fate}
        if as_json:
            print_json(result)
        else:
            named = {**result, "as": translate(f"wave.as.{fate}", language)}
            print(translate("wave.resolved", language, named))

    run_command(lang, run)


@wave_app.command("reconcile")
def reconcile(shop: ShopFile, by: Who = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Let a restored ledger send again, after you have checked what the lost one sent."""

    def run(language: Language) -> None:
        from winback.workflows.wave import reconcile_ledger
        from winback.workflows.workspace import open_workspace

        count = reconcile_ledger(open_workspace(shop, language, by))
        if as_json:
            print_json({"unknown": count})
        else:
            print(translate("wave.reconciled", language, {"count": format_count(count)}))

    run_command(lang, run)


@wave_app.command("move")
def move(
    shop: ShopFile,
    is_lost: Annotated[
        bool,
        typer.Option("--old-machine-lost", help="The machine that sent is gone for good."),
    ] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Move sending to another machine: run it on the old one, copy the folder, run it on the new
    one."""

    def run(language: Language) -> None:
        from winback.workflows.wave import move_ledger
        from winback.workflows.workspace import open_workspace

        unknown = move_ledger(open_workspace(shop, language, by), is_lost)
        if as_json:
            print_json({"released": unknown is None, "unknown": unknown or 0})
        elif unknown is None:
            print(translate("wave.released", language))
        else:
            print(translate("wave.moved", language, {"count": format_count(unknown)}))

    run_command(lang, run)


@wave_app.command("reset-clock")
def reset(shop: ShopFile, by: Who = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Mend a ledger in which a run went under a clock that was ahead."""

    def run(language: Language) -> None:
        from winback.workflows.wave import reset_ledger_clock
        from winback.workflows.workspace import open_workspace

        count = reset_ledger_clock(open_workspace(shop, language, by))
        if as_json:
            print_json({"messages": count})
        else:
            print(translate("wave.clock_reset", language, {"count": format_count(count)}))

    run_command(lang, run)


@wave_app.command("receipts")
def receipts(
    shop: ShopFile,
    file: Annotated[Path, typer.Argument(help="A CSV with delivery_id, kind, at and reason.")],
    source: Annotated[str, typer.Option("--source", help="Where the receipts come from.")] = "file",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read receipts of messages: delivered, bounced, opened, clicked, answered, complained. Later
    steps depend on them; a dead address and whoever reports spam get no more."""

    def run(language: Language) -> None:
        from winback.workflows.wave import read_receipts
        from winback.workflows.workspace import open_workspace

        result = read_receipts(open_workspace(shop, language), file, source)
        if as_json:
            print_json(result)
            return
        console, refused = create_console(), result["refused"]
        counts = {"kept": format_count(result["kept"]), "refused": format_count(len(refused))}
        console.print(translate("wave.heard", language, counts))
        for each in refused[:_MOST_REFUSED_SHOWN]:
            console.print(translate("wave.heard.refused", language, each), markup=False)

    run_command(lang, run)


@wave_app.command("match")
def match(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Match customers to WeCom contacts by the phone numbers in your staff's remarks."""

    def run(language: Language) -> None:
        from winback.workflows.wave import match_wecom_contacts
        from winback.workflows.workspace import open_workspace

        result = match_wecom_contacts(open_workspace(shop, language))
        if as_json:
            print_json(result)
        else:
            values = {**result, "file": relative_path(result["file"])}
            create_console().print(translate("wave.matched", language, values), markup=False)

    run_command(lang, run)


def _print_planned(made: "PlanResult", language: Language) -> None:
    console, named = create_console(), {"wave": made.wave_id}
    key = "wave.planned" if made.new else "wave.planned_before"
    console.print(translate(key, language, named), style="bold")
    print_plan(made.plan, language)
    steps = {**named, "list": relative_path(made.list_path)}
    console.print(translate("wave.next.approve", language, steps), markup=False)


def _ask_count(workspace: "Workspace", wave: str) -> int:
    """Show what is approved, and ask how many customers that contacts."""
    from winback.workflows.wave import load_waves

    print_plan(load_waves(workspace, wave)[0].plan, workspace.language)
    return int(typer.prompt(translate("wave.how_many", workspace.language), type=int))
