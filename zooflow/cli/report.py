"""zooflow report: all that can be said of a run, as one file."""

from pathlib import Path
from typing import Any

import click

from ..backend import choose_backend, start
from ..fresh import check_file
from .labelled import LABELLED, labelled
from .runs import SHARED, know
from .show import Show, put, put_json


def callback(run: str, out: str | None, as_json: bool, quiet: bool, **given: Any) -> None:
    """Write all that can be said of RUN as one HTML file that needs nothing else.

    Without data it is about the validation examples: these chose the best epoch and the
    temperature, so data that the run has not seen say more.

    \b
      zooflow report runs/pets-1
      zooflow report runs/pets-1 --images data/new-pets --out new-pets.html
    """  # noqa: D301 (click wants the backspace)
    known = know(run)
    if out:
        check_file(Path(out).expanduser())
    data = labelled(known, given)
    choose_backend()
    start()
    from ..report import write_report

    with Show(quiet=quiet, unit=f"{known.modality}s") as show:
        path = write_report(known.folder, out, data=data, step=show.step)
    if as_json:
        put_json({"report": str(path)})
    else:
        put(str(path))


command = click.Command(
    "report",
    params=[
        click.Argument(["run"]),
        *LABELLED,
        click.Option(
            ["--out"], metavar="FILE", help="The file to write.  [default: RUN/report.html]"
        ),
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)
