"""`winback cases`: customers who wait for an answer."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from winback.cli.console import create_table, print_json, run_command, to_plain
from winback.cli.options import AsJson, Lang, ShopFile, Who, command_group
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import create_console

if TYPE_CHECKING:  # no command waits for what another loads
    from datetime import datetime

    from winback.ledger.cases import Case, CaseKind, ServiceLevel

cases_app = command_group("Customers who wait for an answer, and until when.")

CaseId = Annotated[str, typer.Argument(help="The case's id; `winback cases list` shows them.")]
_COLUMNS = ("id", "kind", "customer", "opened", "due", "state")


@cases_app.command("list")
def show(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """List who waits for an answer, the one due first first; alerts are sent of those overdue."""

    def run(language: Language) -> None:
        from winback.workflows.cases import check_cases
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        result = check_cases(workspace)
        if as_json:
            rows = [
                {**to_plain(vars(each)), "overdue": each.is_overdue(workspace.now)}
                for each in result.cases
            ]
            print_json({"cases": rows, "service": [vars(each) for each in result.service]})
        else:
            _print_cases(result.cases, workspace.now, language)
            _print_service(result.service, language)

    run_command(lang, run)


@cases_app.command("open")
def open_one(
    shop: ShopFile,
    customer: Annotated[str, typer.Option("--customer", help="The customer's id.")],
    kind: Annotated[
        str, typer.Option("--kind", help="general, priority or complaint.")
    ] = "general",
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Open a case by hand, for a customer who asks or complains elsewhere."""

    def run(language: Language) -> None:
        from winback.workflows.cases import open_case_by_hand
        from winback.workflows.workspace import open_workspace

        case = open_case_by_hand(open_workspace(shop, language, by), customer, _parse_kind(kind))
        _print_case(case, as_json, language)

    run_command(lang, run)


@cases_app.command("answer")
def answer(
    shop: ShopFile, case: CaseId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Note that you have answered; the case stays open until it is solved."""

    def run(language: Language) -> None:
        from winback.workflows.cases import note_answer
        from winback.workflows.workspace import open_workspace

        _print_case(note_answer(open_workspace(shop, language, by), case), as_json, language)

    run_command(lang, run)


@cases_app.command("solve")
def solve(
    shop: ShopFile, case: CaseId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Note that a case is solved, and close it."""

    def run(language: Language) -> None:
        from winback.workflows.cases import note_solution
        from winback.workflows.workspace import open_workspace

        _print_case(note_solution(open_workspace(shop, language, by), case), as_json, language)

    run_command(lang, run)


def _parse_kind(value: str) -> "CaseKind":
    from winback.core.wave_errors import CaseKindUnknown
    from winback.ledger.cases import KINDS

    for kind in KINDS:
        if kind == value:
            return kind
    raise CaseKindUnknown(value=value, known=", ".join(KINDS))


def _print_case(case: "Case", as_json: bool, language: Language) -> None:
    if as_json:
        print_json(to_plain(vars(case)))
        return
    state = "solved" if case.solved_at else "answered" if case.answered_at else "opened"
    values = {
        "case": case.case_id,
        "kind": translate(f"case.kind.{case.kind}", language),
        "due": _format_moment(case.due_at),
    }
    create_console().print(translate(f"case.{state}", language, values), markup=False)


def _print_cases(cases: "list[Case]", now: "datetime", language: Language) -> None:
    console = create_console()
    if not cases:
        console.print(translate("case.none", language))
        return
    table = create_table(language, *(f"case.column.{name}" for name in _COLUMNS))
    for each in cases:
        is_overdue = each.is_overdue(now)
        state = "answered" if each.answered_at else "overdue" if is_overdue else "waiting"
        table.add_row(
            each.case_id,
            translate(f"case.kind.{each.kind}", language),
            escape(strip_control_chars(each.customer_id)),
            _format_moment(each.opened_at),
            _format_moment(each.due_at),
            translate(f"case.state.{state}", language),
            style="red" if is_overdue else None,
        )
    console.print(table)


def _print_service(service: "list[ServiceLevel]", language: Language) -> None:
    console = create_console()
    for each in service:
        if each.cases:
            values = {
                "kind": translate(f"case.kind.{each.kind}", language),
                "count": format_count(each.cases),
                "in_time": f"{each.answered_in_time / each.cases:.0%}",
                "solved": f"{each.solved / each.cases:.0%}",
                "minutes": "–" if each.minutes is None else f"{each.minutes:,.0f}",
            }
            console.print(translate("case.service", language, values), markup=False)


def _format_moment(moment: "datetime") -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
