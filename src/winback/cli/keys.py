"""`winback keys`: who may ask the service."""

import json
import os
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from winback.cli.console import explained, home_of, language_of, utc_now, wide_console
from winback.cli.options import AsJson, Lang, ShopFile, command_group
from winback.config.shop import read_shop
from winback.i18n.translate import inert, say
from winback.ledger.api_keys import SCOPES, Key, create_key, list_keys, revoke_key
from winback.ledger.engine import Ledger, open_ledger

keys_app = command_group("API keys of the prediction service.")


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, such as customer-desk.")],
    shop: ShopFile,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"One of {', '.join(SCOPES)}; by default the first two."),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="How long it is valid.")] = 365,
    rate: Annotated[
        str, typer.Option("--rate", help="How much it may ask, such as 100/second.")
    ] = "100/second",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a key and show it once; two of one name are valid at once, for a change-over."""
    language = language_of(lang, os.environ)

    def run() -> None:
        ledger = _ledger(shop)
        made = create_key(ledger, name, scope or SCOPES[:2], utc_now(), days, rate)
        if as_json:
            print(json.dumps({**_plain(made.key), "key": made.token}, ensure_ascii=False))
            return
        told = {
            **_plain(made.key),
            "until": str(made.key.expires_at.date()),
            "scopes": ", ".join(sorted(made.key.scopes)),
        }
        wide_console().print(say("keys.created", language, told), markup=False)
        print(made.token)

    raise typer.Exit(explained(run, language))


@keys_app.command("list")
def list_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Every key that ever was, without its secret."""
    language = language_of(lang, os.environ)

    def run() -> None:
        ledger = _ledger(shop)
        keys, now = list_keys(ledger), utc_now()
        if as_json:
            print(
                json.dumps(
                    {"keys": [{**_plain(key), "valid": key.is_valid(now)} for key in keys]},
                    ensure_ascii=False,
                )
            )
            return
        if not keys:
            wide_console().print(say("keys.none", language), markup=False)
            return
        table = Table(box=None, pad_edge=False)
        for title in ("key_id", "name", "state", "scopes", "rate", "until", "used"):
            table.add_column(say(f"keys.{title}", language))
        for key in keys:
            state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
            scopes, name = ", ".join(sorted(key.scopes)), escape(inert(key.name))
            until, used = str(key.expires_at.date()), _moment(key.last_used_at) or "–"
            table.add_row(
                key.key_id,
                name,
                say(f"keys.state.{state}", language),
                scopes,
                key.rate,
                until,
                used,
            )
        wide_console().print(table)

    raise typer.Exit(explained(run, language))


@keys_app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    shop: ShopFile,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a key; a running service knows within two seconds."""
    language = language_of(lang, os.environ)

    def run() -> None:
        ledger = _ledger(shop)
        key = revoke_key(ledger, key_id, utc_now())
        if as_json:
            print(json.dumps({"revoked": key.key_id, "name": key.name}, ensure_ascii=False))
        else:
            wide_console().print(
                say("keys.revoked", language, {"key_id": key.key_id, "name": key.name}),
                markup=False,
            )

    raise typer.Exit(explained(run, language))


def _ledger(shop: Any) -> Ledger:
    settings, home = read_shop(shop, os.environ), home_of(os.environ)
    ledger = open_ledger(home.ledger(settings.name), settings.ledger)
    ledger.migrate()
    return ledger


def _plain(key: Key) -> dict[str, Any]:
    moments = {
        name: _moment(getattr(key, name))
        for name in ("created_at", "expires_at", "revoked_at", "last_used_at")
    }
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "rate": key.rate,
        **moments,
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="minutes") + "Z" if moment else None
