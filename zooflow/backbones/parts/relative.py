"""Relative positions: a bias on attention that depends on where two pixels lie to each other."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from ...errors import BadInput
from . import activation, dense, registered

Pair = tuple[int, int]  # rows and columns


@registered
class RelativeBias(layers.Layer):
    """Look the bias of two pixels up in a learned table of all their offsets.

    Args:
        window: height and width of what attends, in pixels.
        heads: of attention.
        heads_first: the table is (heads, rows, columns) of offsets, else (offsets, heads).
    """

    tensors = {"table": ""}  # noqa: RUF012 (read by convert: the tensor bears the layer's name)

    def __init__(self, window: Pair, heads: int, heads_first: bool = False, **settings: Any):
        super().__init__(**settings)
        self.window: Pair = window[0], window[1]
        self.heads = heads
        self.heads_first = heads_first

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the table."""
        sides = _sides(self.window)
        shape = (self.heads, *sides) if self.heads_first else (math.prod(sides), self.heads)
        normal = keras.initializers.TruncatedNormal(stddev=0.02)
        self.table = self.add_weight(shape=shape, initializer=normal, name="table")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Give the bias, (heads, pixels, pixels); x is there to hang on to."""
        if self.heads_first:  # as TensorFlow's MaxViT, from keys to queries
            table = ops.transpose(ops.reshape(self.table, (self.heads, -1)))
            return ops.swapaxes(_pair(table, self.window), 1, 2)
        return _pair(self.table, self.window)

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (heads, pixels, pixels)."""
        return self.heads, math.prod(self.window), math.prod(self.window)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"window": self.window, "heads": self.heads, "heads_first": self.heads_first}
        return {**super().get_config(), **own}


def offset_mlp(
    x: KerasTensor,
    window: Pair,
    heads: int,
    *,
    hidden: int,
    bias: bool = True,
    normal: Pair | None = None,
    names: tuple[str, str],
) -> KerasTensor:
    """Compute the bias of two pixels from the logarithm of their offset, by a small MLP.

    Paper: Liu et al., Swin Transformer V2, 2021. arXiv:2111.09883

    Args:
        x: to hang on to.
        window: height and width of what attends, in pixels.
        heads: of attention.
        hidden: width inside the MLP.
        bias: add one after the second layer.
        normal: height and width of a window whose largest offset counts as 8 pixels; None to take
            pixels as they are.
        names: of the two layers.

    Returns:
        (heads, pixels, pixels).
    """
    first, second = names
    y = LogOffsets(window, normal, name=f"{first}-offsets")(x)
    y = activation(dense(y, hidden, name=first), "relu", name=f"{first}-act")
    y = dense(y, heads, bias=bias, name=second)
    return PairBias(window, name=f"{second}-pairs")(y)


@registered
class LogOffsets(layers.Layer):
    """Give the logarithms of all offsets within a window.

    Args:
        window: its height and width in pixels.
        normal: height and width of a window whose largest offset counts as 8 pixels, of which the
            logarithm is 1 then; None to take pixels, and natural logarithms.
    """

    def __init__(self, window: Pair, normal: Pair | None = None, **settings: Any):
        super().__init__(**settings)
        self.window: Pair = window[0], window[1]
        self.normal = tuple(normal) if normal else None
        sides = [np.arange(1 - side, side, dtype="float32") for side in window]
        offsets = np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, 2)
        if normal:
            offsets *= 8 / np.maximum(np.array(normal) - 1, 1)
        scale = math.log(8) if normal else 1
        self.offsets = (np.sign(offsets) * np.log1p(np.abs(offsets)) / scale).astype("float32")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Give them, (offsets, 2); x is there to hang on to."""
        return ops.cast(ops.convert_to_tensor(self.offsets), self.compute_dtype)

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (offsets, 2)."""
        return self.offsets.shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "window": self.window, "normal": self.normal}


@registered
class PairBias(layers.Layer):
    """Look the bias of two pixels up among those of all offsets.

    Args:
        window: height and width of what attends, in pixels.
    """

    def __init__(self, window: Pair, **settings: Any):
        super().__init__(**settings)
        self.window: Pair = window[0], window[1]

    def call(self, table: KerasTensor) -> KerasTensor:
        """Turn (offsets, heads) to (heads, pixels, pixels)."""
        return _pair(table, self.window)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "window": self.window}


def _sides(window: Pair) -> Pair:
    """Count the offsets within a window, along its height and its width."""
    return 2 * window[0] - 1, 2 * window[1] - 1


def _pair(table: Any, window: Pair) -> Any:
    """Take the row of a table, (offsets, heads), for every two pixels of a window."""
    rows, columns = (axis.ravel() for axis in np.indices(window))
    down = rows[:, None] - rows + window[0] - 1
    right = columns[:, None] - columns + window[1] - 1
    index = (down * _sides(window)[1] + right).astype("int32")
    pixels = math.prod(window)
    bias = ops.reshape(ops.take(table, index.ravel(), axis=0), (pixels, pixels, table.shape[-1]))
    return ops.transpose(bias, (2, 0, 1))


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample a checkpoint's tables of relative positions for a model with other windows.

    Args:
        checkpoint: tensors by name.
        model: what they shall be poured into.
        size: height and width of the images that the checkpoint was made for, in pixels.

    Returns:
        The tables that change, to be poured instead of the checkpoint's; none where they fit.

    Raises:
        BadInput: a table that no square window has, for other windows than the model's.
    """
    return dict(_changed(checkpoint, model))


def _changed(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model
) -> Iterator[tuple[str, np.ndarray]]:
    for layer in model.layers:
        name = layer.name.replace("-", ".")
        if not isinstance(layer, RelativeBias) or name not in checkpoint:
            continue
        table, new = checkpoint[name], _sides(layer.window)
        if layer.heads_first:
            old = table.shape[1:]
        else:
            side = math.isqrt(len(table))
            old = (side, side) if side * side == len(table) else new
            if math.prod(old) != len(table):
                raise BadInput(
                    f"{name} holds {len(table)} offsets, which no square window has, and the "
                    f"model's windows are {layer.window[0]} x {layer.window[1]}",
                    hint="load it at the image size that it was saved for",
                )
        if old == new:
            continue
        if layer.heads_first:
            yield name, resample(table, old, new)
        else:
            grid = resample(table.T.reshape(-1, *old), old, new)
            yield name, grid.reshape(len(grid), -1).T


def resample(table: np.ndarray, old: Pair, new: Pair) -> np.ndarray:
    """Resample a table of offsets as timm does: linearly, denser where offsets are small.

    Args:
        table: (heads, rows, columns).
        old: its rows and columns.
        new: the rows and columns to come.

    Returns:
        float32, (heads, new rows, new columns).
    """
    rows, columns = (_linear(before, after) for before, after in zip(old, new, strict=True))
    return np.einsum("ir,jc,hrc->hij", rows, columns, table.astype("float32"))


def _linear(old: int, new: int) -> np.ndarray:
    """Give the weights of each old offset in each new one, (new, old).

    The old offsets are laid out with steps that grow by a constant factor from the middle, so that
    they reach as far as the new ones. Paper: Bao et al., BEiT, 2021. arXiv:2106.08254
    """
    low, high = 1.01, 1.5  # of the factor, as timm searches it
    while high - low > 1e-6:
        factor = (low + high) / 2
        if (1 - factor ** (old // 2)) / (1 - factor) > new // 2:
            high = factor
        else:
            low = factor
    reach = np.cumsum(factor ** np.arange(old // 2)) if old > 1 else np.zeros(0)
    places = np.concatenate([-reach[::-1], [0], reach])
    wanted = np.arange(new) - new // 2
    return np.stack([np.interp(wanted, places, row) for row in np.eye(old)], 1).astype("float32")
