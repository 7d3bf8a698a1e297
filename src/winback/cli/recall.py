"""`winback recall`, the weekly list, and `winback playbook`, which looks at rules, plays and
messages."""

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
from winback.config.shop import Shop, load_shop
from winback.core.errors import TestUnknown, VariantUnknown
from winback.i18n.translate import Language, strip_control_chars, translate

book_app = command_group("Check the rules, plays and messages of a shop.")


def recall(
    shop: ShopFile,
    cutoff: CutoffDay = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write the list there: .csv, .xlsx or .parquet."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make this week's list: whom to win back, why, with which offer and owner, and whom not to
    contact."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.experiments.assignment import (
            find_held_out,
            find_list_edits,
            find_released,
        )
        from winback.features.registry import hash_spec
        from winback.ledger.list_edits import mark_taken
        from winback.model.uplift import load_uplift
        from winback.model.versions import load_champion
        from winback.recall.exports import check_out, publish_lists
        from winback.recall.recall_list import build_recall_list
        from winback.segmentation.thresholds import Thresholds

        if out is not None:
            check_out(out)
        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        day = parse_cutoff_day(cutoff)
        bundle, store = (
            load_champion(home.get_models_folder(settings.name), hash_spec()),
            open_store(home.get_shop_folder(settings.name)),
        )
        folder = home.get_shop_folder(settings.name)
        weekly = build_recall_list(
            settings,
            store,
            bundle,
            folder,
            day,
            language,
            lambda part, parts: show_progress(f"{settings.name}: {part}/{parts}"),
            find_held_out(settings, home, store, day),
            find_released(settings, home),
            uplift=load_uplift(home.get_models_folder(settings.name) / "uplift"),
            edits=find_list_edits(settings, home),
        )
        clear_progress()
        playbook = weekly.playbook
        summary = publish_lists(
            folder / "recalls",
            f"{bundle.version}-{store.manifest.version}",
            weekly,
            settings,
            playbook,
            Thresholds.from_dict(bundle.thresholds),
            language,
        )
        if weekly.added:
            mark_taken(open_shop_ledger(shop), weekly.added, date.fromisoformat(summary["cutoff"]))
        if out is not None:
            shutil.copyfile(summary[out.suffix.lower().removeprefix(".")], out)
        if as_json:
            print(json.dumps({**summary, "out": str(out) if out else None}, ensure_ascii=False))
        else:
            _print_list(
                create_console(),
                {**summary, "out": out},
                {play.name: play.title.get_text(language) for play in playbook.plays},
                language,
            )

    raise typer.Exit(run_and_exit_code(run, language))


def diagnose(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Show how much of the shop is dormant, who becomes dormant next and where to begin: a page,
    and one sheet for the owner."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import hash_spec
        from winback.model.versions import load_champion
        from winback.reports.diagnosis import build_diagnosis
        from winback.reports.diagnosis_page import PAGES, write_headline, write_pages

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        folder = home.get_shop_folder(settings.name)
        bundle, store = (
            load_champion(home.get_models_folder(settings.name), hash_spec()),
            open_store(folder),
        )
        diagnosis = build_diagnosis(
            settings,
            store,
            bundle,
            folder,
            parse_cutoff_day(cutoff),
            lambda part, parts: show_progress(f"{settings.name}: {part}/{parts}"),
        )
        clear_progress()
        places = write_pages(folder / "diagnosis" / diagnosis["cutoff"], diagnosis)
        if as_json:
            pages = {
                name: {
                    each: str(places[name].with_suffix(f".{each}.html")) for each in ("zh", "en")
                }
                for name in PAGES
            }
            print(json.dumps({**diagnosis, "pages": pages}, ensure_ascii=False))
            return
        console = create_console()
        console.print(write_headline(diagnosis, language), style="bold", markup=False)
        files = {
            name: relative_path(places[name].with_suffix(f".{language}.html")) for name in PAGES
        }
        shown = {**files, "figures": relative_path(places["figures"])}
        console.print(translate("diagnosis.files", language, shown), soft_wrap=True, markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


@book_app.command("check")
def check_playbook(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Report rules and plays that can never fire or get no customers, and messages that cannot be
    sent."""
    language = choose_language(lang, os.environ)
    faulty = False

    def run() -> None:
        nonlocal faulty
        from winback.playbooks.matching import (
            lint_playbook,
            list_unavailable_channels,
            load_playbook,
        )
        from winback.segmentation.assignment import list_limits

        settings = load_shop(shop, os.environ)
        thresholds, feeds = _load_thresholds(settings)
        limits = list_limits(thresholds, settings.journey)
        check = lint_playbook(settings, load_playbook(settings), limits, feeds)
        faulty = not check.is_ok
        if as_json:
            print(
                json.dumps(
                    {
                        "fine": check.is_ok,
                        "rules_read": check.rules_read,
                        "plays_read": check.plays_read,
                        "rules": [vars(each) for each in check.rules],
                        "plays": [vars(each) for each in check.plays],
                        "messages": [
                            {**vars(each), "stopped": vars(each.stopped)} for each in check.messages
                        ],
                        "offers_in_other_money": check.offers_in_other_money,
                        "closed_channels": list_unavailable_channels(settings),
                    },
                    ensure_ascii=False,
                )
            )
            return
        _print_check(create_console(), settings, check, language)

    code = run_and_exit_code(run, language)
    raise typer.Exit(code or int(faulty))


@book_app.command("preview")
def preview(
    shop: ShopFile,
    customer: Annotated[
        str, typer.Option("--customer", help="The customer's id, as in the export.")
    ],
    play: Annotated[
        str | None, typer.Option("--play", help="Another play than the customer's.")
    ] = None,
    cutoff: CutoffDay = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show the messages one real customer would get, step by step and channel by channel, with
    their lengths."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import hash_spec
        from winback.model.versions import load_champion
        from winback.recall.recall_list import preview_messages

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        folder = home.get_shop_folder(settings.name)
        bundle, store = (
            load_champion(home.get_models_folder(settings.name), hash_spec()),
            open_store(folder),
        )
        messages = preview_messages(
            settings, store, bundle, folder, customer, parse_cutoff_day(cutoff), play
        )
        if as_json:
            print(json.dumps({"previews": messages}, ensure_ascii=False))
            return
        console = create_console()
        if messages[0]["forbidden"]:
            why = translate(f"never.{messages[0]['forbidden']}", language)
            console.print(translate("preview.forbidden", language, {"why": why}), style="yellow")
        for each in messages:
            console.print(_format_preview_title(each, language), style="bold", markup=False)
            if each["reaches"] is False:
                console.print(f"  {translate('preview.not_reached', language)}", style="yellow")
            if "stopped" in each:
                stopped = translate(
                    f"stopped.{each['stopped']}", language, {"detail": each["detail"]}
                )
                console.print(f"  {stopped}", markup=False)
                continue
            for text in (each["subject"], *each["text"].split("\n")):
                if text:
                    console.print(f"  {strip_control_chars(text)}", markup=False, soft_wrap=True)
            size = translate("preview.size", language, each)
            sms = f", {translate('preview.segments', language, each)}" if each["segments"] else ""
            console.print(f"  {size}{sms}", style="dim", markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


@book_app.command("decide")
def decide_test(
    shop: ShopFile,
    test: Annotated[
        str,
        typer.Option("--test", help="The test as `measure` names it: <playbook>/<play>/<test>."),
    ],
    variant: Annotated[
        str, typer.Option("--variant", help="The variant everybody gets from the next wave on.")
    ],
    why: Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")] = "",
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a test: record the chosen variant, and give it to everybody from the next wave on."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.ledger.experiment_data import decide_test
        from winback.playbooks.matching import load_playbook

        playbook = load_playbook(load_shop(shop, os.environ))
        known = {
            f"{playbook.name}/{play.name}/{play.test.name}": play.test
            for play in playbook.plays
            if play.test is not None
        }
        if test not in known:
            raise TestUnknown(value=test, known=", ".join(known) or "–")
        names = [each.name for each in known[test].variants]
        if variant not in names:
            raise VariantUnknown(test=test, value=variant, known=", ".join(names))
        decide_test(open_shop_ledger(shop), test, variant, current_user(by), why, get_utc_now())
        result = {"test": test, "variant": variant}
        print(
            json.dumps(result, ensure_ascii=False)
            if as_json
            else translate("measurement.test.taken", language, result)
        )

    raise typer.Exit(run_and_exit_code(run, language))


_MANY = 200  # more than anybody calls in a week


def _format_preview_title(each: dict[str, Any], language: Language) -> str:
    values = {
        "customer": each["customer_id"],
        "play": f"{each['play']} {each['step']}",
        "channel": translate(f"channel.{each['channel']}", language),
    }
    return translate("preview.title", language, values)


def _load_thresholds(shop: Shop) -> tuple[Any, frozenset[str] | None]:
    """The shop's thresholds and feeds: of its model and tables where it has them, else those of
    a shop not yet trained."""
    from winback.core.errors import NoModelYet, NotImported
    from winback.data.contacts import load_contacts
    from winback.data.store import open_store
    from winback.features.registry import hash_spec
    from winback.model.versions import load_champion
    from winback.segmentation.thresholds import Thresholds, build_untrained_thresholds

    home = get_home(os.environ)
    try:
        thresholds = Thresholds.from_dict(
            load_champion(home.get_models_folder(shop.name), hash_spec()).thresholds
        )
    except NoModelYet:
        thresholds = build_untrained_thresholds(shop.segments, shop.outcome_days)
    folder = home.get_shop_folder(shop.name)
    try:
        store = open_store(folder)
    except NotImported:
        return thresholds, None
    load_contacts(shop, store, folder)  # refused here, if at all, and not on a Monday
    return thresholds, frozenset(store.first_known)


def _print_check(console: Console, shop: Shop, check: Any, language: Language) -> None:
    from winback.playbooks.matching import list_unavailable_channels, load_playbook
    from winback.segmentation.describe import describe_quantity

    without_data: dict[str, list[str]] = {}
    for kind, findings in (("rule", check.rules), ("play", check.plays)):
        for each in findings:
            name = translate(f"check.{kind}", language, {"name": each.rule})
            if each.fault == "no_data":
                without_data.setdefault(each.detail, []).append(name)
            else:
                console.print(
                    translate(
                        f"check.{each.fault}", language, {"rule": name, "detail": each.detail}
                    ),
                    markup=False,
                )
    for detail, names in without_data.items():
        between = ", " if language == "en" else "、"
        lacking = between.join(describe_quantity(each, language) for each in detail.split(", "))
        filled = {"rule": between.join(names), "detail": lacking}
        console.print(
            translate("check.no_data", language, filled), markup=False, soft_wrap=True, style="dim"
        )
    for each in check.messages:
        why = translate(f"stopped.{each.stopped.why}", language, {"detail": each.stopped.detail})
        values = {
            "name": each.play,
            "channel": translate(f"channel.{each.channel}", language),
            "language": each.language,
            "why": why,
        }
        console.print(translate("check.message", language, values), markup=False)
    if check.offers_in_other_money:
        values = {
            "currencies": ", ".join(load_playbook(shop).currencies),
            "currency": shop.currency,
            "offers": ", ".join(check.offers_in_other_money),
        }
        console.print(translate("check.currency", language, values), markup=False)
    for channel, why in list_unavailable_channels(shop).items():
        values = {
            "channel": translate(f"channel.{channel}", language),
            "why": translate(f"stopped.{why}", language, {"detail": ""}),
        }
        console.print(translate("check.closed", language, values), markup=False)
    if check.is_ok:
        console.print(
            translate(
                "check.fine", language, {"plays": check.plays_read, "rules": check.rules_read}
            ),
            style="bold",
        )


def _print_list(
    console: Console, summary: dict[str, Any], titles: dict[str, str], language: Language
) -> None:
    def format_money(cents: int) -> str:
        return f"{summary['currency']} {cents / 100:,.0f}"

    counts = {name: f"{summary[name]:,}" for name in ("contact", "later", "dont")}
    console.print(translate("list.title", language, {**summary, **counts}), style="bold")
    since = {"since": summary["since"], "already": f"{summary['already_listed']:,}"}
    console.print(translate("list.since" if summary["since"] else "list.first", language, since))
    for title, key, names in (
        ("list.by_play", "by_play", titles),
        ("list.by_why", "by_why_not", None),
    ):
        if not summary[key]:
            continue
        table = Table(box=None, pad_edge=False)
        table.add_column(translate(title, language), min_width=34)
        table.add_column(translate("list.customers", language), justify="right")
        for name, count in summary[key].items():
            shown = (
                names[name]
                if names is not None
                else translate(name, language, {"detail": "…", "owner": "…"})
            )
            table.add_row(escape(strip_control_chars(shown)), f"{count:,}")
        console.print(table)
    if summary["capacity"] is None and summary["contact"] > _MANY:
        console.print(
            translate("list.no_capacity", language, {"count": f"{summary['contact']:,}"}),
            style="yellow",
            markup=False,
        )
    if summary["service"]:
        console.print(translate("list.service", language, {"count": f"{summary['service']:,}"}))
    if summary["listed_before_today"]:
        console.print(
            translate("list.kept", language, {"count": f"{summary['listed_before_today']:,}"}),
            style="yellow",
        )
    if summary["reachable"] is None:
        console.print(translate("list.no_contacts", language), style="yellow", markup=False)
    else:
        reach = {
            "reachable": f"{summary['reachable']:,}",
            "candidates": f"{summary['candidates']:,}",
        }
        console.print(translate("list.reach", language, reach), soft_wrap=True)
    people = summary["contacts"]
    if people["strangers"]:
        counts = {"strangers": f"{people['strangers']:,}", "listed": f"{people['customers']:,}"}
        console.print(translate("list.strangers", language, counts), style="yellow", soft_wrap=True)
    if summary["contacts"]["without_id"]:
        console.print(
            translate(
                "list.contacts_without_id", language, {"count": summary["contacts"]["without_id"]}
            ),
            style="yellow",
        )
    stake = summary["value_at_stake_cents"]
    spent = {
        "cost": format_money(summary["cost_cents"]),
        **({} if stake is None else {"stake": format_money(stake)}),
    }
    console.print(
        translate("list.cost" if stake is not None else "list.cost.no_money", language, spent)
    )
    files = {name: relative_path(summary[name]) for name in ("xlsx", "csv", "audience")}
    console.print(translate("list.files", language, files), soft_wrap=True, markup=False)
    if summary["out"]:
        console.print(
            translate("list.out", language, {"out": summary["out"]}), soft_wrap=True, markup=False
        )
