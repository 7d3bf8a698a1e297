"""`winback keys`: who may ask the service."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from winback.cli.console import create_table, print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile, command_group
from winback.config.rate_limit import KEY_DAYS, KEY_RATE
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.ledger.api_keys import SCOPES, ApiKey, create_api_key, list_api_keys, revoke_api_key
from winback.workflows.process import create_console
from winback.workflows.workspace import open_workspace

keys_app = command_group("API keys of the prediction service.")


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the key's user, such as customer-desk.")],
    shop: ShopFile,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"One of {', '.join(SCOPES)}; by default the first two."),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="Days the key is valid.")] = KEY_DAYS,
    rate: Annotated[str, typer.Option("--rate", help="Rate limit, such as 100/second.")] = KEY_RATE,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Create a key and show it once. Two of one name can be valid at once, for a change-over."""

    def run(language: Language) -> None:
        workspace = open_workspace(shop, language)
        ledger, scopes = workspace.open_ledger(), scope or SCOPES[:2]
        made = create_api_key(ledger, name, scopes, workspace.now, days, rate)
        if as_json:
            print_json({**_to_json(made.key), "key": made.token})
            return
        values = {
            **_to_json(made.key),
            "until": str(made.key.expires_at.date()),
            "scopes": ", ".join(sorted(made.key.scopes)),
        }
        create_console().print(translate("keys.created", language, values), markup=False)
        print(made.token)

    run_command(lang, run)


@keys_app.command("list")
def list_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """List all keys, ended ones included, without their secrets."""

    def run(language: Language) -> None:
        workspace = open_workspace(shop, language)
        keys, now = list_api_keys(workspace.open_ledger()), workspace.now
        if as_json:
            print_json({"keys": [{**_to_json(key), "valid": key.is_valid(now)} for key in keys]})
        elif keys:
            create_console().print(_build_table(keys, now, language))
        else:
            create_console().print(translate("keys.none", language), markup=False)

    run_command(lang, run)


@keys_app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    shop: ShopFile,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Revoke a key. A running service rejects it within two seconds."""

    def run(language: Language) -> None:
        workspace = open_workspace(shop, language)
        key = revoke_api_key(workspace.open_ledger(), key_id, workspace.now)
        if as_json:
            print_json({"revoked": key.key_id, "name": key.name})
        else:
            named = {"key_id": key.key_id, "name": key.name}
            create_console().print(translate("keys.revoked", language, named), markup=False)

    run_command(lang, run)


def _build_table(keys: Sequence[ApiKey], now: datetime, language: Language) -> Table:
    titles = ("key_id", "name", "state", "scopes", "rate", "until", "used")
    table = create_table(language, *(f"keys.{title}" for title in titles))
    for key in keys:
        state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
        table.add_row(
            key.key_id,
            escape(strip_control_chars(key.name)),
            translate(f"keys.state.{state}", language),
            ", ".join(sorted(key.scopes)),
            key.rate,
            str(key.expires_at.date()),
            _format_moment(key.last_used_at) or "–",
        )
    return table


def _to_json(key: ApiKey) -> dict[str, object]:
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
