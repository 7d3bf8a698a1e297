"""Pages made from the code are written, and a check says which are out of date."""

from winback.core.generated_pages import write_or_check


def test_what_was_written_is_up_to_date(tmp_path, capsys):
    pages = {tmp_path / "a.md": "甲\n", tmp_path / "b.md": "b\n"}
    assert write_or_check(pages, check=False) == 0
    assert write_or_check(pages, check=True) == 0
    assert capsys.readouterr().err == ""


def test_a_page_that_is_missing_or_edited_is_named_and_not_touched(tmp_path, capsys):
    kept, edited, missing = (tmp_path / name for name in ("kept.md", "edited.md", "missing.md"))
    write_or_check({kept: "k", edited: "old"}, check=False)
    assert write_or_check({kept: "k", edited: "new", missing: "m"}, check=True) == 1
    said = capsys.readouterr().err
    assert (str(edited) in said, str(missing) in said, str(kept) in said) == (True, True, False)
    assert edited.read_text() == "old"
    assert not missing.exists()
