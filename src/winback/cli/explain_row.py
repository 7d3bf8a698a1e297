"""`winback import --explain`: where a row, an order or a customer of an export is, and why."""

from winback.cli.console import print_json
from winback.core.errors import RowNotFound
from winback.data.ingest.explain import RowStatus, explain_rows
from winback.i18n.translate import Language, translate
from winback.workflows.process import create_console
from winback.workflows.workspace import Workspace


def explain_row(workspace: Workspace, what: str, as_json: bool) -> None:
    """Print the fate of each row asked about. Raises RowNotFound."""
    fates = explain_rows(workspace.shop, workspace.folder, workspace.now, what, workspace.show_file)
    workspace.end_progress()
    if not fates:
        raise RowNotFound(value=what, shop=workspace.shop.name)
    rows = [_describe(fate, workspace.language) for fate in fates]
    if as_json:
        print_json({"rows": rows})
        return
    for row in rows:
        line = f"{row['file']}:{row['line']}  {row['sentence']}"
        create_console().print(line, markup=False, soft_wrap=True)


def _describe(fate: RowStatus, language: Language) -> dict[str, str | int]:
    values = dict(fate.values)
    if "reason" in values:
        values["reason"] = translate(str(values["reason"]), language)
    return {
        "file": fate.file,
        "line": fate.line,
        "fate": fate.key.removeprefix("fate."),
        "sentence": translate(fate.key, language, values),
    }
