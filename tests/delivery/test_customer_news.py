"""What came in after the plan keeps messages back, whatever its date; read again as soon as it is there."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.typed_commands import AFTER_THE_DATA, DAY, WAVE
from tests.ledger.world import Receiver, assert_well, plan, run, treated
from winback.config.segmentation import JourneySettings
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.customer_news import PlannedFacts, find_news, load_facts
from winback.ledger.engine import open_ledger
from winback.ledger.suppression import SuppressionRules

SINCE = datetime(2026, 3, 15)
DAYS = timedelta(days=1)


@pytest.fixture
def tables():
    con = duckdb.connect()
    con.execute(
        "create table orders (customer_id text, order_id text, occurred_at timestamp, amount_minor bigint,"
        " deposit boolean, gift boolean, wholesale boolean, brushing boolean)"
    )
    con.execute(
        "create table refunds (customer_id text, order_id text, occurred_at timestamp, amount_minor bigint)"
    )
    con.execute(
        "create table events (customer_id text, kind text, ref text, occurred_at timestamp)"
    )
    order(con, "a", "1", SINCE - 200 * DAYS)
    order(con, "a", "2", SINCE - 150 * DAYS)
    return con


def order(con, customer, number, at, amount=990, **flags):
    marks = [flags.get(name, False) for name in ("deposit", "gift", "wholesale", "brushing")]
    con.execute(
        "insert into orders values (?, ?, ?, ?, ?, ?, ?, ?)", [customer, number, at, amount, *marks]
    )


def event(con, kind, at, customer="a"):
    con.execute("insert into events values (?, ?, null, ?)", [customer, kind, at])


def news(con, planned, now=SINCE + 2 * DAYS, own=None):
    return find_news(con, JourneySettings(), {"a": planned}, SINCE, now, own or {}).get("a")


def test_nothing_new_keeps_nobody_back(tables):
    assert news(tables, load_facts(tables, ["a"])["a"]) is None


def test_an_order_of_before_the_cut_off_that_came_later_is_news(tables):
    """Scenario B4: yesterday's export did not have it."""
    planned = load_facts(tables, ["a"])["a"]
    order(tables, "a", "3", SINCE - DAYS)
    assert news(tables, planned) == "order_news"
    assert news(tables, None) is None, "what a plan of before did not keep cannot be compared"


@pytest.mark.parametrize(
    "change",
    [
        "update orders set amount_minor = 1 where order_id = '2'",
        "update orders set occurred_at = occurred_at + interval 1 day where order_id = '2'",
        "delete from orders where order_id = '1'",
        "update orders set brushing = true where order_id = '1'",
    ],
)
def test_a_changed_order_is_news(tables, change):
    planned = load_facts(tables, ["a"])["a"]
    tables.execute(change)
    assert news(tables, planned) == "order_news"


def test_refunds_and_requests_that_came_later_are_news(tables):
    planned = load_facts(tables, ["a"])["a"]
    event(tables, "refund_request", SINCE - DAYS)
    assert news(tables, planned) == "refund_news"
    planned = load_facts(tables, ["a"])["a"]
    tables.execute("insert into refunds values ('a', '1', ?, 990)", [SINCE - 9 * DAYS])
    assert news(tables, planned) == "refund_news"


def test_a_complaint_that_is_open_keeps_back_whenever_it_was_opened(tables):
    event(tables, "complaint_opened", SINCE - DAYS)
    assert news(tables, None) == "complaint"
    event(tables, "complaint_resolved", SINCE)
    assert news(tables, None) is None


def test_a_parcel_under_way_keeps_back_until_it_is_there(tables):
    event(tables, "shipment", SINCE + DAYS)
    assert news(tables, None) == "shipment"
    assert news(tables, None, now=SINCE + 40 * DAYS) is None, "it counts as delivered by then"
    event(tables, "delivered", SINCE + DAYS)
    assert news(tables, None) is None


def test_a_campaign_of_the_shops_own_keeps_back_for_a_week_but_our_own_message_does_not(tables):
    event(tables, "campaign_received", SINCE)
    assert news(tables, None) == "own_broadcast"
    assert news(tables, None, now=SINCE + 8 * DAYS) is None
    assert news(tables, None, own={"a": [SINCE + DAYS / 2]}) is None


def test_facts_are_the_same_in_any_order_and_of_nobody_unknown(tables):
    assert load_facts(tables, ["a", "nobody"])["nobody"] == PlannedFacts("0", "0")
    facts = load_facts(tables, ["a"])["a"]
    assert facts == PlannedFacts.parse(str(facts))
    tables.execute("create table turned as select * from orders order by order_id desc")
    tables.execute("drop table orders")
    tables.execute("alter table turned rename to orders")
    assert load_facts(tables, ["a"])["a"] == facts


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    return ledger


class ChangingRules:
    """Rules that are others once a letter has gone out: what happened is in the tables by then."""

    def __init__(self, receiver, after):
        self.receiver, self.after, self.read = receiver, after, []

    def get(self, _now):
        if not self.is_current():
            self.read.append(len(self.receiver.log))
            changed = {("general-2026w47", "c2"): "ordered"} if self.receiver.log else {}
            self.rules = SuppressionRules(kept_away=changed)
        return self.rules

    def is_current(self):
        return bool(self.read) and (len(self.read) > 1 or len(self.receiver.log) < self.after)

    def forget(self):
        """It is read anew where `is_current` says so."""


def test_what_changes_within_a_run_is_read_before_the_next_message(ledger, tmp_path):
    receiver = Receiver("one_shot")
    plan(ledger, [treated(f"c{at}") for at in range(4)])
    rules = ChangingRules(receiver, after=2)
    done = run(ledger, {"email": receiver}, tmp_path, rules)
    assert [each[1] for each in receiver.log] == ["c0", "c1", "c3"]
    assert (rules.read, done.kept) == ([0, 2], {"ordered": 1})
    assert_well(ledger, [receiver])


def test_settings_that_can_no_longer_be_used_stop_a_run_and_lose_nothing(ledger, tmp_path):
    class Broken(ChangingRules):
        def get(self, now):
            if self.receiver.log:
                raise ChannelStopped("settings_changed")
            return super().get(now)

    receiver = Receiver("one_shot")
    plan(ledger, [treated(f"c{at}") for at in range(4)])
    done = run(ledger, {"email": receiver}, tmp_path, Broken(receiver, 1))
    assert done.stopped == {"email": {"reason": "settings_changed", "detail": ""}}
    assert run(ledger, {"email": receiver}, tmp_path).sent == 3
    assert_well(ledger, [receiver])


def test_an_order_that_comes_with_a_later_import_keeps_its_customer_back(context):
    """From the shop's files to the message that does not go, as an operator types it."""
    planned = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(planned["treatment"]))
    with context.ledger.begin_read() as connection:
        first = connection.exec_driver_sql(
            "select customer_id from deliveries where step = 1 order by rank"
        ).scalar()
    source = context.file.read_text().split('paths = ["')[1].split('"')[0]
    rows = Path(source).read_text(encoding="utf-8").splitlines()
    late = next(row for row in rows[1:] if row.startswith(f"{first},") and ",Done" in row)
    number = late.split(",")[1]
    mine = context.file.parent / "orders.csv"
    mine.write_text("\n".join([*rows, late.replace(number, f"{number}-late")]), encoding="utf-8")
    context.file.write_text(context.file.read_text().replace(f'"{source}"', f'"{mine}"'))
    with context.at(AFTER_THE_DATA):
        context("import")
    kept = context("wave", "run", "--json")["kept"]
    assert kept["order_news"] == 1
    assert first not in {row["customer_id"] for row in context.handed()}


def test_a_product_that_is_sold_out_by_now_is_not_written_of(context):
    """A message that does not name it may go."""
    products = context.file.parent / "products.csv"
    columns = '[products.columns]\nsku = "sku"\nstock = "left"\n'
    text = context.file.read_text().replace('sku = "sku"', 'sku = "sku"\nproduct_name = "sku"')
    context.file.write_text(f'{text}[products]\npath = "products.csv"\n{columns}')

    def import_stock(gone=None):
        rows = [f"s{at},{0 if f's{at}' == gone else 5}" for at in range(60)]
        products.write_text("\n".join(["sku,left", *rows]))
        with context.at(AFTER_THE_DATA):
            context("import")

    import_stock()
    planned = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(planned["treatment"]))
    with context.ledger.begin_read() as connection:
        naming = connection.exec_driver_sql(
            "select customer_id, skus from deliveries where step = 1 and skus is not null"
        ).all()
    skus = {customer: json.loads(named) for customer, named in naming}
    gone = skus[min(skus)][0]
    import_stock(gone)
    kept = context("wave", "run", "--json")["kept"]
    named = {customer for customer, mine in skus.items() if gone in mine}
    assert kept == {"out_of_stock": len(named)}
    written = {row["customer_id"] for row in context.handed()}
    assert written
    assert named.isdisjoint(written)
