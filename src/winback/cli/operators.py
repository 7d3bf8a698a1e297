"""`winback operators`: who may sign in to the dashboard, and as what."""

import json
import os
import secrets
import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from winback.cli.console import (
    choose_language,
    create_console,
    current_user,
    get_utc_now,
    open_shop_ledger,
    run_and_exit_code,
)
from winback.cli.options import AsJson, Lang, ShopFile, Who, command_group
from winback.core.errors import NoUserYet
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.ledger.users import ROLES, change_user, create_user, list_users

operators_app = command_group("Users of the dashboard.")

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
RoleName = Annotated[
    str,
    typer.Option("--role", help=f"One of {', '.join(ROLES)}; each includes the one before."),
]
FromInput = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from the first line of the input."),
]


@operators_app.command("create")
def create(
    name: Name,
    shop: ShopFile,
    role: RoleName = "operator",
    password_stdin: FromInput = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Create a user. Without a password, one is generated and shown once."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        password, made = _read_password(password_stdin, language)
        create_user(open_shop_ledger(shop), name, role, password, current_user(by), get_utc_now())
        _print_result(
            "operators.created",
            name,
            {"role": translate(f"role.{role}", language)},
            password if made else None,
            as_json,
            language,
        )

    raise typer.Exit(run_and_exit_code(run, language))


@operators_app.command("change")
def change(
    name: Name,
    shop: ShopFile,
    role: Annotated[str | None, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")] = None,
    new_password: Annotated[
        bool, typer.Option("--new-password", help="Ask for a new password, or generate one.")
    ] = False,
    password_stdin: FromInput = False,
    disable: Annotated[
        bool | None, typer.Option("--disable/--enable", help="Whether the user may sign in.")
    ] = None,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Change a user's role or password, or disable the user. They are signed out."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        password, made = (
            _read_password(password_stdin, language)
            if new_password or password_stdin
            else (None, False)
        )
        change_user(
            open_shop_ledger(shop),
            name,
            current_user(by),
            get_utc_now(),
            role=role,
            password=password,
            disabled=disable,
        )
        _print_result("operators.changed", name, {}, password if made else None, as_json, language)

    raise typer.Exit(run_and_exit_code(run, language))


@operators_app.command("list")
def list_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """List all users, disabled ones included."""
    language = choose_language(lang, os.environ)

    def run() -> None:
        users = list_users(open_shop_ledger(shop))
        if as_json:
            rows = [
                {"name": each.name, "role": each.role, "disabled": each.disabled_at is not None}
                for each in users
            ]
            print(json.dumps({"operators": rows}, ensure_ascii=False))
            return
        if not users:
            raise NoUserYet(shop=str(shop))
        table = Table(box=None, pad_edge=False)
        for title in ("name", "role", "state"):
            table.add_column(translate(f"operators.{title}", language))
        for each in users:
            state = translate(
                "operators.state.disabled" if each.disabled_at else "operators.state.active",
                language,
            )
            table.add_row(
                escape(strip_control_chars(each.name)),
                translate(f"role.{each.role}", language),
                state,
            )
        create_console().print(table)

    raise typer.Exit(run_and_exit_code(run, language))


def _read_password(from_input: bool, language: Language) -> tuple[str, bool]:
    """A password, and whether it was made here."""
    if from_input:
        return sys.stdin.readline().rstrip("\n"), False
    if sys.stdin.isatty():
        given = typer.prompt(
            translate("operators.password", language),
            hide_input=True,
            default="",
            show_default=False,
            confirmation_prompt=True,
        )
        if given:
            return str(given), False
    return secrets.token_urlsafe(15), True


def _print_result(
    key: str,
    name: str,
    values: dict[str, str],
    password: str | None,
    as_json: bool,
    language: Language,
) -> None:
    if as_json:
        print(
            json.dumps(
                {"name": name, **({"password": password} if password else {})}, ensure_ascii=False
            )
        )
        return
    console = create_console()
    console.print(translate(key, language, {"name": name, **values}), markup=False)
    if password:
        console.print(translate("operators.made", language), markup=False)
        print(password)
