"""The interventions of the mission, each where an operator finds it: A10–A12 and B69–B86, with their own numbers."""

import pytest

from winback.playbooks.playbook import Playbook
from winback.playbooks.playbook_files import LIBRARY, load_playbook_file

BOOKS = {path.stem: load_playbook_file(path.stem, []) for path in LIBRARY.glob("*.toml")}


def play(name: str, playbook: str = "general"):
    return next(each for each in BOOKS[playbook].plays if each.name == name)


def offers(name: str, playbook: str = "general"):
    return [BOOKS[playbook].offers[step.offer] for step in play(name, playbook).steps if step.offer]


def texts(name: str, playbook: str = "general", language: str = "zh"):
    return "\n".join(
        BOOKS[playbook].templates[each].text.get_text(language)
        for step in play(name, playbook).steps
        for each in step.templates
    )


def channels(name: str, playbook: str = "general"):
    return {channel for step in play(name, playbook).steps for channel in step.channels}


WHAT = {
    "A10": ("old_friend", "general", lambda: offers("old_friend")[0].value_minor == 10_000 and "新品" in texts("old_friend")),
    "A11": ("private_sale", "general", lambda: "折上再9折" in offers("private_sale")[0].title.zh),
    "A12": ("old_friend", "general", lambda: "{bestseller}" in texts("old_friend") and "{coupon}" in texts("old_friend")),
    "B69": ("first_week", "general", lambda: "补货" in texts("first_week") and offers("first_week")[1].expires_hours == 24),
    "B70": ("high_value_ladder", "general", lambda: [(step.only_if, step.channels[0]) for step in play("high_value_ladder").steps]
            == [("always", "email"), ("not_clicked", "wecom"), ("no_answer", "call")]),
    "B71": ("first_review", "general", lambda: offers("first_review")[0].value_minor == 5_000 and "您的选择很重要" in texts("first_review")),
    "B72": ("complaint_call", "general", lambda: play("complaint_call").service and "24小时" in texts("complaint_call")
            and "您的反馈让我们成长" in texts("complaint_call") and offers("complaint_call")[0].kind == "gift"),
    "B73": ("dormant_high_value", "general", lambda: "顾问" in offers("dormant_high_value")[0].title.zh and "优先发货" in offers("dormant_high_value")[0].title.zh),
    "B74": ("price_sensitive", "general", lambda: (offers("price_sensitive")[0].from_minor, offers("price_sensitive")[0].value_minor,
                                                   offers("price_sensitive")[0].expires_hours) == (20_000, 3_000, 3)),
    "B75": ("first_week", "general", lambda: "组合券" in offers("first_week")[0].title.zh),
    "B76": ("first_week", "general", lambda: play("first_week").success_days == 7),
    "B77": ("quiet_30_days", "general", lambda: play("quiet_30_days").success_days == 30 and play("wake_regular").success_days == 30),
    "B78": ("night_cart", "general", lambda: "touchpoint is night_cart" in play("night_cart").when and "夜场" in offers("night_cart")[0].title.zh),
    "B79": ("rising_vip", "general", lambda: "{favourite}" in texts("rising_vip")),
    "B80": ("membership", "general", lambda: "免运费" in offers("membership")[0].title.zh),
    "B81": ("trial_pack", "beauty", lambda: "试用装" in offers("trial_pack", "beauty")[0].title.zh and "教程" in texts("trial_pack", "beauty")),
    "B82": ("trade_in", "electronics", lambda: "以旧换新" in offers("trade_in", "electronics")[0].title.zh
            and "touchpoint is no_order_90_days" in play("trade_in", "electronics").when),
    "B83": ("outfit", "apparel", lambda: "穿搭视频" in texts("outfit", "apparel")),
    "B84": ("live", "live", lambda: "直播间" in offers("live", "live")[0].title.zh and "答疑" in texts("live", "live")),
    "B85": ("wants_service", "general", lambda: "sms" not in channels("wants_service") and "wecom" in channels("wants_service")),
    "B86": ("price_sensitive", "general", lambda: BOOKS["general"].caps_a_week["sms"] == 2),
}  # fmt: skip


@pytest.mark.parametrize("source", WHAT)
def test_an_intervention_is_in_the_playbook_with_its_own_numbers(source):
    name, playbook, holds = WHAT[source]
    assert source in play(name, playbook).source, "an operator finds it by its number"
    assert holds()


def test_every_intervention_of_the_mission_is_tried_above():
    assert set(WHAT) == {"A10", "A11", "A12", *(f"B{number}" for number in range(69, 87))}


def test_every_quadrant_has_its_action():
    """A6: look after, bring on, warn, recall: each of the source's four has a play of its own."""
    whens = {each.name: each.when for each in BOOKS["general"].plays}
    assert whens["core_care"] == ("quadrant is loyal_regular",)
    assert whens["rising_vip"] == ("quadrant is rising_vip",)
    assert whens["wake_regular"] == ("segment is wake_regular",)
    assert [whens[name] for name in ("old_friend", "private_sale", "welcome_back")] == [
        ("segment is silent_bestseller",), ("segment is silent_bargain",), ("segment is silent_other",),
    ]  # fmt: skip


@pytest.mark.parametrize("playbook", BOOKS)
def test_price_sensitive_customers_get_more_offers_but_not_by_sms_first(playbook):
    """C14: raise offers on other channels; the cap of two SMS a week always wins."""
    result: Playbook = BOOKS[playbook]
    steps = next((each.steps for each in result.plays if each.name == "price_sensitive"), ())
    assert all(step.channels[-1] == "sms" or "sms" not in step.channels for step in steps)
    assert result.caps_a_week["sms"] <= 2


@pytest.mark.parametrize("playbook", BOOKS)
def test_claims_stay_claims(playbook):
    """C19: no figure of the sources is an expected effect; each says where it comes from, and plays are judged by a holdout."""
    for each in BOOKS[playbook].plays:
        assert all(claim.source.startswith(("A", "B")) for claim in each.claims)
        assert each.service or each.holdout_share > 0
