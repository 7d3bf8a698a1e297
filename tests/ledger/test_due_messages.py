"""What a run has read ahead counts only as long as nobody else has written to the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress as suppress_errors
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import NOW, WAVE, plan, step, treated
from winback.delivery.dispatcher import TURN
from winback.ledger.consents import suppress
from winback.ledger.due_messages import DueMessages
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.locks import acquire
from winback.ledger.message_outcomes import Outcome
from winback.ledger.outbox import claim_messages
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.wave_changes import pause_wave

RULES = SuppressionRules((Cap("email", 7, 1),))
MOMENT = NOW + timedelta(seconds=1)


@pytest.fixture
def run(tmp_path):
    """A run over a ledger with a wave of five, and the ledger as another process has it."""
    ours = open_ledger(tmp_path / "ledger.db", keep_open=True, seal_key=SEAL_KEY)
    ours.migrate()
    plan(ours, [treated(name, step("email", cost=40)) for name in "abcde"])
    return Run(ours, open_ledger(tmp_path / "ledger.db", seal_key=SEAL_KEY))


class Run:
    def __init__(self, ours: Ledger, theirs: Ledger) -> None:
        self.ours, self.theirs = ours, theirs
        self.lease, self.due = acquire(ours, TURN, "here", MOMENT), DueMessages(["email"])
        self.claimed: list[str] = []
        self.last: list[str] = []

    def claim(self, moment=MOMENT, state="sent", rules=RULES):
        """The next message; what it found that may not go is returned, too."""
        outcomes = [Outcome(each, state, None, None, moment) for each in self.last]
        found = claim_messages(self.ours, self.lease, moment, rules, self.due, 1, outcomes)
        self.last = [each.delivery_id for each in found.claimed]
        self.claimed += [each.customer_id for each in found.claimed]
        return found.kept

    @contextmanager
    def reads(self) -> Iterator[list[str]]:
        """The questions after due messages in a block."""
        asked = list[str]()

        def note(_connection, _cursor, statement, *_rest):
            if "ORDER BY deliveries.due_at" in statement:
                asked.append(statement)

        sa.event.listen(self.ours.engine, "before_cursor_execute", note)
        yield asked
        sa.event.remove(self.ours.engine, "before_cursor_execute", note)


def test_a_wave_is_read_once_and_each_message_claimed_once(run):
    with run.reads() as asked:
        for _ in range(5):
            assert run.claim() == {}
    assert sorted(run.claimed) == list("abcde")
    assert len(asked) == 1
    assert run.claim() == {}
    assert len(run.claimed) == 5


@pytest.mark.parametrize("by", ["theirs", "ours"])
def test_a_no_between_two_claims_is_heard_whoever_wrote_it(run, by):
    run.claim()
    for name in {*"abcde"} - {*run.claimed}:
        suppress(getattr(run, by), name, "email", "opt_out", MOMENT, "test")
    assert run.claim() == {"opt_out": 4}
    assert len(run.claimed) == 1


def test_a_pause_between_two_claims_is_heard(run):
    run.claim()
    pause_wave(run.theirs, WAVE, "test", MOMENT)
    run.claim()
    assert len(run.claimed) == 1


@pytest.mark.parametrize("state", ["failed", "again", "unknown"])
def test_what_did_not_simply_go_out_is_read_again(run, state):
    run.claim()
    with run.reads() as asked:
        run.claim(state=state)
    assert len(asked) == 1


def test_other_rules_and_another_quarter_of_an_hour_are_read_again(run):
    run.claim()
    with run.reads() as asked:
        run.claim(rules=SuppressionRules((Cap("email", 7, 1),)))
        run.claim(MOMENT + timedelta(minutes=20), rules=RULES)
    assert len(asked) == 2


def test_a_transaction_that_was_taken_back_is_read_again(run):
    run.claim()
    with suppress_errors(RuntimeError), run.ours.begin_write() as connection:
        connection.execute(sa.text("update deliveries set rank = rank"))
        raise RuntimeError
    with run.reads() as asked:
        run.claim()
    assert len(asked) == 1
