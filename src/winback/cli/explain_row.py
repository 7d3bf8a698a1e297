"""`winback import --explain`: where a row, an order or a customer of an export is, and why."""

import json
from datetime import datetime

from winback.cli.console import done, progress, wide_console
from winback.config.shop import Shop
from winback.core.errors import RowNotFound
from winback.core.paths import Home
from winback.data.ingest.explain import explain
from winback.i18n.translate import Language, say


def explain_row(
    shop: Shop, home: Home, now: datetime, what: str, language: Language, as_json: bool
) -> None:
    """Print the fate of each row asked about. Raises RowNotFound."""
    fates = explain(
        shop,
        home.shop(shop.name),
        now,
        what,
        lambda file, rows: progress(
            say("import.progress", language, {"file": file, "rows": f"{rows:,}"})
        ),
    )
    done()
    if not fates:
        raise RowNotFound(value=what, shop=shop.name)
    told = []
    for fate in fates:
        values = dict(fate.values)
        if "reason" in values:
            values["reason"] = say(values["reason"], language)
        told.append(
            {
                "file": fate.file,
                "line": fate.line,
                "fate": fate.key.removeprefix("fate."),
                "sentence": say(fate.key, language, values),
            }
        )
    if as_json:
        print(json.dumps({"rows": told}, ensure_ascii=False))
        return
    for row in told:
        wide_console().print(
            f"{row['file']}:{row['line']}  {row['sentence']}", markup=False, soft_wrap=True
        )
