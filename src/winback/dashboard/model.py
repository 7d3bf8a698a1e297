"""The model on the page: its figures against the baselines', whether its chances are honest, its
age, and its versions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from winback.dashboard.context import DashboardContext, read_json
from winback.ledger.alerts import list_alerts
from winback.model.versions import list_versions

FIGURES = ("auc", "log_loss", "brier", "ece", "accuracy")


def build_model_page(context: DashboardContext) -> dict[str, Any]:
    """What the page of the model shows; champion None before the first training, and where it is
    damaged."""
    versions = list_versions(context.models)
    champion = next((each for each in versions if each["champion"]), None)
    page: dict[str, Any] = {
        "versions": versions,
        "champion": champion,
        "refused": sorted(context.live.refused.items()),
        "alerts": list_alerts(context.ledger),
        "look": read_json(context.folder / "reports" / "look" / "daily.json"),
    }
    if champion is None or champion["damaged"]:
        return {**page, "champion": None, "damaged": champion is not None}
    folder = context.models / champion["version"]
    manifest = read_json(folder / "manifest.json")
    until = manifest.get("window", {}).get("outcomes_until")
    age = (context.now().date() - date.fromisoformat(until)).days if until else None
    return {
        **page,
        "damaged": False,
        "manifest": manifest,
        "baselines": _compare_baselines(manifest),
        "age_days": age,
        "until": until,
        "is_old": age is not None and age > context.shop.service.model_stale_days,
        "calibration": read_json(folder / "run.json").get("calibration", []),
    }


def _compare_baselines(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The model's figures and each baseline's, on the same customers; best first by how much
    each chance costs."""
    rows = [
        {
            "name": "winback",
            "ours": True,
            **_pick_figures(manifest.get("metrics", {}).get("all", {})),
        }
    ]
    for name, metrics in manifest.get("baselines", {}).items():
        figures = metrics.get("all", metrics) if isinstance(metrics, Mapping) else {}
        rows.append({"name": name, "ours": False, **_pick_figures(figures)})
    return sorted(
        rows, key=lambda each: (each["log_loss"] is None, each["log_loss"] or 0.0, each["name"])
    )


def _pick_figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name: metrics.get(name) for name in FIGURES}
