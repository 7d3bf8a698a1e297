"""Exports of a made shop, written at random as shops write them, through the whole front door: what
is imported is what is true, or else it was asked, refused, or said."""

import functools
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from tests.conftest import NOW
from tests.data.ingest.export_words import LANGUAGES
from tests.data.ingest.made_shop import Truth
from tests.data.ingest.random_exports import (
    DATES,
    JUNK,
    LAYOUTS,
    NEGATIVES,
    NOT_YET,
    NUMBERS,
    PEOPLE,
    REFUNDS,
    STYLES,
    WRAPPERS,
    Export,
    draw_plan,
    write_export,
)
from tests.data.ingest.strangers import read_in_this_process
from winback.config import shop as shop_settings
from winback.config.shop import load_shop
from winback.core import errors
from winback.core.paths import DataPaths
from winback.data.ingest.detection import recognise_export
from winback.data.ingest.pipeline import import_shop
from winback.data.store import Manifest, open_store
from winback.i18n.error_text import format_error
from winback.workflows.new_shop import NewShop, NewShopFile, import_new_shop

# The JSON reader leaves its file to the end of the process apart that it runs in.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
# Exports in all (a soak's as well), in one test of `make test-full`, and in the only one of
# `make test`.
ALL, EACH, EVERY_DAY = 2000 if os.environ.get("WINBACK_SOAK") else 320, 40, 4
SEEDS = [
    range(EVERY_DAY),
    range(EVERY_DAY, EACH),
    *(range(at, at + EACH) for at in range(EACH, ALL, EACH)),
]
LEAST_RIGHT, MOST_QUESTIONS = 0.85, 5  # share of each test's; questions of one export
KINDS = ("right", "told", "refused", "silent")
SIMPLE, PLAIN_CHOICES = (
    7,
    {"wrapper": "csv", "layout": "orders", "refunds": "none", "people": "id", "encoding": "utf-8"},
)
CHOICES = {
    "language": ("en", *LANGUAGES), "layout": LAYOUTS, "people": PEOPLE, "refunds": REFUNDS, "dates": DATES,
    "numbers": NUMBERS, "negative": NEGATIVES, "wrapper": WRAPPERS, "junk": JUNK, "style": STYLES,
    "guests": ("guest_blank", "guest_zero"),
}  # fmt: skip
# The remarks on rows, and on one of these columns, that say a number may not be right.
TOLD_BY = {
    "orders": ("no_order_numbers",),
    "customers": ("one_customer", "shared_phones", "customer_id"),
    "paid_minor": ("no_amounts", "equal_amounts", "amounts_are_numbers", "last_is_sum", "amount"),
    "refunded_minor": ("no_amounts", "whole_refunds", "refund_amount"),
}
_COUNTED = """
with counting as (
  from read_parquet('{folder}/orders/*.parquet')
  where not (gift or wholesale or brushing or deposit)
)
select count(*), count(distinct customer_id), coalesce(sum(amount_minor), 0),
  (select coalesce(sum(amount_minor), 0) from read_parquet('{folder}/refunds/*.parquet')),
  min(local_day), max(local_day), sum(units)
from counting
"""


@dataclass(frozen=True)
class Verdict:
    """What came of an export. kind: right, told, refused or silent; asked: the keys of the
    questions that were answered; detail: what differs, or what was said."""

    seed: int
    kind: str
    asked: tuple[str, ...]
    detail: str


def judge(seed: int, folder: Path, **only: Any) -> Verdict:
    """Import the export of a seed as a person would who answers what is asked, and nothing else.

    right: what was imported is what is true. refused: a sentence says why there is no import.
    told: no more was imported than is true, and no more is missing than the rows in quarantine can
    hold; or a remark names the column of every number that differs. silent: anything else.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    export = write_export(seed, folder, only)
    asked: list[str] = []
    try:
        described = _describe(export, folder / "home", asked)
        manifest, found = _import(described, folder / "home")
    except errors.WinbackError as refusal:
        sentence = format_error(refusal, "en")
        return Verdict(seed, "refused", tuple(asked), f"{type(refusal).__name__}: {sentence}")
    differing = _compare(export, found)
    currency = load_shop(Path(described["shop_file"])).currency
    if currency != export.plan.currency:
        differing["currency"] = (export.plan.currency, currency)
    if not differing:
        return Verdict(seed, "right", tuple(asked), "")
    remarks = _list_remarks(described, manifest)
    is_told = _is_told(export, found, manifest.quarantined, remarks, set(differing))
    detail = ", ".join(f"{name}: {right} → {came}" for name, (right, came) in differing.items())
    detail += f"; quarantined {manifest.quarantined}, left out {manifest.left_out}"
    return Verdict(seed, "told" if is_told else "silent", tuple(asked), detail)


def _describe(export: Export, home: Path, asked: list[str]) -> NewShopFile:
    """Describe the shop as `winback import` does; answer what is asked with the truth."""
    given = ["timezone", "currency"] if export.plan.is_told else []
    while True:
        answers = [f"{key}={export.answers.get(key, '')}" for key in (*given, *asked)]
        try:
            return import_new_shop(
                NewShop(export.paths, "shop", None, answers), DataPaths(home), NOW, "en", None, None
            )
        except (errors.AnswerNeeded, errors.FileNotUtf8, errors.FileNotText) as needed:
            # Of an encoding somebody at a terminal is asked; without one the refusal names it.
            key = str(needed.values.get("key", "encoding"))
            if key in (*given, *asked):
                raise
            asked.append(key)


def _import(described: NewShopFile, home: Path) -> tuple[Manifest, Truth]:
    folder = DataPaths(home).get_shop_folder("shop")
    manifest = import_shop(load_shop(Path(described["shop_file"])), folder, NOW)
    rows = duckdb.execute(_COUNTED.format(folder=open_store(folder).folder)).fetchall()
    return manifest, Truth(*rows[0])


def _compare(export: Export, found: Truth) -> dict[str, tuple[Any, Any]]:
    """(what is right, what came) of each number that differs from the truth that comes nearest."""
    differences = [
        {
            name: (getattr(truth, name), came)
            for name, came in vars(found).items()
            if came != getattr(truth, name) and not (name == "units" and truth.units is None)
        }
        for truth in export.truths
    ]
    return min(differences, key=len)


def _is_told(
    export: Export,
    found: Truth,
    quarantined: Mapping[str, int],
    remarks: Sequence[str],
    differing: set[str],
) -> bool:
    """Whether what differs was said: as in `judge`."""
    truth = export.truths[0]
    kept_apart = sum(many for reason, many in quarantined.items() if reason != "broken_row")
    dearest = max(order.total_minor for order in export.shop.orders)
    if (
        0 <= truth.orders - found.orders <= kept_apart
        and 0 <= truth.paid_minor - found.paid_minor <= kept_apart * dearest
        and kept_apart
        and "currency" not in differing
    ):
        return True
    said, columns = " ".join(remarks), export.sheets[0].columns
    return all(
        any(f"'{columns.get(each, each)}'" in said for each in TOLD_BY.get(name, ()))
        for name in differing
    )


def _list_remarks(described: NewShopFile, manifest: Manifest) -> list[str]:
    """The remarks on columns, and the keys of those on rows."""
    return [*described["column_remarks"], *(f"'{each['key']}'" for each in manifest.remarks)]


def _recognise_once() -> Callable[..., Any]:
    """Recognition that remembers: an answered question asks for the same files again."""
    known: dict[str, Any] = {}

    def recognise(paths: Sequence[Path], *how: Any) -> Any:
        key = repr(([(path, path.stat().st_mtime_ns) for path in paths], how))
        if key not in known:
            known.clear()
            known[key] = recognise_export(paths, *how)
        return known[key]

    return recognise


@pytest.fixture(autouse=True)
def _in_this_process() -> Iterator[None]:
    zones = functools.cache(shop_settings.available_timezones)
    with (
        read_in_this_process(),
        patch("winback.config.shop.available_timezones", zones),
        patch("winback.workflows.new_shop.recognise_export", _recognise_once()),
    ):
        yield


@pytest.mark.parametrize(
    "seeds",
    [SEEDS[0], *(pytest.param(each, marks=pytest.mark.full) for each in SEEDS[1:])],
    ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}",
)
def test_an_export_of_any_shape_comes_in_as_it_is_or_else_something_is_said(seeds, tmp_path):
    """A wrong number that nobody is told of is acted upon. Refusing everything would be none
    either, so most must come in, and asking everything no help, so few questions are asked."""
    verdicts = [judge(seed, tmp_path / "export") for seed in seeds]
    by_kind = {kind: [each for each in verdicts if each.kind == kind] for kind in KINDS}
    assert not by_kind["silent"], _show(by_kind["silent"])
    assert len(by_kind["right"]) >= LEAST_RIGHT * len(seeds), _show(
        by_kind["told"] + by_kind["refused"]
    )
    many = [each for each in verdicts if len(each.asked) > MOST_QUESTIONS]
    assert not many, _show(many)
    assert sum(len(each.asked) for each in verdicts) <= 2 * len(seeds), _show(verdicts)


def test_a_number_that_differs_and_is_not_said_is_found(tmp_path):
    """A check that finds nothing may look at nothing."""
    export = write_export(SIMPLE, tmp_path, PLAIN_CHOICES)
    fewer = replace(export, truths=[replace(export.truths[0], paid_minor=1, customers=2)])
    with patch(f"{__name__}.write_export", lambda *_: fewer):
        (tmp_path / "again").mkdir()
        verdict = judge(SIMPLE, tmp_path / "again")
    assert verdict.kind == "silent"
    assert verdict.detail.startswith("customers: 2 → ")
    assert "paid_minor: 1 → " in verdict.detail


def test_an_order_in_quarantine_is_said_and_one_that_is_only_gone_is_not(tmp_path):
    """Rows that are kept apart are counted on the page; nothing tells of the others."""
    export = write_export(SIMPLE, tmp_path, PLAIN_CHOICES)
    truth = export.truths[0]
    less = replace(truth, orders=truth.orders - 2, paid_minor=truth.paid_minor - 5)
    assert _is_told(export, less, {"unreadable_time": 2}, [], {"orders"})
    assert not _is_told(export, less, {"unreadable_time": 1}, [], {"orders"})
    assert not _is_told(export, less, {"broken_row": 2}, [], {"orders"})  # a footer, perhaps
    assert not _is_told(export, replace(truth, paid_minor=0), {"bad": 1}, [], {"paid_minor"})
    assert not _is_told(export, replace(truth, orders=truth.orders + 1), {"x": 9}, [], {"orders"})
    remarks = [f"column '{export.sheets[0].columns['customer_id']}' holds names"]
    assert _is_told(export, truth, {}, remarks, {"customers"})
    assert not _is_told(export, truth, {}, remarks, {"customers", "orders"})


def test_a_seed_writes_the_same_files_again_and_every_choice_is_drawn():
    """A failure must come again, and what is never drawn is never tried."""
    plans = [draw_plan(random.Random(seed), seed, {}) for seed in range(ALL)]
    assert plans[:50] == [draw_plan(random.Random(seed), seed, {}) for seed in range(50)]
    for name, choices in CHOICES.items():
        missing = set(choices) - NOT_YET - {getattr(plan, name) for plan in plans}
        assert not missing, (name, missing)


def test_the_same_bytes_come_of_a_seed(tmp_path):
    """So that a failure can be looked at on another day."""
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        write_export(SIMPLE, tmp_path / place, PLAIN_CHOICES)
    one, two = (tmp_path / place / "orders.csv" for place in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def _show(verdicts: Sequence[Verdict]) -> str:
    """Each with what replays it."""
    lines = [
        f"{each.kind}: python -m tests.data.ingest.random_exports {each.seed} FOLDER  asked "
        f"{', '.join(each.asked) or 'nothing'}; {each.detail}"
        for each in verdicts
    ]
    return "\n".join(["", *lines])
