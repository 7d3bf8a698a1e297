"""The real shops as they lie: what came of every row is compared with what their SOURCE.md counts."""

import pytest

from tests.conftest import imported


def test_cdnow_enters_whole(real_stores):
    """69,659 rows on 67,591 customer-days; 80 of them paid nothing."""
    manifest = real_stores["cdnow"].manifest
    assert manifest.tables["order_lines"] == 69_659
    assert manifest.tables["orders"] == 67_591
    assert manifest.counts["gifts"] == 80
    assert manifest.counts["orders"] == 67_511
    assert manifest.quarantined == {}
    assert (manifest.first_day, manifest.last_day) == ("1997-01-01", "1998-06-30")


def test_online_retail_keeps_cancellations_as_refunds_and_rows_without_customer_apart(real_stores):
    """541,909 rows, 135,080 without customer; 18,532 orders of 4,338 customers."""
    manifest = real_stores["online_retail_2011"].manifest
    assert manifest.counts["rows_read"] == 541_909
    assert manifest.quarantined == {"customer_id_missing": 135_080}
    assert manifest.counts["orders"] == 18_532
    assert manifest.counts["customers"] == 4_338
    assert (
        manifest.counts["refunds"] == 8_905
    )  # of the 9,288 cancellation rows, those with a customer
    assert manifest.tables["order_lines"] + manifest.counts["refunds"] + 135_080 == 541_909


@pytest.mark.full
def test_both_years_joined_drop_the_doubled_invoices(real_stores):
    """776 invoices of December 2010 are in both files; 36,969 orders of 5,878 customers remain."""
    manifest = real_stores["online_retail"].manifest
    assert manifest.counts["orders"] == 36_969
    assert manifest.counts["customers"] == 5_878
    assert manifest.quarantined["customer_id_missing"] == 107_927 + 135_080
    assert (manifest.first_day, manifest.last_day) == ("2009-12-01", "2011-12-09")


@pytest.mark.full
def test_the_complete_journey_enters_whole_with_its_events(real_stores):
    """1,469,307 lines of 2,469 households; campaigns received and coupons used are events."""
    manifest = real_stores["completejourney"].manifest
    assert manifest.tables["order_lines"] == 1_469_307
    assert manifest.counts["customers"] == 2_469
    assert manifest.quarantined == {}
    assert {"events.campaign_received", "events.coupon_use", "order_lines.category"} <= set(
        manifest.first_known
    )
    assert manifest.tables["events"] == 8_691


def shop_file(folder, profile, *paths, events=""):
    listed = ", ".join(f'"{path}"' for path in paths)
    (folder / "shop.toml").write_text(
        f'name = "shop"\n[orders]\nprofile = "{profile}"\npaths = [{listed}]\n{events}'
    )
    return folder / "shop.toml"


def test_the_behaviour_log_enters_whole(real_shops, tmp_path):
    """4,175 buys are 2,572 orders of 438 customers; 100,920 clicks, 659 favourites and 82 carts are events."""
    path = real_shops / "tmall_2013_behaviour" / "t_alibaba_data_subset.csv"
    events = f'[events]\nprofile = "tmall_2013"\npaths = ["{path}"]\n'
    manifest = imported(shop_file(tmp_path, "tmall_2013", path, events=events), tmp_path).manifest
    assert (
        manifest.counts["customers"],
        manifest.counts["orders"],
        manifest.tables["order_lines"],
    ) == (438, 2_572, 4_175)
    assert manifest.tables["events"] == 100_920 + 659 + 82
    assert manifest.quarantined == {}


def test_the_sample_without_a_header_enters_whole(real_shops, tmp_path):
    """A tenth of the CDNOW cohort: 2,357 customers, 6,919 purchases."""
    store = imported(
        shop_file(tmp_path, "cdnow", real_shops / "cdnow" / "CDNOW_sample.txt"), tmp_path
    )
    assert store.connect().sql(
        "select count(distinct customer_id), count(*) from order_lines"
    ).fetchall() == [(2_357, 6_919)]


def test_a_folder_of_days_and_the_joined_file_agree_on_those_days(
    real_shops, tmp_path, real_stores
):
    folder = real_shops / "uci_online_retail" / "raw_by_day"
    store = imported(shop_file(tmp_path, "online_retail", folder), tmp_path)
    last = store.manifest.last_day
    days = (
        "select count(*), count(distinct customer_id), sum(amount_minor) from orders where not gift"
    )
    whole = (
        real_stores["online_retail_2011"]
        .connect()
        .sql(f"{days} and local_day <= date '{last}'")
        .fetchall()
    )
    assert store.connect().sql(days).fetchall() == whole


def test_a_real_workbook_enters_whole(real_shops, tmp_path):
    store = imported(
        shop_file(
            tmp_path,
            "online_retail",
            real_shops / "uci_online_retail" / "online_retail_sample_40k.xlsx",
        ),
        tmp_path,
    )
    assert store.manifest.counts["rows_read"] == 40_000
    assert set(store.manifest.quarantined) == {"customer_id_missing"}
