"""Split examples by their content: stratified, seeded, the same on every machine."""

import hashlib
from collections import defaultdict

import numpy as np

from ..errors import BadData
from .checks import (
    check_classes,
    check_known,
    check_splittable,
    duplicate_notes,
    label_notes,
)
from .examples import Examples, Parts, Rows, Split


def settle(parts: Parts, share: float, seed: int, source: str) -> Split:
    """Check examples, split off validation where none is given, and number the labels.

    Args:
        parts: what the source tells.
        share: part of each class to hold out, 0 to 1; not used where validation is given.
        seed: another seed holds out others.
        source: where the data come from, for messages.

    Raises:
        BadData: they cannot be learned from; says where.
    """
    given = [rows for rows in (parts.train, parts.validation, parts.test) if rows is not None]
    check_classes(parts.train, source)
    labels = tuple(sorted(set(parts.train.labels)))
    notes = [note for rows in given for note in rows.notes]
    if parts.validation is None:
        notes += duplicate_notes([parts.train], "in the data, kept together")
        train, validation = hold_out(parts.train, share, seed)
    else:
        train, validation = parts.train, parts.validation
        if not validation.labels:
            raise BadData(f"{source} has no validation examples")
        check_known(validation, labels, "validation")
    if parts.test is not None:
        check_known(parts.test, labels, "test")
    if len(given) > 1:
        notes += duplicate_notes(given, "across the split")
    return Split(
        train=number(train, labels),
        validation=number(validation, labels),
        test=None if parts.test is None else number(parts.test, labels),
        labels=labels,
        modality=parts.modality,
        held_out=parts.validation is None,
        notes=tuple(notes + label_notes(train, validation)),
        digest=_digest(given),
    )


def number(rows: Rows, labels: tuple[str, ...]) -> Examples:
    """Turn labels into indices."""
    index = {label: i for i, label in enumerate(labels)}
    targets = np.array([index[label] for label in rows.labels], np.int32)
    return Examples(rows.inputs, targets, rows.origins, rows.hashes)


def hold_out(rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """Split off some examples of each class, copies of one example never on both sides.

    The order is that of hashes of seed and content: names, places and libraries play no part,
    and an example that is added moves few others.

    Args:
        rows: all examples.
        share: part of each class to hold out, 0 to 1.
        seed: another seed holds out others.

    Returns:
        Examples to learn from, and those held out; each class is in both.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise BadData(
            f"validation is {share!r}, but must lie between 0 and 1", "0.2 holds out a fifth"
        )
    check_splittable(rows)
    copies: dict[str, list[int]] = defaultdict(list)
    members: dict[str, list[int]] = defaultdict(list)
    for i in range(len(rows)):
        copies[rows.hashes[i]].append(i)
        members[rows.labels[i]].append(i)
    held: set[int] = set()
    for label, mine in members.items():
        marks = sorted({rows.hashes[i] for i in mine}, key=lambda mark: rank(mark, seed))
        own = [copies[m] for m in marks if all(rows.labels[i] == label for i in copies[m])]
        single = [group for group in own if len(group) == 1]
        wanted = min(max(1, int(len(mine) * share + 0.5)), len(mine) - 1)
        chosen = single[:wanted] or own[:1]
        held.update(i for group in chosen for i in group)
    kept = [i for i in range(len(rows)) if i not in held]
    return rows.take(kept), rows.take(sorted(held))


def rank(mark: str, seed: int) -> str:
    """Give what examples are ordered by: a hash of seed and content."""
    return hashlib.sha256(f"{seed} {mark}".encode()).hexdigest()


def _digest(parts: list[Rows]) -> str:
    digest = hashlib.sha256()
    for number, rows in enumerate(parts):
        for mark, label in zip(rows.hashes, rows.labels, strict=True):
            digest.update(f"{number} {mark} {label}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
