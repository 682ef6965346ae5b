"""The examples by which backbones are ranked."""

from collections import defaultdict

import numpy as np

from ..data import Examples, Split
from ..data.split import rank

LEAST = 2  # examples of a label that come before any others


def sample(split: Split, most: int, seed: int) -> Examples:
    """Choose examples to learn from and to steer by; those to judge by stay unseen.

    The choice is stratified. Within a label the order is that of hashes of seed and content, so
    that an example that is added moves few others.

    Args:
        split: the data.
        most: examples to choose.
        seed: another seed chooses others.
    """
    both = split.train, split.validation
    inputs = tuple(each for part in both for each in part.inputs)
    targets = np.concatenate([part.targets for part in both])
    origins = tuple(each for part in both for each in part.origins)
    hashes = tuple(each for part in both for each in part.hashes)
    if len(targets) > most:
        chosen = _stratified(targets, hashes, most, seed)
    else:
        chosen = list(range(len(targets)))
    return Examples(
        tuple(inputs[i] for i in chosen),  # type: ignore[arg-type]
        targets[chosen],
        tuple(origins[i] for i in chosen),
        tuple(hashes[i] for i in chosen),
    )


def _stratified(targets: np.ndarray, hashes: tuple[str, ...], most: int, seed: int) -> list[int]:
    members: dict[int, list[int]] = defaultdict(list)
    ranks = [rank(each, seed) for each in hashes]
    for i in sorted(range(len(targets)), key=ranks.__getitem__):
        members[int(targets[i])].append(i)
    order = [
        ((place + 0.5) / len(mine) if place >= LEAST else place - LEAST, ranks[i], i)
        for mine in members.values()
        for place, i in enumerate(mine)
    ]
    return sorted(i for _, _, i in sorted(order)[:most])
