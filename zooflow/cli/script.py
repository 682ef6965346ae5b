"""Recipe scripts: what runs when a file that makes a recipe is run itself."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from . import run
from .finetune import OPTIONS, finetune

if TYPE_CHECKING:
    from ..recipe import Recipe


def main(recipe: "Recipe") -> NoReturn:
    """Run a recipe script: `python recipes/x.py runs/x` and any option of `zooflow finetune`."""

    def callback(folder: str | None, **given: Any) -> None:
        options = {name: value for name, value in given.items() if value is not None}
        finetune(recipe, script, options | ({"out": folder} if folder else {}))

    script = Path(sys.argv[0])
    command = click.Command(
        script.name,
        params=[click.Argument(["folder"], required=False), *OPTIONS],
        callback=callback,
        help=sys.modules["__main__"].__doc__,
    )
    sys.exit(run(command, sys.argv[1:], name=f"python {script}"))
