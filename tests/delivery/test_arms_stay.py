"""Arms stay: an entry fixes its household's arm, whatever is imported, renamed or set later."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.fixtures.typed_commands import AFTER_THE_DATA, DAY, WAVE
from winback.config.shop import load_shop
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.experiments import assignment
from winback.experiments.assignment import Assignment, get_fixed_until, load_assignment
from winback.ledger.entries import Entry
from winback.playbooks.matching import load_playbook

LATE = date(2026, 5, 20)  # what is drawn then is fixed until 18 August
AT = datetime(2026, 4, 1, 3)


class Shop:
    """The made shop whose orders have a recipient, and further orders that come later."""

    def __init__(self, context, made_files, tmp_path):
        self.context, self.orders, self.map = context, tmp_path / "orders.csv", tmp_path / "map.csv"
        with (made_files.parent / "orders.csv").open() as stream:
            self.rows = [row | {"to": f"r{row['buyer']}"} for row in csv.DictReader(stream)]
        text = context.file.read_text()
        text = text.replace(f'"{made_files.parent}/orders.csv"', f'"{self.orders}"')
        text = text.replace('status = "status"', 'status = "status"\n    recipient = "to"')
        context.file.write_text(text + '\n[identity]\nmap = "map.csv"\n')
        self.write()

    def write(self, *more, merged=(("nobody", "else"),)):
        with self.orders.open("w", newline="") as stream:
            table = csv.DictWriter(stream, self.rows[0])
            table.writeheader()
            table.writerows([*self.rows, *more])
        self.map.write_text("id,customer\n" + "".join(f"{one},{other}\n" for one, other in merged))
        import_shop(load_shop(self.context.file), self.context.folder, AFTER_THE_DATA)

    def older(self, customer, number):
        """An order before all others, to somebody else."""
        first = self.rows[0] | {"buyer": customer, "order": f"old{number}", "to": f"x{number}"}
        return first | {"paid_at": "2024-12-01 10:00:00", "status": "Done"}

    def arms(self, day, playbook=None, **waves):
        """What a plan of a day would go by."""
        shop, store = load_shop(self.context.file), open_store(self.context.folder)
        shop = shop.model_copy(update={"waves": shop.waves.model_copy(update=waves)})
        return load_assignment(
            shop, playbook or load_playbook(shop), store, self.context.ledger, day
        )

    def drawn(self):
        """Customer → play and arm, as the ledger has them."""
        with self.context.ledger.begin_read() as connection:
            rows = connection.exec_driver_sql(
                "select customer_id, play, arm, holdout_chance from assignments where arm <> 'excluded' order by 1"
            ).all()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def moved(self, arms, drawn, with_chances=True):
        """Who would be in another arm now, or with another chance, by the arm they had."""
        other, counts = next(iter(arms.shares)), Counter()
        for customer, (play, arm, chance) in drawn.items():
            now = arms.draw(play if play in arms.shares else other, arms.get_household(customer))
            changed = with_chances and now.holdout_chance != chance
            counts[arm] += now.arm != arm or changed
        return +counts


@pytest.fixture
def shop(context, made_files, tmp_path):
    return Shop(context, made_files, tmp_path)


def test_older_orders_move_nobody_who_has_entered(shop):
    """An import of older orders changes the recipient of the first order, by which households are drawn."""
    shop.context("wave", "plan", "--cutoff", str(DAY), "--json")
    drawn = shop.drawn()
    shop.write(*(shop.older(customer, number) for number, customer in enumerate(drawn)))
    arms = shop.arms(DAY + timedelta(days=7))
    assert shop.moved(arms, drawn) == {}
    anew = replace(
        arms, entries={}, households=assignment._load_households(open_store(shop.context.folder))
    )
    assert set(shop.moved(anew, drawn, with_chances=False)) == {"holdout", "treatment"}, (
        "both would have moved"
    )
    later = shop.context("wave", "plan", "--cutoff", str(DAY + timedelta(days=7)), "--json")
    assert later["planned"] > 0
    assert shop.context("audit", "--json") == {"well": True, "faults": [], "unproven_before": None}


def test_neither_a_name_nor_a_share_nor_a_half_year_moves_who_has_entered(shop):
    """By money's ninety days an entry of 20 May holds until 18 August."""
    shop.context("wave", "plan", "--cutoff", str(LATE), "--json")
    drawn, playbook = shop.drawn(), load_playbook(shop.context.shop)
    assert {arm for _, arm, _ in drawn.values()} == {"treatment", "holdout"}
    renamed = playbook.model_copy(update={"name": "renamed"})
    for day in (LATE + timedelta(days=7), date(2026, 7, 1), date(2026, 8, 17)):
        for name, share in ((playbook, 0.5), (renamed, 0.0)):  # July's shares are fixed by this
            arms = shop.arms(day, name, holdout_share=share, washout_days=60)
            assert shop.moved(arms, drawn) == {}
    anew = shop.arms(date(2026, 8, 18), washout_days=0)
    assert set(shop.moved(anew, drawn, with_chances=False)) == {"holdout", "treatment"}
    rests = shop.arms(date(2026, 9, 14))
    households = [(rests.get_household(each), *drawn[each][:2]) for each in drawn]
    for household, play, arm in households:
        assert rests.draw(play, household).rests == (rests.draw(play, household).arm != arm)
    later = shop.arms(date(2026, 9, 15))
    assert not any(later.draw(play, household).rests for household, play, _ in households)
    assert shop.context("audit", "--json")["well"]


def test_ids_of_both_arms_that_become_one_are_not_written_to_and_not_compared(shop):
    plan = shop.context("wave", "plan", "--cutoff", str(DAY), "--json")
    shop.context("wave", "approve", WAVE, "--customers", str(plan["treatment"]))
    drawn = shop.drawn()
    mine = [
        [each for each in drawn if drawn[each][1] == arm and _is_waiting(shop, each)]
        for arm in ("treatment", "holdout")
    ]
    (written, other, third), held = mine[0][:3], mine[1][0]
    shop.write(merged=[(held, written), (other, third)])
    assert shop.arms(DAY + timedelta(days=7)).merged_across == {held, written}
    shop.context("wave", "run")
    with shop.context.ledger.begin_read() as connection:
        reasons = dict(
            connection.exec_driver_sql(
                "select customer_id, reason from deliveries where step = 1"
            ).all()
        )
    assert reasons[written] == "merged_across"
    assert [name for name, why in reasons.items() if why == "merged_across"] == [written]
    shop.context.now = AFTER_THE_DATA
    to_date = shop.context("measure", "--json")["to_date"]
    assert to_date["merged_across"] == 2
    assert to_date["entered_before"] == 0
    shop.context("measure", result="2 customers merged across groups are left out")
    shop.context("measure", "--lang", "zh", result="2位顾客因跨组合并不参与比较")
    assert shop.context("audit", "--json")["well"]


def _is_waiting(shop, customer):
    return not any(row["buyer"] == customer and row["paid_at"] >= "2026-03-31" for row in shop.rows)


def test_who_is_one_with_an_id_that_entered_is_drawn_as_that_id(shop):
    """The id of before is in no table any more; its arm is."""
    shop.context("wave", "plan", "--cutoff", str(DAY), "--json")
    drawn = shop.drawn()
    outside = [row["buyer"] for row in shop.rows if row["buyer"] not in drawn]
    pairs = list(zip(list(drawn)[:40], dict.fromkeys(outside), strict=False))
    shop.write(merged=pairs)
    arms = shop.arms(DAY + timedelta(days=7))
    for entered, today in pairs:
        assert arms.get_household(today) == arms.get_household(entered)
    assert shop.moved(arms, {today: drawn[entered] for entered, today in pairs}) == {}
    assert not arms.merged_across


HALF = Entry(
    "home", "general-1", "general", "wake", "holdout", 0.2, date(2026, 3, 2), date(2026, 7, 1)
)


def test_a_household_of_two_plays_is_drawn_once():
    """By the first of its customers; the other's share would have said otherwise."""
    arms = Assignment(
        DAY,
        assignment.Holdout("general", b"s", b"p", 0.0),
        {"none": 0.0, "all": 1.0},
        {"a": "home", "b": "home"},
    )
    rows = [_Row("b", "none"), _Row("a", "all")]
    assert set(arms.list_held_out(rows)) == {"a", "b"}
    assert arms.draw("none", "home").play == "all"


class _Row:
    def __init__(self, customer_id, play):
        self.customer_id, self.play = customer_id, play


def test_the_chance_of_a_later_draw_is_of_those_it_could_have_moved():
    holdout = assignment.Holdout("general", b"s", b"p", 0.02)
    arms = Assignment(
        date(2026, 7, 10), holdout, {"wake": 0.2}, entries={"home": [HALF]}, washout_days=28
    )
    assert arms.draw("wake", "new").holdout_chance == pytest.approx(0.02 + 0.98 * 0.2)
    assert arms.draw("wake", "home").holdout_chance == pytest.approx(0.04 / (0.04 + 0.64))
    later = replace(arms, day=date(2026, 7, 29))
    assert later.draw("wake", "home").holdout_chance == 0.2
    never = replace(later, now=replace(holdout, every_share=1.0))
    assert never.draw("wake", "home").holdout_chance == 1.0, "no draw brings them a message"


def test_an_entry_holds_to_the_later_of_the_half_years_end_and_moneys(context):
    assert get_fixed_until(context.shop, date(2026, 1, 5)) == date(2026, 7, 1)
    assert get_fixed_until(context.shop, date(2026, 6, 30)) == date(2026, 9, 28)
    assert get_fixed_until(context.shop, date(2026, 12, 31)) == date(2027, 3, 31)
