"""Which examples a run was made from: examples.csv, and what has changed since."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..data import ImageFolder, Split
from ..errors import ZooflowError
from ..fresh import read_rows
from ..recipe import Recipe
from .lock import sha256

COLUMNS = ("part", "origin", "label", "sha256")
NAMED = 5  # examples


def save_examples(path: Path, split: Split) -> None:
    """Write where each example comes from, its label, and the hash of its content."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *_rows(split)])


def changes(path: Path, split: Split) -> str:
    """Say in which examples data differ from those of a run: "photos/a/1.png has changed"."""
    then = {row["origin"]: (row["part"], row["label"], row["sha256"]) for row in read_rows(path)}
    now = {row[1]: (row[0], *row[2:]) for row in _rows(split)}
    found = [
        (sorted(then.keys() - now.keys()), "is gone"),
        (sorted(now.keys() - then.keys()), "is new"),
        ([each for each in then if each in now and then[each][2] != now[each][2]], "has changed"),
        (
            [each for each in then if each in now and then[each][:2] != now[each][:2]],
            "has another label or stands in another part",
        ),
    ]
    clauses = [f"{origin} {what}" for origins, what in found for origin in origins]
    more = f", and {len(clauses) - NAMED} more" if len(clauses) > NAMED else ""
    return "; ".join(clauses[:NAMED]) + more or "the order of the examples has changed"


def validation_inputs(folder: Path, recipe: Recipe, most: int) -> tuple[Path | str, ...]:
    """Find validation examples of a run again, evenly spread; those that are as they were.

    Args:
        folder: of the run.
        recipe: that it was made from.
        most: examples to find.

    Returns:
        Image files, or texts; none where the data are gone.
    """
    try:
        rows = read_rows(folder / "examples.csv")
        held = [row for row in rows if row["part"] == "validation"]
        places = np.linspace(0, len(held) - 1, min(most, len(held))).round().astype(int)
        some = [held[i] for i in places]
        if isinstance(recipe.data, ImageFolder):  # whose origins are the files
            paths = [(Path(row["origin"]), row["sha256"]) for row in some]
            return tuple(path for path, mark in paths if path.is_file() and sha256(path) == mark)
        split = recipe.data.open(recipe.seed)
    except (OSError, ZooflowError):
        return ()
    parts = [part for part in (split.train, split.validation, split.test) if part]
    here = {
        mark: each for part in parts for mark, each in zip(part.hashes, part.inputs, strict=True)
    }
    return tuple(here[row["sha256"]] for row in some if row["sha256"] in here)


def _rows(split: Split) -> Iterator[tuple[str, str, str, str]]:
    """Give the rows of a split."""
    for part in ("train", "validation", "test"):
        examples = getattr(split, part)
        if examples is None:
            continue
        for origin, target, mark in zip(
            examples.origins, examples.targets, examples.hashes, strict=True
        ):
            yield part, origin, split.labels[target], mark
