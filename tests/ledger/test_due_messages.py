"""What a run has read ahead counts only as long as nobody else has written to the ledger."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress as suppress_errors
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.seal_key import SEAL_KEY
from tests.ledger.world import NOW, WAVE, Receiver, plan, step, treated
from winback.core.wave_errors import LedgerRestored
from winback.delivery.claim_journal import ClaimJournal
from winback.delivery.dispatcher import TURN, dispatch
from winback.ledger.consents import suppress
from winback.ledger.due_messages import DueMessages
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.locks import acquire
from winback.ledger.message_outcomes import Outcome
from winback.ledger.outbox import claim_messages
from winback.ledger.suppression import Cap, SuppressionRules
from winback.ledger.wave_changes import pause_wave
from winback.ledger.waves import decide_wave, list_due_customers

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


class RulesByWave:
    """Rules asked of who is due when they are made: of a second wave nobody may be written to."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.made = ledger, 0
        self.rules: SuppressionRules | None = None

    def get(self, _now):
        if self.rules is None:
            due = list_due_customers(self.ledger)
            away = {(LATER, name): "unsubscribed" for name in due.get(LATER, ())}
            self.rules, self.made = SuppressionRules(kept_away=away, asked=due), self.made + 1
        return self.rules

    def is_current(self):
        return True

    def forget(self):
        self.rules = None


LATER = "other-2026w47"


def test_a_wave_approved_in_mid_run_is_asked_about_before_it_is_sent(run, tmp_path):
    """What keeps its customers back was asked before it was approved: it is asked anew."""
    plan(run.ours, [treated(name) for name in "xyz"], wave_id=LATER, approve=False)
    rules, receiver = RulesByWave(run.ours), Receiver("one_shot")

    def approve(point):
        if point == "claimed" and len(receiver.log) == 2:
            decide_wave(run.theirs, LATER, "approved", "li", MOMENT)

    with ClaimJournal([tmp_path / "journal"], b"key") as journal:
        channels = {"email": receiver}
        done = dispatch(run.ours, run.lease, channels, rules, journal, lambda: MOMENT, approve)
    assert sorted(customer for _, customer, _, _ in receiver.log) == list("abcde")
    assert done.kept == {"unsubscribed": 3}
    assert rules.made == 2


def test_two_copies_of_a_ledger_with_one_journal_send_once(run, tmp_path):
    """Each begins before the other has sent: the journal has the numbers of the first."""
    copy = tmp_path / "copy" / "ledger.db"
    copy.parent.mkdir()
    run.ours.engine.dispose()
    shutil.copy(tmp_path / "ledger.db", copy)
    other = open_ledger(copy, keep_open=True, seal_key=SEAL_KEY)
    lease = acquire(other, TURN, "there", MOMENT, lambda _holder: True)
    receiver, paths, begun = Receiver("one_shot"), [tmp_path / "journal"], []
    with ClaimJournal(paths, b"key") as mine, ClaimJournal(paths, b"key") as theirs:

        def run_the_other(point):
            if point == "claimed" and not begun:
                begun.append(point)
                dispatch(other, lease, {"email": receiver}, RULES, theirs, lambda: MOMENT)

        with pytest.raises(LedgerRestored):
            dispatch(
                run.ours, run.lease, {"email": receiver}, RULES, mine, lambda: MOMENT, run_the_other
            )
    assert len(receiver.log) == 5
    assert receiver.twice == []
