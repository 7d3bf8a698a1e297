"""Pictures of a model that a shop owner reads: is what it says true, whom it finds first, and is it
better than a rule.

Figures hold text as text, so a page shows Chinese in the reader's own font. `words`, an argument,
gives each label by its name.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from winback.model.metrics import Interval, compute_reliability

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the backend is chosen: there may be no screen

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = Callable[[str], str]

_OURS, _OTHERS = "#b3541e", "0.55"
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "winback",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.family": ["sans-serif"],
}


def plot_calibration(churned: Flags, chance: Array, words: Words) -> Figure:
    """What was said against what happened, in bins of as many customers each, with the band
    chance alone would leave."""
    bins = compute_reliability(churned, chance)
    predicted, happened, noise = (
        np.array([each[name] for each in bins]) for name in ("said", "happened", "noise")
    )
    figure, axes = _create_figure(5.2, 4.6)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.fill_between(
        predicted, predicted - noise, predicted + noise, color="0.88", label=words("chance_alone")
    )
    axes.plot(predicted, happened, marker="o", color=_OURS, label=words("model"))
    axes.set(xlabel=words("said"), ylabel=words("happened"), xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False)
    return figure


def plot_gain(churned: Flags, chances: Mapping[str, Array], words: Words) -> Figure:
    """How many of all returns lie among the customers most likely to return, by each way of
    ranking; ours is `model`."""
    figure, axes = _create_figure(5.6, 4.6)
    share = np.arange(1, len(churned) + 1) / len(churned)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label=words("random"))
    for name, chance in chances.items():
        _draw_gain(churned, chance, name, share, axes, words)
    axes.set(
        xlabel=words("share_of_customers"),
        ylabel=words("share_of_returns"),
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(frameon=False)
    return figure


def _draw_gain(
    churned: Flags, chance: Array, name: str, share: Array, axes: Axes, words: Words
) -> None:
    share_found = np.cumsum((~churned)[np.argsort(chance, kind="stable")]) / max(
        1, int((~churned).sum())
    )
    own = name == "model"
    # Everyone's curve of a million points would be a picture of ten megabytes.
    some = np.unique(np.linspace(0, len(share) - 1, 200).astype(int))
    axes.plot(
        share[some],
        share_found[some],
        label=words(name),
        linewidth=2.2 if own else 1,
        alpha=1 if own else 0.7,
        color=_OURS if own else None,
    )


def plot_leads(ahead: Mapping[str, Interval], words: Words) -> Figure:
    """By how much the model's AUC is ahead of each other's, with its 95 % interval; left of the
    line it is behind."""
    names = _sort_by_lead(ahead)
    figure, axes = _create_figure(6.4, 0.9 + 0.34 * len(names))
    _draw_leads(axes, [ahead[name] for name in names])
    axes.set(
        yticks=range(len(names)), yticklabels=[words(name) for name in names], xlabel=words("ahead")
    )
    # What is far behind would press all others into one point.
    furthest = max((ahead[name].high for name in names if ahead[name].value < 0.1), default=0.1)
    axes.set_xlim(
        min(-0.005, *(ahead[name].low for name in names)) * 1.2, max(furthest * 1.2, 0.02)
    )
    return figure


def _draw_leads(axes: Axes, leads: Sequence[Interval]) -> None:
    for place, lead in enumerate(leads):
        axes.plot([lead.low, lead.high], [place, place], color=_OURS, linewidth=2)
        axes.plot(lead.value, place, marker="o", color=_OURS)
    axes.axvline(0, color="0.4", linewidth=1)


def _sort_by_lead(ahead: Mapping[str, Interval]) -> list[str]:
    return sorted(
        (name for name in ahead if name not in ("model", "majority")),
        key=lambda name: ahead[name].value,
    )


def plot_stability(days: Sequence[date], aucs: Sequence[float], words: Words) -> Figure:
    """The model's AUC at each of some cut-offs, each by a model that knew only the days before."""
    figure, axes = _create_figure(6.4, 2.6)
    ordered = sorted(zip(days, aucs, strict=True))
    axes.plot(
        [str(day) for day, _ in ordered], [auc for _, auc in ordered], marker="o", color=_OURS
    )
    low, high = min(aucs), max(aucs)
    axes.set(ylabel=words("auc"), ylim=(min(low - 0.02, 0.5), min(high + 0.02, 1.0)))
    axes.tick_params(axis="x", labelrotation=30 if len(days) > 5 else 0)
    return figure


def plot_tenths(expected: Array, spent: Array, words: Words) -> Figure:
    """Expected and actual mean spend of each tenth of customers, ordered by what was expected;
    both in currency units."""
    parts = np.array_split(np.argsort(expected, kind="stable"), 10)
    place = np.arange(len(parts))
    figure, axes = _create_figure(6.4, 3.2)
    for shift, values, colour, label in (
        (-0.2, expected, _OTHERS, "expected"),
        (0.2, spent, _OURS, "actual"),
    ):
        means = [float(values[rows].mean()) if len(rows) else 0.0 for rows in parts]
        axes.bar(place + shift, means, 0.38, color=colour, label=words(label))
    _label_tenths(axes, place, words)
    axes.legend(frameon=False)
    return figure


def _label_tenths(axes: Axes, place: NDArray[np.int64], words: Words) -> None:
    axes.set(
        xticks=place,
        xticklabels=[str(each + 1) for each in place],
        xlabel=words("tenths"),
        ylabel=words("spend"),
    )


def render_svg(figure: Figure) -> str:
    """A figure as an <svg> element; the same figure gives the same text."""
    with io.StringIO() as stream:
        _save_figure(figure, stream, "svg")
        text = stream.getvalue()
    return text[text.index("<svg") :]


def write_png(figure: Figure, path: Path) -> None:
    """A figure as a picture file."""
    with path.open("wb") as stream:
        _save_figure(figure, stream, "png")


def _create_figure(width: float, height: float) -> tuple[Figure, mpl.axes.Axes]:
    with plt.rc_context(_STYLE):
        return plt.subplots(figsize=(width, height), layout="constrained")


def _save_figure(figure: Figure, stream: io.StringIO | io.BufferedWriter, form: str) -> None:
    metadata = (
        dict.fromkeys(("Date", "Creator", "Format", "Type"))
        if form == "svg"
        else {"Software": None}
    )
    with plt.rc_context(_STYLE), warnings.catch_warnings():
        # Chinese is only measured with a font that lacks it; the reader's own font draws it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format=form, dpi=110, metadata=metadata)
    plt.close(figure)
