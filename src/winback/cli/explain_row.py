"""`winback import --explain`: where a row, an order or a customer of an export is, and why."""

import json
from datetime import datetime

from winback.cli.console import clear_progress, create_console, show_progress
from winback.config.shop import Shop
from winback.core.errors import RowNotFound
from winback.core.paths import DataPaths
from winback.data.ingest.explain import explain_rows
from winback.i18n.translate import Language, translate


def explain_row(
    shop: Shop, home: DataPaths, now: datetime, what: str, language: Language, as_json: bool
) -> None:
    """Print the fate of each row asked about. Raises RowNotFound."""
    fates = explain_rows(
        shop,
        home.get_shop_folder(shop.name),
        now,
        what,
        lambda file, rows: show_progress(
            translate("import.progress", language, {"file": file, "rows": f"{rows:,}"})
        ),
    )
    clear_progress()
    if not fates:
        raise RowNotFound(value=what, shop=shop.name)
    lines = []
    for fate in fates:
        values = dict(fate.values)
        if "reason" in values:
            values["reason"] = translate(values["reason"], language)
        lines.append(
            {
                "file": fate.file,
                "line": fate.line,
                "fate": fate.key.removeprefix("fate."),
                "sentence": translate(fate.key, language, values),
            }
        )
    if as_json:
        print(json.dumps({"rows": lines}, ensure_ascii=False))
        return
    for row in lines:
        create_console().print(
            f"{row['file']}:{row['line']}  {row['sentence']}", markup=False, soft_wrap=True
        )
