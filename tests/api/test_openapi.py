"""The schema is what the service does: its own words, tried out at random (schemathesis)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.in_process import running

ROOT = Path(__file__).parents[2]
EXAMPLES = 5_000 if os.environ.get("WINBACK_SOAK") else 100

# What a schema cannot say: an order stands once in a history, and some values give no score.
RULES = "[checks]\npositive_data_acceptance.expected-statuses = [200, 204, 401, 403, 404, 422, 429, 503]\n"


def test_the_committed_schema_is_todays():
    """A client is made from it."""
    from winback.api.openapi import render_openapi

    assert (ROOT / "docs" / "reference" / "openapi.json").read_text(
        encoding="utf-8"
    ) == render_openapi()


def test_every_path_under_a_scope_asks_for_a_key():
    schema = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text(encoding="utf-8"))
    for path, methods in schema["paths"].items():
        for method in methods.values():
            assert bool(method.get("security")) == (path not in ("/livez", "/readyz"))


@pytest.mark.full
def test_nothing_a_client_sends_breaks_the_service(served, tmp_path):
    """All of schemathesis' checks, positive and negative data: no 5xx, no answer outside the schema, no way past the key."""
    token = served.key(days=700)
    with running(served, tmp_path) as service:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(ROOT / "docs" / "reference" / "openapi.json"), "--url", service.url,
            "--header", f"Authorization: Bearer {token}", "--checks", "all", "--mode", "all", "--max-examples", str(EXAMPLES),
            "--seed", "11", "--phases", "examples,coverage,fuzzing", "--request-timeout", "30", "--no-color",
        ]  # fmt: skip
        (tmp_path / "schemathesis.toml").write_text(RULES)
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=20_000, check=False
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert service.process.poll() is None
        assert "unexpected_error" not in service.log.read_text()
        assert "Traceback" not in service.log.read_text()
