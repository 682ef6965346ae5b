"""zooflow resume: go on with a run that was stopped."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from ..backend import choose_backend
from ..errors import BadInput
from ..fresh import check_board
from . import BEGAN
from .beside import read_beside
from .show import Show


def _checked(context: click.Context, option: click.Parameter, wanted: bool) -> bool:
    if wanted:
        check_board()
    return wanted


BOARD = click.Option(
    ["--tensorboard"],
    is_flag=True,
    callback=_checked,
    help="Also write for TensorBoard, into the run's folder.",
)


def callback(run: str, tensorboard: bool, quiet: bool) -> None:
    """Go on with RUN, which was stopped before its end.

    It ends as it would have: the same weights and the same metrics, to the bit. Where it wrote for
    TensorBoard, that goes on, too.

    \b
      zooflow resume runs/pets-1
    """  # noqa: D301 (click wants the backspace)
    out = Path(run).expanduser()
    if not out.is_dir():
        raise BadInput(f"{run} does not exist", hint="a run is a folder, like runs/pets-1")
    if wanted := tensorboard or (out / "tensorboard").exists():
        check_board()
    from ..recipe import begun

    recipe, lock = begun(out)
    choose_backend(lock["backend"])
    split = read_beside(recipe.open)
    from .. import train

    with Show(quiet=quiet, unit=f"{split.modality}s") as show:
        clock = train.Clock(BEGAN)
        clock.lap("imports and reading")
        ready = train.plan(recipe, split, clock=clock)
        board = train.Board(out, show) if wanted else nullcontext(show)
        with may_stop(out, show), board as listener:
            train.resume(out, ready, listener=listener)


@contextmanager
def may_stop(out: Path, show: Show) -> Iterator[None]:
    """Say how to go on with a run that the user stops."""
    try:
        yield
    except KeyboardInterrupt:
        if out.exists():
            show.say(f"zooflow resume {out} goes on with it")
        raise


command = click.Command(
    "resume",
    params=[
        click.Argument(["run"]),
        BOARD,
        click.Option(["--quiet"], is_flag=True, help="Tell nothing but errors."),
    ],
    callback=callback,
    help=callback.__doc__,
)
