"""Whoever said no, by whatever way, gets nothing more, as an operator types it and as a customer clicks it."""

import asyncio
from types import SimpleNamespace

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI

from tests.fixtures.merges import write_merges
from tests.fixtures.typed_commands import AT, DAY, WAVE
from tests.fixtures.wave_channels import approved, listed, people_of
from winback.config.shop import load_shop
from winback.dashboard import unsubscribe
from winback.data.pseudonyms import load_key
from winback.data.store import open_store
from winback.delivery.address_hashes import hash_address
from winback.delivery.persons import list_person_ids, load_address_hashes
from winback.delivery.suppression_rules import get_suppression_rules
from winback.delivery.unsubscribe_link import build_unsubscribe_token
from winback.experiments.assignment import find_unsubscribed
from winback.ledger.consents import suppress
from winback.playbooks.matching import load_playbook

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "13800138000", "+86 138-0013-8000"),
        ("phone", "13800138000", "（0086）１３８ 0013 8000"),
        ("email", "Li@Example.com ", "li@example.com"),
        ("email", "ＬＩ@example.com", "li@example.com"),
    ],
)
def test_an_address_has_one_hash_however_it_is_written(kind, one, other):
    assert hash_address(one, KEY, kind) == hash_address(other, KEY, kind)


def test_a_hash_tells_kinds_and_names_apart_and_gives_no_address_away():
    assert hash_address("wo12345678", KEY, "wecom") != hash_address("wx12345678", KEY, "wecom")
    assert hash_address("a", KEY, "wecom") != hash_address("a", KEY, "platform")
    assert hash_address("13800138000", KEY, "phone") != hash_address(
        "13800138000", bytes(32), "phone"
    )
    assert "138" not in hash_address("13800138000", KEY, "phone")[:12]


def _mails_go(context, people):
    """Everybody in the wave is reached by hand-off lists, and known with phone and e-mail."""
    listed(context, [{**each, "wecom": "", "owner": ""} for each in people], "")
    approved(context)


def _first(context, count):
    """Customers whom nothing else keeps back: who is handed over by a run on a copy of the rules."""
    rules = _rules(context)
    with context.ledger.begin_read() as connection:
        rows = connection.exec_driver_sql(
            "select wave_id, customer_id, channel from deliveries where step = 1 order by rank"
        ).all()
    free = [
        row.customer_id for row in rows if (row.wave_id, row.customer_id) not in rules.kept_away
    ]
    return free[:count]


def _rules(context, store=None):
    return get_suppression_rules(
        load_shop(context.file),
        load_playbook(context.shop),
        store or open_store(context.folder),
        context.ledger,
        context.folder,
        AT,
    )


def test_a_number_that_answered_r_is_left_alone_with_every_account_that_has_it(context):
    people = people_of(context)
    _mails_go(context, people)
    context("wave", "status", WAVE)
    one, other, third = _first(context, 3)
    phone = next(each["phone"] for each in people if each["id"] == one)
    mail = next(each["mail"] for each in people if each["id"] == third)
    text = (context.file.parent / "contacts.csv").read_text(encoding="utf-8")
    second = next(each["phone"] for each in people if each["id"] == other)
    (context.file.parent / "contacts.csv").write_text(text.replace(second, phone), encoding="utf-8")
    spaced = f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
    said = context("opt-out", "--phone", spaced, "--json")
    assert said == {"address": spaced, "channel": "*", "customers": 2}
    assert context("opt-out", "--email", mail.upper(), "--json")["customers"] == 1
    assert context("opt-out", "--phone", "13900000000", "--json")["customers"] == 0
    context("opt-out", "--phone", "139****0000", code=2, result="nothing covered")
    context("opt-out", "--email", "nobody", code=2, result="nobody")
    context("opt-out", one, "--phone", phone, code=2, result="--phone")
    context("opt-out", "--phone", phone, "--channel", "sms", "--lang", "zh", result="顾客：2")
    context("wave", "run", "--resume", "pigeon", code=2, result="pigeon")
    context("wave", "run", "--resume", "email")
    handed = {row["customer_id"] for row in context.handed()}
    assert handed
    assert handed.isdisjoint({one, other, third})
    dump = "\n".join(context.ledger.path.read_bytes().decode("latin-1").split())
    assert phone not in dump
    assert mail not in dump
    assert context("audit", "--json")["well"]


def test_whom_the_list_calls_unsubscribed_is_left_alone_under_another_account_too(context):
    people = people_of(context)
    _mails_go(context, people)
    one, other = _first(context, 2)
    by_id = {each["id"]: each for each in people}
    rows = [
        {
            **each,
            "wecom": "",
            "owner": "",
            "gone": "yes" if each["id"] == other else "",
            "mail": by_id[one]["mail"] if each["id"] == other else each["mail"],
        }
        for each in people
    ]
    lines = [",".join(rows[0]), *(",".join(each.values()) for each in rows)]
    (context.file.parent / "contacts.csv").write_text("\n".join(lines), encoding="utf-8")
    context.file.write_text(
        context.file.read_text().replace(
            'sms_consent = "sms"', 'sms_consent = "sms", unsubscribed = "gone"'
        )
    )
    context("wave", "run")
    assert {row["customer_id"] for row in context.handed()}.isdisjoint({one, other})


def test_a_no_of_any_address_the_list_has_of_a_customer_holds(context):
    """Of two rows of one customer the last says where messages go; a no of the other is theirs."""
    people = people_of(context)
    _mails_go(context, people)
    context("wave", "status", WAVE)
    one, other = _first(context, 2)
    file = context.file.parent / "contacts.csv"
    mine = next(each for each in people if each["id"] == one)
    older = {**mine, "wecom": "", "owner": "", "mail": "before@mail.example", "phone": ""}
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    text = "\n".join([header, ",".join(older.values()), *lines]) + "\n"
    said = context("opt-out", "--email", "before@mail.example", "--json")
    assert said["customers"] == 0, "whose it is nobody knows yet"
    file.write_text(text, encoding="utf-8")
    context("wave", "run")
    handed = {row["customer_id"] for row in context.handed()}
    assert one not in handed
    assert other in handed
    assert context("audit", "--json")["well"]


def test_who_has_the_address_of_somebody_held_out_gets_no_message(context):
    """The holdout shows what comes without a message: one at its address would spoil it."""
    people = people_of(context)
    _mails_go(context, people)
    with context.ledger.begin_read() as connection:
        held = connection.exec_driver_sql(
            "select customer_id from assignments where arm = 'holdout' order by 1"
        ).scalars()
        one, another = list(held)[:2]
    free = _first(context, 7)
    shared = {free[0]: one, **dict.fromkeys(free[1:], another)}
    by_id = {each["id"]: each["mail"] for each in people}
    rows = [{**each, "mail": by_id[shared.get(each["id"], each["id"])]} for each in people]
    lines = [",".join(rows[0]), *(",".join(each.values()) for each in rows)]
    file = context.file.parent / "contacts.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    context("wave", "run")
    with context.ledger.begin_read() as connection:
        kept = connection.exec_driver_sql(
            "select customer_id from deliveries where reason = 'beside_holdout' and step = 1"
        ).scalars()
        # What seven persons share is a till's, and tells of nobody.
        assert list(kept) == [free[0]]
    assert free[0] not in {row["customer_id"] for row in context.handed()}
    assert context("audit", "--json")["well"]


def test_an_order_under_any_id_of_a_person_keeps_a_message_back(context):
    approved(context)
    free = _first(context, 1)[0]
    store = open_store(context.folder)
    ordered = "select min(customer_id) from orders where occurred_at >= '2026-03-31 16:00'"
    [(buyer,)] = store.connect().execute(ordered).fetchall()
    write_merges(store, {free: buyer})
    assert _rules(context, store).kept_away[WAVE, free] == "ordered"


def test_a_no_of_the_customer_an_id_was_merged_into_holds_for_that_id(context):
    context.ledger.migrate()
    store = open_store(context.folder)
    write_merges(store, {"old": "k0001"})
    suppress(context.ledger, "k0001", "*", "unsubscribed", AT, "operator")
    assert find_unsubscribed(context.ledger, store, AT) == {"old", "k0001"}
    assert list_person_ids(store) == {"old": ("k0001", "old"), "k0001": ("k0001", "old")}


def test_where_no_list_tells_it_a_customer_is_known_by_what_they_ordered_with(context):
    lines = context.folder / "staged" / "0" / "0-lines.parquet"
    lines.parent.mkdir(parents=True, exist_ok=True)
    names = ["a", "b", *(f"till{number}" for number in range(6))]
    pa_table = pa.table(
        {
            "customer_id": names,
            "occurred_at": pa.array([AT] * len(names), pa.timestamp("us")),
            "phone_hash": ["phone-1", "phone-1", *["phone-till"] * 6],
            "email_hash": ["mail-1", None, *[None] * 6],
        }
    )
    pq.write_table(pa_table, lines)
    context.ledger.migrate()
    hashes = load_address_hashes(context.shop, context.ledger, context.folder, names, {})
    assert hashes == {
        "a": {"phone": "to:phone-1", "email": "to:mail-1"},
        "b": {"phone": "to:phone-1"},
    }


def test_receipts_say_why_a_message_came_back_and_who_called_it_spam(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    context("wave", "run")
    first, second = context.handed()[:2]
    file, at = context.file.parent / "heard.csv", "2026-04-01T12:00:00+08:00"
    file.write_text(
        f"delivery_id,kind,at,reason\n{first['delivery_id']},bounced,{at},550 5.1.1 <li@example.com>\n"
        f"{second['delivery_id']},complained,{at},\n{second['delivery_id']},bounced,{at},gone away\n"
    )
    said = context("wave", "receipts", str(file), "--json")
    assert said == {"kept": 2, "refused": [{"line": 4, "column": "reason", "value": "gone away"}]}
    with context.ledger.begin_read() as connection:
        kept = connection.exec_driver_sql("select subject, reason from suppressions").all()
        [reason] = connection.exec_driver_sql(
            "select reason from receipts where kind = 'bounced'"
        ).scalars()
    assert reason == "hard 550 5.1.1"
    assert {tuple(row) for row in kept} == {
        (first["customer_id"], "bounced"),
        (second["customer_id"], "complained"),
    }


@pytest.fixture
def page(context):
    """The page alone, over a wave that has been sent."""
    approved(context)
    context("wave", "run")
    app = FastAPI()
    desk = SimpleNamespace(
        ledger=context.ledger, folder=context.folder, shop=context.shop, now=lambda: AT
    )
    unsubscribe.add_pages(app, desk)

    def ask(method, path, **more):
        async def send():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://shop") as client:
                return await client.request(method, path, **more)

        return asyncio.run(send())

    return ask


def _refused(context):
    with context.ledger.begin_read() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "select subject, channel, source from suppressions"
            )
        ]


def test_the_page_shows_a_button_and_only_the_button_acts(context, page):
    """Scanners of mail follow every link: a GET must never unsubscribe anybody (RFC 8058)."""
    message = context.handed()[0]
    key = load_key(context.folder / "pseudonym.key")
    link = f"/unsubscribe?t={build_unsubscribe_token(key, message['delivery_id'])}"
    shown = page("GET", link)
    assert shown.status_code == 200
    assert "set-cookie" not in shown.headers
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert f'action="{link}"' in shown.text
    assert "退订" in page("GET", link, headers={"accept-language": "zh-CN"}).text
    assert page("HEAD", link).status_code == 405
    assert _refused(context) == []
    click = {"List-Unsubscribe": "One-Click"}
    answers = [page("POST", link, data=click, headers={"origin": "https://mail.example"})]
    assert _refused(context) == [(message["customer_id"], message["channel"], "link")]
    answers += [
        page("POST", each, data=click)
        for each in (link, "/unsubscribe?t=nothing", "/unsubscribe", f"{link}0")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1, "whoever tries tokens learns nothing"
    assert len(_refused(context)) == 1


def test_a_list_that_loses_rows_takes_no_no_back(context):
    """Who was unsubscribed there when a run read it stays so, until a row says otherwise."""
    people = [{**each, "stop": "no"} for each in people_of(context)]
    _mails_go(context, people)
    text = context.file.read_text()
    named = 'sms_consent = "sms", unsubscribed = "stop" }'
    context.file.write_text(text.replace('sms_consent = "sms" }', named))
    one = _first(context, 1)[0]
    others = [each for each in people if each["id"] != one]
    mine = next(each for each in people if each["id"] == one)

    def find_reason(*listed_people):
        lines = [",".join(each.values()) for each in (*others, *listed_people)]
        file = context.file.parent / "contacts.csv"
        file.write_text("\n".join([",".join(mine), *lines]) + "\n", encoding="utf-8")
        return _rules(context).kept_away.get((WAVE, one))

    assert find_reason({**mine, "stop": "yes"}) == "unsubscribed"
    assert find_reason() == "unsubscribed"
    assert find_reason(mine) is None
    assert context("audit", "--json")["well"]
