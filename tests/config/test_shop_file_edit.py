"""A path added to a shop file: everything else in it is the shop's own and stays as it is."""

import tomllib

import pytest

from winback.config.shop_file_edit import add_path

ONE = '# mine\nname = "shop"\n\n[orders]  # the till\npaths = ["a.csv"]  # weekly\nprofile = "shopify"\n'
MANY_LINES = '[orders]\npaths = [\n    "a.csv",  # the first\n    "b.csv"   # the second\n]\n'
TRAILING = "[orders]\npaths = [\n  'a.csv',\n  'b.csv', # ]\n]\n\n[events]\npaths = []\n"
SEVERAL = (
    '[[orders]]\npaths = ["a.csv"]\n[orders.status]\nx = "paid"\n[[orders]]\npaths = ["b.csv",]\n'
)


@pytest.mark.parametrize(
    ("text", "kind", "at", "result"),
    [
        (ONE, "orders", 0, ONE.replace('["a.csv"]', '["a.csv", "n.csv"]')),
        (
            MANY_LINES,
            "orders",
            0,
            MANY_LINES.replace(
                '"b.csv"   # the second\n', '"b.csv",   # the second\n    "n.csv"\n'
            ),
        ),
        (TRAILING, "orders", 0, TRAILING.replace("# ]\n", '# ]\n  "n.csv",\n')),
        (TRAILING, "events", 0, TRAILING.replace("[]", '["n.csv"]')),
        (SEVERAL, "orders", 1, SEVERAL.replace('"b.csv",]', '"b.csv", "n.csv",]')),
        (SEVERAL, "orders", 0, SEVERAL.replace('["a.csv"]', '["a.csv", "n.csv"]')),
        ('orders = {paths = ["a.csv"]}\n', "orders", 0, None),
        ('orders.paths = ["a.csv"]\n', "orders", 0, None),
        ('note = """\n[orders]\npaths = ["x"]\n"""\n[orders]\npaths = ["a"]\n', "orders", 0, None),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_path_is_added_and_nothing_else_changes(text, kind, at, result, line_break):
    text = text.replace("\n", line_break)
    expected = None if result is None else result.replace("\n", line_break)
    assert add_path(text, kind, at, "n.csv") == expected


def test_a_path_with_quotes_and_backslashes_comes_back_as_it_is():
    path = 'C:\\exports "new"\\#1].csv'
    edited = add_path(ONE, "orders", 0, path)
    assert edited is not None
    assert tomllib.loads(edited)["orders"]["paths"] == ["a.csv", path]
