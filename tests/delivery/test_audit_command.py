"""`winback audit` against what the machine keeps outside of the ledger: the journal of claims, the draws, the key."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.fixtures.typed_commands import DAY, WAVE


def send(context):
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    return plan


def write(context, *statements):
    with closing(sqlite3.connect(context.home.get_ledger_path("made"))) as ledger:
        for statement in statements:
            ledger.execute(*statement)
        ledger.commit()


def read(context, query):
    with closing(sqlite3.connect(context.home.get_ledger_path("made"))) as ledger:
        cursor = ledger.execute(query)
        return [each[0] for each in cursor.description], cursor.fetchall()


def faults(context):
    return {each["rule"] for each in context("audit", "--json", code=1)["faults"]}


def test_a_message_put_back_whole_with_its_seal_is_known_to_the_journal(context):
    send(context)
    names, before = read(context, "select * from deliveries where step = 1")
    context("wave", "run")
    assert context("audit", "--json")["well"]
    row = before[0]
    values = [value for name, value in zip(names, row, strict=True) if name != "delivery_id"]
    changes = ", ".join(f"{name} = ?" for name in names if name != "delivery_id")
    key = row[names.index("delivery_id")]
    write(context, (f"update deliveries set {changes} where delivery_id = ?", [*values, key]))
    assert "claim_forgotten" in faults(context)


def test_what_groups_are_drawn_by_is_held_against_the_machines_copy(context):
    send(context)
    write(context, ("update shares set share = 0.01",))
    assert "draws_changed" in faults(context)


def test_a_key_that_is_lost_is_replaced_and_said(context):
    send(context)
    Path(os.environ["WINBACK_STATE"], "seal.key").unlink()
    context("wave", "run")
    report = context("audit", "--json")
    assert report["well"]
    assert report["unproven_before"] == "2026-04-01T03:00:00"
    context("audit", result="sealed anew on 2026-04-01")
    write(context, ("update deliveries set state = 'failed' where state = 'sent'",))
    assert "row_changed" in faults(context)


def test_a_key_of_the_shop_file_seals_as_well(context):
    text = context.file.read_text().replace("[waves]", f'[waves]\nseal_key = "{"ab" * 32}"')
    context.file.write_text(text)
    send(context)
    context("wave", "run")
    assert context("audit", "--json")["well"]
    context.file.write_text(text.replace("ab" * 32, "cd" * 32))
    assert "row_changed" in faults(context)
    context("wave", "run")
    assert context("audit", "--json")["unproven_before"] is not None


def test_a_shell_without_the_state_folder_can_read_and_not_write(context, monkeypatch, tmp_path):
    """Under a key of its own everything it wrote would seem changed by hand."""
    send(context)
    (_, ((customer,),)) = read(context, "select customer_id from deliveries limit 1")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("WINBACK_STATE", str(tmp_path / "elsewhere"))
        context("wave", "show", result=WAVE)
        context("opt-out", customer, code=1, result="Set WINBACK_STATE")
        context("wave", "pause", WAVE, "--lang", "zh", code=1, result="WINBACK_STATE")
    context("opt-out", customer)
    context("wave", "run")
    assert context("audit", "--json") == {"well": True, "faults": [], "unproven_before": None}


def test_a_no_deleted_from_the_ledger_is_missed(context):
    send(context)
    (_, ((customer,),)) = read(context, "select customer_id from deliveries limit 1")
    context("opt-out", customer)
    assert context("audit", "--json")["well"]
    write(context, ("delete from suppressions",))
    assert "rows_missing" in faults(context)
