"""By id, from features and from history the service says what the batch job says, bit for bit."""

import asyncio
import json
from datetime import UTC, timedelta

import numpy as np
import pytest

from winback.api.handlers import Handlers
from winback.api.score_service import get_score
from winback.core.cutoff import Cutoff
from winback.features.registry import get_available_feeds
from winback.features.rule_features import ALL_FEATURES
from winback.features.sql_compiler import compute_features
from winback.scoring.batch import score_shop
from winback.scoring.snapshot import build_snapshot
from winback.scoring.snapshot_index import open_index

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
        plain = {name: row[name] for name in ("order_id", "amount_minor", "discount_minor", "units", "deposit", "gift",
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
            name: row[name] for name in ("amount_minor", "sku", "category", "bestseller", "bargain")
        }
        of(row)["orders"][row["order_id"]]["lines"].append(plain)
    for row in rows("refunds", "order_id, occurred_at"):
        times = {"occurred_at": moment(row["occurred_at"]), "known_at": moment(row["known_at"])}
        of(row)["refunds"].append(
            {**times, "order_id": row["order_id"], "amount_minor": row["amount_minor"]}
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
    features = compute_features(
        store.connect(), cutoff, get_available_feeds(store.first_known, cutoff), ALL_FEATURES
    )
    rows = build_snapshot(features, cutoff, served.bundle, served.thresholds, shop).to_pylist()
    return {row["customer_id"]: row for row in features.to_pylist()}, {
        row["customer_id"]: row for row in rows
    }


def same(result, row):
    """Whether an answer is the batch job's, to the bit."""
    listed = {"touchpoints": row["touchpoints"], "do_not_contact": row["do_not_contact"]}
    assert all(
        result[name] == (text.split(",") if text else []) for name, text in listed.items()
    ), (
        result,
        row,
    )
    for name in SAME:
        other = None if isinstance(row[name], float) and np.isnan(row[name]) else row[name]
        assert result[name] == other, (name, result, row)


def ask(question, body):
    return json.loads(asyncio.run(question(json.dumps(body).encode())))["scores"]


@pytest.mark.parametrize("cutoffs", [2, pytest.param(CUTOFFS, marks=pytest.mark.full)])
def test_ten_thousand_customers_at_as_many_moments_get_the_batch_jobs_bits(
    scored_home, made_store, tmp_path, cutoffs
):
    """A customer's segment must not depend on who asked, or how."""
    live = scored_home.live()
    questions, served, shop = Handlers(live), live.served, live.shop
    everybody, pairs = histories(made_store), 0
    for step in range(cutoffs):
        day = made_store.last_day - timedelta(days=9 * step)
        features, rows = batch(made_store, served, shop, day)
        asked = list(everybody)
        by_history = [result for start in range(0, len(asked), 100) for result in ask(questions.score_history, {
            "cutoff": str(day), "customers": [everybody[each] for each in asked[start:start + 100]]})]  # fmt: skip
        assert [result["customer_id"] for result in by_history] == asked
        for result in by_history:
            assert (result["status"] == "scored") == (result["customer_id"] in rows)
            if result["status"] == "scored":
                same(result, rows[result["customer_id"]])
        sent = [{"customer_id": each, "features": {name: row[name] for name in row if name != "customer_id"}}
                for each, row in features.items()]  # fmt: skip
        for result in ask(questions.score_features, {"cutoff": str(day), "rows": sent}):
            same(result, rows[result["customer_id"]])
        score_shop(shop, made_store, served.bundle, tmp_path, day)
        index = open_index((tmp_path / day.isoformat()).resolve())
        assert len(index) == len(rows)
        for each, row in rows.items():
            result = get_score(index, each)
            same({name: getattr(result, name) for name in result.__struct_fields__}, row)
        pairs += len(rows)
    assert pairs >= (10_000 if cutoffs == CUTOFFS else 1_200)


def test_one_row_and_many_get_the_same_bits(scored_home, made_store):
    """Whoever asks at the same time as others is scored with them."""
    live = scored_home.live()
    questions, day = Handlers(live), made_store.last_day
    features, _ = batch(made_store, live.served, live.shop, day)
    rows = [{"customer_id": each, "features": {name: row[name] for name in row if name != "customer_id"}}
            for each, row in list(features.items())[:40]]  # fmt: skip
    together = ask(questions.score_features, {"cutoff": str(day), "rows": rows})

    async def at_once():
        bodies = [json.dumps({"cutoff": str(day), "rows": [row]}).encode() for row in rows]
        return await asyncio.gather(*map(questions.score_features, bodies))

    assert [json.loads(each)["scores"][0] for each in asyncio.run(at_once())] == together


def test_what_lies_after_the_cutoff_changes_nothing(scored_home, made_store):
    live = scored_home.live()
    day = made_store.last_day - timedelta(days=60)
    everybody = histories(made_store)
    ids = list(everybody)[:100]
    whole = ask(
        Handlers(live).score_history,
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
    result = {
        each["customer_id"]: each
        for each in ask(Handlers(live).score_history, {"cutoff": str(day), "customers": some})
    }
    assert {each["customer_id"]: each for each in whole if each["status"] == "scored"} == result


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
def test_features_that_cannot_be_are_refused_where_they_stand(api, made_store, change, at):
    features, _ = batch(made_store, api.live.served, api.live.shop, made_store.last_day)
    customer, row = next(iter(features.items()))
    sent = {
        "customer_id": customer,
        "features": {name: row[name] for name in row if name != "customer_id"} | change,
    }
    result = api.post(
        "/v1/scores/from-features", json={"cutoff": str(made_store.last_day), "rows": [sent]}
    )
    assert (result.status_code, result.json()["errors"][0]["at"]) == (422, at)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_a_moment_at_the_end_of_time_is_refused_or_scored(api, moment):
    """It must not break anything."""
    orders = [
        {"order_id": "n1", "occurred_at": moment},
        {"order_id": "n2", "occurred_at": "2026-05-01T00:00:00Z"},
    ]
    result = api.post(
        "/v1/scores/from-history",
        json={"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": orders}]},
    )
    assert (result.status_code, result.json()["errors"][0]["at"]) == (422, "$.customers[0]")


def test_an_order_nothing_was_paid_for_is_a_gift_as_at_import(api):
    """Tomorrow's batch job would say so of the same order."""

    def ask(orders):
        body = {"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": orders}]}
        [result] = api.post("/v1/scores/from-history", json=body).json()["scores"]
        return result

    bought = {"order_id": "n1", "occurred_at": "2026-05-01T00:00:00Z", "amount_minor": 9900}
    free = {"order_id": "n2", "occurred_at": "2026-05-10T00:00:00Z", "amount_minor": 0}
    assert ask([bought, free]) == ask([bought, {**free, "gift": True}]) == ask([bought])
    assert ask([free])["status"] == "unknown"


def test_a_body_of_a_million_things_is_refused_before_they_are_made(api):
    lines = b",".join([b"{}"] * 1_000_000)
    body = (
        b'{"cutoff":"2026-05-20","customers":[{"customer_id":"a","orders":[{"order_id":"1","occurred_at":"2026-05-01T00:00:00Z","lines":['
        + lines
        + b"]}]}]}"
    )
    result = api.post(
        "/v1/scores/from-history", content=body, headers={"content-type": "application/json"}
    )
    assert (result.status_code, "150,000" in result.json()["detail"]) == (422, True)


def test_a_missing_feature_is_named(api):
    """A row that lacks a column would be scored as another customer."""
    result = api.post(
        "/v1/scores/from-features",
        json={"cutoff": "2026-05-20", "rows": [{"customer_id": "a", "features": {}}]},
    )
    assert result.status_code == 422
    assert "days_since_last_order" in result.json()["detail"]


def test_an_order_sent_twice_is_refused(api):
    order = {"order_id": "n1", "occurred_at": "2026-05-01T10:00:00+08:00", "amount_minor": 100}
    result = api.post(
        "/v1/scores/from-history",
        json={
            "cutoff": "2026-05-20",
            "customers": [{"customer_id": "a", "orders": [order, order]}],
        },
    )
    assert (result.status_code, result.json()["errors"][0]["at"]) == (422, "$.customers[0].orders")


def test_a_moment_without_its_zone_is_refused(api):
    """Eight hours either way decide on which day an order was."""
    order = {"order_id": "n1", "occurred_at": "2026-05-01T10:00:00"}
    result = api.post(
        "/v1/scores/from-history",
        json={"cutoff": "2026-05-20", "customers": [{"customer_id": "a", "orders": [order]}]},
    )
    assert (result.status_code, result.json()["errors"][0]["at"]) == (
        422,
        "$.customers[0].orders[0].occurred_at",
    )
