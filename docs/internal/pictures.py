"""The pictures of the documentation, drawn anew: `python docs/internal/pictures.py DEMO DIAGNOSIS
REPORT`, with WINBACK_HOME where the three shops lie.

DEMO: the shop file of `make demo`, lived for 26 weeks, with a list of this week. DIAGNOSIS: one
that was diagnosed. REPORT: one that was trained. It needs Chromium.
"""

import argparse
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from winback.config.shop import load_shop
from winback.core.paths import DataPaths
from winback.ledger.engine import open_ledger
from winback.ledger.users import change_user, create_user, list_users

IMAGES = Path(__file__).parents[1] / "images"
USER = "anna"
PASSWORD = secrets.token_urlsafe(18)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Of the dashboard: file, path, language, height of what is shown.
DASHBOARD = (
    ("dashboard-today", "/", "en", 860),
    ("dashboard-today.zh", "/", "zh", 860),
    ("dashboard-map", "/customers", "en", 800),
    ("dashboard-waves", "/waves", "en", 1130),
)


def main() -> int:
    """Draw every picture; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("demo", "diagnosis", "report"):
        parser.add_argument(name, type=Path)
    chosen, home = parser.parse_args(), DataPaths(Path(os.environ.get("WINBACK_HOME", ".")))
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        print("No Chromium here.", file=sys.stderr)
        return 1
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        draw_dashboard(browser, chosen.demo, home)
        demo = home.get_shop_folder(load_shop(chosen.demo).name)
        shop = load_shop(chosen.diagnosis).name
        report = get_report_folder(home, load_shop(chosen.report).name)
        for language, ending in (("en", ""), ("zh", ".zh")):
            review = max((demo / "reports").glob(f"monthly-*.{language}.html"))
            draw_file(browser, review, f"proof{ending}", 860, 860)
            diagnosis = max((home.get_shop_folder(shop) / "diagnosis").glob("*"))
            page = diagnosis / f"diagnosis.{language}.html"
            draw_file(browser, page, f"diagnosis{ending}", 1000, 1560)
            draw_file(browser, report / f"report.{language}.html", f"report{ending}", 1000, 1480)
    return 0


def draw_dashboard(browser: Browser, shop_file: Path, home: DataPaths) -> None:
    """Draw the dashboard's pages, of a service started for it."""
    shop = load_shop(shop_file)
    ledger = open_ledger(home.get_ledger_path(shop.name), shop.ledger)
    now = datetime.now(UTC).replace(tzinfo=None)
    if USER in {each.name for each in list_users(ledger)}:
        change_user(ledger, USER, "pictures", now, role="operator", password=PASSWORD)
    else:
        create_user(ledger, USER, "operator", PASSWORD, "pictures", now)
    with serve(shop_file) as url:
        for name, path, language, height in DASHBOARD:
            page = open_page(browser, language, 1180, height)
            page.goto(f"{url}/login")
            page.fill("[name=name]", USER)
            page.fill("[name=password]", PASSWORD)
            page.click("main button")
            page.wait_for_selector("body[data-ready]")
            page.goto(url + path)
            page.wait_for_selector("body[data-ready]")
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()


def draw_file(browser: Browser, file: Path, name: str, width: int, height: int) -> None:
    """Draw the top of a page that is a file."""
    page = open_page(browser, "en", width, height)
    page.goto(file.resolve().as_uri())
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()


def open_page(browser: Browser, language: str, width: int, height: int) -> Page:
    """A page as a reader of that language sees it, in light colours."""
    size: Any = {"width": width, "height": height}
    locale = "zh-CN" if language == "zh" else "en-US"
    return browser.new_page(locale=locale, viewport=size, color_scheme="light")


def get_report_folder(home: DataPaths, shop_name: str) -> Path:
    """The folder of the model that scores."""
    models = home.get_models_folder(shop_name)
    return models / (models / "champion").read_text(encoding="utf-8").strip()


@contextmanager
def serve(shop_file: Path) -> Iterator[str]:
    """A service on a free port; gives its address."""
    command = [
        sys.executable,
        "-m",
        "winback.cli",
        "serve",
        "--shop",
        str(shop_file),
        "--port",
        "0",
    ]
    with subprocess.Popen([*command, "--json"], stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        found = (re.search(r'"address": "([^"]+)"', line) for line in service.stderr)
        yield next(each.group(1) for each in found if each)
        service.terminate()


if __name__ == "__main__":
    sys.exit(main())
