"""Which examples a run was made from: examples.csv, and what has changed since."""

import csv
from collections.abc import Iterator
from pathlib import Path

from ..data import Split

COLUMNS = ("part", "origin", "label", "sha256")
NAMED = 5  # examples


def save_examples(path: Path, split: Split) -> None:
    """Write where each example comes from, its label, and the hash of its content."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *_rows(split)])


def changes(path: Path, split: Split) -> str:
    """Say in which examples data differ from those of a run: "photos/a/1.png has changed"."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        then = {row[1]: (*row[:1], *row[2:]) for row in csv.reader(file)}
    del then["origin"]
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
