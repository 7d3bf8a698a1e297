"""Operators, edits and tasks as the ledger keeps them."""

from datetime import datetime, timedelta

import pytest

from winback.core.service_errors import (
    JobRunning,
    LastAdmin,
    PasswordShort,
    RoleUnknown,
    UserNameInvalid,
    UserNameTaken,
    UserUnknown,
)
from winback.ledger.audit_log import list_latest
from winback.ledger.consents import list_unsubscribed, suppress
from winback.ledger.engine import open_ledger
from winback.ledger.integrity import audit
from winback.ledger.jobs import (
    list_newest_jobs,
    load_job,
    record_job_end,
    record_job_progress,
    record_job_start,
)
from winback.ledger.list_edits import ListEdit, edit_list, load_list_edits, undo_edit
from winback.ledger.sessions import load_session, sign_in
from winback.ledger.suppression import ALL
from winback.ledger.users import change_user, create_user, list_users

NOW = datetime(2026, 11, 23, 8)
PASSWORD = "an old and long song"


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.migrate()
    return ledger


def suppressed(ledger):
    with ledger.begin_read() as connection:
        return set(connection.exec_driver_sql("select subject, reason from suppressions").all())


def test_each_role_may_what_those_before_it_may(ledger):
    made = {
        role: create_user(ledger, role, role, PASSWORD, "test", NOW)
        for role in ("viewer", "operator", "admin")
    }
    may = {name: [role for role in made if each.has_role(role)] for name, each in made.items()}
    assert may == {
        "viewer": ["viewer"],
        "operator": ["viewer", "operator"],
        "admin": ["viewer", "operator", "admin"],
    }


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "x" * 65, "a\nb", "a\u202eb"])
def test_a_name_nobody_could_type_is_refused(ledger, name):
    with pytest.raises(UserNameInvalid):
        create_user(ledger, name, "admin", PASSWORD, "test", NOW)


def test_what_cannot_be_is_refused_and_nothing_is_kept(ledger):
    with pytest.raises(RoleUnknown):
        create_user(ledger, "otto", "owner", PASSWORD, "test", NOW)
    for password in ("short", "x" * 257):
        with pytest.raises(PasswordShort):
            create_user(ledger, "otto", "viewer", password, "test", NOW)
    with pytest.raises(UserUnknown):
        change_user(ledger, "otto", "test", NOW, role="admin")
    assert not list_users(ledger)
    create_user(ledger, "otto", "viewer", PASSWORD, "test", NOW)
    with pytest.raises(UserNameTaken):
        create_user(ledger, "otto", "admin", PASSWORD, "test", NOW)
    change_user(ledger, "otto", "test", NOW)
    assert [each.action for each in list_latest(ledger, 9)] == ["user_created"], (
        "nothing was changed"
    )
    change_user(ledger, "otto", "test", NOW, disabled=True)
    create_user(ledger, "anna", "admin", PASSWORD, "test", NOW)
    for change in ({"disabled": True}, {"role": "operator"}):
        with pytest.raises(LastAdmin):
            change_user(ledger, "anna", "test", NOW, **change)


def test_a_cookie_somebody_made_up_is_nobodys(ledger):
    create_user(ledger, "otto", "viewer", PASSWORD, "test", NOW)
    token, session = sign_in(ledger, "otto", PASSWORD, NOW)
    assert load_session(ledger, token, NOW) == session
    for other in ("", "x", token[:-1], token + "x", token.swapcase(), "\ud800"):
        assert load_session(ledger, other, NOW) is None
    assert sign_in(ledger, "otto", PASSWORD + " ", NOW) is None
    assert sign_in(ledger, "OTTO", PASSWORD, NOW) is None


def test_wrong_passwords_in_a_row_lock_and_a_right_one_begins_anew(ledger):
    create_user(ledger, "otto", "viewer", PASSWORD, "test", NOW)
    for _ in range(3):
        for _ in range(4):
            assert sign_in(ledger, "otto", "wrong password", NOW) is None
        assert isinstance(sign_in(ledger, "otto", PASSWORD, NOW), tuple)
    assert "user_locked" not in [each.action for each in list_latest(ledger, 99)]
    for _ in range(5):
        sign_in(ledger, "otto", "wrong password", NOW)
    assert list_latest(ledger, 1)[0].action == "user_locked"


def test_who_is_let_in_again_is_noted_as_that(ledger):
    create_user(ledger, "otto", "viewer", PASSWORD, "test", NOW)
    for disabled in (True, False):
        change_user(ledger, "otto", "anna", NOW, disabled=disabled)
    assert [each.detail for each in list_latest(ledger, 2)] == [
        {"disabled": False},
        {"disabled": True},
    ]


def test_the_newest_edit_of_a_customer_stands_and_the_no_of_their_own_stays(ledger):
    def edit(what, at):
        return ListEdit(
            "c1",
            what,
            "play" if what == "add" else None,
            "why",
            "otto",
            NOW + timedelta(minutes=at),
        )

    suppress(ledger, "c1", ALL, "unsubscribed", NOW, "link")
    edit_list(ledger, edit("out", 0), "pseudonym")
    edit_list(ledger, edit("out", 1), "pseudonym")
    assert suppressed(ledger) == {("c1", "unsubscribed"), ("c1", "taken_out")}
    assert list_unsubscribed(ledger, NOW + timedelta(days=1)) == {"c1"}
    edit_list(ledger, edit("add", 2), "pseudonym")
    assert suppressed(ledger) == {("c1", "unsubscribed")}, (
        "adding takes back what an operator did, not what they said themselves"
    )
    assert load_list_edits(ledger)["c1"].what == "add"
    assert undo_edit(ledger, "c1", "pseudonym", "otto", NOW)
    assert not undo_edit(ledger, "c1", "pseudonym", "otto", NOW)
    assert suppressed(ledger) == {("c1", "unsubscribed")}
    assert not audit(ledger, (), lambda *_: None)


def test_who_is_only_taken_out_has_not_said_no(ledger):
    """Else a wave would count them as unsubscribed."""
    edit_list(ledger, ListEdit("c1", "out", None, "why", "otto", NOW), "pseudonym")
    assert list_unsubscribed(ledger, NOW) == frozenset()


def test_one_task_runs_at_a_time_and_ends_with_what_it_said(ledger):
    first = record_job_start(ledger, "import", {}, "otto", "host:1", NOW)
    with pytest.raises(JobRunning) as refused:
        record_job_start(ledger, "recall", {}, "anna", "host:2", NOW)
    assert refused.value.values["by"] == "otto"
    record_job_progress(ledger, first, "half", NOW)
    assert (load_job(ledger, first).is_running, load_job(ledger, first).said) == (True, "half")
    record_job_end(ledger, first, "no such file", NOW, 2)
    second = record_job_start(ledger, "recall", {}, "anna", "host:2", NOW + timedelta(minutes=1))
    assert [each.job_id for each in list_newest_jobs(ledger, 9)] == [second, first]
    assert load_job(ledger, "nothing") is None
