"""The commands as a user types them: exit codes, one JSON document, one sentence for what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import PLAIN
from winback.cli.main import app
from winback.workflows.process import choose_language

HEAD = "buyer,order,paid_at,paid,qty,sku,category,off,status\n"
ANN = "ann,1,2026-01-01,5,1,m,k,0,Done\nann,2,2026-02-01,5,1,m,k,0,Done\n"
EVENTS = "user,time,what,seconds\nann,2026-01-01 10:00:00,pv,5\n"


@pytest.fixture
def winback(tmp_path, shop_of, monkeypatch):
    """A command in this process: starting one takes a hundred times what a refusal does."""

    def run(*arguments, orders=HEAD + ANN, **environment):
        file = shop_of(PLAIN, orders=orders, events=EVENTS)
        line = [str(each).format(shop=file) for each in arguments]
        with monkeypatch.context() as patch:
            for name in ("WINBACK_LANG", "LC_ALL", "WINBACK_DEBUG", "WINBACK_PROGRESS"):
                patch.delenv(name, raising=False)
            for name, value in {
                "WINBACK_HOME": str(tmp_path),
                "LANG": "C.UTF-8",
                **environment,
            }.items():
                patch.setenv(name, value)
            return CliRunner().invoke(app, line, prog_name="winback")

    return run


def test_the_command_of_the_shell_ends_as_the_one_in_this_process(tmp_path):
    """The rest of this file leaves the process out: exit code, sentence and no traceback, once for real."""
    environment = {"PATH": "/usr/bin:/bin", "WINBACK_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = [Path(sys.executable).with_name("winback"), "score", "--shop", "nowhere.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_prints_one_json_document(winback):
    done = winback("import", "--shop", "{shop}", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["orders"] == 2
    assert done.stderr == ""


def test_import_tells_what_came_in_and_what_was_kept_out(winback):
    done = winback(
        "import",
        "--shop",
        "{shop}",
        orders=HEAD + "ann,1,2026-01-01,5,1,m,k,0,Done\n,2,2026-01-01,5,1,m,k,0,Done\n",
    )
    assert "1 order of 1 customer" in done.stdout
    assert "1 row, no customer" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "result"),
    [
        (["import", "--shop", "nowhere.toml"], 2, "nowhere.toml"),
        (["score", "--shop", "{shop}"], 2, "make train"),
        (["sql", "--shop", "{shop}"], 2, "winback import"),
        (["score", "--shop", "{shop}", "--cutoff", "soon"], 2, "soon"),
        (["score"], 2, "--shop"),
        (["models", "--shop", "{shop}", "--rollback"], 2, "no model yet"),
        (["models", "--shop", "{shop}", "--promote", "abc"], 2, "no model abc"),
        (["models", "--shop", "{shop}", "--promote", ""], 2, "no model"),
        (["models", "--shop", "{shop}", "--promote", "abc", "--rollback"], 2, "abc"),
    ],
)
def test_a_wrong_command_gets_its_exit_code_and_what_to_do(winback, arguments, code, result):
    done = winback(*arguments)
    assert done.exit_code == code
    assert result in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_speaks_the_language_of_the_environment(winback):
    assert "找不到店铺文件" in winback("import", "--shop", "nowhere.toml", WINBACK_LANG="zh").stderr


def test_sql_prints_the_statement_the_batch_job_runs(winback):
    """A20: the source's RFM as SQL, with the cut-off in it."""
    winback("import", "--shop", "{shop}")
    done = winback("sql", "--shop", "{shop}", "--cutoff", "2026-01-15")
    assert "timestamp '2026-01-14 16:00:00'" in done.stdout
    assert 'as "days_since_last_order"' in done.stdout
    assert done.stdout.rstrip().endswith(";")


@pytest.mark.parametrize(
    ("chosen", "environment", "language"),
    [("zh", {"LANG": "en_GB"}, "zh"), (None, {"LANG": "zh_CN.UTF-8"}, "zh"), (None, {}, "en"), (None, {"LANG": "de_DE"}, "en"),
     (None, {"WINBACK_LANG": "en", "LANG": "zh_CN"}, "en")],
)  # fmt: skip
def test_the_language_asked_for_wins_over_the_environment(chosen, environment, language):
    assert choose_language(chosen, environment) == language
