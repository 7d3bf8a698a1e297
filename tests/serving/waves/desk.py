"""A shop's home and the commands an operator types in it."""

import csv
import json
from datetime import date, datetime

from typer.testing import CliRunner

from winback.cli import people
from winback.cli import wave as commands
from winback.cli.commands import app
from winback.ledger import open_ledger
from winback.settings import read_shop

DAY = date(2026, 4, 1)
WAVE = "general-2026w14"
AT = datetime(2026, 4, 1, 3)  # eleven in the morning in Shanghai


class Desk:
    """A shop's home and the commands typed in it. now: what the clock says."""

    def __init__(self, file, home, monkeypatch):
        self.file, self.home, self.shop, self.now = file, home, read_shop(file), AT
        monkeypatch.setenv("WINBACK_HOME", str(home.root))
        monkeypatch.setenv("LANG", "C.UTF-8")
        for module in (commands, people):
            monkeypatch.setattr(module, "utc_now", lambda: self.now)

    def __call__(self, *arguments, code=0, told=None):
        done = CliRunner().invoke(app, [*arguments, "--shop", str(self.file)], prog_name="winback", input=None)
        assert done.exit_code == code, done.output + done.stderr
        if told is not None:
            assert told in done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    @property
    def folder(self):
        return self.home.shop(self.shop.name)

    @property
    def ledger(self):
        return open_ledger(self.home.ledger(self.shop.name))

    def list_rows(self, day=DAY):
        with (self.folder / "recalls" / str(day) / "list.csv").open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def handed(self):
        rows = []
        for path in sorted((self.folder / "handoff").glob("*/*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows += list(csv.DictReader(stream))
        return rows
