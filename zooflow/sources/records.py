"""The record of what was fetched: from where, at which commit, with which hashes."""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import BadInput, HashMismatch


@dataclass(frozen=True)
class Stamp:
    """A file's hash, and what tells at a glance that the file is still the one hashed."""

    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Record:
    """What a source was found to hold.

    Args:
        source: its one spelling.
        folder: where the files lie.
        revision: commit or version; empty for a folder.
        files: by name in the folder.
    """

    source: str
    folder: Path
    revision: str
    files: Mapping[str, Stamp]

    def is_whole(self) -> bool:
        """Tell whether every file is there; looks at names only."""
        return all((self.folder / name).is_file() for name in self.files)


def cache_folder() -> Path:
    """Say where zooflow keeps records and unpacked wheels: $ZOOFLOW_CACHE, or the user's cache."""
    if given := os.environ.get("ZOOFLOW_CACHE"):
        return Path(given).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "zooflow"


def slug(source: str) -> str:
    """Make a file name of a source: readable, and unique by eight digits of its hash."""
    readable = re.sub(r"[^\w.=-]+", "-", source)[-100:].strip("-")
    return f"{readable}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"


def recall(source: str) -> Record | None:
    """Read the record of a source; None where there is none that can be read."""
    try:
        kept = json.loads((cache_folder() / "records" / f"{slug(source)}.json").read_text("utf-8"))
        files = {name: Stamp(**stamp) for name, stamp in kept["files"].items()}
        return Record(kept["source"], Path(kept["folder"]), kept["revision"], files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def keep(record: Record) -> None:
    """Write a record whole or not at all."""
    folder = cache_folder() / "records"
    text = json.dumps({**asdict(record), "folder": str(record.folder)}, indent=1)
    # A cache that cannot be written to must not keep a model that is here from loading.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, folder / f"{slug(record.source)}.json")


def stamp(path: Path) -> Stamp:
    """Hash a file."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    state = path.stat()
    return Stamp(digest, state.st_size, state.st_mtime_ns)


def renew(folder: Path, names: Iterable[str], known: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Stamp files, hashing only those whose size or time differs from what is known."""
    stamps = {}
    for name in names:
        state, old = (folder / name).stat(), known.get(name)
        same = old and (old.size, old.mtime_ns) == (state.st_size, state.st_mtime_ns)
        stamps[name] = old if old and same else stamp(folder / name)
    return stamps


def hold(stamps: Mapping[str, Stamp], promised: Mapping[str, str], *, by: str, hint: str) -> None:
    """Hold files to the hashes that were promised.

    Args:
        stamps: the files as they are.
        promised: sha256 by file name.
        by: who promised it, for the error: "its card".
        hint: what to do about a difference.

    Raises:
        HashMismatch: a file differs or is not there.
    """
    for name, wanted in promised.items():
        if name not in stamps:
            raise HashMismatch(f"{name}, whose hash is pinned by {by}, is not there", hint)
        if stamps[name].sha256 != wanted.lower():
            raise HashMismatch(
                f"{name} is not the file promised by {by}: "
                f"sha256 {stamps[name].sha256[:12]}… instead of {wanted[:12]}…",
                hint,
            )
