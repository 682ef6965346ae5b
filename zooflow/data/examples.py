"""What data are once opened: examples, and their split."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Examples:
    """Inputs with their targets.

    Args:
        inputs: image files, or texts.
        targets: indices into the labels, int32, (examples,).
        origins: where each comes from: "data/a/1.jpg", "reviews.csv row 7".
        hashes: sha256 of each file or text.
    """

    inputs: tuple[Path, ...] | tuple[str, ...]
    targets: np.ndarray
    origins: tuple[str, ...]
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Examples to learn from, to steer by and to judge by.

    Args:
        train: examples to learn from.
        validation: examples to steer by: early stopping, the best weights.
        test: examples to judge by, where the data set has such.
        labels: the training data's classes, sorted.
        modality: "image" or "text".
        held_out: whether validation was taken from the examples, and not given.
        notes: sentences worth saying.
        digest: sha256 over all examples and their labels, in order.
    """

    train: Examples
    validation: Examples
    test: Examples | None
    labels: tuple[str, ...]
    modality: str
    held_out: bool
    notes: tuple[str, ...]
    digest: str

    def all_to_learn_from(self) -> "Split":
        """Let those to learn from be all but the test's, validation examples too."""
        parts = self.train, self.validation
        every = Examples(
            tuple(each for part in parts for each in part.inputs),  # type: ignore[arg-type]
            np.concatenate([part.targets for part in parts]),
            tuple(each for part in parts for each in part.origins),
            tuple(each for part in parts for each in part.hashes),
        )
        return dataclasses.replace(self, train=every)


@dataclass(frozen=True)
class Rows:
    """Labelled examples as a source tells them, before any check across them.

    Args:
        inputs: image files, or texts.
        labels: label of each.
        origins: where each comes from.
        hashes: sha256 of each file or text, by which duplicates are known.
        notes: sentences worth saying.
    """

    inputs: tuple[Any, ...]
    labels: tuple[str, ...]
    origins: tuple[str, ...]
    hashes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: list[int]) -> "Rows":
        """Pick some, in the order given."""
        return Rows(
            inputs=tuple(self.inputs[i] for i in indices),
            labels=tuple(self.labels[i] for i in indices),
            origins=tuple(self.origins[i] for i in indices),
            hashes=tuple(self.hashes[i] for i in indices),
            notes=self.notes,
        )


@dataclass(frozen=True)
class Parts:
    """All of a source, before it is checked and split.

    Args:
        train: examples to learn from.
        validation: None where they are to be split off the training data.
        test: None where there are none.
        modality: "image" or "text".
    """

    train: Rows
    validation: Rows | None
    test: Rows | None
    modality: str
