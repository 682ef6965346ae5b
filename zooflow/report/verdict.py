"""What a report says first: one sentence, and the scores behind it."""

import json
from pathlib import Path

import numpy as np

from ..judging import TITLES, calibration_error
from .judged import Asked
from .pictures import confusion


def verdict(asked: Asked) -> str:
    """Say how good a run is, what it confuses most, and whether it is as sure as it is right."""
    scores, labels = asked.scores, asked.run.labels
    low, high = scores.intervals["accuracy"]
    kind = f"{asked.run.modality}{'' if scores.examples == 1 else 's'}"
    place = (
        f"the {scores.examples:,} {kind} of its validation"
        if asked.seen
        else f"the {scores.examples:,} {kind} of {asked.place}"
    )
    right = f"It answers {scores.accuracy:.1%} of {place} rightly (95 %: {low:.1%} to {high:.1%})"
    matrix = confusion(asked.answers, len(labels))
    worst = "it confuses nothing"
    if found := pairs(matrix)[:1]:
        i, j = found[0]
        worst = (
            f"most often it takes {labels[i]} for {labels[j]} "
            f"({matrix[i, j]:,} of {matrix[i].sum():,})"
        )
    return f"{right}; {worst}; {_calibrated(asked)}."


def _calibrated(asked: Asked) -> str:
    error = calibration_error(asked.answers.top, asked.answers.right)
    off = f"its probabilities are off by {error:.1%} on average"
    said = _calibration(asked.run.folder)
    if said is None:
        return f"{off}, and whether it was calibrated is not known"
    if said["reason"]:
        return f"{off}, and it is not calibrated: {said['reason']}"
    before, after = said["calibration_error"]
    return (
        f"{off}, calibrated by a temperature of {said['temperature']:.3g} "
        f"({before:.1%} before, {after:.1%} after, on validation)"
    )


def _calibration(folder: Path) -> dict | None:
    try:
        return json.loads((folder / "calibration.json").read_text("utf-8"))
    except FileNotFoundError:  # of a run from before runs were calibrated
        return None


def pairs(matrix: np.ndarray) -> list[tuple[int, int]]:
    """Order the pairs of labels that are confused by how often, the most first."""
    errors = matrix * ~np.eye(len(matrix), dtype=bool)
    order = np.argsort(-errors, axis=None, kind="stable")[: np.count_nonzero(errors)]
    rows, columns = np.unravel_index(order, errors.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def score_rows(asked: Asked) -> list[tuple[str, str, str]]:
    """Write the scores that are known, with their intervals."""
    rows = []
    for name in asked.known:
        value, within = getattr(asked.scores, name), asked.scores.intervals.get(name)
        if value is not None:
            span = "{:.4f} to {:.4f}".format(*within) if within else "-"
            rows.append((TITLES[name], f"{value:.4f}", span))
    return rows
