"""`winback doctor`: how well an installation is, each point with what to do, and a grade for all
of it."""

import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from winback.config.channels import WeComSettings
from winback.config.shop import Shop
from winback.core.errors import WinbackError
from winback.core.paths import DataPaths
from winback.data.store import Store, open_store
from winback.delivery.recovery import audit_ledger
from winback.delivery.sender_state import open_sender_state
from winback.delivery.shop_ledger import open_shop_ledger
from winback.features.registry import hash_spec
from winback.ledger.alerts import list_alerts
from winback.ledger.bindings import load_bindings
from winback.ledger.engine import Ledger
from winback.model.versions import load_champion
from winback.playbooks.matching import load_playbook

State = Literal["well", "watch", "bad"]
LEAST_FREE_GB = 1.0


@dataclass(frozen=True)
class CheckPoint:
    """One point. key: of its sentence in the catalogue; values: what it says."""

    state: State
    key: str
    values: Mapping[str, object]
    error: WinbackError | None = None


def examine_installation(shop: Shop, home: DataPaths, now: datetime) -> list[CheckPoint]:
    """Every point of an installation, worst ones as they come."""
    folder = home.get_shop_folder(shop.name)
    points = [
        CheckPoint("well", "doctor.python", {"version": platform.python_version()}),
        _check_disk(home),
    ]
    store = _open_tables(folder, points)
    try:
        bundle = load_champion(home.get_models_folder(shop.name), hash_spec())
        points.append(
            CheckPoint("well", "doctor.model", {"day": bundle.manifest["window"]["outcomes_until"]})
        )
    except WinbackError as error:
        points.append(CheckPoint("bad", "doctor.model.bad", {}, error))
    points += [
        *_check_scores(folder, store),
        *_check_ledger(shop, home, now),
        *_check_permissions(folder),
        *_check_settings(shop, store),
    ]
    return points


def _open_tables(folder: Path, points: list[CheckPoint]) -> Store | None:
    store: Store | None = None
    try:
        store = open_store(folder)
        points.append(CheckPoint("well", "doctor.tables", {"day": str(store.last_day)}))
    except WinbackError as error:
        points.append(CheckPoint("bad", "doctor.tables.bad", {}, error))
    return store


def grade_points(points: Sequence[CheckPoint]) -> str:
    """A: everything is well; B: something to look at; C: something to mend; D: more than one."""
    bad = sum(point.state == "bad" for point in points)
    watched = any(point.state == "watch" for point in points)
    return "D" if bad > 1 else "C" if bad else "B" if watched else "A"


def _check_disk(home: DataPaths) -> CheckPoint:
    there = next(
        path for path in (home.root.absolute(), *home.root.absolute().parents) if path.exists()
    )
    free = shutil.disk_usage(there).free / 1e9
    values = {"free": f"{free:,.1f}"}
    return (
        CheckPoint("well", "doctor.disk", values)
        if free >= LEAST_FREE_GB
        else CheckPoint("bad", "doctor.disk.bad", values)
    )


def _check_scores(folder: Path, store: Store | None) -> Iterator[CheckPoint]:
    days = sorted(path.name for path in (folder / "snapshots").glob("????-??-??"))
    if not days:
        yield CheckPoint("watch", "doctor.scored.none", {})
    elif store is not None and days[-1] < str(store.default_cutoff_day):
        yield CheckPoint(
            "watch", "doctor.scored.watch", {"day": days[-1], "last": str(store.last_day)}
        )
    else:
        yield CheckPoint("well", "doctor.scored", {"day": days[-1]})


def _check_ledger(shop: Shop, home: DataPaths, now: datetime) -> Iterator[CheckPoint]:
    if shop.ledger is None and not home.get_ledger_path(shop.name).exists():
        yield CheckPoint("watch", "doctor.ledger.none", {})
        return
    ledger = open_shop_ledger(shop, home)
    try:
        ledger.migrate()
        faults = audit_ledger(shop, open_sender_state(shop.name, home, ledger), now)
        if faults:
            yield CheckPoint(
                "bad",
                "doctor.ledger.bad",
                {"why": ", ".join(sorted({fault.rule for fault in faults}))},
            )
        else:
            yield CheckPoint("well", "doctor.ledger", {"version": ledger.read_version()})
        yield from _check_sender(shop, home, ledger)
        alerts = list_alerts(ledger)
    except WinbackError as error:
        yield CheckPoint("bad", "doctor.ledger.bad", {}, error)
        return
    yield (
        CheckPoint("watch", "doctor.alerts.watch", {"count": len(alerts)})
        if alerts
        else CheckPoint("well", "doctor.alerts", {})
    )


def _check_sender(shop: Shop, home: DataPaths, ledger: Ledger) -> Iterator[CheckPoint]:
    """Whether this machine is the one that sends, and what would see a copy of it."""
    state = open_sender_state(shop.name, home, ledger)
    bound = load_bindings(ledger)
    if home.state_root.absolute().is_relative_to(home.root.absolute()):
        yield CheckPoint("watch", "doctor.state.inside", {"folder": str(home.state_root)})
    if not bound:
        return
    if "released" in bound or bound.get("machine") != state.machine:
        yield CheckPoint("watch", "doctor.sender.other", {})
    else:
        yield CheckPoint("well", "doctor.sender", {"folder": str(state.folder)})
    has_witness = shop.waves.witness is not None or ledger.path is None
    yield CheckPoint("well", "doctor.witness" if has_witness else "doctor.witness.none", {})


def _check_permissions(folder: Path) -> Iterator[CheckPoint]:
    secret = [folder / name for name in ("ledger.db", "vault.key", "pseudonym.key")]
    open_ones = [path for path in secret if path.exists() and path.stat().st_mode & 0o077]
    for path in open_ones:
        yield CheckPoint("bad", "doctor.private.bad", {"file": str(path)})
    if not open_ones:
        yield CheckPoint("well", "doctor.private", {})


def _check_settings(shop: Shop, store: Store | None) -> Iterator[CheckPoint]:
    try:
        plays = [play for play in load_playbook(shop).plays if play.weekly and not play.service]
        share = min((play.holdout_share for play in plays), default=0.0)
        share = share if shop.waves.holdout_share is None else shop.waves.holdout_share
        held = share > 0 or shop.waves.every_holdout_share > 0
        key = "doctor.holdout" if held else "doctor.holdout.bad"
        yield CheckPoint("well" if held else "bad", key, {"share": f"{share:.0%}"} if held else {})
    except WinbackError as error:
        yield CheckPoint("bad", "doctor.model.bad", {}, error)
    if store is not None:
        costs = store.connect().execute("select count(unit_cost_minor) from order_lines").fetchone()
        known = shop.measurement.margin_share is not None or bool(costs and costs[0])
        yield (
            CheckPoint("well", "doctor.margin", {})
            if known
            else CheckPoint("watch", "doctor.margin.watch", {})
        )
    has = shop.contacts is not None
    yield (
        CheckPoint("well", "doctor.contacts", {})
        if has
        else CheckPoint("watch", "doctor.contacts.watch", {})
    )
    wecom = shop.channels.get("wecom")
    has_receiver = shop.alerts is not None or (
        isinstance(wecom, WeComSettings) and wecom.robot is not None
    )
    yield (
        CheckPoint("well", "doctor.receiver", {})
        if has_receiver
        else CheckPoint("watch", "doctor.receiver.watch", {})
    )
