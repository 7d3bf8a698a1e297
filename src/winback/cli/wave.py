"""`winback wave`, from the plan to the last message, and `winback audit`, which says whether the
ledger keeps its promises."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from winback.cli.console import (
    choose_language,
    clear_progress,
    create_console,
    current_user,
    get_home,
    get_utc_now,
    open_shop_ledger,
    parse_cutoff_day,
    relative_path,
    run_and_exit_code,
    show_progress,
)
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, Who, command_group
from winback.cli.wave_output import (
    create_table,
    format_exclusion_reason,
    format_money,
    format_warning,
    print_messages,
    print_plan,
    print_violations,
)
from winback.config.shop import Shop, load_shop
from winback.core.errors import CustomerCountMissing, WaveWarnings
from winback.i18n.translate import Language, strip_control_chars, translate

wave_app = command_group("Send a week's list once, with a holdout.")

WaveId = Annotated[
    str, typer.Argument(help="The wave's name, such as general-2026w47; `wave show` lists them.")
]


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
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.delivery.planning import plan_weekly_wave

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        made = plan_weekly_wave(
            settings,
            home,
            parse_cutoff_day(cutoff),
            language,
            current_user(by),
            get_utc_now(),
            lambda part, parts: show_progress(f"{settings.name}: {part}/{parts}"),
        )
        clear_progress()
        if as_json:
            print(
                json.dumps(
                    {"wave": made.wave_id, "new": made.new, **made.plan, "list": made.list_path},
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(
            translate(
                "wave.planned" if made.new else "wave.planned_before",
                language,
                {"wave": made.wave_id},
            ),
            style="bold",
        )
        print_plan(console, made.plan, language)
        console.print(
            translate(
                "wave.next.approve",
                language,
                {"wave": made.wave_id, "list": relative_path(made.list_path)},
            ),
            markup=False,
        )

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("show")
def show(
    shop: ShopFile,
    wave: Annotated[str | None, typer.Argument(help="One wave; left out: all.")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show every wave, or one wave's plan."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import list_waves, load_wave

        ledger = open_shop_ledger(shop)
        waves = [load_wave(ledger, wave)] if wave else list_waves(ledger)
        if as_json:
            print(
                json.dumps({"waves": [_to_json(vars(each)) for each in waves]}, ensure_ascii=False)
            )
            return
        console = create_console()
        if not waves:
            console.print(translate("wave.none", language))
            return
        table = create_table(
            language, "wave", "state", "cutoff", "treatment", "holdout", "excluded", "by"
        )
        for each in waves:
            counts = (f"{each.plan[name]:,}" for name in ("treatment", "holdout", "excluded"))
            state = translate(f"wave.state.{each.state}", language)
            table.add_row(
                each.wave_id,
                state,
                str(each.cutoff),
                *counts,
                escape(strip_control_chars(each.decided_by or "")),
            )
        console.print(table)
        if wave:
            print_plan(console, waves[0].plan, language)

    raise typer.Exit(run_and_exit_code(run, language))


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
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.delivery.lateness import count_late_days
        from winback.ledger.waves import decide_wave, load_wave

        ledger = open_shop_ledger(shop)
        planned_wave = load_wave(ledger, wave)
        named = customers
        if named is None and not as_json and sys.stdin.isatty():
            console = create_console()
            print_plan(console, planned_wave.plan, language)
            named = typer.prompt(translate("wave.how_many", language), type=int)
        if named != planned_wave.plan["treatment"]:
            raise CustomerCountMissing(
                wave=wave,
                named="–" if named is None else named,
                treatment=planned_wave.plan["treatment"],
                cost=format_money(
                    planned_wave.plan["cost_most_cents"], planned_wave.plan["currency"]
                ),
            )
        late = count_late_days(load_shop(shop, os.environ), planned_wave, get_utc_now())
        odd = [
            *planned_wave.plan["warnings"],
            *(
                [{"warning": "late", "seen": late, "expected": str(planned_wave.cutoff)}]
                if late
                else []
            ),
        ]
        if odd and not despite:
            warnings = "; ".join(format_warning(each, language) for each in odd)
            raise WaveWarnings(wave=wave, warnings=warnings)
        decided = decide_wave(ledger, wave, "approved", current_user(by), get_utc_now())
        _print_decided(decided, as_json, language)

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("stop")
def stop(
    shop: ShopFile, wave: WaveId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Stop a wave for good: nothing more of it is sent."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import decide_wave

        _print_decided(
            decide_wave(open_shop_ledger(shop), wave, "stopped", current_user(by), get_utc_now()),
            as_json,
            language,
        )

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("run")
def run_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Send everything that is due in approved waves. It can run as often as you like and sends
    nothing twice."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.delivery.run import run_waves
        from winback.playbooks.matching import load_playbook

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        folder = home.get_shop_folder(settings.name)
        ledger = open_shop_ledger(shop, keep_open=True)
        store = open_store(folder)
        result = run_waves(
            settings,
            load_playbook(settings),
            store,
            ledger,
            folder,
            get_utc_now,
            lambda so_far: show_progress(f"{settings.name}: {so_far.sent:,}"),
        )
        clear_progress()
        _alert_group(settings, ledger, result)
        if as_json:
            print(json.dumps(_to_json(vars(result)), ensure_ascii=False))
            return
        console = create_console()
        counts = {
            name: f"{getattr(result, name):,}"
            for name in ("sent", "created", "failed", "unknown", "again")
        }
        console.print(translate("wave.ran", language, counts), style="bold")
        for reason, count in sorted(result.kept.items()):
            console.print(
                translate(
                    "wave.kept",
                    language,
                    {"count": f"{count:,}", "why": translate(f"kept.{reason}", language)},
                )
            )
        for channel, stopped in result.stopped.items():
            values = {
                "channel": translate(f"channel.{channel}", language),
                "why": translate(f"kept.{stopped['reason']}", language),
            }
            console.print(
                translate(
                    "wave.channel_stopped", language, {**values, "detail": stopped["detail"]}
                ),
                markup=False,
            )
        if result.next_due is not None:
            console.print(
                translate(
                    "wave.next_due", language, {"when": f"{result.next_due:%Y-%m-%d %H:%M} UTC"}
                )
            )

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("status")
def status(shop: ShopFile, wave: WaveId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show where a wave stands: groups, messages, money, and unconfirmed messages."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import count_wave, list_unconfirmed, load_wave

        ledger = open_shop_ledger(shop)
        wave_record, totals, fates = (
            load_wave(ledger, wave),
            count_wave(ledger, wave),
            list_unconfirmed(ledger, wave),
        )
        if as_json:
            unknown = [_to_json(each) for each in fates]
            print(
                json.dumps(
                    {"wave": wave, "state": wave_record.state, **totals, "unknown": unknown},
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(
            f"{wave}: {translate(f'wave.state.{wave_record.state}', language)}", style="bold"
        )
        arms = create_table(language, "arm", "customers", "why")
        for each in totals["arms"]:
            arms.add_row(
                translate(f"wave.arm.{each['arm']}", language),
                f"{each['customers']:,}",
                format_exclusion_reason(each["why"], language),
            )
        console.print(arms)
        print_messages(console, totals["messages"], language)
        for each in fates:
            values = {**each, "channel": translate(f"channel.{each['channel']}", language)}
            console.print(translate("wave.unknown", language, values), markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("resolve")
def resolve_command(
    shop: ShopFile,
    message: Annotated[str, typer.Argument(help="The message's key, as `wave status` lists it.")],
    fate: Annotated[Literal["sent", "not-sent"], typer.Option("--as", help="What happened to it.")],
    why: Annotated[str, typer.Option("--why", help="How you know.")],
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Settle an unconfirmed message: sent or not. It is not sent again either way."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.ledger.outbox import resolve_unconfirmed

        resolve_unconfirmed(
            open_shop_ledger(shop), message, fate == "sent", current_user(by), why, get_utc_now()
        )
        result = {"message": message, "as": fate}
        print(
            json.dumps(result)
            if as_json
            else translate(
                "wave.resolved", language, {**result, "as": translate(f"wave.as.{fate}", language)}
            )
        )

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("reconcile")
def reconcile_command(
    shop: ShopFile, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Let a restored ledger send again, after you have checked what the lost one sent."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.delivery.recovery import reconcile_restored_ledger

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        count = reconcile_restored_ledger(
            settings,
            open_shop_ledger(shop),
            home.get_shop_folder(settings.name),
            current_user(by),
            get_utc_now(),
        )
        print(
            json.dumps({"unknown": count})
            if as_json
            else translate("wave.reconciled", language, {"count": f"{count:,}"})
        )

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("receipts")
def receipts(
    shop: ShopFile,
    file: Annotated[Path, typer.Argument(help="A CSV with delivery_id, kind and at.")],
    source: Annotated[str, typer.Option("--source", help="Where the receipts come from.")] = "file",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read receipts of messages: delivered, bounced, opened, clicked, answered. Later steps depend
    on them."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.delivery.receipts import import_receipts

        result = import_receipts(open_shop_ledger(shop), file, source[:64])
        if as_json:
            print(json.dumps(result, ensure_ascii=False))
            return
        console = create_console()
        console.print(
            translate(
                "wave.heard",
                language,
                {"kept": f"{result['kept']:,}", "refused": f"{len(result['refused']):,}"},
            )
        )
        for each in result["refused"][:20]:
            console.print(translate("wave.heard.refused", language, each), markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


@wave_app.command("match")
def match(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Match customers to WeCom contacts by the phone numbers in your staff's remarks."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.delivery.run import match_contacts_with_wecom

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        folder = home.get_shop_folder(settings.name)
        result = match_contacts_with_wecom(
            settings,
            open_store(folder),
            open_shop_ledger(shop),
            folder,
            get_utc_now(),
            lambda seen: show_progress(f"{settings.name}: {seen:,}"),
        )
        clear_progress()
        if as_json:
            print(json.dumps(result, ensure_ascii=False))
            return
        values = {**result, "file": relative_path(result["file"])}
        create_console().print(translate("wave.matched", language, values), markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


def rehearse(
    shop: ShopFile,
    wave: WaveId,
    faults: Annotated[
        bool, typer.Option("--faults", help="Let the receivers lose, refuse and delay messages.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Try a wave on a copy, through your kinds of channels, with receivers on this machine. Nothing
    leaves it and nothing is kept."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.playbooks.matching import load_playbook
        from winback.simulation.rehearsal import rehearse

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        folder = home.get_shop_folder(settings.name)
        result = rehearse(
            settings,
            load_playbook(settings),
            open_store(folder),
            open_shop_ledger(shop),
            folder,
            wave,
            get_utc_now(),
            faults,
        )
        if as_json:
            print(
                json.dumps(
                    {**_to_json(vars(result)), "faults": [vars(each) for each in result.faults]},
                    ensure_ascii=False,
                )
            )
            return
        console = create_console()
        console.print(
            translate("rehearse.done", language, {"wave": wave, "runs": result.runs}), style="bold"
        )
        for receiver, count in sorted(result.taken.items()):
            name = translate(f"rehearse.{receiver}", language)
            console.print(
                translate("rehearse.taken", language, {"receiver": name, "count": f"{count:,}"})
            )
        console.print(translate("rehearse.twice", language, {"count": result.twice}))
        print_messages(console, result.messages, language)
        for each in result.samples:
            values = {
                "channel": translate(f"channel.{each['channel']}", language),
                "subject": each["subject"] or "",
                "body": each["body"],
            }
            console.print(translate("rehearse.sample", language, values), markup=False)
        print_violations(console, result.faults, language)

    raise typer.Exit(run_and_exit_code(run, language))


def audit(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check the ledger: nobody lost, no group changed, every cap and budget kept, the audit log
    whole."""
    language = choose_language(lang, os.environ)
    faults: list[Any] = []

    def run() -> None:
        from winback.delivery.recovery import audit_ledger

        violations = audit_ledger(load_shop(shop, os.environ), open_shop_ledger(shop))
        faults.extend(violations)
        if as_json:
            print(
                json.dumps(
                    {"well": not violations, "faults": [vars(each) for each in violations]},
                    ensure_ascii=False,
                )
            )
            return
        print_violations(create_console(), violations, language)

    code = run_and_exit_code(run, language)
    raise typer.Exit(code or int(bool(faults)))


def _alert_group(settings: Shop, ledger: Any, result: Any) -> None:
    """Tell the operators' WeCom group what needs a person, once a day."""
    from winback.delivery.group_chat import notify_group
    from winback.playbooks.matching import get_message_language

    language = get_message_language(settings)
    for channel, stopped in result.stopped.items():
        values = {
            "channel": translate(f"channel.{channel}", language),
            "why": translate(f"kept.{stopped['reason']}", language),
        }
        values |= {"shop": settings.name, "detail": stopped["detail"]}
        notify_group(settings, ledger, translate("wave.alert", language, values), get_utc_now())
    if result.unknown:
        values = {"shop": settings.name, "count": f"{result.unknown:,}"}
        notify_group(
            settings, ledger, translate("wave.alert.unknown", language, values), get_utc_now()
        )


def _to_json(result: Any) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | dict | list | None) else str(value)
        for name, value in dict(result).items()
    }


def _print_decided(decided: Any, as_json: bool, language: Language) -> None:
    if as_json:
        print(json.dumps(_to_json(vars(decided)), ensure_ascii=False))
        return
    values = {
        "wave": decided.wave_id,
        "treatment": f"{decided.plan['treatment']:,}",
        "by": decided.decided_by,
    }
    create_console().print(
        translate(f"wave.{decided.state}", language, values), style="bold", markup=False
    )
