"""Whole sources as one set of examples, for a model that knows its labels."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import BadData
from .checks import check_known
from .examples import Examples, Rows
from .folders import ImageFolder
from .hub import HubDataset
from .pixels import Pixels
from .split import number
from .tables import Table


def read_examples(
    source: ImageFolder | Table | HubDataset,
    labels: Sequence[str],
    *,
    pixels: Pixels | None = None,
    cache: Path | None = None,
) -> Examples:
    """Open all examples of a source as one set.

    Args:
        source: where they are; its train, validation and test parts are taken together.
        labels: the classes of the model that is to be judged.
        pixels: where images are kept that are decoded to check them.
        cache: where hub data sets are kept; by default where their library does.

    Raises:
        BadData: an example cannot be used, or its label is not among those; says which.
    """
    hub = isinstance(source, HubDataset)
    parts = source.parts(pixels, cache=cache) if hub else source.parts(pixels)
    given = [rows for rows in (parts.train, parts.validation, parts.test) if rows is not None]
    every = Rows(
        inputs=tuple(value for rows in given for value in rows.inputs),
        labels=tuple(label for rows in given for label in rows.labels),
        origins=tuple(origin for rows in given for origin in rows.origins),
        hashes=tuple(mark for rows in given for mark in rows.hashes),
    )
    if not every.labels:
        raise BadData(f"{source.path} has no examples")
    check_known(every, labels, "the")
    return number(every, tuple(labels))
