"""Pictures of a report, as SVG that takes its colours from the page."""

import io
import logging
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..judging import reliability
from ..train.curves import BAND, BLUE, ORANGE
from .html import Html
from .judged import Answers

if TYPE_CHECKING:  # imported where something is drawn
    from matplotlib.figure import Figure

INK = "#010203"  # stands for the colour of the page's text
STYLE = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "grid.color"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color", "patch.edgecolor"), INK),
    "text.parse_math": False,  # a label may hold dollars
    "svg.fonttype": "none",
    "svg.image_inline": True,
}
FEW = 12  # labels up to which each cell says its number
SHOWN = 25  # labels that are written beside a matrix, at most
LETTERS = 18  # of a label


def svg(name: str, draw: Callable[[], "Figure"]) -> Html:
    """Draw a picture as an SVG element.

    Args:
        name: other than that of the page's other pictures, and what is read aloud.
        draw: makes it.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its fonts
    import matplotlib as mpl

    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    settings: dict[Any, Any] = STYLE | {"svg.hashsalt": name}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # letters that its own font lacks
        draw().savefig(file, format="svg", transparent=True, metadata=nothing)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    for drawn, shown in ((INK, "currentColor"), ("#000000", "currentColor"), (BAND, "var(--band)")):
        text = text.replace(drawn, shown)
    return Html(text.replace("<svg", f'<svg role="img" aria-label="{name}"', 1))


def figure(width: float, height: float) -> "Figure":
    """Give an empty picture, its sides in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def draw_confusion(answers: Answers, labels: tuple[str, ...]) -> "Figure":
    """Draw which labels are taken for which: each row is a truth, and sums to 1.

    Args:
        answers: what a run said.
        labels: names of the classes.
    """
    count = len(labels)
    matrix = confusion(answers, count)
    parts = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    own = np.eye(count, dtype=bool)
    cells = np.zeros((count, count, 4))
    for where, colour, strength in ((own, BLUE, parts), (~own, ORANGE, np.sqrt(parts))):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        cells[where] = [*channels, 0]
        cells[where, 3] = strength[where] * 0.8
    drawn = figure(7, 6.6 if count > FEW else 1.6 + 0.4 * count)
    axes = drawn.subplots()
    axes.imshow(cells, interpolation="none", aspect="auto")
    told = np.arange(0, count, -(-count // SHOWN))
    names = [f"{label[:LETTERS]}…" if len(label) > LETTERS else label for label in labels]
    axes.set_xticks(told, [names[i] for i in told], rotation=90)
    axes.set_yticks(told, [names[i] for i in told])
    axes.set_xlabel("answered")
    axes.set_ylabel("true")
    if count <= FEW:
        for i, j in np.argwhere(matrix):
            axes.text(j, i, f"{matrix[i, j]:,}", ha="center", va="center", fontsize=9)
    return drawn


def confusion(answers: Answers, count: int) -> np.ndarray:
    """Count examples by their label and by the one that was answered, int (labels, labels)."""
    pairs = answers.truth * count + answers.called
    return np.bincount(pairs, minlength=count**2).reshape(count, count)


def draw_reliability(answers: Answers) -> "Figure":
    """Draw how often a run is right where it is so sure, and how many examples there are of each.

    Args:
        answers: what it said.
    """
    bins = reliability(answers.top, answers.right)
    drawn = figure(7, 4.6)
    above, below = drawn.subplots(2, sharex=True, height_ratios=(3, 1))
    width = 0.9 * (bins[0].high - bins[0].low)
    middles = [(each.low + each.high) / 2 for each in bins]
    above.plot([0, 1], [0, 1], "--", color=INK, alpha=0.6, label="as it should be")
    above.bar(middles, [each.accuracy for each in bins], width, color=BLUE, alpha=0.5)
    above.plot(
        [each.confidence for each in bins],
        [each.accuracy for each in bins],
        "o-",
        color=ORANGE,
        markersize=4,
        label="as it is",
    )
    above.set_ylabel("part that is right")
    above.set_xlim(0, 1)
    above.set_ylim(0, 1)
    above.legend(frameon=False, loc="upper left")
    below.bar(middles, [each.examples for each in bins], width, color=BLUE, alpha=0.5)
    below.set_yscale("log")
    below.yaxis.set_major_formatter("{x:,.0f}")
    below.minorticks_off()
    below.set_ylabel("examples")
    below.set_xlabel("probability of the answer")
    for axes in (above, below):
        axes.grid(axis="y", alpha=0.2)
    return drawn
