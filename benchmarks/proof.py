"""Measuring a wave of a million assignments, against reading its rows from the ledger (issue: at
most twice the time).

    python benchmarks/proof.py [ASSIGNMENTS]

Each in a process of its own; the shop has five orders a customer.
"""

import sys
import tempfile
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from made import made_shop
from runs import HERE, measured, ratio, report, rounds

from winback.config.shop import load_shop
from winback.data.store import open_store
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.engine import open_ledger
from winback.ledger.experiment_data import load_assignments
from winback.ledger.tables.waves import ASSIGNMENTS
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave, insert_wave
from winback.measurement import results
from winback.playbooks.matching import load_playbook

ROUNDS, ASSIGNED = 3, 1_000_000
WAVE, AT = "general-2026w10", datetime(2026, 3, 2, 10)
SHOP = (
    '[orders]\npaths = ["none.csv"]\n[orders.columns]\ncustomer_id = "c"\nordered_at = '
    '"t"\n[measurement]\nmargin_share = 0.4\n'
)


def prepare(folder: Path, count: int) -> None:
    """A shop, and a wave of so many of its customers, a fifth of them held out."""
    (folder / "shop.toml").write_text(f'name = "shop"\n{SHOP}', encoding="utf-8")
    made_shop(folder / "shop", count, folder / "spill", events_each=1)
    ledger = open_ledger(folder / "ledger.db")
    ledger.migrate()
    steps = (PlannedStep("sms", "always", 0, None, 0, None, "Hello"),)

    def assigned():
        for number in range(count):
            name, held = f"c{number:09}", hash((number, 3)) % 5 == 0
            yield PlannedAssignment(name, name, "holdout" if held else "treatment", "silent_other", "welcome_back", None,
                           0.5 + (number % 50) / 100, 1000 + number % 9000, None, () if held else steps)  # fmt: skip

    insert_wave(
        ledger,
        WAVE,
        "general",
        "2026w10",
        date(2026, 3, 2),
        assigned(),
        {},
        WavePlan(treatment=count),
        "li",
        AT,
    )
    decide_wave(ledger, WAVE, "approved", "li", AT)


def read(folder: Path) -> None:
    """The wave's rows."""
    with open_ledger(folder / "ledger.db").begin_read() as connection:
        rows = connection.execute(sa.select(ASSIGNMENTS).where(ASSIGNMENTS.c.wave_id == WAVE)).all()
    assert len(rows) >= 1000


def read_sealed(folder: Path) -> None:
    """The same, as a read-out reads them: whether the arms are those that were drawn is looked
    at row by row."""
    assert len(load_assignments(open_ledger(folder / "ledger.db"), [WAVE]).customer_id) >= 1000


def measure(folder: Path) -> None:
    """Everything `winback measure` tells of it, its tables checked and opened, too."""
    shop = load_shop(folder / "shop.toml")
    told = results.measure_waves(
        shop,
        load_playbook(shop),
        open_store(folder / "shop"),
        open_ledger(folder / "ledger.db"),
        WAVE,
    )
    assert told.waves[0].treated > 0


def main(count: int) -> None:
    """Prepare, run the rounds, and report."""
    with tempfile.TemporaryDirectory(dir=HERE.parent) as scratch:
        prepare(Path(scratch), count)
        done = rounds("measurement.py", ("read", "read_sealed", "measure"), [scratch], ROUNDS)
    goals = {
        "measuring a wave, against reading its rows": (
            ratio(done, "measure", "read", "cpu"),
            "≤",
            2.0,
        ),
        "measuring a wave, against reading its rows with their seal": (
            ratio(done, "measure", "read_sealed", "cpu"),
            "≤",
            2.0,
        ),
    }
    report("proof", goals, {"assignments": count, "rounds": done})


if __name__ == "__main__":
    steps = {"read": read, "read_sealed": read_sealed, "measure": measure}
    if sys.argv[1:] and sys.argv[1] in steps:
        measured(steps[sys.argv[1]], Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ASSIGNED)
