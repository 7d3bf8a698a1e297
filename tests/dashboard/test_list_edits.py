"""Who is taken out by hand gets nothing more; who is added comes onto the next list; and what is measured stays honest."""

import json
from datetime import date

import duckdb
import pytest

from tests.dashboard.signed_in import DAY
from winback.ledger.list_edits import load_list_edits
from winback.ledger.waves import count_wave, load_wave
from winback.workflows import workspace

WAVE = "general-2026w14"


def listed(dashboard, day=DAY):
    path = dashboard.home.get_shop_folder("made") / "recalls" / day / "list.parquet"
    rows = duckdb.sql(
        f"select customer_id, what, why_not, why_not_detail, play from '{path}'"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def otto(dashboard):
    return dashboard.operator("otto", "operator")


def test_who_is_taken_out_is_on_the_next_list_as_one_to_leave_alone(dashboard, otto):
    first = next(each for each, row in listed(dashboard).items() if row[0] == "contact")
    answer = otto.post("/customer/out", id=first, why="the owner's mother")
    assert answer.status_code == 303
    page = otto.ask("GET", "/customer", params={"id": first}).text
    assert "the owner&#39;s mother" in page
    assert "Take it back" in page
    dashboard.run("recall", "--cutoff", DAY)
    assert listed(dashboard)[first][:3] == ("dont", "never.taken_out", "the owner's mother")
    assert "taken out by hand: the owner&#39;s mother" in otto.get("/list?what=dont").text
    otto.post("/customer/undo", id=first)
    dashboard.run("recall", "--cutoff", DAY)
    assert listed(dashboard)[first][0] == "contact"


def test_who_is_added_comes_onto_the_next_list_with_that_play_and_is_drawn_like_everybody(
    dashboard, otto
):
    index, now = dashboard.desk.snapshot, listed(dashboard)
    calm = next(index.get_id(at) for at in range(len(index)) if index.get_category("recall_segment", at) == "no_action"
                and index.get_category("do_not_contact", at) is None and index.get_id(at) not in now)  # fmt: skip
    dashboard.file.write_text(
        dashboard.file.read_text().replace("capacity = 60", "capacity = 6000")
    )
    otto.post("/customer/add", id=calm, why="asked for news of us", play="dormant_high_value")
    dashboard.run("recall", "--cutoff", DAY)
    assert listed(dashboard)[calm][3] == "dormant_high_value"
    dashboard.run("wave", "plan", "--cutoff", DAY)
    with dashboard.desk.ledger.begin_read() as connection:
        arms = dict(connection.exec_driver_sql("select customer_id, arm from assignments").all())
    assert arms[calm] in ("treatment", "holdout", "excluded")
    assert load_list_edits(dashboard.desk.ledger)[calm].taken_on == date(2026, 4, 1)
    dashboard.run("recall", "--cutoff", "2026-04-08")
    assert listed(dashboard, "2026-04-08").get(calm, (None,))[0] in (None, "dont"), (
        "one list takes them, not every one that comes"
    )


def test_adding_does_not_get_around_a_reason_to_leave_alone(dashboard, otto):
    index = dashboard.desk.snapshot
    refunded = next(
        index.get_id(at)
        for at in range(len(index))
        if "refunded" in (index.get_category("do_not_contact", at) or "")
    )
    otto.post("/customer/add", id=refunded, why="test", play="dormant_high_value")
    dashboard.run("recall", "--cutoff", DAY)
    assert listed(dashboard)[refunded][0] == "dont"


def test_who_is_taken_out_of_a_wave_gets_nothing_and_still_counts_where_they_were_drawn(
    dashboard, otto, monkeypatch
):
    """Else taking out whoever will not come would make any wave look good."""
    dashboard.run("wave", "plan", "--cutoff", DAY)
    with dashboard.desk.ledger.begin_read() as connection:
        treated = [row[0] for row in connection.exec_driver_sql(
            "select a.customer_id from assignments a join deliveries d using (wave_id, customer_id)"
            " where a.arm = 'treatment' and d.step = 1 and d.channel in ('wecom', 'email', 'call') order by 1").all()]  # fmt: skip
    gone, stays = treated[:2]
    otto.post("/customer/out", id=gone, why="moved away")
    count = str(load_wave(dashboard.desk.ledger, WAVE).plan.treatment)
    monkeypatch.setattr(workspace, "get_utc_now", lambda: dashboard.now)
    dashboard.run("wave", "approve", WAVE, "--customers", count, "--despite-warnings")
    dashboard.run("wave", "run")
    with dashboard.desk.ledger.begin_read() as connection:
        said = dict(
            connection.exec_driver_sql(
                "select customer_id, state || coalesce(reason, '') from deliveries where step = 1"
            ).all()
        )
        arm = connection.exec_driver_sql(
            f"select arm from assignments where customer_id = '{gone}'"
        ).scalar()
    assert said[gone] == "suppressedtaken_out"
    assert arm == "treatment"
    assert not said[stays].startswith("suppressedtaken_out")
    assert not json.loads(dashboard.run("audit", "--json"))["faults"]


def test_a_reason_is_needed_and_a_customer_must_be_known(dashboard, otto):
    assert otto.post("/customer/out", id="k0001", why="  ").status_code == 422
    assert otto.post("/customer/out", id="nobody", why="test").status_code == 404
    assert not load_list_edits(dashboard.desk.ledger)


@pytest.mark.full
def test_a_wave_is_planned_approved_and_sent_from_the_pages(dashboard, otto):
    """The number typed must be the plan's; and what went out is told as it goes."""
    result = otto.wait_for(otto.post("/waves/plan"))
    assert "The wave is planned" in result.text
    with dashboard.desk.ledger.begin_read() as connection:
        wave = connection.exec_driver_sql("select wave_id from waves").scalar()
    plan = load_wave(dashboard.desk.ledger, wave).plan
    assert f"{wave} waits for your decision" in otto.get("/").text
    refused = otto.post(f"/waves/{wave}/approve", customers=str(plan.treatment + 1), despite="yes")
    assert refused.status_code == 422
    assert f"you typed {plan.treatment + 1}" in refused.text
    assert load_wave(dashboard.desk.ledger, wave).state == "planned"
    assert otto.post(f"/waves/{wave}/approve", customers="many").status_code == 422
    done = otto.wait_for(
        otto.post(f"/waves/{wave}/approve", customers=str(plan.treatment), despite="yes")
    )
    assert "Approved" in done.text
    decided = load_wave(dashboard.desk.ledger, wave)
    assert (decided.state, decided.decided_by) == ("approved", "otto")
    sent = otto.wait_for(otto.post("/waves/run"))
    assert sent.status_code == 200
    so_far = count_wave(dashboard.desk.ledger, wave)["messages"]
    shown = otto.get(f"/waves/{wave}").text
    assert f"of {sum(each['messages'] for each in so_far):,} messages sent" in shown
    stopped = otto.wait_for(otto.post(f"/waves/{wave}/stop"))
    assert "Stopped" in stopped.text
    again = otto.post("/waves/plan")
    assert again.status_code == 409
    assert f"This week has its wave already: {wave} (stopped)" in again.text, (
        "and does not seem to be planned anew"
    )
    assert otto.post("/waves/nothing/stop").status_code == 404
    assert otto.post("/waves/a%00/stop").status_code == 404


def test_a_message_of_unknown_fate_is_settled_with_how_one_knows(dashboard, otto):
    dashboard.run("wave", "plan", "--cutoff", DAY)
    with dashboard.desk.ledger.begin_write() as connection:
        message = connection.exec_driver_sql(
            "select delivery_id from deliveries where step = 1 limit 1"
        ).scalar()
        connection.exec_driver_sql(
            "update deliveries set state = 'unknown', reason = 'run_died', claimed_at = '2026-04-01 03:00:00', seq = 1, claim = 1"
            f" where delivery_id = '{message}'"
        )
    assert "unconfirmed messages" in otto.get("/").text
    assert message in otto.get(f"/waves/{WAVE}").text
    assert (
        otto.post("/waves/resolve", wave=WAVE, message=message, fate="sent", why="").status_code
        == 422
    )
    otto.post("/waves/resolve", wave=WAVE, message=message, fate="sent", why="seen in the outbox")
    with dashboard.desk.ledger.begin_read() as connection:
        assert (
            connection.exec_driver_sql(
                f"select state from deliveries where delivery_id = '{message}'"
            ).scalar()
            == "sent"
        )


def test_a_customers_page_shows_the_messages_they_would_get(dashboard, otto):
    first = next(each for each, row in listed(dashboard).items() if row[0] == "contact")
    answer = otto.ask("GET", "/customer/messages", params={"id": first})
    assert answer.status_code == 200
    assert "Step 1" in answer.text
