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


def differences(then: dict[str, Any], now: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Say in what the lock of a run differs from what is there now.

    Args:
        then: its lock.
        now: one that is made now.

    Returns:
        What makes it another training; and what may change the last bits of its numbers.
    """
    fatal = [
        clause
        for what, clause in (
            ("backbone", "the backbone's weights have changed since"),
            ("seed", "its seed is another"),
        )
        if then.get(what) != now[what]
    ]
    if then.get("backend") != now["backend"]:
        fatal.append(f"it was begun on {then.get('backend')}, and this is {now['backend']}")
    before = then.get("versions", {})
    others = [
        f"{name} was {before.get(name, 'not there')} and is {version}"
        for name, version in now["versions"].items()
        if before.get(name) != version
    ]
    others += [
        f"the {what} was {then.get(what)} and is {now[what]}"
        for what in ("python", "devices", "processor")
        if then.get(what) != now[what]
    ]
    return fatal, others


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
