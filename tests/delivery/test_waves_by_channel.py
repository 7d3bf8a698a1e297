"""Waves through WeCom, e-mail and audience files, against receivers in processes of their own, as an operator types them."""

from collections import Counter
from datetime import UTC

import pytest

from tests.fixtures.typed_commands import AT, DAY, WAVE
from tests.fixtures.wave_channels import approved, ask, company, listed, people_of, smtp, wecom
from winback.config.shop import Shop, load_shop
from winback.delivery.contact_addresses import find_platform_name, open_vault
from winback.delivery.group_chat import notify_group
from winback.ledger.tables.schema import SCHEMA


def messages(context, **that):
    rows = context("wave", "status", WAVE, "--json")["messages"]
    return sum(
        row["messages"] for row in rows if all(row[name] == value for name, value in that.items())
    )


@pytest.mark.full
def test_a_wave_through_wecom_is_tasks_until_staff_confirm_them(context, start):
    people = people_of(context)
    there = company(start, people)
    listed(context, people, wecom(there.port, "wecom_task"))
    plan = approved(context)
    ran = context("wave", "run", "--json")
    tasks = there.log(did="task")
    assert ran["created"] == len(tasks) == messages(context, state="created") > 20
    owner_of = {each["wecom"]: each["owner"] for each in people}
    assert all(
        owner_of[task["external"][0]] == task["sender"] and len(task["external"]) == 1
        for task in tasks
    )
    assert plan["treatment"] == messages(context, step=1)
    assert context("wave", "run", "--json")["created"] == 0
    for number, task in enumerate(tasks):
        ask(there.port, "confirm", {"msgid": task["msgid"], "status": (1, 1, 2, 3, 0)[number % 5]})
    context("wave", "run")
    status = Counter()
    for row in context("wave", "status", WAVE, "--json")["messages"]:
        if row["channel"] == "wecom" and row["step"] == 1:
            status[row["state"], row["reason"]] += row["messages"]
    assert status["sent", "confirmed"] == sum(number % 5 in (0, 1) for number in range(len(tasks)))
    assert status["failed", "not_a_contact"] == sum(number % 5 == 2 for number in range(len(tasks)))
    assert status["failed", "received_enough"] == sum(
        number % 5 == 3 for number in range(len(tasks))
    )
    assert status["created", "task_created"] == sum(number % 5 == 4 for number in range(len(tasks)))
    assert "task created" in context("wave", "status", WAVE)
    assert context("audit", "--json")["well"]


def test_a_task_whose_answer_was_lost_is_found_at_the_next_run(context, start):
    """C5: looked for in WeCom's list of tasks, never made twice."""
    people = people_of(context)
    there = company(
        start, people, "html", *["ok"] * 1000, now=int(AT.replace(tzinfo=UTC).timestamp())
    )
    listed(context, people, wecom(there.port, "wecom_task"))
    approved(context)
    first = context("wave", "run", "--json")
    assert (first["unknown"], first["created"], first["stopped"]["wecom"]["reason"]) == (
        1,
        0,
        "no_answer",
    ), "nothing goes after it"
    context("wave", "run")
    assert messages(context, state="unknown") == 0
    assert messages(context, state="created") == len(there.log(did="task")) > 20


@pytest.mark.full
def test_a_wave_of_tags_marks_each_customer_once(context, start):
    people = people_of(context)
    there = company(start, people)
    listed(context, people, wecom(there.port, "wecom_tag"))
    approved(context)
    ran = context("wave", "run", "--json")
    marks = there.log(did="mark")
    assert 20 < len(marks) == len({each["external_userid"] for each in marks}) <= ran["sent"]
    assert {each["group"] for each in there.log(did="tag")} == {"Winback"}
    later = DAY.replace(day=8)
    plan = context("wave", "plan", "--cutoff", str(later), "--json")
    context("wave", "approve", plan["wave"], "--customers", str(plan["treatment"]))
    context.now = context.now.replace(day=8)
    context("wave", "run")
    assert len(there.log(did="mark")) >= len(marks)


@pytest.mark.full
def test_a_channel_that_stops_is_told_to_the_group_once_a_day(context, start):
    people = people_of(context)
    there = company(start, people, "48002")
    listed(context, people, wecom(there.port, "wecom_task", 'robot = "key"'))
    approved(context)
    ran = context("wave", "run", "--json")
    assert ran["stopped"]["wecom"]["reason"] == "no_permission"
    context("wave", "run")
    [line] = there.log(did="robot")
    assert "企业微信" in line["content"] or "WeCom" in line["content"]
    assert messages(context, state="pending", channel="wecom") > 0
    assert there.log(did="task") == []


@pytest.mark.full
def test_a_vault_under_another_key_stops_its_channels_and_loses_nobody(context, start):
    people = [{**each, "wecom": "", "owner": ""} for each in people_of(context)]
    sink = start("mail", "{}")
    listed(context, people, smtp(sink.port))
    approved(context)
    vault = open_vault(context.shop, context.ledger, context.folder)
    vault.replace_source({}, "contacts")  # as it was before this list
    (context.folder / "vault.key").rename(context.folder / "vault.kept")
    other = context("wave", "run", "--json")
    assert other["unknown"] == 0
    assert other["sent"] + sum(other["kept"].values()) == messages(context, step=1), (
        "sealed anew under the new key, from the list"
    )


def test_nobody_is_disturbed_at_night_where_they_are(context):
    """Eleven in Shanghai is nine in Urumqi and eight in the evening in Los Angeles; a zone there is none is the shop's."""
    zones = ("", "Asia/Urumqi", "America/Los_Angeles", "Mars/Olympus", "Europe/London")
    people = [
        {**each, "wecom": "", "owner": "", "zone": zones[number % 5]}
        for number, each in enumerate(people_of(context))
    ]
    listed(context, people, "")
    context.file.write_text(
        context.file.read_text().replace(
            'sms_consent = "sms"', 'sms_consent = "sms", timezone = "zone"'
        )
    )
    approved(context)
    zone_of = {each["id"]: each["zone"] for each in people}
    context("wave", "run")
    handed = [zone_of[row["customer_id"]] for row in context.handed()]
    assert set(handed) == {"", "Asia/Urumqi", "Mars/Olympus"}
    context.now = AT.replace(hour=9)  # ten in London, two at night in Los Angeles
    context("wave", "run")
    assert {zone_of[row["customer_id"]] for row in context.handed()} - set(handed) == {
        "Europe/London"
    }
    context.now = AT.replace(hour=17)  # ten in the morning there
    context("wave", "run")
    assert {zone_of[row["customer_id"]] for row in context.handed()} == set(zones)


def test_two_words_of_a_day_are_both_told_once(context, start):
    people = people_of(context)
    there = company(start, people)
    listed(context, people, wecom(there.port, "wecom_task", 'robot = "key"'))
    shop = load_shop(context.file)
    context.ledger.migrate()
    result = [notify_group(shop, context.ledger, text, AT) for text in ("one", "two", "one", "two")]
    assert result == [True, True, False, False]
    assert [line["content"] for line in there.log(did="robot")] == ["one", "two"]


@pytest.mark.parametrize(
    ("customer", "name"),
    [
        ("taobao:li", "li"),
        ("taobao:phone-12", None),
        ("own:7", None),
        ("li", None),
        ("mail-12", None),
    ],
)
def test_a_name_on_a_marketplace_is_of_its_own_buyers(customer, name):
    sources = (
        {"profile": "taobao", "platform": "taobao", "paths": ["a.csv"]},
        {"profile": "shopify", "platform": "own", "paths": ["b.csv"]},
    )
    assert find_platform_name(Shop(name="s", orders=sources), customer) == name
    assert (
        find_platform_name(
            Shop(name="s", orders=({"profile": "taobao", "paths": ["a.csv"]},)), "li"
        )
        == "li"
    )


def test_letters_go_out_once_and_a_click_ends_them(context, start):
    people = [{**each, "wecom": "", "owner": "", "phone": ""} for each in people_of(context)]
    sink = start("mail", "{}")
    listed(context, people, smtp(sink.port))
    approved(context)
    ran = context("wave", "run", "--json")
    letters = sink.log()
    assert ran["sent"] == len(letters) > 20
    assert all(line["first"] for line in letters)
    assert all(line["one_click"] == "List-Unsubscribe=One-Click" for line in letters)
    token = letters[0]["unsubscribe"].strip("<>").split("t=")[1]
    assert context("opt-out", "--token", token, "--json") == {"customer": token, "channel": "email"}
    context(
        "opt-out",
        "--token",
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        code=2,
        result="not an unsubscribe token",
    )
    with context.ledger.begin_read() as connection:
        result = connection.exec_driver_sql(
            "select subject like 'to:%', channel, source from suppressions order by 1"
        ).all()
        [trail] = (
            connection.exec_driver_sql("select subject from audit_log where action = 'opted_out'")
            .scalars()
            .all()
        )
    assert result == [(False, "email", "link"), (True, "email", "link")]
    assert trail.startswith("customer-")


def test_an_audience_is_a_file_of_names(context):
    people = [
        {**each, "wecom": "", "owner": "", "phone": "", "mail": ""} for each in people_of(context)
    ]
    people[3]["nick"] = '=HYPERLINK("x")'
    listed(context, people, '[channels.audience]\nkind = "audience_file"\n')
    approved(context)
    ran = context("wave", "run", "--json")
    names = []
    for path in (context.folder / "audience" / WAVE).glob("*.csv"):
        names += path.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert len(names) == ran["sent"] == len(set(names)) > 20
    assert all(name.startswith(("nick", "\"'=")) for name in names)


@pytest.mark.full
def test_customers_are_matched_with_wecom_by_their_phone(context, start):
    people = people_of(context)
    there = company(start, people)
    unlisted = [{**each, "wecom": "yes" if each["wecom"] else "", "owner": ""} for each in people]
    unlisted[1]["phone"] = "13999999999"
    listed(context, unlisted, wecom(there.port, "wecom_task"))
    result = context("wave", "match", "--json")
    assert result["found"] == sum(bool(each["wecom"]) for each in people) - 1
    assert (result["unmatched"], result["ambiguous"]) == (1, 0)
    assert f"{people[1]['owner']},wo1,,no_customer" in (
        context.folder / "wecom-unmatched.csv"
    ).read_text(encoding="utf-8-sig")
    approved(context)
    assert context("wave", "run", "--json")["created"] > 20
    owner_of = {each["wecom"]: each["owner"] for each in people}
    assert all(owner_of[task["external"][0]] == task["sender"] for task in there.log(did="task"))


def test_matching_says_what_it_lacks(context):
    context("wave", "match", code=2, result="no WeCom settings")
    context.file.write_text(context.file.read_text() + wecom(9, "wecom_task"))
    context("wave", "match", code=2, result="no contact list")
    listed(context, people_of(context), "")
    context("wave", "match", code=1, result="cannot be reached")


@pytest.mark.full
def test_addresses_are_in_the_vault_and_nowhere_else_in_the_ledger(context, start):
    people = people_of(context)
    there = company(start, people)
    listed(context, people, wecom(there.port, "wecom_task"))
    approved(context)
    context("wave", "run")
    with context.ledger.begin_read() as connection:
        for table in SCHEMA.sorted_tables:
            result = repr(connection.execute(table.select()).all())
            assert not any(
                word in result for word in ("mail.example", "13800000", "wo1'", "nick1")
            ), table.name
    assert (context.folder / "vault.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        (
            '[channels.sms]\nkind = "wecom_task"\ncorpid = "c"\nsecret = "s"\n',
            "wecom_task is for wecom, not for sms",
        ),
        (
            '[channels.wecom]\ncorpid = "c"\nsecret = "s"\n',
            "channels.wecom.kind = None: choose among handoff, webhook",
        ),
        ('[channels.wecom]\nkind = "telegram"\n', "channels.wecom.kind = 'telegram': choose among"),
        (
            '[channels.wecom]\nkind = "wecom_task"\nsecret = "s"\n',
            "channels.wecom.corpid is missing",
        ),
        (
            '[channels.wecom]\nkind = "wecom_task"\ncorpid = "c"\nsecret = "s"\nroot = "http://x.example/cgi-bin"\n',
            "write root as https://",
        ),
        (
            '[channels.email]\nkind = "smtp"\nhost = "mail.example"\nsecurity = "none"\nsender = "a@b.c"\nunsubscribe = "https://x.example"\n',
            "in the clear",
        ),
        (
            '[channels.email]\nkind = "smtp"\nhost = "h"\nsender = "a@b.c, d@e.f"\nunsubscribe = "https://x.example"\n',
            "write one address",
        ),
        (
            '[channels.email]\nkind = "smtp"\nhost = "h"\nsender = "a@b.c"\nunsubscribe = "http://x.example"\n',
            "write unsubscribe as https://",
        ),
        (
            '[channels.email]\nkind = "smtp"\nhost = "h"\nsender = "a@b.c"\nunsubscribe = "https://x.example"\nuser = "u"\n',
            "user and password",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_with_what_to_write(context, settings, result):
    context.file.write_text(context.file.read_text() + settings)
    context("wave", "show", code=2, result=result)


def test_secrets_come_from_the_environment(context, monkeypatch):
    context.file.write_text(
        context.file.read_text() + wecom(9, "wecom_task").replace("s3cret", "${WECOM_SECRET}")
    )
    context("wave", "show", code=2, result="WECOM_SECRET")
    monkeypatch.setenv("WECOM_SECRET", "s3cret")
    assert context("wave", "show", "--json") == {"waves": []}
