"""Features against a reviewed hand-written statement of the same columns, a bare scan and plain
pandas.

1 M customers, 5 M orders, 50 M events made by our own code (see `made.py`), read from the
importer's own Parquet. `features.py` runs everything; `features.py STEP FOLDER` runs one step in
its own process.
"""

import math
import resource
import sys
import tempfile
from pathlib import Path

import pandas as pd
from made import LAST_DAY, made_shop
from runs import in_own_process, measured, ratio, report, rounds

from winback.core.cutoff import Cutoff
from winback.data.store import Store, open_store
from winback.features.registry import get_available_feeds
from winback.features.sql_compiler import compute_features

CUTOFF = Cutoff(LAST_DAY, "UTC", 30)
CUSTOMERS = 1_000_000
ROUNDS = 3
ONE_GB = 1 << 30


def declared(store: Store) -> dict[str, float]:
    """The compiled list, one hash partition after the other, as the batch job runs it."""
    feeds = get_available_feeds(store.first_known, CUTOFF)
    return {
        "customers": sum(
            compute_features(con, CUTOFF, feeds).num_rows for con in store.iterate_parts()
        )
    }


def by_hand(store: Store) -> dict[str, float]:
    """The hand-written statement over the whole tables."""
    return {"customers": store.connect().sql(hand_statement()).to_arrow_table().num_rows}


def scan(store: Store) -> dict[str, float]:
    """Every column the features need, read once and reduced to its greatest value."""
    con = store.connect()
    columns = {
        "orders": "customer_id order_id occurred_at known_at amount_minor discount_minor units "
        "lines local_day local_hour"
        " local_weekend gift wholesale brushing",
        "events": "customer_id kind occurred_at known_at local_day value",
        "refunds": "customer_id order_id occurred_at known_at amount_minor",
    }
    for table, names in columns.items():
        con.sql(
            f"select {', '.join(f'max({name})' for name in names.split())} from {table}"
        ).fetchall()
    return {}


def with_pandas(store: Store) -> dict[str, float]:
    """A part of the columns (counts, sums, means and gaps) in plain pandas; all of them would
    take more still."""
    at = pd.Timestamp(CUTOFF.at)
    orders = pd.read_parquet(store.folder / "orders").query("known_at < @at")
    orders["age"] = (at - orders["occurred_at"]).dt.total_seconds() / 86_400
    orders = orders.sort_values(["customer_id", "age"])
    orders["gap"] = orders.groupby("customer_id")["age"].diff()
    table = orders.groupby("customer_id").agg({"age": ["min", "max", "count"], "amount_minor": ["sum", "mean", "std", "max"],
                                               "gap": ["mean", "std", "median"]})  # fmt: skip
    events = pd.read_parquet(
        store.folder / "events",
        columns=["customer_id", "kind", "occurred_at", "known_at", "local_day", "value"],
    )
    events = events[
        (events["known_at"] < at) & (events["occurred_at"] >= at - pd.Timedelta(days=180))
    ]
    counts = events.groupby(["customer_id", "kind"]).size().unstack(fill_value=0)
    table.columns = [" ".join(name) for name in table.columns]
    return {"customers": len(table.join(counts))}


def in_one_gb(store: Store) -> dict[str, float]:
    """The compiled list in a process that may not allocate more than 1 GB."""
    resource.setrlimit(resource.RLIMIT_DATA, (ONE_GB, ONE_GB))
    return declared(store)


def hand_statement() -> str:
    text = (Path(__file__).with_name("features_by_hand.sql")).read_text(encoding="utf-8")
    return text.replace("$at", f"timestamp '{CUTOFF.at}'")


def compare(store: Store) -> dict[str, float]:
    """How far the two ways differ anywhere, relative to the size of the number."""
    con, worst = store.connect(), 0.0
    ours = compute_features(con, CUTOFF, get_available_feeds(store.first_known, CUTOFF))
    theirs = con.sql(hand_statement()).to_arrow_table()
    assert ours.column("customer_id").to_pylist() == theirs.column("customer_id").to_pylist()
    zero = {
        "orders_lifetime",
        "refunds_lifetime",
    }  # what happened to nobody is 0 here and null in a left join
    for name in theirs.schema.names[1:]:
        mine, hand = (
            pd.to_numeric(each.column(name).to_pandas()).astype(float) for each in (ours, theirs)
        )
        both = mine.notna() & hand.notna()
        assert (
            (mine.notna() == hand.notna()) | mine.eq(0) | (hand.eq(0) & mine.isna())
        ).all() or name in zero, name
        # Decay weights are whole billionths of the undecayed sum, so that is what they are compared
        # with.
        whole = "spend_lifetime_minor" if name.startswith("spend_decayed") else "orders_lifetime"
        size = hand if "decayed" not in name else theirs.column(whole).to_pandas().astype(float)
        worst = max(worst, float(((mine - hand).abs() / size.abs().clip(lower=1))[both].max()))
    return {"difference": worst}


STEPS = {
    "compare": compare,
    "declared": declared,
    "by_hand": by_hand,
    "scan": scan,
    "pandas": with_pandas,
    "one_gb": in_one_gb,
}


def main() -> None:
    """Everything, from making the shops to the report."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch:
        folder = Path(scratch)
        large, small = folder / "large", folder / "small"
        # In processes of their own: a child's peak memory begins at its parent's.
        for place, customers in ((small, CUSTOMERS // 10), (large, CUSTOMERS)):
            in_own_process("features.py", "make", [str(place), str(customers)])
        difference = in_own_process("features.py", "compare", [str(small)])["difference"]
        assert difference < 1e-9, difference
        done = rounds("features.py", ("declared", "by_hand", "scan"), [str(large)], ROUNDS)
        tenth = rounds("features.py", ("declared",), [str(small)], ROUNDS)
        once = rounds("features.py", ("pandas", "one_gb"), [str(large)], 1)
        growth = [
            {"large": a["declared"], "small": b["declared"]}
            for a, b in zip(done, tenth, strict=True)
        ]
        alike = [{**done[0], **once[0]}]
        report("features", {
            "CPU against the hand-written statement": (ratio(done, "declared", "by_hand", "cpu"), "≤", 0.7),
            "peak memory against the hand-written statement": (ratio(done, "declared", "by_hand", "peak_mib"), "≤", 0.6),
            "CPU against a bare scan": (ratio(done, "declared", "scan", "cpu"), "≤", 6),
            "peak memory against plain pandas": (ratio(alike, "declared", "pandas", "peak_mib"), "≤", 0.25),
            "CPU for ten times the rows": (ratio(growth, "large", "small", "cpu"), "≤", 11),
        }, {"customers": done[0]["declared"]["customers"], "largest_difference": difference,
            "one_gb_run_finished": math.isclose(once[0]["one_gb"]["customers"], done[0]["declared"]["customers"]),
            "rounds": done, "tenth": tenth, "once": once})  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        measured(
            lambda: (
                made_shop(Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[2]) / "spill") and {}
            )
        )
    elif len(sys.argv) > 1:
        measured(STEPS[sys.argv[1]], open_store(Path(sys.argv[2])))
    else:
        main()
