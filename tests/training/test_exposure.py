"""A model learns what people do by themselves, not what our messages made of them."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from winback.config.shop import load_shop
from winback.core.cutoff import Cutoff, to_epoch_seconds
from winback.core.paths import DataPaths
from winback.measurement.exposure import MOST_STANDS_FOR, Exposure, load_exposure
from winback.training.dataset import choose_cutoffs, load_cutoff_data

CUTOFF = Cutoff(datetime(2026, 3, 2).date(), "UTC", 30)


def drawn(*people):
    names, began, stands = zip(*people, strict=True)
    seconds = np.array([float(to_epoch_seconds(datetime.fromisoformat(each))) for each in began])
    return Exposure(pa.array(names, pa.string()), seconds, np.array(stands))


def times(exposure, *customers, cutoff=CUTOFF):
    return exposure.count_rows(
        pa.chunked_array([pa.array(customers, pa.string())]), cutoff
    ).tolist()


def test_who_was_written_to_within_the_window_is_left_out_and_the_held_out_stand_for_them():
    exposure = drawn(("ann", "2026-03-05", 0), ("bob", "2026-03-05", 4))
    assert times(exposure, "ann", "bob", "cid") == [0, 4, 1]


def test_what_was_sent_before_the_cutoff_is_history_and_after_the_window_no_matter():
    exposure = drawn(
        ("ann", "2026-03-01T23:59:59", 0), ("bob", "2026-04-01", 0), ("cid", "2026-03-02", 0)
    )
    assert times(exposure, "ann", "bob", "cid") == [1, 1, 0]


def test_of_several_waves_the_first_counts():
    """What comes after it is already changed by it."""
    exposure = drawn(("ann", "2026-03-20", 5), ("ann", "2026-03-05", 0))
    assert times(exposure, "ann") == [0]


def test_a_shop_that_sends_no_waves_learns_from_everyone(made_files, tmp_path, made_store):
    exposure = load_exposure(load_shop(made_files), DataPaths(tmp_path), made_store)
    assert times(exposure, "ann") == [1]


def test_messages_that_bring_people_back_do_not_teach_that_they_stay(made_files, made_store):
    """Written to, every second customer of the made shop would have been brought back; the churn that is learned stays the same
    as without any message, within what the smaller sample allows."""
    test, _ = choose_cutoffs(load_shop(made_files), made_store, 30)
    plain = load_cutoff_data(made_store, test, 365, 5_000, 7)
    ids = [
        row[0]
        for row in made_store.connect()
        .execute("select distinct customer_id from orders order by 1")
        .fetchall()
    ]
    rng = np.random.default_rng(3)
    share = rng.random(len(ids)) < 0.75
    began = np.full(len(ids), float(test.epoch + 3600))
    exposure = Exposure(pa.array(ids, pa.string()), began, np.where(share, 0, 4))
    seen = load_cutoff_data(made_store, test, 365, 5_000, 7, exposure)
    assert len(seen.rows) == pytest.approx(len(plain.rows), rel=0.15), "the held out stand for all"
    assert seen.churned.mean() == pytest.approx(plain.churned.mean(), abs=0.08)
    assert len(np.unique(seen.customer)) < 0.35 * len(np.unique(plain.customer))
    assert MOST_STANDS_FOR == 10
