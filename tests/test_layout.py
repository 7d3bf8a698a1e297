"""Keeps the layout true where import-linter cannot: who reads the clock, and what a package's face may hold.

The order of the layers is import-linter's contract in `pyproject.toml`, which `make check` runs.
"""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "winback"
# Where clock, environment and paths come in; everything else is handed its moment, seed and folders.
ENTRY_POINTS = {"workflows", "server", "cli"}
EXCEPTIONS = {
    "__init__.py",  # sets OpenMP's patience before anything imports xgboost
    "model/mlflow_tracking.py",  # MLflow is spoken to through the environment
    "simulation/receivers/webhook.py",  # a process of its own has a clock of its own
    "simulation/receivers/wecom.py",
}

CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
STEADY_RANDOM = {
    "Random",
    "SystemRandom",
    "default_rng",
    "Generator",
    "PCG64",
    "SeedSequence",
    "BitGenerator",
}


def impure_reads(source: str) -> list[str]:
    """What a module's source reads of the clock, the environment or global random state: `line: what`."""
    tree = ast.parse(source)
    modules = {}  # name here → module
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {
                alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names
            }
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    actual = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            what = _dotted(node, modules)
            if _is_impure(what):
                actual.append(f"{node.lineno}: {what}")
    return actual


def _dotted(node: ast.expr, modules: dict[str, str]) -> str:
    """`np.random.shuffle` as `numpy.random.shuffle`; empty where it does not begin with an imported name."""
    if isinstance(node, ast.Name):
        return modules.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, modules)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _is_impure(what: str) -> bool:
    first, _, last = what.rpartition(".")
    if first in ("datetime.datetime", "datetime.date"):
        return last in CLOCKS - {"fromtimestamp", "utcfromtimestamp"}
    if first in ("random", "numpy.random"):
        return last not in STEADY_RANDOM
    return what in {
        "os.environ",
        "os.getenv",
        "os.environb",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
    }


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_only_entry_points_read_clock_environment_or_global_random_state():
    """Same data and seed give the same bytes; entry points pass moments, seeds and folders in."""
    found = {
        str(name): reads
        for path in MODULES
        if (name := path.relative_to(PACKAGE)).parts[0] not in ENTRY_POINTS
        and str(name) not in EXCEPTIONS
        and (reads := impure_reads(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "import datetime as dt\ndt.datetime.now(dt.UTC)",
        "import os\nos.environ['HOME']",
        "from os import environ\nenviron.get('HOME')",
        "import os as system\nsystem.getenv('HOME')",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "import random\nrandom.random()",
        "from random import shuffle\nshuffle([])",
        "import numpy as np\nnp.random.shuffle([])",
        "def later():\n    import numpy\n    numpy.random.seed(1)",
    ],
)
def test_every_way_to_read_them_is_seen(source):
    """A rule that one spelling escapes keeps nothing."""
    assert impure_reads(source)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_package_has_no_face(path):
    """Its `__init__` is a docstring: every name is imported from the file that owns it."""
    if path == PACKAGE / "__init__.py":  # sets what must be set before anything imports xgboost
        return
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert [type(node) for node in body] == [ast.Expr]


def test_every_package_has_its_layer():
    """A package that no layer names escapes the contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    layers = {name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")}
    actual = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert actual - {"__init__"} == layers
