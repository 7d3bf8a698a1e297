"""`winback operators`: who may sign in to the dashboard, and as what."""

import secrets
import sys
from typing import Annotated

import typer
from rich.markup import escape

from winback.cli.console import create_table, print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile, Who, command_group
from winback.core.service_errors import NoUserYet
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.ledger.users import ROLES, change_user, create_user, list_users
from winback.workflows.process import create_console
from winback.workflows.workspace import open_workspace

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

    def run(language: Language) -> None:
        password, made = _read_password(password_stdin, language)
        workspace = open_workspace(shop, language, by)
        ledger = workspace.open_ledger()
        create_user(ledger, name, role, password, workspace.actor, workspace.now)
        _print_result(
            "operators.created",
            name,
            {"role": translate(f"role.{role}", language)},
            password if made else None,
            as_json,
            language,
        )

    run_command(lang, run)


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

    def run(language: Language) -> None:
        password, made = (
            _read_password(password_stdin, language)
            if new_password or password_stdin
            else (None, False)
        )
        workspace = open_workspace(shop, language, by)
        change_user(
            workspace.open_ledger(),
            name,
            workspace.actor,
            workspace.now,
            role=role,
            password=password,
            disabled=disable,
        )
        _print_result("operators.changed", name, {}, password if made else None, as_json, language)

    run_command(lang, run)


@operators_app.command("list")
def list_command(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """List all users, disabled ones included."""

    def run(language: Language) -> None:
        users = list_users(open_workspace(shop, language).open_ledger())
        if as_json:
            rows = [
                {"name": each.name, "role": each.role, "disabled": each.disabled_at is not None}
                for each in users
            ]
            print_json({"operators": rows})
            return
        if not users:
            raise NoUserYet(shop=str(shop))
        titles = ("operators.name", "operators.role", "operators.state")
        table = create_table(language, *titles)
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

    run_command(lang, run)


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
        print_json({"name": name, **({"password": password} if password else {})})
        return
    console = create_console()
    console.print(translate(key, language, {"name": name, **values}), markup=False)
    if password:
        console.print(translate("operators.made", language), markup=False)
        print(password)
