"""Attention whose cost grows linearly with the pixels.

Paper: Katharopoulos et al., Transformers are RNNs, 2020. arXiv:2006.16236
"""

from typing import Any

from keras import KerasTensor, layers, ops

from . import registered


@registered
class ReluAttention(layers.Layer):
    """Weigh values by the product of queries and keys, both cut off below zero.

    Args:
        width: channels of a head.
        epsilon: added to the sum of the weights.
    """

    def __init__(self, width: int, epsilon: float = 1e-5, **settings: Any):
        super().__init__(**settings)
        self.width = width
        self.epsilon = epsilon

    def call(self, x: KerasTensor) -> KerasTensor:
        """Attend.

        Args:
            x: queries, keys and values of each head side by side, (batch, height, width, heads *
                3 * width of a head).

        Returns:
            (batch, height, width, heads * width of a head).
        """
        _, height, width, channels = x.shape
        heads = ops.reshape(
            ops.cast(x, "float32"),
            (-1, height * width, channels // (3 * self.width), 3 * self.width),
        )
        q, k, v = ops.split(heads, 3, axis=-1)
        q, k = ops.relu(q), ops.relu(k)
        mixed = ops.einsum("bnhd,bhde->bnhe", q, ops.einsum("bnhd,bnhe->bhde", k, v))
        total = ops.einsum("bnhd,bhd->bnh", q, ops.sum(k, axis=1))[..., None]
        y = ops.reshape(mixed / (total + self.epsilon), (-1, height, width, channels // 3))
        return ops.cast(y, x.dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "width": self.width, "epsilon": self.epsilon}
