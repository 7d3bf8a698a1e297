"""`winback wave pause`, `resume` and `edit`, and an approval by two persons, as operators type them."""

from tests.fixtures.typed_commands import DAY, WAVE
from winback.core.expiry_marks import strip_marks


def plan(context):
    return str(context("wave", "plan", "--cutoff", str(DAY), "--json")["treatment"])


def _read_phrase(context):
    """The first four characters of a waiting message's text."""
    with context.ledger.begin_read() as connection:
        query = "select substr(body, 1, 4) from deliveries where body is not null limit 1"
        return connection.exec_driver_sql(query).first()


def test_a_wave_is_paused_corrected_and_goes_on(context):
    count = plan(context)
    context("wave", "pause", WAVE, code=2, result="cannot be changed")
    context("wave", "approve", WAVE, "--customers", count)
    (phrase,) = _read_phrase(context)
    trial = ("wave", "edit", WAVE, "--replace", phrase, "--with", "Hey", "--dry-run", "--json")
    changed = context(*trial)["changed"]
    assert changed
    assert all(strip_marks(each["before"]) == each["before"] for each in changed)
    context("wave", "edit", WAVE, "--replace", phrase, "--with", "Hey", code=2, result="wave pause")
    context("wave", "pause", WAVE, result="paused")
    context("wave", "show", result="paused")
    assert context("wave", "run", "--json")["sent"] == 0
    edited = context("wave", "edit", WAVE, "--replace", phrase, "--with", "Hey", "--json")
    assert all(phrase not in each["after"] for each in edited["changed"])
    context("wave", "resume", WAVE, result="approved by")
    assert context("wave", "run", "--json")["sent"] > 0
    assert any("Hey" in (row["message"] or "") for row in context.handed())
    assert context("audit", "--json")["well"]


def test_a_dear_wave_needs_a_second_person(context):
    context.file.write_text(
        context.file.read_text().replace("[waves]", "[waves]\nsecond_person_above_minor = 0")
    )
    count = plan(context)
    approve = ("wave", "approve", WAVE, "--customers", count, "--by")
    context(*approve, "li", result="a second one has to")
    context(*approve, "li", code=2, result="Let somebody else approve")
    assert context("wave", "run", "--json")["sent"] == 0
    context(*approve, "wang", result="approved by wang")
    assert context("wave", "run", "--json")["sent"] > 0


def test_who_edits_a_dear_wave_does_not_let_it_go_alone(context):
    context.file.write_text(
        context.file.read_text().replace("[waves]", "[waves]\nsecond_person_above_minor = 0")
    )
    count = plan(context)
    for name in ("li", "wang"):
        context("wave", "approve", WAVE, "--customers", count, "--by", name)
    context("wave", "pause", WAVE, "--by", "li")
    (phrase,) = _read_phrase(context)
    context("wave", "edit", WAVE, "--replace", phrase, "--with", "Hey", "--by", "li")
    context("wave", "resume", WAVE, "--by", "li", code=2, result="Let somebody else")
    assert context("wave", "run", "--json")["sent"] == 0
    context("wave", "resume", WAVE, "--by", "wang", result="approved by")
    context("wave", "pause", WAVE, "--by", "li")
    context("wave", "resume", WAVE, "--by", "li", result="approved by")
    assert context("wave", "run", "--json")["sent"] > 0


def test_a_playbook_that_was_changed_since_the_plan_is_said(context):
    count = plan(context)
    text = context.file.read_text()
    context.file.write_text('playbook = "home"\n' + text)
    approve = ("wave", "approve", WAVE, "--customers", count)
    context(*approve, code=1, result="playbook was changed")
    context.file.write_text(text)
    context(*approve, result="approved by")


def test_budgets_of_all_waves_are_shown_warned_of_and_kept(context):
    context("wave", "budgets", result="No budget over all waves is set")
    budgets = "budgets_minor = { month = 100, half_year = 100000000 }"
    text = context.file.read_text()
    context.file.write_text(text.replace("[waves]", f"[waves]\n{budgets}"))
    count = plan(context)
    approve = ("wave", "approve", WAVE, "--customers", count)
    context(*approve, code=1, result="this month's budget has left")
    context(*approve, "--despite-warnings", result="approved by")
    done = context("wave", "run", "--json")
    assert done["kept"]["budget_month"] > 0
    month, half_year = context("wave", "budgets", "--json")["budgets"]
    assert (month["period"], month["limit_minor"]) == ("month", 100)
    assert 0 <= month["spent_minor"] <= 100
    assert month["spent_minor"] == half_year["spent_minor"]
    context("wave", "budgets", result="half-year")
    assert context("audit", "--json")["well"]


def test_cases_are_listed_answered_and_solved_as_operators_type_it(context):
    context("cases", "list", result="Nobody waits for an answer")
    context("cases", "open", "--customer", "somebody", code=2, result="somebody")
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    context("wave", "run")
    customer = context.handed()[0]["customer_id"]
    case = context("cases", "open", "--customer", customer, "--kind", "priority", "--json")
    context("cases", "list", result="waits")
    context("cases", "answer", case["case_id"], result="is answered")
    context("cases", "solve", case["case_id"], result="is solved")
    context("cases", "solve", case["case_id"], code=2, result="was solved on")
    context("cases", "answer", "nothing", code=2, result="cases list")
    context("cases", "open", "--customer", "x", "--kind", "odd", code=2, result="priority, general")
    listed = context("cases", "list", "--json")
    assert listed["cases"] == []
    assert listed["service"][0]["solved"] == 1
