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
from winback.config.shop import Shop, read_shop
from winback.core.errors import TestUnknown, VariantUnknown
from winback.i18n.translate import Language, inert, say

book_app = command_group("Look at the rules, plays and messages of a shop.")


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
    """This week's list: whom to win back, why, with what and through whom, and whom not to write
    to."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.experiments.assignment import (
            edits_by_hand,
            held_out_by_waves,
            released_by_waves,
        )
        from winback.features.registry import spec_hash
        from winback.ledger.list_edits import note_taken
        from winback.model.uplift import read_uplift
        from winback.model.versions import champion
        from winback.recall.exports import check_out, publish_lists
        from winback.recall.recall_list import weekly_list
        from winback.segmentation.thresholds import Thresholds

        if out is not None:
            check_out(out)
        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        day = day_of(cutoff)
        bundle, store = (
            champion(home.models(settings.name), spec_hash()),
            open_store(home.shop(settings.name)),
        )
        folder = home.shop(settings.name)
        weekly = weekly_list(
            settings,
            store,
            bundle,
            folder,
            day,
            language,
            lambda part, parts: progress(f"{settings.name}: {part}/{parts}"),
            held_out_by_waves(settings, home, store, day),
            released_by_waves(settings, home),
            uplift=read_uplift(home.models(settings.name) / "uplift"),
            edits=edits_by_hand(settings, home),
        )
        done()
        book = weekly.book
        told = publish_lists(
            folder / "recalls",
            f"{bundle.version}-{store.manifest.version}",
            weekly,
            settings,
            book,
            Thresholds.of(bundle.thresholds),
            language,
        )
        if weekly.added:
            note_taken(ledger_of(shop), weekly.added, date.fromisoformat(told["cutoff"]))
        if out is not None:
            shutil.copyfile(told[out.suffix.lower().removeprefix(".")], out)
        if as_json:
            print(json.dumps({**told, "out": str(out) if out else None}, ensure_ascii=False))
        else:
            _print_list(
                wide_console(),
                {**told, "out": out},
                {play.name: play.title.of(language) for play in book.plays},
                language,
            )

    raise typer.Exit(explained(run, language))


def diagnose(
    shop: ShopFile, cutoff: CutoffDay = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """How much of the shop is asleep, whom it loses next and where to begin: a page, and one
    sheet for the owner."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import spec_hash
        from winback.model.versions import champion
        from winback.reports.diagnosis import diagnose as diagnosed
        from winback.reports.diagnosis_page import PAGES, headline, write_pages

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        folder = home.shop(settings.name)
        bundle, store = champion(home.models(settings.name), spec_hash()), open_store(folder)
        told = diagnosed(
            settings,
            store,
            bundle,
            folder,
            day_of(cutoff),
            lambda part, parts: progress(f"{settings.name}: {part}/{parts}"),
        )
        done()
        places = write_pages(folder / "diagnosis" / told["cutoff"], told)
        if as_json:
            pages = {
                name: {
                    each: str(places[name].with_suffix(f".{each}.html")) for each in ("zh", "en")
                }
                for name in PAGES
            }
            print(json.dumps({**told, "pages": pages}, ensure_ascii=False))
            return
        console = wide_console()
        console.print(headline(told, language), style="bold", markup=False)
        files = {name: near(places[name].with_suffix(f".{language}.html")) for name in PAGES}
        shown = {**files, "figures": near(places["figures"])}
        console.print(say("diagnosis.files", language, shown), soft_wrap=True, markup=False)

    raise typer.Exit(explained(run, language))


@book_app.command("check")
def check_book(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Report rules and plays that can never fire, that another takes everyone from, and messages
    that cannot go."""
    language = language_of(lang, os.environ)
    faulty = False

    def run() -> None:
        nonlocal faulty
        from winback.playbooks.matching import book_of, checked, closed_channels
        from winback.segmentation.assignment import limits_of

        settings = read_shop(shop, os.environ)
        thresholds, feeds = _known(settings)
        limits = limits_of(thresholds, settings.journey)
        found = checked(settings, book_of(settings), limits, feeds)
        faulty = not found.fine
        if as_json:
            print(
                json.dumps(
                    {
                        "fine": found.fine,
                        "rules_read": found.rules_read,
                        "plays_read": found.plays_read,
                        "rules": [vars(each) for each in found.rules],
                        "plays": [vars(each) for each in found.plays],
                        "messages": [
                            {**vars(each), "stopped": vars(each.stopped)} for each in found.messages
                        ],
                        "offers_in_other_money": found.offers_in_other_money,
                        "closed_channels": closed_channels(settings),
                    },
                    ensure_ascii=False,
                )
            )
            return
        _print_check(wide_console(), settings, found, language)

    code = explained(run, language)
    raise typer.Exit(code or int(faulty))


@book_app.command("preview")
def preview(
    shop: ShopFile,
    customer: Annotated[
        str, typer.Option("--customer", help="A customer's id, as the export writes it.")
    ],
    play: Annotated[str | None, typer.Option("--play", help="Another play than theirs.")] = None,
    cutoff: CutoffDay = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show the messages one real customer would get, step by step and channel by channel, with
    their lengths."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.data.store import open_store
        from winback.features.registry import spec_hash
        from winback.model.versions import champion
        from winback.recall.recall_list import previews

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        folder = home.shop(settings.name)
        bundle, store = champion(home.models(settings.name), spec_hash()), open_store(folder)
        told = previews(settings, store, bundle, folder, customer, day_of(cutoff), play)
        if as_json:
            print(json.dumps({"previews": told}, ensure_ascii=False))
            return
        console = wide_console()
        if told[0]["forbidden"]:
            why = say(f"never.{told[0]['forbidden']}", language)
            console.print(say("preview.forbidden", language, {"why": why}), style="yellow")
        for each in told:
            console.print(_preview_title(each, language), style="bold", markup=False)
            if each["reaches"] is False:
                console.print(f"  {say('preview.not_reached', language)}", style="yellow")
            if "stopped" in each:
                stopped = say(f"stopped.{each['stopped']}", language, {"detail": each["detail"]})
                console.print(f"  {stopped}", markup=False)
                continue
            for text in (each["subject"], *each["text"].split("\n")):
                if text:
                    console.print(f"  {inert(text)}", markup=False, soft_wrap=True)
            size = say("preview.size", language, each)
            sms = f", {say('preview.segments', language, each)}" if each["segments"] else ""
            console.print(f"  {size}{sms}", style="dim", markup=False)

    raise typer.Exit(explained(run, language))


@book_app.command("decide")
def decide_test(
    shop: ShopFile,
    test: Annotated[
        str, typer.Option("--test", help="As `measure` names it: <playbook>/<play>/<test>.")
    ],
    variant: Annotated[
        str, typer.Option("--variant", help="What everybody gets from the next wave on.")
    ],
    why: Annotated[str, typer.Option("--why", help="For who reads the trail later.")] = "",
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a test: note which variant is taken, and give it to everybody from the next wave on
    (B94)."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.ledger.experiment_data import decide_test
        from winback.playbooks.matching import book_of

        book = book_of(read_shop(shop, os.environ))
        known = {
            f"{book.name}/{play.name}/{play.test.name}": play.test
            for play in book.plays
            if play.test is not None
        }
        if test not in known:
            raise TestUnknown(value=test, known=", ".join(known) or "–")
        names = [each.name for each in known[test].variants]
        if variant not in names:
            raise VariantUnknown(test=test, value=variant, known=", ".join(names))
        decide_test(ledger_of(shop), test, variant, who(by), why, utc_now())
        told = {"test": test, "variant": variant}
        print(
            json.dumps(told, ensure_ascii=False)
            if as_json
            else say("proof.test.taken", language, told)
        )

    raise typer.Exit(explained(run, language))


_MANY = 200  # more than anybody calls in a week


def _preview_title(each: dict[str, Any], language: Language) -> str:
    values = {
        "customer": each["customer_id"],
        "play": f"{each['play']} {each['step']}",
        "channel": say(f"channel.{each['channel']}", language),
    }
    return say("preview.title", language, values)


def _known(shop: Shop) -> tuple[Any, frozenset[str] | None]:
    """The shop's thresholds and feeds: of its model and tables where it has them, else those of
    a shop not yet trained."""
    from winback.core.errors import NoModelYet, NotImported
    from winback.data.contacts import read_contacts
    from winback.data.store import open_store
    from winback.features.registry import spec_hash
    from winback.model.versions import champion
    from winback.segmentation.thresholds import Thresholds, untrained

    home = home_of(os.environ)
    try:
        thresholds = Thresholds.of(champion(home.models(shop.name), spec_hash()).thresholds)
    except NoModelYet:
        thresholds = untrained(shop.segments, shop.outcome_days)
    folder = home.shop(shop.name)
    try:
        store = open_store(folder)
    except NotImported:
        return thresholds, None
    read_contacts(shop, store, folder)  # refused here, if at all, and not on a Monday
    return thresholds, frozenset(store.first_known)


def _print_check(console: Console, shop: Shop, found: Any, language: Language) -> None:
    from winback.playbooks.matching import book_of, closed_channels
    from winback.segmentation.describe import quantity_told

    without_data: dict[str, list[str]] = {}
    for kind, findings in (("rule", found.rules), ("play", found.plays)):
        for each in findings:
            name = say(f"check.{kind}", language, {"name": each.rule})
            if each.fault == "no_data":
                without_data.setdefault(each.detail, []).append(name)
            else:
                console.print(
                    say(f"check.{each.fault}", language, {"rule": name, "detail": each.detail}),
                    markup=False,
                )
    for detail, names in without_data.items():
        between = ", " if language == "en" else "、"
        lacking = between.join(quantity_told(each, language) for each in detail.split(", "))
        told = {"rule": between.join(names), "detail": lacking}
        console.print(
            say("check.no_data", language, told), markup=False, soft_wrap=True, style="dim"
        )
    for each in found.messages:
        why = say(f"stopped.{each.stopped.why}", language, {"detail": each.stopped.detail})
        values = {
            "name": each.play,
            "channel": say(f"channel.{each.channel}", language),
            "language": each.language,
            "why": why,
        }
        console.print(say("check.message", language, values), markup=False)
    if found.offers_in_other_money:
        values = {
            "currencies": ", ".join(book_of(shop).currencies),
            "currency": shop.currency,
            "offers": ", ".join(found.offers_in_other_money),
        }
        console.print(say("check.currency", language, values), markup=False)
    for channel, why in closed_channels(shop).items():
        values = {
            "channel": say(f"channel.{channel}", language),
            "why": say(f"stopped.{why}", language, {"detail": ""}),
        }
        console.print(say("check.closed", language, values), markup=False)
    if found.fine:
        console.print(
            say("check.fine", language, {"plays": found.plays_read, "rules": found.rules_read}),
            style="bold",
        )


def _print_list(
    console: Console, told: dict[str, Any], titles: dict[str, str], language: Language
) -> None:
    def money(cents: int) -> str:
        return f"{told['currency']} {cents / 100:,.0f}"

    counts = {name: f"{told[name]:,}" for name in ("contact", "later", "dont")}
    console.print(say("list.title", language, {**told, **counts}), style="bold")
    since = {"since": told["since"], "already": f"{told['already_listed']:,}"}
    console.print(say("list.since" if told["since"] else "list.first", language, since))
    for title, key, names in (
        ("list.by_play", "by_play", titles),
        ("list.by_why", "by_why_not", None),
    ):
        if not told[key]:
            continue
        table = Table(box=None, pad_edge=False)
        table.add_column(say(title, language), min_width=34)
        table.add_column(say("list.customers", language), justify="right")
        for name, count in told[key].items():
            shown = (
                names[name]
                if names is not None
                else say(name, language, {"detail": "…", "owner": "…"})
            )
            table.add_row(escape(inert(shown)), f"{count:,}")
        console.print(table)
    if told["capacity"] is None and told["contact"] > _MANY:
        console.print(
            say("list.no_capacity", language, {"count": f"{told['contact']:,}"}),
            style="yellow",
            markup=False,
        )
    if told["service"]:
        console.print(say("list.service", language, {"count": f"{told['service']:,}"}))
    if told["listed_before_today"]:
        console.print(
            say("list.kept", language, {"count": f"{told['listed_before_today']:,}"}),
            style="yellow",
        )
    if told["reachable"] is None:
        console.print(say("list.no_contacts", language), style="yellow", markup=False)
    else:
        reach = {"reachable": f"{told['reachable']:,}", "candidates": f"{told['candidates']:,}"}
        console.print(say("list.reach", language, reach), soft_wrap=True)
    people = told["contacts"]
    if people["strangers"]:
        counts = {"strangers": f"{people['strangers']:,}", "listed": f"{people['customers']:,}"}
        console.print(say("list.strangers", language, counts), style="yellow", soft_wrap=True)
    if told["contacts"]["without_id"]:
        console.print(
            say("list.contacts_without_id", language, {"count": told["contacts"]["without_id"]}),
            style="yellow",
        )
    stake = told["value_at_stake_cents"]
    spent = {
        "cost": money(told["cost_cents"]),
        **({} if stake is None else {"stake": money(stake)}),
    }
    console.print(say("list.cost" if stake is not None else "list.cost.no_money", language, spent))
    files = {name: near(told[name]) for name in ("xlsx", "csv", "audience")}
    console.print(say("list.files", language, files), soft_wrap=True, markup=False)
    if told["out"]:
        console.print(say("list.out", language, {"out": told["out"]}), soft_wrap=True, markup=False)
