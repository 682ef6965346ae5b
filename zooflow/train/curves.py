"""Pictures: of the course of a run, and of what a rising learning rate does."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .find_rate import Rates
from .records import losses, rows

if TYPE_CHECKING:  # imported where something is drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, Color Universal Design, 2002: told apart by colour-blind people, too.
BLUE, ORANGE, BAND = "#0072b2", "#d55e00", "#f0f0f0"
SIDES = 7, 5  # inches
WIDTH = 6.2  # inches that the epochs share
LETTER, LINE = 0.075, 0.15  # inches: a letter's width and a line's height in a phase's name
SPAN = 0.1  # epochs over which the training loss is smoothed
POINTS = 2000  # most that are drawn of it


def draw_curves(run: Path, phases: Sequence[str]) -> None:
    """Draw curves.png of a run.

    Args:
        run: its folder.
        phases: what learns in each.
    """
    _save(curves(run, phases), run / "curves.png")


def curves(run: Path, phases: Sequence[str]) -> "Figure":
    """Draw loss and accuracy from the metrics.jsonl and losses.jsonl of a run.

    Args:
        run: its folder.
        phases: what learns in each.
    """
    metrics, means = rows(run, "metrics"), rows(run, "losses")
    figure = _figure()
    loss, accuracy = figure.subplots(2, sharex=True)
    ends = np.arange(1, len(metrics) + 1)
    best = max(metrics, key=lambda row: (row["val_accuracy"], -row["val_loss"]))
    at = metrics.index(best)
    for steps, smoothed in _smoothed(metrics, means):
        loss.plot(steps, smoothed, "-" if len(steps) > 1 else ".", color=BLUE, linewidth=1)
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        told = [row[f"val_{name}"] for row in metrics]
        axes.plot(ends, told, "o--", color=ORANGE, markersize=3, label="validation")
        axes.plot(
            ends[at], told[at], "*", color=ORANGE, markersize=14, markeredgecolor="black",
            zorder=3,
            clip_on=False,
            label="best epoch",
        )  # fmt: skip
        axes.set_ylabel(name)
        axes.grid(axis="y", alpha=0.4)
    accuracy.plot(
        ends, [row["accuracy"] for row in metrics], "s-", color=BLUE, markersize=3, label="training"
    )
    accuracy.set_xlabel("epoch")
    accuracy.set_xlim(0, len(metrics) * 1.01)
    accuracy.xaxis.get_major_locator().set_params(integer=True)
    loss.set_ylim(bottom=0)
    figure.suptitle(
        f"best: epoch {best['epoch']} of phase {best['phase']}, "
        f"validation accuracy {best['val_accuracy']:.4f}",
        fontsize=10,
    )
    _mark_phases(loss, accuracy, [row["phase"] for row in metrics], phases)
    handles, labels = accuracy.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def draw_rates(found: Rates, path: Path) -> None:
    """Draw the loss over the learning rates that were tried.

    Args:
        found: what was found.
        path: of the PNG file.
    """
    figure = _figure()
    axes = figure.subplots()
    axes.plot(found.rates, found.losses, color=BLUE)
    axes.axvline(found.suggestion, color=ORANGE, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss, smoothed")
    axes.set_title(f"suggestion: {found.suggestion:.1e}", fontsize=10)
    axes.grid(alpha=0.4)
    _save(figure, path)


def _figure() -> "Figure":
    """Give an empty picture."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its fonts
    from matplotlib.figure import Figure

    return Figure(figsize=SIDES, dpi=150, layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    figure.savefig(path, format="png", pil_kwargs={"optimize": True})


def _smoothed(
    metrics: list[dict[str, Any]], means: list[list[list[float]]]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give for each phase the epochs that were done, and the loss, after its steps."""
    every = sum(map(len, means)) // POINTS + 1
    for phase in dict.fromkeys(row["phase"] for row in metrics):
        moments, smoothed = [], []
        total = weight = last = 0.0
        for epoch, row in enumerate(metrics):
            for step, loss in losses(means[epoch]) if row["phase"] == phase else ():
                moment = epoch + step / means[epoch][-1][0]
                kept = np.exp((last - moment) / SPAN)
                total, weight, last = total * kept + loss, weight * kept + 1, moment
                moments.append(moment)
                smoothed.append(total / weight)
        yield np.array(moments[::-every][::-1]), np.array(smoothed[::-every][::-1])


def _mark_phases(top: "Axes", low: "Axes", numbers: list[int], phases: Sequence[str]) -> None:
    """Shade every other phase, and write their names above, upright where they have no room."""
    middles, names, widths = [], [], []
    for number in dict.fromkeys(numbers):
        first = numbers.index(number)
        end = first + numbers.count(number)
        if number % 2 == 0:
            for axes in (top, low):
                axes.axvspan(first, end, color=BAND, zorder=0)
        middles.append((first + end) / 2)
        names.append(phases[number - 1])
        widths.append((end - first) / len(numbers) * WIDTH)
    upright = any(LETTER * len(name) > width for name, width in zip(names, widths, strict=True))
    if upright:
        names = _with_room(names, middles, len(numbers) * LINE / WIDTH)
    names_axis = top.secondary_xaxis("top")
    names_axis.set_xticks(middles, names, fontsize=8, rotation=90 if upright else 0)
    names_axis.tick_params(length=0)


def _with_room(names: list[str], middles: list[float], apart: float) -> list[str]:
    """Leave out the names that would stand closer than that to the one before."""
    told, last = [], -np.inf
    for name, middle in zip(names, middles, strict=True):
        told.append(name if middle - last >= apart else "")
        last = middle if told[-1] else last
    return told
