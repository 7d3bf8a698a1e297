"""Who may walk through, and what is asked of a form before anything is done."""

import re
from datetime import timedelta

import pytest

from tests.dashboard.signed_in import PASSWORD, Visitor
from winback.dashboard.auth import go_to
from winback.ledger.audit_log import newest_notes
from winback.ledger.integrity import audit
from winback.ledger.sessions import sign_in
from winback.ledger.users import change_operator

OPEN = {"/login", "/look", "/static/{name:path}"}
FILLED = {
    "{wave}": "made-2026w14",
    "{task}": "0" * 16,
    "{upload}": "0" * 16,
    "{name:path}": "weekly/x.html",
}


def paths(house, method):
    told = []
    for route in house.app.routes:
        if method in route.methods and route.path not in OPEN:
            path = route.path
            for name, value in FILLED.items():
                path = path.replace(name, value)
            told.append(path)
    return sorted(told)


def test_no_page_opens_to_somebody_who_has_not_signed_in(furnished_house):
    stranger = Visitor(furnished_house)
    assert len(paths(furnished_house, "GET")) >= 18
    for path in paths(furnished_house, "GET"):
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path
        assert (
            stranger.get(path, headers={"hx-request": "true"})
            .headers["hx-redirect"]
            .startswith("/login")
        )


def test_no_form_does_anything_for_somebody_who_has_not_signed_in(house):
    house.operator("anna", "admin")
    before = newest_notes(house.desk.ledger, 50)
    for path in paths(house, "POST"):
        answer = Visitor(house).ask(
            "POST", path, data={"customers": "1"}, headers={"sec-fetch-site": "same-origin"}
        )
        assert answer.headers["location"].startswith("/login"), path
    assert newest_notes(house.desk.ledger, 50) == before


def test_a_viewer_changes_nothing_and_an_operator_no_model_and_nobody(house):
    """Every form there is, asked by each role below the one it needs."""
    viewer, operator = house.operator("vera", "viewer"), house.operator("otto", "operator")
    before = newest_notes(house.desk.ledger, 50)
    for path in paths(house, "POST"):
        if path == "/logout":
            continue
        assert viewer.post(path).status_code == 403, path
        if path.startswith(("/model/p", "/model/r", "/operators")):
            assert operator.post(path).status_code == 403, path
    for path in ("/operators", "/trail"):
        assert operator.get(path).status_code == 403
    assert newest_notes(house.desk.ledger, 50) == before
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
def test_a_form_of_another_site_is_refused(house, head):
    """Also with the right token: who has got hold of one must not use it from elsewhere."""
    otto = house.operator("otto", "operator")
    told = {"form_token": otto.token, "id": "k0001", "why": "test"}
    answer = otto.ask("POST", "/customer/out", data=told, headers=head)
    assert answer.status_code == 403
    assert "k0001" not in str(newest_notes(house.desk.ledger, 5))


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_without_its_sessions_token_is_refused(house, token):
    otto, other = house.operator("otto", "operator"), house.operator("ole", "operator")
    told = {"id": "k0001", "why": "test"}
    head = {"sec-fetch-site": "same-origin"}
    for each in (token, other.token):
        assert (
            otto.ask(
                "POST", "/customer/out", data={**told, "form_token": each}, headers=head
            ).status_code
            == 403
        )
    assert (
        otto.ask(
            "POST", "/customer/out", data={**told, "form_token": otto.token}, headers=head
        ).status_code
        == 303
    )


def test_five_wrong_passwords_lock_a_name_for_a_while(house):
    otto = house.operator("otto", "operator")
    assert otto.get("/").status_code == 200
    for _ in range(5):
        assert sign_in(house.desk.ledger, "otto", "wrong password", house.now) is None
    until = sign_in(house.desk.ledger, "otto", PASSWORD, house.now)
    assert until == house.now + timedelta(minutes=15), "even the right one, for now"
    answer = Visitor(house).ask("POST", "/login", data={"name": "otto", "password": PASSWORD},
                                headers={"sec-fetch-site": "same-origin"})  # fmt: skip
    assert answer.status_code == 401
    assert "11:15" in answer.text, "by the shop's clock"
    assert sign_in(house.desk.ledger, "otto", PASSWORD, house.now + timedelta(minutes=16))
    assert otto.get("/").status_code == 200, (
        "who is signed in is not put out by a stranger's guesses"
    )


def test_a_name_nobody_has_is_refused_like_a_wrong_password(house):
    house.operator("otto", "operator")
    head = {"sec-fetch-site": "same-origin"}
    wrong, nobody = (
        Visitor(house).ask(
            "POST", "/login", data={"name": name, "password": "wrong password"}, headers=head
        )
        for name in ("otto", "nobody")
    )
    assert (wrong.status_code, wrong.text) == (nobody.status_code, nobody.text)


def test_a_session_ends(house):
    """After half a day without use, after a week in any case, and at once where the password or the role changes."""
    ledger = house.desk.ledger
    otto, start = house.operator("otto", "operator"), house.now
    house.operator("anna", "admin")
    house.now = start + timedelta(hours=11)
    assert otto.get("/").status_code == 200
    house.now = start + timedelta(hours=22)
    assert otto.get("/").status_code == 200, "it was used in between"
    house.now = start + timedelta(hours=35)
    assert otto.get("/").status_code == 303
    otto.sign_in("otto")
    for _ in range(20):
        house.now += timedelta(hours=11)
        last = otto.get("/").status_code
    assert last == 303, "a week is a week"
    for change in ({"role": "viewer"}, {"password": "another long song"}, {"disabled": True}):
        change_operator(ledger, "otto", "anna", house.now, disabled=False)
        change_operator(ledger, "otto", "anna", house.now, password=PASSWORD)
        otto.sign_in("otto")
        change_operator(ledger, "otto", "anna", house.now, **change)
        assert otto.get("/").status_code == 303, change
    change_operator(ledger, "otto", "anna", house.now, disabled=False, password=PASSWORD)
    otto.sign_in("otto")
    otto.post("/logout")
    assert otto.get("/").status_code == 303


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(house):
    house.operator("otto", "operator")
    head = {"sec-fetch-site": "same-origin"}
    for secure in (False, True):
        house.desk.secure = secure
        answer = Visitor(house).ask(
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
    with house.desk.ledger.reading() as connection:
        kept = str(connection.exec_driver_sql("select * from sessions").all())
        kept += str(connection.exec_driver_sql("select * from operators").all())
    assert cookie.split("=")[1].split(";")[0] not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"],
)
def test_signing_in_leads_to_no_other_host(path):
    assert go_to(path).headers["location"] == "/"


def test_a_page_runs_nothing_but_files_of_ours(admin):
    """No script and no style within a page, so that the policy needs no exception; and the policy is on each of them."""
    for path in paths(admin.house, "GET"):
        if "export" in path or "file" in path:
            continue
        answer = admin.get(path)
        assert "script-src 'self';" in answer.headers["content-security-policy"], path
        assert "unsafe" not in answer.headers["content-security-policy"]
        html = re.sub(r'data-told="[^"]*"', "", answer.text)
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html
        ), path
        assert all(
            each.startswith("/")
            for each in re.findall(r'(?:src|href|action)="([^"]*)"', html)
            if not each.startswith("#")
        )


def test_everything_done_stands_in_the_trail_and_the_trail_is_whole(house):
    anna = house.operator("anna", "admin")
    anna.post("/operators/create", name="otto", role="operator", password="one more long song")
    anna.post("/operators/change", name="otto", role="viewer")
    anna.post("/customer/out", id="k0001", why="a friend of the house")
    anna.post("/customer/undo", id="k0001")
    anna.wait_for(anna.post("/model/look"))
    anna.post("/logout")
    told = [(each.action, each.actor) for each in reversed(newest_notes(house.desk.ledger, 50))]
    actions = [
        "signed_in",
        "operator_created",
        "operator_changed",
        "list_out",
        "list_undone",
        "task_look",
        "signed_out",
    ]
    assert [pair for pair in told if pair[1] == "anna"] == [(each, "anna") for each in actions]
    assert not audit(house.desk.ledger, (), lambda *_: None)
    assert "k0001" not in str(newest_notes(house.desk.ledger, 50)), "the trail names no customer"
    assert "a friend" not in str(newest_notes(house.desk.ledger, 50))


def test_the_last_administrator_stays_one(house):
    anna = house.operator("anna", "admin")
    for change in ({"role": "viewer"}, {"disabled": "yes"}):
        answer = anna.post("/operators/change", name="anna", **change)
        assert answer.status_code == 409
        assert "last administrator" in answer.text
    assert anna.get("/operators").status_code == 200


@pytest.mark.full
def test_a_stranger_who_guesses_often_is_slowed_down(house):
    house.operator("otto", "operator")
    head, stranger = {"sec-fetch-site": "same-origin"}, Visitor(house)
    told = [
        stranger.ask(
            "POST", "/login", data={"name": f"n{at}", "password": "x"}, headers=head
        ).status_code
        for at in range(62)
    ]
    assert told[0] == 401
    assert told[-1] == 429


def test_signing_in_before_anybody_may_says_how(house):
    answer = Visitor(house).get("/login")
    assert "winback operators create" in answer.text
