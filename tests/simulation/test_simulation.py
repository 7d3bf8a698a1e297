"""A simulated shop: both lives of every customer, exports a shop system could have written, and the whole loop."""

import json
from datetime import date

import pytest
import train
from typer.testing import CliRunner

from tests.conftest import NOW
from winback.cli.main import app
from winback.config.shop import load_shop
from winback.core.service_errors import (
    SimulationExists,
    SimulationNameInvalid,
    SimulationUnknown,
    WorldUnknown,
)
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.simulation.exports import write_contacts, write_products, write_shop_file, write_week
from winback.simulation.shop import HISTORY_DAYS, PUT_OFF_DAYS, SimulatedShop
from winback.simulation.weekly_run import create, load
from winback.simulation.worlds import WORLDS

START = date(2024, 9, 2)


def shop(world="friendly", seed=3, customers=200):
    return SimulatedShop(WORLDS[world], seed, customers, START, 4)


def test_the_same_seed_lives_the_same_life():
    one, other = shop(), shop()
    assert (one.natural == other.natural).all()
    assert [vars(each) for each in one.list_orders(0, 60)] == [
        vars(each) for each in other.list_orders(0, 60)
    ]
    assert (shop(seed=4).natural != one.natural).any()


def test_a_message_changes_nobody_but_whom_it_reaches():
    """What it does is drawn from the customer and the day, whoever else is written to."""
    few, many = shop(), shop()
    few.send_messages([3, 5], HISTORY_DAYS)
    many.send_messages(range(200), HISTORY_DAYS)
    assert (few.actual[[3, 5]] == many.actual[[3, 5]]).all()
    rest = [each for each in range(200) if each not in (3, 5)]
    assert (few.actual[rest] == few.natural[rest]).all()


def test_each_world_does_to_orders_what_it_says():
    lives = {name: shop(name, customers=1500) for name in WORLDS}
    for each in lives.values():
        each.send_messages(range(1500), HISTORY_DAYS)
    change = {
        name: int(each.actual.sum()) - int(each.natural.sum()) for name, each in lives.items()
    }
    assert change["friendly"] > 40
    assert change["no_effect"] == 0
    assert change["harmful"] < -20
    assert change["pull_forward"] == 0, "every order that came forward is missing later"
    soon = lives["pull_forward"]
    days = slice(HISTORY_DAYS, HISTORY_DAYS + PUT_OFF_DAYS)
    assert soon.actual[:, days].sum() > soon.natural[:, days].sum()


def test_exports_come_in_without_a_refused_row(tmp_path):
    """Week by week, with refunds told weeks later and names of both languages."""
    (tmp_path / "exports").mkdir()
    file, made = write_shop_file(tmp_path, "made"), shop()
    write_products(made, tmp_path / "exports")
    write_contacts(made, tmp_path / "exports", HISTORY_DAYS)
    write_week(made, tmp_path / "exports", 0, 400)
    write_week(made, tmp_path / "exports", 400, HISTORY_DAYS)
    settings = load_shop(file)
    import_shop(settings, tmp_path / "home", NOW)
    manifest = open_store(tmp_path / "home").manifest
    assert manifest.quarantined == {}
    assert manifest.counts["orders"] == len(made.list_orders(0, HISTORY_DAYS))
    back = [
        each
        for each in made.list_orders(0, HISTORY_DAYS)
        if each.refunded_on and each.refunded_on < made.get_day(HISTORY_DAYS)
    ]
    assert manifest.counts["refunds"] >= len(back) > 10
    assert {"view", "cart", "coupon_use", "complaint_opened"} <= {
        feed.split(".")[-1] for feed in manifest.first_known
    }


def test_what_cannot_be_simulated_is_refused(tmp_path):
    with pytest.raises(WorldUnknown):
        create(tmp_path / "a", "demo", "paradise", 7, 200)
    with pytest.raises(SimulationNameInvalid):
        create(tmp_path / "a", "No Name", "friendly", 7, 200)
    with pytest.raises(SimulationUnknown):
        load(tmp_path)
    create(tmp_path / "a", "demo", "friendly", 7, 200)
    assert create(tmp_path / "a", "demo", "friendly", 7, 200).week == 0
    with pytest.raises(SimulationExists):
        create(tmp_path / "a", "demo", "harmful", 7, 200)


@pytest.mark.full
def test_a_shop_lives_through_the_whole_loop(tmp_path, monkeypatch):
    """Exports to read-out, eight weeks; then what was measured is held against the truth nobody else knows."""
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path / "home"))

    def typed(*arguments):
        done = CliRunner().invoke(app, [*arguments, "--json"], prog_name="winback")
        assert done.exit_code == 0, done.output + done.stderr
        return json.loads(done.stdout)

    folder = str(tmp_path / "demo")
    typed("simulate", folder, "--customers", "1500")
    file = str(tmp_path / "demo" / "shop.toml")
    assert train.main(["--shop", file]) == 0
    lived = typed("simulate", folder, "--customers", "1500", "--weeks", "8")
    assert lived["weeks"] == 8
    result = typed("measure", "--shop", file)
    assert len(result["waves"]) == 8
    now = result["to_date"]
    assert now["status"] == "read"
    assert (
        now["returned"]["incremental"]["low"]
        <= lived["because"]
        <= now["returned"]["incremental"]["high"]
    )
    assert abs(now["returned"]["gross"] - lived["came_back"]) <= 0.15 * lived["came_back"] + 5, (
        "refunds aside"
    )
    assert typed("audit", "--shop", file)["well"]
    assert typed("doctor", "--shop", file)["grade"] in "AB"
