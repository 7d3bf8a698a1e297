"""`winback rehearse`: a wave tried on a copy, to receivers of this machine; the real ledger and the real channels see nothing of it."""

import sqlite3

import pytest

from tests.fixtures.typed_commands import DAY, WAVE
from tests.fixtures.wave_channels import listed, people_of, smtp, wecom


def dump(context):
    with sqlite3.connect(context.home.get_ledger_path("made")) as connection:
        return list(connection.iterdump())


def nowhere(context, settings):
    """A shop whose channels lead nowhere: whoever rehearses with them reaches nobody."""
    people = people_of(context)
    for number, each in enumerate(people):
        if number % 2:
            each |= {"wecom": "", "owner": ""}
    listed(context, people, settings)
    context("wave", "plan", "--cutoff", str(DAY))


def test_a_wave_is_rehearsed_and_nothing_is_changed(context):
    nowhere(context, wecom(9, "wecom_task") + smtp(9))
    before = dump(context)
    result = context("rehearse", WAVE, "--json")
    assert dump(context) == before
    assert result["twice"] == 0
    assert result["faults"] == []
    assert result["taken"]["wecom"] > 20
    assert result["taken"]["mail"] > 20
    sent = sum(row["messages"] for row in result["messages"] if row["state"] == "sent")
    assert sent == sum(result["taken"].values())
    assert not any(row["state"] in ("unknown", "created") for row in result["messages"])
    assert {each["channel"] for each in result["samples"]} >= {"wecom", "email"}


@pytest.mark.full
def test_faults_lose_nobody_and_send_nothing_twice(context):
    nowhere(
        context,
        wecom(9, "wecom_task")
        + smtp(9)
        + '[channels.sms]\nkind = "webhook"\nurl = "https://gateway.example/x"\nsecret = "sixteen-characters"\n',
    )
    result = context("rehearse", WAVE, "--faults", "--json")
    assert (result["twice"], result["faults"]) == (0, [])
    states = {row["state"] for row in result["messages"]}
    assert {"sent", "failed", "unknown"} <= states
    assert result["runs"] > 2


@pytest.mark.full
def test_hand_off_lists_are_rehearsed_in_a_folder_that_goes(context):
    nowhere(context, "")
    result = context("rehearse", WAVE, "--json")
    assert result["taken"]["handoff"] > 20
    assert not (context.folder / "handoff").exists()
    assert "Sent twice: 0" in context("rehearse", WAVE)
    assert "重复发送：0" in context("rehearse", WAVE, "--lang", "zh")


def test_a_wave_that_is_not_there_cannot_be_rehearsed(context):
    context("rehearse", "general-2031w01", code=2, result="There is no wave")
