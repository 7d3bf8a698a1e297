"""`winback doctor`: how well an installation is, each point with what to do, and a grade for all
of it."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from winback.config.channels import WeComSettings
from winback.config.shop import Shop
from winback.core.errors import WinbackError
from winback.core.paths import Home
from winback.data.store import Store, open_store
from winback.delivery.recovery import audited
from winback.features.registry import spec_hash
from winback.ledger.alarms import list_alarms
from winback.ledger.engine import open_ledger
from winback.model.versions import champion
from winback.playbooks.matching import book_of

State = Literal["well", "watch", "bad"]
LEAST_FREE_GB = 1.0


@dataclass(frozen=True)
class Point:
    """One point. key: of its sentence in the catalogue; values: what it says."""

    state: State
    key: str
    values: dict[str, Any]
    error: WinbackError | None = None


def examined(shop: Shop, home: Home) -> list[Point]:
    """Every point of an installation, worst ones as they come."""
    folder = home.shop(shop.name)
    points = [Point("well", "doctor.python", {"version": platform.python_version()}), _disk(home)]
    store: Store | None = None
    try:
        store = open_store(folder)
        points.append(Point("well", "doctor.tables", {"day": str(store.last_day)}))
    except WinbackError as error:
        points.append(Point("bad", "doctor.tables.bad", {}, error))
    try:
        bundle = champion(home.models(shop.name), spec_hash())
        points.append(
            Point("well", "doctor.model", {"day": bundle.manifest["window"]["outcomes_until"]})
        )
    except WinbackError as error:
        points.append(Point("bad", "doctor.model.bad", {}, error))
    points += [
        *_scores(folder, store),
        *_ledger(shop, home),
        *_private(folder),
        *_settings(shop, store),
    ]
    return points


def grade(points: list[Point]) -> str:
    """A: everything is well; B: something to look at; C: something to mend; D: more than one."""
    bad = sum(point.state == "bad" for point in points)
    watched = any(point.state == "watch" for point in points)
    return "D" if bad > 1 else "C" if bad else "B" if watched else "A"


def _disk(home: Home) -> Point:
    there = next(
        path for path in (home.root.absolute(), *home.root.absolute().parents) if path.exists()
    )
    free = shutil.disk_usage(there).free / 1e9
    told = {"free": f"{free:,.1f}"}
    return (
        Point("well", "doctor.disk", told)
        if free >= LEAST_FREE_GB
        else Point("bad", "doctor.disk.bad", told)
    )


def _scores(folder: Path, store: Store | None) -> Iterator[Point]:
    days = sorted(path.name for path in (folder / "snapshots").glob("????-??-??"))
    if not days:
        yield Point("watch", "doctor.scored.none", {})
    elif store is not None and days[-1] < str(store.last_day):
        yield Point("watch", "doctor.scored.watch", {"day": days[-1], "last": str(store.last_day)})
    else:
        yield Point("well", "doctor.scored", {"day": days[-1]})


def _ledger(shop: Shop, home: Home) -> Iterator[Point]:
    if shop.ledger is None and not home.ledger(shop.name).exists():
        yield Point("watch", "doctor.ledger.none", {})
        return
    ledger = open_ledger(home.ledger(shop.name), shop.ledger)
    try:
        ledger.migrate()
        faults = audited(shop, ledger)
        if faults:
            yield Point(
                "bad",
                "doctor.ledger.bad",
                {"why": ", ".join(sorted({fault.rule for fault in faults}))},
            )
        else:
            yield Point("well", "doctor.ledger", {"version": ledger.version()})
        alarms = list_alarms(ledger)
    except WinbackError as error:
        yield Point("bad", "doctor.ledger.bad", {}, error)
        return
    yield (
        Point("watch", "doctor.alarms.watch", {"count": len(alarms)})
        if alarms
        else Point("well", "doctor.alarms", {})
    )


def _private(folder: Path) -> Iterator[Point]:
    secret = [folder / name for name in ("ledger.db", "vault.key", "pseudonym.key")]
    open_ones = [path for path in secret if path.exists() and path.stat().st_mode & 0o077]
    for path in open_ones:
        yield Point("bad", "doctor.private.bad", {"file": str(path)})
    if not open_ones:
        yield Point("well", "doctor.private", {})


def _settings(shop: Shop, store: Store | None) -> Iterator[Point]:
    try:
        plays = [play for play in book_of(shop).plays if play.weekly and not play.service]
        share = min((play.holdout_share for play in plays), default=0.0)
        share = share if shop.waves.holdout_share is None else shop.waves.holdout_share
        held = share > 0 or shop.waves.every_holdout_share > 0
        key = "doctor.holdout" if held else "doctor.holdout.bad"
        yield Point("well" if held else "bad", key, {"share": f"{share:.0%}"} if held else {})
    except WinbackError as error:
        yield Point("bad", "doctor.model.bad", {}, error)
    if store is not None:
        costs = store.connect().execute("select count(unit_cost_cents) from order_lines").fetchone()
        known = shop.measurement.margin_share is not None or bool(costs and costs[0])
        yield (
            Point("well", "doctor.margin", {})
            if known
            else Point("watch", "doctor.margin.watch", {})
        )
    has = shop.contacts is not None
    yield (
        Point("well", "doctor.contacts", {}) if has else Point("watch", "doctor.contacts.watch", {})
    )
    wecom = shop.channels.get("wecom")
    told = shop.alarms is not None or (isinstance(wecom, WeComSettings) and wecom.robot is not None)
    yield Point("well", "doctor.told", {}) if told else Point("watch", "doctor.told.watch", {})
