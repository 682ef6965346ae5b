"""zooflow lr-find: a learning rate for the last phase, and the picture that it is read from."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import click

from ..backend import choose_backend
from ..errors import BadInput
from ..fresh import check_free
from .beside import read_beside
from .finetune import OPTIONS, again, prepare, read, settle
from .show import Show, put, put_json

ELSE = (
    "lr",
    "head_lr",
    "out",
    "tensorboard",
    "dry_run",
)  # options of finetune that mean nothing here


def callback(what: str, out: str, **given: Any) -> None:
    """Find a learning rate for the last phase of WHAT: a recipe, or a backbone and data.

    The phases before it are trained as usual; then the rate rises from 1e-7 to 10 in 100 steps, or
    until the loss is four times its lowest. Of the model nothing is kept. --phases and --strategy
    choose what learns.

    \b
      zooflow lr-find all-minilm-l6-v2 --table reviews.csv --strategy full
    """  # noqa: D301 (click wants the backspace)
    path = Path(out).expanduser()
    check_free(path)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise BadInput(f"cannot write {out}", hint="--out takes FILE.png in a folder that is there")
    options = {name: value for name, value in given.items() if value is not None}
    recipe, _ = read(what, options)
    recipe = settle(recipe, options)
    choose_backend(options.get("backend"))
    split = read_beside(recipe.open)
    from .. import train
    from ..train.plan import say_plan

    with Show(quiet=options["quiet"], unit="steps") as show:
        ready = prepare(recipe, split, options)
        say_plan(ready, show)
        found = train.find_rate(ready, listener=show)
        train.draw_rates(found, path)
        if options["as_json"]:
            put_json(dataclasses.asdict(found) | {"picture": str(path)})
        else:
            put(f"--lr {found.suggestion:.1e}")
        rate = ["--lr", f"{found.suggestion:.1e}"]
        show.say(f"drawn: {path}")
        show.say(f"Next: {shlex.join(['zooflow', 'finetune', what, *again(options), *rate])}")


command = click.Command(
    "lr-find",
    params=[
        click.Argument(["what"]),
        *(option for option in OPTIONS if option.name not in ELSE),
        click.Option(
            ["--out"], metavar="FILE.png", default="lr-find.png",
            help="The picture.  [default: lr-find.png]",
        ),
    ],
    callback=callback,
    help=callback.__doc__,
)  # fmt: skip
