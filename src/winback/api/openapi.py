"""Writes the schema of the API, or says whether the one in docs is today's.

python -m winback.api.openapi [--check] docs/openapi.json
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from winback.core.import_guard import keep_lean


def schema() -> str:
    """The OpenAPI document as it is committed."""
    from winback.api.app import paths
    from winback.api.handlers import Questions
    from winback.api.live_state import Live
    from winback.api.metrics import Metrics
    from winback.config.shop import Shop
    from winback.config.sources import Orders
    from winback.core.paths import Home
    from winback.ledger.engine import open_ledger

    shop = Shop(name="any", orders=(Orders(paths=("orders.csv",)),))
    live = Live(
        shop,
        Home(Path()),
        open_ledger(Path(), "sqlite://"),
        lambda: datetime(1970, 1, 1),
        lambda _key, _values: None,
    )
    return (
        json.dumps(
            paths(live, Metrics("0"), Questions(live)).openapi(), indent=1, ensure_ascii=False
        )
        + "\n"
    )


def main(arguments: list[str]) -> int:
    """Write or check the file; 1 where it is of another day."""
    keep_lean()
    path, made = Path(arguments[-1]), schema()
    if arguments[0] == "--check":
        if path.read_text(encoding="utf-8") != made:
            print(
                f"{path} is not today's schema: run `make docs`, and look at what changes for "
                f"clients",
                file=sys.stderr,
            )
            return 1
        return 0
    path.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
