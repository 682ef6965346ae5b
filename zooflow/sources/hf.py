"""Files of a repository on the hub, kept in the hub client's own cache."""

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput, HashMismatch, SourceUnavailable, UnknownName
from .address import Hub, endpoint
from .failures import told
from .needed import needed, offered
from .records import Record, Stamp, renew
from .transfer import Progress, make_room, patiently, stream

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling


def cache() -> Path:
    """Say where the hub client keeps its files, by its own environment variables."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if given := os.environ.get(name):
            return Path(os.path.expandvars(given)).expanduser()
    home = os.environ.get("HF_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def storage(place: Hub) -> Path:
    """Say where the hub client keeps a repository."""
    return cache() / f"models--{place.repo.replace('/', '--')}"


def cached(place: Hub) -> Record | None:
    """Find what the hub client has of a place, without the network and without hashing.

    Returns:
        A record whose files have no stamps yet (size -1); None where the weights are not there.
    """
    reference = storage(place) / "refs" / place.revision
    commit = reference.read_text("utf-8").strip() if reference.is_file() else place.revision
    folder = storage(place) / "snapshots" / commit / place.inside
    try:
        names = needed(offered(folder), place.source)
    except BadInput:
        return None
    return Record(place.source, folder, commit, dict.fromkeys(names, Stamp("", -1, 0)))


def download(place: Hub, *, known: Record | None, progress: Progress | None) -> Record:
    """Fetch the files that a model needs and hold each to the hash that the hub states.

    Args:
        place: where they are.
        known: what an earlier download of the same place recorded.
        progress: told of each file's name, bytes here and bytes in all.

    Raises:
        BadInput: no such repository or revision, or no weights in it.
        SourceUnavailable: network, permission, or no room on the disk.
        HashMismatch: a file that came is not the one the hub states.
    """
    commit, listed = listing(place)
    prefix = f"{place.inside}/" if place.inside else ""
    folder = storage(place) / "snapshots" / commit / place.inside
    names = needed(listed, place.source)
    trusted = known.files if known and known.revision == commit else {}
    lack = sum(listed[n].size or 0 for n in names if not (folder / n).is_file())
    make_room(lack, cache(), place.source)
    stamps: dict[str, Stamp] = {}
    for name in names:
        path, promise = folder / name, listed[name]
        for _ in range(3):
            if not path.is_file():
                bring(place, commit, prefix + name, promise, progress)
            stamps.update(renew(folder, [name], trusted))
            if is_true(path, stamps[name], promise):
                break
            discard(path)  # damaged here, or on its way: it comes again from its first byte
        else:
            raise HashMismatch(
                f"{name} of {place.source} arrives damaged: it is not the file that the hub states",
                hint="try again later or from another network; nothing of the file was kept",
            )
    return Record(place.source, folder, commit, stamps)


def listing(place: Hub) -> tuple[str, dict[str, "RepoSibling"]]:
    """Ask the hub for a commit, and for the files of a folder in it with their hashes.

    Raises:
        UnknownName: no such repository, revision or folder.
        SourceUnavailable: network, or permission.
    """
    from huggingface_hub import HfApi

    info = patiently(
        lambda: HfApi(endpoint()).model_info(
            place.repo, revision=place.revision, files_metadata=True, timeout=30
        ),
        place,
    )
    commit = info.sha or ""
    if not re.fullmatch("[0-9a-f]{40}", commit):
        raise SourceUnavailable(f"the hub's answer names no commit of {place.source}: {commit!r}")
    prefix = f"{place.inside}/" if place.inside else ""
    files = info.siblings or []
    listed = {
        file.rfilename.removeprefix(prefix): file
        for file in files
        if file.rfilename.startswith(prefix)
    }
    if place.inside and not listed:
        folders = {file.rfilename.rpartition("/")[0] for file in files} - {""}
        raise UnknownName(
            f"folder of {place.repo}",
            place.inside,
            sorted(folders),
            hint=f"it has {', '.join(sorted(folders)[:5]) or 'no folders'}",
        )
    return commit, listed


def bring(
    place: Hub, commit: str, name: str, promise: "RepoSibling", progress: Progress | None
) -> None:
    """Bring one file into the hub client's cache, laid out as the client does it.

    The client itself starts from zero after every interruption, and waits for as long as a hub
    asks. So the content is put where the client looks for it, under `blobs/`.
    """
    from huggingface_hub import hf_hub_download

    digest = promise.lfs.sha256 if promise.lfs else promise.blob_id
    try:
        if promise.size is not None and re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", digest or ""):
            blob = storage(place) / "blobs" / str(digest)
            stream(place, commit, name, blob, promise.size, progress)
            link(blob, storage(place) / "snapshots" / commit / name)
            return
        patiently(
            lambda: hf_hub_download(
                place.repo, name, revision=commit, cache_dir=cache(), endpoint=endpoint()
            ),
            place,
        )
    except OSError as error:
        raise told(error, place) from error


def link(blob: Path, path: Path) -> None:
    """Let a file of a snapshot be some content; where there are no links, move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(os.path.relpath(blob, path.parent))
    except FileExistsError:  # another process was faster
        return
    except OSError:  # Windows, where links are a privilege
        os.replace(blob, path)


def is_true(path: Path, found: Stamp, promise: "RepoSibling") -> bool:
    """Hold a file to what the hub states of it: sha256 if it is large, git's own hash if small."""
    if promise.lfs:
        return found.sha256 == promise.lfs.sha256
    if not promise.blob_id:
        return promise.size in (None, found.size)
    content = path.read_bytes()
    return promise.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def discard(path: Path) -> None:
    """Remove a file of the hub client's cache, link and content."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
