"""Attention by two small matrices that mix the rows and the columns of an image.

Paper: Chi et al., Non-Local Neural Networks With Grouped Bilinear Attentional Transforms, 2020.
"""

from typing import Any

from keras import KerasTensor, layers, ops

from ...errors import BadInput
from . import add, registered, rounded
from .norm_act import conv_norm_act


@registered
class BilinearMix(layers.Layer):
    """Mix the rows of an image by one matrix and its columns by another.

    Args:
        block_size: sides of the matrices; it divides those of the image.
        groups: parts of the channels that have matrices of their own.
    """

    def __init__(self, block_size: int, groups: int, **settings: Any):
        super().__init__(**settings)
        self.block_size = block_size
        self.groups = groups

    def call(self, x: KerasTensor, p: KerasTensor, q: KerasTensor) -> KerasTensor:
        """Mix.

        Args:
            x: (batch, height, width, channels).
            p: for the rows, before its sigmoid, (batch, 1, 1, groups * block_size ** 2).
            q: for the columns, likewise.
        """
        _, height, width, channels = x.shape
        side, groups = self.block_size, self.groups
        p, q = (ops.sigmoid(ops.reshape(m, (-1, groups, side, side))) for m in (p, q))
        p = p / ops.sum(p, axis=3, keepdims=True)
        q = q / ops.sum(q, axis=2, keepdims=True)
        parts = (-1, side, height // side, side, width // side, groups, channels // groups)
        x = ops.einsum("ngij,njalbgc->nialbgc", p, ops.reshape(x, parts))
        x = ops.einsum("nialbgc,nglk->niakbgc", x, q)
        return ops.reshape(x, (-1, height, width, channels))

    def compute_output_shape(self, x_shape: Any, p_shape: Any, q_shape: Any) -> Any:
        """Give the shape of x."""
        return x_shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"block_size": self.block_size, "groups": self.groups}
        return {**super().get_config(), **own}


def bilinear_attention(
    x: KerasTensor,
    *,
    block_size: int = 7,
    groups: int = 2,
    rd_ratio: float = 0.25,
    rd_divisor: int = 8,
    name: str,
) -> KerasTensor:
    """Add what two matrices, made of the image's own maxima, mix of it.

    Args:
        x: (batch, height, width, channels).
        block_size: sides of the matrices.
        groups: parts of the channels that have matrices of their own.
        rd_ratio: channels that are mixed over all.
        rd_divisor: that they are a multiple of.
        name: that those of the layers begin with.

    Raises:
        BadInput: matrices do not divide the image.
    """
    _, height, width, channels = x.shape
    if height % block_size or width % block_size:
        raise BadInput(
            f"features of {height} x {width} do not divide into {block_size} x {block_size}",
            hint=f"choose images whose sides are multiples of {32 * block_size} pixels",
        )
    side, count = block_size, groups * block_size**2
    inner = conv_norm_act(x, rounded(channels * rd_ratio, rd_divisor), 1, name=f"{name}-conv1")
    y = conv_norm_act(inner, groups, 1, name=f"{name}-ba-conv1")
    p = layers.MaxPooling2D((height // side, width), name=f"{name}-ba-rows")(y)
    p = layers.Conv2D(count, (side, 1), name=f"{name}-ba-conv_p")(p)
    q = layers.MaxPooling2D((height, width // side), name=f"{name}-ba-columns")(y)
    q = layers.Conv2D(count, (1, side), name=f"{name}-ba-conv_q")(q)
    y = BilinearMix(side, groups, name=f"{name}-ba-mix")(inner, p, q)
    y = conv_norm_act(y, inner.shape[-1], 1, name=f"{name}-ba-conv2")
    y = conv_norm_act(y, channels, 1, name=f"{name}-conv2")
    return add(x, y, name=name)
