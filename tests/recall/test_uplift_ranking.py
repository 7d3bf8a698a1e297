"""The weekly list, ranked by what a message is expected to bring."""

from datetime import date

import numpy as np

from winback.config.shop import load_shop
from winback.model.uplift import UPLIFT_FEATURES, fit_uplift
from winback.recall.recall_list import ListOptions, build_recall_list

DAY = date(2026, 4, 1)


def test_a_list_is_ranked_by_what_a_message_brings(made_files, made_store, learned, tmp_path):
    shop = load_shop(made_files)
    shop = shop.model_copy(update={"recall": shop.recall.model_copy(update={"capacity": 60})})
    rng = np.random.default_rng(3)
    features, treated = rng.normal(size=(600, len(UPLIFT_FEATURES))), rng.random(600) < 0.7
    uplift = fit_uplift(
        "s_learner", features, treated, (rng.random(600) < 0.3).astype(float), np.full(600, 0.7)
    )
    by_value = build_recall_list(shop, made_store, learned.bundle, tmp_path / "a", DAY, "en")
    by_uplift = build_recall_list(
        shop,
        made_store,
        learned.bundle,
        tmp_path / "b",
        DAY,
        "en",
        options=ListOptions(uplift=uplift),
    )
    assert (by_value.summary.ranked_by, by_uplift.summary.ranked_by) == ("value", "uplift")
    taken = [{row.customer_id for row in weekly.rows if row.what == "contact" and not row.service}
             for weekly in (by_value, by_uplift)]  # fmt: skip
    assert len(taken[0]) == len(taken[1]) == 60
    assert len(taken[0] & taken[1]) < 55
