"""Runs at the command line: what can be known of one before its model is loaded, and asking it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput
from .show import Show

if TYPE_CHECKING:
    import numpy as np

    from ..run import Run

CHUNK = 256  # examples between two movements of the bar
SHARED = [
    click.Option(["--json", "as_json"], is_flag=True, help="Write JSON."),
    click.Option(["--quiet"], is_flag=True, help="Show no progress."),
]


@dataclass(frozen=True)
class Known:
    """What the small files of a run say.

    Args:
        folder: of the run.
        labels: classes in the order of the logits.
        modality: "image" or "text".
        columns: names of the table's columns that it learned from.
    """

    folder: Path
    labels: tuple[str, ...]
    modality: str
    columns: dict[str, str]


def know(folder: str) -> Known:
    """Read the small files of a run.

    Raises:
        BadInput: it is not a run, or one of them is damaged.
    """
    path = Path(folder).expanduser()
    if not (path / "model" / "config.json").is_file():
        what = "is not a run" if path.exists() else "does not exist"
        raise BadInput(
            f"{folder} {what}",
            hint="a run is a folder that zooflow finetune wrote, like runs/pets-1",
        )
    try:
        recipe, config, preprocessing = (
            json.loads((path / name).read_text("utf-8"))
            for name in ("recipe.json", "model/config.json", "model/preprocessing.json")
        )
        modality = "text" if "length" in preprocessing else "image"
        data = recipe["data"]
        columns = {name: data[name] for name in ("text", "image", "label") if data.get(name)}
        return Known(path, tuple(config["labels"]), modality, columns)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the run {folder} is damaged: {error}") from error


def ask(run: "Run", inputs: Sequence[Any], show: Show) -> "np.ndarray":
    """Ask a run about inputs, and show how far it is.

    Args:
        run: loaded.
        inputs: image files, or texts; at least one.
        show: where progress is told.

    Returns:
        Probabilities, float32 (examples, labels).
    """
    import numpy as np

    said = []
    for begin in range(0, len(inputs), CHUNK):
        said.append(run.predict(inputs[begin : begin + CHUNK]))
        show.step("predicting", min(begin + CHUNK, len(inputs)), len(inputs))
    return np.concatenate(said)
