"""A step of the week in a process of its own, to be killed: `python -m tests.delivery.killable_step MOMENT COMMAND…`."""

import sys
from datetime import datetime

from winback.cli.main import app
from winback.workflows import workspace

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[1])
    workspace.get_utc_now = lambda: moment
    sys.argv = ["winback", *sys.argv[2:]]
    app()
