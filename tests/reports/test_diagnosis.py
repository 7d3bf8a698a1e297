"""The diagnosis: figures that add up, pages that stand alone, and an owner's page without names."""

import html.parser
import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest

from winback.config.contacts import ContactSettings
from winback.config.shop import load_shop
from winback.reports.charts import draw_flows, draw_quadrant_map
from winback.reports.diagnosis import build_diagnosis
from winback.reports.diagnosis_page import PAGES, render_page, write_headline, write_pages
from winback.segmentation.definitions import QUADRANTS

DAY = date(2026, 4, 1)


@pytest.fixture
def result(made_files, made_store, learned, tmp_path):
    return build_diagnosis(load_shop(made_files), made_store, learned.bundle, tmp_path, DAY)


@pytest.fixture
def reached(made_files, made_store, learned, tmp_path):
    """The same with a list of contacts: every other customer is a WeCom friend."""
    ids = [f"k{number:04d}" for number in range(0, 900, 2)]
    (tmp_path / "people.csv").write_text("id,wechat\n" + "".join(f"{each},wo\n" for each in ids))
    contacts = ContactSettings(
        path=tmp_path / "people.csv", columns={"customer_id": "id", "wecom": "wechat"}
    )
    shop = load_shop(made_files).model_copy(update={"contacts": contacts})
    return build_diagnosis(shop, made_store, learned.bundle, tmp_path, DAY)


def test_everybody_stands_in_one_quadrant_now_and_came_from_one(result):
    assert sum(each["customers"] for each in result["quadrants"]) == result["customers"]
    assert sum(map(sum, result["flows"]["moved"])) == result["customers"]
    now = [sum(row[place] for row in result["flows"]["moved"]) for place in range(len(QUADRANTS))]
    assert now == [each["customers"] for each in result["quadrants"]]


def test_the_silent_are_those_of_the_gold_mine_and_come_back_as_often(result):
    """One figure on two pages, computed once."""
    assert result["silent"]["customers"] == result["dormant_value"]["customers"]
    assert result["silent"]["would_return_anyway"] == pytest.approx(
        result["dormant_value"]["self_returning_customers"], abs=0.06
    )
    assert result["silent"]["spend_minor"] == result["dormant_value"]["spend_at_stake_minor"]


def test_the_headline_states_the_reachable_part(result, reached):
    """「可触达1,930；不打扰也回来约390」: a pool nobody can write to is no pool."""
    assert result["silent"]["reachable"] is None
    assert "[contacts]" in write_headline(result, "zh")
    silent = reached["silent"]
    assert 0 < silent["reachable"] < silent["customers"]
    assert 0 < silent["reachable_by_themselves"] < silent["would_return_anyway"]
    assert write_headline(reached, "zh") == (
        f"沉睡{silent['customers']:,}：可触达{silent['reachable']:,}；不打扰也回来约{silent['reachable_by_themselves']:,.0f}"
    )


def test_whoever_unsubscribed_is_not_reachable(made_files, made_store, learned, tmp_path):
    """A number nobody may write to is no reach."""
    ids = [f"k{number:04d}" for number in range(900)]
    (tmp_path / "people.csv").write_text(
        "id,wechat,stop\n" + "".join(f"{each},wo,yes\n" for each in ids)
    )
    contacts = ContactSettings(
        path=tmp_path / "people.csv",
        columns={"customer_id": "id", "wecom": "wechat", "unsubscribed": "stop"},
    )
    shop = load_shop(made_files).model_copy(update={"contacts": contacts})
    result = build_diagnosis(shop, made_store, learned.bundle, tmp_path, DAY)
    assert result["silent"]["reachable"] == 0
    assert result["next"] == []


def test_churn_by_stage_is_what_really_happened(result, made_store):
    """Counted again by hand from the orders."""
    before = DAY - timedelta(days=result["outcome_days"])
    con = made_store.connect()
    [(away, everyone)] = con.execute(f"""
        with kept as (
          select * from orders as o where not (gift or wholesale or brushing) and not exists (
            select 1 from refunds as r where r.order_id = o.order_id and r.amount_minor >= o.amount_minor
              and r.known_at < timestamp '{DAY}' - interval 8 hour)
        ),
        there as (select distinct customer_id from orders where not gift and local_day < '{before}')
        select count(*) filter (where not exists (select 1 from kept where kept.customer_id = there.customer_id
          and kept.local_day >= '{before}' and kept.local_day < '{DAY}')), count(*) from there
    """).fetchall()
    stages = result["lifecycle"]
    assert sum(round(each["share"] * each["customers"]) for each in stages) == pytest.approx(
        away, abs=3
    )
    assert sum(each["customers"] for each in stages) <= everyone
    shares = {each["name"]: each["share"] for each in stages}
    assert shares["lost"] > shares["new"]


def test_a_cohorts_shares_are_of_its_own_customers_and_of_whole_quarters(result):
    for cohort in result["cohorts"]:
        assert all(0 <= share <= 1 for share in cohort["shares"])
        year, quarter = cohort["quarter"].split(" Q")
        ended = (DAY.year - int(year)) * 4 + (DAY.month - 1) // 3 - (int(quarter) - 1)
        assert len(cohort["shares"]) == min(ended - 1, 8)


def test_the_three_segments_to_start_with_have_most_at_stake(result):
    stakes = [each["value_at_stake_minor"]["value"] for each in result["start_with"]]
    assert len(stakes) == 3
    assert stakes == sorted(stakes, reverse=True)
    aside = {"no_action", *(each["segment"] for each in result["start_with"])}
    others = [
        result["worth"][name]["value_at_stake_minor"]["value"]
        for name in result["by_recall_segment"]
        if name not in aside
    ]
    assert min(stakes) >= max(others)


def test_annual_churn_needs_two_years(result):
    assert result["flows"] is not None
    assert result["annual_churn"] is None, "the made shop has 500 days"
    assert "两年" in render_page("diagnosis", result, "zh")


class _Parsed(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.fetched = []

    def handle_starttag(self, tag, attributes):
        self.fetched += [value for name, value in attributes if name in ("src", "href")]
        assert tag not in ("script", "link", "iframe")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_alone(result, name, language):
    """It is sent by chat and opened anywhere: no script, nothing fetched."""
    text = render_page(name, result, language)
    parsed = _Parsed()
    parsed.feed(text)
    assert parsed.fetched == []
    assert "nan" not in re.findall(r">([^<]*)<", text)
    assert not re.search(
        r"\b(None|Undefined|nan)\b", re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    )


def test_the_owners_page_names_nobody(result):
    """It goes round; ids do not (I6)."""
    named = [each["customer_id"] for each in result["next"]]
    assert named
    for language in ("zh", "en"):
        text = render_page("owner", result, language)
        assert not any(f">{each}<" in text or f" {each} " in text for each in named)
        assert any(each in render_page("diagnosis", result, language) for each in named)


def test_a_customer_whose_name_is_a_script_is_inert(result):
    """Ids are whatever an export holds (D9)."""
    evil = {
        **result,
        "next": [{**result["next"][0], "customer_id": "<script>alert(1)</script>\u202e\x1b[31m"}],
    }
    text = render_page("diagnosis", evil, "en")
    assert "<script>" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_shop_without_amounts_says_nothing_of_money(result):
    bare = {**result, "has_amounts": False, "worth": {}, "map": None,
            "start_with": [{**each, "value_at_stake_minor": None} for each in result["start_with"]]}  # fmt: skip
    text = re.sub(r"<style>.*?</style>", "", render_page("diagnosis", bare, "en"), flags=re.S)
    assert result["currency"] not in text


def test_the_map_draws_everyone_on_their_own_side_of_the_lines(result, tmp_path):
    assigned = draw_quadrant_map(result["map"])
    features = pq.read_table(tmp_path / "snapshots" / str(DAY) / "features.parquet")
    spend = features.column("net_spend_lifetime_minor").to_numpy()
    often = features.column("purchase_days_lifetime").to_numpy()
    there = ~np.isnan(spend) & (often >= 1) & (spend > 0)
    assert sum(bubble.customers for bubble in assigned.bubbles) == there.sum()
    limit = result["map"]["high_monetary_minor"]
    assert (
        sum(bubble.customers for bubble in assigned.bubbles if bubble.x > assigned.line_x)
        == (there & (spend >= limit)).sum()
    )
    high = result["map"]["high_frequency_days"]
    assert (
        sum(bubble.customers for bubble in assigned.bubbles if bubble.y < assigned.line_y)
        == (there & (often >= high)).sum()
    )


def test_ribbons_of_the_flow_add_up_to_their_nodes():
    assigned = draw_flows([[50, 10], [0, 40], [30, 5]], ["a", "b"])
    assert {(node.name, node.left): node.customers for node in assigned.nodes} == {
        ("a", True): 60, ("b", True): 40, ("none", True): 35, ("a", False): 80, ("b", False): 55,
    }  # fmt: skip
    assert sum(ribbon.customers for ribbon in assigned.ribbons) == 135


def test_nodes_of_the_flow_never_lie_on_one_another():
    assigned = draw_flows([[1000, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], ["a", "b", "c"])
    for left in (True, False):
        ys = sorted(node.y for node in assigned.nodes if node.left is left)
        assert all(later - earlier >= 14 for earlier, later in pairwise(ys))


@pytest.mark.full
def test_a_browser_shows_the_pages_and_the_owners_fits_one_sheet(result, tmp_path):
    """Looked at with a real browser: on a phone nothing is wider than the page, and 「老板版」 prints on one sheet."""
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    places = write_pages(tmp_path / "pages", result)
    run = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    for language in ("zh", "en"):
        sheet = tmp_path / f"{language}.pdf"
        owner = places["owner"].with_suffix(f".{language}.html")
        subprocess.run([*run, f"--print-to-pdf={sheet}", "--no-pdf-header-footer", f"file://{owner}"],
                       check=True, capture_output=True, timeout=120)  # fmt: skip
        assert len(re.findall(rb"/Type\s*/Page[^s]", sheet.read_bytes())) == 1
        # The page as a phone shows it, in a frame that measures how wide it wants to be.
        phone = tmp_path / f"phone.{language}.html"
        text = places["diagnosis"].with_suffix(f".{language}.html").read_text(encoding="utf-8")
        measure = "<script>document.title = 'wide ' + document.documentElement.scrollWidth</script></body>"
        phone.write_text(
            re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", measure),
            encoding="utf-8",
        )
        frame = tmp_path / f"frame.{language}.html"
        onload = "document.title = this.contentDocument.title"
        frame.write_text(f'<iframe src="{phone.name}" width="390" height="800" onload="{onload}">'
                         "</iframe>")  # fmt: skip
        dumped = subprocess.run([*run, "--allow-file-access-from-files", "--dump-dom", "--virtual-time-budget=3000", f"file://{frame}"],
                                check=True, capture_output=True, text=True, timeout=120).stdout  # fmt: skip
        actual = re.search(r"<title>wide (\d+)</title>", dumped)
        assert actual, "the page was measured"
        assert int(actual[1]) <= 390
    assert json.loads(places["figures"].read_text(encoding="utf-8"))["shop"] == "made"
