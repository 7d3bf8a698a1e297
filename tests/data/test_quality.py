"""How good the data is, and where one row went (MISSION B57–B59)."""

import json
from datetime import datetime, timedelta

import pytest

from tests.conftest import NOW, PLAIN, imported
from winback.config.shop import load_shop
from winback.data.ingest.explain import explain_rows
from winback.data.quality import build_quality_report
from winback.monitoring.data_quality import format_quality_alert
from winback.reports.data_quality_page import render_page, write_report

ONLY_ORDERS = PLAIN.split("    [events]")[0]
HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"
LIMITS = """
    [quality]
    freshness_days = 3
    refused_share = 0.1
    missing_share = 0.2
    volume_ratio = [0.5, 2.0]
"""


def weekly(weeks, a_week, last_week, start=datetime(2026, 6, 1)):
    """Orders of some whole weeks; `last_week` of them in the last."""
    rows = []
    for week in range(weeks):
        count = last_week if week == weeks - 1 else a_week
        for i in range(count):
            day = start + timedelta(weeks=week, days=i % 7)
            rows.append(f"k{i % 40},w{week}-{i},{day:%Y-%m-%d},5,1,s,c,0,Done\n")
    return HEAD + "".join(rows)


@pytest.fixture
def figures(shop_of, tmp_path):
    def run(orders, now=NOW, toml=ONLY_ORDERS + LIMITS):
        file = shop_of(toml, orders=orders)
        return build_quality_report(load_shop(file), imported(file, tmp_path / "home"), now)

    return run


def measures(result):
    return sorted((alert["measure"], alert["column"]) for alert in result["alerts"])


def test_a_shop_without_faults_raises_no_alert(figures):
    result = figures(weekly(12, 70, 70), now=datetime(2026, 8, 24))
    assert result["alerts"] == []
    assert result["volume_ratio"]["orders"] == 1.0
    assert result["sources"][0]["freshness_days"] == pytest.approx(1.3, abs=0.1)


@pytest.mark.parametrize(("last_week", "alerted"), [(70, False), (30, True), (150, True)])
def test_a_week_unlike_the_weeks_before_is_an_alert(last_week, alerted, figures):
    result = figures(weekly(12, 70, last_week), now=datetime(2026, 8, 24))
    assert (("volume", "") in measures(result)) == alerted


def test_an_old_a_refused_and_a_missing_share_are_alerts_with_their_figures(figures):
    rows = "".join(
        f"k{i},n{i},2026-01-01,{'x' if i % 4 == 0 else 5},1,{'' if i % 3 == 0 else 's'},c,0,Done\n"
        for i in range(100)
    )
    result = figures(HEAD + rows)
    assert measures(result) == [("freshness", ""), ("missing", "sku"), ("refused", "")]
    refused = next(alert for alert in result["alerts"] if alert["measure"] == "refused")
    assert refused["value"] == pytest.approx(0.25)
    assert format_quality_alert(refused, "en").startswith("orders · columns: 25.0% of the rows")


def test_the_report_is_written_in_both_languages_and_an_alert_is_recorded_once(shop_of, tmp_path):
    file = shop_of(ONLY_ORDERS + LIMITS, orders=weekly(12, 70, 30))
    shop, store = load_shop(file), imported(file, tmp_path / "home")
    folder = tmp_path / "home" / shop.name
    for days in (0, 1):
        report = write_report(shop, store, folder, NOW + timedelta(days=days))
    assert json.loads((folder / "quality" / "report.json").read_text())["shop"] == "plain"
    assert "数据质量" in (folder / "quality" / "report.zh.html").read_text()
    assert "Data quality" in (folder / "quality" / "report.en.html").read_text()
    records = [json.loads(line) for line in (folder / "alerts.jsonl").read_text().splitlines()]
    assert sorted(record["alert"]["measure"] for record in records) == sorted(
        alert["measure"] for alert in report.alerts
    )


def test_what_a_file_says_is_inert_in_the_report(figures):
    """A status, a platform, a header cell: all of them are somebody else's text (D9)."""
    result = figures(HEAD + "a,1,2026-01-01,5,1,m,k,0,Done\nb,2,2026-01-01,5,1,m,k,0,Stop\n")
    result["sources"][0]["left_out"] = {'"><img src=x onerror=alert(1)>{{7*7}}': 1}
    for language in ("zh", "en"):
        text = render_page(result, language)
        assert "<img" not in text
        assert "&lt;img" in text
        assert "{{7*7}}" in text


FATES = HEAD + (
    "ann,1,2026-01-01,50,1,mug,k,0,Done\n"  # 2
    "ann,1,2026-01-05,-20,1,mug,k,0,Done\n"  # 3
    "bob,2,never,5,1,mug,k,0,Done\n"  # 4
    "cat,3,2026-01-01,5,1,mug,k,0,Stop\n"  # 5
    "dan,4,2026-01-01,0,1,mug,k,0,Done\n"  # 6
    "eve,5,2026-01-01,5,1,mug,k,0,Done\n"  # 7
    "fay,6,2026-01-01,5,1,mug,k,0,Done\n"  # 8
)
LATER = HEAD + (
    "eve,5,2026-01-01,6,1,mug,k,0,Done\n"  # 2
    "fay,6,2026-01-01,5,1,mug,k,0,Stop\n"  # 3
    "gus,7,2026-01-06,5,1,mug,k,0,Done\n"  # 4, which makes this the newer export
)


@pytest.fixture
def fates(shop_of, tmp_path):
    shop = load_shop(
        shop_of(
            ONLY_ORDERS.replace('["orders.csv"]', '["orders.csv", "later.csv"]'),
            orders=FATES,
            later=LATER,
        )
    )

    def ask(what):
        return [
            (fate.file, fate.line, fate.key, fate.values)
            for fate in explain_rows(shop, tmp_path / "home", NOW, what, lambda *_: None)
        ]

    (tmp_path / "home").mkdir()
    return ask


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (1, "no_row"),
        (2, "order"),
        (3, "refund"),
        (4, "refused"),
        (5, "left_out"),
        (6, "gift"),
        (7, "replaced"),
        (8, "taken_back"),
        (9, "no_row"),
    ],
)
def test_every_row_has_one_fate_that_can_be_asked_for(line, key, fates):
    """Why is this row not in? is the first thing an operator asks."""
    assert [fate[2] for fate in fates(f"orders.csv:{line}")] == [f"fate.{key}"]


def test_the_row_that_came_instead_is_named(fates):
    assert fates("orders.csv:7")[0][3] == {"other": "later.csv", "other_line": 2}


def test_an_order_or_a_customer_can_be_asked_for_as_the_export_writes_it(fates):
    assert [fate[:3] for fate in fates("5")] == [
        ("orders.csv", 7, "fate.replaced"),
        ("later.csv", 2, "fate.order"),
    ]
    assert [fate[2] for fate in fates("ann")] == ["fate.order", "fate.refund"]
    assert fates("nobody") == []
