"""`winback check-history`, as an operator types it after a wave was sent."""

import pytest

from tests.fixtures.typed_commands import AFTER_THE_DATA
from tests.fixtures.wave_channels import approved, listed, people_of, smtp


@pytest.mark.full
def test_a_mail_servers_log_is_held_against_the_ledger(context, start):
    sink = start("mail", "{}")
    people = [
        {**each, "wecom": "", "owner": "", "mail": each["mail"] if number % 3 else ""}
        for number, each in enumerate(people_of(context))
    ]
    listed(context, people, smtp(sink.port))
    approved(context)
    context("wave", "run")
    log = f"email={sink.path}"
    assert len(sink.log()) > 20
    assert len(context.handed()) > 0
    checked = context("check-history", "--log", log, "--json")
    assert (checked["well"], checked["faults"], checked["nameless"]) == (True, [], 0)
    assert checked["matched"] == checked["lines"] == len(sink.log()) + len(context.handed())
    assert "everything fits" in context("check-history", "--log", log)
    assert "全部相符" in context("check-history", "--log", log, "--lang", "zh")

    lines = sink.path.read_text(encoding="utf-8").splitlines(keepends=True)
    sink.path.write_text("".join([*lines[1:], lines[1]]), encoding="utf-8")
    found = context("check-history", "--log", log, "--json", code=1)
    assert {each["rule"]: each["count"] for each in found["faults"]} == {
        "lost": 1,
        "received_twice": 1,
    }
    assert context("check-history", "--log", log, "--since", str(AFTER_THE_DATA.date()), code=1)
    said = context("check-history", "--log", log, "--lang", "zh", code=1)
    assert "被收到两次" in said
    broken = sink.path.with_name("broken.jsonl")
    broken.write_text('{"key": 1\n')
    context("check-history", "--log", str(broken), code=3, result="at line 1")
