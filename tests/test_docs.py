"""The documentation: its links lead somewhere, its generated pages are up to date, and what
operators read is there in both languages."""

import re
from pathlib import Path

import pytest

from winback.cli.reference import main as write_reference

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: page.as_posix()
)
HOW_TO = sorted(page for page in (ROOT / "docs" / "how-to").glob("*.md") if ".zh" not in page.name)
BILINGUAL = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *HOW_TO]


def get_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    files = [link.split("#")[0] for link in links if "://" not in link and link[0] != "#"]
    assert [file for file in files if not (page.parent / file).exists()] == []


@pytest.mark.parametrize("page", BILINGUAL, ids=get_name)
def test_what_operators_read_exists_in_chinese_with_the_same_commands(page):
    chinese = page.with_name(f"{page.stem}.zh.md").read_text(encoding="utf-8")
    pattern = r"winback (?:import|score|recall|measure|wave (?:plan|approve|run)|opt-out|erase)"
    commands = set(re.findall(pattern, page.read_text(encoding="utf-8")))
    assert commands - set(re.findall(pattern, chinese)) == set()


def test_every_decision_stands_in_the_list_of_decisions():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in folder.glob("0*.md"))
    assert len(files) > 150
    assert [name for name in files if f"({name})" not in listed] == []


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_stays_short(name):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 150


def test_the_pages_of_commands_and_refusals_are_up_to_date():
    assert write_reference(["--check", str(ROOT / "docs" / "reference")]) == 0
