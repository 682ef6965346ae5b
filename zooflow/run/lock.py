"""The lock: what a run was made with, so that it can be made again."""

import hashlib
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from .. import __version__
from ..backend import devices
from ..sources import Fetched

LIBRARIES = ("keras", "numpy", "pillow", "tokenizers", "safetensors", "datasets")


def lock(*, files: Fetched | None, source: str, data: str, seed: int) -> dict[str, Any]:
    """Write down versions, device, and the hashes of weights and data.

    Args:
        files: of the backbone; None where it was untrained.
        source: URI of the backbone.
        data: digest of the data.
        seed: of the run.
    """
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "versions": {
            "zooflow": __version__,
            **{name: metadata.version(name) for name in (*LIBRARIES, backend)},
        },
        "backend": backend,
        "devices": devices(),
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
        "backbone": {
            "source": source,
            "revision": files.revision if files else "",
            "sha256": files.sha256 if files else {},
        },
        "data": data,
        "seed": seed,
    }


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
