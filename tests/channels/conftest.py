import pytest

from ..receivers import Starter


@pytest.fixture
def start(tmp_path):
    """Starts receivers."""
    starter = Starter(tmp_path)
    yield starter
    starter.end()
