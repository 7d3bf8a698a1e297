"""`winback keys`: who may ask the service."""

import json
import os
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from winback.cli.console import (
    choose_language,
    create_console,
    get_home,
    get_utc_now,
    run_and_exit_code,
)
from winback.cli.options import AsJson, Lang, ShopFile, command_group
from winback.config.shop import load_shop
from winback.i18n.translate import strip_control_chars, translate
from winback.ledger.api_keys import SCOPES, ApiKey, create_api_key, list_api_keys, revoke_api_key
from winback.ledger.engine import Ledger, open_ledger

keys_app = command_group("API keys of the prediction service.")


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the key's user, such as customer-desk.")],
    shop: ShopFile,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"One of {', '.join(SCOPES)}; by default the first two."),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="Days the key is valid.")] = 365,
    rate: Annotated[
        str, typer.Option("--rate", help="Rate limit, such as 100/second.")
    ] = "100/second",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Create a key and show it once. Two of one name can be valid at once, for a change-over."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        ledger = _open_ledger(shop)
        made = create_api_key(ledger, name, scope or SCOPES[:2], get_utc_now(), days, rate)
        if as_json:
            print(json.dumps({**_to_json(made.key), "key": made.token}, ensure_ascii=False))
            return
        values = {
            **_to_json(made.key),
            "until": str(made.key.expires_at.date()),
            "scopes": ", ".join(sorted(made.key.scopes)),
        }
        create_console().print(translate("keys.created", language, values), markup=False)
        print(made.token)

    raise typer.Exit(run_and_exit_code(run, language))


@keys_app.command("list")
def list_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """List all keys, ended ones included, without their secrets."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        ledger = _open_ledger(shop)
        keys, now = list_api_keys(ledger), get_utc_now()
        if as_json:
            print(
                json.dumps(
                    {"keys": [{**_to_json(key), "valid": key.is_valid(now)} for key in keys]},
                    ensure_ascii=False,
                )
            )
            return
        if not keys:
            create_console().print(translate("keys.none", language), markup=False)
            return
        table = Table(box=None, pad_edge=False)
        for title in ("key_id", "name", "state", "scopes", "rate", "until", "used"):
            table.add_column(translate(f"keys.{title}", language))
        for key in keys:
            state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
            scopes, name = ", ".join(sorted(key.scopes)), escape(strip_control_chars(key.name))
            until, used = str(key.expires_at.date()), _format_moment(key.last_used_at) or "–"
            table.add_row(
                key.key_id,
                name,
                translate(f"keys.state.{state}", language),
                scopes,
                key.rate,
                until,
                used,
            )
        create_console().print(table)

    raise typer.Exit(run_and_exit_code(run, language))


@keys_app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    shop: ShopFile,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Revoke a key. A running service rejects it within two seconds."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        ledger = _open_ledger(shop)
        key = revoke_api_key(ledger, key_id, get_utc_now())
        if as_json:
            print(json.dumps({"revoked": key.key_id, "name": key.name}, ensure_ascii=False))
        else:
            create_console().print(
                translate("keys.revoked", language, {"key_id": key.key_id, "name": key.name}),
                markup=False,
            )

    raise typer.Exit(run_and_exit_code(run, language))


def _open_ledger(shop: Any) -> Ledger:
    settings, home = load_shop(shop, os.environ), get_home(os.environ)
    ledger = open_ledger(home.get_ledger_path(settings.name), settings.ledger)
    ledger.migrate()
    return ledger


def _to_json(key: ApiKey) -> dict[str, Any]:
    moments = {
        name: _format_moment(getattr(key, name))
        for name in ("created_at", "expires_at", "revoked_at", "last_used_at")
    }
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "rate": key.rate,
        **moments,
    }


def _format_moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="minutes") + "Z" if moment else None
