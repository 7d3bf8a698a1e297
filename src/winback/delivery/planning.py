"""A wave's plan: the week's list with its arms drawn, what it can show, what it costs at most, and
what is odd about it.

Planned = excluded before the draw + treatment + holdout. Nothing is sent by a plan; an operator
approves it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq

from winback.config.shop import Shop
from winback.core.cutoff import get_midnight
from winback.core.paths import DataPaths
from winback.data.store import Store, group_person_ids, open_store
from winback.delivery.customer_news import load_facts
from winback.delivery.foresight import foresee, measure_arms, sum_forecast
from winback.delivery.recovery import find_known_of_plan, load_channel_reach
from winback.delivery.sender_state import open_sender_state
from winback.delivery.shop_ledger import open_shop_ledger
from winback.experiments.assignment import Assignment, get_fixed_until, load_assignment
from winback.experiments.order_value import estimate_order_value
from winback.experiments.power import propose_holdout_share
from winback.features.registry import hash_spec
from winback.i18n.translate import Language
from winback.ledger.assignments import PlannedAssignment
from winback.ledger.consents import list_owners, load_consents
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import list_decided_tests
from winback.ledger.list_edits import load_list_edits, mark_taken
from winback.ledger.suppression import ALL
from winback.ledger.wave_plan import (
    ConsentCount,
    PlanWarning,
    PlayCounts,
    StepCount,
    WavePlan,
)
from winback.ledger.waves import insert_wave, list_released, list_waves, load_wave
from winback.model.uplift import load_uplift
from winback.model.versions import load_champion
from winback.playbooks.matching import load_playbook
from winback.playbooks.playbook import Playbook
from winback.recall.decision_context import TestDraw
from winback.recall.exports import publish_lists
from winback.recall.list_capacity import HELD_OUT
from winback.recall.recall_list import ListOptions, RecallList, build_recall_list
from winback.recall.recall_row import RecallRow
from winback.segmentation.thresholds import Thresholds

WAVES_A_QUARTER = 13
FIRST_QUARTER_DAYS = 91
MOST_OVER_FORECAST = 2.0  # times the expected number who fall silent; below half of it is odd, too
FEW = 20  # people: of fewer, twice as many is chance


@dataclass(frozen=True)
class PlanResult:
    """A wave as it was planned; new: whether it was not there before."""

    wave_id: str
    new: bool
    plan: WavePlan
    list_path: str


def build_wave_id(playbook: Playbook, day: date) -> str:
    """`<playbook>-<cycle>`, the cycle being the ISO week of the cut-off in the shop's calendar."""
    year, week, _ = day.isocalendar()
    return f"{playbook.name}-{year}w{week:02}"


def plan_weekly_wave(
    shop: Shop,
    home: DataPaths,
    day: date | None,
    language: Language,
    actor: str,
    now: datetime,
    progress: Callable[[int, int], None],
) -> PlanResult:
    """Draw up a week's wave and its list; a wave that is there stays as it is. Raises what
    `build_recall_list` does."""
    folder = home.get_shop_folder(shop.name)
    ledger = open_shop_ledger(shop, home)
    ledger.migrate()
    # A plan whose list was not published is made good first: the next list would else not know whom
    # it has taken.
    playbook = load_playbook(shop).name
    for wave in reversed(list_waves(ledger)):
        if wave.playbook == playbook and not (folder / "recalls" / str(wave.cutoff)).exists():
            _plan_locked(shop, home, ledger, wave.cutoff, language, actor, now, progress)
    return _plan_locked(shop, home, ledger, day, language, actor, now, progress)


def _plan_locked(
    shop: Shop,
    home: DataPaths,
    ledger: Ledger,
    day: date | None,
    language: Language,
    actor: str,
    now: datetime,
    progress: Callable[[int, int], None],
) -> PlanResult:
    folder, playbook = home.get_shop_folder(shop.name), load_playbook(shop)
    bundle = load_champion(home.get_models_folder(shop.name), hash_spec())
    store = open_store(folder)
    state = open_sender_state(shop.name, home, ledger)
    state.prepare_plan(now)
    arms = load_assignment(shop, playbook, store, ledger, day or store.default_cutoff_day)
    state.sync_draws()
    options = _build_list_options(shop, home, ledger, store, playbook, arms)
    weekly = build_recall_list(shop, store, bundle, folder, day, language, progress, options)
    cutoff = date.fromisoformat(weekly.summary.cutoff)
    owners = list_owners(ledger)
    for row in weekly.rows:
        row.owner = row.owner or owners.get(row.customer_id)
    assigned = _build_assignments([row for row in weekly.rows if row.play is not None], arms, store)
    wave_id, thresholds = build_wave_id(playbook, cutoff), Thresholds.from_dict(bundle.thresholds)
    warnings = _find_warnings(shop, store, folder, weekly, cutoff, thresholds.silence_days)
    warnings += _list_undecided(ledger, playbook, wave_id)
    customers = [each.customer_id for each in assigned]
    reach = load_channel_reach(shop, ledger, folder, store, customers, now)
    new = insert_wave(
        ledger,
        wave_id,
        playbook.name,
        wave_id.rsplit("-", 1)[1],
        cutoff,
        assigned,
        _list_budgets(shop, playbook),
        msgspec.structs.replace(
            _summarize_plan(shop, store, ledger, folder, weekly, assigned, cutoff, arms, warnings),
            playbook_hash=playbook.fingerprint,
            rules_hash=thresholds.fingerprint,
        ),
        actor,
        now,
        store.manifest.version,
        find_known_of_plan(state, reach, cutoff),
        get_fixed_until(shop, cutoff),
    )
    wave = load_wave(ledger, wave_id)
    published = folder / "recalls" / str(wave.cutoff)
    if new or (wave.cutoff == cutoff and not published.exists()):
        version = f"{bundle.version}-{store.manifest.version}"
        publish_lists(folder / "recalls", version, weekly, shop, playbook, thresholds, language)
        mark_taken(ledger, weekly.added, cutoff)
    state.note_seals()
    return PlanResult(wave_id, new, wave.plan, str(published / "list.xlsx"))


def _build_list_options(
    shop: Shop,
    home: DataPaths,
    ledger: Ledger,
    store: Store,
    playbook: Playbook,
    arms: Assignment,
) -> ListOptions:
    """What makes a week's list a wave's: arms, consents, and what operators have decided."""
    return ListOptions(
        arms.list_held_out,
        list_released(ledger),
        TestDraw(arms.get_variant, _find_decided_tests(ledger, playbook)),
        load_uplift(home.get_models_folder(shop.name) / "uplift"),
        load_list_edits(ledger),
        load_consents(ledger, shop.waves.consent, group_person_ids(store)),
    )


def _find_decided_tests(ledger: Ledger, playbook: Playbook) -> dict[str, str]:
    """The variant chosen for each test of the playbook that is over, by play and test."""
    mine = f"{playbook.name}/"
    return {
        test.removeprefix(mine): chosen
        for test, chosen in list_decided_tests(ledger).items()
        if test.startswith(mine)
    }


def _build_assignments(
    rows: Sequence[RecallRow], arms: Assignment, store: Store
) -> list[PlannedAssignment]:
    facts = load_facts(store.connect(), [row.customer_id for row in rows])
    return [_build_assignment(row, arms, str(facts[row.customer_id])) for row in rows]


def _build_assignment(row: RecallRow, arms: Assignment, facts: str) -> PlannedAssignment:
    household = arms.get_household(row.customer_id)
    about: dict[str, Any] = {**_describe_customer(row, household), "facts": facts}
    if row.service:  # it repairs something: everybody gets it at once, and nothing is measured
        return PlannedAssignment(arm="excluded", why="service", **about)
    if row.what != "contact" and row.why_not != HELD_OUT:
        return PlannedAssignment(arm="excluded", why=row.why_not, **about)
    drawn = arms.draw(row.play or "", household)
    about |= {"holdout_chance": drawn.holdout_chance, "drawn_by": drawn.play}
    if row.what == "contact":
        return PlannedAssignment(arm="treatment", steps=row.steps, variant=row.variant, **about)
    return PlannedAssignment(arm="holdout", **about)


def _describe_customer(row: RecallRow, household: str) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "household": household,
        "segment": row.segment,
        "play": row.play,
        "churn_probability": row.churn_probability,
        "value_at_stake_minor": row.value_at_stake_minor,
        "owner": row.owner,
    }


def _list_budgets(shop: Shop, playbook: Playbook) -> dict[str, int]:
    offers = {
        name: offer.budget_minor
        for name, offer in playbook.offers.items()
        if offer.budget_minor is not None
    }
    return offers | (
        {ALL: shop.recall.budget_minor} if shop.recall.budget_minor is not None else {}
    )


def _summarize_plan(
    shop: Shop,
    store: Store,
    ledger: Ledger,
    folder: Path,
    weekly: RecallList,
    assigned: Sequence[PlannedAssignment],
    cutoff: date,
    arms: Assignment,
    warnings: list[PlanWarning],
) -> WavePlan:
    """What an operator approves: counts, cost and what can be shown."""
    treated = [each for each in assigned if each.arm == "treatment"]
    held = [each for each in assigned if each.arm == "holdout"]
    this = measure_arms(treated, held)
    sees = foresee(shop, ledger, weekly, [*treated, *held], folder, cutoff)
    first = min((wave.cutoff for wave in list_waves(ledger)), default=cutoff)
    return WavePlan(
        cutoff=str(cutoff),
        playbook=weekly.playbook.name,
        planned=len(assigned),
        ranked_by=weekly.summary.ranked_by,
        washout_days=shop.waves.washout_days,
        roi_days=shop.measurement.roi_days,
        success_days={
            play.name: play.success_days
            for play in weekly.playbook.plays
            if play.name in {each.play for each in (*treated, *held)}
        },
        order_value=estimate_order_value(
            shop,
            store,
            {each.customer_id for each in (*treated, *held)},
            get_midnight(cutoff, shop.timezone),
        ),
        treatment=len(treated),
        holdout=len(held),
        excluded=len(assigned) - len(treated) - len(held),
        by_why=dict(Counter(each.why for each in assigned if each.why).most_common()),
        by_play=_count_plays((*treated, *held), arms),
        messages=_count_messages(treated),
        without_consent=_count_without_consent(weekly.rows),
        currency=shop.currency,
        cost_first_minor=sum(each.steps[0].cost_minor for each in treated if each.steps),
        cost_most_minor=sum(step.cost_minor for each in treated for step in each.steps),
        returning=round(this.returning, 4),
        outcome_days=weekly.summary.outcome_days,
        worth_points=shop.measurement.worth_points,
        **msgspec.structs.asdict(sees),
        # A shop's first wave is everybody who fell silent so far, and does not come again each
        # week.
        proposed_share=propose_holdout_share(
            len(treated) + len(held),
            this.returning,
            WAVES_A_QUARTER if weekly.summary.since else 1,
            (cutoff - first).days < FIRST_QUARTER_DAYS,
        ),
        warnings=warnings,
    )


def _count_plays(drawn: Sequence[PlannedAssignment], arms: Assignment) -> list[PlayCounts]:
    counts = Counter((str(each.play), each.arm) for each in drawn)
    return [
        PlayCounts(play, counts[play, "treatment"], counts[play, "holdout"], arms.shares[play])
        for play in sorted({play for play, _ in counts})
    ]


def _count_without_consent(rows: Sequence[RecallRow]) -> list[ConsentCount]:
    """By channel who would have got a wave's first message through it, had they agreed."""
    asked, elsewhere = Counter[str](), Counter[str]()
    for row in rows:
        asked.update(row.without_consent)
        elsewhere.update(row.without_consent if row.why_not != "stopped.no_consent" else ())
    return [ConsentCount(each, asked[each], elsewhere[each]) for each in sorted(asked)]


def _count_messages(treated: Sequence[PlannedAssignment]) -> list[StepCount]:
    counts = Counter(
        (number, step.channel)
        for each in treated
        for number, step in enumerate(each.steps, start=1)
    )
    return [StepCount(*step, count) for step, count in sorted(counts.items())]


def _find_warnings(
    shop: Shop, store: Store, folder: Path, weekly: RecallList, cutoff: date, silence_days: float
) -> list[PlanWarning]:
    """What is odd about a wave, so that somebody looks before it goes."""
    asked = [row for row in weekly.rows if row.play is not None and not row.service]
    to_contact = sum(row.what == "contact" for row in asked)
    return [
        *([] if asked else [PlanWarning("nobody", 0, None)]),
        *_compare_with_forecast(folder, weekly, cutoff, silence_days),
        *_compare_with_base(shop, store, to_contact),
    ]


def _compare_with_base(shop: Shop, store: Store, to_contact: int) -> list[PlanWarning]:
    """A warning where much of everybody who ever ordered is contacted at once."""
    counted = store.connect().execute("select count(distinct customer_id) from orders").fetchone()
    base = counted[0] if counted else 0
    is_much = to_contact > shop.waves.most_of_base * base and to_contact >= FEW
    return [PlanWarning("share_of_base", to_contact, base)] if is_much else []


def _compare_with_forecast(
    folder: Path, weekly: RecallList, cutoff: date, silence_days: float
) -> list[PlanWarning]:
    """A warning where far more or fewer became dormant than the last snapshot forecast.

    Not than last week: ninety days after a sale thousands become dormant on one day, and that is no
    error.
    """
    snapshots, since = folder / "snapshots", weekly.summary.since
    expected = sum_forecast(snapshots, since, cutoff) if since else None
    if since is None or expected is None:
        return []
    days = (cutoff - date.fromisoformat(since)).days
    dormant = _count_newly_dormant(snapshots / str(cutoff), silence_days, days)
    is_odd = not (expected / MOST_OVER_FORECAST <= dormant <= expected * MOST_OVER_FORECAST)
    if max(dormant, expected) < FEW or not is_odd:
        return []
    return [PlanWarning("forecast", dormant, round(expected, 1))]


def _list_undecided(ledger: Ledger, playbook: Playbook, wave_id: str) -> list[PlanWarning]:
    """Customers of earlier waves nobody has decided about: they are on no later list until
    somebody does."""
    waiting = [
        wave
        for wave in list_waves(ledger)
        if wave.playbook == playbook.name and wave.wave_id != wave_id and wave.state == "planned"
    ]
    customers = sum(wave.plan.treatment for wave in waiting)
    names = ", ".join(wave.wave_id for wave in waiting)
    return [PlanWarning("undecided", customers, names)] if waiting else []


def _count_newly_dormant(snapshot: Path, silence_days: float, within_days: int) -> int:
    """How many fell silent in the last so many days, as the calendar counts."""
    days = (
        pq.read_table(snapshot / "features.parquet", columns=["days_since_last_order"])
        .column(0)
        .to_numpy()
    )
    return int(np.count_nonzero((days > silence_days) & (days <= silence_days + within_days)))
