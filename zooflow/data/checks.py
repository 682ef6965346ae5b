"""What must hold of labelled examples before anything learns from them."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from ..errors import BadData
from .examples import Rows

_MOST_NUMBERS = 10  # more distinct fractions than this are measurements, not classes


def check_classes(rows: Rows, source: str) -> None:
    """Refuse training labels that are no classes.

    Args:
        rows: the training data.
        source: where they come from, for the message.

    Raises:
        BadData: no examples, measurements for labels, or fewer than two classes.
    """
    if not rows.labels:
        raise BadData(f"{source} has no examples to learn from")
    labels = sorted(set(rows.labels))
    if len(labels) > _MOST_NUMBERS and all(map(_is_number, labels)):
        fraction = next((label for label in labels if not _is_whole(label)), None)
        if fraction is not None:
            where = rows.origins[rows.labels.index(fraction)]
            raise BadData(
                f"{source} has {len(labels)} different numbers as labels, such as {fraction!r} "
                f"in {where}: it looks like a regression target, not classes",
                "classes need a few names that come back; round or bin the numbers",
            )
    if len(labels) < 2:
        raise BadData(
            f"{source} has only one class, {labels[0]!r}, but to classify needs two or more"
        )


def check_splittable(rows: Rows) -> None:
    """Refuse a class of which there is nothing to hold out.

    Raises:
        BadData: a class has one example, or copies of one.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for i, label in enumerate(rows.labels):
        members[label].append(i)
    for label, mine in sorted(members.items()):
        if len({rows.hashes[i] for i in mine}) < 2:
            count = "only one example" if len(mine) == 1 else f"{len(mine)} copies of one example"
            raise BadData(
                f"class {label!r} has {count}, {rows.origins[mine[0]]}, and none to check it by",
                "add examples of it, or remove the class",
            )


def check_known(rows: Rows, labels: Collection[str], what: str) -> None:
    """Refuse labels that the model does not have.

    Args:
        rows: examples to judge by.
        labels: the classes that there are.
        what: what these examples are, for the message: "validation".

    Raises:
        BadData: some labels are unknown; all are named.
    """
    unknown = sorted(set(rows.labels) - set(labels))
    if unknown:
        first = rows.origins[rows.labels.index(unknown[0])]
        more = f" and {', '.join(map(repr, unknown[1:6]))}" if unknown[1:] else ""
        more += f" and {len(unknown) - 6} more" if unknown[6:] else ""
        raise BadData(
            f"{what} label {unknown[0]!r} of {first}{more} is not among the training labels",
            f"the labels are {listed_labels(sorted(labels))}",
        )


def duplicate_notes(parts: Sequence[Rows], across: str) -> list[str]:
    """Say how many examples are there twice, and how many of them bear different labels.

    Args:
        parts: the given parts of the data; with one alone its own duplicates count.
        across: how to call duplicates: "across the split", "in the data".
    """
    first: dict[str, tuple[int, str, str]] = {}
    twice, torn = [], []
    for number, rows in enumerate(parts):
        for mark, label, origin in zip(rows.hashes, rows.labels, rows.origins, strict=True):
            part, other, where = first.setdefault(mark, (number, label, origin))
            if where == origin:
                continue
            if part != number or len(parts) == 1:
                twice.append(f"{where} and {origin}")
            if other != label:
                torn.append(f"{where} is {other!r}, {origin} is {label!r}")
    notes = []
    if twice:
        notes.append(f"{_count(twice, 'duplicate')} {across}, first {twice[0]}")
    if torn:
        notes.append(f"{_count(torn, 'duplicate')} with different labels: {torn[0]}")
    return notes


def label_notes(rows: Rows, validation: Rows) -> list[str]:
    """Say which labels differ only by case, and which are never checked."""
    labels = sorted(set(rows.labels))
    folded = Counter(label.casefold() for label in labels)
    alike = [label for label in labels if folded[label.casefold()] > 1]
    unchecked = [label for label in labels if label not in set(validation.labels)]
    notes = []
    if alike:
        notes.append(f"labels {listed_labels(alike)} differ only by upper and lower case")
    if unchecked:
        notes.append(f"no validation example has label {listed_labels(unchecked)}")
    return notes


def _count(things: list[str], word: str) -> str:
    return f"{len(things)} {word}{'s' if len(things) > 1 else ''}"


def listed_labels(labels: list[str]) -> str:
    """Quote labels, the first ten of many."""
    shown = ", ".join(map(repr, labels[:10]))
    return f"{shown} and {len(labels) - 10} more" if len(labels) > 10 else shown


def _is_number(label: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", label) is not None


def _is_whole(label: str) -> bool:
    return float(label).is_integer()
