"""What a customer may ask of the shop: to be written to no more, to be forgotten, and to be told
what is known of them."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from winback.cli.console import (
    done,
    explained,
    home_of,
    language_of,
    ledger_of,
    progress,
    utc_now,
    who,
    wide_console,
)
from winback.cli.options import AsJson, Lang, ShopFile, Who
from winback.config.shop import read_shop
from winback.core.errors import CustomerOrToken, NotConfirmed
from winback.i18n.translate import say

CustomerId = Annotated[str, typer.Argument(help="A customer's id, as the export writes it.")]


def opt_out(
    shop: ShopFile,
    customer: Annotated[
        str | None, typer.Argument(help="A customer's id, as the export writes it.")
    ] = None,
    channel: Annotated[
        str, typer.Option("--channel", help="Of one channel only; left out: of all.")
    ] = "*",
    token: Annotated[
        str | None, typer.Option("--token", help="The `t` of an unsubscribe link instead.")
    ] = None,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write to a customer no more, from now on; what is waiting for them is kept back, too."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.delivery.opt_out import opted_out, opted_out_by_link

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        if (customer is None) == (token is None):
            raise CustomerOrToken
        if token is not None:
            told = {
                "customer": token,
                "channel": opted_out_by_link(settings, home, ledger_of(shop), token, utc_now()),
            }
        else:
            told = {"customer": str(customer), "channel": channel}
            opted_out(settings, home, ledger_of(shop), str(customer), channel, who(by), utc_now())
        every = say(
            "wave.every_channel" if told["channel"] == "*" else f"channel.{told['channel']}",
            language,
        )
        print(
            json.dumps(told, ensure_ascii=False)
            if as_json
            else say("wave.opted_out", language, {**told, "channel": every})
        )

    raise typer.Exit(explained(run, language))


def erase(
    shop: ShopFile,
    customer: CustomerId,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it without asking: it cannot be undone.")
    ] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Forget a customer for good, everywhere; no later import brings them back."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.privacy import erase

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        if not yes and not (
            sys.stdin.isatty()
            and typer.confirm(say("erase.sure", language, {"customer": customer}))
        ):
            raise NotConfirmed(customer=customer)

        def read(file: str, rows: int) -> None:
            progress(say("import.progress", language, {"file": file, "rows": f"{rows:,}"}))

        told = erase(
            settings, ledger_of(shop), home.shop(settings.name), customer, who(by), utc_now(), read
        )
        done()
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
            return
        console = wide_console()
        console.print(say("erase.done", language, told), style="bold", markup=False)
        for place, count in told["removed"].items():
            console.print(
                say("erase.removed", language, {"place": place, "count": f"{count:,}"}),
                markup=False,
            )
        console.print(say("erase.left", language), markup=False)

    raise typer.Exit(explained(run, language))


def export(
    shop: ShopFile,
    customer: CustomerId,
    out: Annotated[
        Path | None, typer.Option("--out", help="A file, readable by you alone; left out: printed.")
    ] = None,
    by: Who = None,
    lang: Lang = None,
) -> None:
    """Tell everything known of a customer, addresses included, as JSON: what they may ask for."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.privacy import exported

        settings, home = read_shop(shop, os.environ), home_of(os.environ)
        told = exported(
            settings, ledger_of(shop), home.shop(settings.name), customer, who(by), utc_now()
        )
        text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
        if out is None:
            print(text)
            return
        with os.fdopen(
            os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(text)

    raise typer.Exit(explained(run, language))
