"""What a run said of its own validation examples: validation.csv."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import BadInput
from ..fresh import read_rows


@dataclass(frozen=True)
class Validation:
    """Answers of a run to its validation examples.

    Args:
        truth: label of each.
        called: label that was answered.
        top: probability of the answer, rounded to 6 digits, (examples,).
        hashes: sha256 of each example's content.
        origins: where each example comes from.
    """

    truth: tuple[str, ...]
    called: tuple[str, ...]
    top: np.ndarray
    hashes: tuple[str, ...]
    origins: tuple[str, ...]

    @property
    def right(self) -> np.ndarray:
        """Whether each answer is the truth, bool (examples,)."""
        return np.array([a == b for a, b in zip(self.truth, self.called, strict=True)])


def read_validation(run: Path) -> Validation:
    """Read what a run said of its validation examples.

    Raises:
        BadInput: a file of it is missing or damaged.
    """
    try:
        said = read_rows(run / "validation.csv")
        parts = {row["origin"]: row["sha256"] for row in read_rows(run / "examples.csv")
                 if row["part"] == "validation"}  # fmt: skip
        return Validation(
            truth=tuple(row["label"] for row in said),
            called=tuple(row["prediction"] for row in said),
            top=np.array([float(row["probability"]) for row in said]),
            hashes=tuple(parts[row["origin"]] for row in said),
            origins=tuple(row["origin"] for row in said),
        )
    except FileNotFoundError as error:
        raise BadInput(f"{error.filename} does not exist") from error
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise BadInput(f"{run} is damaged: validation.csv and examples.csv do not fit") from error
