"""What a report judges: a run's answers to examples, and how good they are."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ..cards import ImageInput
from ..data import Examples, HubDataset, ImageFolder, Pixels, Split, Table, read_examples
from ..errors import BadInput, ZooflowError
from ..fresh import read_json
from ..judging import TITLES, Scores, read_validation, score
from ..run import Run, load_run
from ..run.examples import changes

# Scores that the answers alone tell, without the probabilities of the other labels.
OF_ANSWERS = ("accuracy", "macro_f1", "weighted_f1")


@dataclass(frozen=True)
class Answers:
    """What a run says of examples.

    Args:
        truth: class indices, (examples,).
        called: labels that were answered, as indices, (examples,).
        top: probability of each answer, (examples,).
        origins: where each example comes from.
        hashes: sha256 of each.
    """

    truth: np.ndarray
    called: np.ndarray
    top: np.ndarray
    origins: tuple[str, ...]
    hashes: tuple[str, ...]

    @property
    def right(self) -> np.ndarray:
        """Whether each answer is the truth, bool (examples,)."""
        return self.truth == self.called


@dataclass(frozen=True)
class Asked:
    """A run, and what it said.

    Args:
        run: which.
        place: what it was asked about, in words.
        seen: whether these examples chose the best epoch and the temperature.
        answers: what it said.
        scores: how good that is.
        known: names of the scores that are known.
        examples: those that it was asked about; None where their files are gone.
        train: those that it learned from; None where their files are gone.
        notes: sentences worth saying, of what is left out as well.
    """

    run: Run
    place: str
    seen: bool
    answers: Answers
    scores: Scores
    known: tuple[str, ...]
    examples: Examples | None
    train: Examples | None
    notes: tuple[str, ...]


def judge(
    folder: Path,
    data: ImageFolder | Table | HubDataset | None,
    step: Callable[[str, int, int], None],
) -> Asked:
    """Ask a run about data, or about its validation examples.

    Where these are gone or have changed, what it said of them when it was made is judged.

    Args:
        folder: of the run.
        data: labelled examples; None for validation.
        step: is told how far it is.

    Raises:
        BadInput: it is not a run, or the data cannot be used.
    """
    run = load_run(folder)
    split, reason = _open(run)
    train = split.train if split else None
    missing = (f"The training data cannot be read any more: {reason}.",) if reason else ()
    if not data and split and run.recipe.refit:
        return _before(run, split)
    if data:
        examples, notes = read_examples(data, run.labels, run.card.input)
        place, notes = str(data.path), notes + missing
    elif split:
        examples, place, notes = split.validation, "its validation examples", split.notes
    else:
        return _remembered(run, reason)
    said = run.predict(
        examples.inputs, hashes=examples.hashes, progress=partial(step, "predicting")
    )
    scores = score(said, examples.targets, run.labels)
    called, top = said.argmax(axis=1), said.max(axis=1)
    answers = Answers(examples.targets, called, top, examples.origins, examples.hashes)
    return Asked(run, place, not data, answers, scores, (*TITLES,), examples, train, notes)


def _open(run: Run) -> tuple[Split | None, str]:
    """Open the data of a run as they were; None and why where that cannot be."""
    pixels = Pixels(run.reader) if isinstance(run.reader, ImageInput) else None
    try:
        split = run.recipe.data.open(run.recipe.seed, pixels=pixels)
    except ZooflowError as error:
        return None, str(error)
    if split.digest != read_json(run.folder, "lock.json").get("data"):
        return None, changes(run.folder / "examples.csv", split)
    return split, ""


def _before(run: Run, split: Split) -> Asked:
    """Judge by what was said before the run learned from its validation examples, too."""
    asked = _answered(run)
    notes = (
        *split.notes,
        "In the end this run has learned from its validation examples, too. Judged is what it said "
        "of them before; left out are the scores that need the probabilities of all labels.",
    )
    return dataclasses.replace(asked, examples=split.validation, train=split.train, notes=notes)


def _remembered(run: Run, reason: str) -> Asked:
    """Judge by what is on record, where the examples are gone."""
    asked = _answered(run)
    notes = (
        f"The examples cannot be read any more: {reason}.",
        "So this report is made from what the run said of its validation examples when it was "
        "trained. Left out: scores that need the probabilities of all labels, what the examples "
        "look like, near-duplicates and likely wrong labels.",
    )
    return dataclasses.replace(asked, notes=notes)


def _answered(run: Run) -> Asked:
    """Judge by validation.csv alone."""
    said = read_validation(run.folder)
    index = {label: i for i, label in enumerate(run.labels)}
    try:
        truth, called = (
            np.array([index[each] for each in own]) for own in (said.truth, said.called)
        )
    except KeyError as error:
        raise BadInput(f"{run.folder} is damaged: it has no label {error.args[0]!r}") from error
    # Only scores that read nothing but the answers are taken from these certainties.
    certain = np.eye(len(run.labels))[called]
    scores = score(certain, truth, run.labels)
    answers = Answers(truth, called, said.top, said.origins, said.hashes)
    place = "its validation examples"
    return Asked(run, place, True, answers, scores, OF_ANSWERS, None, None, ())
