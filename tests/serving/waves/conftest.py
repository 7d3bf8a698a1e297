import shutil

import pytest

from winback.model import crown
from winback.settings import Home

from ...conftest import NOW
from ...receivers import Starter
from .desk import Desk


@pytest.fixture
def start(tmp_path):
    """Starts receivers."""
    starter = Starter(tmp_path)
    yield starter
    starter.end()


@pytest.fixture
def desk(made_files, made_store, learned, tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    shutil.copytree(made_store.folder.parent.parent, home.shop("made"), symlinks=True)
    models = home.models("made")
    shutil.copytree(learned.bundle.folder, models / learned.bundle.version)
    crown(models, learned.bundle.version, NOW, "first")
    file = tmp_path / "shop.toml"
    file.write_text(
        made_files.read_text().replace('"orders.csv"', f'"{made_files.parent}/orders.csv"').replace(
            '"events.csv"', f'"{made_files.parent}/events.csv"')
    )  # fmt: skip
    file.write_text(file.read_text() + "\n[waves]\nmost_of_base = 1.0\n")  # a first wave may write to everybody
    return Desk(file, home, monkeypatch)
