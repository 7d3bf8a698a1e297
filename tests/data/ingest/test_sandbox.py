"""A file made to crash its reader takes only the reader along; a killed import goes on where it was."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import NOW, PLAIN
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.pipeline import import_shop
from winback.data.ingest.sandbox import Limits, run_in_subprocess
from winback.data.store import open_store


def fine(value, tell):
    tell("a.csv", 1)
    return {"value": value}


def dies(tell):
    tell("a.csv", 1)
    os.kill(os.getpid(), signal.SIGSEGV)


def hogs(tell):
    tell("a.csv", 1)
    return len(bytearray(400 << 20))


def sleeps(tell):
    tell("a.csv", 1)
    time.sleep(60)


def refuses(_tell):
    raise errors.ColumnMissing(file="a.csv", column="buyer", found="x", hint=None)


def breaks(_tell):
    return 1 / 0


def test_what_a_step_returns_and_tells_comes_back():
    heard = []
    assert run_in_subprocess(fine, (7,), lambda *told: heard.append(told)) == {"value": 7}
    assert heard == [("a.csv", 1)]


@pytest.mark.parametrize(
    ("step", "limits", "refusal", "result"),
    [
        (dies, Limits(), errors.ReaderCrashed, "SIGSEGV"),
        (hogs, Limits(memory_bytes=300 << 20), errors.ReaderCrashed, "300 MB"),
        (sleeps, Limits(silent_seconds=0.5), errors.ReaderTimeout, "a.csv"),
        (refuses, Limits(), errors.ColumnMissing, "buyer"),
        (breaks, Limits(), errors.UnexpectedError, "ZeroDivisionError"),
    ],
)
def test_every_end_of_the_child_is_a_refusal_here(step, limits, refusal, result):
    """The parent never dies, and says which file it was."""
    with pytest.raises(refusal) as refused:
        run_in_subprocess(step, (), lambda *_: None, limits)
    assert result in str(refused.value.values)


@pytest.mark.full
def test_an_import_killed_at_any_moment_goes_on_and_ends_the_same(tmp_path):
    """kill -9 of the whole import, again and again: finished parts are not read twice, and the store is the same."""
    draw = random.Random(3)
    rows = "".join(
        f"k{draw.randrange(90_000)},n{i // 2},2025-{1 + i % 12:02d}-{1 + i % 28:02d} 10:00:00,{draw.randint(100, 90000) / 100},1,"
        f"s{i % 900},c,0,Done\n" for i in range(1_300_000)
    )  # fmt: skip
    (tmp_path / "orders.csv").write_text(
        "buyer,order,paid_at,paid,qty,sku,category,off,status\n" + rows
    )
    (tmp_path / "shop.toml").write_text(PLAIN.split("    [events]")[0])
    home = tmp_path / "home"
    command = [
        sys.executable,
        "-m",
        "winback.cli",
        "import",
        "--json",
        "--shop",
        str(tmp_path / "shop.toml"),
    ]
    staged = home / "var" / "plain" / "staged"
    for parts in (1, 2):
        process = subprocess.Popen(command, env={**os.environ, "WINBACK_HOME": str(home)}, stdout=subprocess.DEVNULL,
                                   start_new_session=True)  # fmt: skip
        while len(list(staged.glob("*/0000?.json"))) < parts and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not (home / "var" / "plain" / "tables").exists()
    before = {path: path.stat().st_mtime_ns for path in staged.glob("*/0000?-lines.parquet")}
    assert len(before) >= 2
    done = subprocess.run(
        command, env={**os.environ, "WINBACK_HOME": str(home)}, check=True, capture_output=True
    )
    assert done.returncode == 0
    assert (
        before.items()
        <= {path: path.stat().st_mtime_ns for path in staged.glob("*/*-lines.parquet")}.items()
    )
    import_shop(load_shop(tmp_path / "shop.toml"), tmp_path / "whole", NOW)
    assert open_store(home / "var" / "plain").content == open_store(tmp_path / "whole").content
