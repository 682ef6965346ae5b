"""Attention of channels to channels, and positions that waves make, as XCiT has them."""

from typing import Any

import numpy as np
from keras import KerasTensor, layers, ops

from . import registered


@registered
class CrossCovariance(layers.Layer):
    """Mix channels by the likeness of queries and keys over all tokens, in heads.

    Paper: El-Nouby et al., XCiT: Cross-Covariance Image Transformers, 2021. arXiv:2106.09681

    Args:
        heads: parts of the width that attend on their own.
    """

    tensors = {"temperature": "temperature"}  # noqa: RUF012 (read by convert)

    def __init__(self, heads: int, **settings: Any):
        super().__init__(**settings)
        self.heads = heads

    def build(self, q_shape: tuple[int, ...]) -> None:
        """Make the factors that sharpen the likeness."""
        self.temperature = self.add_weight(
            shape=(self.heads, 1, 1), initializer="ones", name="temperature"
        )

    def call(self, q: KerasTensor, k: KerasTensor, v: KerasTensor) -> KerasTensor:
        """Attend; q, k, v and what comes out are (batch, tokens, width)."""
        count, width = q.shape[1], q.shape[2]
        q, k, v = (ops.reshape(x, (-1, count, self.heads, width // self.heads)) for x in (q, k, v))
        likeness = ops.einsum("bnhc,bnhd->bhcd", _unit(q), _unit(k))
        likeness = ops.cast(likeness * self.temperature, "float32")
        shares = ops.cast(ops.softmax(likeness), v.dtype)
        return ops.reshape(ops.einsum("bhcd,bnhd->bnhc", shares, v), (-1, count, width))

    def compute_output_shape(self, q_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of the values."""
        return q_shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads}


@registered
class Waves(layers.Layer):
    """Make waves of many lengths along height and width, which say where a patch is.

    Paper: Vaswani et al., Attention Is All You Need, 2017. arXiv:1706.03762, in two dimensions.

    Args:
        count: waves along each of both.
        temperature: of the longest wave to the shortest.
    """

    def __init__(self, count: int = 32, temperature: float = 10000.0, **settings: Any):
        super().__init__(**settings)
        self.count = count
        self.temperature = temperature

    def call(self, x: KerasTensor) -> KerasTensor:
        """Make them for a map, (batch, height, width, …): (batch, height, width, 2 * count)."""
        height, width = x.shape[1:3]
        rows = np.broadcast_to(self._waves(height)[:, None], (height, width, self.count))
        columns = np.broadcast_to(self._waves(width), (height, width, self.count))
        waves = ops.cast(np.concatenate([rows, columns], axis=-1), x.dtype)
        return ops.broadcast_to(waves, (ops.shape(x)[0], *waves.shape))

    def _waves(self, length: int) -> np.ndarray:
        place = np.arange(1, length + 1) / (length + 1e-6) * 2 * np.pi
        lengths = self.temperature ** (2 * (np.arange(self.count) // 2) / self.count)
        angles = place[:, None] / lengths
        return np.where(np.arange(self.count) % 2, np.cos(angles), np.sin(angles)).astype("float32")

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (batch, height, width, 2 * count)."""
        return (*shape[:3], 2 * self.count)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"count": self.count, "temperature": self.temperature}
        return {**super().get_config(), **own}


def _unit(x: KerasTensor) -> KerasTensor:
    """Divide each channel by its length over all tokens, (batch, tokens, heads, channels)."""
    wide = ops.cast(x, "float32")
    length = ops.sqrt(ops.sum(ops.square(wide), axis=1, keepdims=True))
    return ops.cast(wide / ops.maximum(length, 1e-12), x.dtype)
