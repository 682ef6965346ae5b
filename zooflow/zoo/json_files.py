"""JSON files beside a checkpoint."""

import json
from pathlib import Path
from typing import Any

from ..errors import BadCheckpoint


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that holds an object.

    Raises:
        BadCheckpoint: there is none.
    """
    try:
        config = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(
            f"{path} does not exist", hint="a model folder holds config.json and the weights"
        ) from error
    except ValueError as error:
        raise BadCheckpoint(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise BadCheckpoint(f"{path} holds no JSON object")
    return config
