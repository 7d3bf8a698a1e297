"""The report: what it says is what was measured, in both languages, on one page that needs nothing else."""

import re
from dataclasses import replace

import numpy as np
import pytest
from train import finish

from winback.config.shop import load_shop
from winback.features.registry import NAMES
from winback.training.pipeline import CutoffDataset, fit_at
from winback.training.report import render_report, write_reports


@pytest.fixture(scope="module")
def made(made_files, made_store, tmp_path_factory):
    """(shop, what was learned, the recipe's roll) of the made shop."""
    shop = load_shop(made_files)
    roll = fit_at(CutoffDataset(shop, made_store, 7))
    return shop, finish(roll, shop, made_store, tmp_path_factory.mktemp("models"), 7), roll


@pytest.fixture(scope="module")
def pages(made, tmp_path_factory):
    shop, learned, roll = made
    folder = tmp_path_factory.mktemp("reports")
    written = write_reports(folder, shop, learned, [roll, roll], 7)
    return {language: path.read_text(encoding="utf-8") for language, path in written.items()}


@pytest.mark.full
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_but_itself(pages, language):
    """It is opened from a mail or a stick; a script or a font from elsewhere would be missing, or tell on the reader."""
    text = pages[language]
    assert not re.findall(r"<script|<link|<img|src=|@import|javascript:", text)
    assert {url.split("/")[2] for url in re.findall(r'https?://[^"\'< ]+', text)} <= {"www.w3.org"}
    assert text.count("<svg") == text.count("</svg>") == 5


@pytest.mark.full
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_way_of_ranking_is_shown_with_the_figures_of_the_manifest(pages, made, language):
    _, learned, _ = made
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", pages[language], re.DOTALL)
    for name, figures in learned.figures.items():
        own = [
            row
            for row in rows
            if f"{figures['all']['auc']:.3f}" in row and f"{figures['all']['log_loss']:.3f}" in row
        ]
        assert own, name


@pytest.mark.full
def test_the_languages_tell_the_same_numbers(pages):
    numbers = [
        sorted(re.findall(r"[0-9]+[.][0-9]{3}", pages[language].split("<svg")[0]))
        for language in ("zh", "en")
    ]
    assert numbers[0] == numbers[1]
    assert "流失模型可信吗" in pages["zh"]
    assert "can the churn model be believed" in pages["en"]


@pytest.mark.full
def test_the_verdict_has_three_sentences_and_owns_up_when_a_rule_is_better(made):
    """The worst thing a report can do is to praise."""
    shop, learned, _ = made
    worse = {
        name: replace(lead, value=-0.1, low=-0.12, high=-0.08)
        for name, lead in learned.ahead.items()
    }
    text = render_report(shop, replace(learned, ahead=worse), [], "en")
    verdict = re.findall(r"<li>(.*?)</li>", text.split("</ol>")[0], re.DOTALL)
    assert len(verdict) == 3
    assert "does better" in verdict[0]
    assert "Trust that order more" in verdict[0]


@pytest.mark.full
def test_the_claim_of_22_percent_is_tested_against_a_rule_and_against_a_fitted_one(made, pages):
    """The source claims it; the report says what came of it."""
    _, learned, _ = made
    own, fitted_rfm = (
        learned.figures[name]["all"]["accuracy"] for name in ("model", "rfm_logistic")
    )
    rule = learned.manifest["rule_accuracy"]
    assert f"{own / rule - 1:+.1%}" in pages["en"]
    assert f"{own / fitted_rfm - 1:+.1%}" in pages["en"]


@pytest.mark.full
def test_what_a_shop_does_not_send_is_named_as_unknown(made):
    shop, learned, _ = made
    rows = learned.test_set.rows.copy()
    rows[
        :,
        [
            NAMES.index(name)
            for name in (
                "views_last_90_days",
                "carts_last_90_days",
                "campaigns_received_last_90_days",
            )
        ],
    ] = np.nan
    bare = replace(
        learned,
        test_set=replace(learned.test_set, rows=rows),
        expected=None,
        manifest={**learned.manifest, "spend": None},
    )
    text = render_report(shop, bare, [], "en")
    assert "there are no amounts" in text
    assert "sends no views" in text
    assert "sends no views" not in render_report(shop, learned, [], "en")


@pytest.mark.full
def test_a_shop_named_like_a_tag_stays_text(made):
    """D9: a name is not ours to trust."""
    shop, learned, _ = made
    text = render_report(
        shop.model_copy(update={"name": "<b>x</b>", "currency": "<i>"}), learned, [], "en"
    )
    assert "<b>x" not in text
    assert "<i>" not in text


@pytest.mark.full
def test_the_same_training_makes_the_same_page(made):
    shop, learned, roll = made
    stability = [{"cutoff": roll.test_set.cutoff.day, "customers": 9, "churn_rate": 0.5, "auc": 0.7, "log_loss": 0.6, "ece": 0.02,
                  "ece_floor": 0.01}]  # fmt: skip
    assert render_report(shop, learned, stability, "zh") == render_report(
        shop, learned, stability, "zh"
    )
