"""The same orders in every encoding and format a shop may send, and files that are none."""

import gzip
import io
import random
import sqlite3
import zipfile
from datetime import datetime, timedelta

import openpyxl
import pandas as pd
import pytest

from tests.conftest import PLAIN, imported
from tests.readers.typed_workbooks import as_ods, as_xls, as_xlsb
from winback.core import errors

NAMES = ["buyer", "order", "paid_at", "paid", "qty", "sku", "category", "off", "status"]


def made_rows(count=60):
    """Orders whose ids and names need their bytes: zeros before, blanks around, full-width digits, emoji, right-to-left marks."""
    draw = random.Random(5)
    ids = ["00123", "123", " 123", "１２３", "123.0", "王小明", "Zoë", "a‏b", "🙂", "ﬁ", "𠮷野"]
    start = datetime(2025, 3, 1)
    return [
        [draw.choice(ids), f"n{i}", f"{start + timedelta(hours=7 * i):%Y-%m-%d %H:%M:%S}", f"{draw.randint(1, 9000) / 100:.2f}",
         str(draw.randint(1, 4)), draw.choice(["马克杯", "tea, green", 'a "cup"']), "c", "0", "Done"]
        for i in range(count)
    ]  # fmt: skip


def as_csv(rows, delimiter=","):
    text = io.StringIO(newline="")
    pd.DataFrame(rows, columns=NAMES).to_csv(
        text, sep=delimiter, index=False, lineterminator="\r\n"
    )
    return text.getvalue()


def as_xlsx(rows):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(NAMES)
    for row in as_typed(rows):
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def as_typed(rows):
    """As people type them: numbers as numbers, times as times, ids as text."""
    return [
        [*row[:2], datetime.fromisoformat(row[2]), float(row[3]), int(row[4]), *row[5:]]
        for row in rows
    ]


def as_parquet(rows):
    out = io.BytesIO()
    frame = pd.DataFrame(rows, columns=NAMES)
    frame.assign(
        paid=frame["paid"].astype(float),
        qty=frame["qty"].astype(int),
        paid_at=pd.to_datetime(frame["paid_at"]),
    ).to_parquet(out)
    return out.getvalue()


def as_zip(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
        packed.writestr("__MACOSX/._" + name, b"\0")
    return out.getvalue()


GBK_ROWS = [
    row
    for row in made_rows(200)
    if all(character.encode("gbk", "ignore") for character in "".join(row))
]
FORMS = {
    "utf-8": ("orders.csv", lambda rows: as_csv(rows).encode()),
    "utf-8 with BOM": ("orders.csv", lambda rows: as_csv(rows).encode("utf-8-sig")),
    "utf-16 with BOM": ("orders.csv", lambda rows: as_csv(rows).encode("utf-16")),
    "utf-16-le": ("orders.csv", lambda rows: as_csv(rows).encode("utf-16-le")),
    "utf-16-be": ("orders.csv", lambda rows: as_csv(rows).encode("utf-16-be")),
    "gb18030": ("orders.csv", lambda rows: as_csv(rows).encode("gb18030")),
    "semicolons": ("orders.csv", lambda rows: as_csv(rows, ";").encode()),
    "tabs": ("orders.txt", lambda rows: as_csv(rows, "\t").encode()),
    "bars": ("orders.csv", lambda rows: as_csv(rows, "|").encode()),
    "gzip": ("orders.csv.gz", lambda rows: gzip.compress(as_csv(rows).encode())),
    "zip": ("orders.zip", lambda rows: as_zip("orders.csv", as_csv(rows).encode("gb18030"))),
    "xlsx": ("orders.xlsx", as_xlsx),
    "xls": ("orders.xls", lambda rows: as_xls([NAMES, *as_typed(rows)])),
    "xlsb": ("orders.xlsb", lambda rows: as_xlsb([NAMES, *as_typed(rows)])),
    "ods": ("orders.ods", lambda rows: as_ods([NAMES, *as_typed(rows)])),
    "parquet": ("orders.parquet", as_parquet),
}


@pytest.fixture
def bring(tmp_path):
    """Import one file of orders given as bytes; gives the store."""

    def run(content, name="orders.csv", more="", home="home", columns=PLAIN):
        place = tmp_path / f"exports-{home}"
        place.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
        toml = (
            columns.split("    [events]")[0]
            .replace("orders.csv", name)
            .replace('paths = ["', more + '\n    paths = ["')
        )
        (place / "shop.toml").write_text(toml, encoding="utf-8")
        return imported(place / "shop.toml", tmp_path / home)

    return run


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    place = tmp_path_factory.mktemp("reference")
    (place / "orders.csv").write_bytes(as_csv(made_rows()).encode())
    (place / "shop.toml").write_text(PLAIN.split("    [events]")[0])
    return imported(place / "shop.toml", place / "home")


@pytest.mark.parametrize("form", FORMS)
def test_the_same_data_in_any_form_gives_the_same_store(form, bring, reference):
    """Bit for bit: a shop that changes its export's format must not change its customers."""
    name, made = FORMS[form]
    assert bring(made(made_rows()), name).content == reference.content
    assert reference.manifest.counts["orders"] == 60


def test_gbk_is_found_by_reading(bring):
    plain = [
        [*row[:5], "马克杯", *row[6:]]
        for row in made_rows()
        if row[0] in {"00123", "123", "王小明", " 123", "１２３"}
    ]
    assert (
        bring(as_csv(plain).encode("gbk")).content
        == bring(as_csv(plain).encode(), home="utf8").content
    )


def test_ids_that_look_alike_stay_as_many_people(reference):
    people = {
        row[0]
        for row in reference.connect().sql("select distinct customer_id from orders").fetchall()
    }
    assert {"00123", "123", " 123", "１２３"} <= people
    assert "123.0" not in people  # as a spreadsheet or a data frame writes 123


def test_two_encodings_in_one_file_are_told_with_the_byte(bring):
    first = as_csv([["王", "1", "2026-01-01", "5", "1", "m", "k", "0", "Done"]]).encode()
    second = "李,2,2026-01-01,5,1,m,k,0,Done\r\n".encode("gbk")
    with pytest.raises(errors.WinbackError) as refused:
        bring(first + second + "Ł,3,2026-01-01,5,1,m,k,0,Done\r\n".encode())
    assert refused.value.values.get("utf8", refused.value.values.get("offset")) == len(first)


def test_a_western_code_page_is_not_read_as_chinese(bring):
    """`Müller` in cp1252 is valid GB18030 for somebody who does not exist."""
    text = as_csv(
        [["Müller", str(i), "2026-01-01", "5", "1", "Größe", "k", "0", "Done"] for i in range(3)]
    )
    store = bring(text.encode("cp1252"))
    assert store.connect().sql("select distinct customer_id from orders").fetchall() == [
        ("Müller",)
    ]


def test_a_nul_in_an_id_is_told_and_marks_and_emoji_are_kept(bring):
    rows = [
        ["a\0b", "1", "2026-01-01", "5", "1", "m", "k", "0", "Done"],
        ["‮x", "2", "2026-01-01", "5", "1", "m", "k", "0", "Done"],
    ]
    text = ",".join(NAMES) + "\n" + "\n".join(",".join(row) for row in rows) + "\n"
    store = bring(text.encode())
    assert store.manifest.quarantined == {"control_character": 1}
    assert store.connect().sql("select customer_id from orders").fetchall() == [("‮x",)]


def test_a_folder_a_pattern_and_several_sheets_are_read_whole(tmp_path):
    rows = made_rows()
    folder = tmp_path / "exports [2026]"
    folder.mkdir()
    for part in range(3):
        (folder / f"week{part}.csv").write_bytes(as_csv(rows[part::3]).encode())
    (folder / "README.md").write_text("not an export")
    toml = PLAIN.split("    [events]")[0]
    (tmp_path / "folder.toml").write_text(toml.replace("orders.csv", "exports [2026]"))
    (tmp_path / "pattern.toml").write_text(
        toml.replace("orders.csv", "exports [[]2026]/week*.csv").replace("exports [[]", "exports [")
    )
    whole = imported(tmp_path / "folder.toml", tmp_path / "one")
    assert whole.manifest.counts["orders"] == 60
    assert imported(tmp_path / "pattern.toml", tmp_path / "two").content == whole.content
    workbook = openpyxl.Workbook()
    for part in range(2):
        sheet = workbook.active if part == 0 else workbook.create_sheet(f"s{part}")
        sheet.append(NAMES)
        for row in rows[part::2]:
            sheet.append(row)
    workbook.create_sheet("notes").append(["made by", "ann"])
    workbook.save(tmp_path / "book.xlsx")
    (tmp_path / "book.toml").write_text(toml.replace("orders.csv", "book.xlsx"))
    assert imported(tmp_path / "book.toml", tmp_path / "three").manifest.counts["orders"] == 60


def test_a_database_is_read_in_batches_and_its_password_is_shown_nowhere(tmp_path):
    rows = made_rows()
    with sqlite3.connect(tmp_path / "shop.db") as database:
        pd.DataFrame(rows, columns=NAMES).to_sql("orders", database, index=False)
    toml = PLAIN.split("    [events]")[0].replace(
        'paths = ["orders.csv"]',
        f'database = "sqlite:///{tmp_path}/shop.db"\n    query = "select * from orders"',
    )
    (tmp_path / "shop.toml").write_text(toml)
    store = imported(tmp_path / "shop.toml", tmp_path / "home")
    assert store.manifest.counts["orders"] == 60
    (tmp_path / "wrong.toml").write_text(toml.replace("from orders", "from order_s"))
    with pytest.raises(errors.DatabaseRefused):
        imported(tmp_path / "wrong.toml", tmp_path / "home")
    (tmp_path / "secret.toml").write_text(
        toml.replace("sqlite:///", "postgresql+psycopg://me:hunter2@127.0.0.1:1/")
    )
    with pytest.raises(errors.DatabaseRefused) as refused:
        imported(tmp_path / "secret.toml", tmp_path / "home")
    assert "hunter2" not in str(refused.value.values)


WRONG = {
    "empty": (b"", errors.ColumnMissing),
    "no text": (bytes(range(256)) * 40, errors.WinbackError),
    "empty xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, errors.FileUnreadable),
    "XML workbook": (b"<?xml version='1.0'?><Workbook/>", errors.OldWorkbook),
    "web page": (b"<html><table><tr><td>buyer</td></tr></table></html>", errors.OldWorkbook),
    "cut gzip": (gzip.compress(as_csv(made_rows()).encode())[:200], errors.FileUnreadable),
    "cut parquet": (as_parquet(made_rows())[:900], errors.FileUnreadable),
    "cut workbook": (as_xlsx(made_rows())[:3000], errors.FileUnreadable),
    "bomb": (gzip.compress((",".join(NAMES) + "\n").encode() + b"0" * (1100 << 20), 6), errors.WinbackError),
    "a column twice": (b"buyer,order,paid_at,paid,qty,sku,category,off,status,buyer\na,1,2026-01-01,5,1,m,k,0,Done,b\n", errors.ColumnDuplicated),
    "header only": ((",".join(NAMES) + "\n").encode(), errors.NothingImported),
    "renamed": (as_csv(made_rows()).replace("buyer", "buyers").encode(), errors.ColumnMissing),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_no_export_is_refused_in_words(wrong, bring):
    content, refusal = WRONG[wrong]
    with pytest.raises(refusal) as refused:
        bring(content)
    assert not isinstance(refused.value, errors.UnexpectedError)


def test_a_renamed_column_is_named_with_its_nearest(bring):
    with pytest.raises(errors.ColumnMissing) as refused:
        bring(as_csv(made_rows()).replace("buyer", "buyers").encode())
    assert refused.value.values["hint"] == "buyers"


def test_a_field_of_a_megabyte_five_thousand_columns_and_ragged_rows(bring):
    wide = [f"x{i}" for i in range(5000)]
    lines = [",".join([*NAMES, *wide])]
    for i in range(3):
        lines.append(
            ",".join(
                [
                    f"a{i}",
                    str(i),
                    "2026-01-01",
                    "5",
                    "1",
                    '"' + "y" * (1 << 20) + '"',
                    "k",
                    "0",
                    "Done",
                    *wide,
                ]
            )
        )
    lines.append("ragged,9,2026-01-01")
    store = bring("\n".join(lines).encode())
    assert store.manifest.counts["orders"] == 3
    assert store.manifest.quarantined == {"broken_row": 1}


def test_a_password_on_a_zip_is_told(bring):
    packed = bytearray(as_zip("orders.csv", as_csv(made_rows()).encode()))
    # The flag of encryption, in the local header and in the directory.
    packed[6] |= 1
    at = bytes(packed).index(b"PK\x01\x02")
    packed[at + 8] |= 1
    with pytest.raises(errors.FileEncrypted):
        bring(bytes(packed), "orders.zip")
