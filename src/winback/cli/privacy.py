"""What a customer may ask of the shop: to be written to no more, to be forgotten, and to learn
what is known of them."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winback.cli.console import print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile, Who
from winback.core.wave_errors import CustomerOrToken, NotConfirmed
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console

if TYPE_CHECKING:  # opened by commands, which load what they need
    from winback.workflows.workspace import Workspace

CustomerId = Annotated[str, typer.Argument(help="The customer's id, as in the export.")]


def opt_out(
    shop: ShopFile,
    customer: Annotated[
        str | None, typer.Argument(help="The customer's id, as in the export.")
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", help="A phone number, such as one that answered R.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="An e-mail address.")] = None,
    channel: Annotated[
        str, typer.Option("--channel", help="One channel only; left out: all.")
    ] = "*",
    token: Annotated[
        str | None, typer.Option("--token", help="The `t` of an unsubscribe link instead.")
    ] = None,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Send a customer no more messages from now on, pending ones included. A phone number or an
    e-mail address holds for every customer who has it, and is kept if none does."""

    def run(language: Language) -> None:
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language, by)
        result = _opt_out(workspace, customer, phone, email, token, channel)
        if as_json:
            print_json(result)
            return
        key = "wave.every_channel" if result["channel"] == "*" else f"channel.{result['channel']}"
        named = {**result, "channel": translate(key, language)}
        said = "wave.opted_out_address" if "customers" in result else "wave.opted_out"
        print(translate(said, language, named))

    run_command(lang, run)


def _opt_out(
    workspace: "Workspace",
    customer: str | None,
    phone: str | None,
    email: str | None,
    token: str | None,
    channel: str,
) -> dict[str, object]:
    """Keep a no, however whoever said it is named; returns what was done. Raises
    CustomerOrToken."""
    from winback.workflows import privacy

    if sum(each is not None for each in (customer, phone, email, token)) != 1:
        raise CustomerOrToken
    if token is not None:
        return {"customer": token, "channel": privacy.opt_out_by_token(workspace, token)}
    if customer is not None:
        privacy.opt_out(workspace, customer, channel)
        return {"customer": customer, "channel": channel}
    count = (
        privacy.opt_out_by_address(workspace, "phone", phone, channel)
        if phone is not None
        else privacy.opt_out_by_address(workspace, "email", str(email), channel)
    )
    return {"address": phone or email, "channel": channel, "customers": count}


def erase(
    shop: ShopFile,
    customer: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. It cannot be undone.")] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Erase a customer for good, everywhere. No later import brings them back."""

    def run(language: Language) -> None:
        from winback.workflows.privacy import erase_customer
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language, by)
        if not (yes or _is_confirmed(customer, language)):
            raise NotConfirmed(customer=customer)
        certificate = erase_customer(workspace, customer)
        if as_json:
            print_json(certificate)
            return
        console = create_console()
        console.print(translate("erase.done", language, certificate), style="bold", markup=False)
        for place, count in certificate["removed"].items():
            removed = {"place": place, "count": format_count(count)}
            console.print(translate("erase.removed", language, removed), markup=False)
        console.print(translate("erase.left", language), markup=False)

    run_command(lang, run)


def export(
    shop: ShopFile,
    customer: CustomerId,
    out: Annotated[
        Path | None, typer.Option("--out", help="A file only you can read; left out: printed.")
    ] = None,
    by: Who = None,
    lang: Lang = None,
) -> None:
    """Export everything known of a customer, addresses included, as JSON."""

    def run(language: Language) -> None:
        from winback.workflows.privacy import export_customer
        from winback.workflows.workspace import open_workspace

        known = export_customer(open_workspace(shop, language, by), customer)
        text = json.dumps(known, ensure_ascii=False, indent=1, default=str)
        if out is None:
            print(text)
            return
        private = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as stream:
            stream.write(text)

    run_command(lang, run)


def _is_confirmed(customer: str, language: Language) -> bool:
    """Whether somebody at the terminal says yes."""
    question = translate("erase.sure", language, {"customer": customer})
    return sys.stdin.isatty() and typer.confirm(question)
