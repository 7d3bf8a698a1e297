"""What code and templates ask of the catalogue is in it, with every value the sentence needs."""

import ast
import string
from pathlib import Path

import jinja2
from jinja2 import nodes

import winback
from winback.i18n.translate import CATALOGUE

ROOT = Path(winback.__file__).parent
IN_CODE, IN_TEMPLATES = "translate", "say"


def find_placeholders(key):
    return {name for _, name, _, _ in string.Formatter().parse(CATALOGUE[key][0]) if name}


def list_code_uses():
    """(place, key, names of the values or None where they are not written out) of each call."""
    for file in sorted(ROOT.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            key = call.args[0]
            if name != IN_CODE or not isinstance(key, ast.Constant):
                continue
            yield f"{file.relative_to(ROOT)}:{call.lineno}", key.value, find_names(call)


def find_names(call):
    values = [*call.args[2:], *(each.value for each in call.keywords if each.arg == "values")]
    if not values:
        return set()
    written = values[0]
    if not isinstance(written, ast.Dict) or any(
        not isinstance(key, ast.Constant) for key in written.keys
    ):
        return None
    return {key.value for key in written.keys}


def list_template_uses():
    environment = jinja2.Environment()
    for file in sorted(ROOT.rglob("*.html")):
        for call in environment.parse(file.read_text(encoding="utf-8")).find_all(nodes.Call):
            if getattr(call.node, "name", "") != IN_TEMPLATES or not call.args:
                continue
            key = call.args[0]
            if isinstance(key, nodes.Const):
                names = None if call.dyn_kwargs else {each.key for each in call.kwargs}
                yield f"{file.relative_to(ROOT)}:{call.lineno}", key.value, names


USES = [*list_code_uses(), *list_template_uses()]


def test_the_uses_are_found():
    assert len(USES) > 500


def test_a_sentence_that_is_asked_for_is_there_with_its_values():
    """A missing key, or a value the sentence needs and does not get, is a crash where it is shown."""
    wrong = [
        (place, key)
        for place, key, names in USES
        if key not in CATALOGUE or (names is not None and not find_placeholders(key) <= names)
    ]
    assert wrong == []
