"""A real browser on a real `winback serve`: what its pages say, ask for and complain of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from tests.conftest import NOW
from winback.i18n.translate import CATALOGUE
from winback.ledger.engine import open_ledger
from winback.ledger.users import create_user

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
PASSWORD = "an old and long song"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"
PAGES = ("/", "/customers", "/customers?recall_segment=dormant_high_value&sort=risk", "/list", "/waves", "/model", "/data",
         "/data/quarantine", "/reports", "/operators", "/audit-log", "/jobs")  # fmt: skip


def chromium() -> str:
    """The browser's file, or a skip that says what is missing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if actual := shutil.which(name):
            return actual
    pytest.skip("no Chromium here: install one to walk through the pages with it")


def let_in(home: Any, shop: str) -> None:
    """An administrator who may sign in."""
    ledger = open_ledger(home.get_ledger_path(shop))
    ledger.migrate()
    create_user(ledger, "anna", "admin", PASSWORD, "test", NOW)


@dataclass
class Walk:
    """Somebody signed in, in a browser. faults: what a page complained of, or asked for beyond this machine."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page and wait until it is drawn."""
        answer = self.page.goto(self.url + path)
        assert answer.status == 200, (path, answer.status)
        self.drawn()

    def drawn(self) -> None:
        self.page.wait_for_selector("body[data-ready]")

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def unsaid(self) -> list[str]:
        """Keys of the catalogue that stand on the page as they are."""
        words = set(self.page.locator("body").text_content().replace(",", " ").split())
        return sorted(key for key in CATALOGUE if "." in key and key in words)

    def unfit(self) -> list[str]:
        """What axe finds that keeps people out: serious and critical."""
        # Through the debugger: the page's policy lets no script in, and shall not.
        self.page.context.new_cdp_session(self.page).send(
            "Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")}
        )
        actual = self.page.evaluate("axe.run(document).then((told) => told.violations)")
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:120]}"
            for each in actual
            if each["impact"] in ("serious", "critical")
        ]

    def by_keyboard(self) -> tuple[int, int]:
        """How many of what can be used the Tab key reaches, and how many there are; each shows that it is there."""
        everything = self.page.evaluate(
            "(what) => { window.seen = new Set(); window.all = [...document.querySelectorAll(what)].filter((each) =>"
            " each.checkVisibility({ visibilityProperty: true }) && !each.disabled); return window.all.length }", FOCUSABLE
        )  # fmt: skip
        self.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        for _ in range(everything + 5):
            self.page.keyboard.press("Tab")
            shown = self.page.evaluate(
                "() => { const at = document.activeElement; window.seen.add(at);"
                " return at === document.body || getComputedStyle(at).outlineStyle !== 'none' }"
            )
            assert shown, self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        reached = self.page.evaluate("window.all.filter((each) => window.seen.has(each)).length")
        return int(reached), int(everything)


@contextmanager
def walking(
    browser: Any, url: str, language: str, width: int = 1280, dark: bool = False
) -> Iterator[Walk]:
    """Sign in and walk. language: of the browser."""
    context = browser.new_context(
        locale="zh-CN" if language == "zh" else "en-US", viewport={"width": width, "height": 900}, reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
    )  # fmt: skip
    walk = Walk(context.new_page(), url)
    walk.page.on(
        "console",
        lambda told: walk.faults.append(told.text) if told.type in ("error", "warning") else None,
    )
    walk.page.on("pageerror", lambda error: walk.faults.append(str(error)))
    walk.page.on(
        "request",
        lambda asked: (
            walk.faults.append(asked.url) if not asked.url.startswith((url, "data:")) else None
        ),
    )
    walk.page.on("dialog", lambda dialog: walk.faults.append(dialog.message))
    walk.page.goto(f"{url}/login")
    walk.page.fill("[name=name]", "anna")
    walk.page.fill("[name=password]", PASSWORD)
    walk.page.click("main button")
    walk.drawn()
    yield walk
    context.close()


def checked(walk: Walk, pages: tuple[str, ...]) -> None:
    """Each page: drawn, in words, usable by everybody, and without a complaint."""
    for path in pages:
        walk.go(path)
        assert walk.page.locator("[data-chart]:not([data-drawn])").count() == 0, (
            f"{path}: a picture is missing"
        )
        drawn = walk.page.locator("[data-chart]").all_text_contents()
        assert not [text for text in drawn if "undefined" in text or "NaN" in text], path
        assert walk.unsaid() == [], path
        assert walk.unfit() == [], path
        assert walk.faults == [], path
