"""Learned positions of patches, for images of another size than they were learned at."""

import math
from collections.abc import Mapping

import keras
import numpy as np

from ..errors import BadInput


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
