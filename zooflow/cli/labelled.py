"""Labelled data that runs are judged on."""

from typing import TYPE_CHECKING, Any

import click

from ..cards import ImageInput
from ..errors import BadInput
from .choose import DATA_OPTIONS, choose
from .runs import Known

if TYPE_CHECKING:
    from ..data import Examples, HubDataset, ImageFolder, Table

LABELLED = [
    *DATA_OPTIONS,
    click.Option(["--split", "train"], metavar="NAME", help="Part of a data set.  [default: test]"),
]


def labelled(known: Known, given: dict[str, Any]) -> "ImageFolder | Table | HubDataset | None":
    """Make the data that options describe; columns that a run learned from hold for others too.

    Args:
        known: the run.
        given: options by name, None where one was not given.
    """
    options = {name: value for name, value in given.items() if value is not None}
    if "data" in options:
        options.setdefault("train", "test")
    return choose(options if "images" in options else known.columns | options)


def read_labelled(
    data: "ImageFolder | Table | HubDataset", known: Known
) -> "tuple[Examples, tuple[str, ...]]":
    """Read examples of a run's labels, and sentences worth saying.

    Raises:
        BadInput: they are not of the kind that it takes.
    """
    from ..data import Pixels, read_examples

    pixels = Pixels(known.input) if isinstance(known.input, ImageInput) else None
    examples, notes = read_examples(data, known.labels, pixels=pixels)
    holds = "text" if isinstance(examples.inputs[0], str) else "image"
    if holds != known.modality:
        raise BadInput(f"{known.folder} takes {known.modality}s, and {data.path} holds {holds}s")
    return examples, notes
