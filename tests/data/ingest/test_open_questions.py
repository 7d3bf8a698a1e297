"""What is asked where nobody sits at the terminal: all at once, with what would be offered."""

import pytest

from tests.conftest import NOW
from tests.data.ingest.strangers import import_stranger, read_in_this_process, sum_up
from winback.core import errors
from winback.core.paths import DataPaths
from winback.i18n.error_text import format_error
from winback.workflows.new_shop import NewShop, import_new_shop


def refuse(folder, text, *given):
    """Why an import of a file is refused."""
    path = folder / "orders.csv"
    path.write_text(text, encoding="utf-8")
    new_shop = NewShop([path], "shop", None, list(given))
    with read_in_this_process(), pytest.raises(errors.AnswerNeeded) as refused:
        import_new_shop(new_shop, DataPaths(folder / "home"), NOW, "en", None, None)
    return refused.value


def test_a_script_is_told_every_open_question_with_the_answer_that_would_be_offered(tmp_path):
    """Each refused run costs whoever wrote the script a round."""
    text = """Bestellnummer,Bestelldatum,Kundennummer,Zahlbetrag brutto,Betrag,Zahlungsstatus
1,03.01.2026,a,50,48,seltsam
2,04.01.2026,b,30,29,bezahlt
"""
    refusal = refuse(tmp_path, text)
    said = format_error(refusal, "en")
    assert refusal.values["key"] == "timezone"
    assert "--set timezone=Europe/Berlin" in said
    assert "--set currency=EUR" in said
    assert "--set paid=…" in said
    assert "seltsam (1)" in said
    assert said.count("\n") >= 6
    assert "--set" not in format_error(refusal, "en", on_page=True)


def test_an_answer_with_blanks_is_quoted_as_a_shell_takes_it(tmp_path):
    text = """order_id,customer_id,date,Product revenue,Fees,Total
1,a,2026-01-03,100.00,-20.00,80.00
2,b,2026-01-04,50.00,-10.00,40.00
"""
    refusal = refuse(tmp_path, text, "timezone=UTC", "currency=USD")
    assert "--set amount=Total" in format_error(refusal, "en")
    wide = text.replace("Total", "Total sum")
    assert "--set amount='Total sum'" in format_error(
        refuse(tmp_path, wide, "timezone=UTC", "currency=USD"), "en"
    )


def test_a_status_can_be_said_to_mean_that_an_order_was_sent_back(tmp_path):
    text = """order_id,customer_id,date,total,status
1,a,2026-01-03,50.00,500
2,b,2026-01-04,30.00,600
3,c,2026-01-05,9.00,900
"""
    store = import_stranger(tmp_path, text, "paid=500, 600=refunded")
    assert sum_up(store) == (2, 2, 8000, 3000)
    assert dict(store.manifest.left_out) == {"900": 1}


def test_only_columns_that_could_be_it_are_listed_where_no_name_says_it(tmp_path):
    rows = "".join(
        f"X{i},W{i % 4},2026-01-{i + 1:02d},2026-02-{i + 1:02d},{i + 1}.50,Lyon\n" for i in range(9)
    )
    refusal = refuse(tmp_path, f"aa,bb,cc,dd,ee,ff\n{rows}", "timezone=UTC", "currency=EUR")
    said = format_error(refusal, "en")
    times, people = (
        next(line for line in said.split("\n") if what in line)
        for what in ("when it was bought", "who bought")
    )
    assert "cc (2026-01-01" in times
    assert "dd (2026-02-01" in times
    assert "Lyon" not in times
    assert "bb (W0" in people
    assert "2026" not in people
    assert "--set ordered_at=…" in said


def test_whole_amounts_are_asked_about_where_no_name_says_what_was_paid(tmp_path):
    """Without revenue nobody is worth anything: it must be asked, not remarked."""
    text = """order_id,customer_id,date,zz,units
1001,a,2026-01-03,4500,1
1002,b,2026-01-04,380,2
1003,a,2026-01-05,12900,1
"""
    refusal = refuse(tmp_path, text, "timezone=Asia/Tokyo", "currency=JPY")
    assert refusal.values["key"] == "amount"
    assert "zz (4500" in refusal.values["question"]
    assert "units" not in refusal.values["question"]


def test_a_column_in_doubt_that_has_no_question_of_its_own_is_asked_by_its_meaning(tmp_path):
    """A half-filled order total once ended in a traceback."""
    text = """order_id,customer_id,date,Zahlung total paid money,line total
1,a,2026-01-03,50.00,20.00
1,a,2026-01-03,50.00,30.00
2,b,2026-01-04,30.00,30.00
"""
    store = import_stranger(tmp_path, text, "order_amount=Zahlung total paid money")
    assert sum_up(store) == (2, 2, 8000, 0)


def test_a_currency_that_is_none_is_answered_with_more_than_four(tmp_path):
    text = "order_id,customer_id,date,total\n1,a,2026-01-03,50.00\n"
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    new_shop = NewShop([tmp_path / "orders.csv"], "s", None, ["timezone=UTC", "currency=zloty"])
    with read_in_this_process(), pytest.raises(errors.AnswerInvalid) as refused:
        import_new_shop(new_shop, DataPaths(tmp_path / "home"), NOW, "en", None, None)
    assert "PLN" in str(refused.value.values["choices"])


def test_two_columns_of_one_name_are_refused_before_anything_is_asked(tmp_path):
    """Whoever answers three questions first has answered them for nothing."""
    text = "order_id,customer_id,date,total,status,status\n1,a,2026-01-03,50.00,paid,Lyon\n"
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    new_shop = NewShop([path], "shop", None, [])
    with read_in_this_process(), pytest.raises(errors.ColumnDuplicated):
        import_new_shop(new_shop, DataPaths(tmp_path / "home"), NOW, "en", None, None)
