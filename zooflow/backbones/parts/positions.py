"""Learned positions of patches, for images of another size than they were learned at."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from ...errors import BadInput
from . import registered


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample the positions of a checkpoint for a model that takes images of another size.

    Args:
        checkpoint: tensors by name.
        model: what they shall be poured into.
        size: height and width of the images that the checkpoint was made for, in pixels.

    Returns:
        The tensors that change, to be poured instead of the checkpoint's; none where they fit.

    Raises:
        BadInput: patches do not divide the images.
    """
    patches = model.get_layer("patch_embed-proj")
    check_size(model.input_shape[1:3], patches.kernel_size[0], strict=True)
    if "pos_embed" not in checkpoint:
        return {}
    table = checkpoint["pos_embed"]
    table = table.reshape(1, -1, table.shape[-1])  # transformers holds some without the batch
    if any(isinstance(layer, Resample) for layer in model.layers):  # on the way
        return {}
    new = tuple(patches.output.shape[1:3])
    prefix = model.get_layer("pos_embed").shape[1] - math.prod(new)
    count = table.shape[1] - prefix
    old = (size[0] // patches.kernel_size[0], size[1] // patches.kernel_size[1])
    if math.prod(old) != count:  # learned for yet another size
        old = (math.isqrt(count), math.isqrt(count))
    if old == new or math.prod(old) != count:
        return {}
    return {"pos_embed": resample(table, old, new, prefix=prefix)}


def check_size(size: tuple[int, int], patch: int, *, strict: bool) -> None:
    """Refuse images that are smaller than a patch, or that patches do not divide.

    Args:
        size: height and width of the images, in pixels.
        patch: side in pixels.
        strict: refuse a rest, which is cut off else.

    Raises:
        BadInput: they do not fit.
    """
    height, width = size
    if min(height, width) < patch or (strict and (height % patch or width % patch)):
        raise BadInput(
            f"images of {height} x {width} pixels do not divide into patches of {patch} x {patch}",
            hint=f"choose a size that is a multiple of {patch}",
        )


def resample(
    table: np.ndarray, old: tuple[int, int], new: tuple[int, int], *, prefix: int
) -> np.ndarray:
    """Resample positions from one grid of patches to another, as timm does: bicubic, antialiased.

    Args:
        table: (1, prefix + rows * columns, width).
        old: its rows and columns.
        new: the rows and columns to come.
        prefix: tokens before the patches; they keep their positions.

    Returns:
        float32, (1, prefix + new rows * columns, width).
    """
    table = table.astype("float32")
    grid = table[0, prefix:].reshape(*old, -1)
    rows, columns = (_bicubic(before, after) for before, after in zip(old, new, strict=True))
    grid = np.einsum("ir,jc,rcw->ijw", rows, columns, grid, optimize=True)
    return np.concatenate([table[:, :prefix], grid.reshape(1, new[0] * new[1], -1)], axis=1)


@registered
class Resample(layers.Layer):
    """Resample positions from one grid of patches to another at each step, as transformers does.

    Args:
        old: rows and columns that they are learned for.
        new: those of the images.
        prefix: tokens before the patches; they keep their positions.
        antialias: weigh all places that are merged; else four of them.
    """

    def __init__(
        self,
        old: tuple[int, int],
        new: tuple[int, int],
        prefix: int,
        antialias: bool,
        **settings: Any,
    ):
        super().__init__(**settings)
        self.old, self.new = tuple(old), tuple(new)
        self.prefix = prefix
        self.antialias = antialias

    def call(self, table: KerasTensor) -> KerasTensor:
        """Resample a table, (batch, prefix + rows * columns, width)."""
        weigh = _bicubic if self.antialias else _bicubic_of_four
        width = table.shape[-1]
        grid = ops.reshape(table[:, self.prefix :], (-1, *self.old, width))
        rows, columns = (
            ops.cast(weigh(before, after), table.dtype)
            for before, after in zip(self.old, self.new, strict=True)
        )
        grid = ops.einsum("ir,jc,brcw->bijw", rows, columns, grid)
        grid = ops.reshape(grid, (-1, math.prod(self.new), width))
        return ops.concatenate([table[:, : self.prefix], grid], axis=1)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"old": self.old, "new": self.new, "prefix": self.prefix, "antialias": self.antialias}
        return {**super().get_config(), **own}


def _bicubic_of_four(old: int, new: int) -> np.ndarray:
    """Give the weights of each old place in each new one, (new, old), without antialiasing.

    Paper: Keys, as below; PyTorch's a is -3/4 here. Places beyond the edge are those at it.
    """
    centers = (np.arange(new) + 0.5) * old / new - 0.5
    weights = np.zeros((new, old))
    for step in (-1, 0, 1, 2):
        place = np.floor(centers) + step
        away = np.abs(centers - place)
        near = (1.25 * away - 2.25) * away**2 + 1
        far = ((-0.75 * away + 3.75) * away - 6) * away + 3
        share = np.where(away < 1, near, np.where(away < 2, far, 0))
        np.add.at(weights, (np.arange(new), np.clip(place, 0, old - 1).astype(int)), share)
    return weights.astype("float32")


def _bicubic(old: int, new: int) -> np.ndarray:
    """Give the weights of each old place in each new one, (new, old).

    Paper: Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981. His a = -1/2 is
    what PyTorch takes with antialiasing, which also widens the window where places are merged.
    """
    ratio = old / new
    centers = (np.arange(new)[:, None] + 0.5) * ratio
    away = np.abs(np.arange(old) + 0.5 - centers) / max(ratio, 1)
    near = (1.5 * away - 2.5) * away**2 + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    weights = np.where(away < 1, near, np.where(away < 2, far, 0))
    return (weights / weights.sum(1, keepdims=True)).astype("float32")
