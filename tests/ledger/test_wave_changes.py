"""A wave can be paused and its wrong text corrected before it leaves, and a dear one takes two persons."""

import json

import pytest

from tests.ledger.world import (
    NOW,
    WAVE,
    Receiver,
    assert_well,
    plan,
    run,
    states,
    step,
    treated,
)
from winback.config.shop import Shop
from winback.core.wave_errors import (
    EditedTextBlocked,
    SecondPersonNeeded,
    TextNotFound,
    WaveDecided,
    WaveNotPaused,
)
from winback.delivery.text_edits import TextEdit, edit_wave_texts
from winback.ledger.audit_log import list_latest
from winback.ledger.wave_changes import pause_wave, resume_wave
from winback.ledger.waves import decide_wave, load_wave


class Pausing(Receiver):
    """Pauses the wave while its second message is on its way."""

    def send(self, messages):
        self.texts = [*getattr(self, "texts", []), *(each.body for each in messages)]
        if len(self.log) == 1:
            pause_wave(self.ledger, WAVE, "li", NOW)
        return super().send(messages)


def make_shop():
    return Shop(
        name="shop",
        currency="CNY",
        messages={"sms_sign": "【店】"},
        orders=[{"paths": ["x.csv"], "profile": "taobao"}],
        timezone="Asia/Shanghai",
    )


def people(count=4, body="【店】满100减20 拒收请回复R"):
    made = step("sms", cost=10)
    return [
        treated(f"c{each}", type(made)(**{**vars(made), "body": body})) for each in range(count)
    ]


def test_a_paused_wave_stops_within_a_run_and_goes_on_where_it_stopped(ledger, tmp_path):
    plan(ledger, people())
    receiver = Pausing("one_shot")
    receiver.ledger = ledger
    run(ledger, {"sms": receiver}, tmp_path)
    assert len(receiver.log) == 2, "what was claimed by then still goes"
    assert load_wave(ledger, WAVE).status == "paused"
    assert run(ledger, {"sms": receiver}, tmp_path).sent == 0
    assert resume_wave(ledger, WAVE, "li", NOW).status == "approved"
    run(ledger, {"sms": receiver}, tmp_path)
    assert states(ledger) == {"sent": 4}
    assert_well(ledger, [receiver])
    actions = [each.action for each in list_latest(ledger, 9)]
    assert actions == ["wave_resumed", "wave_paused", "wave_approved", "wave_planned"]


def test_only_an_approved_wave_is_paused(ledger):
    plan(ledger, people(), approve=False)
    with pytest.raises(WaveDecided):
        pause_wave(ledger, WAVE, "li", NOW)
    decide_wave(ledger, WAVE, "stopped", "li", NOW)
    with pytest.raises(WaveDecided):
        resume_wave(ledger, WAVE, "li", NOW)


def test_a_wrong_text_is_corrected_in_what_has_not_left(ledger, tmp_path):
    plan(ledger, people())
    receiver = Pausing("one_shot")
    receiver.ledger = ledger
    run(ledger, {"sms": receiver}, tmp_path)
    edit = TextEdit("满100减20", "满200减20")
    trial = edit_wave_texts(make_shop(), ledger, WAVE, edit, "wang", NOW, is_trial=True)
    result = edit_wave_texts(make_shop(), ledger, WAVE, edit, "wang", NOW)
    assert trial == result
    assert (len(result.changed), result.left) == (2, 2)
    assert "【店】满200减20" in result.changed[0].after
    resume_wave(ledger, WAVE, "li", NOW)
    run(ledger, {"sms": receiver}, tmp_path)
    assert [text[3:10] for text in receiver.texts] == ["满100减20"] * 2 + ["满200减20"] * 2
    noted = next(each for each in list_latest(ledger, 9) if each.action == "wave_edited")
    assert (noted.actor, noted.detail["old"], noted.detail["changed"]) == ("wang", "满100减20", 2)


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (TextEdit("没有这句", "x"), TextNotFound),
        (TextEdit("", "x"), TextNotFound),
        (TextEdit("满100减20", "x" * 500), EditedTextBlocked),
        (TextEdit("【店】", ""), EditedTextBlocked),
        (TextEdit("拒收请回复R", ""), EditedTextBlocked),
        (TextEdit("满100减20", "x", step=2), TextNotFound),
        (TextEdit("满100减20", "x", channel="email"), TextNotFound),
    ],
)
def test_an_edit_that_cannot_go_changes_nothing(ledger, edit, error):
    plan(ledger, people(), approve=False)
    with pytest.raises(error):
        edit_wave_texts(make_shop(), ledger, WAVE, edit, "li", NOW)
    assert [each.action for each in list_latest(ledger, 9)] == ["wave_planned"]


def test_what_may_be_leaving_is_paused_first(ledger):
    plan(ledger, people())
    with pytest.raises(WaveNotPaused):
        edit_wave_texts(make_shop(), ledger, WAVE, TextEdit("100", "200"), "li", NOW)


def test_a_dear_wave_takes_two_persons_and_an_edit_begins_anew(ledger, tmp_path):
    plan(ledger, people(), approve=False)

    def approve(who):
        return decide_wave(ledger, WAVE, "approved", who, NOW, needs_second=True)

    assert (approve("li").state, load_wave(ledger, WAVE).first_approved_by) == ("planned", "li")
    receiver = Receiver("one_shot")
    assert run(ledger, {"sms": receiver}, tmp_path).sent == 0
    with pytest.raises(SecondPersonNeeded):
        approve("li")
    edit_wave_texts(make_shop(), ledger, WAVE, TextEdit("100", "200"), "li", NOW)
    assert approve("wang").state == "planned", "the text is another one since li read it"
    wave = approve("li")
    assert (wave.state, wave.decided_by, wave.first_approved_by) == ("approved", "li", "wang")
    assert run(ledger, {"sms": receiver}, tmp_path).sent == 4
    notes = [json.dumps(each.detail) for each in list_latest(ledger, 9)]
    assert len(notes) == 5
