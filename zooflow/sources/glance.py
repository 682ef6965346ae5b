"""A glance at a model: what a repository on the hub holds, seen without fetching its weights."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .address import Hub, endpoint
from .hf import bring, discard, is_true, listing, storage
from .needed import needed, weights
from .records import stamp
from .transfer import patiently


@dataclass(frozen=True)
class Peek:
    """What is known of a model without its weights.

    Args:
        folder: holds its small files.
        tensors: names of the tensors in its weights.
        bytes: size of the weights.
    """

    folder: Path
    tensors: tuple[str, ...]
    bytes: int


def peek(place: Hub) -> Peek | None:
    """Fetch all files that a model needs but its weights, and of these the header alone.

    Returns:
        None where the weights have no header that can be read by itself, as only safetensors have.

    Raises:
        BadInput: no such repository or revision, or no weights in it.
        SourceUnavailable: network, permission, or no room on the disk.
    """
    commit, listed = listing(place)
    heavy = weights(listed, place.source)
    if not all(name.endswith((".safetensors", ".index.json")) for name in heavy):
        return None
    prefix = f"{place.inside}/" if place.inside else ""
    folder = storage(place) / "snapshots" / commit / place.inside
    for name in [name for name in needed(listed, place.source) if name not in heavy]:
        if not (folder / name).is_file():
            bring(place, commit, prefix + name, listed[name], None)
        if not is_true(folder / name, stamp(folder / name), listed[name]):
            discard(folder / name)
            return None
    tensors: list[str] = []
    for name in sorted(name for name in heavy if name.endswith(".safetensors")):
        held = patiently(partial(header, place.repo, commit, prefix + name), place)
        if held is None:
            return None
        tensors += held
    return Peek(folder, tuple(tensors), sum(listed[name].size or 0 for name in heavy))


def header(repo: str, commit: str, name: str) -> list[str] | None:
    """Ask for the names of the tensors in a file; None where it is no safetensors file."""
    from huggingface_hub import HfApi, errors

    try:
        hub = HfApi(endpoint())
        return [*hub.parse_safetensors_file_metadata(repo, name, revision=commit).tensors]
    except errors.SafetensorsParsingError:
        return None
