"""Writes the schema of the API, or says whether the one in docs is today's.

python -m winback.api.openapi [--check] docs/reference/openapi.json
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from winback.core.generated_pages import write_or_check
from winback.core.import_guard import block_heavy_imports


def render_openapi() -> str:
    """The OpenAPI document as it is committed."""
    from winback.api.app import build_api
    from winback.api.handlers import Handlers
    from winback.api.live_state import LiveState
    from winback.api.metrics import Metrics
    from winback.config.shop import Shop
    from winback.config.sources import OrderSource
    from winback.core.paths import DataPaths
    from winback.ledger.engine import open_ledger

    shop = Shop(name="any", orders=(OrderSource(paths=("orders.csv",)),))
    live = LiveState(
        shop,
        DataPaths(Path()),
        open_ledger(Path(), "sqlite://"),
        lambda: datetime(1970, 1, 1),
        lambda _key, _values: None,
    )
    return (
        json.dumps(
            build_api(live, Metrics("0"), Handlers(live)).openapi(), indent=1, ensure_ascii=False
        )
        + "\n"
    )


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is up to date; returns the exit code.

    What changes in it changes for clients.
    """
    block_heavy_imports()
    return write_or_check({Path(arguments[-1]): render_openapi()}, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
