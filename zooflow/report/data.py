"""What a report finds in data: sizes, copies across the split, labels that are likely wrong."""

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..data import Examples
from ..errors import ZooflowError
from ..fresh import read_rows
from ..ranking.pooled import pooled
from ..ranking.scores import folds
from ..run import Run
from ..zoo import load
from .copies import Copy, near_copies
from .judged import Asked
from .suspects import Suspect, suspects

MOST = 20_000  # examples among which wrong labels are looked for: those judged, then others


@dataclass(frozen=True)
class Found:
    """What was found in data.

    Args:
        counts: examples of each label, by part.
        same: pairs of a training and a judged example of the same content: where both come from,
            and their labels.
        near: training and judged examples that are copies but for how they were saved; None where
            their files are gone.
        suspects: examples whose label is likely wrong, the likeliest first.
        searched: examples among which these were looked for; 0 where that was not done.
        agrees: part of the labels that the model agrees with by which they were looked for.
        notes: what was left out, and why.
    """

    counts: dict[str, Counter[str]]
    same: tuple[tuple[str, str, str, str], ...]
    near: tuple[Copy, ...] | None
    suspects: tuple[Suspect, ...]
    searched: int
    agrees: float
    notes: tuple[str, ...]


def inspect(asked: Asked, step: Callable[[str, int, int], None]) -> Found:
    """Look for faults in the examples that a run learned from, and in those it is judged by.

    Args:
        asked: the run, and its examples where they are there.
        step: is told how far it is.
    """
    counts, learned = _learned(asked.run)
    answers, labels = asked.answers, asked.run.labels
    if not asked.seen:
        counts[asked.place] = Counter(labels[i] for i in answers.truth)
    same = tuple(
        (*first, origin, labels[target])
        for origin, target, mark in zip(answers.origins, answers.truth, answers.hashes, strict=True)
        for first in learned[mark][:1]
    )
    if not (asked.train and asked.examples):
        return Found(counts, same, None, (), 0, 0.0, ())
    near = near_copies(asked.train, asked.examples)
    try:
        said = _features(asked, step)
    except ZooflowError as error:
        notes = (f"Wrong labels were not looked for: {error}.",)
        return Found(counts, same, near, (), 0, 0.0, notes)
    return _with_suspects(
        Found(counts, same, near, (), 0, 0.0, ()), asked.train, asked.examples, said
    )


def _learned(run: Run) -> tuple[dict[str, Counter[str]], dict[str, list[tuple[str, str]]]]:
    """Read examples.csv: labels by part, and by content the training examples' origin and label."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    learned: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in read_rows(run.folder / "examples.csv"):
        counts[row["part"]][row["label"]] += 1
        if row["part"] == "train":
            learned[row["sha256"]].append((row["origin"], row["label"]))
    return dict(counts), learned


def _features(asked: Asked, step: Callable[[str, int, int], None]) -> np.ndarray:
    """Give what the pretrained backbone says of training and judged examples, one after the other.

    Raises:
        ZooflowError: it is not to be had.
    """
    recipe = asked.run.recipe
    backbone = load(recipe.backbone, size=recipe.size)
    backbone = dataclasses.replace(backbone, card=asked.run.card)  # which may cut texts earlier
    said = [
        pooled(
            backbone,
            each,
            cache=recipe.cache,
            end=math.inf,
            after=0,
            progress=partial(step, "asking the backbone"),
        )[0]
        for each in (asked.train, asked.examples)
        if each
    ]
    return np.concatenate(said)


def _with_suspects(found: Found, train: Examples, judged: Examples, said: np.ndarray) -> Found:
    """Add labels that are likely wrong among all examples, or as many as there is time for."""
    targets = np.concatenate([train.targets, judged.targets])
    hashes = np.array([*train.hashes, *judged.hashes])
    draw = np.random.default_rng(0).permutation(len(train.targets))
    order = np.concatenate([np.arange(len(draw), len(targets)), draw])[:MOST]
    try:
        dealt = folds(targets[order], tuple(hashes[order]), 0)
    except ZooflowError as error:
        notes = (f"Wrong labels were not looked for: {error}.",)
        return dataclasses.replace(found, notes=notes)
    rows, agrees = suspects(said[order], targets[order], dealt)
    inputs, origins = [*train.inputs, *judged.inputs], [*train.origins, *judged.origins]
    wrong = tuple(
        Suspect(inputs[order[i]], origins[order[i]], int(targets[order[i]]), rather, chance)
        for i, rather, chance in rows
    )
    return dataclasses.replace(found, suspects=wrong, searched=len(order), agrees=agrees)
