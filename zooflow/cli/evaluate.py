"""zooflow evaluate: the scores of a run on labelled data."""

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..backend import choose_backend
from ..cards import ImageInput
from ..errors import BadInput
from .beside import read_beside
from .choose import DATA_OPTIONS, WAYS, choose
from .runs import SHARED, Known, know
from .show import Show, put, put_json, put_table

if TYPE_CHECKING:
    from ..data import Examples, HubDataset, ImageFolder, Table


def callback(run: str, as_json: bool, quiet: bool, **given: Any) -> None:
    """Score RUN on labelled images or texts that it has not seen.

    Columns that the run learned from need not be named again. All parts of the data count.

    \b
      zooflow evaluate runs/pets-1 --images data/new-pets
      zooflow evaluate runs/reviews-1 --table test.csv --json
    """  # noqa: D301 (click wants the backspace)
    known = know(run, quiet=quiet)
    options = {name: value for name, value in given.items() if value is not None}
    if "data" in options:
        options.setdefault("train", "test")
    data = choose(options if "images" in options else known.columns | options)
    if data is None:
        raise BadInput(
            "evaluate needs data with labels",
            hint=WAYS,
        )
    choose_backend()
    examples = read_beside(lambda: _read(data, known))
    if (holds := "text" if isinstance(examples.inputs[0], str) else "image") != known.modality:
        raise BadInput(f"{run} takes {known.modality}s, and {data.path} holds {holds}s")
    from ..run import load_run

    with Show(quiet=quiet, unit=f"{known.modality}s") as show:
        scores = load_run(known.folder).score(examples, progress=partial(show.step, "predicting"))
    if as_json:
        put_json({"run": run, "data": data.path, **dataclasses.asdict(scores)})
        return
    put(f"{run} on {data.path}: {scores.examples:,} {known.modality}s\n")
    for title, value in (
        ("accuracy", scores.accuracy),
        ("top-5", scores.top5),
        ("macro F1", scores.macro_f1),
        ("log loss", scores.log_loss),
    ):
        if value is not None:
            put(f"  {title:<9} {value:.4f}")
    put("")
    put_table(
        ("  label", ">examples", ">precision", ">recall", ">f1"),
        [
            (f"  {label}", f"{each.examples:,}", f"{each.precision:.4f}", f"{each.recall:.4f}",
             f"{each.f1:.4f}")
            for label, each in scores.labels.items()
        ],
    )  # fmt: skip


command = click.Command(
    "evaluate",
    params=[
        click.Argument(["run"]),
        *DATA_OPTIONS,
        click.Option(
            ["--split", "train"], metavar="NAME", help="Part of a data set.  [default: test]"
        ),
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)


def _read(data: "ImageFolder | Table | HubDataset", known: Known) -> "Examples":
    from ..data import Pixels, read_examples

    pixels = Pixels(known.input) if isinstance(known.input, ImageInput) else None
    return read_examples(data, known.labels, pixels=pixels)
