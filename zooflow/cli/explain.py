"""zooflow explain: which parts of an image, which words of a text an answer rests on."""

from functools import partial
from pathlib import Path

import click

from ..backend import choose_backend, start
from ..errors import BadInput
from ..fresh import check_free
from .inputs import from_arguments, lines
from .runs import SHARED, know
from .show import Show, put, put_json


def callback(
    run: str,
    inputs: tuple[str, ...],
    label: str | None,
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show which parts of INPUTS speak for the label that RUN gives them.

    INPUTS are images or texts, as for zooflow predict. Images become pictures with the parts that
    count in bright colours; texts a page with their words coloured.

    \b
      zooflow explain runs/pets-1 photo.jpg
      zooflow explain runs/reviews-1 "It broke on the second day." --label bad
    """  # noqa: D301 (click wants the backspace)
    known = know(run, quiet=quiet)
    if not inputs:
        raise BadInput("no INPUTS were given", hint="what shall be explained?")
    folder = Path(out).expanduser() if out else Path("explanations") / known.folder.name
    check_free(folder)
    if label is not None and label not in known.labels:
        raise BadInput(f"{run} has no label {label!r}", hint=f"one of {', '.join(known.labels)}")
    choose_backend()
    with Show(quiet=quiet, unit=f"{known.modality}s") as show:
        examples, names = from_arguments(known, lines(inputs), "error", show)
        start()
        from ..explaining import explain, save
        from ..run import load_run

        model = load_run(known.folder, computes="float32")
        found = explain(model, examples, label, progress=partial(show.step, "explaining"))
        files = save(model, found, folder)
    if as_json:
        put_json(
            [
                {
                    "input": name,
                    "label": each.label,
                    "probability": each.probability,
                    "parts": each.parts.tolist(),
                    "file": str(files[min(index, len(files) - 1)]),
                }
                for index, (name, each) in enumerate(zip(names, found, strict=True))
            ]
        )
    else:
        for path in files:
            put(str(path))


command = click.Command(
    "explain",
    params=[
        click.Argument(["run"]),
        click.Argument(["inputs"], nargs=-1),
        click.Option(["--label"], metavar="NAME", help="To explain.  [default: the likeliest]"),
        click.Option(
            ["--out"], metavar="FOLDER", help="Where to draw.  [default: explanations/RUN]"
        ),
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)
