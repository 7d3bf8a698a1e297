"""`winback playbook`, which looks at a shop's rules, plays and messages."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from winback.cli.console import print_json, run_command
from winback.cli.options import AsJson, CutoffDay, Lang, ShopFile, Who, command_group
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import create_console, parse_cutoff_day

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.config.shop import Shop
    from winback.playbooks.matching import PlaybookCheck

playbook_app = command_group("Check the rules, plays and messages of a shop.")


@playbook_app.command("check")
def check_playbook(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Report rules and plays that can never fire or get no customers, and messages that cannot be
    sent."""

    def run(language: Language) -> bool:
        from winback.workflows.playbook import check_playbook
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        check = check_playbook(workspace)
        if as_json:
            print_json(_describe_check(workspace.shop, check))
        else:
            _print_check(create_console(), workspace.shop, check, language)
        return check.is_ok

    run_command(lang, run)


@playbook_app.command("preview")
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

    def run(language: Language) -> None:
        from winback.workflows.playbook import preview_messages
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        messages = preview_messages(workspace, customer, parse_cutoff_day(cutoff), play)
        if as_json:
            print_json({"previews": messages})
        else:
            _print_previews(create_console(), messages, language)

    run_command(lang, run)


@playbook_app.command("decide")
def decide(
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

    def run(language: Language) -> None:
        from winback.workflows.playbook import end_test
        from winback.workflows.workspace import open_workspace

        end_test(open_workspace(shop, language, by), test, variant, why)
        result = {"test": test, "variant": variant}
        if as_json:
            print_json(result)
        else:
            print(translate("measurement.test.taken", language, result))

    run_command(lang, run)


def _describe_check(shop: "Shop", check: "PlaybookCheck") -> dict[str, object]:
    from winback.playbooks.matching import list_unavailable_channels

    messages = [{**vars(each), "stopped": vars(each.stopped)} for each in check.messages]
    return {
        "fine": check.is_ok,
        "rules_read": check.rules_read,
        "plays_read": check.plays_read,
        "rules": [vars(each) for each in check.rules],
        "plays": [vars(each) for each in check.plays],
        "messages": messages,
        "offers_in_other_money": check.offers_in_other_money,
        "closed_channels": list_unavailable_channels(shop),
    }


def _print_check(
    console: Console, shop: "Shop", check: "PlaybookCheck", language: Language
) -> None:
    _print_findings(console, check, language)
    for each in check.messages:
        why = translate(f"stopped.{each.stopped.why}", language, {"detail": each.stopped.detail})
        values = {
            "name": each.play,
            "channel": translate(f"channel.{each.channel}", language),
            "language": each.language,
            "why": why,
        }
        console.print(translate("check.message", language, values), markup=False)
    _print_obstacles(console, shop, check, language)
    if check.is_ok:
        counts = {"plays": check.plays_read, "rules": check.rules_read}
        console.print(translate("check.fine", language, counts), style="bold")


def _print_findings(console: Console, check: "PlaybookCheck", language: Language) -> None:
    """Rules and plays that cannot work; those that lack the same data in one sentence."""
    from winback.segmentation.describe import describe_quantity

    without_data: dict[str, list[str]] = {}
    for kind, findings in (("rule", check.rules), ("play", check.plays)):
        for each in findings:
            name = translate(f"check.{kind}", language, {"name": each.rule})
            if each.fault == "no_data":
                without_data.setdefault(each.detail, []).append(name)
                continue
            values = {"rule": name, "detail": each.detail}
            console.print(translate(f"check.{each.fault}", language, values), markup=False)
    between = ", " if language == "en" else "、"
    for detail, names in without_data.items():
        lacking = between.join(describe_quantity(each, language) for each in detail.split(", "))
        sentence = translate(
            "check.no_data", language, {"rule": between.join(names), "detail": lacking}
        )
        console.print(sentence, markup=False, soft_wrap=True, style="dim")


def _print_obstacles(
    console: Console, shop: "Shop", check: "PlaybookCheck", language: Language
) -> None:
    """Offers in another currency, and channels that are not open."""
    from winback.playbooks.matching import list_unavailable_channels, load_playbook

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


def _print_previews(
    console: Console, messages: Sequence[Mapping[str, Any]], language: Language
) -> None:
    if messages[0]["forbidden"]:
        why = translate(f"never.{messages[0]['forbidden']}", language)
        console.print(translate("preview.forbidden", language, {"why": why}), style="yellow")
    for each in messages:
        _print_preview(console, each, language)


def _print_preview(console: Console, each: Mapping[str, Any], language: Language) -> None:
    named = {
        "customer": each["customer_id"],
        "play": f"{each['play']} {each['step']}",
        "channel": translate(f"channel.{each['channel']}", language),
    }
    console.print(translate("preview.title", language, named), style="bold", markup=False)
    if each["reaches"] is False:
        console.print(f"  {translate('preview.not_reached', language)}", style="yellow")
    if "stopped" in each:
        why = translate(f"stopped.{each['stopped']}", language, {"detail": each["detail"]})
        console.print(f"  {why}", markup=False)
        return
    for text in (each["subject"], *each["text"].split("\n")):
        if text:
            console.print(f"  {strip_control_chars(text)}", markup=False, soft_wrap=True)
    size = translate("preview.size", language, each)
    sms = f", {translate('preview.segments', language, each)}" if each["segments"] else ""
    console.print(f"  {size}{sms}", style="dim", markup=False)
