"""Alarms are opened once, become worse once, and are resolved once."""

from datetime import datetime, timedelta

import pytest

from winback.ledger.alarms import Seen, keep_alarms, list_alarms, note_told, untold_alarms
from winback.ledger.engine import open_ledger

NOW = datetime(2026, 11, 23, 8)


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    return ledger


def seen(rule="accuracy", subject="", severity="warn", **detail):
    return Seen(rule, subject, severity, detail)


def test_an_alarm_lives_once(ledger):
    """Seen three days running it is one alarm, told once; gone, it is told once more; back, it is another."""
    for day in range(3):
        keep_alarms(ledger, [seen(share=0.8 - day / 100)], ["accuracy"], NOW + timedelta(days=day))
    [alarm] = list_alarms(ledger)
    assert (alarm.opened_at, alarm.seen_at) == (NOW, NOW + timedelta(days=2))
    assert alarm.detail == {"share": 0.78}
    assert len(untold_alarms(ledger)) == 1
    note_told(ledger, alarm.alarm_id, NOW)
    assert untold_alarms(ledger) == []
    keep_alarms(ledger, [], ["accuracy"], NOW + timedelta(days=3))
    assert list_alarms(ledger) == []
    [over] = untold_alarms(ledger)
    assert over.resolved_at == NOW + timedelta(days=3)
    note_told(ledger, over.alarm_id, NOW)
    keep_alarms(ledger, [seen()], ["accuracy"], NOW + timedelta(days=4))
    assert len(list_alarms(ledger)) == 1
    assert len(list_alarms(ledger, open_only=False)) == 2


def test_what_becomes_worse_is_told_again_and_what_becomes_better_is_not(ledger):
    keep_alarms(ledger, [seen()], ["accuracy"], NOW)
    note_told(ledger, list_alarms(ledger)[0].alarm_id, NOW)
    keep_alarms(ledger, [seen(severity="page")], ["accuracy"], NOW)
    [alarm] = untold_alarms(ledger)
    assert alarm.severity == "page"
    note_told(ledger, alarm.alarm_id, NOW)
    keep_alarms(ledger, [seen(severity="warn")], ["accuracy"], NOW)
    assert untold_alarms(ledger) == []


def test_what_was_not_looked_at_stays(ledger):
    keep_alarms(ledger, [seen("drift"), seen("data", "orders")], ["drift", "data"], NOW)
    keep_alarms(ledger, [], ["data"], NOW)
    assert [alarm.rule for alarm in list_alarms(ledger)] == ["drift"]


def test_a_ledger_of_an_earlier_version_has_none(tmp_path):
    assert list_alarms(open_ledger(tmp_path / "other.db")) == []
