"""Whoever changes the ledger by hand is seen: row by row, in sums, in the log, and in waves as a whole."""

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import NOW, WAVE, Clock, Receiver, held, plan, run, step, treated
from winback.ledger.audit_log import append
from winback.ledger.consents import set_consent, suppress
from winback.ledger.engine import open_ledger
from winback.ledger.erasure import Alias, erase_customers
from winback.ledger.integrity import audit
from winback.ledger.row_seals import BROKEN
from winback.ledger.seal_audit import adopt_seals, advance_marks, find_unproven, rewind_marks
from winback.ledger.suppression import SuppressionRules
from winback.ledger.tables.contacts import CONSENTS, SUPPRESSIONS
from winback.ledger.tables.waves import DELIVERIES
from winback.ledger.wave_changes import pause_wave, resume_wave
from winback.ledger.waves import decide_wave


@pytest.fixture
def sealed(tmp_path):
    """A wave half sent, with its second steps waiting, consents and a no; and the marks kept outside."""
    ledger = open_ledger(tmp_path / "ledger.db", seal_key=SEAL_KEY)
    ledger.migrate()
    marks = adopt_seals(ledger, "seals", NOW)
    people = [
        treated(f"c{at}", step("sms", cost=10, offer="gift"), step("sms", 3)) for at in range(6)
    ]
    plan(ledger, [*people, held("h0"), held("h1")], budgets={"*": 1_000, "gift": 500})
    for name in ("c0", "c1", "c2"):
        set_consent(ledger, name, "sms", True, NOW, "form")
    suppress(ledger, "c5", "sms", "unsubscribed", NOW, "link")
    run(ledger, {"sms": Receiver("one_shot")}, tmp_path)
    return ledger, advance_marks(ledger, marks)


def rules(ledger, marks):
    return {each.rule for each in audit(ledger, marks=marks)}


def test_what_only_the_product_wrote_is_well(sealed):
    ledger, marks = sealed
    assert audit(ledger, marks=marks) == []
    assert find_unproven(ledger) is None


TAMPERINGS = {
    "delete a waiting second step": (
        "delete from deliveries where step = 2 and customer_id = 'c1'",
        "messages_missing",
    ),
    "delete a sent first step": (
        "delete from deliveries where step = 1 and customer_id = 'c1'",
        "messages_missing",
    ),
    "add a message": (
        "insert into deliveries select 'x', wave_id, customer_id, 9, channel, state, reason, only_if, after_days, due_at, rank, offer,"
        " cost_minor, subject, body, attempts, claim, null, claimed_at, settled_at, receipt, kind, endpoint, exposed_at, address, skus,"
        " offer_hours, offer_ends, expiry, text_hash, seal from deliveries where step = 1 and customer_id = 'c1'",
        "row_changed",
    ),
    "sent to failed": (
        "update deliveries set state = 'failed' where customer_id = 'c1'",
        "row_changed",
    ),
    "sent to pending": (
        "update deliveries set state = 'pending', claimed_at = null where customer_id = 'c1' and step = 1",
        "row_changed",
    ),
    "move the claims of all by a month": (
        "update deliveries set claimed_at = '2026-10-22 09:30:00.000000' where claimed_at is not null",
        "row_changed",
    ),
    "move the decision": (
        "update waves set decided_at = '2026-10-22 09:30:00.000000'",
        "wave_changed",
    ),
    "delete all consents": ("delete from consents", "rows_missing"),
    "delete a consent": ("delete from consents where customer_id = 'c1'", "rows_missing"),
    "turn a consent": ("update consents set given = 0 where customer_id = 'c1'", "row_changed"),
    "add a consent": (
        "insert into consents (customer_id, channel, at, given, source) values ('c9', 'sms', '2026-01-01 00:00:00.000000', 1, 'x')",
        "row_changed",
    ),
    "delete a no": ("delete from suppressions", "rows_missing"),
    "let a no end": (
        "update suppressions set until = '2026-01-01 00:00:00.000000'",
        "row_changed",
    ),
    "another text": ("update deliveries set body = 'x' where step = 2", "row_changed"),
    "another channel": ("update deliveries set channel = 'email' where step = 2", "row_changed"),
    "due at once": (
        "update deliveries set due_at = '2026-11-22 00:00:00.000000' where step = 2",
        "row_changed",
    ),
    "another cost": ("update deliveries set cost_minor = 99 where step = 2", "row_changed"),
    "another probability": (
        "update assignments set churn_probability = 0.1 where arm = 'holdout'",
        "assignments_changed",
    ),
    "another play": (
        "update assignments set play = 'x' where customer_id = 'c1'",
        "assignments_changed",
    ),
    "another segment": (
        "update assignments set segment = 'x' where customer_id = 'c1'",
        "assignments_changed",
    ),
    "another variant": (
        "update assignments set variant = 'x' where customer_id = 'c1'",
        "assignments_changed",
    ),
    "another group": (
        "update assignments set arm = 'treatment' where customer_id = 'h0'",
        "assignments_changed",
    ),
    "a larger budget": (
        "update budgets set limit_minor = 99999 where name = 'gift'",
        "budget_changed",
    ),
    "a budget less": ("delete from budgets where name = 'gift'", "budget_changed"),
    "another plan": ("update waves set plan = replace(plan, '8', '9')", "plan_changed"),
    "planned on other tables": ("update waves set store_version = 'x'", "plan_changed"),
    "stopped without a word": ("update waves set state = 'stopped'", "wave_changed"),
    "paused without a word": (
        "update waves set paused_at = '2026-11-22 00:00:00.000000'",
        "wave_changed",
    ),
    "a first approval nobody gave": (
        "update waves set first_approved_by = 'x'",
        "wave_changed",
    ),
    "the wave with everything": (
        "delete from budgets; delete from deliveries; delete from entries; delete from assignments; delete from waves",
        "wave_missing",
    ),
    "the last notes": (
        "delete from audit_log where seq > 2",
        "audit_log_cut",
    ),
    "a note of the log": ("update audit_log set actor = 'x' where seq = 2", "audit_log_broken"),
    "the sum of the seals": ("delete from table_seals", "rows_missing"),
    "a seal": ("update deliveries set seal = null where customer_id = 'c1'", "row_changed"),
}


def tamper(ledger, statements):
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("pragma foreign_keys = off")
        for statement in statements.split("; "):
            connection.exec_driver_sql(statement)
        connection.commit()


@pytest.mark.parametrize(("statements", "rule"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_change_by_hand_is_found(sealed, statements, rule):
    ledger, marks = sealed
    tamper(ledger, statements)
    assert rule in rules(ledger, marks)
    assert advance_marks(ledger, marks).end.seq >= marks.end.seq, "no look makes it well"


def test_a_log_written_anew_without_the_key_is_found(sealed):
    ledger, marks = sealed
    with ledger.begin_read() as connection:
        notes = connection.exec_driver_sql("select * from audit_log order by seq").mappings().all()
    tamper(ledger, "delete from audit_log")
    ledger.engine.update_execution_options(seal_key=None)
    with ledger.begin_write() as connection:
        for each in notes:
            if each["action"] != "wave_approved":
                append(
                    connection,
                    NOW,
                    each["actor"],
                    each["action"],
                    each["subject"],
                    json.loads(each["detail"]),
                )
    ledger.engine.update_execution_options(seal_key=SEAL_KEY)
    assert {"audit_log_broken", "audit_log_cut"} <= rules(ledger, marks)


def test_an_older_row_put_back_with_its_seal_is_found(sealed):
    """A no that was taken back long ago, and all rows of a table as they were before the last of them."""
    ledger, marks = sealed
    with ledger.begin_read() as connection:
        before = connection.exec_driver_sql(
            "select total, version, mac from table_seals where name = 'suppressions'"
        ).one()
    suppress(ledger, "c4", "sms", "unsubscribed", NOW, "link")
    marks = advance_marks(ledger, marks)
    tamper(ledger, "delete from suppressions where subject = 'c4'")
    assert rules(ledger, marks) == {"rows_missing"}
    total, version, mac = before
    tamper(
        ledger,
        f"update table_seals set total = '{total}', version = {version}, mac = '{mac}' where name = 'suppressions'",
    )
    assert rules(ledger, marks) == {"rows_missing"}, "the machine knows how far it was"


def test_what_was_changed_by_hand_does_not_go_and_no_later_write_makes_it_well(sealed, tmp_path):
    ledger, marks = sealed
    tamper(
        ledger,
        "update deliveries set state = 'pending', claimed_at = null, exposed_at = null, seq = null where customer_id = 'c1' and step = 1",
    )
    receiver = Receiver("one_shot")
    done = run(
        ledger, {"sms": receiver}, tmp_path, SuppressionRules(), Clock(NOW + timedelta(hours=1))
    )
    assert receiver.log == []
    assert done.kept == {"tampered": 1}
    with ledger.begin_read() as connection:
        seals = connection.execute(
            sa.select(DELIVERIES.c.seal).where(DELIVERIES.c.customer_id == "c1")
        ).scalars()
        assert BROKEN in set(seals)
    assert "row_changed" in rules(ledger, marks)


def test_everything_the_product_does_keeps_it_well(sealed, tmp_path):
    """Pauses, later steps, erasure, a taken back no."""
    ledger, marks = sealed
    pause_wave(ledger, WAVE, "li", NOW)
    resume_wave(ledger, WAVE, "li", NOW)
    run(ledger, {"sms": Receiver("one_shot")}, tmp_path, None, Clock(NOW + timedelta(days=4)))
    alias = Alias({"c1": "erased-1", "c2": "erased-2"}, {"c1": "erased-1", "c2": "erased-2"})
    erase_customers(ledger, alias, "erased-1", "li", NOW)
    set_consent(ledger, "c0", "sms", False, NOW + timedelta(days=1), "form")
    decide_wave(ledger, WAVE, "stopped", "li", NOW)
    assert audit(ledger, marks=marks) == []
    assert audit(ledger, marks=advance_marks(ledger, marks)) == []


def test_another_key_makes_a_fresh_start_that_is_said(sealed):
    ledger, marks = sealed
    ledger.engine.update_execution_options(seal_key=bytes(32))
    assert {"row_changed", "audit_log_broken"} <= rules(ledger, marks)
    fresh = adopt_seals(ledger, "seals", NOW + timedelta(days=1))
    assert audit(ledger, marks=fresh) == []
    assert find_unproven(ledger) == NOW + timedelta(days=1)
    tamper(ledger, "update assignments set play = 'x' where customer_id = 'c1'")
    assert rules(ledger, fresh) >= {"assignments_changed"}


def test_a_ledger_put_back_is_well_once_somebody_has_answered_for_it(sealed):
    ledger, marks = sealed
    decide_wave(ledger, WAVE, "stopped", "li", NOW)
    later = advance_marks(ledger, marks)
    tamper(ledger, f"delete from audit_log where seq > {marks.end.seq}")
    tamper(ledger, "update waves set state = 'approved', decided_by = 'li'")
    assert rules(ledger, later) == {"audit_log_cut"}
    assert audit(ledger, marks=rewind_marks(ledger, later)) == []


def test_without_a_key_nothing_is_sealed_and_nothing_is_said(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    plan(ledger, [treated("a"), held("b")])
    with ledger.begin_read() as connection:
        assert connection.execute(sa.select(DELIVERIES.c.seal)).scalar() is None
    assert audit(ledger) == []


def test_every_write_to_a_sealed_table_goes_through_the_seals():
    """By the source itself: no other module inserts into, updates or deletes from one."""
    from pathlib import Path

    import winback

    names = {"DELIVERIES", "CONSENTS", "SUPPRESSIONS"}
    found = []
    for path in Path(winback.__file__).parent.rglob("*.py"):
        if path.name == "row_seals.py":
            continue
        text = path.read_text(encoding="utf-8")
        found += [
            (path.name, verb, name)
            for verb in ("insert", "update", "delete")
            for name in names
            if f"sa.{verb}({name})" in text
        ]
    assert found == []
    assert {CONSENTS.name, SUPPRESSIONS.name} == {"consents", "suppressions"}
    assert date(2026, 11, 22) == NOW.date()
