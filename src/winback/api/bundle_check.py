"""Loads a bundle in a process of its own: a damaged model file can kill or hang whoever parses it.

    python -m winback.api.bundle_check FOLDER [NICENESS]

Prints nothing and ends with 0 if the bundle is whole; else one line of JSON, a refusal's key and
values.
"""

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path

from winback.core.import_guard import block_heavy_imports

MOST_MEMORY = 4 << 30  # bytes of address space: what is parsed may ask for anything
SECONDS = 20.0
LATE, KILLED = f"not loaded within {SECONDS:.0f} seconds", "loading it ended with SIGKILL"
TRANSIENT = (LATE, KILLED)  # what another try may not find again
LOW_PRIORITY = (
    10  # niceness beside questions: whoever is served goes first, and the child still gets on
)


async def check_bundle(folder: Path, seconds: float = SECONDS, niceness: int = 0) -> str | None:
    """Why a bundle cannot be served; None if it can. Tried in a child that may die of it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "winback.api.bundle_check",
        str(folder),
        str(niceness),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), seconds)
    except TimeoutError:
        child.kill()
        await child.wait()
        return LATE
    except asyncio.CancelledError:
        child.kill()
        raise
    return None if child.returncode == 0 else _explain_failure(child.returncode, output)


def _explain_failure(code: int | None, output: bytes) -> str:
    """What the child said, else how it ended."""
    if code is not None and code < 0:
        return f"loading it ended with {signal.Signals(-code).name}"
    try:
        refusal = json.loads(output)
        return f"{Path(refusal['file']).name}: {refusal['detail']}"
    except (ValueError, KeyError):
        return f"loading it ended with {code}"


def main(folder: Path, niceness: int = 0) -> int:
    """Load a bundle; 0 if it is whole."""
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    block_heavy_imports()
    from winback.api.served_model import ServedModel
    from winback.core.errors import WinbackError
    from winback.features.registry import hash_spec

    try:
        ServedModel.load(folder, hash_spec())
    except WinbackError as error:
        detail = error.values.get("detail") or "another feature list"
        print(json.dumps({"file": error.values.get("file", str(folder)), "detail": detail}))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:3])))
