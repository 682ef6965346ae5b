"""The folder of a run: whether a new one has its place, and what small files in it say.

Imports no ML library.
"""

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .errors import BadInput


def check_free(out: Path) -> None:
    """Refuse a folder that is there already.

    Raises:
        BadInput: it is.
    """
    if (out / "recipe.json").exists() and not (out / "model").exists():
        raise BadInput(
            f"{out} exists already: a run that was stopped",
            hint=f"zooflow resume {out} goes on with it; or choose another --out",
        )
    if out.exists() or out.is_symlink():
        raise BadInput(
            f"{out} exists already, and nothing is overwritten",
            hint="choose another --out, or remove it first",
        )


def check_file(path: Path) -> None:
    """Refuse a file that could not be written: a folder, or one in a folder that is not there.

    Raises:
        BadInput: it is such.
    """
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "stands in a folder that does not exist"
        raise BadInput(f"{path} {what}", hint="name a file in a folder that is there")


def next_free(folder: Path, name: str) -> Path:
    """Give the first of `name-1`, `name-2`, … that is not in a folder yet."""
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    return folder / f"{name}-{number}"


def check_board() -> None:
    """Refuse to write for TensorBoard where that cannot be.

    Raises:
        BadInput: the library that does so is not installed.
    """
    if not find_spec("tensorboardX"):
        raise BadInput(
            "tensorboardX, which writes for TensorBoard, is not installed",
            hint="pip install tensorboardX",
        )


def is_run(folder: Path) -> bool:
    """Tell a finished run's folder from that of a backbone."""
    return (folder / "model" / "config.json").is_file()


def inside(run: Path) -> str:
    """Say where in a run its model lies: in a folder of its own; beside all else once pushed."""
    pushed = (run / "preprocessing.json").is_file() and not (run / "model").exists()
    return "" if pushed else "model/"


def read_json(folder: Path, name: str) -> Any:
    """Read a file of a run.

    Raises:
        BadInput: it is not there, or damaged.
    """
    try:
        return json.loads((folder / name).read_text("utf-8"))
    except FileNotFoundError:
        if (folder / "recipe.json").exists():
            raise BadInput(
                f"{folder} was stopped before it was trained: it has no {name}",
                hint=f"zooflow resume {folder}",
            ) from None
        raise BadInput(
            f"{folder} is not a run: it has no {name}",
            hint="a run is a folder that zooflow finetune wrote, like runs/pets-1",
        ) from None
    except (ValueError, OSError) as error:
        raise BadInput(f"{folder / name} cannot be read: {error}") from error


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a table of a run, whose names of files need not be text.

    Raises:
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return [*csv.DictReader(file)]
