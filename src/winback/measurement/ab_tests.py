"""Tests of content, time, channel and offer (B94): which variant of a play is best, what guards
against it, and when to say so.

Each variant stands against the first. What would make a winner a loss stands beside it: who
unsubscribes, who complains, and coupons used by people who would have bought without.
"""

from collections.abc import Mapping
from dataclasses import asdict
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.data.store import Store, literal
from winback.experiments.power import Arms, detectable
from winback.ledger.engine import Ledger
from winback.ledger.experiment_data import decided_tests, left_since
from winback.measurement.effect import Interval, Units, share_effect
from winback.measurement.outcomes import Rows
from winback.measurement.sequential import always_valid
from winback.measurement.verdict import holm, judged
from winback.playbooks.playbook import Play, Playbook

_MOST_CUSTOMERS = 10_000_000
_ASKED = 10_000
_USUAL_RETURN = 0.15  # where nothing foretells it


def tests_told(book: Playbook, store: Store, ledger: Ledger, rows: Rows) -> list[dict[str, Any]]:
    """Every test of a playbook: its variants, what can be said, and what it still needs."""
    decided, left = decided_tests(ledger), left_since(ledger, sorted(set(map(str, rows.wave))))
    return [
        _test(book, play, store, rows, decided, left)
        for play in book.plays
        if play.test is not None
    ]


def _test(
    book: Playbook, play: Play, store: Store, rows: Rows, decided: Mapping[str, str], left: set[str]
) -> dict[str, Any]:
    assert play.test is not None
    name, names = (
        f"{book.name}/{play.name}/{play.test.name}",
        [variant.name for variant in play.test.variants],
    )
    drawn = rows.where((rows.play == play.name) & np.isin(rows.variant, names) & rows.treated)
    now = drawn.where(drawn.fresh & (drawn.days_known >= drawn.success_days))
    needed = _needed(_base(drawn), play.test.worth_points, len(names))
    if play.test.method == "fixed":  # read once: whoever comes later changes nothing
        now = now.where(np.arange(len(now.wave)) < needed)
    told: dict[str, Any] = {
        "test": name,
        "play": play.name,
        "method": play.test.method,
        "drawn": len(drawn.wave),
        "compared": len(now.wave),
        "needed": needed,
        "weeks_to_go": _weeks(drawn, now, needed),
        "decided": decided.get(name),
        "variants": [
            {"name": each, "customers": int((now.variant == each).sum())} for each in names
        ],
    }
    if play.test.method == "fixed" and len(now.wave) < needed:
        return told | {"status": "running"}
    control = rows.where(
        (rows.play == play.name)
        & ~rows.treated
        & rows.fresh
        & (rows.days_known >= rows.success_days)
    )
    complained, used = _events(store, now, "complaint_opened"), _events(store, now, "coupon_use")
    gone = np.array([str(customer) in left for customer in now.customer], dtype=bool)
    held = float(control.returned.mean()) if len(control.wave) else None
    found: dict[str, Interval] = {}
    for row in told["variants"]:
        mine = now.variant == row["name"]
        row |= {
            "returned_share": float(now.returned[mine].mean()) if mine.any() else None,
            "unsubscribed": int(gone[mine].sum()),
            "complained": int(complained[mine].sum()),
            "coupons_used": int(used[mine].sum()),
            "wasted_coupons": _wasted(now.returned[mine], used[mine], held),
        }
        if row["name"] == names[0]:
            continue
        both = mine | (now.variant == names[0])
        pair = now.where(both)
        effect = share_effect(_against(pair, row["name"]), pair.returned)
        if effect is None:
            continue
        difference = effect.difference
        if play.test.method == "always_valid":
            difference = always_valid(difference, len(np.unique(pair.units.household)), needed)
        found[row["name"]] = difference
        guards = _guards(
            pair, row["name"], {"unsubscribed": gone[both], "complained": complained[both]}, needed
        )
        row |= {"difference": asdict(difference), "guards": guards}
    chances = holm({variant: difference.p for variant, difference in found.items()})
    for row in told["variants"]:
        if row["name"] in found:
            said = judged(found[row["name"]], 1, play.test.worth_points).verdict
            sure = chances[row["name"]] < 0.05
            row |= {
                "p": chances[row["name"]],
                "said": said if said == "too_small" or sure else "cannot_tell",
            }
    return told | {"status": "read" if found else "running"}


def _base(drawn: Rows) -> float:
    """The share that would come back anyway, foretold for the first wave on test: what is needed
    is fixed before it is read."""
    if not len(drawn.wave):
        return _USUAL_RETURN
    foretold = drawn.units.before[drawn.wave == drawn.wave[0], 0]
    known = foretold[~np.isnan(foretold)]
    return float(np.clip(known.mean(), 0.02, 0.98)) if len(known) else _USUAL_RETURN


def _against(pair: Rows, name: str) -> Units:
    """Two variants as two arms of equal chance."""
    return Units(
        pair.variant == name, pair.units.household, np.full(len(pair.wave), 0.5), pair.units.before
    )


def _needed(base: float, worth: float, variants: int) -> int:
    """Customers until a difference that matters would show four times of five, in all variants
    together."""
    low, high = 2, _MOST_CUSTOMERS
    while high - low > 1:
        middle = (low + high) // 2
        found = detectable(Arms(middle, middle, base))
        low, high = (low, middle) if found is not None and found <= worth else (middle, high)
    return high * variants


def _weeks(drawn: Rows, now: Rows, needed: int) -> int | None:
    """How many more weeks like those so far a test needs; None where nobody was drawn yet."""
    waves = len(np.unique(drawn.wave)) if len(drawn.wave) else 0
    if not waves:
        return None
    return max(0, ceil((needed - len(now.wave)) / (len(drawn.wave) / waves)))


def _events(store: Store, rows: Rows, kind: str) -> NDArray[np.bool_]:
    """Whether each customer had an event within their success window."""
    con, moments = store.connect(), dict[str, list[float]]()
    names = sorted(set(map(str, rows.customer)))
    for start in range(0, len(names), _ASKED):
        listed = ", ".join(map(literal, names[start : start + _ASKED]))
        happened = con.execute(
            f"select customer_id, epoch(occurred_at) from events where kind = ? and customer_id "
            f"in ({listed})",
            [kind],
        ).fetchall()
        for customer, moment in happened:
            moments.setdefault(customer, []).append(moment)
    return np.array(
        [
            any(0 <= (moment - began) / 86_400 < days for moment in moments.get(str(customer), ()))
            for customer, began, days in zip(
                rows.customer, rows.began, rows.success_days, strict=True
            )
        ],
        dtype=bool,
    )


def _wasted(returned: NDArray[np.bool_], used: NDArray[np.bool_], held: float | None) -> int | None:
    """Coupons used by people who would have bought: at most as many as used one and came back no
    more than the held out did."""
    if held is None or not len(returned):
        return None
    because = max(float(returned.mean()) - held, 0.0) * len(returned)
    return round(max(int((used & returned).sum()) - because, 0))


def _guards(pair: Rows, name: str, bad: Mapping[str, NDArray[np.bool_]], planned: int) -> list[str]:
    """What a variant does more harm by, for sure: looked at every week, and all of it together."""
    found: dict[str, Interval] = {}
    for what, happened in bad.items():
        effect = share_effect(_against(pair, name), happened)
        if effect is not None and happened.any():
            found[what] = always_valid(
                effect.difference, len(np.unique(pair.units.household)), planned
            )
    chances = holm({what: difference.p for what, difference in found.items()})
    return [
        what for what, difference in found.items() if difference.value > 0 and chances[what] < 0.05
    ]
