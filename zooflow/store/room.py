"""The room that the store takes on disk: bounded; what was not used for the longest time goes."""

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput
from ..sources import cache_folder

ROW = 28  # bytes that an index says of an example


def root() -> Path:
    """Say where the store lies."""
    return cache_folder() / "store"


def limit() -> int:
    """Say how many bytes the store may hold: $ZOOFLOW_STORE_GB, or 20 GB.

    Raises:
        BadInput: the variable holds no number.
    """
    given = os.environ.get("ZOOFLOW_STORE_GB", "20")
    try:
        return int(float(given) * 1e9)
    except ValueError:
        raise BadInput(f"ZOOFLOW_STORE_GB is {given!r}, but must be a number") from None


@dataclass(frozen=True)
class Stored:
    """A set as it lies on disk.

    Args:
        folder: of the set.
        about: what it holds.
        examples: how many.
        bytes: that it takes.
        used: when last, in seconds since 1970.
    """

    folder: Path
    about: str
    examples: int
    bytes: int
    used: float


def stored() -> list[Stored]:
    """List the sets, the last used first."""
    found = []
    for facts in root().glob("*/set.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):  # somebody has made room
            sizes = [file.stat().st_size for file in facts.parent.iterdir()]
            indexes = facts.parent.glob("*.index")
            count = sum(index.stat().st_size // ROW for index in indexes)
            about = json.loads(facts.read_text("utf-8"))["about"]
            used = facts.stat().st_mtime
            found.append(Stored(facts.parent, about, count, sum(sizes), used))
    return sorted(found, key=lambda each: -each.used)


def make_room(wanted: int, *, spare: Path | None = None) -> bool:
    """Remove the sets not used for the longest time until so many bytes fit.

    Args:
        wanted: bytes to come.
        spare: the folder of a set that stays.

    Returns:
        Whether they fit: into the limit, and onto the disk with a gigabyte to spare; and whether
        the folder can be written to.
    """
    with contextlib.suppress(OSError):
        root().mkdir(parents=True, exist_ok=True)
    if not os.access(root(), os.W_OK):
        return False
    sets = stored()
    held = sum(each.bytes for each in sets)
    if wanted > limit():
        return False
    for each in reversed(sets):
        if held + wanted <= limit():
            break
        if each.folder != spare:
            remove(each)
            held -= each.bytes
    return held + wanted <= limit() and wanted + 10**9 <= shutil.disk_usage(root()).free


def remove(each: Stored) -> None:
    """Remove a set; a process that reads it keeps what it has open."""
    shutil.rmtree(each.folder, ignore_errors=True)
