"""`winback import`, and `winback merges`, which lists the ids an import took for one person."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from winback.cli.console import create_table, print_json, run_command
from winback.cli.options import AsJson, Lang, ShopFile
from winback.core.errors import MergeUnknown, NewShopOnly, ShopOrFilesNeeded, WinbackError
from winback.core.service_errors import PreviewNeedsFiles
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, strip_control_chars, translate
from winback.workflows.process import create_console, get_home, get_utc_now, relative_path

if TYPE_CHECKING:  # no command waits for what another loads
    from winback.data.store import Manifest
    from winback.workflows.import_exports import ImportResult
    from winback.workflows.new_shop import NewShop
    from winback.workflows.workspace import Workspace

_CHANGES = ("new_orders", "changed_orders", "taken_back_orders")
_REMARKS = ("column_remarks", "unused_columns")  # of a new shop's files
_MOST_PASSED_OVER = 10  # named one by one; --json names all
_FLAGS = ("gifts", "wholesale", "brushing", "deposits", "taken_back", "merged_ids")


def import_exports(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Exports, folders or patterns: a new shop's, or with --shop its next ones."
        ),
    ] = None,
    shop: Annotated[
        Path | None, typer.Option("--shop", help="The shop's TOML file, if it has one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of a new shop.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write a new shop's TOML.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="An answer given in advance, such as currency=EUR, or status=A,B for two columns.",
        ),
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Show what the files seem to be and write the TOML, but import nothing.",
        ),
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="Say where FILE:LINE, an order or a customer is."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Import a shop's exports, add new ones to it, or import the files of a new shop. Importing
    the same again changes nothing."""

    def run(language: Language) -> None:
        if explain is not None:
            _explain(_get_shop_file(shop), explain, language, as_json)
            return
        if files and shop:
            _refuse_new_shop_options(shop, name, out, given, preview)
            _import_added(shop, files, language, as_json)
            return
        if preview and not files:
            raise PreviewNeedsFiles
        if not files:
            _import_shop(_get_shop_file(shop), language, as_json)
            return
        from winback.workflows.new_shop import NewShop

        new_shop = NewShop(files, name, out, given or [])
        if preview:
            _preview(new_shop, language, as_json)
        else:
            _import_new_shop(new_shop, language, as_json)

    run_command(lang, run)


def merges(
    shop: ShopFile,
    undo: Annotated[
        str | None, typer.Option("--undo", help="An id of the list that is a separate person.")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List ids merged into another customer, or keep one separate from the next import on."""

    def run(language: Language) -> None:
        from winback.data.store import list_merges
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        merges = list_merges(workspace.open_store())
        if undo is not None:
            _undo_merge(workspace, merges, undo, as_json)
        elif as_json:
            print_json({"merges": merges})
        else:
            _print_merges(merges, language)

    run_command(lang, run)


def _get_shop_file(path: Path | None) -> Path:
    if path is None:
        raise ShopOrFilesNeeded
    return path


def _explain(shop: Path, what: str, language: Language, as_json: bool) -> None:
    from winback.cli.explain_row import explain_row
    from winback.workflows.workspace import open_workspace

    explain_row(open_workspace(shop, language), what, as_json)


def _import_shop(shop: Path, language: Language, as_json: bool) -> None:
    from winback.workflows.import_exports import import_exports
    from winback.workflows.workspace import open_workspace

    workspace = open_workspace(shop, language)
    result = import_exports(workspace)
    if as_json:
        print_json(_describe_import(workspace, result, {}))
    else:
        _print_import(result, language)


def _refuse_new_shop_options(
    shop: Path, name: str | None, out: Path | None, given: Sequence[str] | None, preview: bool
) -> None:
    options = {"--name": name, "--out": out, "--set": given, "--preview": preview}
    used = [option for option, value in options.items() if value]
    if used:
        raise NewShopOnly(options=", ".join(used), shop=str(shop))


def _import_added(shop: Path, files: Sequence[Path], language: Language, as_json: bool) -> None:
    """Add exports to a shop, and import."""
    from winback.workflows.add_exports import import_added_exports

    done = import_added_exports(shop, files, language)
    if as_json:
        added = [{"path": each.path, "sections": each.sections} for each in done.added]
        print_json(_describe_import(done.workspace, done.result, {"added": added}))
        return
    console = create_console()
    for each in done.added:
        sections = ", ".join(f"[{section}]" for section in each.sections)
        named = {"path": each.path, "sections": sections, "shop_file": relative_path(shop)}
        console.print(translate("import.added", language, named), markup=False, soft_wrap=True)
    _print_import(done.result, language)


def _import_new_shop(new_shop: "NewShop", language: Language, as_json: bool) -> None:
    """Describe a new shop, as far as needed in a dialogue, and import it."""
    from winback.cli.import_wizard import TerminalPresenter, ask_operator, can_ask
    from winback.workflows.import_exports import import_exports
    from winback.workflows.new_shop import import_new_shop
    from winback.workflows.workspace import open_workspace

    described = import_new_shop(
        new_shop,
        get_home(),
        get_utc_now(),
        language,
        ask_operator if can_ask() and not as_json else None,
        None if as_json else TerminalPresenter(language),
    )
    shop_file = Path(described["shop_file"])
    workspace = open_workspace(shop_file, language)
    try:
        result = import_exports(workspace)
    except WinbackError:
        shop_file.unlink()  # so that another try with other answers finds no shop in its way
        raise
    if as_json:
        print_json(_describe_import(workspace, result, described))
        return
    _print_import(result, language, said=described["row_remarks"])
    console = create_console()
    named = {"shop_file": relative_path(shop_file), "folders": ", ".join(described["folders"])}
    hints = {
        "add_to_folder": described["folders"],
        "add_files": described["single_files"],
        "next": True,
    }
    for key in (hint for hint, is_shown in hints.items() if is_shown):
        console.print(translate(f"import.{key}", language, named), markup=False, soft_wrap=True)


def _preview(new_shop: "NewShop", language: Language, as_json: bool) -> None:
    from winback.workflows.new_shop import preview_import

    result = preview_import(
        new_shop,
        get_home(),
        get_utc_now(),
        language,
    )
    if as_json:
        print_json(result)
    else:
        shop_file = result["shop_file"]
        print(relative_path(shop_file) if shop_file else result["refused"])


def _describe_import(
    workspace: "Workspace", result: "ImportResult", described: Mapping[str, Any]
) -> dict[str, object]:
    quarantine = workspace.folder / "tables" / "quarantine" / "000.parquet"
    return {
        **described,
        **vars(result.store.manifest),
        **{name: getattr(result.changes, name) for name in _CHANGES},
        "remarks": [
            *(each for key in _REMARKS for each in described.get(key, ())),
            *result.remarks,
        ],
        "quarantine": str(quarantine),
        "passed_over": result.passed_over,
        "quality": result.report.path,
        "alerts": result.report.alerts,
    }


def _print_import(result: "ImportResult", language: Language, said: Sequence[str] = ()) -> None:
    """said: remarks that were shown already."""
    from winback.monitoring.data_quality import format_quality_alert

    _print_manifest(result.store.manifest, language)
    console = create_console()
    if not result.changes.is_first:
        changes = {name: format_count(getattr(result.changes, name)) for name in _CHANGES}
        console.print(translate("import.changes", language, changes))
    for path in result.passed_over[:_MOST_PASSED_OVER]:
        passed_over = {"path": relative_path(path)}
        console.print(translate("import.passed_over", language, passed_over), markup=False)
    for remark in result.remarks:
        if remark not in said:
            noted = translate("import.note", language, {"remark": remark})
            console.print(noted, markup=False, style="yellow", soft_wrap=True)
    for alert in result.report.alerts:
        named = {"alert": format_quality_alert(alert, language)}
        console.print(translate("import.alert", language, named), markup=False, style="yellow")
    page = relative_path(Path(result.report.path).with_name(f"report.{language}.html"))
    sentence = translate("import.report", language, {"page": page})
    console.print(sentence, markup=False, soft_wrap=True)


def _print_manifest(manifest: "Manifest", language: Language) -> None:
    """What was brought in, what was noticed, and what was not taken."""
    console = create_console()
    counted = ("orders", "customers", "refunds", "duplicates")
    imported = {
        "shop": manifest.shop,
        "first": manifest.first_day,
        "last": manifest.last_day,
        "events": format_count(manifest.tables["events"]),
        **{key: format_count(manifest.counts[key]) for key in counted},
    }
    console.print(translate("import.done", language, imported))
    for flag in _FLAGS:
        if manifest.counts[flag]:
            flagged = {"count": format_count(manifest.counts[flag])}
            console.print(translate(f"import.{flag}", language, flagged))
    for reason, count in manifest.quarantined.items():
        refused = {"count": format_count(count), "reason": translate(reason, language)}
        console.print(translate("import.quarantined", language, refused))
    for status, count in manifest.left_out.items():
        left_out = {"count": format_count(count), "status": status}
        console.print(translate("import.left_out", language, left_out), markup=False)
    for reason, count in manifest.no_rows.items():
        no_rows = {"count": format_count(count)}
        console.print(translate(f"import.{reason}", language, no_rows))


def _undo_merge(
    workspace: "Workspace", merges: list[dict[str, str]], undo: str, as_json: bool
) -> None:
    from winback.data.ingest.units import add_unmerge

    merge = next((each for each in merges if each["merged_id"] == undo), None)
    if merge is None:
        raise MergeUnknown(value=undo, shop=workspace.shop.name)
    add_unmerge(workspace.folder, merge["merged_id"], merge["customer_id"])
    if as_json:
        print_json({"undone": merge})
    else:
        create_console().print(translate("merges.undone", workspace.language, merge))


def _print_merges(merges: list[dict[str, str]], language: Language) -> None:
    console = create_console()
    if not merges:
        console.print(translate("merges.none", language))
        return
    table = create_table(language, "merges.merged_id", "merges.customer_id", "merges.rule")
    for merge in merges:
        ids = (escape(strip_control_chars(merge[key])) for key in ("merged_id", "customer_id"))
        table.add_row(*ids, translate(f"merges.rule.{merge['rule']}", language))
    console.print(table)
