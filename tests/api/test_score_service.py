"""By id, from features and from history the service says what the batch job says, bit for bit (RELIABILITY T8)."""

import asyncio
import json
from datetime import UTC, timedelta

import numpy as np
import pytest

from winback.api.handlers import Questions
from winback.api.score_service import from_shelf
from winback.core.cutoff import Cutoff
from winback.features.registry import feeds_at
from winback.features.rule_features import EVERYTHING
from winback.features.sql_compiler import feature_table
from winback.scoring.batch import score, snapshot_of
from winback.scoring.snapshot_index import open_shelf

CUTOFFS = 15
SAME = ("churn_probability", "risk_tier", "recall_segment", "routed_by", "quadrant", "silent_class", "lifecycle", "rfmb_score",
        "outside_population")  # fmt: skip


def moment(at):
    return at.replace(tzinfo=UTC).isoformat()


def histories(store):
    """Every customer's canonical rows as a client would send them."""
    con, customers = store.connect(), {}

    def of(row):
        return customers.setdefault(
            row["customer_id"],
            {"customer_id": row["customer_id"], "orders": {}, "refunds": [], "events": []},
        )

    def rows(table, order):
        return con.sql(f"select * from {table} order by {order}").to_arrow_table().to_pylist()

    for row in rows("orders", "order_id"):
        plain = {name: row[name] for name in ("order_id", "amount_cents", "discount_cents", "units", "deposit", "gift",
                                              "wholesale", "brushing")}  # fmt: skip
        times = {"occurred_at": moment(row["occurred_at"]), "known_at": moment(row["known_at"])}
        of(row)["orders"][row["order_id"]] = {
            **plain,
            **times,
            "line_count": row["lines"],
            "lines": [],
        }
    for row in rows("order_lines", "order_id, line"):
        plain = {
            name: row[name] for name in ("amount_cents", "sku", "category", "bestseller", "bargain")
        }
        of(row)["orders"][row["order_id"]]["lines"].append(plain)
    for row in rows("refunds", "order_id, occurred_at"):
        times = {"occurred_at": moment(row["occurred_at"]), "known_at": moment(row["known_at"])}
        of(row)["refunds"].append(
            {**times, "order_id": row["order_id"], "amount_cents": row["amount_cents"]}
        )
    for row in rows("events", "occurred_at, kind, value"):
        times = {"occurred_at": moment(row["occurred_at"]), "known_at": moment(row["known_at"])}
        of(row)["events"].append(
            {
                **times,
                "kind": row["kind"],
                "value": row["value"],
                "dated_only": row["local_hour"] is None,
            }
        )
    return {
        key: {**each, "orders": list(each["orders"].values())}
        for key, each in customers.items()
        if each["orders"]
    }


def batch(store, served, shop, day):
    """What the batch job says at a day: features and snapshot by customer."""
    cutoff = Cutoff(day, shop.timezone, served.thresholds.outcome_days)
    features = feature_table(
        store.connect(), cutoff, feeds_at(store.first_known, cutoff), EVERYTHING
    )
    rows = snapshot_of(features, cutoff, served.bundle, served.thresholds, shop).to_pylist()
    return {row["customer_id"]: row for row in features.to_pylist()}, {
        row["customer_id"]: row for row in rows
    }


def same(told, row):
    """Whether an answer is the batch job's, to the bit."""
    listed = {"touchpoints": row["touchpoints"], "do_not_contact": row["do_not_contact"]}
    assert all(told[name] == (text.split(",") if text else []) for name, text in listed.items()), (
        told,
        row,
    )
    for name in SAME:
        theirs = None if isinstance(row[name], float) and np.isnan(row[name]) else row[name]
        assert told[name] == theirs, (name, told, row)


def ask(question, body):
    return json.loads(asyncio.run(question(json.dumps(body).encode())))["scores"]


@pytest.mark.parametrize("cutoffs", [2, pytest.param(CUTOFFS, marks=pytest.mark.full)])
def test_ten_thousand_customers_at_as_many_moments_get_the_batch_jobs_bits(
    scored_home, made_store, tmp_path, cutoffs
):
    """A customer's segment must not depend on who asked, or how."""
    live = scored_home.live()
    questions, served, shop = Questions(live), live.served, live.shop
    everybody, pairs = histories(made_store), 0
    for step in range(cutoffs):
        day = made_store.last_day - timedelta(days=9 * step)
        features, rows = batch(made_store, served, shop, day)
        asked = list(everybody)
        by_history = [told for start in range(0, len(asked), 100) for told in ask(questions.from_history, {
            "cutoff": str(day), "customers": [everybody[each] for each in asked[start:start + 100]]})]  # fmt: skip
        assert [told["customer_id"] for told in by_history] == asked
        for told in by_history:
            assert (told["status"] == "scored") == (told["customer_id"] in rows)
            if told["status"] == "scored":
                same(told, rows[told["customer_id"]])
        sent = [{"customer_id": each, "features": {name: row[name] for name in row if name != "customer_id"}}
                for each, row in features.items()]  # fmt: skip
        for told in ask(questions.from_features, {"cutoff": str(day), "rows": sent}):
            same(told, rows[told["customer_id"]])
        score(shop, made_store, served.bundle, tmp_path, day)
        shelf = open_shelf((tmp_path / day.isoformat()).resolve())
        assert len(shelf) == len(rows)
        for each, row in rows.items():
            told = from_shelf(shelf, each)
            same({name: getattr(told, name) for name in told.__struct_fields__}, row)
        pairs += len(rows)
    assert pairs >= (10_000 if cutoffs == CUTOFFS else 1_200)


def test_one_row_and_many_get_the_same_bits(scored_home, made_store):
    """Whoever asks at the same time as others is scored with them."""
    live = scored_home.live()
    questions, day = Questions(live), made_store.last_day
    features, _ = batch(made_store, live.served, live.shop, day)
    rows = [{"customer_id": each, "features": {name: row[name] for name in row if name != "customer_id"}}
            for each, row in list(features.items())[:40]]  # fmt: skip
    together = ask(questions.from_features, {"cutoff": str(day), "rows": rows})

    async def at_once():
        bodies = [json.dumps({"cutoff": str(day), "rows": [row]}).encode() for row in rows]
        return await asyncio.gather(*map(questions.from_features, bodies))

    assert [json.loads(each)["scores"][0] for each in asyncio.run(at_once())] == together


def test_what_lies_after_the_cutoff_changes_nothing(scored_home, made_store):
    live = scored_home.live()
    day = made_store.last_day - timedelta(days=60)
    everybody = histories(made_store)
    ids = list(everybody)[:100]
    whole = ask(
        Questions(live).from_history,
        {"cutoff": str(day), "customers": [everybody[each] for each in ids]},
    )
    at = moment(Cutoff(day, live.shop.timezone, 1).at)

    def cut(history):
        past = {
            name: [row for row in history[name] if row["known_at"] < at]
            for name in ("orders", "refunds", "events")
        }
        return {**history, **past}

    kept = [cut(everybody[each]) for each in ids]
    some = [each for each in kept if each["orders"]]
    told = {
        each["customer_id"]: each
        for each in ask(Questions(live).from_history, {"cutoff": str(day), "customers": some})
    }
    assert {each["customer_id"]: each for each in whole if each["status"] == "scored"} == told


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (
            {
                "orders_lifetime": -1e15,
                "purchase_days_lifetime": -1e15,
                "days_since_first_order": -1e15,
            },
            "$.rows[0].features",
        ),
        ({"orders_lifetime": 1e16}, "$.rows[0].features.orders_lifetime"),
        ({"orders_lifetime": "3"}, "$.rows[0].features.orders_lifetime"),
        ({"orders_lifetime": True}, "$.rows[0].features.orders_lifetime"),
        ({"orders_lifetimes": 3}, "$.rows[0].features"),
    ],
)
def test_features_that_cannot_be_are_refused_where_they_stand(door, made_store, change, at):
    features, _ = batch(made_store, door.live.served, door.live.shop, made_store.last_day)
    customer, row = next(iter(features.items()))
    sent = {
        "customer_id": customer,
        "features": {name: row[name] for name in row if name != "customer_id"} | change,
    }
    told = door.post(
        "/v1/scores/from-features", json={"cutoff": str(made_store.last_day), "rows": [sent]}
    )
    assert (told.status_code, told.json()["errors"][0]["at"]) == (422, at)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_a_moment_at_the_end_of_time_is_refused_or_scored(door, moment):
    """It must not break anything."""
    orders = [
        {"order_id": "n1", "occurred_at": moment},
        {"order_id": "n2", "occurred_at": "2026-05-01T00:00:00Z"},
    ]
    told = door.post(
        "/v1/scores/from-history",
        json={"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": orders}]},
    )
    assert (told.status_code, told.json()["errors"][0]["at"]) == (422, "$.customers[0]")


def test_an_order_nothing_was_paid_for_is_a_gift_as_at_import(door):
    """Tomorrow's batch job would say so of the same order."""

    def ask(orders):
        body = {"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": orders}]}
        [told] = door.post("/v1/scores/from-history", json=body).json()["scores"]
        return told

    bought = {"order_id": "n1", "occurred_at": "2026-05-01T00:00:00Z", "amount_cents": 9900}
    free = {"order_id": "n2", "occurred_at": "2026-05-10T00:00:00Z", "amount_cents": 0}
    assert ask([bought, free]) == ask([bought, {**free, "gift": True}]) == ask([bought])
    assert ask([free])["status"] == "unknown"


def test_a_body_of_a_million_things_is_refused_before_they_are_made(door):
    lines = b",".join([b"{}"] * 1_000_000)
    body = (
        b'{"cutoff":"2026-05-20","customers":[{"customer_id":"a","orders":[{"order_id":"1","occurred_at":"2026-05-01T00:00:00Z","lines":['
        + lines
        + b"]}]}]}"
    )
    told = door.post(
        "/v1/scores/from-history", content=body, headers={"content-type": "application/json"}
    )
    assert (told.status_code, "150,000" in told.json()["detail"]) == (422, True)


def test_a_missing_feature_is_named(door):
    """A row that lacks a column would be scored as another customer."""
    told = door.post(
        "/v1/scores/from-features",
        json={"cutoff": "2026-05-20", "rows": [{"customer_id": "a", "features": {}}]},
    )
    assert told.status_code == 422
    assert "days_since_last_order" in told.json()["detail"]


def test_an_order_sent_twice_is_refused(door):
    order = {"order_id": "n1", "occurred_at": "2026-05-01T10:00:00+08:00", "amount_cents": 100}
    told = door.post(
        "/v1/scores/from-history",
        json={
            "cutoff": "2026-05-20",
            "customers": [{"customer_id": "a", "orders": [order, order]}],
        },
    )
    assert (told.status_code, told.json()["errors"][0]["at"]) == (422, "$.customers[0].orders")


def test_a_moment_without_its_zone_is_refused(door):
    """Eight hours either way decide on which day an order was."""
    order = {"order_id": "n1", "occurred_at": "2026-05-01T10:00:00"}
    told = door.post(
        "/v1/scores/from-history",
        json={"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": [order]}]},
    )
    assert (told.status_code, told.json()["errors"][0]["at"]) == (
        422,
        "$.customers[0].orders[0].occurred_at",
    )
