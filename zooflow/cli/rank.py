"""zooflow rank: which backbone for my data?"""

import dataclasses
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .. import catalogue, sources
from ..backend import BACKENDS, choose_backend, start
from ..errors import BadInput, UnknownName, ZooflowError
from ..names import locate
from . import listing
from .choose import DATA_OPTIONS, KINDS, WAYS, choose
from .ranked import close, table
from .show import Show, put_json

FILTERS = [each for each in listing.command.params if each.name in ("max_params", "license")]
MOST = 2000  # examples to ask about


class Duration(click.ParamType):
    """A time: 90s, 10m or 1h."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        """Read it, in seconds."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)", str(value).strip().lower())
        if not found or not float(found[1]):
            self.fail(f"{value!r} is no time to spend; write 90s, 10m or 1h", param, context)
        return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def callback(
    names: tuple[str, ...],
    budget: float,
    examples: int,
    download: bool,
    seed: int,
    cache: str,
    backend: str | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Rank backbones by what they promise on labelled images or texts.

    Each backbone is asked about the examples once, frozen, the cheapest first; what it says is kept
    for zooflow finetune. A linear probe, nearest neighbours and LogME tell how well its features
    tell the labels apart; the order is by the mean of the first two. NAMES are names, sources,
    folders, or patterns such as "vit*". Without NAMES the curated backbones are ranked whose files
    are here.

    \b
      zooflow rank --images data/pets
      zooflow rank --table reviews.csv --label stars --license commercial --budget 1h
      zooflow rank --images data/pets efficientnet_lite0.in1k "vit_tiny*"
    """  # noqa: D301 (click wants the backspace)
    exact, patterns = _apart(names)
    options = {name: value for name, value in given.items() if value is not None}
    limits = {"max_params": options.get("max_params"), "license": options.get("license", "")}
    listing.check_names(catalogue.entries(), None, limits["license"])
    data = choose(options)
    if data is None:
        raise BadInput(
            "rank needs data with labels",
            hint=WAYS,
        )
    choose_backend(backend)
    split = data.open(seed)
    chosen, away = _choose(exact, patterns, split.modality, download=download, **limits)
    start()
    from .. import ranking

    count = len(split.train.targets) + len(split.validation.targets)
    with Show(quiet=quiet, unit=f"{split.modality}s") as show:
        show.say(
            f"{data.path}: {count:,} {split.modality}s, {len(split.labels)} labels; backbones: "
            f"{len(chosen):,}, the cheapest first, within {_told(budget)}"
        )
        for note in split.notes:
            show.say(note)
        if count > examples:
            show.say(f"{examples:,} of them are asked about, of each label its share")
        if away:
            show.say(f"{away:,} more backbones are not here: --download fetches them as well")
        rows = ranking.rank(
            split,
            chosen,
            budget=budget,
            most=examples,
            cache=cache,
            seed=seed,
            say=show.say,
            step=show.step,
            **limits,
        )
        if as_json:
            put_json(
                {
                    "data": data.path,
                    "examples": min(count, examples),
                    "labels": split.labels,
                    "ranked": [
                        {**dataclasses.asdict(row), "expected": row.scores.expected}
                        for row in rows
                        if row.scores
                    ],
                    "left_out": [dataclasses.asdict(row) for row in rows if not row.scores],
                }
            )
        if not rows[0].scores:
            raise ZooflowError(
                f"none of {len(rows)} could be ranked; {rows[0].name}: {rows[0].reason}",
                hint="a longer --budget, or other NAMES: zooflow list shows what there is",
            )
        show.say("")
        if not as_json:
            table(rows, f"{split.modality}s/s")
        close(rows, show)
        show.say(f"Next: zooflow finetune {shlex.join([rows[0].name, *_again(given, cache)])}")


def _apart(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell names from patterns, and refuse those that mean nothing."""
    patterns = [
        name
        for name in names
        if any(mark in name for mark in "*?[") and not Path(name).expanduser().is_dir()
    ]
    for pattern in patterns:
        if not any(listing.matches(entry, pattern) for entry in catalogue.entries()):
            known = [entry.name for entry in catalogue.entries()]
            raise UnknownName("model", pattern, known, hint="zooflow list shows the curated ones")
    exact = [name for name in names if name not in patterns]
    for name in exact:
        locate(name)
    return exact, patterns


def _choose(
    exact: Sequence[str],
    patterns: Sequence[str],
    takes: str,
    *,
    download: bool,
    max_params: int | None,
    license: str,
) -> tuple[list[str], int]:
    """Choose the backbones to rank; count those that would fit and are not here.

    Raises:
        ZooflowError: there is none.
    """
    fitting = [
        entry
        for entry in catalogue.entries()
        if (
            any(listing.matches(entry, pattern) for pattern in patterns)
            if patterns
            else entry.curated and not exact
        )
        and listing.fits(
            entry, takes=takes, family=None, max_params=max_params, min_params=None, size=None,
            license=license,
        )
    ]  # fmt: skip
    here = [entry.name for entry in fitting if download or sources.is_here(entry.source)]
    if not exact and not here:
        raise ZooflowError(
            f"of {len(fitting):,} backbones that fit, none is here"
            if fitting
            else f"no backbone that takes {takes}s fits",
            hint="name some, and they are fetched; --download fetches all that fit in the budget"
            if fitting
            else "zooflow list shows what there is",
        )
    return [*exact, *here], len(fitting) - len(here)


def _again(given: dict[str, Any], cache: str) -> list[str]:
    """Give the options of zooflow finetune for the same data, kept in the same way."""
    names = (*KINDS, "text", "image", "label", "on_bad_file")
    words = [(f"--{name.replace('_', '-')}", given[name]) for name in names if given.get(name)]
    if cache != "float16":
        words.append(("--cache", cache))
    return [word for pair in words for word in pair]


def _told(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


command = click.Command(
    "rank",
    params=[
        click.Argument(["names"], nargs=-1),
        *DATA_OPTIONS,
        *FILTERS,
        click.Option(
            ["--budget"], type=Duration(), default="10m", help="Time to spend: 90s, 10m, 1h.  "
            "[default: 10m]"
        ),
        click.Option(
            ["--examples"], type=click.IntRange(min=10), default=MOST,
            help=f"Most examples to ask about.  [default: {MOST:,}]",
        ),
        click.Option(["--download"], is_flag=True, help="Also rank what is not here: fetch it."),
        click.Option(
            ["--cache"], type=click.Choice(["float16", "float32", "off"]), default="float16",
            help="How features are kept.  [default: float16]",
        ),
        click.Option(
            ["--seed"], type=click.IntRange(0, 2**32 - 1), default=0, help="Of all chance."
        ),
        click.Option(["--backend"], type=click.Choice(BACKENDS), help="To compute with."),
        click.Option(["--json", "as_json"], is_flag=True, help="Write JSON."),
        click.Option(["--quiet"], is_flag=True, help="Tell nothing but the table."),
    ],
    callback=callback,
    help=callback.__doc__,
)  # fmt: skip
