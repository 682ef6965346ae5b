"""Whole sources as one set of examples, for a model that knows its labels."""

from collections.abc import Sequence
from pathlib import Path

from ..cards import ImageInput, TextInput
from ..errors import BadData
from .checks import check_known, listed_labels
from .examples import Examples, Rows
from .folders import ImageFolder
from .hub import HubDataset
from .pixels import Pixels
from .split import number
from .tables import Table


def read_examples(
    source: ImageFolder | Table | HubDataset,
    labels: Sequence[str],
    input: ImageInput | TextInput,
    *,
    cache: Path | None = None,
) -> tuple[Examples, tuple[str, ...]]:
    """Open all examples of a source as one set.

    Those whose label the model does not have are left out: it cannot answer them rightly.

    Args:
        source: where they are; its train, validation and test parts are taken together.
        labels: the classes of the model that is to be judged.
        input: what it takes.
        cache: where hub data sets are kept; by default where their library does.

    Returns:
        The examples, and sentences worth saying.

    Raises:
        BadData: they are not of the kind that it takes, an example cannot be used, or no label is
            among those; says which.
    """
    takes, pixels = "text", None
    if isinstance(input, ImageInput):
        takes, pixels = "image", Pixels(input)
    hub = isinstance(source, HubDataset)
    parts = source.parts(pixels, cache=cache) if hub else source.parts(pixels)
    if parts.modality != takes:
        raise BadData(f"the run takes {takes}s, and {source.path} holds {parts.modality}s")
    given = [rows for rows in (parts.train, parts.validation, parts.test) if rows is not None]
    every = Rows(
        inputs=tuple(value for rows in given for value in rows.inputs),
        labels=tuple(label for rows in given for label in rows.labels),
        origins=tuple(origin for rows in given for origin in rows.origins),
        hashes=tuple(mark for rows in given for mark in rows.hashes),
        notes=tuple(note for rows in given for note in rows.notes),
    )
    if not every.labels:
        raise BadData(f"{source.path} has no examples")
    named = set(labels)
    known = [i for i, label in enumerate(every.labels) if label in named]
    if not known:
        check_known(every, labels, "the")
    rows = every.take(known)
    return number(rows, tuple(labels)), every.notes + tuple(_label_notes(every, rows, labels))


def _label_notes(every: Rows, known: Rows, labels: Sequence[str]) -> list[str]:
    """Say in what the labels of examples are others than the model's."""
    notes = []
    if strange := sorted(set(every.labels) - set(labels)):
        are = "label is not" if len(strange) == 1 else "labels are not"
        left = len(every) - len(known)
        count = f"{left:,} examples are left out" if left > 1 else "1 example is left out"
        notes.append(f"{len(strange)} {are} the run's ({listed_labels(strange)}): {count}")
    if absent := sorted(set(labels) - set(known.labels)):
        notes.append(
            f"{len(absent)} of the run's {len(labels)} labels without examples "
            f"({listed_labels(absent)}): means of labels are of the others"
        )
    return notes
