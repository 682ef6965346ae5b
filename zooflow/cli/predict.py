"""zooflow predict: what a run says of images or texts."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from ..backend import choose_backend, start
from ..errors import BadInput
from .inputs import from_arguments, lines
from .runs import SHARED, TARGET_PRECISION, Known, know, threshold_of
from .show import Show, put, put_json

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
OPTIONS = [
    click.Option(["--table"], metavar="FILE", help="CSV, TSV, JSONL or Parquet of inputs."),
    click.Option(["--text"], metavar="COLUMN", help="Column of texts.  [default: as learned]"),
    click.Option(["--image"], metavar="COLUMN", help="Column of image files."),
    click.Option(
        ["--top"], type=click.IntRange(min=1), default=3, help="How many labels.  [default: 3]"
    ),
    click.Option(
        ["--on-bad-file"],
        type=click.Choice(["error", "skip"]),
        default="error",
        help="What to do about images and rows that cannot be used.  [default: error]",
    ),
]


def callback(
    run: str,
    inputs: tuple[str, ...],
    table: str | None,
    text: str | None,
    image: str | None,
    top: int,
    on_bad_file: str,
    target_precision: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say which labels RUN gives to INPUTS, the likeliest first.

    INPUTS are image files, folders and globs; or texts, for a run that learned texts; or a table;
    or - for files or texts from stdin, one a line. With --target-precision RUN answers "unsure"
    where it is not sure enough.

    \b
      zooflow predict runs/pets-1 photo.jpg "holiday/*.png"
      zooflow predict runs/reviews-1 "It broke on the second day." --top 1
      zooflow predict runs/reviews-1 --table new.csv --json > answers.json
    """  # noqa: D301 (click wants the backspace)
    known = know(run, quiet=quiet)
    if len(inputs) == 1 and not table and _is_table(inputs[0]):
        table, inputs = inputs[0], ()
    if bool(inputs) == bool(table):
        what = "INPUTS and --table" if table else "neither INPUTS nor --table"
        raise BadInput(f"{what} were given", hint="give one of them: what shall be predicted?")
    if (text or image) and not table:
        raise BadInput(f"--{'text' if text else 'image'} goes with --table")
    threshold = threshold_of(known, target_precision)
    choose_backend()
    with Show(quiet=quiet, unit=f"{known.modality}s") as show:
        if table:
            columns = {name: known.columns.get(name) for name in ("text", "image")}
            if text or image:
                columns = {"text": text, "image": image}
            examples, names = _from_table(known, table, columns, on_bad_file)
        else:
            examples, names = from_arguments(known, lines(inputs), on_bad_file, show)
        if threshold:
            show.say(str(threshold))
        start()
        from ..run import load_run

        progress = partial(show.step, "predicting")
        said = load_run(known.folder).predict(examples, progress=progress)
    sure = threshold.sure(said) if threshold else [True] * len(names)
    answers = [
        [(known.labels[i], float(row[i])) for i in (-row).argsort(kind="stable")[:top]]
        for row in said
    ]
    if as_json:
        put_json(
            [
                {
                    "input": name,
                    **({"unsure": not counts} if threshold else {}),
                    "predictions": [{"label": label, "probability": p} for label, p in answer],
                }
                for name, counts, answer in zip(names, sure, answers, strict=True)
            ]
        )
        return
    for name, counts, answer in zip(names, sure, answers, strict=True):
        told = [f"{label} {p:.4f}" for label, p in answer]
        put("  ".join([name, *([] if counts else ["unsure"]), *told]))


command = click.Command(
    "predict",
    params=[
        click.Argument(["run"]),
        click.Argument(["inputs"], nargs=-1),
        *OPTIONS,
        TARGET_PRECISION,
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)


def _is_table(given: str) -> bool:
    path = Path(given)
    return path.suffix.casefold() in TABLES and path.is_file()


def _from_table(
    known: Known, table: str, columns: dict[str, str | None], on_bad_file: str
) -> tuple[tuple[Any, ...], list[str]]:
    """Read the inputs that a table holds."""
    from ..data import Table, read_inputs

    examples, origins = read_inputs(Table(table, **columns, on_bad_file=on_bad_file))  # type: ignore[arg-type]
    if (holds := "text" if isinstance(examples[0], str) else "image") != known.modality:
        raise BadInput(f"{known.folder} takes {known.modality}s, and {table} holds {holds}s")
    return examples, list(origins)
