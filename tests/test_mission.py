"""Every rule of the mission is built, comes later or is left out for a reason, and the table that says so is true."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("mission", ROOT / "docs" / "internal" / "mission.py")
mission = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mission)
RULES = mission.load_rules()
EVERY = (
    [f"A{n}" for n in range(1, 24)]
    + [f"B{n}" for n in range(1, 112)]
    + [f"C{n}" for n in range(1, 27)]
)
# What this product must do by now, with code and a test: the quadrants and lists of both sources, and their interventions.
PROVED = [f"A{n}" for n in range(1, 24)] + [
    f"B{n}" for n in [*range(39, 50), 61, *range(69, 87), *range(94, 100), *range(101, 104)]
]


def test_every_id_of_the_mission_has_its_line():
    assert list(RULES) == EVERY


@pytest.mark.parametrize("name", PROVED)
def test_what_must_be_built_names_its_code_and_its_proof(name):
    assert "code" in RULES[name]
    assert "test" in RULES[name]


@pytest.mark.parametrize("name", EVERY)
def test_what_a_line_says_is_there(name):
    """A table that nobody checks is a promise that nobody keeps."""
    entry = RULES[name]
    assert entry["state"] in mission.STATES
    assert entry["state"] == "done" or entry.get("note"), "what is not built has a reason"
    assert entry["state"] != "done" or ("code" in entry and "test" in entry)
    if "code" in entry:
        file, _, symbol = entry["code"].partition(":")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"\b{re.escape(symbol)}\b", text), f"{file} has no {symbol}"
    if "test" in entry:
        file, _, result = entry["test"].partition(":")
        function, _, parameter = result.rstrip("]").partition("[")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {function}\(", text, re.MULTILINE), f"{file} has no {function}"
        assert not parameter or re.search(rf"\b{parameter}\b", text), (
            f"{function} is not run for {parameter}"
        )


def test_the_table_in_docs_is_what_the_list_says():
    assert mission.main(["--check"]) == 0
