"""Two pictures of a model: is what it says true, and how many returns it finds first."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from winback.model.evaluate import ECE_BINS

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the backend is chosen: there may be no screen

Array = NDArray[np.float64]


def draw(folder: Path, churned: NDArray[np.bool_], chances: dict[str, Array], model: str) -> None:
    """Write calibration.png and gain.png. chances: probability of churn by name, `model` among them."""
    folder.mkdir(parents=True, exist_ok=True)
    _calibration(folder / "calibration.png", churned, chances[model])
    _gain(folder / "gain.png", churned, chances, model)


def _calibration(path: Path, churned: NDArray[np.bool_], chance: Array) -> None:
    bins = [rows for rows in np.array_split(np.argsort(chance, kind="stable"), ECE_BINS) if len(rows)]
    said = np.array([chance[rows].mean() for rows in bins])
    happened = np.array([churned[rows].mean() for rows in bins])
    noise = 1.96 * np.sqrt(said * (1 - said) / np.array([len(rows) for rows in bins]))
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.fill_between(said, said - noise, said + noise, color="0.9", label="chance alone (95 %)")
    axes.plot(said, happened, marker="o", color="#b3541e", label="this model")
    axes.set(xlabel="said: churn probability", ylabel="happened: share that churned", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False)
    _save(figure, path)


def _gain(path: Path, churned: NDArray[np.bool_], chances: dict[str, Array], model: str) -> None:
    figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
    share = np.arange(1, len(churned) + 1) / len(churned)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="at random")
    for name, chance in chances.items():
        if name == "majority":
            continue
        found = np.cumsum((~churned)[np.argsort(chance, kind="stable")]) / max(1, int((~churned).sum()))
        own = name == model
        axes.plot(share, found, label=name, linewidth=2.2 if own else 1, color="#b3541e" if own else None,
                  alpha=1 if own else 0.6)  # fmt: skip
    axes.set(xlabel="share of customers, most likely to return first", ylabel="share of all returns found",
             xlim=(0, 1), ylim=(0, 1))  # fmt: skip
    axes.legend(frameon=False)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
