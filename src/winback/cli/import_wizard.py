"""The dialogue about files nobody has described yet: what was understood, and what is asked."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from winback.config.shop import Shop
from winback.data.ingest.recognised_file import RecognisedFile, list_column_meanings
from winback.i18n.numbers import format_count, format_units
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.column_remarks import format_content, list_column_remarks
from winback.workflows.process import create_console, print_note
from winback.workflows.shop_draft import Found

_SHOWN = (
    "customer_id",
    "order_id",
    "local_day",
    "amount_minor",
    "order_amount_minor",
    "sku",
    "name",
    "quantity",
    "refund_minor",
    "kind",
    "value",
    "ref",
)


def ask_operator(question: str, default: str | None) -> str:
    """Ask at the terminal; Enter takes the default."""
    plain = Text(question)  # a column's name may hold brackets, which are no markup
    return Prompt.ask(plain, default=default) if default else Prompt.ask(plain)


def can_ask() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()


class TerminalPresenter:
    """Shows at the terminal what is understood of some exports."""

    def __init__(self, language: Language) -> None:
        self._language, self._console = language, create_console()

    def show_columns(self, recognised: Found) -> None:
        """What each kind of file seems to be, and its columns with how sure that is."""
        alike: dict[tuple[str | None, str, tuple[str, ...]], list[RecognisedFile]] = {}
        for _, each in recognised:
            alike.setdefault((each.profile, each.kind, tuple(each.names)), []).append(each)
        for files in alike.values():
            self._console.print(self._describe(files), markup=False, style="bold")
            self._console.print(self._build_column_table(files[0]))
            for said in list_column_remarks(files[0], self._language):
                self._console.print(said, markup=False, style="yellow", soft_wrap=True)

    def show_rows(self, shop: Shop, parts: Sequence[Mapping[str, Any]]) -> None:
        """The first rows as they are understood, and where and in what they were paid."""
        values = {"timezone": shop.timezone, "currency": shop.currency}
        place = translate("import_wizard.place", self._language, values)
        self._console.print(place, markup=False)
        for part in parts:
            _show_part(self._console, shop, part, self._language)

    def show_remarks(self, remarks: Sequence[str]) -> None:
        """What is said of the rows, before anything is written."""
        for remark in remarks:
            said = translate("import.note", self._language, {"remark": remark})
            self._console.print(said, markup=False, style="yellow", soft_wrap=True)

    def show_skipped(self, file: str) -> None:
        """A file that is no export we know, among some that are."""
        print_note(translate("import_wizard.passed_over", self._language, {"file": file}))

    def _describe(self, files: Sequence[RecognisedFile]) -> str:
        first, more = files[0], len(files) - 1
        values = {
            "file": first.file + (f" (+{more})" if more else ""),
            "kind": translate(f"import_wizard.kind.{first.kind}", self._language),
            "profile": first.profile or translate("import_wizard.no_profile", self._language),
            "percent": f"{first.confidence:.0%}",
        }
        return translate("import_wizard.file", self._language, values)

    def _build_column_table(self, file: RecognisedFile) -> Table:
        table = Table(box=None, pad_edge=False)
        for key in ("theirs", "ours", "sure", *(("holds",) if file.contents else ())):
            table.add_column(translate(f"import_wizard.{key}", self._language))
        for name, guess in list_column_meanings(file):
            meaning = f"field.{guess.ours}" if guess else "import_wizard.not_used"
            table.add_row(
                escape(strip_control_chars(name.strip())),
                translate(meaning, self._language),
                f"{guess.confidence:.0%}" if guess else "",
                *((self._describe_content(file, name),) if file.contents else ()),
            )
        return table

    def _describe_content(self, file: RecognisedFile, name: str) -> str:
        content = file.contents.get(name)
        said = format_content(content, self._language) if content else ""
        return escape(strip_control_chars(said))


def _show_part(console: Console, shop: Shop, part: Mapping[str, Any], language: Language) -> None:
    values = {
        "kind": translate(f"import_wizard.kind.{part['kind']}", language),
        "rows": format_count(part["looked_at"]),
    }
    console.print(translate("import_wizard.preview", language, values), style="bold")
    console.print(_build_row_table(shop, part["rows"], language), markup=False)
    for row in part["refused"]:
        refusal = {**row, "reason": translate(row["reason"], language)}
        console.print(translate("import_wizard.refused", language, refusal), markup=False)
    for status, count in part["left_out"].items():
        left_out = {"count": format_count(count), "status": status}
        console.print(translate("import.left_out", language, left_out), markup=False)


def _build_row_table(
    shop: Shop, rows: Sequence[Mapping[str, str | None]], language: Language
) -> Table:
    table = Table(box=None, pad_edge=False)
    names = [name for name in _SHOWN if any(row.get(name) for row in rows)]
    for name in names:
        title = translate(f"staged.{name}", language, {"currency": shop.currency})
        table.add_column(title, overflow="fold", max_width=26)
    for row in rows:
        table.add_row(*(_format_cell(name, row[name], shop.currency) for name in names))
    return table


def _format_cell(name: str, value: str | None, currency: str) -> str:
    if not value:
        return ""
    if name.endswith("_minor"):
        return format_units(int(value), currency)
    return value[:10] if name == "local_day" else escape(strip_control_chars(value))
