"""zooflow reproduce: train a run again, and say whether the same comes out."""

import dataclasses
from pathlib import Path

import click

from ..backend import choose_backend
from ..fresh import read_json
from . import BEGAN
from .beside import read_beside
from .runs import SHARED, know
from .show import Show, put, put_json


def callback(run: str, as_json: bool, quiet: bool) -> None:
    """Train RUN again from its folder alone, and say whether the same comes out, to the bit.

    Data and weights that have changed since are refused before a step is taken. Nothing is kept of
    the second training. The exit code is 1 where it differs.

    \b
      zooflow reproduce runs/pets-1
    """  # noqa: D301 (click wants the backspace)
    known = know(run)
    from ..recipe import recipe_of

    recipe = recipe_of(known.folder)
    choose_backend(read_json(known.folder, "lock.json")["backend"])
    split = read_beside(recipe.open)
    from .. import train

    with Show(quiet=quiet, unit=f"{split.modality}s") as show:
        clock = train.Clock(BEGAN)
        clock.lap("imports and reading")
        verdict = train.reproduce(Path(run), train.plan(recipe, split, clock=clock), listener=show)
    if as_json:
        put_json(dataclasses.asdict(verdict))
    elif verdict.identical:
        put(f"identical to the bit: {verdict.steps:,} steps, and the weights they led to")
    else:
        put(f"promised: {verdict.promised}; they part at {verdict.first}")
        put(f"largest difference of a weight: {verdict.apart:.1e} of the largest in its tensor")
        put("best validation accuracy: {:.4f} then, {:.4f} now".format(*verdict.accuracy))
        for cause in verdict.causes or ("versions and machine are the same",):
            put(cause)
    if not verdict.kept:
        raise click.exceptions.Exit(1)


command = click.Command(
    "reproduce",
    params=[click.Argument(["run"]), *SHARED],
    callback=callback,
    help=callback.__doc__,
)
