"""Alerts are opened once, become worse once, and are resolved once."""

from datetime import datetime, timedelta

import pytest

from winback.ledger.alerts import (
    Finding,
    list_alerts,
    list_unsent_alerts,
    mark_alert_sent,
    update_alerts,
)
from winback.ledger.engine import open_ledger

NOW = datetime(2026, 11, 23, 8)


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    return ledger


def seen(rule="accuracy", subject="", severity="warn", **detail):
    return Finding(rule, subject, severity, detail)


def test_an_alert_lives_once(ledger):
    """Seen three days running it is one alert, told once; gone, it is told once more; back, it is another."""
    for day in range(3):
        update_alerts(
            ledger, [seen(share=0.8 - day / 100)], ["accuracy"], NOW + timedelta(days=day)
        )
    [alert] = list_alerts(ledger)
    assert (alert.opened_at, alert.seen_at) == (NOW, NOW + timedelta(days=2))
    assert alert.detail == {"share": 0.78}
    assert len(list_unsent_alerts(ledger)) == 1
    mark_alert_sent(ledger, alert.alert_id, NOW)
    assert list_unsent_alerts(ledger) == []
    update_alerts(ledger, [], ["accuracy"], NOW + timedelta(days=3))
    assert list_alerts(ledger) == []
    [over] = list_unsent_alerts(ledger)
    assert over.resolved_at == NOW + timedelta(days=3)
    mark_alert_sent(ledger, over.alert_id, NOW)
    update_alerts(ledger, [seen()], ["accuracy"], NOW + timedelta(days=4))
    assert len(list_alerts(ledger)) == 1
    assert len(list_alerts(ledger, open_only=False)) == 2


def test_what_becomes_worse_is_told_again_and_what_becomes_better_is_not(ledger):
    update_alerts(ledger, [seen()], ["accuracy"], NOW)
    mark_alert_sent(ledger, list_alerts(ledger)[0].alert_id, NOW)
    update_alerts(ledger, [seen(severity="page")], ["accuracy"], NOW)
    [alert] = list_unsent_alerts(ledger)
    assert alert.severity == "page"
    mark_alert_sent(ledger, alert.alert_id, NOW)
    update_alerts(ledger, [seen(severity="warn")], ["accuracy"], NOW)
    assert list_unsent_alerts(ledger) == []


def test_what_was_not_looked_at_stays(ledger):
    update_alerts(ledger, [seen("drift"), seen("data", "orders")], ["drift", "data"], NOW)
    update_alerts(ledger, [], ["data"], NOW)
    assert [alert.rule for alert in list_alerts(ledger)] == ["drift"]


def test_a_ledger_of_an_earlier_version_has_none(tmp_path):
    assert list_alerts(open_ledger(tmp_path / "other.db")) == []
