"""`winback wave` and `winback audit` on a made shop, from the plan to the last message, as an operator types them."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.fixtures.typed_commands import AFTER_THE_DATA, AT, DAY, WAVE
from winback.cli.main import app
from winback.config.shop import load_shop
from winback.data.store import open_store
from winback.delivery.suppression_rules import get_suppression_rules
from winback.experiments.assignment import (
    find_unsubscribed,
    get_fixed_until,
    get_half_year,
    load_assignment,
)
from winback.ledger.assignments import PlannedAssignment, PlannedStep
from winback.ledger.consents import suppress
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import count_wave, insert_wave, list_waves
from winback.playbooks.matching import load_playbook
from winback.recall import recall_list


def test_a_wave_from_the_plan_to_the_last_message(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    assert (plan["wave"], plan["new"]) == (WAVE, True)
    assert plan["planned"] == plan["treatment"] + plan["holdout"] + plan["excluded"]
    assert plan["treatment"] > 2 * plan["holdout"] > 0
    assert context("wave", "run", "--json")["sent"] == 0, "nothing goes before it is approved"
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]), "--by", "li")
    done = context("wave", "run", "--json")
    status = context("wave", "status", WAVE, "--json")
    first = [row for row in status["messages"] if row["step"] == 1]
    assert sum(row["messages"] for row in first) == plan["treatment"]
    assert done["sent"] == sum(row["messages"] for row in first if row["state"] == "sent") > 0
    arms = {row["arm"]: 0 for row in status["arms"]}
    for row in status["arms"]:
        arms[row["arm"]] += row["customers"]
    assert arms["treatment"] == plan["treatment"]
    assert arms["holdout"] == plan["holdout"]
    handed = {row["customer_id"] for row in context.handed()}
    assert len(handed) == done["sent"]
    assert context("wave", "run", "--json")["sent"] == 0
    assert context("audit", "--json") == {"well": True, "faults": [], "unproven_before": None}


def test_staff_see_who_is_held_out_and_no_message_for_them(context):
    """Holdout (staff see 「对照组·不发送」)."""
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    held = [
        row for row in context.list_rows() if "holdout, do not contact" in " ".join(row.values())
    ]
    assert len(held) == plan["holdout"]
    assert all(not row["message"] for row in held)
    zh = context("recall", "--cutoff", str(DAY), "--json", "--lang", "zh")
    assert zh["by_why_not"]["never.holdout"] == plan["holdout"], (
        "a list that is no wave's leaves them alone, too"
    )


def test_a_wave_planned_again_stays_as_it_is(context):
    first = context("wave", "plan", "--cutoff", str(DAY), "--json")
    before = count_wave(context.ledger, WAVE)
    again = context("wave", "plan", "--cutoff", str(DAY), "--json")
    assert again == {**first, "new": False}
    assert count_wave(context.ledger, WAVE) == before
    assert len(list_waves(context.ledger)) == 1


def test_the_next_wave_takes_only_who_is_new(context):
    """A14, over waves: nobody is asked twice, also none of those held out."""
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    later = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=7)), "--json")
    assert later["wave"] == "general-2026w15"
    assert 0 < later["planned"] < 300
    with context.ledger.begin_read() as connection:
        result = connection.exec_driver_sql(
            "select customer_id, count(*) from assignments where arm <> 'excluded' group by customer_id having count(*) > 1"
        ).all()
    assert result == []
    assert later["treated_to_date"] >= later["treatment"]


def test_a_plan_whose_list_was_lost_is_made_good_first(context):
    """Killed between the ledger and the list: the next list would not know whom this one has taken."""
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    link = context.folder / "recalls" / str(DAY)
    whole = context.list_rows()
    link.unlink()
    later = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=7)), "--json")
    assert context.list_rows() == whole
    assert later["planned"] < 300


def test_a_wave_that_was_stopped_before_anything_went_out_lets_its_customers_go(context):
    first = context("wave", "plan", "--cutoff", str(DAY), "--json")
    mine = {row["customer"] for row in context.list_rows()}
    later = DAY + timedelta(days=7)
    waiting = context("wave", "plan", "--cutoff", str(later), "--json")
    assert [warning["warning"] for warning in waiting["warnings"]] == ["undecided"]
    context(
        "wave",
        "approve",
        waiting["wave"],
        "--customers",
        str(waiting["treatment"]),
        code=1,
        result=WAVE,
    )
    context("wave", "stop", waiting["wave"])
    context("wave", "stop", WAVE, result="If nothing had")
    third = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=14)), "--json")
    again = {row["customer"] for row in context.list_rows(DAY + timedelta(days=14))}
    assert third["warnings"] == []
    assert third["planned"] > first["planned"] / 2
    assert len(again & mine) > len(mine) / 2


def test_a_wave_something_went_out_of_keeps_its_customers_when_it_is_stopped(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    context("wave", "run")
    context("wave", "stop", WAVE)
    later = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=7)), "--json")
    assert later["planned"] < plan["planned"] / 2


def test_a_decision_that_comes_late_is_asked_about(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    count = str(plan["treatment"])
    context.now = AT + timedelta(days=8)
    context("wave", "approve", WAVE, "--customers", count, code=1, result="8 days ago")
    context.now = AT + timedelta(days=7)
    context("wave", "approve", WAVE, "--customers", count)


def test_an_approval_names_how_many_that_are(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, code=2, result=f"contacts {plan['treatment']} customers")
    context("wave", "approve", WAVE, "--customers", "7", code=2, result="you gave 7")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]), result="approved by")
    context("wave", "stop", WAVE, result="stopped")
    context(
        "wave",
        "approve",
        WAVE,
        "--customers",
        str(plan["treatment"]),
        code=2,
        result="cannot be changed",
    )
    context("wave", "approve", "general-2026w99", "--customers", "1", code=2, result=WAVE)


def test_an_odd_wave_is_asked_about_twice(context):
    """A stale or odd wave does not go out unseen."""
    context.file.write_text(
        context.file.read_text().replace("most_of_base = 1.0", "most_of_base = 0.01")
    )
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    assert [warning["warning"] for warning in plan["warnings"]] == ["share_of_base"]
    count = str(plan["treatment"])
    context("wave", "approve", WAVE, "--customers", count, code=1, result="--despite-warnings")
    context("wave", "approve", WAVE, "--customers", count, "--despite-warnings")


def test_who_falls_silent_is_compared_with_the_forecast(context):
    """The weeks after a sale are no error; a forecast of ten and two hundred who are silent is one."""
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    plan = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=14)), "--json")
    assert [warning["warning"] for warning in plan["warnings"]] == ["undecided"]
    calendar = context.folder / "snapshots" / str(DAY + timedelta(days=14)) / "calendar.csv"
    rows = calendar.read_text(encoding="utf-8-sig").splitlines()
    few = [rows[0], *(",".join([*row.split(",")[:2], "0.0", ""]) for row in rows[1:])]
    calendar.write_text("\n".join(few), encoding="utf-8-sig")
    odd = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=28)), "--json")
    assert [warning["warning"] for warning in odd["warnings"]] == ["forecast", "undecided"]


def test_who_has_ordered_since_is_left_alone(context, monkeypatch):
    """Checked when a message is claimed, by the tables as they are then."""
    # The made shop's tables reach past the day: when the wave is planned, they tell of no order yet.
    monkeypatch.setattr(recall_list, "find_ordered_since", lambda _store, _cutoff: frozenset())
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    con = open_store(context.folder).connect()
    ordered = {
        row[0]
        for row in con.execute(
            "select distinct customer_id from orders where occurred_at >= '2026-03-31 16:00'"
        ).fetchall()
    }
    context("wave", "run", "--json")
    assert not ordered & {row["customer_id"] for row in context.handed()}
    reasons = {
        row["reason"]
        for row in count_wave(context.ledger, WAVE)["messages"]
        if row["state"] == "suppressed"
    }
    assert "ordered" in reasons


def test_who_has_ordered_since_is_in_neither_arm_of_a_plan(context):
    """Known before the draw, so left out of both arms alike: nobody is sent what they just bought."""
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    ordered = "select distinct customer_id from orders where occurred_at >= '2026-03-31 16:00'"
    since = {row[0] for row in open_store(context.folder).connect().execute(ordered).fetchall()}
    with context.ledger.begin_read() as connection:
        drawn = connection.exec_driver_sql(
            "select customer_id from assignments where arm <> 'excluded'"
        ).all()
    assert plan["by_why"]["never.ordered"] > 0
    assert drawn
    assert not since & {row[0] for row in drawn}


def test_at_night_nothing_goes_and_in_the_morning_it_does(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    context.now = datetime(2026, 4, 1, 14)  # ten in the evening in Shanghai
    result = context("wave", "run", "--json")
    assert (result["sent"], result["next_due"]) == (0, "2026-04-02 01:00:00")
    assert result["kept"]["quiet_hours"] > 0
    context.now = datetime(2026, 4, 2, 1)
    assert context("wave", "run", "--json")["sent"] == result["kept"]["quiet_hours"]


def test_on_a_day_of_the_blackout_nothing_goes(context):
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    shop = load_shop(context.file)
    shop = shop.model_copy(
        update={
            "recall": shop.recall.model_copy(
                update={"blackout": (date(2026, 4, 1), date(2026, 4, 2))}
            )
        }
    )
    rules = get_suppression_rules(
        shop, load_playbook(shop), open_store(context.folder), context.ledger, context.folder, AT
    )
    assert rules.opens("sms", "c", AT) == datetime(2026, 4, 3, 1)
    assert rules.opens("sms", "c", datetime(2026, 4, 3, 5)) == datetime(2026, 4, 3, 5)


def test_an_audit_finds_what_a_hand_has_changed(context):
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    with context.ledger.begin_write() as connection:
        connection.exec_driver_sql(
            "update assignments set arm = 'treatment' where customer_id = (select min(customer_id) from assignments where arm = 'holdout')"
        )
    result = context("audit", "--json", code=1)
    assert {fault["rule"] for fault in result["faults"]} == {
        "arm_not_kept",
        "assignments_changed",
        "treated_without_message",
    }
    context("audit", "--lang", "zh", code=1, result="分组")


def test_the_arms_change_with_the_half_year_and_who_changed_sides_rests(context):
    shop, playbook, store, ledger = (
        context.shop,
        load_playbook(context.shop),
        open_store(context.folder),
        context.ledger,
    )
    ledger.migrate()
    play, keys = "old_friend", [f"h{number}" for number in range(3_000)]
    winter = load_assignment(shop, playbook, store, ledger, date(2026, 1, 5))
    assert play in winter.shares
    assigned = [_draw(winter, play, key) for key in keys]
    insert_wave(
        ledger, "general-2026w02", "general", "2026w02", winter.day, assigned, {}, WavePlan(), "li", AT,
        fixed_until=get_fixed_until(shop, winter.day),
    )  # fmt: skip
    spring, summer, autumn = (
        load_assignment(shop, playbook, store, ledger, day)
        for day in (DAY, date(2026, 7, 10), date(2026, 9, 10))
    )
    was = {each.household: each.arm for each in assigned}
    assert {key: spring.draw(play, key).arm for key in keys} == was
    changed = {key for key in keys if was[key] != summer.draw(play, key).arm}
    assert 0.2 < len(changed) / len(keys) < 0.45
    assert {key for key in keys if summer.draw(play, key).rests} == changed
    assert not any(autumn.draw(play, key).rests for key in keys)
    assert all(summer.draw(play, key).arm == autumn.draw(play, key).arm for key in keys)
    never = [key for key in keys if spring.now.is_permanent(key)]
    assert never
    assert all(each.draw(play, key).arm == "holdout" for key in never for each in (spring, summer))
    fresh = [f"new{number}" for number in range(300)]
    assert not any(summer.draw(play, key).rests for key in fresh), "nobody wrote to them before"


def _draw(arms, play, key):
    drawn = arms.draw(play, key)
    steps = (PlannedStep("sms", "always", 0, None, 0, None, "Hello"),)
    return PlannedAssignment(
        key,
        key,
        drawn.arm,
        "silent_other",
        play,
        steps=steps if drawn.arm == "treatment" else (),
        holdout_chance=drawn.holdout_chance,
    )


def test_a_wave_after_the_draw_leaves_who_changed_sides_alone_and_takes_them_later(context):
    """What one side was sent must not be counted for the other; nobody is forgotten for it."""
    context("wave", "plan", "--cutoff", str(DAY - timedelta(days=14)), "--json")
    other = {"holdout": "treatment", "treatment": "holdout"}
    arms, coming = _load_arms(context), _next_households(context)
    with context.ledger.begin_write() as connection:  # who comes next was in a wave of December
        for household in coming:
            drawn = arms.draw("old_friend", household)
            connection.exec_driver_sql(
                "insert into entries values (?, 'general-2026w12', 'general', 'old_friend', ?, 0.2, '2025-12-20', '2026-03-20')",
                (household, other[drawn.arm]),
            )
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    resting = {row["customer_id"] for row in _excluded(context, WAVE, "never.washout")}
    assert len(resting) == plan["by_why"]["never.washout"] > 0
    said = {
        row["customer"]: row["why not"] for row in context.list_rows() if row["customer"] in resting
    }
    assert set(said) == resting
    assert all("changes between treatment and holdout" in why for why in said.values())
    later = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=35)), "--json")
    assert "never.washout" not in later["by_why"]
    with context.ledger.begin_read() as connection:
        taken = connection.exec_driver_sql(
            "select customer_id from assignments where wave_id = 'general-2026w19' and arm <> 'excluded'"
        ).scalars().all()  # fmt: skip
    assert resting & set(taken)


def _load_arms(context):
    store = open_store(context.folder)
    return load_assignment(context.shop, load_playbook(context.shop), store, context.ledger, DAY)


def _next_households(context):
    """Everybody who was in no arm so far."""
    ids = "select distinct customer_id from orders order by 1"
    everybody = [row[0] for row in open_store(context.folder).connect().execute(ids).fetchall()]
    with context.ledger.begin_read() as connection:
        entered = set(connection.exec_driver_sql("select customer_id from households").scalars())
    return [each for each in everybody if each not in entered]


def _excluded(context, wave, why):
    with context.ledger.begin_read() as connection:
        result = connection.exec_driver_sql(
            "select customer_id from assignments where wave_id = ? and why = ?", (wave, why)
        )
        return result.mappings().all()


@pytest.mark.parametrize(("day", "half"), [(date(2026, 1, 1), date(2026, 1, 1)), (date(2026, 6, 30), date(2026, 1, 1)),
                                           (date(2026, 7, 1), date(2026, 7, 1)), (date(2026, 12, 31), date(2026, 7, 1))])  # fmt: skip
def test_half_years_begin_in_january_and_july(day, half):
    assert get_half_year(day) == half


def test_every_page_of_it_is_in_both_languages(context):
    for language, plan, ran in (("en", "planned =", "sent"), ("zh", "计划", "已发")):
        context("wave", "plan", "--cutoff", str(DAY), "--lang", language, result=plan)
        count = list_waves(context.ledger)[0].plan.treatment
        context("wave", "approve", WAVE, "--customers", str(count), "--lang", language, result=WAVE)
        context("wave", "run", "--lang", language, result=ran)
        context("wave", "status", WAVE, "--lang", language, result=WAVE)
        context("wave", "show", "--lang", language, result=WAVE)
        context("wave", "show", WAVE, "--lang", language, result=WAVE)
        context("audit", "--lang", language)


def test_one_household_is_in_one_arm(context):
    """Two accounts that order for one recipient read one another's messages."""
    ledger = context.ledger
    ledger.migrate()
    arms = load_assignment(
        context.shop, load_playbook(context.shop), open_store(context.folder), ledger, DAY
    )
    shared = replace(arms, households={"a": "home", "b": "home"})
    play = next(iter(arms.shares))
    rows = [SimpleNamespace(customer_id=each, play=play) for each in ("a", "b")]
    assert len(shared.list_held_out(rows)) in (0, 2)
    assert set(shared.list_held_out(rows).values()) <= {"never.holdout"}
    assert (shared.get_household("a"), shared.get_household("c")) == ("home", "c")


def test_who_opts_out_is_left_alone_from_then_on(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    one, other = [row["customer_id"] for row in _waiting(context)][:2]
    context("opt-out", one, result="every channel")
    context("opt-out", other, "--channel", "sms", "--lang", "zh", result="短信")
    context("opt-out", "nobody", code=2, result="nobody")
    context("opt-out", one, "--channel", "pigeon", code=2, result="pigeon")
    context("wave", "run", "--json")
    assert one not in {row["customer_id"] for row in context.handed()}
    assert other in {row["customer_id"] for row in context.handed()}
    assert context("audit", "--json")["well"]


def _waiting(context):
    """Who has not ordered since, so that nothing else keeps them back."""
    ordered = "select distinct customer_id from orders where occurred_at >= '2026-03-31 16:00'"
    since = {row[0] for row in open_store(context.folder).connect().execute(ordered).fetchall()}
    with context.ledger.begin_read() as connection:
        rows = (
            connection.exec_driver_sql(
                "select customer_id, channel from deliveries where step = 1 order by rank"
            )
            .mappings()
            .all()
        )
    return [row for row in rows if row["customer_id"] not in since and row["channel"] != "sms"]


def test_no_sms_goes_without_the_customers_own_word(context, tmp_path):
    """No SMS without consent; the list of contacts says who agreed, and taking it back counts at once."""
    ids = [
        row[0]
        for row in open_store(context.folder)
        .connect()
        .execute("select distinct customer_id from orders order by 1")
        .fetchall()
    ]
    text = context.file.read_text()
    context.file.write_text(
        text + '\n[messages]\nsms_sign = "【木屋】"\n[contacts]\npath = "people.csv"\n'
        '[contacts.columns]\ncustomer_id = "id"\nphone = "phone"\nsms_consent = "agreed"\n'
    )

    def people(agreed):
        rows = [
            f"{each},1380013{number:04},{'yes' if agreed(number) else 'no'}"
            for number, each in enumerate(ids)
        ]
        (tmp_path / "people.csv").write_text("id,phone,agreed\n" + "\n".join(rows) + "\n")

    people(lambda number: number % 2 == 0)
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    people(lambda number: number % 4 == 0)
    result = context("wave", "run", "--json")
    by_sms = {row["customer_id"] for row in context.handed() if row["channel"] == "sms"}
    assert by_sms
    assert {ids.index(each) % 4 for each in by_sms} == {0}
    assert result["kept"]["no_consent"] > 0


def test_a_backup_that_is_restored_is_refused_until_somebody_has_looked(context):
    """docs/how-to/operations.md, step by step: what went out after the backup stands in no ledger."""
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    path = context.home.get_ledger_path("made")
    with (
        contextlib.closing(sqlite3.connect(path)) as live,
        contextlib.closing(sqlite3.connect(context.folder / "backup")) as copy,
    ):
        live.backup(copy)
    sent = context("wave", "run", "--json")["sent"]
    handed = {row["delivery_id"] for row in context.handed()}
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (context.folder / name).unlink(missing_ok=True)
    (context.folder / "backup").replace(path)
    context("wave", "run", code=1, result="knows of 0 claims")
    assert context("wave", "reconcile", "--json") == {"unknown": 0}, "lists may be written again"
    assert context("wave", "run", "--json")["sent"] == sent
    assert {row["delivery_id"] for row in context.handed()} == handed
    assert context("audit", "--json")["well"]


UNITS = sorted((Path(__file__).parents[2] / "examples" / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_the_units_call_commands_that_are_there(unit):
    if "training/train.py" in unit.read_text():
        assert '"--timer"' in (Path(__file__).parents[2] / "training" / "train.py").read_text()
        return
    commands = [line.split("/winback ", 1)[1].split(" --shop")[0].split() for line in unit.read_text().splitlines()
                if line.startswith("ExecStart=")]  # fmt: skip
    assert commands
    for command in commands:
        result = CliRunner().invoke(app, [*command, "--help"])
        assert result.exit_code == 0
        assert "--shop" in result.stdout


def test_the_units_share_one_state_folder():
    """With another one a unit would have another key, and could not write to the ledger."""
    for unit in UNITS:
        text = unit.read_text()
        assert "WINBACK_STATE=/var/lib/winback-state " in text, unit.name
        assert "StateDirectory=winback-state\n" in text, unit.name


def test_what_was_heard_of_messages_is_kept_and_what_is_not_understood_is_told(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    context("wave", "run")
    first, second = (row["delivery_id"] for row in context.handed()[:2])
    file = context.file.parent / "heard.csv"
    file.write_text(
        f"delivery_id,kind,at\n{first},opened,2026-04-01T12:00:00+08:00\n{first},opened,2026-04-01T13:00:00+08:00\n"
        f"{second},clicked,2026-04-01 12:00:00\n{second},liked,2026-04-01T12:00:00Z\nnothing,opened,2026-04-01T12:00:00Z\n{second},bounced,soon\n"
    )
    result = context("wave", "receipts", str(file), "--json")
    assert result["kept"] == 2
    assert [(row["line"], row["column"]) for row in result["refused"]] == [
        (4, "at"),
        (5, "kind"),
        (6, "delivery_id"),
        (7, "at"),
    ]
    with context.ledger.begin_read() as connection:
        assert connection.exec_driver_sql("select delivery_id, kind, at from receipts").all() == [
            (first, "opened", "2026-04-01 04:00:00.000000")
        ]
    assert "4 not understood" in context("wave", "receipts", str(file))
    context("wave", "receipts", str(file.with_name("nothing.csv")), code=3, result="nothing.csv")
    file.write_text("key,what\n1,2\n")
    context("wave", "receipts", str(file), code=3, result="delivery_id")
    saved = f"\ufeffDelivery_ID;Kind;At;备注\n{second};clicked;2026-04-01T12:00:00Z;已回复\n"
    for codec in ("utf-8", "gb18030"):
        file.write_bytes(saved.encode(codec))
        assert context("wave", "receipts", str(file), "--json") == {"kept": 1, "refused": []}


def test_a_customer_is_left_alone_by_whatever_name_they_are_known(context):
    """An id that is a contact stands in the tables by its pseudonym."""
    source = context.file.read_text().split('paths = ["')[1].split('"')[0]
    mine = context.file.parent / "orders.csv"
    rows = Path(source).read_text(encoding="utf-8").splitlines()
    mine.write_text(
        "\n".join(
            [
                *rows,
                rows[1]
                .replace(rows[1].split(",")[0], "li@example.com", 1)
                .replace(",n", ",mail", 1),
            ]
        ),
        encoding="utf-8",
    )
    context.file.write_text(context.file.read_text().replace(f'"{source}"', f'"{mine}"'))
    with context.at(AFTER_THE_DATA):
        context("import")
    context("opt-out", "li@example.com")
    with context.ledger.begin_read() as connection:
        assert (
            connection.exec_driver_sql("select subject from suppressions")
            .scalar()
            .startswith("mail-")
        )


def test_a_no_holds_for_the_customer_an_id_was_merged_into(context):
    ledger, store = context.ledger, open_store(context.folder)
    ledger.migrate()
    suppress(ledger, "old", "*", "unsubscribed", AT, "operator")
    path = store.folder / "merges" / "000.parquet"
    table = pq.read_table(path)
    row = dict.fromkeys(table.schema.names, "map") | {"merged_id": "old", "customer_id": "k0001"}
    pq.write_table(pa.Table.from_pylist([row], schema=table.schema), path)
    assert find_unsubscribed(ledger, store, AT) == {"old", "k0001"}
    assert find_unsubscribed(ledger, None, AT) == {"old"}
