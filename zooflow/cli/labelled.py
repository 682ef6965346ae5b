"""Labelled data that runs are judged on."""

from typing import TYPE_CHECKING, Any

import click

from .choose import DATA_OPTIONS, choose
from .runs import Known

if TYPE_CHECKING:
    from ..data import HubDataset, ImageFolder, Table

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
