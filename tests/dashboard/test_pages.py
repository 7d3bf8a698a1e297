"""What pages show: of a full shop, of an empty one, and of customers whose names are an attack."""

import csv
import io
import re
import shutil
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from tests.conftest import NOW
from tests.dashboard.signed_in import DAY, HOSTILE, DashboardFixture, Visitor, attacked, furnished
from winback.core.paths import DataPaths
from winback.dashboard.waves import read_newest_report
from winback.i18n.translate import CATALOGUE
from winback.model.versions import promote_version

PAGES = (
    "/",
    "/customers",
    "/list",
    "/waves",
    "/model",
    "/data",
    "/data/quarantine",
    "/reports",
    "/operators",
    "/audit-log",
    "/jobs",
)


def visible(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_both_languages(admin, path, language):
    """And says nothing in the other one: no key of the catalogue stands on it unsaid."""
    reader = Visitor(admin.dashboard, admin.cookies, language)
    answer = reader.get(path)
    assert answer.status_code == 200, visible(answer.text)[:500]
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text
    shown = visible(answer.text)
    assert not [
        key
        for key in CATALOGUE
        if "." in key and re.search(rf"(?<![\w./]){re.escape(key)}(?![\w.])", shown)
    ]
    assert ("顾客" in shown) == (language == "zh")


def test_the_first_page_answers_the_three_questions_of_a_monday(admin):
    """How much is dormant, whom to call first, whether the last wave paid: each a number that leads on."""
    text = admin.get("/").text
    summary = admin.dashboard.desk.read_summary("snapshots", DAY)
    assert f"{summary['dormant_value']['customers']:,}" in text
    assert f"{admin.dashboard.desk.read_summary('recalls', DAY)['contact']:,}" in text
    for link in ("/customers?dormant=yes", "/list?what=contact", "/waves"):
        assert f'href="{link.replace("&", "&amp;")}"' in text
    assert "Since 2026-03-25" in text


@pytest.fixture(scope="module")
def hostile(made_files, made_store, learned, tmp_path_factory):
    """Somebody in a shop with customers whose names are an attack."""
    return DashboardFixture(
        *attacked(made_files, made_store, learned, tmp_path_factory.mktemp("hostile"))
    ).operator("anna", "admin")


def test_names_that_are_an_attack_are_inert_on_every_page(hostile):
    index = hostile.dashboard.desk.snapshot
    there = [name for name in HOSTILE.values() if index.find_place(name) is not None]
    assert len(there) >= 10
    seen = 0
    for path in (*PAGES, "/customers?q=script", "/waves/general-2026w14"):
        html = hostile.get(path).text
        assert "<script>document" not in html, path
        assert "<img src=x" not in html
        assert "\u202e" not in html
    for name in there:
        answer = hostile.ask("GET", "/customer", params={"id": name})
        assert answer.status_code == 200, name
        assert "<script>document" not in answer.text
        assert "<img src=x" not in answer.text
        assert "\u202e" not in re.sub(r'<input type="hidden"[^>]*>', "", answer.text), (
            "but in what a form sends back"
        )
        assert " 49 " not in visible(answer.text).split("What happened")[0], (
            "no template runs a name"
        )
        actual = hostile.ask("GET", "/customers", params={"q": name})
        assert "1 customer" in actual.text
        [link] = set(
            re.findall(r'<bdi>.*?</bdi></a></td>|href="(/customer\?id=[^"]+)"', actual.text)
        ) - {""}
        assert hostile.get(link.replace("&amp;", "&")).status_code == 200, (
            "and its own link finds it"
        )
        seen += 1
    assert seen == len(there)


def test_names_that_are_formulas_run_in_no_spreadsheet(hostile):
    for path in ("/customers/export.csv", "/list/export.csv"):
        text = hostile.get(path).text.removeprefix("\ufeff")
        table = list(csv.reader(io.StringIO(text)))
        assert len(table) > 50
        assert not [
            cell for row in table for cell in row if re.match(r"[=+@\t\r]|-[^\d.]|-\d+[+*/]", cell)
        ], path
        assert "\u202e" not in text
    workbook = load_workbook(io.BytesIO(hostile.get("/list/export.xlsx").content))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert cells
    assert not [cell for cell in cells if cell.data_type == "f"]


@pytest.mark.full
def test_an_empty_shop_says_on_each_page_what_to_do_next(made_files, tmp_path):
    """No import, no model, no list, no wave: nothing breaks, and nobody is left alone."""
    file = tmp_path / "shop.toml"
    shutil.copy(made_files, file)
    anna = DashboardFixture(file, DataPaths(tmp_path / "home")).operator("anna", "admin")
    says = {
        "/": "Nobody is scored yet", "/customers": "make train", "/list": "make train", "/waves": "Nobody is scored yet",
        "/model": "make train", "/data": "Nothing is imported yet", "/reports": "No report was written yet",
        "/data/quarantine": "No row was refused", "/jobs": "No job has been run yet",
    }  # fmt: skip
    for path, result in says.items():
        answer = anna.get(path)
        assert answer.status_code == 200, path
        assert result in answer.text, path
    for path in ("/list/draw", "/waves/plan", "/data/import"):
        result = anna.wait_for(anna.post(path))
        assert result.status_code == 200
        assert 'role="alert"' in result.text, path
        assert "Traceback" not in result.text
    assert "The last job was refused" in anna.get("/").text


@pytest.mark.full
def test_a_shop_with_a_model_and_no_list_offers_to_draw_one_up(
    made_files, made_store, learned, tmp_path, monkeypatch
):
    dashboard = DashboardFixture(*furnished(made_files, made_store, learned, tmp_path))
    monkeypatch.setenv("WINBACK_HOME", str(dashboard.home.root))
    otto = dashboard.operator("otto", "operator")
    assert "No list was drawn up yet" in otto.get("/list").text
    assert "No list was drawn up yet" in otto.get("/customers").text
    result = otto.wait_for(otto.post("/list/draw"))
    assert "The list is drawn up" in result.text
    dashboard.look_again()
    assert "to contact" in otto.get("/list").text
    assert otto.get("/customers").status_code == 200


@pytest.mark.parametrize("stored", ["", "{}", '{"as_of": "2026-04-01", "waves": []}'])
def test_a_stored_report_that_cannot_be_read_counts_as_none(tmp_path, stored):
    """One of an earlier version must not take the first page down: the next report replaces it."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "weekly-2026-04-01.json").write_text(stored)
    assert read_newest_report(SimpleNamespace(folder=tmp_path)) is None


def test_a_report_is_opened_and_nothing_beside_it(dashboard):
    anna = dashboard.operator("anna", "admin")
    folder = dashboard.home.get_shop_folder("made") / "reports"
    folder.mkdir(exist_ok=True)
    (folder / "weekly-2026-04-01.en.html").write_text(
        "<p style='color:red'>earned</p><script>alert(1)</script>"
    )
    (folder / "secret.key").write_text("no")
    assert "weekly-2026-04-01.en.html" in anna.get("/reports").text
    answer = anna.get("/reports/file/weekly/weekly-2026-04-01.en.html")
    assert "earned" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"], (
        "default-src 'none': nothing in it runs"
    )
    for name in (
        "weekly/secret.key",
        "weekly/../secret.key",
        "../pseudonym.key",
        "weekly/%2e%2e/%2e%2e/pseudonym.key",
        "x",
    ):
        assert anna.get(f"/reports/file/{name}").status_code == 404, name
    for name in ("../app.py", "vendor/../../app.py", "nothing.js"):
        assert anna.get(f"/static/{name}").status_code == 404


@pytest.mark.full
def test_another_model_is_promoted_and_rolled_back_by_an_administrator(dashboard, learned):
    """A bundle under another version is damaged, is refused, and the one before goes on."""
    anna = dashboard.operator("anna", "admin")
    models = dashboard.home.get_models_folder("made")
    wrong = models / ("0" * 16)
    shutil.copytree(learned.bundle.folder, wrong)
    result = anna.wait_for(anna.post("/model/promote", version="0" * 16))
    assert 'role="alert"' in result.text
    assert (models / "champion").read_text().strip() == learned.bundle.version
    result = anna.wait_for(anna.post("/model/rollback"))
    assert "champion" in result.text or 'role="alert"' in result.text
    promote_version(models, learned.bundle.version, NOW, "again")
    assert anna.get("/model").status_code == 200
