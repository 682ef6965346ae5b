"""A checkpoint in several files, with an index that says which tensor lies in which."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from .checkpoint import Refusal, Tensor, refused

MOST = 16 * 2**20  # bytes of an index

Opener = Callable[[Path, ExitStack], dict[str, Tensor]]


def sharded_file(path: Path, closing: ExitStack, opener: Opener) -> dict[str, Tensor]:
    """List what an index and its shards hold.

    Args:
        path: the index, such as model.safetensors.index.json.
        closing: takes the open files.
        opener: opens one shard.

    Raises:
        Refusal: the index is damaged, or names a shard that is missing or elsewhere, or it and
            the shards differ on where a tensor lies.
    """
    shards: dict[str, set[str]] = {}
    for name, shard in _weight_map(path).items():
        shards.setdefault(shard, set()).add(name)
    for shard in shards:
        _check(path, shard)
    if missing := sorted(shard for shard in shards if not (path.parent / shard).is_file()):
        raise Refusal(f"of its {len(shards)} shards, {len(missing)} are missing: {_some(missing)}")
    tensors: dict[str, Tensor] = {}
    for shard, names in shards.items():
        try:
            found = opener(path.parent / shard, closing)
        except Refusal as refusal:
            raise refused(path.parent / shard, str(refusal)) from None
        if absent := sorted(names - found.keys()):
            raise Refusal(f"shard {shard!r} lacks what the index names: {_some(absent)}")
        if twice := sorted(found.keys() & tensors.keys()):
            raise Refusal(f"shard {shard!r} repeats what another has: {_some(twice)}")
        if extra := sorted(found.keys() - names):
            raise Refusal(
                f"shard {shard!r} has what the index does not place there: {_some(extra)}"
            )
        tensors |= found
    return tensors


def _weight_map(path: Path) -> dict[str, str]:
    if (size := path.stat().st_size) > MOST:
        raise Refusal(f"it is an index of {size:,} bytes, more than {MOST:,}")
    try:
        index = json.loads(path.read_bytes(), object_pairs_hook=_unique)
    except RecursionError:
        raise Refusal("it is an index that nests too deep") from None
    except Refusal:
        raise
    except ValueError as error:
        raise Refusal(f"it is no sound JSON ({error})") from None
    weights = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weights, dict) or not weights:
        raise Refusal("it has no weight_map, so it is not the index of a checkpoint")
    if wrong := [name for name, shard in weights.items() if not isinstance(shard, str)]:
        raise Refusal(f"it places {wrong[0]!r:.80} in no file")
    return weights


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = {}
    for name, value in pairs:
        if name in entries:
            raise Refusal(f"it has {name!r:.80} twice")
        entries[name] = value
    return entries


def _check(index: Path, shard: str) -> None:
    if shard in {"", ".", ".."} or any(mark in shard for mark in "/\\:\0"):
        raise Refusal(f"its shard {shard!r:.120} lies outside the folder")
    # The hub's cache is links into one folder of blobs: a shard may lie where the index does.
    homes = {index.parent.resolve(), index.resolve().parent}
    if (index.parent / shard).resolve().parent not in homes:
        raise Refusal(f"its shard {shard!r:.120} is a link out of the folder")


def _some(names: list[str]) -> str:
    shown = ", ".join(f"{name!r:.80}" for name in names[:3])
    return f"{shown}, …" if len(names) > 3 else shown
