"""zooflow evaluate: the scores of a run on labelled data."""

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..backend import choose_backend
from ..errors import BadInput
from .beside import read_beside
from .choose import WAYS
from .labelled import LABELLED, labelled
from .runs import SHARED, TARGET_PRECISION, know, threshold_of
from .show import Show, put, put_json, put_table, span

if TYPE_CHECKING:
    from ..judging import Abstention, Scores


def callback(
    run: str, target_precision: float | None, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Score RUN on labelled images or texts that it has not seen.

    Columns that the run learned from need not be named again. All parts of the data count, but for
    examples whose label is not the run's. Beside each score stand the ends of its 95 % interval.

    \b
      zooflow evaluate runs/pets-1 --images data/new-pets
      zooflow evaluate runs/reviews-1 --table test.csv --json
      zooflow evaluate runs/pets-1 --images data/new-pets --target-precision 0.95
    """  # noqa: D301 (click wants the backspace)
    known = know(run, quiet=quiet)
    data = labelled(known, given)
    if data is None:
        raise BadInput("evaluate needs data with labels", hint=WAYS)
    from .. import judging

    threshold = threshold_of(known, target_precision)
    choose_backend()
    from ..data import read_examples

    examples, notes = read_beside(lambda: read_examples(data, known.labels, known.input))
    from ..run import load_run

    with Show(quiet=quiet, unit=f"{known.modality}s") as show:
        for note in notes:
            show.say(note)
        progress = partial(show.step, "predicting")
        model = load_run(known.folder)
        said = model.predict(examples.inputs, hashes=examples.hashes, progress=progress)
    scores = judging.score(said, examples.targets, known.labels, notes)
    kept = judging.abstain(said, examples.targets, threshold) if threshold else None
    if as_json:
        facts = {"run": run, "data": data.path, **dataclasses.asdict(scores)}
        put_json(facts | ({"abstaining": dataclasses.asdict(kept)} if kept else {}))
        return
    put(f"{run} on {data.path}: {scores.examples:,} {known.modality}s\n")
    _put_scores(scores)
    if kept:
        put("")
        _put_abstention(kept)


def _put_scores(scores: "Scores") -> None:
    from ..judging import TITLES

    told = {title: getattr(scores, name) for name, title in TITLES.items()}
    within = {title: scores.intervals.get(name) for name, title in TITLES.items()}
    put_table(
        ("  score", ">value", "95 %"),
        [
            (f"  {title}", _number(value), span(within[title]))
            for title, value in told.items()
            if value is not None
        ],
    )
    put("")
    put_table(
        ("  label", ">examples", ">precision", ">recall", ">f1", "95 %"),
        [
            (f"  {label}", f"{each.examples:,}", _number(each.precision), _number(each.recall),
             _number(each.f1), span(each.intervals.get("f1")))
            for label, each in scores.labels.items()
        ],
    )  # fmt: skip


def _put_abstention(kept: "Abstention") -> None:
    put(f"  {kept.threshold}\n")
    put_table(
        ("  answered so", ">value", "95 %"),
        [
            (f"  {name}", _number(value), span(kept.intervals.get(name)))
            for name, value in (("coverage", kept.coverage), ("precision", kept.precision))
        ],
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


command = click.Command(
    "evaluate",
    params=[
        click.Argument(["run"]),
        *LABELLED,
        TARGET_PRECISION,
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)
