"""Who has not agreed to a channel is planned through the next one that reaches them, or in neither arm."""

from tests.fixtures.merges import write_merges
from tests.fixtures.typed_commands import AT, DAY, WAVE
from winback.data.store import group_person_ids, open_store
from winback.ledger.consents import load_consents, set_consent

SETTINGS = """
[messages]
sms_sign = "【木屋】"
email_opt_out = "https://example.com/out"
[contacts]
path = "people.csv"
[contacts.columns]
customer_id = "id"
phone = "phone"
email = "email"
"""


def people(context, tmp_path, consent_column):
    """Everybody has an e-mail address, and all but every third a phone; the first third has agreed to e-mail. Returns whose number is which."""
    query = "select distinct customer_id from orders order by 1"
    ids = [row[0] for row in open_store(context.folder).connect().execute(query).fetchall()]
    text = context.file.read_text().replace("[waves]", '[waves]\nconsent = ["email"]')
    column = 'email_consent = "agreed"\n' if consent_column else ""
    context.file.write_text(text + SETTINGS + column)
    rows = [
        f"{each},{'' if number % 3 == 2 else f'1380013{number:04}'},{each}@example.com,{'no' if number % 3 else 'yes'}"
        for number, each in enumerate(ids)
    ]
    (tmp_path / "people.csv").write_text("id,phone,email,agreed\n" + "\n".join(rows) + "\n")
    return {each: number % 3 for number, each in enumerate(ids)}


def planned(context):
    """(customer, arm, why, channel of the first message, channels of later ones)"""
    with context.ledger.begin_read() as connection:
        return connection.exec_driver_sql(
            "select a.customer_id, arm, why, d.channel from assignments a left join deliveries d"
            " on d.wave_id = a.wave_id and d.customer_id = a.customer_id"
        ).all()


def test_the_next_channel_is_planned_and_who_has_none_is_in_neither_arm(context, tmp_path):
    third = people(context, tmp_path, consent_column=True)
    plan = context("wave", "plan", "--cutoff", str(DAY), "--json")
    rows = planned(context)
    by_third = {
        number: {(arm, why, channel) for each, arm, why, channel in rows if third[each] == number}
        for number in range(3)
    }
    assert ("treatment", None, "email") in by_third[0]
    assert ("treatment", None, "sms") in by_third[1]
    assert not any(channel == "email" for _, _, channel in by_third[1] | by_third[2])
    assert ("holdout", None, None) in by_third[0] & by_third[1]
    assert {arm for arm, _, _ in by_third[2]} == {"excluded"}, "nothing reaches either arm"
    none = sum(why == "stopped.no_consent" for _, _, why, _ in rows)
    (counted,) = plan["without_consent"]
    assert none == plan["by_why"]["stopped.no_consent"] > 0
    assert counted["channel"] == "email"
    assert counted["customers"] - counted["elsewhere"] == none
    said = f"{counted['customers']} customers have not agreed to e-mail; {counted['elsewhere']} of them can"
    context("wave", "show", WAVE, result=said)
    context("wave", "show", WAVE, "--lang", "zh", result="位顾客未同意")
    context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    assert "no_consent" not in context("wave", "run", "--json")["kept"]


def test_consent_is_taken_from_the_ledger_where_the_list_does_not_tell(context, tmp_path):
    """The newest word counts, as when a message is claimed."""
    third = people(context, tmp_path, consent_column=False)
    context.ledger.migrate()
    for customer in third:
        set_consent(context.ledger, customer, "email", True, AT.replace(hour=1), "form")
        if third[customer] == 1:
            set_consent(context.ledger, customer, "email", False, AT.replace(hour=2), "form")
    context("wave", "plan", "--cutoff", str(DAY), "--json")
    channels = {
        number: {row[3] for row in planned(context) if third[row[0]] == number and row[3]}
        for number in range(3)
    }
    assert "email" in channels[0] & channels[2]
    assert "sms" in channels[1]
    assert "email" not in channels[1]


def test_what_a_merged_id_agreed_to_counts_for_the_customer_it_is_now(context):
    """As when a message is claimed; and of a yes and a no at one moment the no."""
    context.ledger.migrate()
    store = open_store(context.folder)
    write_merges(store, {"old-a": "a", "old-b": "b"})
    for customer, given in (("old-a", True), ("b", False), ("old-b", True), ("c", True)):
        set_consent(context.ledger, customer, "email", given, AT, "form")
    set_consent(context.ledger, "c", "email", False, AT.replace(hour=5), "form")
    consents = load_consents(context.ledger, ["email"], group_person_ids(store))
    assert consents == {("a", "email"): True, ("b", "email"): False, ("c", "email"): False}
