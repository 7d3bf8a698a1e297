"""Who may walk through, and what is asked of a form before anything is done."""

import re
from datetime import timedelta

import pytest

from tests.dashboard.signed_in import PASSWORD, Visitor
from winback.dashboard.auth import redirect_to
from winback.ledger.audit_log import list_latest
from winback.ledger.integrity import audit
from winback.ledger.sessions import sign_in
from winback.ledger.users import change_user

OPEN = {
    "/login",
    "/look",
    "/static/{name:path}",
    "/unsubscribe",
}  # the last is for the shop's customers
FILLED = {
    "{wave}": "made-2026w14",
    "{job}": "0" * 16,
    "{upload}": "0" * 16,
    "{name:path}": "weekly/x.html",
}


def paths(dashboard, method):
    result = []
    for route in dashboard.app.routes:
        if method in route.methods and route.path not in OPEN:
            path = route.path
            for name, value in FILLED.items():
                path = path.replace(name, value)
            result.append(path)
    return sorted(result)


def test_no_page_opens_to_somebody_who_has_not_signed_in(furnished_dashboard):
    stranger = Visitor(furnished_dashboard)
    assert len(paths(furnished_dashboard, "GET")) >= 18
    for path in paths(furnished_dashboard, "GET"):
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path
        assert (
            stranger.get(path, headers={"hx-request": "true"})
            .headers["hx-redirect"]
            .startswith("/login")
        )


def test_no_form_does_anything_for_somebody_who_has_not_signed_in(dashboard):
    dashboard.operator("anna", "admin")
    before = list_latest(dashboard.desk.ledger, 50)
    for path in paths(dashboard, "POST"):
        answer = Visitor(dashboard).ask(
            "POST", path, data={"customers": "1"}, headers={"sec-fetch-site": "same-origin"}
        )
        assert answer.headers["location"].startswith("/login"), path
    assert list_latest(dashboard.desk.ledger, 50) == before


def test_a_viewer_changes_nothing_and_an_operator_no_model_and_nobody(dashboard):
    """Every form there is, asked by each role below the one it needs."""
    viewer, operator = dashboard.operator("vera", "viewer"), dashboard.operator("otto", "operator")
    before = list_latest(dashboard.desk.ledger, 50)
    for path in paths(dashboard, "POST"):
        if path == "/logout":
            continue
        assert viewer.post(path).status_code == 403, path
        if path.startswith(("/model/p", "/model/r", "/operators")):
            assert operator.post(path).status_code == 403, path
    for path in ("/operators", "/audit-log"):
        assert operator.get(path).status_code == 403
    assert list_latest(dashboard.desk.ledger, 50) == before
    assert "/list/draw" not in viewer.get("/list").text, (
        "and is offered no button that would refuse them"
    )


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(dashboard, head):
    """Also with the right token: who has got hold of one must not use it from elsewhere."""
    otto = dashboard.operator("otto", "operator")
    result = {"form_token": otto.token, "id": "k0001", "why": "test"}
    answer = otto.ask("POST", "/customer/out", data=result, headers=head)
    assert answer.status_code == 403
    assert "k0001" not in str(list_latest(dashboard.desk.ledger, 5))


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_without_its_sessions_token_is_refused(dashboard, token):
    otto, other = dashboard.operator("otto", "operator"), dashboard.operator("ole", "operator")
    result = {"id": "k0001", "why": "test"}
    head = {"sec-fetch-site": "same-origin"}
    for each in (token, other.token):
        assert (
            otto.ask(
                "POST", "/customer/out", data={**result, "form_token": each}, headers=head
            ).status_code
            == 403
        )
    assert (
        otto.ask(
            "POST", "/customer/out", data={**result, "form_token": otto.token}, headers=head
        ).status_code
        == 303
    )


def test_five_wrong_passwords_lock_a_name_for_a_while(dashboard):
    otto = dashboard.operator("otto", "operator")
    assert otto.get("/").status_code == 200
    for _ in range(5):
        assert sign_in(dashboard.desk.ledger, "otto", "wrong password", dashboard.now) is None
    until = sign_in(dashboard.desk.ledger, "otto", PASSWORD, dashboard.now)
    assert until == dashboard.now + timedelta(minutes=15), "even the right one, for now"
    answer = Visitor(dashboard).ask("POST", "/login", data={"name": "otto", "password": PASSWORD},
                                headers={"sec-fetch-site": "same-origin"})  # fmt: skip
    assert answer.status_code == 401
    assert "11:15" in answer.text, "by the shop's clock"
    assert sign_in(dashboard.desk.ledger, "otto", PASSWORD, dashboard.now + timedelta(minutes=16))
    assert otto.get("/").status_code == 200, (
        "who is signed in is not put out by a stranger's guesses"
    )


def test_a_name_nobody_has_is_refused_like_a_wrong_password(dashboard):
    dashboard.operator("otto", "operator")
    head = {"sec-fetch-site": "same-origin"}
    wrong, nobody = (
        Visitor(dashboard).ask(
            "POST", "/login", data={"name": name, "password": "wrong password"}, headers=head
        )
        for name in ("otto", "nobody")
    )
    assert (wrong.status_code, wrong.text) == (nobody.status_code, nobody.text)


def test_a_session_ends(dashboard):
    """After half a day without use, after a week in any case, and at once where the password or the role changes."""
    ledger = dashboard.desk.ledger
    otto, start = dashboard.operator("otto", "operator"), dashboard.now
    dashboard.operator("anna", "admin")
    dashboard.now = start + timedelta(hours=11)
    assert otto.get("/").status_code == 200
    dashboard.now = start + timedelta(hours=22)
    assert otto.get("/").status_code == 200, "it was used in between"
    dashboard.now = start + timedelta(hours=35)
    assert otto.get("/").status_code == 303
    otto.sign_in("otto")
    for _ in range(20):
        dashboard.now += timedelta(hours=11)
        last = otto.get("/").status_code
    assert last == 303, "a week is a week"
    for change in ({"role": "viewer"}, {"password": "another long song"}, {"disabled": True}):
        change_user(ledger, "otto", "anna", dashboard.now, disabled=False)
        change_user(ledger, "otto", "anna", dashboard.now, password=PASSWORD)
        otto.sign_in("otto")
        change_user(ledger, "otto", "anna", dashboard.now, **change)
        assert otto.get("/").status_code == 303, change
    change_user(ledger, "otto", "anna", dashboard.now, disabled=False, password=PASSWORD)
    otto.sign_in("otto")
    otto.post("/logout")
    assert otto.get("/").status_code == 303


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(dashboard):
    dashboard.operator("otto", "operator")
    head = {"sec-fetch-site": "same-origin"}
    for secure in (False, True):
        dashboard.desk.secure = secure
        answer = Visitor(dashboard).ask(
            "POST", "/login", data={"name": "otto", "password": PASSWORD}, headers=head
        )
        [cookie] = [
            each
            for each in answer.headers.get_list("set-cookie")
            if each.startswith("winback_session=")
        ]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert ("Secure" in cookie) == secure
    with dashboard.desk.ledger.begin_read() as connection:
        kept = str(connection.exec_driver_sql("select * from sessions").all())
        kept += str(connection.exec_driver_sql("select * from users").all())
    assert cookie.split("=")[1].split(";")[0] not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"],
)
def test_signing_in_leads_to_no_other_host(path):
    assert redirect_to(path).headers["location"] == "/"


def test_a_page_runs_nothing_but_files_of_ours(admin):
    """No script and no style within a page, so that the policy needs no exception; and the policy is on each of them."""
    for path in paths(admin.dashboard, "GET"):
        if "export" in path or "file" in path:
            continue
        answer = admin.get(path)
        assert "script-src 'self';" in answer.headers["content-security-policy"], path
        assert "unsafe" not in answer.headers["content-security-policy"]
        html = re.sub(r'data-values="[^"]*"', "", answer.text)
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html
        ), path
        assert all(
            each.startswith("/")
            for each in re.findall(r'(?:src|href|action)="([^"]*)"', html)
            if not each.startswith("#")
        )


@pytest.mark.full
def test_everything_done_stands_in_the_trail_and_the_trail_is_whole(dashboard):
    anna = dashboard.operator("anna", "admin")
    anna.post("/operators/create", name="otto", role="operator", password="one more long song")
    anna.post("/operators/change", name="otto", role="viewer")
    anna.post("/customer/out", id="k0001", why="a friend of the dashboard")
    anna.post("/customer/undo", id="k0001")
    anna.wait_for(anna.post("/model/look"))
    anna.post("/logout")
    result = [
        (each.action, each.actor) for each in reversed(list_latest(dashboard.desk.ledger, 50))
    ]
    actions = [
        "signed_in",
        "user_created",
        "user_changed",
        "list_out",
        "list_undone",
        "job_look",
        "signed_out",
    ]
    assert [pair for pair in result if pair[1] == "anna"] == [(each, "anna") for each in actions]
    assert not audit(dashboard.desk.ledger, (), lambda *_: None)
    assert "k0001" not in str(list_latest(dashboard.desk.ledger, 50)), (
        "the audit log names no customer"
    )
    assert "a friend" not in str(list_latest(dashboard.desk.ledger, 50))


def test_the_last_administrator_stays_one(dashboard):
    anna = dashboard.operator("anna", "admin")
    for change in ({"role": "viewer"}, {"disabled": "yes"}):
        answer = anna.post("/operators/change", name="anna", **change)
        assert answer.status_code == 409
        assert "last administrator" in answer.text
    assert anna.get("/operators").status_code == 200


@pytest.mark.full
def test_a_stranger_who_guesses_often_is_slowed_down(dashboard):
    dashboard.operator("otto", "operator")
    head, stranger = {"sec-fetch-site": "same-origin"}, Visitor(dashboard)
    result = [
        stranger.ask(
            "POST", "/login", data={"name": f"n{at}", "password": "x"}, headers=head
        ).status_code
        for at in range(62)
    ]
    assert result[0] == 401
    assert result[-1] == 429


def test_signing_in_before_anybody_may_says_how(dashboard):
    answer = Visitor(dashboard).get("/login")
    assert "winback operators create" in answer.text
