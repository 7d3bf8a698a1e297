"""An entry fixes its household's arm for its window: whatever asks again meanwhile, nothing is drawn."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from winback.core.wave_errors import PlanOutdated
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.engine import _MIGRATIONS, open_ledger
from winback.ledger.entries import load_entries, load_kept_households
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.integrity import audit
from winback.ledger.tables.waves import ASSIGNMENTS, ENTRIES, HOUSEHOLDS
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave, insert_wave, list_waves

NOW = datetime(2026, 5, 4, 3)
MAY, JUNE, AUGUST = date(2026, 5, 4), date(2026, 6, 8), date(2026, 8, 3)


def drawn(name, arm, household=None, chance=0.216, play="wake"):
    steps = (PlannedStep("sms", "always", 0, None, 0, None, "Hello"),) if arm == "treatment" else ()
    return PlannedAssignment(
        name, household or name, arm, "silent", play, steps=steps, holdout_chance=chance
    )


def plan(ledger, wave_id, day, *assigned, until=date(2026, 8, 2), roi_days=90):
    insert_wave(
        ledger,
        wave_id,
        wave_id.rsplit("-", 1)[0],
        "w",
        day,
        assigned,
        {},
        WavePlan(roi_days=roi_days),
        "li",
        NOW,
        fixed_until=until,
    )


def kept(ledger):
    return {
        (household, each.wave_id, each.arm, each.fixed_until)
        for household, entries in load_entries(ledger).items()
        for each in entries
    }


def test_an_entry_is_fixed_once_for_its_window_and_drawn_anew_after_it(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout"), drawn("b", "treatment", "home"))
    plan(ledger, "renamed-2", JUNE, drawn("a", "holdout"), drawn("c", "treatment", "home"))
    first = {
        ("a", "general-1", "holdout", date(2026, 8, 2)),
        ("home", "general-1", "treatment", date(2026, 8, 2)),
    }
    assert kept(ledger) == first
    plan(ledger, "general-3", AUGUST, drawn("a", "treatment"), until=date(2027, 1, 1))
    assert kept(ledger) == first | {("a", "general-3", "treatment", date(2027, 1, 1))}
    households = {name: each.household for name, each in load_kept_households(ledger).items()}
    assert households == {"a": "a", "b": "home", "c": "home"}
    assert audit(ledger) == []


def test_a_household_keeps_the_key_it_was_first_drawn_by(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout", "first"))
    plan(ledger, "general-2", JUNE, drawn("a", "treatment", "second"))
    assert load_kept_households(ledger)["a"].household == "first"


def test_a_plan_whose_arms_another_wave_has_fixed_meanwhile_writes_nothing(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout"))
    with pytest.raises(PlanOutdated):
        plan(ledger, "other-2", JUNE, drawn("b", "treatment"), drawn("a", "treatment"))
    assert [wave.wave_id for wave in list_waves(ledger)] == ["general-1"]
    assert set(load_kept_households(ledger)) == {"a"}


def test_an_entry_holds_as_long_as_money_is_judged_however_late_its_wave_was_approved(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "treatment"))
    decide_wave(ledger, "general-1", "approved", "li", datetime(2026, 5, 14, 3))
    assert kept(ledger) == {("a", "general-1", "treatment", date(2026, 8, 13))}


@pytest.mark.parametrize("table", [ASSIGNMENTS, ENTRIES])
@pytest.mark.parametrize("arm", ["treatment", "holdout"])
def test_an_audit_finds_an_arm_that_a_hand_has_changed_in_either_table(ledger, table, arm):
    plan(ledger, "general-1", MAY, drawn("a", "holdout"), drawn("b", "treatment"))
    plan(ledger, "other-2", JUNE, drawn("a", "holdout"), drawn("b", "treatment"))
    with ledger.begin_write() as connection:
        connection.execute(sa.update(table).where(table.c.arm != arm).values(arm=arm))
    faults = {each.rule: each.subject for each in audit(ledger) if each.rule == "arm_not_kept"}
    assert faults == {"arm_not_kept": "other-2"}


def test_an_audit_finds_an_entry_that_is_gone(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout"))
    with ledger.begin_write() as connection:
        connection.execute(sa.delete(ENTRIES))
    assert [each.rule for each in audit(ledger)] == ["arm_not_kept"]


def test_an_audit_draws_every_entry_again(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout"))
    plan(ledger, "other-2", JUNE, drawn("a", "holdout"))
    asked = []

    def find_arm(*about):
        asked.append(about)
        return "treatment"

    assert [(each.rule, each.subject) for each in audit(ledger, (), find_arm)] == [
        ("arm_not_drawn", "general-1")
    ]
    assert asked == [("general-1", "wake", "a")], "what came back was drawn by no other wave"


def test_an_erasure_leaves_the_arm_of_who_stays_in_the_household(ledger):
    plan(ledger, "general-1", MAY, drawn("a", "holdout", "home"), drawn("b", "holdout", "home"))
    for name in ("a", "b"):
        alias = Alias({name: f"erased-{name}"}, {"home": "erased-home"})
        erase_customers(ledger, alias, name, "li", NOW)
        assert audit(ledger) == []
        households = {"erased-home", "home"} if name == "a" else {"erased-home"}
        assert set(load_entries(ledger)) == households
    assert load_kept_households(ledger) == {}


def test_who_was_drawn_before_entries_were_kept_stays_where_they_are(tmp_path):
    """A ledger of an earlier version: its waves' arms hold like any other."""
    ledger = open_ledger(tmp_path / "ledger.db")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with ledger.begin_write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for wave, day in (("general-1", MAY), ("general-2", JUNE), ("general-3", AUGUST)):
            connection.exec_driver_sql(
                "insert into waves (wave_id, playbook, cycle, cutoff, state, planned_at, plan) values (?, 'general', 'w', ?, 'planned', ?, '{}')",
                (wave, str(day), str(NOW)),
            )
        connection.exec_driver_sql("insert into salts values ('permanent', ''), ('2026-01-01', '')")
        connection.exec_driver_sql(
            "insert into shares values ('permanent', '', '', 0.02), ('2026-01-01', 'general', 'wake', 0.2)"
        )
        for wave, customer, household, arm in (
            ("general-1", "a", "home", "holdout"),
            ("general-2", "a", "other", "treatment"),
            ("general-2", "b", "home", "holdout"),
            ("general-3", "b", "home", "treatment"),
            ("general-3", "c", "c", "excluded"),
            ("general-3", "d", "erased-d", "holdout"),
        ):
            connection.exec_driver_sql(
                "insert into assignments (wave_id, customer_id, household, arm, segment, play) values (?, ?, ?, ?, 's', 'wake')",
                (wave, customer, household, arm),
            )
    ledger.migrate()
    assert kept(ledger) == {
        ("home", "general-1", "holdout", date(2026, 8, 2)),
        ("other", "general-2", "treatment", date(2026, 9, 6)),
        ("home", "general-3", "treatment", date(2027, 1, 1)),
    }
    assert load_entries(ledger)["home"][0].holdout_chance == pytest.approx(0.216)
    assert {name: each.household for name, each in load_kept_households(ledger).items()} == {
        "a": "home",
        "b": "home",
    }
    with ledger.begin_read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(HOUSEHOLDS)).scalar() == 2
