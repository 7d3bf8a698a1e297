"""A step of the week in a process of its own, to be killed: `python -m tests.delivery.killable_step MOMENT COMMAND…`."""

import sys
from datetime import datetime

from winback.cli import main as commands
from winback.cli import privacy, wave

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[1])
    for module in (commands, privacy, wave):
        module.get_utc_now = lambda: moment
    sys.argv = ["winback", *sys.argv[2:]]
    commands.app()
