"""The `winback` command, also `python -m winback.cli`."""

import sys


def run() -> None:
    """The `winback` command. The service starts without loading what the other commands need."""
    if sys.argv[1:2] == ["serve"]:
        from winback.cli.serve import app
    else:
        from winback.cli.main import app
    app()


if __name__ == "__main__":
    run()
