"""What a run reads again while it sends."""

import pytest

from tests.fixtures.typed_commands import AT
from tests.fixtures.wave_channels import approved, listed, people_of
from winback.config.shop import load_shop
from winback.delivery.channels.base import ChannelStopped
from winback.delivery.current_rules import CurrentRules


@pytest.fixture
def rules(context):
    listed(context, [{**each, "wecom": "", "owner": ""} for each in people_of(context)], "")
    approved(context)
    current = CurrentRules(
        lambda: load_shop(context.file), (context.file,), context.ledger, context.folder
    )
    current.get(AT)
    return current


def test_a_list_that_is_being_saved_is_read_when_it_is_whole(context, rules):
    """Whoever has no row yet would else be settled as somebody without an address."""
    file = context.file.parent / "contacts.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    rest = [lines[start : start + 400] for start in range(0, len(lines), 400)]
    file.write_text("".join(rest.pop(0)), encoding="utf-8")

    def write_on(_seconds):
        if rest:
            with file.open("a", encoding="utf-8") as stream:
                stream.writelines(rest.pop(0))

    rules.sleep = write_on
    known = rules.get(AT).addresses
    assert rest == []
    assert all("email" in known[customer] for (_, customer) in _list_due(context))
    assert rules.is_current()


def test_a_list_that_is_written_on_and_on_stops_the_channels(context, rules):
    file = context.file.parent / "contacts.csv"

    def write_on(_seconds):
        file.write_text(file.read_text(encoding="utf-8") + "x,,,,,,\n", encoding="utf-8")

    rules.sleep = write_on
    write_on(0)
    with pytest.raises(ChannelStopped) as stopped:
        rules.get(AT)
    assert stopped.value.reason == "list_busy"


def _list_due(context):
    with context.ledger.begin_read() as connection:
        return connection.exec_driver_sql(
            "select distinct wave_id, customer_id from deliveries where state = 'pending'"
        ).all()
