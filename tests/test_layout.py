"""Keeps the house plan true: rooms never import one another, and the floor imports no room."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "winback"
FLOOR = {"cutoff", "tables", "settings", "errors", "words"}
ROOMS = {
    "sources",
    "features",
    "labels",
    "model",
    "segments",
    "campaigns",
    "measurement",
    "ledger",
    "channels",
    "simulation",
    "watch",
}
WIRING = {"serving", "cli", "client", "rehearsal"}


def imported_places(source: str, module: str) -> set[str]:
    """The places of the house a module's source imports; `module` is its dotted name."""
    places = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) if node.level else ""
            start = ".".join(part for part in (base, node.module) if part)
            names = [f"{start}.{alias.name}" for alias in node.names]
        places |= {name.split(".")[1] for name in names if name.startswith("winback.")}
    return places


def place_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_itself_and_the_floor(path):
    """So features cannot see labels, and any room can be rewritten against the tables at its doors."""
    place = place_of(path)
    assert place in FLOOR | ROOMS | WIRING, f"{place} is no place of the house plan"
    name = ".".join(("winback", *path.relative_to(PACKAGE).with_suffix("").parts))
    allowed = FLOOR | ({place} if place in ROOMS else ROOMS | WIRING if place in WIRING else set())
    assert imported_places(path.read_text(encoding="utf-8"), name) & (FLOOR | ROOMS | WIRING) <= allowed


@pytest.mark.parametrize(
    "source",
    ["from winback.labels import outcomes", "from winback import labels", "import winback.labels as l",
     "from ..labels import outcomes", "from .. import labels", "def later():\n    import winback.labels"],
)  # fmt: skip
def test_every_way_to_import_a_room_is_seen(source):
    """A rule that one spelling escapes keeps nothing."""
    assert "labels" in imported_places(source, "winback.features.sql")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_read_no_clock_environment_or_global_random_state(path):
    """Same data and seed give the same bytes; the wiring passes moments and seeds in."""
    if place_of(path) in WIRING or path.name == "registry.py":  # MLflow is spoken to through the environment
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today", "environ", "getenv"}, f"{path.name}:{node.lineno}"


def test_no_name_of_the_sources_is_also_one_of_its_files():
    """Its names are loaded when they are asked for: a file of the same name would be found in their place."""
    from winback import sources

    files = {path.stem for path in (PACKAGE / "sources").iterdir()}
    assert not files & set(sources.__all__)
    assert all(getattr(sources, name) is not None for name in sources.__all__)
