"""Runs at the command line: what can be known of one before its model is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import cards
from ..cards import ImageInput, TextInput
from ..errors import BadInput
from ..fresh import inside, read_json
from ..sources import local
from .show import Show

if TYPE_CHECKING:
    from ..judging import Threshold

SHARED = [
    click.Option(["--json", "as_json"], is_flag=True, help="Write JSON."),
    click.Option(["--quiet"], is_flag=True, help="Show no progress."),
]
TARGET_PRECISION = click.Option(
    ["--target-precision"],
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="PART",
    help="Answer only where sure enough that so many answers are right, 0 to 1, by validation.",
)


@dataclass(frozen=True)
class Known:
    """What the small files of a run say.

    Args:
        folder: of the run.
        labels: classes in the order of the logits.
        input: what it takes.
        columns: names of the table's columns that it learned from.
    """

    folder: Path
    labels: tuple[str, ...]
    input: ImageInput | TextInput
    columns: dict[str, str]

    @property
    def modality(self) -> str:
        """Say what it takes: "image" or "text"."""
        return "text" if isinstance(self.input, TextInput) else "image"


def know(run: str, *, quiet: bool = False) -> Known:
    """Read the small files of a run.

    Args:
        run: its folder, or "hf://owner/name", which is fetched.
        quiet: show no progress of that.

    Raises:
        BadInput: it is not a run, or one of them is damaged.
    """
    with Show(quiet=quiet, unit="bytes") as show:
        path = local(run, progress=show.step)
    if not path.exists():
        raise BadInput(
            f"{run} does not exist",
            hint="a run is a folder that zooflow finetune wrote, like runs/pets-1",
        )
    config, preprocessing, recipe = (
        read_json(path, name)
        for name in (
            f"{inside(path)}config.json",
            f"{inside(path)}preprocessing.json",
            "recipe.json",
        )
    )
    try:
        card = cards.from_facts(config["card"] | {"input": preprocessing})
        data = recipe["data"]
        columns = {name: data[name] for name in ("text", "image", "label") if data.get(name)}
        return Known(path, tuple(config["labels"]), card.input, columns)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the run {run} is damaged: {error}") from error


def threshold_of(known: Known, target: float | None) -> "Threshold | None":
    """Find from which probability on answers count, where --target-precision asks for it.

    Raises:
        BadInput: no threshold reaches the target.
    """
    if not target:
        return None
    from ..judging import find_threshold

    return find_threshold(known.folder, target)
