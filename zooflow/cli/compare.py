"""zooflow compare: which of several runs is better, or that it cannot be told."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..backend import choose_backend
from ..errors import BadInput
from .beside import read_beside
from .choose import WAYS
from .labelled import LABELLED, labelled
from .runs import SHARED, Known, know
from .show import Show, put, put_json, put_table, span

if TYPE_CHECKING:
    import numpy as np


def callback(runs: tuple[str, ...], as_json: bool, quiet: bool, **given: Any) -> None:
    """Say which of several RUNS of the same labels is better, by what they say of the same data.

    Without data they are compared on the validation examples, where all have the same: these chose
    each run's best epoch and its temperature, so data that no run has seen say more.

    \b
      zooflow compare runs/pets-1 runs/pets-2
      zooflow compare runs/pets-1 runs/pets-2 runs/pets-3 --images data/new-pets
    """  # noqa: D301 (click wants the backspace)
    if not runs[1:]:
        raise BadInput(f"only {runs[0]} was given", hint="name two runs or more")
    if twice := [run for run in runs if runs.count(run) > 1]:
        raise BadInput(f"{twice[0]} is named twice")
    known = [know(run) for run in runs]
    for other in known[1:]:
        _check_alike(known[0], other)
    data = labelled(known[0], given)
    if data is None:
        place, right = "validation", _on_validation(known)
    else:
        place, right = data.path, _on_data(data, known, quiet=quiet)
    from ..judging import compare, verdict

    standings = compare(runs, right)
    count = right.shape[1]
    if as_json:
        rows = [
            {
                "run": each.name,
                "accuracy": each.accuracy,
                "interval": each.interval,
                "behind": each.behind and dataclasses.asdict(each.behind),
            }
            for each in standings
        ]
        told = {"data": place, "examples": count, "runs": rows, "verdict": verdict(standings)}
        put_json(told)
        return
    put(f"{place}: {count:,} {known[0].modality}s\n")
    put_table(
        ("  run", ">accuracy", "95 %", ">behind", "95 %", ">p"),
        [
            (
                f"  {each.name}",
                f"{each.accuracy:.4f}",
                span(each.interval),
                *(
                    (f"{each.behind.difference:.4f}", span(each.behind.interval))
                    if each.behind
                    else ("", "")
                ),
                f"{each.behind.p:.2g}" if each.behind else "",
            )
            for each in standings
        ],
    )
    put(f"\n{verdict(standings)}")


def _check_alike(one: Known, other: Known) -> None:
    """Refuse runs that do not answer the same question."""
    if one.modality != other.modality:
        raise BadInput(
            f"{one.folder} takes {one.modality}s, and {other.folder} takes {other.modality}s"
        )
    for mine, theirs in ((one, other), (other, one)):
        if own := sorted(set(mine.labels) - set(theirs.labels)):
            raise BadInput(
                f"{mine.folder} and {theirs.folder} have other labels: {own[0]!r} is only "
                f"{mine.folder}'s",
                hint="runs are compared that learned the same labels",
            )


def _on_validation(runs: Sequence[Known]) -> "np.ndarray":
    """Find which validation examples each run answered rightly, by their content.

    Raises:
        BadInput: the runs have others.
    """
    import numpy as np

    from ..judging import read_validation

    found, first = [], []
    for run in runs:
        said = read_validation(run.folder)
        contents = list(zip(said.hashes, said.truth, strict=True))
        order = sorted(range(len(contents)), key=contents.__getitem__)
        first = first or [contents[i] for i in order]
        if [contents[i] for i in order] != first:
            raise BadInput(
                f"{runs[0].folder} and {run.folder} have other validation examples",
                hint=f"give data to compare them on: {WAYS}",
            )
        found.append(said.right[order])
    return np.stack(found)


def _on_data(data: Any, runs: Sequence[Known], *, quiet: bool) -> "np.ndarray":
    """Find which examples each run answers rightly."""
    choose_backend()
    from ..data import read_examples

    examples, notes = read_beside(lambda: read_examples(data, runs[0].labels, runs[0].input))
    import numpy as np

    from ..run import load_run

    right = []
    with Show(quiet=quiet, unit=f"{runs[0].modality}s") as show:
        for note in notes:
            show.say(note)
        for run in runs:
            said = load_run(run.folder).predict(
                examples.inputs,
                hashes=examples.hashes,
                progress=partial(show.step, f"asking {run.folder}"),
            )
            place = np.array([run.labels.index(label) for label in runs[0].labels])
            right.append(said.argmax(axis=1) == place[examples.targets])
    return np.stack(right)


command = click.Command(
    "compare",
    params=[
        click.Argument(["runs"], nargs=-1, required=True, metavar="RUN RUN…"),
        *LABELLED,
        *SHARED,
    ],
    callback=callback,
    help=callback.__doc__,
)
