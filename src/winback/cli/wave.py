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
    day_of,
    done,
    explained,
    home_of,
    language_of,
    ledger_of,
    near,
    progress,
    utc_now,
    who,
    wide_console,
)
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, Who, command_group
from winback.cli.wave_output import (
    guard_told,
    money,
    print_faults,
    print_messages,
    print_plan,
    table_of,
    why_told,
)
from winback.config.shop import Shop, read_shop
from winback.core.errors import CountNotNamed, GuardsFired
from winback.i18n.translate import Language, inert, say

wave_app = command_group("Send a week's list once, with a control group.")

WaveId = Annotated[str, typer.Argument(help="As `wave show` lists it, such as general-2026w47.")]


@wave_app.command("plan")
def plan(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Draw up this week's wave: who is written to, who goes without, what it costs and what it
    can show. Sends nothing."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.delivery.planning import planned

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        made = planned(
            settings,
            home,
            day_of(cutoff),
            language,
            who(by),
            utc_now(),
            lambda part, parts: progress(f"{settings.name}: {part}/{parts}"),
        )
        done()
        if as_json:
            print(
                json.dumps(
                    {"wave": made.wave_id, "new": made.new, **made.plan, "list": made.list_path},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(
            say(
                "wave.planned" if made.new else "wave.planned_before",
                language,
                {"wave": made.wave_id},
            ),
            style="bold",
        )
        print_plan(console, made.plan, language)
        console.print(
            say(
                "wave.next.approve", language, {"wave": made.wave_id, "list": near(made.list_path)}
            ),
            markup=False,
        )

    raise typer.Exit(explained(run, language))


@wave_app.command("show")
def show(
    shop: ShopFile,
    wave: Annotated[str | None, typer.Argument(help="One of them; left out: all.")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show every wave, or one wave's plan."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import list_waves, read_wave

        ledger = ledger_of(shop)
        waves = [read_wave(ledger, wave)] if wave else list_waves(ledger)
        if as_json:
            print(json.dumps({"waves": [_plain(vars(each)) for each in waves]}, ensure_ascii=False))
            return
        console = wide_console()
        if not waves:
            console.print(say("wave.none", language))
            return
        table = table_of(
            language, "wave", "state", "cutoff", "treatment", "holdout", "excluded", "by"
        )
        for each in waves:
            counts = (f"{each.plan[name]:,}" for name in ("treatment", "holdout", "excluded"))
            state = say(f"wave.state.{each.state}", language)
            table.add_row(
                each.wave_id, state, str(each.cutoff), *counts, escape(inert(each.decided_by or ""))
            )
        console.print(table)
        if wave:
            print_plan(console, waves[0].plan, language)

    raise typer.Exit(explained(run, language))


@wave_app.command("approve")
def approve(
    shop: ShopFile,
    wave: WaveId,
    customers: Annotated[
        int | None, typer.Option("--customers", help="How many are written to, as the plan says.")
    ] = None,
    despite: Annotated[
        bool, typer.Option("--despite-warnings", help="Approve what the plan warns of.")
    ] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Let a wave go out: names its counts and its cost, and asks how many customers that are."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.delivery.lateness import late_days
        from winback.ledger.waves import decide_wave, read_wave

        ledger = ledger_of(shop)
        found = read_wave(ledger, wave)
        named = customers
        if named is None and not as_json and sys.stdin.isatty():
            console = wide_console()
            print_plan(console, found.plan, language)
            named = typer.prompt(say("wave.how_many", language), type=int)
        if named != found.plan["treatment"]:
            raise CountNotNamed(
                wave=wave,
                named="–" if named is None else named,
                treatment=found.plan["treatment"],
                cost=money(found.plan["cost_most_cents"], found.plan["currency"]),
            )
        late = late_days(read_shop(shop, os.environ), found, utc_now())
        odd = [
            *found.plan["guards"],
            *([{"guard": "late", "seen": late, "expected": str(found.cutoff)}] if late else []),
        ]
        if odd and not despite:
            guards = "; ".join(guard_told(each, language) for each in odd)
            raise GuardsFired(wave=wave, guards=guards)
        decided = decide_wave(ledger, wave, "approved", who(by), utc_now())
        _print_decided(decided, as_json, language)

    raise typer.Exit(explained(run, language))


@wave_app.command("stop")
def stop(
    shop: ShopFile, wave: WaveId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """End a wave: nothing more of it goes out, ever."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import decide_wave

        _print_decided(
            decide_wave(ledger_of(shop), wave, "stopped", who(by), utc_now()), as_json, language
        )

    raise typer.Exit(explained(run, language))


@wave_app.command("run")
def run_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Hand over everything that is due in approved waves; run it as often as you like, it sends
    nothing twice."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.delivery.run import run_waves
        from winback.playbooks.matching import book_of

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        folder = home.shop(settings.name)
        ledger = ledger_of(shop, keep_open=True)
        store = open_store(folder)
        told = run_waves(
            settings,
            book_of(settings),
            store,
            ledger,
            folder,
            utc_now,
            lambda so_far: progress(f"{settings.name}: {so_far.sent:,}"),
        )
        done()
        _alert(settings, ledger, told)
        if as_json:
            print(json.dumps(_plain(vars(told)), ensure_ascii=False))
            return
        console = wide_console()
        counts = {
            name: f"{getattr(told, name):,}"
            for name in ("sent", "created", "failed", "unknown", "again")
        }
        console.print(say("wave.ran", language, counts), style="bold")
        for reason, count in sorted(told.kept.items()):
            console.print(
                say(
                    "wave.kept",
                    language,
                    {"count": f"{count:,}", "why": say(f"kept.{reason}", language)},
                )
            )
        for channel, stopped in told.stopped.items():
            values = {
                "channel": say(f"channel.{channel}", language),
                "why": say(f"kept.{stopped['reason']}", language),
            }
            console.print(
                say("wave.channel_stopped", language, {**values, "detail": stopped["detail"]}),
                markup=False,
            )
        if told.next_due is not None:
            console.print(
                say("wave.next_due", language, {"when": f"{told.next_due:%Y-%m-%d %H:%M} UTC"})
            )

    raise typer.Exit(explained(run, language))


@wave_app.command("status")
def status(shop: ShopFile, wave: WaveId, as_json: AsJson = False, lang: Lang = None) -> None:
    """What a wave came to so far, to the row: arms, messages, money, and messages nobody knows
    the fate of."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.ledger.waves import read_wave, tally, unknown_fates

        ledger = ledger_of(shop)
        found, told, fates = (
            read_wave(ledger, wave),
            tally(ledger, wave),
            unknown_fates(ledger, wave),
        )
        if as_json:
            unknown = [_plain(each) for each in fates]
            print(
                json.dumps(
                    {"wave": wave, "state": found.state, **told, "unknown": unknown},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(f"{wave}: {say(f'wave.state.{found.state}', language)}", style="bold")
        arms = table_of(language, "arm", "customers", "why")
        for each in told["arms"]:
            arms.add_row(
                say(f"wave.arm.{each['arm']}", language),
                f"{each['customers']:,}",
                why_told(each["why"], language),
            )
        console.print(arms)
        print_messages(console, told["messages"], language)
        for each in fates:
            values = {**each, "channel": say(f"channel.{each['channel']}", language)}
            console.print(say("wave.unknown", language, values), markup=False)

    raise typer.Exit(explained(run, language))


@wave_app.command("resolve")
def resolve_command(
    shop: ShopFile,
    message: Annotated[str, typer.Argument(help="The message's key, as `wave status` lists it.")],
    fate: Annotated[Literal["sent", "not-sent"], typer.Option("--as", help="What became of it.")],
    why: Annotated[str, typer.Option("--why", help="How you know.")],
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Say what became of a message nobody knew the fate of. It is not sent again either way."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.ledger.outbox import resolve

        resolve(ledger_of(shop), message, fate == "sent", who(by), why, utc_now())
        told = {"message": message, "as": fate}
        print(
            json.dumps(told)
            if as_json
            else say("wave.resolved", language, {**told, "as": say(f"wave.as.{fate}", language)})
        )

    raise typer.Exit(explained(run, language))


@wave_app.command("reconcile")
def reconcile_command(
    shop: ShopFile, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Let a restored ledger send again, after you have looked what the lost one had sent."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.delivery.recovery import reconciled

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        count = reconciled(settings, ledger_of(shop), home.shop(settings.name), who(by), utc_now())
        print(
            json.dumps({"unknown": count})
            if as_json
            else say("wave.reconciled", language, {"count": f"{count:,}"})
        )

    raise typer.Exit(explained(run, language))


@wave_app.command("receipts")
def receipts(
    shop: ShopFile,
    file: Annotated[Path, typer.Argument(help="A CSV with delivery_id, kind and at.")],
    source: Annotated[str, typer.Option("--source", help="Who heard it.")] = "file",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Tell what was heard of messages: delivered, bounced, opened, clicked, answered; ladders go
    by it."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.delivery.receipts import receipts_heard

        told = receipts_heard(ledger_of(shop), file, source[:64])
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
            return
        console = wide_console()
        console.print(
            say(
                "wave.heard",
                language,
                {"kept": f"{told['kept']:,}", "refused": f"{len(told['refused']):,}"},
            )
        )
        for each in told["refused"][:20]:
            console.print(say("wave.heard.refused", language, each), markup=False)

    raise typer.Exit(explained(run, language))


@wave_app.command("match")
def match(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Find out which WeCom contacts your customers are, by the phone numbers in the remarks of
    your staff."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.delivery.run import matched_with_wecom

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        folder = home.shop(settings.name)
        told = matched_with_wecom(
            settings,
            open_store(folder),
            ledger_of(shop),
            folder,
            utc_now(),
            lambda seen: progress(f"{settings.name}: {seen:,}"),
        )
        done()
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
            return
        values = {**told, "file": near(told["file"])}
        wide_console().print(say("wave.matched", language, values), markup=False)

    raise typer.Exit(explained(run, language))


def rehearse(
    shop: ShopFile,
    wave: WaveId,
    faults: Annotated[
        bool, typer.Option("--faults", help="Let the receivers lose, refuse and delay messages.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Try a wave on a copy, through your kinds of channels, to receivers on this machine;
    nothing leaves it, nothing stays."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.playbooks.matching import book_of
        from winback.simulation.rehearsal import rehearse

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        folder = home.shop(settings.name)
        told = rehearse(
            settings,
            book_of(settings),
            open_store(folder),
            ledger_of(shop),
            folder,
            wave,
            utc_now(),
            faults,
        )
        if as_json:
            print(
                json.dumps(
                    {**_plain(vars(told)), "faults": [vars(each) for each in told.faults]},
                    ensure_ascii=False,
                )
            )
            return
        console = wide_console()
        console.print(
            say("rehearse.done", language, {"wave": wave, "runs": told.runs}), style="bold"
        )
        for receiver, count in sorted(told.taken.items()):
            name = say(f"rehearse.{receiver}", language)
            console.print(
                say("rehearse.taken", language, {"receiver": name, "count": f"{count:,}"})
            )
        console.print(say("rehearse.twice", language, {"count": told.twice}))
        print_messages(console, told.messages, language)
        for each in told.samples:
            values = {
                "channel": say(f"channel.{each['channel']}", language),
                "subject": each["subject"] or "",
                "body": each["body"],
            }
            console.print(say("rehearse.sample", language, values), markup=False)
        print_faults(console, told.faults, language)

    raise typer.Exit(explained(run, language))


def audit(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Whether the ledger keeps its promises: nobody lost, no arm changed, every cap, budget and
    note whole."""
    language = language_of(lang, os.environ)
    faults: list[Any] = []

    def run() -> None:
        from winback.delivery.recovery import audited

        found = audited(read_shop(shop, os.environ), ledger_of(shop))
        faults.extend(found)
        if as_json:
            print(
                json.dumps(
                    {"well": not found, "faults": [vars(each) for each in found]},
                    ensure_ascii=False,
                )
            )
            return
        print_faults(wide_console(), found, language)

    code = explained(run, language)
    raise typer.Exit(code or int(bool(faults)))


def _alert(settings: Shop, ledger: Any, told: Any) -> None:
    """Tell the operators' WeCom group what needs a person, once a day."""
    from winback.delivery.group_chat import told_group
    from winback.playbooks.matching import message_language

    language = message_language(settings)
    for channel, stopped in told.stopped.items():
        values = {
            "channel": say(f"channel.{channel}", language),
            "why": say(f"kept.{stopped['reason']}", language),
        }
        values |= {"shop": settings.name, "detail": stopped["detail"]}
        told_group(settings, ledger, say("wave.alert", language, values), utc_now())
    if told.unknown:
        values = {"shop": settings.name, "count": f"{told.unknown:,}"}
        told_group(settings, ledger, say("wave.alert.unknown", language, values), utc_now())


def _plain(told: Any) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | dict | list | None) else str(value)
        for name, value in dict(told).items()
    }


def _print_decided(decided: Any, as_json: bool, language: Language) -> None:
    if as_json:
        print(json.dumps(_plain(vars(decided)), ensure_ascii=False))
        return
    told = {
        "wave": decided.wave_id,
        "treatment": f"{decided.plan['treatment']:,}",
        "by": decided.decided_by,
    }
    wide_console().print(say(f"wave.{decided.state}", language, told), style="bold", markup=False)
