"""What a checkpoint may lack: a pooler that a task left out, or a projection."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..checkpoints import open_checkpoint
from ..errors import BadCheckpoint
from .families import family


def without_absent(
    arguments: dict[str, Any], *, kind: str, held: Collection[str] | None, folder: Path
) -> dict[str, Any]:
    """Leave out the arguments whose tensors the weights do not hold.

    Args:
        arguments: of a family's function.
        kind: the family; its `PARTS` map such arguments to patterns of the tensors that they need.
        held: names of the tensors; None to read them from the folder.
        folder: of the weights; without any, nothing is left out.
    """
    parts = {
        key: part for key, part in getattr(family(kind), "PARTS", {}).items() if key in arguments
    }
    if not parts:
        return arguments
    if held is None:
        try:
            with open_checkpoint(folder) as checkpoint:
                held = list(checkpoint)
        except BadCheckpoint:
            return arguments
    absent = {key for key, part in parts.items() if not any(map(re.compile(part).search, held))}
    return {key: value for key, value in arguments.items() if key not in absent}
