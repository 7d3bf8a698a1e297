"""The three rhythms as an operator types them: the look a day, the report a week, the review a month; and the doctor."""

import json
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook

from winback.cli import report as commands

from .desk import DAY, WAVE
from .test_channels import approved

SECRET = "a secret of sixteen"


def told_to(desk, port):
    desk.file.write_text(
        desk.file.read_text() + f'\n[alarms]\nurl = "http://127.0.0.1:{port}/"\nsecret = "{SECRET}"\nprivate = true\n'
    )


def looked_at(desk, monkeypatch, now):
    monkeypatch.setattr(commands, "utc_now", lambda: now)
    return desk("report", "daily", "--json")


def test_a_receiver_hears_of_an_alarm_once_and_once_that_it_is_over(desk, start, monkeypatch):
    """The path of an alarm, end to end: a webhook gets exactly one, with dedup, and a word when it is resolved."""
    there = start("webhook", SECRET)
    told_to(desk, there.port)
    late = datetime.now(UTC).replace(tzinfo=None)  # what is signed is of this minute; the newest order is months old
    first = looked_at(desk, monkeypatch, late)
    assert first["checked"]["data"] == "alarm"
    fresh = [alarm for alarm in first["alarms"] if "freshness" in alarm["subject"]]
    assert len(fresh) == 2  # orders, events
    assert first["told"] == len(first["alarms"]) == len(there.log())
    again = looked_at(desk, monkeypatch, late)
    assert (again["told"], len(there.log())) == (0, len(first["alarms"]))
    desk.file.write_text(desk.file.read_text() + "\n[quality]\nfreshness_days = 100000\n")
    over = looked_at(desk, monkeypatch, late)
    assert over["told"] == 2
    assert sum(line["key"].endswith("-over") for line in there.log()) == 2
    assert all(line["first"] for line in there.log())


def test_an_alarm_nobody_took_stays_to_be_told(desk, start, monkeypatch):
    there = start("webhook", SECRET, json.dumps(["refuse", *["ok"] * 50]))
    told_to(desk, there.port)
    late = datetime.now(UTC).replace(tzinfo=None)
    assert looked_at(desk, monkeypatch, late)["told"] < len(looked_at(desk, monkeypatch, late)["alarms"])
    looked_at(desk, monkeypatch, late)
    assert len({line["key"] for line in there.log()}) == len(looked_at(desk, monkeypatch, late)["alarms"])


def test_what_cannot_be_told_yet_is_no_green_light(desk, monkeypatch):
    told = looked_at(desk, monkeypatch, desk.now)
    assert told["checked"]["accuracy"] == told["checked"]["calibration"] == "unknown"
    said = desk("report", "daily")
    assert "cannot tell yet" in said


def test_a_report_of_the_week_and_a_review_of_the_month(desk):
    approved(desk)
    desk("wave", "run")
    weekly = desk("report", "weekly", "--json")
    assert weekly["to_date"]["status"] in ("not_matured", "read")
    [wave] = weekly["waves"]
    assert wave["wave"] == WAVE
    assert sum(row["messages"] for row in weekly["messages"]) > 100
    for language, word in (("zh", "干预效果周报"), ("en", "Effect of the interventions")):
        page = Path(weekly["files"][f"{language}.html"]).read_text(encoding="utf-8")
        assert word in page
        assert "<script" not in page
        book = load_workbook(weekly["files"][f"{language}.xlsx"])
        assert len(book.sheetnames) >= 4
        assert any(cell.value == WAVE for row in book.worksheets[1].iter_rows() for cell in row)
    monthly = desk("report", "monthly", "--json")
    groups = {name: each["customers"] for name, each in monthly["churn"].items()}
    assert groups["high_value"] + groups["new"] + groups["ordinary"] == groups["all"] > 100
    assert 0 < monthly["weighted_churn"] < 1
    assert {each["dimension"] for each in monthly["indicators"]} == {"customer", "business", "operations"}
    desk("report", "monthly", "--lang", "zh")


def test_a_report_before_the_first_wave_says_what_to_do(desk):
    assert "No wave has gone out yet" in desk("report", "weekly")
    assert "还没有发出任何波次" in desk("report", "monthly", "--lang", "zh")
    assert "No wave has gone out yet" in desk("measure")


def test_the_waves_of_a_shop_are_measured(desk):
    desk("measure", "--wave", WAVE, code=2, told="has not gone out")
    desk("measure", "--playbook", "other", code=2, told="playbook is general")
    approved(desk)
    desk("wave", "run")
    told = desk("measure", "--wave", WAVE, "--json")
    assert told["to_date"]["ratio"]["p"] > 0.001
    assert told["waves"][0]["treated"] == told["to_date"]["treated"] > 200
    assert desk("measure", "--lang", "zh")


def test_the_doctor_grades_and_says_what_to_mend(desk):
    told = desk("doctor", "--json")
    assert told["grade"] == "B"
    assert {point["state"] for point in told["points"]} == {"well", "watch"}
    desk("wave", "plan", "--cutoff", str(DAY))
    desk.home.ledger("made").chmod(0o644)
    assert "chmod 600" in desk("doctor", code=1)
    (desk.folder / "tables").unlink()
    assert desk("doctor", "--json", code=1)["grade"] == "D"
    assert "需修" in desk("doctor", "--lang", "zh", code=1)
