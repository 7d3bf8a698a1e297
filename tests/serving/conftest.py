"""A model of the made shop, learned once for every test of what is served."""

import pytest
from train import learn

from winback.settings import read_shop


@pytest.fixture(scope="package")
def learned(made_files, made_store, tmp_path_factory):
    return learn(read_shop(made_files), made_store, tmp_path_factory.mktemp("models"), 7)
