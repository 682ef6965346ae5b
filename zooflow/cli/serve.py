"""zooflow serve: a run as a web page and a JSON endpoint."""

import click

from ..backend import choose_backend, start
from ..serve.address import listen, url
from .runs import TARGET_PRECISION, know, threshold_of
from .show import Show


def callback(run: str, host: str, port: int, target_precision: float | None, quiet: bool) -> None:
    """Answer about images or texts at a web address, until Ctrl-C.

    The page takes an image or a text, and shows labels, probabilities and what they rest on.
    Programs send the bytes of an image, or a text, as the body of a POST to /predict or /explain
    and get JSON. Whoever reaches the address may ask; that is this machine alone, unless --host
    says otherwise.

    \b
      zooflow serve runs/pets-1
      curl --data-binary @photo.jpg http://127.0.0.1:8000/predict
      curl --data "It broke on the second day." http://127.0.0.1:8000/explain
    """  # noqa: D301 (click wants the backspace)
    known = know(run, quiet=quiet)
    threshold = threshold_of(known, target_precision)
    choose_backend()
    with listen(host, port) as listening, Show(quiet=quiet) as show:
        start()
        from ..run import load_run
        from ..serve.app import serve

        model = load_run(known.folder)
        if threshold:
            show.say(str(threshold))
        show.say(f"{run} answers at {url(listening)}  (Ctrl-C ends it)")
        serve(model, listening, threshold=threshold)


command = click.Command(
    "serve",
    params=[
        click.Argument(["run"]),
        click.Option(["--host"], default="127.0.0.1", help="To listen on.  [default: 127.0.0.1]"),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=8000,
            help="0 for any that is free.  [default: 8000]",
        ),
        TARGET_PRECISION,
        click.Option(["--quiet"], is_flag=True, help="Say nothing."),
    ],
    callback=callback,
    help=callback.__doc__,
)
