"""Options that choose data, and what they make: `ImageFolder`, `Table` or `HubDataset`."""

import dataclasses
from typing import Any

import click

from ..errors import BadInput

KINDS = {"images": "ImageFolder", "table": "Table", "data": "HubDataset"}
WAYS = "--images FOLDER, --table FILE or --data hf://datasets/OWNER/NAME"
DATA_OPTIONS = [
    click.Option(
        ["--images"], metavar="FOLDER", help="Images in one folder for each label, or in train and "
        "validation folders of such."
    ),
    click.Option(["--table"], metavar="FILE", help="CSV, TSV, JSONL or Parquet with labels."),
    click.Option(["--data"], metavar="SOURCE", help="A data set: hf://datasets/OWNER/NAME."),
    click.Option(["--text"], metavar="COLUMN", help="Column of texts.  [default: text]"),
    click.Option(["--image"], metavar="COLUMN", help="Column of image files.  [default: image]"),
    click.Option(["--label"], metavar="COLUMN", help="Column of labels.  [default: label]"),
    click.Option(
        ["--on-bad-file"],
        type=click.Choice(["error", "skip"]),
        help="What to do about images and rows that cannot be used.  [default: error]",
    ),
]  # fmt: skip


def share(text: str) -> float | str:
    """Read what --validation says: a part of the data, or a file or split that holds it.

    Raises:
        BadInput: a number that is no part.
    """
    try:
        part = float(text)
    except ValueError:
        return text
    if not 0 < part < 1:
        raise BadInput(
            f"--validation is {text}, but must lie between 0 and 1", hint="0.2 holds out a fifth"
        )
    return part


def choose(given: dict[str, Any], data: Any = None) -> Any:
    """Make the data that options describe.

    Args:
        given: options that were given, by name; those of no concern to data are passed over.
        data: what the options change, where none of them names data.

    Returns:
        An `ImageFolder`, a `Table` or a `HubDataset`; None where neither options nor `data` say.

    Raises:
        BadInput: two kinds of data, or an option that means nothing for this kind.
    """
    named = [option for option in KINDS if option in given]
    if len(named) > 1:
        raise BadInput(f"--{named[0]} and --{named[1]} both name the data", hint="give one of them")
    fields = ("text", "image", "label", "validation", "on_bad_file", "train")
    changes = {name: given[name] for name in fields if name in given}
    if not named and data is None:
        return None
    from .. import data as rooms

    kind = getattr(rooms, KINDS[named[0]]) if named else type(data)
    what = f"--{named[0]}" if named else kind.__name__
    known = {field.name for field in dataclasses.fields(kind)}
    for name in changes:
        if name not in known:
            option = "--split" if name == "train" else f"--{name}"
            raise BadInput(
                f"{option} means nothing for {what}", hint="zooflow finetune --help tells more"
            )
    if kind is rooms.ImageFolder and isinstance(changes.get("validation"), str):
        raise BadInput(
            f"--validation {changes['validation']!r} is no part of a folder of images",
            hint="give a part such as 0.2, or put train and validation folders into the folder",
        )
    if "text" in changes and "image" in changes:
        raise BadInput("--text and --image both name the column of inputs", hint="give one of them")
    if isinstance(data, kind):  # the columns that a run learned from hold for other files too
        return dataclasses.replace(data, **({"path": given[named[0]]} if named else {}), **changes)
    return kind(given[named[0]], **changes)
