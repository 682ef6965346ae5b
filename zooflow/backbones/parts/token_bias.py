"""Relative positions of patches with a class token before them, as BEiT learns them."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from ...errors import BadInput
from . import registered
from .relative import resample

OF_TOKEN = 3  # biases that the class token has: from it, to it, and its own


@registered
class TokenBias(layers.Layer):
    """Look the bias of two tokens up in a learned table of all offsets of patches.

    Args:
        grid: rows and columns of the patches.
        heads: of attention.
        token: a class token stands before the patches; the table ends with its three biases.
    """

    tensors = {"table": ""}  # noqa: RUF012 (read by convert: the tensor bears the layer's name)

    def __init__(self, grid: tuple[int, int], heads: int, token: bool = True, **settings: Any):
        super().__init__(**settings)
        self.grid = grid[0], grid[1]
        self.heads = heads
        self.token = token

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the table."""
        offsets = math.prod(_sides(self.grid)) + OF_TOKEN * self.token
        normal = keras.initializers.TruncatedNormal(stddev=0.02)
        self.table = self.add_weight(shape=(offsets, self.heads), initializer=normal, name="table")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Give the bias, (1, heads, tokens, tokens); x is there to hang on to."""
        index = self._index()
        bias = ops.take(self.table, index.ravel(), axis=0)
        return ops.transpose(ops.reshape(bias, (1, *index.shape, self.heads)), (0, 3, 1, 2))

    def _index(self) -> np.ndarray:
        rows, columns = (axis.ravel() for axis in np.indices(self.grid))
        down = rows[:, None] - rows + self.grid[0] - 1
        right = columns[:, None] - columns + self.grid[1] - 1
        height, width = _sides(self.grid)
        index = np.pad(down * width + right, ((int(self.token), 0),) * 2)
        if self.token:
            index[0, :], index[:, 0], index[0, 0] = (height * width + i for i in range(OF_TOKEN))
        return index.astype("int32")

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (1, heads, tokens, tokens)."""
        tokens = math.prod(self.grid) + self.token
        return 1, self.heads, tokens, tokens

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"grid": self.grid, "heads": self.heads, "token": self.token}
        return {**super().get_config(), **own}


@registered
class PadBias(layers.Layer):
    """Give tokens before the patches no bias.

    Args:
        tokens: how many there are.
    """

    def __init__(self, tokens: int, **settings: Any):
        super().__init__(**settings)
        self.tokens = tokens

    def call(self, bias: KerasTensor) -> KerasTensor:
        """Turn (heads, patches, patches) to (1, heads, all tokens, all tokens)."""
        return ops.pad(bias[None], ((0, 0), (0, 0), (self.tokens, 0), (self.tokens, 0)))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "tokens": self.tokens}


def _sides(grid: tuple[int, int]) -> tuple[int, int]:
    """Count the offsets of a grid's patches, along its height and its width."""
    return 2 * grid[0] - 1, 2 * grid[1] - 1


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample a checkpoint's tables of relative positions for images of another size.

    Args:
        checkpoint: tensors by name.
        model: what they shall be poured into.
        size: height and width of the images that the checkpoint was made for, in pixels.

    Returns:
        The tables that change, to be poured instead of the checkpoint's; none where they fit.

    Raises:
        BadInput: a table that neither those images nor a square grid of patches has.
    """
    changed = {}
    for layer in model.layers:
        name = layer.name.replace("-", ".")
        if not isinstance(layer, TokenBias) or name not in checkpoint:
            continue
        table, extra = checkpoint[name], OF_TOKEN * layer.token
        offsets, new = len(table) - extra, _sides(layer.grid)
        patch = model.input_shape[1] // layer.grid[0], model.input_shape[2] // layer.grid[1]
        old = _sides((size[0] // patch[0], size[1] // patch[1]))
        if math.prod(old) != offsets:  # learned for yet another size
            old = (math.isqrt(offsets), math.isqrt(offsets))
        if math.prod(old) != offsets:
            raise BadInput(f"{name} holds {offsets} offsets, which no square grid of patches has")
        if old != new:
            grid = resample(table[:offsets].T.reshape(-1, *old), old, new)
            rest = table[offsets:].astype("float32")
            changed[name] = np.concatenate([grid.reshape(len(grid), -1).T, rest])
    return changed
