import shutil

import pytest

from winback.settings import Home

from .house import DAY, House, furnished


@pytest.fixture(scope="package")
def furnished_house(made_files, made_store, learned, tmp_path_factory):
    """Read it, do not write to it: `house` is a copy."""
    house = House(*furnished(made_files, made_store, learned, tmp_path_factory.mktemp("house")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINBACK_HOME", str(house.home.root))
        house.run("recall", "--cutoff", "2026-03-25")
        house.run("recall", "--cutoff", DAY)
    house.look_again()
    return house


def copied(house, folder):
    home = Home(folder / "home")
    shutil.copytree(house.home.root, home.root, symlinks=True)
    shutil.copy(house.file, folder / "shop.toml")
    return House(folder / "shop.toml", home)


@pytest.fixture
def house(furnished_house, tmp_path, monkeypatch):
    """A house of the test's own."""
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path / "home"))
    return copied(furnished_house, tmp_path)


@pytest.fixture(scope="package")
def admin(furnished_house, tmp_path_factory):
    """Somebody who may everything, in a house that is only read."""
    return copied(furnished_house, tmp_path_factory.mktemp("shown")).operator("anna", "admin")
