"""The three rhythms as an operator types them: the look a day, the report a week, the review a month; and the doctor."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.fixtures.typed_commands import DAY, WAVE
from tests.fixtures.wave_channels import approved
from winback.workflows import workspace

SECRET = "a secret of sixteen"


def told_to(context, port):
    context.file.write_text(
        context.file.read_text()
        + f'\n[alerts]\nurl = "http://127.0.0.1:{port}/"\nsecret = "{SECRET}"\nprivate = true\n'
    )


def looked_at(context, monkeypatch, now):
    monkeypatch.setattr(workspace, "get_utc_now", lambda: now)
    return context("report", "daily", "--json")


def test_a_receiver_hears_of_an_alert_once_and_once_that_it_is_over(context, start, monkeypatch):
    """The path of an alert, end to end: a webhook gets exactly one, with dedup, and a word when it is resolved."""
    there = start("webhook", SECRET)
    told_to(context, there.port)
    late = datetime.now(UTC).replace(
        tzinfo=None
    )  # what is signed is of this minute; the newest order is months old
    first = looked_at(context, monkeypatch, late)
    assert first["checked"]["data"] == "alert"
    fresh = [alert for alert in first["alerts"] if "freshness" in alert["subject"]]
    assert len(fresh) == 2  # orders, events
    assert first["alerts_sent"] == len(first["alerts"]) == len(there.log())
    again = looked_at(context, monkeypatch, late)
    assert (again["alerts_sent"], len(there.log())) == (0, len(first["alerts"]))
    context.file.write_text(context.file.read_text() + "\n[quality]\nfreshness_days = 100000\n")
    over = looked_at(context, monkeypatch, late)
    assert over["alerts_sent"] == 2
    assert sum(line["key"].endswith("-over") for line in there.log()) == 2
    assert all(line["first"] for line in there.log())


@pytest.mark.full
def test_an_alert_nobody_took_stays_to_be_told(context, start, monkeypatch):
    there = start("webhook", SECRET, json.dumps(["refuse", *["ok"] * 50]))
    told_to(context, there.port)
    late = datetime.now(UTC).replace(tzinfo=None)
    assert looked_at(context, monkeypatch, late)["alerts_sent"] < len(
        looked_at(context, monkeypatch, late)["alerts"]
    )
    looked_at(context, monkeypatch, late)
    assert len({line["key"] for line in there.log()}) == len(
        looked_at(context, monkeypatch, late)["alerts"]
    )


def test_what_cannot_be_told_yet_is_no_green_light(context, monkeypatch):
    result = looked_at(context, monkeypatch, context.now)
    assert result["checked"]["accuracy"] == result["checked"]["calibration"] == "unknown"
    said = context("report", "daily")
    assert "not clear yet" in said


def test_a_report_of_the_week_and_a_review_of_the_month(context):
    approved(context)
    context("wave", "run")
    weekly = context("report", "weekly", "--json")
    assert weekly["to_date"]["status"] in ("not_matured", "read")
    [wave] = weekly["waves"]
    assert wave["wave"] == WAVE
    assert sum(row["messages"] for row in weekly["messages"]) > 100
    for language, word in (("zh", "干预效果周报"), ("en", "Effect of the interventions")):
        page = Path(weekly["files"][f"{language}.html"]).read_text(encoding="utf-8")
        assert word in page
        assert "<script" not in page
        workbook = load_workbook(weekly["files"][f"{language}.xlsx"])
        assert len(workbook.sheetnames) >= 4
        assert any(cell.value == WAVE for row in workbook.worksheets[1].iter_rows() for cell in row)
    monthly = context("report", "monthly", "--json")
    groups = {name: each["customers"] for name, each in monthly["churn"].items()}
    assert groups["high_value"] + groups["new"] + groups["ordinary"] == groups["all"] > 100
    assert 0 < monthly["weighted_churn"] < 1
    assert {each["dimension"] for each in monthly["indicators"]} == {
        "customer",
        "business",
        "operations",
    }
    context("report", "monthly", "--lang", "zh")


@pytest.mark.full
def test_a_report_before_the_first_wave_says_what_to_do(context):
    assert "No wave has been sent yet" in context("report", "weekly")
    assert "还没有发出任何批次" in context("report", "monthly", "--lang", "zh")
    assert "No wave has been sent yet" in context("measure")


def test_the_waves_of_a_shop_are_measured(context):
    context("measure", "--wave", WAVE, code=2, result="has not been sent")
    context("measure", "--playbook", "other", code=2, result="playbook is general")
    approved(context)
    context("wave", "run")
    result = context("measure", "--wave", WAVE, "--json")
    assert result["to_date"]["ratio"]["p"] > 0.001
    assert result["waves"][0]["treated"] == result["to_date"]["treated"] > 200
    assert context("measure", "--lang", "zh")


def test_the_doctor_grades_and_says_what_to_mend(context):
    result = context("doctor", "--json")
    assert result["grade"] == "B"
    assert {point["state"] for point in result["points"]} == {"well", "watch"}
    context("wave", "plan", "--cutoff", str(DAY))
    context.home.get_ledger_path("made").chmod(0o644)
    assert "chmod 600" in context("doctor", code=1)
    (context.folder / "tables").unlink()
    assert context("doctor", "--json", code=1)["grade"] == "D"
    assert "需修" in context("doctor", "--lang", "zh", code=1)


TESTED = """
name = "own"
extends = "general"
title = { zh = "自有", en = "Our own" }
[[plays]]
name = "wake_regular"
title = { zh = "唤醒", en = "Wake" }
when = ["segment is wake_regular"]
owner = { zh = "运营", en = "operations" }
source = ["A6"]
[[plays.steps]]
channels = ["sms"]
templates = ["word"]
[plays.test]
name = "when"
[[plays.test.variants]]
name = "now"
title = { zh = "立即", en = "now" }
[[plays.test.variants]]
name = "later"
title = { zh = "三天后", en = "three days later" }
after_days = 3
templates = ["other_word"]
[templates.word]
text = { zh = "想念您。", en = "We miss you." }
source = "own"
[templates.other_word]
text = { zh = "好久不见。", en = "It has been a while." }
source = "own"
"""


@pytest.mark.full
def test_a_play_on_test_goes_out_in_its_variants_until_somebody_decides(context):
    """B94: each household gets one variant, at its own time; after the decision everybody the one that was taken."""
    (context.file.parent / "playbooks").mkdir()
    (context.file.parent / "playbooks" / "own.toml").write_text(TESTED, encoding="utf-8")
    text = context.file.read_text()
    text = text.replace("[waves]\n", "[waves]\nconsent = []\n")  # nobody's is known here
    context.file.write_text('playbook = "own"\n' + text + '\n[messages]\nsms_sign = "【木屋】"\n')
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", plan["wave"], "--customers", str(plan["treatment"]), "--by", "li")
    with context.ledger.begin_read() as connection:
        rows = connection.exec_driver_sql(
            "select variant, body, julianday(due_at) - julianday(decided_at), count(*) from assignments a"
            " join deliveries d using (wave_id, customer_id) join waves using (wave_id)"
            " where a.play = 'wake_regular' and step = 1 group by 1, 2, 3"
        ).all()
    result = {variant: (body, round(days), count) for variant, body, days, count in rows}
    assert set(result) == {"now", "later"}
    assert (result["now"][1], result["later"][1]) == (0, 3)
    assert min(count for _, _, count in result.values()) > 30
    assert "好久不见" in result["later"][0]
    context(
        "playbook",
        "decide",
        "--test",
        "own/wake_regular/nothing",
        "--variant",
        "now",
        code=2,
        result="own/wake_regular/when",
    )
    context(
        "playbook",
        "decide",
        "--test",
        "own/wake_regular/when",
        "--variant",
        "never",
        code=2,
        result="now, later",
    )
    context(
        "playbook",
        "decide",
        "--test",
        "own/wake_regular/when",
        "--variant",
        "later",
        "--why",
        "better",
        "--by",
        "li",
    )
    context("wave", "stop", plan["wave"], "--by", "li")
    again = context("wave", "plan", "--cutoff", str(DAY + timedelta(days=7)), "--json")
    with context.ledger.begin_read() as connection:
        asked = "select distinct variant, body from assignments a join deliveries d using (wave_id, customer_id)"
        rows = connection.exec_driver_sql(
            f"{asked} where a.play = 'wake_regular' and wave_id = '{again['wave']}'"
        ).all()
    [(variant, body)] = rows
    assert variant is None
    assert "好久不见" in body
