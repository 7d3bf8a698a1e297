"""A table begins where its header stands, whatever was written above it."""

import gzip
import zipfile

import pytest

from winback.readers.archives import find_files
from winback.readers.files import ReadOptions, read_batches, read_header
from winback.readers.table_start import find_header

HEAD = ["order", "customer", "date", "total"]
ROWS = [["5001", "1", "2026-01-03", "78.29"], ["5002", "2", "2026-01-08", "47.15"]]


def join(rows, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in rows)


def read(content, tmp_path, name="orders.csv"):
    """(names, [(line, cells) of each row], [(line, reason) of what is none])."""
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (file,) = find_files([name], tmp_path)
    broken = []
    rows = [
        (int(line), list(row.values()))
        for batch in read_batches(file, ReadOptions(), broken)
        for line, row in zip(batch.lines, batch.table.to_pylist(), strict=True)
    ]
    refused = [(each.line, each.fields) for each in broken if each.reason == "broken_row"]
    return read_header(file, ReadOptions()), rows, refused


@pytest.mark.parametrize(
    ("above", "delimiter"),
    [
        ("\n", ","),
        ("\n\n  \n", ";"),
        ("sep=;\n", ";"),
        ("\ufeffsep=;\n", ";"),
        ('"sep=\t"\n', "\t"),
        ("sep=|\nShop,one\n", "|"),
        ("Sales report 2026\n", ","),
        ("Sales report, January to April\n\n", ";"),
        ("Sales report 2026,,,\nGenerated: 2026-05-01,,,\n", ","),
        ("Shop;Laden eins;;\nPeriod;01.01.2026;30.04.2026;\n\n", ";"),
        ("Report,2026-01-01,2026-04-30\nBy,Ann\n", ","),
        ('"Sales report\nof\nApril"\n', ","),
        ("Verkäufe;;;\n;;;\n", ";"),
        ("销售报表\n导出时间：2026-05-01 10:00\n", ","),
        ("Buyer,,Order,\n", ","),
    ],
)
def test_what_stands_above_a_table_is_no_header(above, delimiter, tmp_path):
    """Excel's own line, titles, when it was made: the table is found by its content."""
    names, rows, broken = read(above + join([HEAD, *ROWS], delimiter), tmp_path)
    line = above.count("\n") + 2
    assert names == HEAD
    assert rows == [(line, ROWS[0]), (line + 1, ROWS[1])]
    assert broken == []


def test_titles_are_passed_over_in_every_encoding_and_archive(tmp_path):
    content = "Verkäufe; 2026\n\n" + join([HEAD, *ROWS], ";")
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("in/orders.csv", content)
    expected = (HEAD, [(4, ROWS[0]), (5, ROWS[1])], [])
    assert read(packed.read_bytes(), tmp_path, "packed.zip") == expected
    assert read(gzip.compress(content.encode()), tmp_path, "orders.gz") == expected
    for codec in ("utf-8-sig", "utf-16", "utf-16-le"):
        assert read(content.encode(codec), tmp_path) == expected
    assert read(content.replace("\n", "\r\n"), tmp_path) == expected
    assert read(content.replace("\n", "\r"), tmp_path)[:2] == expected[:2]


def test_lines_of_refused_rows_are_those_of_the_file(tmp_path):
    """Whoever looks for line 8 finds it there, with titles above and breaks inside quotes."""
    content = join([["Report"], [], HEAD, ROWS[0], ['"a\nb"', *ROWS[0][1:]], ["1", "2"], ROWS[1]])
    names, rows, broken = read(content, tmp_path)
    assert [line for line, _ in rows] == [4, 5, 8]
    assert broken == [(7, 2)]
    assert names == HEAD


def test_a_file_without_a_header_keeps_its_first_row(tmp_path):
    """Orders are no titles, even where a header stands among them."""
    assert read(join([*ROWS, *ROWS]), tmp_path)[0] == ROWS[0]
    assert find_header([*ROWS, HEAD, *ROWS]).at == 0


def test_a_header_of_fewer_names_and_rows_of_words_stay_as_they_were():
    assert find_header([["", "customer", "total"], *ROWS]).at == 0
    assert find_header([["name", "city"], ["Ann", "Rome"], ["Bob", "Oslo"]]).at == 0
    assert find_header([HEAD]).at == 0
    assert find_header([[], []]).at == 0


def test_a_row_that_explains_the_columns_is_told_from_an_order():
    explained = ["The order's number.", "Who bought.", "When.", "Paid."]
    assert find_header([HEAD, explained, *ROWS]).is_explained
    assert not find_header([HEAD, *ROWS, *ROWS]).is_explained
    assert not find_header([HEAD, ["5000", "guest", "unknown", "none"], *ROWS]).is_explained
    assert not find_header([HEAD, explained, ROWS[0]]).is_explained
