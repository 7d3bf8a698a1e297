"""The commands about the machine that sends, as an operator types them."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.typed_commands import AT, DAY, WAVE
from winback.core.paths import DataPaths


class Machine:
    """A home and a state folder; `use` is to sit down at it."""

    def __init__(self, context, monkeypatch, folder):
        self.context, self.monkeypatch = context, monkeypatch
        self.home, self.state = DataPaths(folder / "home"), folder / "state"

    def use(self):
        self.monkeypatch.setenv("WINBACK_HOME", str(self.home.root))
        self.monkeypatch.setenv("WINBACK_STATE", str(self.state))
        self.context.home = self.home

    def copy_to(self, other):
        shutil.rmtree(other.home.root, ignore_errors=True)
        shutil.copytree(self.home.root, other.home.root, symlinks=True)


@pytest.fixture
def one(context, monkeypatch, tmp_path):
    """A machine whose first messages are out."""
    machine = Machine(context, monkeypatch, tmp_path)
    machine.use()
    planned = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(planned["treatment"]))
    assert context("wave", "run", "--json")["sent"] > 0
    return machine


def test_sending_moves_to_another_machine(context, one, monkeypatch, tmp_path):
    """docs/how-to/waves.md, step by step."""
    two = Machine(context, monkeypatch, tmp_path / "two")
    one.copy_to(two)
    two.use()
    context("wave", "run", code=1, result="Another machine sends")
    context("wave", "run", "--lang", "zh", code=1, result="由另一台机器发送")
    context("wave", "move", code=1, result="--old-machine-lost")
    context("wave", "reconcile", code=1, result="Another machine sends")
    assert "another machine sends" in context("doctor")
    one.use()
    context("wave", "move", result="sends nothing more")
    context("wave", "run", code=1, result="was handed over")
    one.copy_to(two)
    two.use()
    assert context("wave", "move", "--json") == {"released": False, "unknown": 0}
    context("wave", "run", "--json")
    assert "this machine sends" in context("doctor")
    assert context("audit", "--json")["well"]


def test_of_a_machine_that_is_gone_what_could_have_gone_is_unconfirmed(
    context, one, monkeypatch, tmp_path
):
    two = Machine(context, monkeypatch, tmp_path / "two")
    one.copy_to(two)
    two.use()
    context("wave", "move", "--old-machine-lost", "--lang", "zh", result="今后由本机发送")
    context("wave", "run", "--json")
    assert context("audit", "--json")["well"]


def test_a_clock_that_ran_ahead_is_named_and_mended(context):
    """Once, with nothing due: it would have kept everything waiting for ten years."""
    planned = context("wave", "plan", "--cutoff", str(DAY), "--json")
    with context.at(AT + timedelta(days=3652)):
        context("wave", "run", "--json")
    context("wave", "approve", WAVE, "--customers", str(planned["treatment"]))
    context("wave", "run", code=1, result="2036-03")
    context("wave", "run", "--lang", "zh", code=1, result="reset-clock")
    assert [each["rule"] for each in context("audit", "--json", code=1)["faults"]] == [
        "clock_ahead"
    ]
    context("wave", "reset-clock", "--by", "li", result="goes by this clock again")
    context("wave", "reset-clock", "--json")
    assert context("wave", "run", "--json")["sent"] > 0
    assert context("audit", "--json")["well"]


def test_a_cap_that_a_wrong_clock_broke_stays_named(context, one):
    """The second messages went out minutes after the first."""
    assert one.state.is_dir()
    with context.at(AT + timedelta(days=3652)):
        assert context("wave", "run", "--json")["sent"] > 0
    context("wave", "reset-clock", "--json")
    assert {each["rule"] for each in context("audit", "--json", code=1)["faults"]} == {"cap_broken"}


def test_a_state_folder_nobody_can_write_to_is_named(context, monkeypatch, tmp_path):
    """As in a container whose user has no home."""
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    monkeypatch.setenv("WINBACK_STATE", str(nowhere / "state"))
    context("wave", "plan", "--cutoff", str(DAY), code=1, result="WINBACK_STATE")


def test_the_state_of_a_ledger_tells_nobody_apart(one):
    """Keyed hashes alone, for their owner alone."""
    with closing(sqlite3.connect(one.home.get_ledger_path("made"))) as ledger:
        customers = [row[0] for row in ledger.execute("select customer_id from assignments")]
    for path in (path for path in Path(one.state).rglob("*") if path.is_file()):
        assert not path.stat().st_mode & 0o077, path
        assert not any(customer in path.read_text() for customer in customers), path


@pytest.mark.usefixtures("one")
def test_a_ledger_that_lost_an_opt_out_is_refused_though_it_lost_no_claim(context):
    """A backup made after the run, and put back after somebody unsubscribed."""
    with context.ledger.begin_read() as connection:
        query = "select customer_id from deliveries limit 1"
        customer = connection.exec_driver_sql(query).scalar()
    path = context.ledger.path
    context.ledger.engine.dispose()
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(f"{path}.copy")) as copy:
        source.backup(copy)
    context("opt-out", customer)
    context("wave", "pause", WAVE)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    Path(f"{path}.copy").replace(path)
    context("wave", "run", code=1, result="Opt-outs, pauses and decisions since the backup")
    context("opt-out", customer)
    context("wave", "reconcile")
    context("wave", "run", "--json")
