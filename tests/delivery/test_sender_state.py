"""A ledger that was restored, moved or copied: what went out is not sent again, and nobody held out is written to."""

import os
import shutil
import sqlite3
from datetime import date, timedelta

import pytest

from tests.ledger.world import NOW, WAVE, Receiver, held, states, step, treated
from winback.core.wave_errors import (
    ClockBehind,
    DrawsMissing,
    JournalDamaged,
    LedgerMoved,
    LedgerRefused,
    LedgerReleased,
    LedgerRestored,
    StateMissing,
    WitnessRefused,
)
from winback.data.pseudonyms import load_key
from winback.delivery.dispatcher import TURN, dispatch
from winback.delivery.recovery import (
    ChannelReach,
    find_forgotten_claims,
    find_known_of_plan,
    move_sender,
    reconcile_restored_ledger,
)
from winback.delivery.run_lock import hold_run_lock
from winback.delivery.sender_state import SenderState
from winback.delivery.witness import NO_WITNESS, DatabaseWitness
from winback.ledger.clock import reset_clock
from winback.ledger.consents import suppress
from winback.ledger.engine import open_ledger
from winback.ledger.holdout_draws import get_salt
from winback.ledger.integrity import audit
from winback.ledger.outbox import list_claims_of
from winback.ledger.suppression import SuppressionRules
from winback.ledger.wave_plan import WavePlan
from winback.ledger.waves import decide_wave, insert_wave

CUTOFF = date(2026, 11, 16)


class Machine:
    """A machine with a shop on it: its home and its state folder. The receivers are of the world."""

    def __init__(self, folder, receivers, name="one"):
        self.home, self.root, self.receivers = (
            folder / f"{name}-home",
            folder / f"{name}-state",
            receivers,
        )
        self.addresses = {}  # customer → kind → hash
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def reach(self):
        return ChannelReach(["call"], lambda: self.addresses)

    @property
    def ledger(self):
        key = load_key(self.root / "seal.key")
        ledger = open_ledger(self.home / "ledger.db", seal_key=key)
        ledger.migrate()
        return ledger

    def state(self, ledger=None):
        return SenderState(self.root, "shop", self.home, ledger or self.ledger)

    def plan(self, people, now=NOW, wave=WAVE):
        ledger = self.ledger
        state = self.state(ledger)
        state.prepare_plan(now)
        get_salt(ledger, "permanent")
        state.sync_draws()
        insert_wave(
            ledger,
            wave,
            "general",
            wave.rsplit("-", 1)[1],
            CUTOFF,
            people,
            {},
            WavePlan(),
            "li",
            now,
            "v1",
            find_known_of_plan(state, self.reach, CUTOFF),
        )
        state.note_seals()

    def approve(self, now=NOW, wave=WAVE):
        decide_wave(self.ledger, wave, "approved", "li", now)

    def run(self, now=NOW, witness=NO_WITNESS, **channels):
        ledger = self.ledger
        state = self.state(ledger)
        with hold_run_lock(ledger, self.home, now) as lease:
            state.check(now)
            with state.open_journal() as journal:
                result = dispatch(
                    ledger,
                    lease,
                    channels or self.receivers,
                    SuppressionRules(addresses=self.addresses),
                    journal,
                    lambda: now,
                    witness=witness,
                )
            state.note_seals()
            return result

    def audit(self, now=None):
        """What is wrong with the ledger, by what this machine keeps of it; a claim that only the journal knows among it."""
        ledger = self.ledger
        state = self.state(ledger)
        violations = audit(ledger, now=now, marks=state.read_marks())
        return [*violations, *find_forgotten_claims(state)]

    def reconcile(self, now=NOW):
        return reconcile_restored_ledger(self.state(), self.reach, "li", now)

    def move(self, is_lost=False, now=NOW):
        return move_sender(self.state(), self.reach, is_lost, "li", now)

    def back_up(self, to):
        copy_ledger(self.home / "ledger.db", to)

    def restore(self, backup):
        copy_ledger(backup, self.home / "ledger.db")


def copy_ledger(source, target):
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    reading.backup(writing)
    reading.close()
    writing.close()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path, {"email": Receiver("one_shot"), "call": Receiver("set_like", 20)})


def people(count=6):
    """Two letters each, three days between; one of the shop's is held out."""
    return [*(treated(f"c{at}", step(), step(after=3)) for at in range(count)), held("h")]


def written_to(machine):
    return sorted((each[1], each[2]) for each in machine.receivers["email"].log)


def assert_once(machine):
    assert machine.receivers["email"].twice == []
    assert "h" not in {customer for customer, _ in written_to(machine)}
    assert machine.audit() == []


def test_a_backup_older_than_the_plan(machine, tmp_path):
    """Scenario B1: the same week planned, approved and run again writes to nobody a second time."""
    machine.ledger.engine.dispose()
    machine.back_up(tmp_path / "backup.db")
    machine.plan(people())
    machine.approve()
    machine.run()
    salt = get_salt(machine.ledger, "permanent")
    machine.restore(tmp_path / "backup.db")
    with pytest.raises(LedgerRestored):
        machine.run()
    machine.plan(people())
    assert get_salt(machine.ledger, "permanent") == salt, "the same households are held out"
    assert states(machine.ledger) == {"unknown": 6, "pending": 6}, "known claims are born so"
    machine.approve()
    with pytest.raises(LedgerRestored):
        machine.run()
    assert machine.reconcile() == 0
    assert machine.run().sent == 0
    assert written_to(machine) == [(f"c{at}", 1) for at in range(6)]
    assert_once(machine)


def test_a_backup_between_plan_and_approval(machine, tmp_path):
    machine.plan(people())
    machine.back_up(tmp_path / "backup.db")
    machine.approve()
    machine.run()
    machine.run(NOW + timedelta(days=3))
    machine.restore(tmp_path / "backup.db")
    assert machine.reconcile() == 12, "second letters are known by themselves"
    machine.approve()
    machine.run()
    assert states(machine.ledger) == {"unknown": 12}
    assert_once(machine)


def test_who_comes_back_under_another_id_is_known_by_their_address(machine, tmp_path):
    """The household is another by then, the letter box is not."""
    machine.ledger.engine.dispose()
    machine.back_up(tmp_path / "backup.db")
    machine.addresses = {f"c{at}": {"email": f"to:mail-{at}"} for at in range(6)}
    machine.plan(people())
    machine.approve()
    machine.run()
    machine.restore(tmp_path / "backup.db")
    machine.addresses["anew"] = {"email": "to:mail-3"}
    machine.addresses["other"] = {"email": "to:mail-9"}
    machine.plan([treated("anew"), treated("other")])
    machine.approve()
    machine.reconcile()
    machine.run()
    assert ("anew", 1) not in written_to(machine)
    assert ("other", 1) in written_to(machine)
    assert states(machine.ledger) == {"unknown": 1, "sent": 1}


def test_what_had_not_gone_goes_after_a_restore(machine, tmp_path):
    """Nobody is lost: only what was claimed is in doubt."""
    machine.plan(people())
    machine.approve()
    machine.back_up(tmp_path / "backup.db")
    machine.receivers["email"].says = lambda message: (
        "sent" if message.customer_id < "c3" else "again"
    )
    machine.run()
    machine.restore(tmp_path / "backup.db")
    machine.receivers["email"].says = lambda _message: "sent"
    machine.reconcile()
    machine.run()
    assert_once(machine)


def test_the_whole_folder_restored_with_its_journal(machine, tmp_path):
    machine.plan(people())
    machine.approve()
    shutil.copytree(machine.home, tmp_path / "backup")
    machine.run()
    shutil.rmtree(machine.home)
    shutil.copytree(tmp_path / "backup", machine.home)
    with pytest.raises(LedgerRestored):
        machine.run()
    assert machine.reconcile() == 6
    assert machine.run().sent == 0
    assert_once(machine)


def test_a_lost_state_is_noticed(machine):
    """The journal beside the ledger may be of the same backup as the ledger is: it proves nothing."""
    machine.plan(people())
    machine.approve()
    machine.run()
    shutil.rmtree(next(machine.root.glob("shop-*")))
    with pytest.raises(StateMissing):
        machine.run()
    assert machine.reconcile() == 6, "of every letter still to come nobody knows"
    assert machine.run(NOW + timedelta(days=3)).sent == 0
    assert_once(machine)
    machine.plan(people(7), wave="general-2026w48")
    assert states(machine.ledger, "general-2026w48") == {"unknown": 14}


def test_another_machine_sends_nothing_until_it_is_handed_over(machine, tmp_path):
    machine.plan(people())
    machine.approve()
    machine.run()
    other = Machine(tmp_path, machine.receivers, "two")
    shutil.copytree(machine.home, other.home, dirs_exist_ok=True)
    for refused in (other.run, other.reconcile, other.move):
        with pytest.raises(LedgerMoved):
            refused()
    assert machine.move() is None
    with pytest.raises(LedgerReleased):
        machine.run(NOW + timedelta(days=3))
    shutil.copytree(machine.home, other.home, dirs_exist_ok=True)
    assert other.move() == 0, "everything claimed is in the ledger that was copied"
    assert other.run(NOW + timedelta(days=3)).sent == 6
    with pytest.raises(LedgerReleased):
        machine.run(NOW + timedelta(days=3))
    assert_once(other)


def test_of_a_machine_that_is_gone_nobody_knows_what_it_sent(machine, tmp_path):
    machine.plan(people())
    machine.approve()
    other = Machine(tmp_path, machine.receivers, "two")
    machine.back_up(other.home / "ledger.db")
    machine.run()
    assert other.move(is_lost=True) == 12
    other.plan(people(8), wave="other-2026w47")
    other.approve(wave="other-2026w47")
    assert other.run().sent == 0, "also a wave the backup has never seen may have gone"
    assert_once(other)


def test_a_folder_that_only_moved_on_its_machine_sends_on(machine, tmp_path):
    machine.plan(people())
    machine.approve()
    machine.run()
    machine.home = machine.home.rename(tmp_path / "elsewhere")
    assert machine.run(NOW + timedelta(days=3)).sent == 6
    assert_once(machine)


def test_salts_that_are_gone_everywhere_are_not_drawn_anew(machine, tmp_path):
    machine.ledger.engine.dispose()
    machine.back_up(tmp_path / "backup.db")
    machine.plan(people())
    machine.approve()
    machine.run()
    machine.restore(tmp_path / "backup.db")
    next(machine.root.glob("*/draws.json")).unlink()
    with pytest.raises(DrawsMissing):
        machine.plan(people())


def test_a_damaged_journal_is_refused_and_made_whole_from_its_copy(machine):
    machine.plan(people())
    machine.approve()
    machine.run()
    journal = machine.home / "claims.journal"
    journal.write_text(journal.read_text().replace(" one_shot", " set_like", 1))
    with pytest.raises(JournalDamaged) as refused:
        machine.run()
    assert refused.value.values["line"] == 1
    journal.unlink()
    machine.run()
    assert journal.read_bytes() == next(machine.root.glob("*/claims.journal")).read_bytes()


def test_a_line_that_a_power_cut_left_half_is_written_again(machine):
    machine.plan(people())
    machine.approve()
    machine.run()
    for path in (machine.home / "claims.journal", next(machine.root.glob("*/claims.journal"))):
        path.write_bytes(path.read_bytes()[:-40])
    machine.run()
    machine.run(NOW + timedelta(days=3))
    journal = (machine.home / "claims.journal").read_text().splitlines()
    assert [int(line[:20]) for line in journal] == list(range(1, 13))
    machine.run(NOW + timedelta(days=3))


def test_of_two_copies_of_one_machine_the_witness_lets_one_send(machine, tmp_path):
    """Cloned whole, state folder and all: nothing inside tells them apart."""
    url = f"sqlite:///{tmp_path / 'witness.db'}"
    machine.plan(people())
    machine.approve()
    machine.run(witness=DatabaseWitness(url, machine.ledger, lambda: NOW))
    copy = Machine(tmp_path, machine.receivers, "copy")
    for mine, its in ((machine.home, copy.home), (machine.root, copy.root)):
        shutil.copytree(mine, its, dirs_exist_ok=True)
    later = NOW + timedelta(days=3)
    unseen = copy_of(copy)
    assert copy.run(later, DatabaseWitness(url, copy.ledger, lambda: later)).sent == 6
    done = machine.run(later, DatabaseWitness(url, machine.ledger, lambda: later))
    assert (done.sent, done.stopped["email"]["reason"]) == (0, "ledger_copied")
    assert (
        machine.run(
            later + timedelta(days=1), DatabaseWitness(url, machine.ledger, lambda: later)
        ).sent
        == 0
    )
    assert_once(copy)
    assert unseen.run(later).sent == 6, "without a witness nobody sees it: docs and doctor say so"
    assert machine.receivers["email"].twice != []


def copy_of(machine):
    other = Machine(machine.home.parent, machine.receivers, "unseen")
    for mine, its in ((machine.home, other.home), (machine.root, other.root)):
        shutil.copytree(mine, its, dirs_exist_ok=True)
    return other


def test_a_witness_that_does_not_answer_keeps_everything_waiting(machine, tmp_path):
    machine.plan(people())
    machine.approve()
    silent = DatabaseWitness(f"sqlite:///{tmp_path}/no/such/folder.db", machine.ledger, lambda: NOW)
    done = machine.run(witness=silent)
    assert (done.sent, done.stopped["email"]["reason"]) == (0, "witness_silent")
    assert machine.run(NOW + timedelta(hours=1)).sent == 6, "nothing is lost"
    with pytest.raises(WitnessRefused):
        DatabaseWitness("no address", machine.ledger, lambda: NOW)


def test_a_crash_between_the_witness_and_the_message_does_not_lock_its_own_ledger_out(
    machine, tmp_path
):
    url = f"sqlite:///{tmp_path / 'witness.db'}"
    machine.plan(people())
    machine.approve()
    DatabaseWitness(url, machine.ledger, lambda: NOW)  # asked by a run that died
    state = machine.state()
    state.check(NOW)
    DatabaseWitness(url, machine.ledger, lambda: NOW).confirm()
    assert machine.run(witness=DatabaseWitness(url, machine.ledger, lambda: NOW)).sent == 6


def test_a_clock_that_ran_ahead_is_refused_seen_and_mended(machine):
    """Scenario H2: ten years ahead once, with nothing due."""
    machine.plan(people())
    machine.approve()
    machine.run()
    ahead = NOW + timedelta(days=3652)
    machine.receivers["email"].says = lambda _message: "again"
    machine.run(ahead)
    machine.receivers["email"].says = lambda _message: "sent"
    later = NOW + timedelta(days=4)
    with pytest.raises(ClockBehind):
        machine.run(later)
    assert [each.rule for each in machine.audit(later)] == ["clock_ahead"]
    assert reset_clock(machine.ledger, TURN, "li", later) > 0
    assert machine.audit(later) == []
    assert machine.run(later + timedelta(days=3, hours=1)).sent == 6
    assert_once(machine)


def test_a_ledger_that_can_only_be_read_can_be_read(machine, monkeypatch):
    machine.plan(people())
    machine.approve()
    machine.run()
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    ledger = machine.ledger
    assert states(ledger) == {"sent": 6, "pending": 6}
    assert audit(ledger) == []
    assert len(get_salt(ledger, "permanent")) == 32
    with pytest.raises(LedgerRefused):
        suppress(ledger, "c1", "*", "unsubscribed", NOW, "li")


def test_what_is_erased_leaves_the_journal_and_numbers_stay(machine):
    machine.plan(people())
    machine.approve()
    machine.run()
    before = (machine.home / "claims.journal").read_text()
    machine.state().forget(list_claims_of(machine.ledger, ["c2"]))
    journals = [machine.home / "claims.journal", next(machine.root.glob("*/claims.journal"))]
    assert len({path.read_bytes() for path in journals}) == 1
    after = journals[0].read_text()
    changed = [
        pair
        for pair in zip(before.splitlines(), after.splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    [(was, now)] = changed
    assert (was[:20], now.split()[3:5]) == (now[:20], ["-", "-"])
    machine.run(NOW + timedelta(days=3))


def test_a_shop_begun_anew_after_its_folder_was_deleted_is_refused_until_somebody_says_so(
    machine, tmp_path
):
    machine.plan(people())
    machine.approve()
    machine.run()
    shutil.rmtree(machine.home)
    machine.home = tmp_path / "new-home"
    machine.home.mkdir()
    machine.plan(people())
    machine.approve()
    with pytest.raises(LedgerRestored):
        machine.run()
    assert machine.reconcile() == 0, "the plan already knew"
    assert machine.run().sent == 0
    assert_once(machine)


def test_a_claim_of_another_playbooks_wave_of_the_week_is_not_taken_for_a_forgotten_one(machine):
    """The journal knows a claim by household, play, cycle and step."""
    machine.plan(people())
    machine.approve()
    machine.run()
    machine.plan(people(), wave="home-2026w47")
    machine.approve(wave="home-2026w47")
    assert machine.audit() == []
