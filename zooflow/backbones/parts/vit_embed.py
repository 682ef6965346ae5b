"""The tokens of a Vision Transformer: its patches, those that are learned, and their positions."""

import math

from keras import KerasTensor, layers

from . import Parameter
from .positions import Resample

POSITIONS = {"learn": True, "none": False, "": False}
Grid = tuple[int, int]


def embed(
    x: KerasTensor,
    learned: dict[str, int],
    *,
    positions: bool,
    without: str = "",
    grids: tuple[Grid, Grid],
    antialias: bool,
) -> KerasTensor:
    """Put learned tokens before the patches, and add positions.

    Args:
        x: patches, (batch, length, width).
        learned: how many tokens of each name.
        positions: add them at all.
        without: what they are not added to: "class" for all that is learned, "registers", "" for
            nothing.
        grids: rows and columns that positions are learned for, and those of the images.
        antialias: how the first becomes the second.
    """
    width = x.shape[-1]
    early = {"class": 0, "registers": 1}.get(without, len(learned)) if positions else len(learned)
    names = list(learned)
    x = put_before(x, {name: learned[name] for name in names[:early]}, name="embed-tokens")
    if positions:
        prefix = sum(learned[name] for name in names[:early])
        table = Parameter((1, prefix + math.prod(grids[0]), width), name="pos_embed")(x)
        if tuple(grids[0]) != tuple(grids[1]):
            table = Resample(*grids, prefix, antialias, name="pos_embed-resample")(table)
        x = layers.Add(name="embed-positions")([x, table])
    late = {name: learned[name] for name in names[early:]}
    if early == 0 or not late:
        return put_before(x, late, name="embed-tokens")
    first = layers.Cropping1D((0, x.shape[1] - 1), name="embed-first")(x)
    rest = put_before(layers.Cropping1D((1, 0), name="embed-rest")(x), late, name="embed-registers")
    return layers.Concatenate(axis=1, name="embed-all")([first, rest])


def put_before(x: KerasTensor, learned: dict[str, int], *, name: str) -> KerasTensor:
    """Put learned tokens before others, where there are any."""
    if not learned:
        return x
    tokens = [Parameter((1, n, x.shape[-1]), name=name)(x) for name, n in learned.items()]
    return layers.Concatenate(axis=1, name=name)([*tokens, x])
