"""The model on the page: its figures against the baselines', whether its chances are honest, its
age, and its versions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from winback.dashboard.context import Desk, read_json
from winback.ledger.alarms import list_alarms
from winback.model.versions import listed

FIGURES = ("auc", "log_loss", "brier", "ece", "accuracy")


def model(desk: Desk) -> dict[str, Any]:
    """What the page of the model shows; champion None before the first training, and where it is
    damaged."""
    found = listed(desk.models)
    champion = next((each for each in found if each["champion"]), None)
    told: dict[str, Any] = {
        "versions": found,
        "champion": champion,
        "refused": sorted(desk.live.refused.items()),
        "alarms": list_alarms(desk.ledger),
        "look": read_json(desk.folder / "reports" / "look" / "daily.json"),
    }
    if champion is None or champion["damaged"]:
        return {**told, "champion": None, "damaged": champion is not None}
    folder = desk.models / champion["version"]
    manifest = read_json(folder / "manifest.json")
    until = manifest.get("window", {}).get("outcomes_until")
    age = (desk.now().date() - date.fromisoformat(until)).days if until else None
    return {
        **told,
        "damaged": False,
        "manifest": manifest,
        "baselines": _baselines(manifest),
        "age_days": age,
        "until": until,
        "is_old": age is not None and age > desk.shop.service.model_stale_days,
        "calibration": read_json(folder / "run.json").get("calibration", []),
    }


def _baselines(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The model's figures and each baseline's, on the same customers; best first by how much
    each chance costs."""
    rows = [
        {"name": "winback", "ours": True, **_figures(manifest.get("metrics", {}).get("all", {}))}
    ]
    for name, metrics in manifest.get("baselines", {}).items():
        figures = metrics.get("all", metrics) if isinstance(metrics, Mapping) else {}
        rows.append({"name": name, "ours": False, **_figures(figures)})
    return sorted(
        rows, key=lambda each: (each["log_loss"] is None, each["log_loss"] or 0.0, each["name"])
    )


def _figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name: metrics.get(name) for name in FIGURES}
