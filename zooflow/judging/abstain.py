"""Answering only where a model is sure enough to be right as often as is asked."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import BadInput
from .bootstrap import Interval, intervals_of, sums
from .validation import read_validation

DIGITS = 6  # of the probabilities in validation.csv


@dataclass(frozen=True)
class Threshold:
    """From which top probability on an answer counts.

    Args:
        target: precision that was asked for, 0 to 1.
        probability: from which on that was so on validation.
        precision: on validation, of the answers that count.
        counted: validation examples whose answers count,
        examples: of all there were.
    """

    target: float
    probability: float
    precision: float
    counted: int
    examples: int

    def sure(self, probabilities: np.ndarray) -> np.ndarray:
        """Say which answers count: (examples, labels) -> bool (examples,)."""
        top = probabilities.max(axis=1).astype("float64")
        return np.round(top, DIGITS) >= self.probability

    def __str__(self) -> str:
        return (
            f"unsure below {self.probability:.6f}: from there on {self.precision:.4f} of "
            f"{self.counted:,} validation answers (of {self.examples:,}) are right"
        )


@dataclass(frozen=True)
class Abstention:
    """What comes of answering only from a threshold on.

    Args:
        threshold: found on validation.
        coverage: part of the examples that are answered, 0 to 1.
        precision: part of these answered rightly; None where none is answered.
        intervals: 95 % intervals of both, by name.
    """

    threshold: Threshold
    coverage: float
    precision: float | None
    intervals: dict[str, Interval]


def find_threshold(run: Path, target: float) -> Threshold:
    """Find the lowest threshold from which on a run's validation answers are precise enough.

    Args:
        run: its folder.
        target: least part of the answers that shall be right, above 0 and below 1.

    Raises:
        BadInput: no threshold reaches it; says what the best does.
    """
    said = read_validation(run)
    order = np.argsort(-said.top, kind="stable")
    top, right = said.top[order], said.right[order]
    last = np.flatnonzero(np.r_[top[1:] != top[:-1], True])  # of those with one probability
    counted = last + 1
    precision = np.cumsum(right)[last] / counted
    enough = np.flatnonzero(precision >= target)
    best = len(last) - 1 - int(precision[::-1].argmax())
    if not len(enough):
        raise BadInput(
            f"no threshold gives {run} a precision of {target:g} on its {len(top):,} validation "
            f"examples: the best is {precision[best]:.4f}, on {counted[best]:,} of them",
            hint="ask for less, or train a better model",
        )
    chosen = enough[-1]
    return Threshold(
        target, float(top[last[chosen]]), float(precision[chosen]), int(counted[chosen]), len(top)
    )


def abstain(probabilities: np.ndarray, targets: np.ndarray, threshold: Threshold) -> Abstention:
    """Judge a model that answers only where it is sure.

    Args:
        probabilities: (examples, labels).
        targets: class indices, (examples,).
        threshold: from which on its answers count.
    """
    sure = threshold.sure(probabilities)
    right = sure & (probabilities.argmax(axis=1) == targets)
    answered, hits = sums(np.stack([sure, right], axis=1)).T
    with np.errstate(invalid="ignore"):
        drawn = {"coverage": answered / len(sure), "precision": hits / answered}
    return Abstention(
        threshold=threshold,
        coverage=float(sure.mean()),
        precision=float(right.sum() / sure.sum()) if sure.any() else None,
        intervals=intervals_of(drawn),
    )
