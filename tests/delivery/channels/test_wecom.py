"""WeCom against a company of its own in another process, with every code and fault of its documentation."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from winback.delivery.channels.base import ChannelStopped, Message, PendingReceipt
from winback.delivery.channels.wecom.api import WeComApp, WeComClient
from winback.delivery.channels.wecom.matching import MatchResult, WeComContact, match_contacts
from winback.delivery.channels.wecom.robot import post_to_group
from winback.delivery.channels.wecom.tags import WeComTags
from winback.delivery.channels.wecom.tasks import WeComTasks

STAFF = {"li": {"wo1": {"remark_mobiles": ["13800000001"]}, "wo2": {}, "wo3": {"remark_mobiles": ["13800000003"]}},
         "wang": {"wo4": {"remark_mobiles": ["13800000004"]}, "wo1": {"remark_mobiles": ["13800000001"]}}}  # fmt: skip
TITLES = {"wake": "唤醒熟客", "big": "沉睡大单客", "long": "一" * 31}


def message(number=1, owner="li", play="wake", body="您好"):
    return Message(
        f"key{number}", "w-2026w47", f"customer{number}", 1, "wecom", play, owner, None, None, body
    )


def address_of(customer):
    number = customer.removeprefix("customer")
    return f"wo{number}" if number != "9" else None


class Company:
    """A running company, and a client of it."""

    def __init__(
        self, start, *faults, clock=None, log=None, seconds=3.0, secret="s3cret", **config
    ):
        result = {"corpid": "corp", "secret": "s3cret", "contacts": STAFF, **config}
        self.receiving = start("wecom", json.dumps(result), json.dumps(faults), log=log)
        self.root = f"http://127.0.0.1:{self.receiving.port}/cgi-bin"
        self.log = self.receiving.log
        self.wecom = WeComClient(WeComApp("corp", secret, self.root), clock or now, seconds)

    def rehearse(self, what, **result):
        httpx.post(
            f"{self.root.removesuffix('/cgi-bin')}/rehearsal/{what}", json=result, trust_env=False
        )

    def calls(self):
        return httpx.get(
            f"{self.root.removesuffix('/cgi-bin')}/rehearsal/calls", trust_env=False
        ).json()


class Memory(dict):
    """Which tags customers bear."""

    def get_tag(self, customer):
        return self.get(customer)

    def set_tag(self, customer, owner, tag):
        self[customer] = (owner, tag)


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def tags_of(company, memory=None):
    return WeComTags(company.wecom, address_of, TITLES, Memory() if memory is None else memory)


def test_a_tag_is_made_once_and_marked(start):
    company = Company(start)
    channel = tags_of(company)
    said = [each for number in (1, 2) for each in channel.send([message(number)])]
    assert [(each.state, each.reason) for each in said] == [("sent", None), ("sent", None)]
    [tag] = company.log(did="tag")
    assert (tag["group"], tag["name"]) == ("Winback", "唤醒熟客")
    assert [(line["external_userid"], line["added"]) for line in company.log(did="mark")] == [
        ("wo1", [tag["id"]]),
        ("wo2", [tag["id"]]),
    ]
    assert company.calls()["gettoken"] == 1


def test_only_changes_are_asked_for_and_the_tag_of_another_play_goes(start):
    company, memory = Company(start), Memory()
    tags_of(company, memory).send([message(1)])
    [again] = tags_of(company, memory).send([message(1)])
    assert (again.state, again.reason) == ("sent", "tag_unchanged")
    assert len(company.log(did="mark")) == 1
    tags_of(company, memory).send([message(1, play="big")])
    ids = {line["name"]: line["id"] for line in company.log(did="tag")}
    last = company.log(did="mark")[-1]
    assert (last["added"], last["removed"]) == ([ids["沉睡大单客"]], [ids["唤醒熟客"]])


def test_a_tag_somebody_deleted_is_made_again(start):
    """C6."""
    company = Company(start)
    channel = tags_of(company)
    channel.send([message(1)])
    company.rehearse("drop_tags")
    [said] = channel.send([message(2)])
    assert said.state == "sent"
    assert len(company.log(did="tag")) == 2


def test_a_long_title_is_cut_to_what_a_tag_may_be_called(start):
    company = Company(start)
    assert [each.state for each in tags_of(company).send([message(1, play="long")])] == ["sent"]
    assert company.log(did="tag")[0]["name"] == "一" * 30


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (message(4), "not_a_contact"),
        (message(1, owner="nobody"), "owner_unknown"),
        (message(9), "no_address"),
        (message(1, owner=None), "no_owner"),
    ],
)
def test_one_customer_that_cannot_be_tagged_is_no_reason_to_stop(start, result, reason):
    company = Company(start)
    [said] = tags_of(company).send([result])
    assert (said.state, said.reason) == ("failed", reason)
    assert tags_of(company).send([message(2)])[0].state == "sent"


@pytest.mark.parametrize(
    "fault",
    [
        "fail_before",
        "fail_after",
        "reset_before",
        "reset_after",
        "slow",
        "huge",
        "html",
        "trickle",
        "trickle_head",
        "errcode_text",
        "errcode_missing",
    ],
)
def test_a_tag_whose_answer_is_lost_is_marked_again_and_is_one_tag(start, fault):
    company = Company(start, fault, "ok", seconds=1.0)
    channel = tags_of(company)
    [first] = channel.send([message(1)])
    assert (first.state, first.certain_not_sent) == ("again", False)
    assert channel.send([message(1)])[0].state == "sent"


def test_a_message_is_a_task_until_a_member_sends_it(start):
    """`add_msg_template` sends nothing."""
    company = Company(start)
    channel = WeComTasks(company.wecom, address_of)
    [made] = channel.send([message(1)])
    assert (made.state, made.reason) == ("created", "task_created")
    [task] = company.log(did="task")
    assert (task["msgid"], task["sender"], task["external"], task["content"]) == (
        made.receipt,
        "li",
        ["wo1"],
        "您好",
    )
    awaited = [PendingReceipt("key1", "customer1", "li", made.receipt, now())]
    assert [each.state for each in channel.poll_receipts(awaited)] == ["created"]
    company.rehearse("confirm", msgid=made.receipt, status=1)
    assert [(each.state, each.reason) for each in channel.poll_receipts(awaited)] == [
        ("sent", "confirmed")
    ]


@pytest.mark.parametrize(("status", "reason"), [(2, "not_a_contact"), (3, "received_enough")])
def test_a_task_that_reached_nobody_has_failed(start, status, reason):
    company = Company(start)
    channel = WeComTasks(company.wecom, address_of)
    [made] = channel.send([message(1)])
    company.rehearse("confirm", msgid=made.receipt, status=status)
    [said] = channel.poll_receipts([PendingReceipt("key1", "customer1", "li", made.receipt, now())])
    assert (said.state, said.reason) == ("failed", reason)


def test_a_task_that_is_too_young_to_ask_for_is_asked_for_later(start):
    """41063."""
    company = Company(start, early_seconds=600)
    channel = WeComTasks(company.wecom, address_of)
    [made] = channel.send([message(1)])
    assert (
        channel.poll_receipts([PendingReceipt("key1", "customer1", "li", made.receipt, now())])
        == []
    )


def lost(channel):
    """Hand over a message whose answer is lost: it is unknown, and nothing goes after it."""
    with pytest.raises(ChannelStopped) as stopped:
        channel.send([message(1)])
    assert [each.state for each in stopped.value.results] == ["unknown"]


LOST = [
    "fail_after",
    "reset_after",
    "slow",
    "huge",
    "html",
    "trickle",
    "trickle_head",
    "errcode_text",
    "errcode_missing",
]


@pytest.mark.parametrize("fault", LOST)
def test_a_task_whose_answer_is_lost_is_unknown_and_found_in_the_list_of_tasks(start, fault):
    """C2, C5: no second task; the list of tasks says that it is there."""
    company = Company(start, fault, "ok", "ok", seconds=1.0)
    channel = WeComTasks(company.wecom, address_of)
    lost(channel)
    others = [
        channel.send([message(number)])[0].state for number in (2, 3)
    ]  # about the same time: the list has pages
    assert others == ["created", "created"]
    [actual] = channel.poll_receipts(
        [PendingReceipt("key1", "customer1", "li", None, now(), "您好")]
    )
    assert (actual.state, actual.receipt) == ("created", company.log(did="task")[0]["msgid"])
    assert (
        channel.poll_receipts(
            [PendingReceipt("key1", "customer1", "li", None, now() - timedelta(hours=1), "您好")]
        )
        == []
    )


@pytest.mark.parametrize("fault", ["fail_before", "reset_before"])
def test_a_task_that_may_have_been_made_is_unknown_and_stays_so(start, fault):
    """Nobody but a person may say that it was not."""
    company = Company(start, fault, seconds=1.0)
    channel = WeComTasks(company.wecom, address_of)
    lost(channel)
    assert (
        channel.poll_receipts([PendingReceipt("key1", "customer1", "li", None, now(), "您好")])
        == []
    )
    assert company.log(did="task") == []


def test_a_server_that_starts_again_knows_its_tasks(start):
    company = Company(start)
    [made] = WeComTasks(company.wecom, address_of).send([message(1)])
    company.rehearse("confirm", msgid=made.receipt, status=1)
    company.receiving.process.kill()
    company.receiving.process.wait()
    later = Company(start, log=company.receiving.path)
    [said] = WeComTasks(later.wecom, address_of).poll_receipts(
        [PendingReceipt("key1", "customer1", "li", made.receipt, now())]
    )
    assert said.state == "sent"


def test_a_message_without_a_customer_never_goes_to_all_of_a_members_customers(start):
    company = Company(start)
    channel = WeComTasks(company.wecom, address_of)
    said = [
        channel.send([each])[0]
        for each in (
            message(9),
            message(1, owner=None),
            message(1, body=""),
            message(1, body="客" * 1334),
        )
    ]
    assert [(each.state, each.reason) for each in said] == [
        ("failed", "no_address"),
        ("failed", "no_owner"),
        ("failed", "empty"),
        ("failed", "too_long"),
    ]
    assert company.log(did="task") == []
    assert channel.send([message(1, body="客" * 1333)])[0].state == "created"


def test_who_is_no_contact_of_the_member_fails_alone(start):
    """C4, and 41048 where nobody is left."""
    company = Company(start)
    [said] = WeComTasks(company.wecom, address_of).send([message(4)])
    assert (said.state, said.reason) == ("failed", "nobody_to_send_to")


CODES = [("-1", None, "again", "busy"), ("84061", None, "failed", "not_a_contact"), ("40003", None, "failed", "owner_unknown"),
         ("45009", "busy", None, 3600), ("45033", "busy", None, 60), ("48002", "no_permission", None, 0), ("60020", "address_not_trusted", None, 0),
         ("40001", "bad_secret", None, 0), ("301002", "no_permission", None, 0), ("99999", "code_unknown", None, 0), ("40058", "code_unknown", None, 0)]  # fmt: skip


@pytest.mark.parametrize(
    "channel_of",
    [tags_of, lambda company: WeComTasks(company.wecom, address_of)],
    ids=["tags", "tasks"],
)
@pytest.mark.parametrize(("code", "stops", "said", "more"), CODES)
def test_what_each_code_means(start, code, stops, said, more, channel_of):
    """C3: by `errcode`, whatever `errmsg` says (it says ok)."""
    company = Company(start, code)
    channel = channel_of(company)
    if stops:
        with pytest.raises(ChannelStopped) as stopped:
            channel.send([message(1)])
        assert (stopped.value.reason, stopped.value.retry_after_seconds) == (stops, more)
    else:
        [result] = channel.send([message(1)])
        assert (result.state, result.reason, result.certain_not_sent) == (said, more, True)
    assert company.log(did="mark") == company.log(did="task") == []


@pytest.mark.parametrize(
    ("how", "reason"), [({"secret": "wrong"}, "no_token"), ({"corpid": "other"}, "no_token")]
)
def test_a_wrong_secret_or_company_stops_the_channel_at_once(start, how, reason):
    """Bad secrets repeated get the address banned for an hour."""
    company = Company(start, **how)
    with pytest.raises(ChannelStopped) as stopped:
        tags_of(company).send([message(1)])
    assert stopped.value.reason in (reason, "bad_secret")
    assert "wrong" not in str(stopped.value)
    assert company.calls()["gettoken"] == 1


def test_a_quota_used_up_is_one_call_more_and_no_storm(start):
    company = Company(start, quota=2)
    channel = WeComTasks(company.wecom, address_of)
    assert [channel.send([message(number)])[0].state for number in (1, 2)] == [
        "created",
        "created",
    ]
    with pytest.raises(ChannelStopped) as stopped:
        channel.send([message(3)])
    assert stopped.value.retry_after_seconds == 3600
    assert company.calls()["externalcontact/add_msg_template"] == 3


def test_a_token_that_ended_early_is_fetched_once_more(start):
    company = Company(start)
    channel = tags_of(company)
    channel.send([message(1)])
    company.rehearse("expire")
    assert channel.send([message(2)])[0].state == "sent"
    assert company.calls()["gettoken"] == 2


def test_a_token_is_renewed_before_its_time_is_over(start):
    moment = [now()]
    company = Company(start, clock=lambda: moment[0])
    channel = tags_of(company)
    channel.send([message(1)])
    moment[0] += timedelta(minutes=114)
    channel.send([message(2)])
    assert company.calls()["gettoken"] == 1
    moment[0] += timedelta(minutes=2)
    channel.send([message(3)])
    assert company.calls()["gettoken"] == 2


def test_two_hundred_who_find_the_token_worn_fetch_one(start):
    company = Company(start)
    company.wecom.get("externalcontact/get_follow_user_list")
    worn = company.wecom._token
    company.rehearse("expire")
    gate, tokens = threading.Barrier(200), []

    def ask():
        gate.wait()
        tokens.append(company.wecom._refresh_token(worn=worn))

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(tokens) == 200
    assert len(set(tokens)) == 1
    assert company.calls()["gettoken"] == 2


def test_more_than_four_at_once_are_told_to_wait(start):
    """The fake's own temper, which users report (45033): ours asks one after another."""
    company = Company(start, "slow")
    company.wecom.get("externalcontact/get_follow_user_list")
    said = Counter()

    def mark():
        try:
            company.wecom.post(
                "externalcontact/add_msg_template",
                {
                    "chat_type": "single",
                    "sender": "li",
                    "external_userid": ["wo1"],
                    "text": {"content": "x"},
                },
            )
        except ChannelStopped as stopped:
            said[stopped.reason] += 1
        except Exception as error:
            said[type(error).__name__] += 1

    threads = [threading.Thread(target=mark) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert said["busy"] == 4


def test_customers_are_matched_by_the_phone_in_the_remarks(start):
    company = Company(start)
    phones = {"13800000001": "a", "13800000003": "c", "13800000004": "c"}
    seen = []
    result = match_contacts(company.wecom, phones.get, seen.append)
    assert result == MatchResult(
        {"a": WeComContact("wo1", "li")}, (WeComContact("wo2", "li"),), ("c",)
    )
    assert seen[-1] == 5


def test_a_contact_with_the_numbers_of_two_customers_is_neither(start):
    company = Company(
        start,
        contacts={"li": {"wo1": {"remark_mobiles": ["1", "2"]}, "wo3": {"remark_mobiles": ["3"]}}},
    )
    result = match_contacts(company.wecom, {"1": "a", "2": "b", "3": "c"}.get, lambda _seen: None)
    assert result == MatchResult({"c": WeComContact("wo3", "li")}, (), ("a", "b"))


def test_an_unknown_message_is_no_other_task_of_the_same_customer(start):
    """C5: by its words, and never one that is another message's."""
    company = Company(start, "ok", "ok", "fail_before", seconds=1.0)
    channel = WeComTasks(company.wecom, address_of)
    [other] = channel.send([message(1, body="别的话")])
    [same] = channel.send([message(1)])
    lost(channel)
    mine, theirs = (
        PendingReceipt("key1", "customer1", "li", None, now(), "您好"),
        PendingReceipt("key0", "customer1", "li", same.receipt, now(), "您好"),
    )
    assert other.state == "created"
    assert [each.delivery_id for each in channel.poll_receipts([mine, theirs])] == ["key0"]


def test_what_was_told_before_a_quota_ended_is_kept(start):
    company = Company(start, quota=2)
    channel = WeComTasks(company.wecom, address_of)
    made = [channel.send([message(number)])[0] for number in (1, 2)]
    company.wecom.post(
        "externalcontact/get_groupmsg_send_result", {"msgid": made[0].receipt, "userid": "li"}
    )
    with pytest.raises(ChannelStopped) as stopped:
        channel.poll_receipts(
            [
                PendingReceipt(f"key{number}", f"customer{number}", "li", each.receipt, now())
                for number, each in enumerate(made, start=1)
            ]
        )
    assert [each.delivery_id for each in stopped.value.results] == ["key1"]


@pytest.mark.parametrize(
    "channel_of",
    [tags_of, lambda company: WeComTasks(company.wecom, address_of)],
    ids=["tags", "tasks"],
)
def test_a_token_somebody_else_wears_out_stops_the_channel_and_fails_nobody(start, channel_of):
    company = Company(start, "42001", "42001")
    company.wecom.get("externalcontact/get_follow_user_list")
    with pytest.raises(ChannelStopped) as stopped:
        channel_of(company).send([message(1)])
    assert stopped.value.reason == "no_token"


def test_a_play_the_playbook_has_lost_fails_its_customer_alone(start):
    company = Company(start)
    assert [each.reason for each in tags_of(company).send([message(1, play="gone")])] == [
        "play_unknown"
    ]


def test_a_robot_tells_a_group(start):
    company = Company(start)
    assert post_to_group("robot-key", "企业微信已停" + "！" * 2000, company.root)
    [line] = company.log(did="robot")
    assert len(line["content"].encode()) <= 2048
    assert not post_to_group("robot-key", "x", "http://127.0.0.1:9/cgi-bin")
