"""The recall checklist in docs: what the rules and playbooks say, in both languages, with SQL that runs."""

import re
from pathlib import Path

import pytest

from winback.core.cutoff import Cutoff
from winback.features.registry import get_available_feeds
from winback.features.sql_compiler import compute_features
from winback.i18n.translate import translate
from winback.playbooks.message_templates import VARIABLES
from winback.playbooks.playbook_files import LIBRARY, load_playbook_file
from winback.reports import playbook_docs
from winback.reports.playbook_docs import FILES, main, render_playbook_docs
from winback.segmentation.definitions import (
    LIFECYCLE,
    NEVER,
    QUADRANTS,
    RECALL,
    SILENT_CLASSES,
    TAGS,
    TOUCHPOINTS,
)

ROOT = Path(__file__).parents[2]
BOOKS = [load_playbook_file(path.stem, []) for path in sorted(LIBRARY.glob("*.toml"))]


@pytest.mark.parametrize("language", FILES)
def test_every_rule_play_and_template_is_in_the_handout(language):
    """A20–A22: what is not in it does not exist for whoever works with it."""
    text = render_playbook_docs(language)
    for cell in (*QUADRANTS, *LIFECYCLE, *SILENT_CLASSES):
        assert translate(cell.reason, language) in text
    for segment in RECALL:
        assert f"`{segment.name}`" in text
    for kind, marks in (("touchpoint", TOUCHPOINTS), ("tag", TAGS), ("never", NEVER)):
        for mark in marks:
            assert translate(f"{kind}.{mark.name}", language) in text
    for playbook in BOOKS:
        if playbook.name == "international":  # the same plays in other money
            continue
        for play in playbook.plays:
            assert play.title.get_text(language) in text
        for name, template in playbook.templates.items():
            assert f"`{name}`" in text
            assert template.text.get_text(language) in text
    for name in VARIABLES:
        assert f"`{{{name}}}`" in text


@pytest.mark.parametrize("language", FILES)
def test_no_word_of_it_is_a_programmers(language):
    """No threshold or cell is told by its name in the code where a person reads a rule."""
    text = render_playbook_docs(language)
    rules = [
        line
        for line in text.split("\n")
        if line.startswith("| ") and "[segments]" not in line and "[journey]" not in line
    ]
    for line in rules:
        for cell in line.split(" | ")[1:2]:
            result = re.sub(r"`[^`]*`|\{\w+\}", "", cell)
            assert not re.search(r"\b[a-z]+_[a-z_]+\b", result), line


def test_the_sql_of_the_handout_runs_and_gives_the_features(made_store):
    """A20: a snippet that does not run is decoration."""
    statement = re.search(r"```sql\n(.*?);\n```", render_playbook_docs("en"), re.DOTALL)[1]
    rows = made_store.connect().execute(statement)
    names = [column[0] for column in rows.description]
    other = {row[0]: row[1:] for row in rows.fetchall()}
    day: Cutoff = playbook_docs._DAY
    ours = compute_features(
        made_store.connect(), day, get_available_feeds(made_store.first_known, day)
    ).to_pylist()
    assert len(ours) == len(other)
    assert names[0] == "customer_id"
    for row in ours:
        assert other[row["customer_id"]] == tuple(row[name] for name in names[1:])


def test_the_handout_in_docs_is_what_the_rules_say(tmp_path):
    assert main(["--check", str(ROOT / "docs" / "reference")]) == 0
    assert main(["--check", str(tmp_path)]) == 1
