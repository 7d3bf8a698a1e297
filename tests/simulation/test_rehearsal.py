"""`winback rehearse`: a wave tried on a copy, to receivers of this machine; the real ledger and the real channels see nothing of it."""

import sqlite3

import pytest

from tests.fixtures.typed_commands import DAY, WAVE
from tests.fixtures.wave_channels import listed, people_of, smtp, wecom


def dump(desk):
    with sqlite3.connect(desk.home.ledger("made")) as connection:
        return list(connection.iterdump())


def nowhere(desk, settings):
    """A shop whose channels lead nowhere: whoever rehearses with them reaches nobody."""
    people = people_of(desk)
    for number, each in enumerate(people):
        if number % 2:
            each |= {"wecom": "", "owner": ""}
    listed(desk, people, settings)
    desk("wave", "plan", "--cutoff", str(DAY))


def test_a_wave_is_rehearsed_and_nothing_is_changed(desk):
    nowhere(desk, wecom(9, "wecom_task") + smtp(9))
    before = dump(desk)
    told = desk("rehearse", WAVE, "--json")
    assert dump(desk) == before
    assert told["twice"] == 0
    assert told["faults"] == []
    assert told["taken"]["wecom"] > 20
    assert told["taken"]["mail"] > 20
    sent = sum(row["messages"] for row in told["messages"] if row["state"] == "sent")
    assert sent == sum(told["taken"].values())
    assert not any(row["state"] in ("unknown", "created") for row in told["messages"])
    assert {each["channel"] for each in told["samples"]} >= {"wecom", "email"}
    assert "Sent twice: 0" in desk("rehearse", WAVE)
    assert "重复发送：0" in desk("rehearse", WAVE, "--lang", "zh")


@pytest.mark.full
def test_faults_lose_nobody_and_send_nothing_twice(desk):
    nowhere(
        desk,
        wecom(9, "wecom_task")
        + smtp(9)
        + '[channels.sms]\nkind = "webhook"\nurl = "https://gateway.example/x"\nsecret = "sixteen-characters"\n',
    )
    told = desk("rehearse", WAVE, "--faults", "--json")
    assert (told["twice"], told["faults"]) == (0, [])
    states = {row["state"] for row in told["messages"]}
    assert {"sent", "failed", "unknown"} <= states
    assert told["runs"] > 2


@pytest.mark.full
def test_hand_off_lists_are_rehearsed_in_a_folder_that_goes(desk):
    nowhere(desk, "")
    told = desk("rehearse", WAVE, "--json")
    assert told["taken"]["handoff"] > 20
    assert not (desk.folder / "handoff").exists()


def test_a_wave_that_is_not_there_cannot_be_rehearsed(desk):
    desk("rehearse", "general-2031w01", code=2, told="There is no wave")
