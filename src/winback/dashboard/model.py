"""The model on the page: its figures against the baselines', whether its chances are honest, its
age, and its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from winback.dashboard.context import DashboardContext, read_json
from winback.dashboard.page import Page, PageRouter
from winback.i18n.translate import Language
from winback.ledger.alerts import list_alerts
from winback.model.versions import list_versions
from winback.monitoring.alert_text import RULES, format_alert
from winback.workflows.jobs import PromoteModel, RollBackModel, RunDailyCheck

FIGURES = ("auc", "log_loss", "brier", "ece", "accuracy")


@dataclass(frozen=True)
class BaselineFigures:
    """The figures of the model or of a baseline; None where it was not measured."""

    name: str
    ours: bool
    auc: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    accuracy: float | None


pages = PageRouter()


@pages.page("/model")
def show_model(page: Page) -> Response:
    """The model, its versions, and what the last check found."""
    values = build_model_page(page.context, page.language)
    return page.render("model", **values, rules=RULES, figures=FIGURES)


@pages.action("/model/look")
def run_checks(page: Page) -> Response:
    """Check data, model and waves."""
    return page.run_job(RunDailyCheck(), "/model")


@pages.action("/model/promote", "admin")
def promote_model(page: Page) -> Response:
    """Let a version score from now on."""
    version = page.read_field("version", 16)
    if not version.isalnum():
        raise HTTPException(404)
    return page.run_job(PromoteModel(version), "/model", version=version)


@pages.action("/model/rollback", "admin")
def roll_back_model(page: Page) -> Response:
    """Let the model score that scored before."""
    return page.run_job(RollBackModel(), "/model")


def build_model_page(context: DashboardContext, language: Language) -> dict[str, object]:
    """What the page of the model shows; champion None before the first training, and where it is
    damaged."""
    versions = list_versions(context.models)
    champion = next((each for each in versions if each["champion"]), None)
    page = {
        "versions": versions,
        "champion": champion,
        "refused": sorted(context.live.refused.items()),
        "alerts": [(each, format_alert(each, language)) for each in list_alerts(context.ledger)],
        "look": read_json(context.folder / "reports" / "look" / "daily.json"),
    }
    if champion is None or champion["damaged"]:
        return {**page, "champion": None, "damaged": champion is not None}
    return {**page, "damaged": False, **_describe_champion(context, champion["version"])}


def _describe_champion(context: DashboardContext, version: str) -> dict[str, object]:
    folder = context.models / version
    manifest = read_json(folder / "manifest.json")
    until = manifest.get("window", {}).get("outcomes_until")
    age = (context.now().date() - date.fromisoformat(until)).days if until else None
    return {
        "manifest": manifest,
        "baselines": _compare_baselines(manifest),
        "age_days": age,
        "until": until,
        "is_old": age is not None and age > context.shop.service.model_stale_days,
        "calibration": read_json(folder / "run.json").get("calibration", []),
    }


def _compare_baselines(manifest: Mapping[str, Any]) -> list[BaselineFigures]:
    """The model's figures and each baseline's, on the same customers; best first by how much
    each chance costs."""
    rows = [
        BaselineFigures(
            "winback", True, **_pick_figures(manifest.get("metrics", {}).get("all", {}))
        )
    ]
    for name, metrics in manifest.get("baselines", {}).items():
        figures = metrics.get("all", metrics) if isinstance(metrics, Mapping) else {}
        rows.append(BaselineFigures(name, False, **_pick_figures(figures)))
    return sorted(rows, key=lambda each: (each.log_loss is None, each.log_loss or 0.0, each.name))


def _pick_figures(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: metrics.get(name) for name in FIGURES}
