"""`winback erase` and `export`, and the canary scan: planted personal values stand in the vault and nowhere else."""

import base64
import csv
import functools
import gzip
import hashlib
import json
import shutil
import urllib.parse
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook, load_workbook

from tests.fixtures.typed_commands import AFTER_THE_DATA, AT, DAY, WAVE
from tests.fixtures.wave_channels import ask, company, people_of, smtp, wecom
from winback.config.shop import load_shop
from winback.core.wave_errors import ListUnreadable
from winback.core.workbooks import create_workbook, write_cell
from winback.data.erasure_list import find_contacts
from winback.data.store import open_store
from winback.delivery.contact_addresses import open_vault
from winback.ledger.engine import open_ledger
from winback.ledger.list_edits import ListEdit, edit_list
from winback.ledger.tables.schema import SCHEMA
from winback.privacy import _remove_from_csv, _remove_from_workbook

PLANTED = 5  # customers, with four values each


def canaries(number):
    return {"phone": f"1391234{number:04d}", "mail": f"canary.bird{number}@secret.example", "wecom": f"woCanaryXyz{number}",
            "recipient": f"金丝雀{number} 幸福路{number}88号"}  # fmt: skip


@functools.cache
def forms(value):
    """A value in every encoding a leak may have."""
    plain = value.encode()
    result = {plain, plain.hex().encode(), urllib.parse.quote(value).encode(), urllib.parse.quote_plus(value).encode(), value.encode("utf-16-le"),
            value.encode("utf-16-be"), value.encode("gb18030"), json.dumps(value)[1:-1].encode()}  # fmt: skip
    result |= {base64.b64encode(each) for each in (plain, value.encode("utf-16-le"))} | {
        base64.urlsafe_b64encode(plain)
    }
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, plain)
        result |= {
            digest.digest(),
            digest.hexdigest().encode(),
            digest.hexdigest().upper().encode(),
        }
    return result


def found_in(content, values):
    return {value for value in values for form in forms(value) if form in content}


def leaks(root, values, skip=()):
    """Where under a folder planted values stand: in bytes, in what is packed, and in what columns hold."""
    result = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.name in skip:
            continue
        if hit := find_in_file(path, values):
            result[str(path.relative_to(root))] = hit
    return result


SCANNED = {}  # whether a value is in a file of these bytes: most files are the same from scan to scan


def find_in_file(path, values):
    content = path.read_bytes()
    file = path.suffix, hashlib.sha256(content).digest()
    new = [value for value in values if (file, value) not in SCANNED]
    if new:
        hit = set().union(*(found_in(each, new) for each in unpack(path, content)))
        SCANNED.update({(file, value): value in hit for value in new})
    return {value for value in values if SCANNED[file, value]}


def unpack(path, content):
    contents = [content]
    if path.suffix == ".parquet":
        contents += [repr(pq.read_table(path).to_pylist()).encode()]
    if path.suffix == ".arrow":
        contents += [repr(pa.ipc.open_file(path).read_all().to_pylist()).encode()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            contents += [packed.read(name) for name in packed.namelist()]
    if path.suffix == ".gz":
        contents += [gzip.decompress(content)]
    return contents


@pytest.fixture
def planted(context, start):
    """The shop with phones, recipients and notes in its orders, contacts in a list, WeCom and a mail server; everything run once."""
    people = people_of(context)
    context.file.write_text(
        context.file.read_text().replace(
            "most_of_base = 1.0",
            "most_of_base = 1.0\nholdout_share = 0.0\nevery_holdout_share = 0.0",
        )
    )
    context("recall", "--cutoff", str(DAY))
    chosen = [row["customer"] for row in context.list_rows() if row["message"]][
        :PLANTED
    ]  # they will be written to
    shutil.rmtree(context.folder / "recalls")
    values = {customer: canaries(number) for number, customer in enumerate(chosen)}
    for each in people:
        each |= {name: value for name, value in values.get(each["id"], {}).items() if name in each}
        if each["id"] in values and chosen.index(each["id"]) % 2:
            each |= {"wecom": "", "owner": ""}  # these are written to by e-mail
        elif each["id"] in values:
            each["owner"] = "li"
    result = context.file.read_text()
    source = result.split('paths = ["')[1].split('"')[0]
    with Path(source).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        mine = values.get(row["buyer"], {})
        row |= {
            "phone": mine.get("phone", ""),
            "recipient": mine.get("recipient", ""),
            "note": f"请放门口 {mine['recipient']}" if mine else "",
        }
    odd = dict(rows[0]) | {
        "buyer": chosen[0],
        "paid": f"call {canaries(0)['phone']}",
        "order": "odd1",
    }
    mine = context.file.parent / "orders.csv"
    with mine.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(
            [*rows, odd, dict(rows[0]) | {"buyer": "canary.buyer@secret.example", "order": "odd2"}]
        )
    context.file.write_text(
        result.replace(f'"{source}"', f'"{mine}"').replace(
            'status = "status"\n',
            'status = "status"\nphone = "phone"\nrecipient = "recipient"\nnote = "note"\n',
        )
    )
    there, sink = company(start, people), start("mail", "{}")
    lines = [list(people[0]), *(list(each.values()) for each in people)]
    with (context.file.parent / "contacts.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    columns = 'columns = { customer_id = "id", wecom = "wecom", phone = "phone", email = "mail", owner = "owner" }\n'
    context.file.write_text(
        context.file.read_text()
        + f'\n[contacts]\npath = "contacts.csv"\n{columns}'
        + wecom(there.port, "wecom_task")
        + smtp(sink.port)
    )
    context.there, context.sink = there, sink
    with context.at(AFTER_THE_DATA):
        printed = [context("import")]
    printed.append(context("score", "--cutoff", str(DAY)))
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    printed.append(context("wave", "approve", WAVE, "--customers", str(plan["treatment"])))
    printed += [
        context("wave", "run"),
        context("wave", "status", WAVE),
        context("audit"),
        context("wave", "match"),
        context("diagnose", "--cutoff", str(DAY)),
    ]
    context.shop = load_shop(context.file)
    return context, values, "\n".join([*printed, json.dumps(plan)])


def every_value(values):
    return [value for mine in values.values() for value in mine.values()] + [
        "canary.buyer@secret.example"
    ]


@pytest.mark.full
def test_planted_values_stand_in_the_vault_only_and_those_of_the_erased_nowhere(planted):
    """I6: twenty values and one more, in every encoding, over every byte a run leaves. Both of one
    run, which takes long."""
    check_that_the_vault_alone_has_them(*planted)
    check_that_who_is_erased_does_not_come_back(*planted)


def check_that_the_vault_alone_has_them(context, values, printed):
    assert len(every_value(values)) >= 20
    # What tells the operator which WeCom contacts are nobody's has to name them.
    assert leaks(context.home.root, every_value(values), skip=("wecom-unmatched.csv",)) == {}
    assert found_in(printed.encode(), every_value(values)) == set()
    vault = open_vault(context.shop, context.ledger, context.folder)
    opened = {value for customer in values for value in vault.list_addresses(customer).values()}
    assert {mine[name] for mine in values.values() for name in ("phone", "mail")} <= opened
    tasks = {each for task in context.there.log(did="task") for each in task["external"]}
    letters = {line["to"] for line in context.sink.log()}
    assert any("Canary" in each for each in tasks) or any("canary" in each for each in letters), (
        "the scan is of a run that used them"
    )


def check_that_who_is_erased_does_not_come_back(context, values, _):
    customer = list(values)[1]
    why = f"wrote from {values[customer]['mail']}"
    edit_list(context.ledger, ListEdit(customer, "out", None, why, "otto", AT), "a pseudonym")
    before = {
        "arms": context("wave", "status", WAVE, "--json")["arms"],
        "day": open_store(context.folder).last_day,
    }
    result = context("erase", customer, "--yes", "--json")
    gone = [customer, *values[customer].values()]
    # The exports and the list are the shop's own, outside of what we keep.
    assert leaks(context.home.root, gone) == {}
    assert result["rows_turned_away"] > 0
    assert result["removed"]["snapshots"] > 0
    assert result["removed"]["vault"] > 0
    assert context("wave", "status", WAVE, "--json")["arms"] == before["arms"], (
        "they stay in their arm"
    )
    assert context("audit", "--json") == {"well": True, "faults": [], "unproven_before": None}
    # A later export of the same shop has them again, under their id and under another one with their phone.
    with (context.file.parent / "orders.csv").open("a", encoding="utf-8") as stream:
        for buyer in (customer, "k9999"):
            stream.write(
                f"{buyer},late-{buyer},2026-05-20 10:00:00,50.00,1,s1,c1,0.00,Done,{values[customer]['phone']},,\n"
            )
    with context.at(AFTER_THE_DATA):
        context("import")
    context("score", "--cutoff", str(DAY))
    assert leaks(context.home.root, [*gone, "k9999"]) == {}
    assert context("erase", customer, "--yes", "--json")["subject"] == result["subject"], (
        "once more changes nothing"
    )
    later = context("wave", "plan", "--cutoff", str(DAY.replace(day=8)), "--json")
    assert later["planned"] > 0
    assert leaks(context.home.root, [*gone, "k9999"]) == {}
    context("export", customer, code=2, result="no customer")


@pytest.mark.full
def test_the_scan_would_find_them(planted):
    """A scan that finds nothing because it looks at nothing proves nothing."""
    context, values, _ = planted
    mine = canaries(2)
    (context.folder / "log.txt").write_text(f"sent to {urllib.parse.quote(mine['mail'])}")
    (context.folder / "dump.bin").write_bytes(b"\x00" + mine["recipient"].encode("gb18030"))
    pq.write_table(
        pa.table({"hash": [hashlib.md5(mine["phone"].encode()).hexdigest()]}),
        context.folder / "table.parquet",
    )
    actual = leaks(context.home.root, every_value(values), skip=("wecom-unmatched.csv",))
    assert actual == {
        "var/made/log.txt": {mine["mail"]},
        "var/made/dump.bin": {mine["recipient"]},
        "var/made/table.parquet": {mine["phone"]},
    }


@pytest.mark.full
def test_an_erasure_that_is_interrupted_goes_on(planted, monkeypatch):
    context, values, _ = planted
    customer = next(iter(values))
    from winback import privacy

    whole, steps = privacy.drop_old_tables, []

    def stopped(folder):
        steps.append(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(privacy, "drop_old_tables", stopped)
    context("erase", customer, "--yes", code=130)
    assert steps
    monkeypatch.setattr(privacy, "drop_old_tables", whole)
    context("erase", customer, "--yes")
    assert leaks(context.home.root, [customer, *values[customer].values()]) == {}
    assert context("audit", "--json")["well"]


@pytest.mark.full
def test_what_waited_for_somebody_erased_is_kept_back(planted):
    context, values, _ = planted
    with context.ledger.begin_read() as connection:
        waiting = connection.exec_driver_sql(
            "select customer_id from deliveries where state = 'pending' and step = 2 limit 1"
        ).scalar()
    context("erase", waiting, "--yes")
    rows = context("wave", "status", WAVE, "--json")["messages"]
    assert sum(row["messages"] for row in rows if row["reason"] == "erased") == 1
    for task in context.there.log(did="task"):
        ask(context.there.port, "confirm", {"msgid": task["msgid"], "status": 1})
    context("wave", "run")
    assert context("audit", "--json")["well"]
    assert values


@pytest.mark.full
def test_a_customer_is_told_everything(planted):
    context, values, _ = planted
    customer = next(iter(values))
    result = json.loads(context("export", customer))
    assert result["orders"]
    assert result["events"]
    assert result["snapshot"]["rows"][0]["customer_id"] == customer
    assert result["addresses"]["email"] == values[customer]["mail"]
    assert {"assignments", "deliveries", "suppressions", "consents"} <= set(result["ledger"])
    out = context.folder.parent / "told.json"
    context("export", customer, "--out", str(out))
    assert out.stat().st_mode & 0o077 == 0
    with context.ledger.begin_read() as connection:
        noted = (
            connection.exec_driver_sql("select subject from audit_log where action = 'exported'")
            .scalars()
            .all()
        )
    assert len(noted) == 2
    assert customer not in noted


def test_a_phone_that_others_ordered_with_turns_nobody_else_away(tmp_path):
    """A family's number, or one an export puts where there is none."""
    (tmp_path / "staged" / "u").mkdir(parents=True)
    rows = [
        ("a", "phone-1"),
        ("a", "phone-2"),
        ("b", "phone-2"),
        ("b", "phone-3"),
        ("c", "phone-4"),
        ("a2", "phone-1"),
        ("d", None),
    ]
    table = pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "phone_hash": pa.array([row[1] for row in rows], pa.string()),
        }
    )
    pq.write_table(table, tmp_path / "staged" / "u" / "00000-lines.parquet")
    assert find_contacts(tmp_path, "phone_hash", ["a", "a2"]) == ["phone-1"]
    assert find_contacts(tmp_path, "phone_hash", ["a", "a2"], ["phone-4"]) == ["phone-1"]
    assert find_contacts(tmp_path, "phone_hash", ["a", "a2"], ["phone-9"]) == ["phone-1", "phone-9"]
    assert find_contacts(tmp_path / "nowhere", "phone_hash", ["a"], ["phone-9"]) == ["phone-9"]


def test_only_the_customers_own_column_names_them(tmp_path):
    """A shop may number its customers 1, 2, 3, as steps are numbered."""
    handed, names, playbook = tmp_path / "li.csv", tmp_path / "wake.csv", tmp_path / "list.xlsx"
    rows = [
        ["delivery_id", "customer_id", "step", "message"],
        ["d1", "1", "1", "给 1"],
        ["d2", "2", "1", "1"],
        ["d3", "3", "1", "hi"],
    ]
    handed.write_bytes("\n".join(",".join(row) for row in rows).encode("gb18030"))
    handed.with_name(".li.csv-77").write_text("left by a run that died")
    names.write_text("name\n1\nli\n", encoding="utf-8-sig")
    workbook = Workbook()
    for row in ([None, "顾客", "步骤"], ["x", "1", 1], ["1", "2", 1]):
        workbook.active.append(row)
    workbook.save(playbook)
    assert (
        _remove_from_csv(handed, {"1"}),
        _remove_from_csv(names, {"1"}),
        _remove_from_workbook(playbook, {"1"}),
    ) == (1, 1, 1)
    assert [
        row["customer_id"]
        for row in csv.DictReader(handed.read_text(encoding="utf-8-sig").splitlines())
    ] == ["2", "3"]
    assert names.read_text(encoding="utf-8-sig").split() == ["name", "li"]
    assert [row[1] for row in load_workbook(playbook).active.iter_rows(values_only=True)] == [
        "顾客",
        "2",
    ]
    assert list(tmp_path.glob(".*")) == []
    with create_workbook(playbook) as ours:
        sheet = ours.add_worksheet("S")
        for row, customer in enumerate(["顾客", "_x0041_", "<r>1</r>", "A"]):
            write_cell(sheet, row, 0, customer)
    assert _remove_from_workbook(playbook, {"_x0041_", "<r>1</r>"}) == 2
    handed.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ListUnreadable):
        _remove_from_csv(handed, {"1"})


def test_nothing_is_erased_without_a_word(context):
    customer = people_of(context)[3]["id"]
    context("erase", customer, code=2, result="Nothing was erased")
    context("erase", "nobody-of-ours", "--yes", code=2, result="no customer")
    context("export", "nobody-of-ours", code=2, result="no customer")
    assert (
        open_store(context.folder)
        .connect()
        .execute("select count(*) from orders where customer_id = ?", [customer])
        .fetchone()[0]
    )


@pytest.mark.full
def test_an_erased_customer_without_the_vaults_key_is_erased_all_the_same(planted):
    context, values, _ = planted
    (context.folder / "vault.key").write_text("11" * 32)
    customer = list(values)[2]
    context("erase", customer, "--yes")
    ledger = open_ledger(context.home.get_ledger_path("made"))
    with ledger.begin_read() as connection:
        for table in SCHEMA.sorted_tables:
            assert customer not in repr(connection.execute(table.select()).all()), table.name
