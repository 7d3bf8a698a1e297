"""The weekly list on a made shop: newly entered customers, the best first, nobody who must be left alone, every word whole."""

import csv
import io
import json
import os
import re
from dataclasses import MISSING, fields
from datetime import date, timedelta
from string import Formatter
from types import SimpleNamespace

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from winback.config.contacts import ContactSettings
from winback.config.messaging import MessageSettings, RecallSettings
from winback.config.segmentation import JourneySettings
from winback.config.shop import load_shop
from winback.core.errors import (
    CustomerUnknown,
    NotScored,
    OutFolderMissing,
    OutFormatUnknown,
    PlaybookInvalid,
    PlayUnknown,
    TableDamaged,
)
from winback.features.last_products import LastProducts
from winback.features.rule_features import ALL_FEATURES
from winback.playbooks.matching import lint_playbook, load_playbook, match_plays
from winback.playbooks.playbook import Playbook
from winback.playbooks.playbook_files import load_playbook_file
from winback.recall import recall_list as recall_module
from winback.recall.audiences import _build_audience_filter
from winback.recall.decision_context import DecisionContext
from winback.recall.decisions import decide_action
from winback.recall.exports import check_out, publish_lists
from winback.recall.history import ListHistory, ListRecord
from winback.recall.list_columns import RECALL_LIST_SCHEMA
from winback.recall.list_texts import format_no_contact_reason
from winback.recall.message_preview import preview_messages
from winback.recall.recall_list import build_recall_list
from winback.recall.recall_row import RecallRow
from winback.recall.workbook import _choose_sheet_name
from winback.segmentation.assignment import assign_segments, list_limits
from winback.segmentation.definitions import RECALL
from winback.segmentation.thresholds import Thresholds

SOAK = bool(os.environ.get("WINBACK_SOAK"))

DAY = date(2026, 4, 1)
SPOKEN = MessageSettings(
    shop_name="木屋", sms_sign="【木屋】", email_opt_out="退订 https://example.com/u"
)


@pytest.fixture
def shop(made_files):
    return load_shop(made_files).model_copy(update={"messages": SPOKEN})


@pytest.fixture
def make(made_store, learned, tmp_path):
    def once(shop, day=DAY, publish=True, language="en"):
        weekly = build_recall_list(shop, made_store, learned.bundle, tmp_path, day, language)
        if publish:
            thresholds = Thresholds.from_dict(learned.bundle.thresholds)
            publish_lists(
                tmp_path / "recalls", "x", weekly, shop, load_playbook(shop), thresholds, language
            )
        return weekly

    return once


def of(weekly, what):
    return [row for row in weekly.rows if row.what == what]


def with_people(shop, tmp_path, text):
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    columns = {
        "customer_id": "id",
        "wecom": "wechat",
        "phone": "mobile",
        "email": "mail",
        "owner": "staff",
        "unsubscribed": "stop",
    }
    contacts = ContactSettings(path=tmp_path / "people.csv", columns=columns)
    return shop.model_copy(update={"contacts": contacts})


def test_the_first_list_has_everyone_with_a_play_and_the_next_only_who_is_new(shop, make):
    """A14: only newly silent customers; a list that repeats itself is not read."""
    first, again = make(shop), make(shop, DAY + timedelta(days=7))
    assert first.summary.since is None
    assert len(first.rows) > 100
    assert {row.entered_on for row in first.rows} == {DAY}
    assert again.summary.since == str(DAY)
    listed = {row.customer_id for row in of(first, "contact")}
    repeated = {row.customer_id for row in again.rows} & listed
    assert 0 < len(again.rows) < len(first.rows) / 3
    assert not repeated


def test_a_skipped_week_loses_nobody(shop, make):
    """Newly silent is since the last list, not since a week ago."""
    make(shop)
    late = make(shop, DAY + timedelta(days=21), publish=False)
    weekly = [make(shop, DAY + timedelta(days=days)) for days in (7, 14, 21)]
    met = {row.customer_id for row in weekly[-1].rows}
    assert {row.customer_id for row in late.rows} <= {
        row.customer_id for each in weekly for row in each.rows
    }
    assert met
    assert met <= {row.customer_id for row in late.rows}


def test_the_same_day_again_gives_the_same_list(shop, make, tmp_path):
    make(shop)
    first, playbook = (
        (tmp_path / "recalls" / str(DAY) / f"list.{kind}").read_bytes() for kind in ("csv", "xlsx")
    )
    make(shop)
    assert (tmp_path / "recalls" / str(DAY) / "list.csv").read_bytes() == first
    assert (tmp_path / "recalls" / str(DAY) / "list.xlsx").read_bytes() == playbook


def test_a_second_list_of_a_day_forgets_nobody(shop, make):
    """The first may be in somebody's hands: whom it named is not named again next week, whatever the second said."""
    taken = {
        row.customer_id
        for row in of(
            make(shop.model_copy(update={"recall": RecallSettings(capacity=10)})), "contact"
        )
    }
    closed = make(shop.model_copy(update={"recall": RecallSettings(capacity=0)}))
    assert closed.summary.listed_before_today >= 10
    after = make(shop, DAY + timedelta(days=7))
    assert not taken & {row.customer_id for row in of(after, "contact") if not row.service}


def test_a_list_of_an_earlier_day_is_known_to_the_later_ones(shop, make):
    make(shop.model_copy(update={"recall": RecallSettings(capacity=0)}), DAY + timedelta(days=7))
    early = {row.customer_id for row in of(make(shop), "contact")}
    after = make(shop, DAY + timedelta(days=14))
    assert early
    assert not early & {row.customer_id for row in of(after, "contact") if not row.service}


KNOWN = ListHistory("2026-03-01", {}, {}, {}, {})
ROW = SimpleNamespace(customer_id="ann", segment="silent_other", orders=2)
ORDERED_ANEW = SimpleNamespace(**{**vars(ROW), "orders": 3})
PLAY = next(each for each in load_playbook_file("general", []).plays if each.name == "welcome_back")
CALL = next(
    each for each in load_playbook_file("general", []).plays if each.name == "complaint_call"
)


def row_of(customer, play, never):
    """A candidate of whom nothing else is known."""
    given = {each.name: None for each in fields(RecallRow) if each.default is MISSING}
    about = {"customer_id": customer, "segment": "silent_other", "days": 3, "orders": 1}
    flags = {"friend": False, "bestseller": False, "service": play is not None and play.service}
    return RecallRow(
        **given | about | flags | {"play": play.name if play else None, "never": never}
    )


def memory_of(entered, listed=None, served=None, **old):
    result = ListRecord(
        **{
            "customer_id": "ann",
            "segment": "silent_other",
            "orders": 2,
            "entered_on": entered,
            **old,
        }
    )
    return ListHistory(
        "2026-03-01",
        {"ann": result},
        {"ann": listed} if listed else {},
        {"ann": served} if served else {},
        {},
    )


def test_who_was_listed_is_not_listed_again_until_they_order_and_fall_silent_anew():
    """Skipped weeks hide a return: the number of orders tells of it."""
    entered, listed = date(2025, 11, 1), date(2025, 11, 3)
    assert KNOWN.is_new(ROW, PLAY, DAY)
    assert memory_of(entered).is_new(ROW, PLAY, DAY), "never listed: still new"
    assert not memory_of(entered, listed).is_new(ROW, PLAY, DAY)
    assert memory_of(entered, listed).is_new(ORDERED_ANEW, PLAY, DAY)
    assert memory_of(entered, listed, segment="wake_regular").is_new(ROW, PLAY, DAY)
    lately = DAY - timedelta(days=PLAY.again_after_days - 1)
    assert not memory_of(entered, lately).is_new(ORDERED_ANEW, PLAY, DAY), (
        "nobody is asked again so soon"
    )


def test_a_service_call_is_repeated_until_it_is_repaired():
    """A complaint open for months is called about each week, and no offer made in between puts it off."""
    entered = DAY - timedelta(days=60)
    assert memory_of(entered, listed=DAY - timedelta(days=3)).is_new(ROW, CALL, DAY)
    assert not memory_of(entered, served=DAY - timedelta(days=6)).is_new(ROW, CALL, DAY)
    assert memory_of(entered, served=DAY - timedelta(days=7)).is_new(ROW, CALL, DAY)


def test_a_reason_not_to_write_is_told_once(shop, make, tmp_path):
    ids = [row.customer_id for row in make(shop, publish=False).rows if row.play == "welcome_back"][
        :5
    ]
    people = "id,wechat,mobile,mail,staff,stop\n" + "".join(f"{each},wo,,,,是\n" for each in ids)
    few = with_people(shop, tmp_path, people)
    first, second = make(few), make(few, DAY + timedelta(days=7))
    assert set(ids) <= {row.customer_id for row in of(first, "dont")}
    assert not set(ids) & {row.customer_id for row in second.rows}


def test_service_comes_first_needs_no_room_and_finds_its_own_way(shop, make, tmp_path):
    """B72: no offer repairs a broken promise, and no full week excuses one; where no phone is known, the service finds a way."""
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ntitle = { zh = "我", en = "Mine" }\nextends = "general"\n[[plays]]\nname = "call_them"\nservice = true\n'
        'title = { zh = "回访", en = "Call" }\nwhen = ["segment is silent_other"]\n'
        'owner = { zh = "客服", en = "service" }\nsource = ["B72"]\n[[plays.steps]]\nchannels = ["call"]\ntemplates = ["refund_call"]\n',
        encoding="utf-8",
    )
    ours = shop.model_copy(
        update={"recall": RecallSettings(capacity=0), "playbook": str(tmp_path / "mine.toml")}
    )
    weekly = make(with_people(ours, tmp_path, "id,wechat,mobile,mail,staff,stop\nx,wo,,,,\n"))
    calls = [row for row in weekly.rows if row.play == "call_them"]
    assert calls
    assert weekly.rows[: len(calls)] == calls
    assert {(row.what, row.channel) for row in calls} == {("contact", "service")}
    assert weekly.summary.service == weekly.summary.contact == len(calls)
    assert "audience-call_them.csv" not in {
        path.name for path in (tmp_path / "recalls" / str(DAY)).iterdir()
    }


def test_a_damaged_record_is_named(shop, make, tmp_path):
    make(shop)
    (tmp_path / "recalls" / str(DAY) / "record.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(TableDamaged) as refused:
        make(shop, DAY + timedelta(days=7))
    assert "record.parquet" in refused.value.values["file"]


@pytest.mark.parametrize(
    "when",
    [
        "segment is silent_othr",
        "tpyo is missing",
        "days_since_last_ordr >= 3",
        "orders_lifetime >= weights",
    ],
)
def test_a_play_that_speaks_of_what_there_is_not_is_refused_before_anybody_is_written_to(
    shop, tmp_path, when
):
    """`tpyo is missing` would hold for everybody."""
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ntitle = { zh = "我", en = "Mine" }\nextends = "general"\n[[plays]]\nname = "bad"\n'
        f'title = {{ zh = "x", en = "x" }}\nwhen = ["{when}"]\nowner = {{ zh = "x", en = "x" }}\nsource = ["x"]\n'
        '[[plays.steps]]\nchannels = ["wecom"]\ntemplates = ["cart"]\n',
        encoding="utf-8",
    )
    with pytest.raises(PlaybookInvalid) as refused:
        load_playbook(shop.model_copy(update={"playbook": str(tmp_path / "mine.toml")}))
    assert "play bad" in refused.value.values["detail"]


def test_who_does_not_fit_waits_for_the_next_list(shop, make):
    """Capacity takes the best first and forgets nobody."""
    few = shop.model_copy(update={"recall": RecallSettings(capacity=10)})
    first = make(few)
    taken, waiting = of(first, "contact"), of(first, "later")
    marketing = [row for row in taken if not row.service]
    assert len(marketing) == 10
    assert min(row.worth for row in marketing) >= max(row.worth for row in waiting)
    assert {row.why_not for row in waiting} == {"list.capacity"}
    second = make(few, DAY + timedelta(days=7))
    best_waiting = {row.customer_id for row in waiting[:5]}
    assert best_waiting & {row.customer_id for row in second.rows}
    assert not {row.customer_id for row in marketing} & {
        row.customer_id for row in second.rows if not row.service
    }


def test_zero_capacity_is_none(shop, make):
    closed = shop.model_copy(update={"recall": RecallSettings(capacity=0)})
    assert all(row.service for row in of(make(closed), "contact"))


def test_everyone_is_reached_by_the_first_channel_that_reaches_them(shop, make, tmp_path):
    ids = [row.customer_id for row in make(shop, publish=False).rows if row.play == "welcome_back"][
        :5
    ]
    people = "id,wechat,mobile,mail,staff,stop\n" + "".join(
        f"{each},{row}\n"
        for each, row in zip(
            ids,
            ["wo1,,,Li,", ",13800000001,,Wu,", ",,a@b.com,,", ",,,Li,", "wo2,,,Li,是"],
            strict=True,
        )
    )
    rows = {row.customer_id: row for row in make(with_people(shop, tmp_path, people)).rows}
    wecom, sms, mail, nothing, stopped = (rows[each] for each in ids)
    assert (wecom.what, wecom.channel, wecom.owner) == ("contact", "wecom", "Li")
    assert (sms.channel, mail.channel) == ("sms", "email")
    assert sms.message.startswith("【木屋】")
    assert sms.message.endswith("拒收请回复R")
    assert mail.subject
    assert "https://example.com/u" in mail.message
    assert (nothing.what, nothing.why_not) == ("dont", "stopped.unreachable")
    assert (stopped.what, stopped.why_not) == ("dont", "never.unsubscribed")
    assert format_no_contact_reason(stopped, "zh") == "不发送：已退订"


def test_nobody_is_written_to_on_a_day_of_silence(shop, make):
    quiet = shop.model_copy(update={"recall": RecallSettings(blackout=(DAY,))})
    weekly = make(quiet)
    assert {row.play for row in of(weekly, "contact")} <= {
        "complaint_call",
        "refund_promise",
        "parcel_late",
    }
    assert "never.blackout" in {row.why_not for row in of(weekly, "later")}, (
        "they come back on the next list"
    )


def test_every_message_is_whole_and_names_what_they_bought(shop, make):
    rows = of(make(shop), "contact")
    assert {row.channel for row in rows} <= {"wecom", "email", "call"}, (
        "without a list of contacts the first channel is named"
    )
    for row in rows:
        assert row.message
        assert not re.search(r"[{}]", row.message)
        assert "None" not in row.message
    friends = [row for row in rows if row.play == "old_friend"]
    assert friends
    assert all("¥" not in row.message and "元" in row.message for row in friends)


def test_what_is_out_of_stock_is_not_praised(shop, make, monkeypatch):
    """A message for a product nobody can buy costs more than it earns."""
    gone = frozenset(f"s{number}" for number in range(60))
    monkeypatch.setattr(recall_module, "list_out_of_stock", lambda _store: gone)
    monkeypatch.setattr(recall_module, "find_ordered_since", lambda _store, _cutoff: frozenset())
    only = load_playbook(shop).model_dump()
    for play in only["plays"]:
        if play["name"] == "model_high_risk":
            play["steps"][0]["templates"] = ("recommendation",)
    monkeypatch.setattr(recall_module, "load_playbook", lambda _shop: Playbook(**only))
    cup = LastProducts("杯", "s1", "杯", "s1", "k")
    monkeypatch.setattr(
        recall_module, "load_products", lambda _store, _cutoff, ids: dict.fromkeys(ids, cup)
    )
    rows = [row for row in make(shop).rows if row.play == "model_high_risk"]
    assert rows
    assert {row.why_not for row in rows} == {"never.out_of_stock"}


def test_the_workbook_has_a_sheet_for_each_owner_and_runs_nothing(shop, make, tmp_path):
    """「‹跟进人›：今天先联系这12位」; a name that looks like a formula stays a name (D10)."""
    ids = [row.customer_id for row in make(shop, publish=False).rows if row.what == "contact"][:4]
    people = "id,wechat,mobile,mail,staff,stop\n" + "".join(
        f'{each},wo,,,"{owner}",\n'
        for each, owner in zip(ids, ["李丽", "李丽", "=1+1", "a/b:c*?[x]" * 5], strict=True)
    )
    few = with_people(shop, tmp_path, people)
    make(few, language="zh")
    folder = tmp_path / "recalls" / str(DAY)
    workbook = openpyxl.load_workbook(folder / "list.xlsx")
    titles = {sheet.title: sheet["A1"].value for sheet in workbook}
    assert titles["李丽"] == "李丽：今天先联系这2位"
    assert any(name.startswith("不发送") for name in titles)
    for sheet in workbook:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert len(sheet.title) <= 31
    rows = list(csv.DictReader(io.StringIO((folder / "list.csv").read_text(encoding="utf-8-sig"))))
    assert {row["跟进人"] for row in rows if row["怎么做"] == "联系"} >= {"李丽", "'=1+1"}
    assert pq.read_table(folder / "list.parquet").schema.names == RECALL_LIST_SCHEMA.names


def test_whom_nothing_reaches_can_be_found_by_a_platform(shop, make, tmp_path):
    """Unreachable segments are exported as filters of a platform's audience tool."""
    few = with_people(shop, tmp_path, "id,wechat,mobile,mail,staff,stop\nnobody,wo,,,,\n")
    weekly = make(few)
    result = json.loads((tmp_path / "recalls" / str(DAY) / "audience.json").read_text())
    filters = {each["play"]: each for each in result}
    welcome = filters["welcome_back"]
    assert not re.search(
        r'"(segment|quadrant|silent_class|touchpoint|tag)"', json.dumps(welcome["filter"])
    ), "numbers, no names of ours"
    assert '"days_since_last_order", "how": ">="' in json.dumps(
        welcome["filter"]
    ) or "days_since_last_order" in json.dumps(welcome)
    assert "距上次下单天数" in welcome["in_words"]["zh"]
    ids = (
        (tmp_path / "recalls" / str(DAY) / "audience-welcome_back.csv")
        .read_text(encoding="utf-8-sig")
        .split()[1:]
    )
    assert (
        len(ids)
        == welcome["customers"]
        == sum(
            row.play == "welcome_back"
            for row in weekly.rows
            if row.why_not == "stopped.unreachable"
        )
    )
    assert not {row.play for row in weekly.rows if row.service} & set(filters), (
        "who complains is no audience"
    )


def test_a_list_in_a_strange_format_is_refused_before_any_work(tmp_path):
    with pytest.raises(OutFormatUnknown):
        check_out(tmp_path / "list.doc")
    with pytest.raises(OutFolderMissing):
        check_out(tmp_path / "nowhere" / "list.csv")


def test_a_preview_shows_each_step_and_channel_of_one_customer(
    shop, make, made_store, learned, tmp_path
):
    rows = make(shop).rows
    customer = rows[0].customer_id
    result = preview_messages(
        shop, made_store, learned.bundle, tmp_path, customer, None, "high_value_ladder"
    )
    assert [each["step"] for each in result] == [1, 1, 1, 1, 2, 2, 2, 3], "B70: three steps"
    assert all("text" in each or "stopped" in each for each in result)
    assert result[-1]["channel"] == "call"
    with pytest.raises(CustomerUnknown):
        preview_messages(shop, made_store, learned.bundle, tmp_path, "nobody", None, None)
    with pytest.raises(PlayUnknown):
        preview_messages(shop, made_store, learned.bundle, tmp_path, customer, None, "nothing")
    with pytest.raises(NotScored):
        preview_messages(
            shop, made_store, learned.bundle, tmp_path, customer, date(2026, 3, 1), None
        )


# Whatever an operator writes: never a crash, two plays, or an unfilled template.

_WORDS = st.fixed_dictionaries(
    {"zh": st.text("字{}shopdaysx ", min_size=1, max_size=20), "en": st.just("{shop} {days}")}
)
_WHEN = st.one_of(
    st.sampled_from([f"segment is {name}" for name in dict.fromkeys(each.name for each in RECALL)]),
    st.sampled_from([f"segment is not {each.name}" for each in RECALL]),
    st.sampled_from(["tag is fading", "touchpoint is not cart_unpaid", "quadrant is silent or lifecycle is lost", "never is refunded"]),
    st.builds(lambda name, how, limit: f"{name} {how} {limit}", st.sampled_from([feature.name for feature in ALL_FEATURES]),
              st.sampled_from([">=", "<=", ">", "<"]), st.sampled_from(["0", "3", "0.5", "silence_days", "high_value_minor"])),
)  # fmt: skip
_OFFER = st.fixed_dictionaries({
    "title": st.fixed_dictionaries({"zh": st.text("字{}amount ", min_size=1, max_size=15), "en": st.just("{amount} off")}),
    "kind": st.just("coupon"), "value_minor": st.one_of(st.none(), st.integers(0, 10**7)), "cost_minor": st.integers(0, 10**6),
    "expires_hours": st.integers(1, 2000), "eligibility": st.just({"zh": "每人一张", "en": "one each"}), "source": st.just("x"),
})  # fmt: skip
_STEP = st.fixed_dictionaries({
    "offer": st.one_of(st.none(), st.just("gift")),
    "channels": st.lists(st.sampled_from(["wecom", "sms", "email", "audience"]), min_size=1, max_size=3).map(tuple),
    "templates": st.lists(st.sampled_from(["one", "two"]), min_size=1, max_size=2).map(tuple),
})  # fmt: skip
_BOOK = st.fixed_dictionaries({
    "offers": st.fixed_dictionaries({"gift": _OFFER}),
    "templates": st.fixed_dictionaries({name: st.fixed_dictionaries({"text": _WORDS, "source": st.just("x")}) for name in ("one", "two")}),
    "plays": st.lists(st.fixed_dictionaries({
        "when": st.lists(_WHEN, min_size=1, max_size=3).map(tuple), "steps": st.lists(_STEP, min_size=1, max_size=2).map(tuple),
        "service": st.booleans(), "weekly": st.booleans(),
    }), max_size=5),
})  # fmt: skip


def read_or_faults(result):
    try:
        return Playbook(**result), []
    except ValidationError as error:
        return None, error.errors()


_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def _find_meant_braces(text):
    """What looks like a placeholder and is none: `{{a}}` is how a template writes a literal `{a}`."""
    words = [each["text"] for each in text["templates"].values()]
    words += [each["title"] for each in text["offers"].values()]
    literals = [
        "".join(
            literal + "\0" * (field is not None) for literal, field, *_ in Formatter().parse(each)
        )
        for pair in words
        for each in pair.values()
    ]
    return {found for literal in literals for found in _PLACEHOLDER.findall(literal)}


def random_book_holds(shop, columns, draw, text):
    result = {
        "name": "random", "title": {"zh": "x", "en": "x"}, "templates": text["templates"], "offers": text["offers"],
        "plays": [{**play, "name": f"p{place}", "title": {"zh": "x", "en": "x"}, "owner": {"zh": "x", "en": "x"}, "source": ("x",)}
                  for place, play in enumerate(text["plays"])],
    }  # fmt: skip
    playbook, faults = read_or_faults(result)
    if playbook is None:  # what no operator can mean is refused, with its place
        assert faults[0]["loc"]
        return
    count = len(next(iter(columns.values())))
    if draw.random() < 0.05:  # the proof costs more than the rest together
        lint_playbook(shop, playbook, list_limits(draw.thresholds, JourneySettings()), None)

    routed = assign_segments(
        columns, draw.random(count), draw.random(count) < 0.5, draw.thresholds, JourneySettings()
    )
    plays = match_plays(routed.facts, playbook)
    assert plays.shape == (count,)
    assert ((plays >= 0) & (plays <= len(playbook.plays))).all()
    assert (routed.recall < len(RECALL)).all(), "everyone is in exactly one segment"
    for at in range(count):
        play = playbook.plays[plays[at]] if plays[at] < len(playbook.plays) else None
        row = row_of(str(at), play, draw.choice([None, "refunded"]))
        context = DecisionContext(shop, playbook, draw.cutoff, draw.contacts, frozenset())
        decide_action(row, LastProducts(), context)
        assert row.what in ("contact", "dont")
        if row.play and not row.service:
            assert _build_audience_filter(shop, playbook, draw.thresholds, row.play, [])[
                "in_words"
            ]["zh"]
        assert (row.why_not is None) == (row.what == "contact")
        if row.message:
            assert set(_PLACEHOLDER.findall(row.message)) <= _find_meant_braces(text)


class _Draw:
    def __init__(self, seed, thresholds, cutoff, contacts):
        self._draw = np.random.default_rng(seed)
        self.random, self.choice = self._draw.random, self._draw.choice
        self.thresholds, self.cutoff, self.contacts = thresholds, cutoff, contacts


def _random_customers(seed):
    draw = np.random.default_rng(seed)
    return {
        feature.name: np.where(
            draw.random(4) < 0.3, np.nan, draw.choice([0, 1, 3, 7, 29.5, 400, 1e6], 4)
        )
        for feature in ALL_FEATURES
    }


@pytest.mark.parametrize(
    "examples", [250, pytest.param(5_000 if SOAK else 1_500, marks=pytest.mark.full)]
)
def test_no_playbook_crashes_gives_two_plays_or_leaves_a_hole(examples, shop, learned):
    from winback.core.cutoff import Cutoff
    from winback.data.contacts import Contact
    from winback.data.contacts import Contacts as Known

    thresholds = Thresholds.from_dict(learned.bundle.thresholds)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_BOOK, st.integers(0, 2**32 - 1))
    def run(text, seed):
        people = {
            str(at): Contact(
                frozenset({"wecom", "sms", "email", "audience"}) if at % 2 else frozenset()
            )
            for at in range(4)
        }
        draw = _Draw(
            seed, thresholds, Cutoff(DAY, "UTC", 30), Known(people, 4, 0, 0, seed % 2 == 0)
        )
        random_book_holds(shop, _random_customers(seed), draw, text)

    run()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("李丽", "李丽"),
        ("'a'", "a"),
        ("x" * 27 + "''", "x" * 27),
        ("😀" * 40, "😀" * 14),
        ("[", "–"),
    ],
)
def test_a_sheet_has_a_name_that_a_workbook_takes(owner, name):
    """At most 31 units of UTF-16, no quotation mark at either end, no name twice."""
    used: set[str] = set()
    assert _choose_sheet_name(owner, used) == name
    again = _choose_sheet_name(owner, used)
    assert again.endswith(" 2")
    assert len(again.encode("utf-16-le")) <= 62
