"""The pages in a real browser: `make demo`'s data and the Complete Journey, in both languages, on a desk and on a phone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.dashboard.browser import ARGUMENTS, PAGES, checked, chromium, let_in, walking
from tests.dashboard.signed_in import DAY, attacked
from tests.fixtures.served_shop import Served, running
from winback.config.shop import load_shop
from winback.core.paths import DataPaths

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser():
    file = chromium()
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=file, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def made(furnished_dashboard, tmp_path_factory):
    """The made shop with a list and a wave that waits, served for real."""
    folder = tmp_path_factory.mktemp("walked")
    home = DataPaths(folder / "home")
    shutil.copytree(furnished_dashboard.home.root, home.root, symlinks=True)
    file = folder / "shop.toml"
    shutil.copy(furnished_dashboard.file, file)
    let_in(home, "made")
    command(home, "wave", "plan", "--cutoff", DAY, "--shop", str(file))
    with running(Served(file, load_shop(file), home), folder) as served:
        yield served.url


def command(home, *line):
    environment = {**os.environ, "WINBACK_HOME": str(home.root)}
    done = subprocess.run(
        [sys.executable, "-m", "winback.cli", *line],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_monday_morning_in_three_clicks(browser, made):
    """How much is dormant, whom to call first, what waits: seen at once, or a click away; and a filter asks the server alone."""
    with walking(browser, made, "en") as walk:
        assert "Dormant" in walk.text()
        assert (
            walk.page.locator(".decisions a")
            .first.inner_text()
            .startswith("general-2026w14 waits for your decision")
        )
        walk.page.click(".number a[href^='/list']")
        walk.drawn()
        rows = walk.page.locator("#found tbody tr")
        assert rows.count() > 5
        assert "contact" in rows.first.inner_text()
        walk.page.select_option("[name=sort]", "stake")
        walk.page.wait_for_url("**/list?*sort=stake*")
        walk.page.go_back()
        walk.page.wait_for_url(lambda url: "sort=stake" not in url)
        walk.drawn()
        walk.go("/customers")
        walk.page.locator("[data-chart=map] svg path[fill]").nth(3).wait_for()
        before = walk.page.locator("#rows-title").inner_text()
        walk.page.select_option("[name=recall_segment]", "dormant_high_value")
        walk.page.wait_for_function(
            "(before) => document.querySelector('#rows-title').textContent !== before", arg=before
        )
        walk.page.wait_for_selector("[data-chart=map][data-drawn]")
        assert walk.faults == []


@pytest.mark.full
def test_every_page_of_a_made_shop_is_clean_in_chinese(browser, made):
    with walking(browser, made, "zh") as walk:
        checked(walk, (*PAGES, "/waves/general-2026w14"))


def test_a_wave_is_approved_and_its_progress_seen(browser, made):
    """The number is typed, the job is watched, and the page goes on by itself."""
    with walking(browser, made, "en") as walk:
        walk.go("/waves/general-2026w14")
        count = walk.page.locator(".number .value").first.inner_text()
        walk.page.fill("[name=customers]", count)
        walk.page.check("[name=despite]")
        walk.page.click("text=Approve >> nth=-1")
        walk.page.wait_for_url("**/waves/general-2026w14?done=approve")
        assert "approved" in walk.page.locator("h1").inner_text()
        assert walk.faults == []


@pytest.mark.full
def test_the_keyboard_alone_reaches_everything(browser, made):
    with walking(browser, made, "en") as walk:
        for path in (
            "/",
            "/customers",
            "/list?what=contact",
            "/waves/general-2026w14",
            "/model",
            "/data",
            "/reports",
            "/operators",
        ):
            walk.go(path)
            reached, everything = walk.by_keyboard()
            assert reached == everything > 10, path


@pytest.mark.full
def test_on_a_phone_in_the_dark_nothing_is_wider_than_the_screen(browser, made):
    with walking(browser, made, "zh", width=390, dark=True) as walk:
        checked(walk, PAGES)
        for path in PAGES:
            walk.go(path)
            assert walk.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert (
            walk.page.evaluate("getComputedStyle(document.body).backgroundColor")
            == "rgb(23, 21, 19)"
        )


@pytest.mark.full
def test_names_that_are_an_attack_run_nothing_in_a_browser(
    browser, made_files, made_store, learned, tmp_path
):
    file, home = attacked(made_files, made_store, learned, tmp_path)
    let_in(home, "made")
    with (
        running(Served(file, load_shop(file), home), tmp_path) as served,
        walking(browser, served.url, "en") as walk,
    ):
        for path in (
            *PAGES,
            "/customers?q=%3Cscript",
            "/customers?q=onerror",
            "/list?q=script",
            "/waves/general-2026w14",
        ):
            walk.go(path)
            assert "hacked" not in walk.page.title()
        walk.go("/customers?q=%3Cscript")
        walk.page.click("#found td.id a")
        walk.drawn()
        assert "<script>document.title='hacked'</script>" in walk.page.locator("h1").inner_text()
        assert walk.faults == []


@pytest.mark.full
def test_the_demo_is_clean_on_every_page_in_both_languages(browser, demo):
    for language in ("en", "zh"):
        with walking(browser, demo, language) as walk:
            walk.go("/waves")
            waves = walk.page.locator("td a[href^='/waves/']").first.get_attribute("href")
            walk.go("/list?what=contact")
            customer = walk.page.locator("td.id a").first.get_attribute("href")
            checked(walk, (*PAGES, waves, customer))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """As `make demo` makes it, of six weeks."""
    folder = tmp_path_factory.mktemp("demo")
    home, file = DataPaths(folder / "home"), folder / "shop" / "shop.toml"
    command(home, "simulate", str(folder / "shop"), "--world", "friendly")
    environment = {**os.environ, "WINBACK_HOME": str(home.root)}
    train = [sys.executable, str(ROOT / "training" / "train.py"), "--shop", str(file)]
    subprocess.run(train, env=environment, check=True, capture_output=True)
    command(home, "simulate", str(folder / "shop"), "--world", "friendly", "--weeks", "6")
    for line in (("report", "weekly"), ("report", "daily"), ("recall",)):
        command(home, *line, "--shop", str(file))
    let_in(home, "demo")
    with running(Served(file, load_shop(file), home), folder) as served:
        yield served.url


@pytest.mark.full
def test_the_complete_journey_is_clean_on_every_page_in_both_languages(browser, journey):
    """A shop without waves, contacts or a playbook's currency of its own."""
    for language in ("en", "zh"):
        with walking(browser, journey, language) as walk:
            walk.go("/list")
            customer = walk.page.locator("td.id a").first.get_attribute("href")
            checked(walk, (*PAGES, customer))


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journey")
    home, file = DataPaths(folder / "home"), ROOT / "shops" / "completejourney.toml"
    environment = {**os.environ, "WINBACK_HOME": str(home.root)}
    train = [sys.executable, str(ROOT / "training" / "train.py"), "--shop", str(file)]
    subprocess.run(train, env=environment, check=True, capture_output=True)
    command(home, "recall", "--shop", str(file))
    command(home, "diagnose", "--shop", str(file))
    let_in(home, "completejourney")
    with running(Served(file, load_shop(file), home), folder) as served:
        yield served.url
