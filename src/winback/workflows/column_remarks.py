"""What is said of an export's columns, and of those that nothing is read from: the sum of one of
money stands beside that of what counts as paid, so that a wrong choice is seen."""

from collections.abc import Iterator, Mapping

from winback.data.ingest.column_contents import ColumnContent
from winback.data.ingest.recognised_file import RecognisedFile
from winback.i18n.translate import Language, translate
from winback.workflows.shop_draft import Found, ShopDraft

_PAID = ("order_amount", "amount", "unit_price")


def list_column_remarks(file: RecognisedFile, language: Language) -> list[str]:
    """What is said of a file's columns before anything is written."""
    return [
        translate(f"import_wizard.remark.{remark}", language, {"file": file.file, "column": column})
        for remark, column in file.remarks
    ]


def list_unused_remarks(usable: Found, draft: ShopDraft, language: Language) -> list[str]:
    """Of each kind of file that no profile knows: its columns of money, and those of few words,
    that are not used."""
    remarks: dict[str, None] = {}
    for file, each in usable:
        columns = _find_columns(str(file), draft)
        if each.profile is None and each.kind in ("orders", "log") and columns:
            remarks |= dict.fromkeys(_describe_unused(each, columns, language))
    return list(remarks)


def format_content(content: ColumnContent, language: Language) -> str:
    """What a column holds: `sum 1,234.50`, or `web 300, shop 40`."""
    if content.is_money:
        total = "?" if content.total is None else f"{content.total:,.2f}"
        return translate("import_wizard.sum", language, {"total": total})
    empty = translate("import_wizard.empty", language)
    return ", ".join(f"{word or empty} {count}" for word, count in content.words.items())


def _find_columns(path: str, draft: ShopDraft) -> dict[str, object]:
    """Our name of each column that the sources of a file read, and the file's."""
    columns: dict[str, object] = {}
    for sources in draft.sources.values():
        for source in sources:
            paths, named = source["paths"], source.get("columns")
            if isinstance(paths, list) and path in paths and isinstance(named, Mapping):
                columns = {**named, **columns}
    return columns


def _describe_unused(
    file: RecognisedFile, columns: Mapping[str, object], language: Language
) -> Iterator[str]:
    used = {
        name
        for column in columns.values()
        for name in (column if isinstance(column, list) else [column])
    }
    unused = {name: file.contents[name] for name in file.contents if name not in used}
    paid = next((str(columns[ours]) for ours in _PAID if ours in columns), None)
    is_money = {name: content.is_money for name, content in unused.items()}
    for key, are_money in (("money_unused", True), ("words_unused", False)):
        shown = [name for name in unused if is_money[name] is are_money]
        if shown:
            values = {
                "file": file.file,
                "columns": "; ".join(_describe(file, name, language) for name in shown),
                "paid": _describe(file, paid, language)
                if paid
                else translate("import_wizard.no_amount", language),
            }
            yield translate(f"import_wizard.remark.{key}", language, values)


def _describe(file: RecognisedFile, name: str, language: Language) -> str:
    content = file.contents.get(name)
    return f"{name} ({format_content(content, language)})" if content else name
