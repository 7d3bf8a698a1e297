"""`winback simulate`: a shop of known truth, lived week by week through the whole loop, from its
exports to its read-outs.

Each week the shop system exports, the tables are imported, a wave is planned, approved and sent,
and the messages do to the customers what their world says. Nothing is faked between: the same code
runs as for any shop, with the clock of the simulation.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from winback.config.shop import SHOP_NAME, Shop, read_shop
from winback.core.cutoff import midnight
from winback.core.errors import (
    SimulationNameUnfit,
    SimulationThere,
    SimulationUnknown,
    WorldUnknown,
)
from winback.core.files import write_whole
from winback.core.paths import Home
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.delivery.contact_addresses import keep_contacts
from winback.delivery.planning import planned
from winback.delivery.run import run_waves
from winback.experiments.assignment import half_year
from winback.ledger.consents import receive, suppress
from winback.ledger.engine import Ledger, open_ledger
from winback.ledger.experiment_data import handed_over
from winback.ledger.outbox import delivery_key
from winback.ledger.schema import ReceiptKind
from winback.ledger.waves import PERMANENT, decide_wave, read_wave, salt_of
from winback.measurement.outcomes import Rows, rows_of, sent_waves
from winback.playbooks.matching import book_of
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

    def lived(self) -> SimulatedShop:
        """The shop as it is now: its first days again, and every message since."""
        shop = SimulatedShop(WORLDS[self.world], self.seed, self.customers, FIRST_DAY, MOST_WEEKS)
        for week, customers in self.messages.items():
            shop.write_to(customers, HISTORY_DAYS + 7 * int(week))
        return shop

    def write(self) -> None:
        """Keep it."""
        told = {name: value for name, value in vars(self).items() if name != "folder"}
        write_whole(self.folder / STATE, json.dumps(told, ensure_ascii=False))


def begin(folder: Path, name: str, world: str, seed: int, customers: int) -> Simulation:
    """Make a simulated shop with its history. Raises WorldUnknown, SimulationNameUnfit and
    SimulationThere."""
    if world not in WORLDS:
        raise WorldUnknown(value=world, known=", ".join(WORLDS))
    if not SHOP_NAME.fullmatch(name):
        raise SimulationNameUnfit(value=name)
    if (folder / STATE).exists():
        known = read(folder)
        if (known.world, known.seed, known.customers) != (world, seed, customers):
            raise SimulationThere(
                folder=str(folder), world=known.world, seed=known.seed, customers=known.customers
            )
        return known
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    write_shop_file(folder, name)
    made = Simulation(folder, world, seed, customers, 0, {})
    shop = made.lived()
    write_products(shop, folder / "exports")
    write_contacts(shop, folder / "exports", HISTORY_DAYS)
    write_week(shop, folder / "exports", 0, HISTORY_DAYS)
    made.write()
    return made


def read(folder: Path) -> Simulation:
    """A simulated shop that is there. Raises SimulationUnknown."""
    try:
        told = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return Simulation(folder, **told)
    except (OSError, ValueError, TypeError):
        raise SimulationUnknown(folder=str(folder)) from None


def live_week(simulation: Simulation, home: Home) -> Simulation:
    """One week: export, import, plan, approve, send, and what the messages do until next Monday.
    Raises what these do."""
    shop = read_shop(simulation.shop_file)
    folder = home.shop(shop.name)
    folder.mkdir(parents=True, exist_ok=True)
    lived, week = simulation.lived(), simulation.week
    today = HISTORY_DAYS + 7 * week
    now = midnight(lived.day(today), shop.timezone) + timedelta(hours=10)
    import_shop(shop, folder, now, lambda _file, _rows: None)
    store, ledger = open_store(folder), open_ledger(home.ledger(shop.name), shop.ledger)
    ledger.migrate()
    keep_contacts(shop, store, ledger, folder, now)
    for name in (
        PERMANENT,
        half_year(store.last_day).isoformat(),
    ):  # the same shop draws the same arms each time
        salt_of(ledger, name, hashlib.sha256(f"{simulation.seed}\0{name}".encode()).digest())
    made = planned(shop, home, None, "zh", _WHO, now, lambda _part, _parts: None)
    if read_wave(ledger, made.wave_id).state == "planned":
        decide_wave(ledger, made.wave_id, "approved", _WHO, now)
    number = {name: place for place, name in enumerate(lived.names)}
    before = set(_messages(ledger, shop))
    clock = _Clock(now)
    run_waves(shop, book_of(shop), store, ledger, folder, clock)
    sent = [each for each in _messages(ledger, shop) if each not in before]
    _hear(ledger, lived, sent, now)
    reached = sorted({number[customer] for _, customer in sent})
    lived.write_to(reached, today)
    for customer in np.flatnonzero(lived.left).tolist():
        suppress(ledger, lived.names[customer], "*", "unsubscribed", now, _WHO)
    write_week(lived, simulation.folder / "exports", today, today + 7)
    write_contacts(lived, simulation.folder / "exports", today + 7)
    after = Simulation(
        simulation.folder,
        simulation.world,
        simulation.seed,
        simulation.customers,
        week + 1,
        {**simulation.messages, str(week): reached},
    )
    after.write()
    return after


def live(
    simulation: Simulation,
    home: Home,
    weeks: int,
    progress: Callable[[int, int], None] = lambda _week, _weeks: None,
) -> Simulation:
    """So many weeks more, and the import of what the last one left."""
    for week in range(weeks):
        progress(week, weeks)
        simulation = live_week(simulation, home)
    shop = read_shop(simulation.shop_file)
    import_shop(shop, home.shop(shop.name), now_of(simulation, shop), lambda _file, _rows: None)
    return simulation


def now_of(simulation: Simulation, shop: Shop) -> datetime:
    """What the clock says where a simulation stands: Monday morning after its last week."""
    return midnight(
        FIRST_DAY + timedelta(days=HISTORY_DAYS + 7 * simulation.week), shop.timezone
    ) + timedelta(hours=10)


def truth(simulation: Simulation, home: Home) -> dict[str, Any]:
    """What the waves really did, counted over both lives of everyone who was drawn to be written
    to and is compared."""
    shop = read_shop(simulation.shop_file)
    store, ledger = (
        open_store(home.shop(shop.name)),
        open_ledger(home.ledger(shop.name), shop.ledger),
    )
    sent, lived = sent_waves(ledger, book_of(shop).name), simulation.lived()
    if not sent:
        return {"treated": 0, "came_back": 0, "because": 0}
    rows = rows_of(shop, book_of(shop), store, ledger, sent)
    mine = rows.where(rows.fresh & rows.treated & (rows.days_known >= rows.success_days))
    began = {each.wave.wave_id: (each.began.date() - FIRST_DAY).days for each in sent}
    with_, without = (_came(lived, mine, began, natural) for natural in (False, True))
    return {"treated": len(mine.wave), "came_back": with_, "because": with_ - without}


def _came(lived: SimulatedShop, rows: Rows, began: dict[str, int], natural: bool) -> int:
    number = {name: place for place, name in enumerate(lived.names)}
    return sum(
        bool(lived.came_back([number[str(customer)]], began[str(wave)], int(days), natural)[0])
        for wave, customer, days in zip(rows.wave, rows.customer, rows.success_days, strict=True)
    )


@dataclass
class _Clock:
    """A clock that goes on by a second each time it is looked at."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def _messages(ledger: Ledger, shop: Shop) -> list[tuple[str, str]]:
    waves = [each.wave.wave_id for each in sent_waves(ledger, book_of(shop).name)]
    return list(
        dict.fromkeys((wave, customer) for wave, customer, *_ in handed_over(ledger, waves))
    )


def _hear(ledger: Ledger, lived: SimulatedShop, sent: list[tuple[str, str]], now: datetime) -> None:
    """Let some open their message, and some follow it."""
    rng = np.random.default_rng([lived.seed, 6, now.toordinal()])
    for wave, customer in sent:
        chance = rng.random()
        for kind, share in _HEARD.items():
            if chance < share:
                receive(
                    ledger, delivery_key(wave, customer, 1), kind, now + timedelta(hours=3), _WHO
                )
