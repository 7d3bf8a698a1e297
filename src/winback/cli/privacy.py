"""What a customer may ask of the shop: to be written to no more, to be forgotten, and to learn
what is known of them."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from winback.cli.console import (
    choose_language,
    clear_progress,
    create_console,
    current_user,
    get_home,
    get_utc_now,
    open_shop_ledger,
    run_and_exit_code,
    show_progress,
)
from winback.cli.options import AsJson, Lang, ShopFile, Who
from winback.config.shop import load_shop
from winback.core.errors import CustomerOrToken, NotConfirmed
from winback.i18n.translate import translate

CustomerId = Annotated[str, typer.Argument(help="The customer's id, as in the export.")]


def opt_out(
    shop: ShopFile,
    customer: Annotated[
        str | None, typer.Argument(help="The customer's id, as in the export.")
    ] = None,
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
    """Send a customer no more messages from now on, pending ones included."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.delivery.opt_out import opt_out_by_link, opt_out_customer

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        if (customer is None) == (token is None):
            raise CustomerOrToken
        if token is not None:
            result = {
                "customer": token,
                "channel": opt_out_by_link(
                    settings, home, open_shop_ledger(shop), token, get_utc_now()
                ),
            }
        else:
            result = {"customer": str(customer), "channel": channel}
            opt_out_customer(
                settings,
                home,
                open_shop_ledger(shop),
                str(customer),
                channel,
                current_user(by),
                get_utc_now(),
            )
        every = translate(
            "wave.every_channel" if result["channel"] == "*" else f"channel.{result['channel']}",
            language,
        )
        print(
            json.dumps(result, ensure_ascii=False)
            if as_json
            else translate("wave.opted_out", language, {**result, "channel": every})
        )

    raise typer.Exit(run_and_exit_code(run, language))


def erase(
    shop: ShopFile,
    customer: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. It cannot be undone.")] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Erase a customer for good, everywhere. No later import brings them back."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.privacy import erase_customer

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        if not yes and not (
            sys.stdin.isatty()
            and typer.confirm(translate("erase.sure", language, {"customer": customer}))
        ):
            raise NotConfirmed(customer=customer)

        def show_file(file: str, rows: int) -> None:
            show_progress(
                translate("import.progress", language, {"file": file, "rows": f"{rows:,}"})
            )

        certificate = erase_customer(
            settings,
            open_shop_ledger(shop),
            home.get_shop_folder(settings.name),
            customer,
            current_user(by),
            get_utc_now(),
            show_file,
        )
        clear_progress()
        if as_json:
            print(json.dumps(certificate, ensure_ascii=False))
            return
        console = create_console()
        console.print(translate("erase.done", language, certificate), style="bold", markup=False)
        for place, count in certificate["removed"].items():
            console.print(
                translate("erase.removed", language, {"place": place, "count": f"{count:,}"}),
                markup=False,
            )
        console.print(translate("erase.left", language), markup=False)

    raise typer.Exit(run_and_exit_code(run, language))


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
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.privacy import export_customer_data

        settings, home = load_shop(shop, os.environ), get_home(os.environ)
        export = export_customer_data(
            settings,
            open_shop_ledger(shop),
            home.get_shop_folder(settings.name),
            customer,
            current_user(by),
            get_utc_now(),
        )
        text = json.dumps(export, ensure_ascii=False, indent=1, default=str)
        if out is None:
            print(text)
            return
        with os.fdopen(
            os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(text)

    raise typer.Exit(run_and_exit_code(run, language))
