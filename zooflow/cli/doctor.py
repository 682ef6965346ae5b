"""zooflow doctor: what this machine has, what is missing, and what to do about it."""

import os
import platform
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..backend import BACKENDS, choose_backend
from ..errors import ZooflowError
from ..sources import cache_folder
from ..sources.hf import cache as hub_cache
from .machine import bfloat16, devices, room, size, version
from .show import put, put_json

NEEDED = (
    *("keras", "numpy", "pillow", "rich", "safetensors", "ml_dtypes", "tokenizers"),
    *("datasets", "huggingface_hub", "scikit-learn"),
)
SWITCHES = (
    *("KERAS_BACKEND", "KERAS_HOME", "ZOOFLOW_CACHE", "HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT"),
    *("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "PIP_NO_INDEX", "CUDA_VISIBLE_DEVICES"),
)
ROOM = 2e9  # bytes that a run and a model should find free


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(as_json: bool) -> None:
    """Look at the installation and say what is missing."""
    found, todo = examine()
    if as_json:
        put_json({**found, "todo": todo})
    else:
        for title, value in found.items():
            if isinstance(value, dict):
                value = ", ".join(f"{name} {each}" for name, each in value.items()) or "none"
            elif isinstance(value, list):
                value = ", ".join(value) or "none"
            put(f"{title:<10} {value}")
        put("")
        for line in todo or ["Nothing is missing."]:
            put(line)
    if todo:
        raise click.exceptions.Exit(1)


def examine() -> tuple[dict[str, Any], list[str]]:
    """Look at the machine.

    Returns:
        What there is, and sentences on what to do.
    """
    todo = [f"{name} is missing: pip install {name}" for name in NEEDED if not version(name)]
    backend, seen = "none", []
    try:
        backend = choose_backend()
        seen = devices()
    except ZooflowError as error:
        todo.append(f"{error}: {error.hint}")
    caches = {
        "zooflow": cache_folder(),
        "hub": hub_cache(),
        "data sets": Path(os.environ.get("HF_DATASETS_CACHE") or hub_cache().parent / "datasets"),
    }
    free = {name: room(path) for name, path in caches.items()}
    for name, each in free.items():
        if each < ROOM:
            todo.append(f"the {name} cache has {each / 1e9:.1f} GB free: make room")
    found = {
        "zooflow": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "libraries": {name: version(name) or "missing" for name in NEEDED},
        "backends": {name: version(name) for name in BACKENDS if version(name)},
        "chosen": backend,
        "devices": seen,
        "bfloat16": bfloat16(),
        "caches": {
            name: f"{path} ({size(path) / 1e9:.2f} GB, {free[name] / 1e9:.0f} GB free)"
            for name, path in caches.items()
        },
        "switches": {name: os.environ[name] for name in SWITCHES if name in os.environ},
        "token": "set" if os.environ.get("HF_TOKEN") else "not set",
    }
    return found, todo
