"""A model of the made shop, learned once for every test of what is served."""

import shutil
from datetime import timedelta

import pytest
from train import learn

from winback.model import crown
from winback.serving.batch import score
from winback.settings import Home, read_shop

from ..conftest import NOW
from .served import Served


@pytest.fixture(scope="package")
def learned(made_files, made_store, tmp_path_factory):
    return learn(read_shop(made_files), made_store, tmp_path_factory.mktemp("models"), 7)


@pytest.fixture(scope="package")
def scored_home(made_files, made_store, learned, tmp_path_factory) -> Served:
    """Read it, do not write to it: `served` is a copy."""
    shop, home = read_shop(made_files), Home(tmp_path_factory.mktemp("served"))
    models = home.models(shop.name)
    shutil.copytree(learned.bundle.folder, models / learned.bundle.version)
    crown(models, learned.bundle.version, NOW, "first")
    snapshots = home.shop(shop.name) / "snapshots"
    snapshots.mkdir(parents=True)
    (home.shop(shop.name) / "served").write_text(learned.bundle.version)  # as if it had been tried and served before
    for days in (7, 0):
        score(shop, made_store, learned.bundle, snapshots, made_store.last_day - timedelta(days=days))
    return Served(made_files, shop, home)
