"""One command a step of the week.

Exit codes: 0 done, 1 failed, 2 usage, 3 data refused. `--json` prints exactly one JSON document on
stdout; progress goes to stderr, and only to a terminal.
"""

from winback.cli import wave_changes as wave_changes
from winback.cli.cases import cases_app
from winback.cli.history import check_history
from winback.cli.import_exports import import_exports, merges
from winback.cli.keys import keys_app
from winback.cli.measure import measure
from winback.cli.models import models
from winback.cli.operators import operators_app
from winback.cli.options import command_group
from winback.cli.playbook import playbook_app
from winback.cli.privacy import erase, export, opt_out
from winback.cli.recall import recall
from winback.cli.report import diagnose, doctor, report_app
from winback.cli.score import score, sql
from winback.cli.serve import serve
from winback.cli.simulate import simulate
from winback.cli.wave import wave_app
from winback.cli.wave_checks import audit, rehearse

app = command_group("Find the customers a web shop is losing, and decide what to do about each.")

app.command("import")(import_exports)
app.command()(merges)
app.command()(score)
app.command()(models)
app.command()(sql)
app.command()(diagnose)
app.command()(recall)
app.add_typer(playbook_app, name="playbook")
app.add_typer(keys_app, name="keys")
app.add_typer(operators_app, name="operators")
app.add_typer(wave_app, name="wave")
app.add_typer(cases_app, name="cases")
app.command()(measure)
app.add_typer(report_app, name="report")
app.command()(audit)
app.command("check-history")(check_history)
app.command()(rehearse)
app.command("opt-out")(opt_out)
app.command()(erase)
app.command()(export)
app.command()(serve)
app.command()(doctor)
app.command()(simulate)
