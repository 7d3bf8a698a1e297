"""`winback simulate`: a shop of known truth, lived week by week through the whole loop, from its
exports to its read-outs.

Each week the shop system exports, the tables are imported, a wave is planned, approved and sent,
and the messages do to the customers what their world says. Nothing is faked between: the same code
runs as for any shop, with the clock of the simulation.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from winback.config.shop import SHOP_NAME, Shop, load_shop
from winback.core.cutoff import get_midnight
from winback.core.files import write_atomically
from winback.core.paths import DataPaths
from winback.core.service_errors import (
    SimulationExists,
    SimulationNameInvalid,
    SimulationUnknown,
    WorldUnknown,
)
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.delivery.contact_addresses import update_vault
from winback.delivery.planning import plan_weekly_wave
from winback.delivery.run import run_waves
from winback.delivery.sender_state import SenderState, open_sender_state
from winback.delivery.shop_ledger import open_shop_ledger
from winback.experiments.assignment import get_half_year
from winback.ledger.consents import add_receipt, suppress
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import list_sent_messages
from winback.ledger.holdout_draws import PERMANENT, get_salt
from winback.ledger.outbox import build_idempotency_key
from winback.ledger.tables.waves import ReceiptKind
from winback.ledger.waves import decide_wave, load_wave
from winback.measurement.first_entries import SentWave, list_sent_waves
from winback.measurement.outcomes import OutcomeRows, load_outcomes
from winback.playbooks.matching import load_playbook
from winback.simulation.exports import (
    SHOP_FILE,
    write_contacts,
    write_products,
    write_shop_file,
    write_week,
)
from winback.simulation.shop import HISTORY_DAYS, SimulatedShop
from winback.simulation.worlds import WORLDS

STATE = "simulated.json"
FIRST_DAY = date(2024, 9, 2)  # a Monday
MOST_WEEKS = 104
_WHO = "simulation"
_HEARD: Mapping[ReceiptKind, float] = {
    "opened": 0.45,
    "clicked": 0.15,
}  # of messages: what a gateway hears


@dataclass(frozen=True)
class Simulation:
    """A simulated shop at rest: its folder, and how far it has lived. messages: week → customers
    written to, by number."""

    folder: Path
    world: str
    seed: int
    customers: int
    week: int
    messages: dict[str, list[int]]

    @property
    def shop_file(self) -> Path:
        return self.folder / SHOP_FILE

    def replay_shop(self) -> SimulatedShop:
        """The shop as it is now: its first days again, and every message since."""
        shop = SimulatedShop(WORLDS[self.world], self.seed, self.customers, FIRST_DAY, MOST_WEEKS)
        for week, customers in self.messages.items():
            shop.send_messages(customers, HISTORY_DAYS + 7 * int(week))
        return shop

    def save(self) -> None:
        """Keep it."""
        state = {name: value for name, value in vars(self).items() if name != "folder"}
        write_atomically(self.folder / STATE, json.dumps(state, ensure_ascii=False))


def create(folder: Path, name: str, world: str, seed: int, customers: int) -> Simulation:
    """Make a simulated shop with its history. Raises WorldUnknown, SimulationNameInvalid and
    SimulationExists."""
    if world not in WORLDS:
        raise WorldUnknown(value=world, known=", ".join(WORLDS))
    if not SHOP_NAME.fullmatch(name):
        raise SimulationNameInvalid(value=name)
    if (folder / STATE).exists():
        known = load(folder)
        _refuse_other(known, world, seed, customers)
        return known
    exports = folder / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    write_shop_file(folder, name)
    made = Simulation(folder, world, seed, customers, 0, {})
    shop = made.replay_shop()
    write_products(shop, exports)
    write_contacts(shop, exports, HISTORY_DAYS)
    write_week(shop, exports, 0, HISTORY_DAYS)
    made.save()
    return made


def _refuse_other(known: Simulation, world: str, seed: int, customers: int) -> None:
    """Raise SimulationExists if the folder's simulation is another than is asked for."""
    if (known.world, known.seed, known.customers) != (world, seed, customers):
        raise SimulationExists(
            folder=str(known.folder),
            world=known.world,
            seed=known.seed,
            customers=known.customers,
        )


def load(folder: Path) -> Simulation:
    """A simulated shop that is there. Raises SimulationUnknown."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return Simulation(folder, **state)
    except (OSError, ValueError, TypeError):
        raise SimulationUnknown(folder=str(folder)) from None


def simulate_week(simulation: Simulation, home: DataPaths) -> Simulation:
    """One week: export, import, plan, approve, send, and what the messages do until next Monday.
    Raises what these do."""
    shop = load_shop(simulation.shop_file)
    folder = home.get_shop_folder(shop.name)
    folder.mkdir(parents=True, exist_ok=True)
    shop_now, week = simulation.replay_shop(), simulation.week
    today = HISTORY_DAYS + 7 * week
    now = get_midnight(shop_now.get_day(today), shop.timezone) + timedelta(hours=10)
    import_shop(shop, folder, now, lambda _file, _rows: None)
    store, ledger = open_store(folder), open_shop_ledger(shop, home)
    ledger.migrate()
    update_vault(shop, store, ledger, folder, now)
    _set_salts(ledger, store.default_cutoff_day, simulation.seed)
    if week == 0:
        _forget_earlier_life(open_sender_state(shop.name, home, ledger))
    sent = _send_wave(shop, home, ledger, now)
    _simulate_receipts(ledger, shop_now, sent, now)
    number = {name: place for place, name in enumerate(shop_now.names)}
    reached = sorted({number[customer] for _, customer in sent})
    shop_now.send_messages(reached, today)
    _suppress_unsubscribed(ledger, shop_now, now)
    write_week(shop_now, simulation.folder / "exports", today, today + 7)
    write_contacts(shop_now, simulation.folder / "exports", today + 7)
    messages = {**simulation.messages, str(week): reached}
    after = replace(simulation, week=week + 1, messages=messages)
    after.save()
    return after


def _forget_earlier_life(state: SenderState) -> None:
    """Nobody of a simulated shop was ever written to: one begun again is no restored one."""
    while state.read_id() is not None:
        shutil.rmtree(state.folder)


def _send_wave(shop: Shop, home: DataPaths, ledger: Ledger, now: datetime) -> list[tuple[str, str]]:
    """Plan, approve and send the week's wave; returns the messages that went out."""
    made = plan_weekly_wave(shop, home, None, "zh", _WHO, now, lambda _part, _parts: None)
    if load_wave(ledger, made.wave_id).state == "planned":
        decide_wave(ledger, made.wave_id, "approved", _WHO, now)
    before = set(_list_messages(ledger, shop))
    folder = home.get_shop_folder(shop.name)
    state = open_sender_state(shop.name, home, ledger)
    run_waves(shop, load_playbook(shop), ledger, folder, state, _Clock(now))
    return [each for each in _list_messages(ledger, shop) if each not in before]


def _suppress_unsubscribed(ledger: Ledger, shop: SimulatedShop, now: datetime) -> None:
    for customer in np.flatnonzero(shop.left).tolist():
        suppress(ledger, shop.names[customer], "*", "unsubscribed", now, _WHO)


def _set_salts(ledger: Ledger, cutoff_day: date, seed: int) -> None:
    """The same shop draws the same arms each time."""
    for name in (PERMANENT, get_half_year(cutoff_day).isoformat()):
        get_salt(ledger, name, hashlib.sha256(f"{seed}\0{name}".encode()).digest())


def simulate(
    simulation: Simulation,
    home: DataPaths,
    weeks: int,
    progress: Callable[[int, int], None] = lambda _week, _weeks: None,
) -> Simulation:
    """So many weeks more, and the import of what the last one left."""
    for week in range(weeks):
        progress(week, weeks)
        simulation = simulate_week(simulation, home)
    shop = load_shop(simulation.shop_file)
    import_shop(
        shop, home.get_shop_folder(shop.name), get_now(simulation, shop), lambda _file, _rows: None
    )
    return simulation


def get_now(simulation: Simulation, shop: Shop) -> datetime:
    """What the clock says where a simulation stands: Monday morning after its last week."""
    return get_midnight(
        FIRST_DAY + timedelta(days=HISTORY_DAYS + 7 * simulation.week), shop.timezone
    ) + timedelta(hours=10)


def compute_truth(simulation: Simulation, home: DataPaths) -> dict[str, int]:
    """What the waves really did, counted over both lives of everyone who was drawn to be written
    to and is compared."""
    shop = load_shop(simulation.shop_file)
    store = open_store(home.get_shop_folder(shop.name))
    ledger = open_shop_ledger(shop, home)
    sent, shop_now = list_sent_waves(ledger, load_playbook(shop).name), simulation.replay_shop()
    if not sent:
        return {"treated": 0, "came_back": 0, "because": 0}
    rows = load_outcomes(shop, load_playbook(shop), store, ledger, sent)
    mine = rows.select(rows.fresh & rows.treated & (rows.days_known >= rows.success_days))
    began = _number_first_days(sent)
    with_, without = (_count_returned(shop_now, mine, began, natural) for natural in (False, True))
    return {"treated": len(mine.wave), "came_back": with_, "because": with_ - without}


def _number_first_days(sent: Sequence[SentWave]) -> dict[str, int]:
    """The day each wave began, counted from the simulation's first."""
    return {each.wave.wave_id: (each.began.date() - FIRST_DAY).days for each in sent}


def _count_returned(
    shop_now: SimulatedShop, rows: OutcomeRows, began: dict[str, int], natural: bool
) -> int:
    number = {name: place for place, name in enumerate(shop_now.names)}
    return sum(
        bool(
            shop_now.has_returned([number[str(customer)]], began[str(wave)], int(days), natural)[0]
        )
        for wave, customer, days in zip(rows.wave, rows.customer, rows.success_days, strict=True)
    )


@dataclass
class _Clock:
    """A clock that goes on by a second each time it is looked at."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def _list_messages(ledger: Ledger, shop: Shop) -> list[tuple[str, str]]:
    waves = [each.wave.wave_id for each in list_sent_waves(ledger, load_playbook(shop).name)]
    return list(
        dict.fromkeys((wave, customer) for wave, customer, *_ in list_sent_messages(ledger, waves))
    )


def _simulate_receipts(
    ledger: Ledger, shop_now: SimulatedShop, sent: list[tuple[str, str]], now: datetime
) -> None:
    """Let some open their message, and some follow it."""
    rng = np.random.default_rng([shop_now.seed, 6, now.toordinal()])
    for wave, customer in sent:
        chance = rng.random()
        for kind, share in _HEARD.items():
            if chance < share:
                add_receipt(
                    ledger,
                    build_idempotency_key(wave, customer, 1),
                    kind,
                    now + timedelta(hours=3),
                    _WHO,
                )
