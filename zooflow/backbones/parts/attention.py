"""Attention as transformers share it, and the small steps around it: no weights but a scale."""

import math
from typing import Any

from keras import KerasTensor, initializers, layers, ops, random

from . import registered


@registered
class Attention(layers.Layer):
    """Mix values by the likeness of queries and keys, in heads.

    Paper: Vaswani et al., Attention Is All You Need, 2017. arXiv:1706.03762

    Args:
        heads: parts of the width that attend on their own.
        dropout: share of the probabilities that training drops.
    """

    def __init__(self, heads: int, dropout: float = 0.0, **settings: Any):
        super().__init__(**settings)
        self.heads = heads
        self.dropout = dropout
        self.seed = random.SeedGenerator() if dropout else None

    def call(
        self,
        q: KerasTensor,
        k: KerasTensor,
        v: KerasTensor,
        bias: KerasTensor | None = None,
        training: bool = False,
    ) -> KerasTensor:
        """Attend.

        Args:
            q: queries, (batch, length, width) or (batch, length, heads, width / heads).
            k: keys, likewise; their length may be another.
            v: values, (batch, length of the keys, width).
            bias: added to the likeness, broadcast to (batch, heads, length, length of the keys).
            training: drop probabilities.
        """
        q, k, v = (split_heads(x, self.heads) for x in (q, k, v))
        if training and self.dropout:
            return merge_heads(self._attend_and_drop(q, k, v, bias))
        return merge_heads(ops.dot_product_attention(q, k, v, bias=bias))

    def _attend_and_drop(
        self, q: KerasTensor, k: KerasTensor, v: KerasTensor, bias: KerasTensor | None
    ) -> KerasTensor:
        """Do what ops.dot_product_attention does, which cannot drop."""
        likeness = ops.einsum("bqhd,bkhd->bhqk", q * q.shape[-1] ** -0.5, k)
        likeness = ops.cast(likeness, "float32")
        if bias is not None:
            likeness = likeness + ops.cast(bias, "float32")
        shares = ops.cast(ops.softmax(likeness), v.dtype)
        shares = random.dropout(shares, self.dropout, seed=self.seed)
        return ops.einsum("bhqk,bkhd->bqhd", shares, v)

    def compute_output_shape(self, q_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (batch, length, width)."""
        batch, length, *width = q_shape
        return batch, length, math.prod(width)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout}


@registered
class DifferentialAttention(layers.Layer):
    """Subtract one attention from another, which takes the noise of both away.

    Paper: Ye et al., Differential Transformer, 2024. arXiv:2410.05258

    Args:
        heads: pairs of attentions.
        initial: how much of the second is taken away before anything is learned, 0 to 1.
    """

    def __init__(self, heads: int, initial: float, **settings: Any):
        super().__init__(**settings)
        self.heads = heads
        self.initial = initial

    def call(self, q: KerasTensor, k: KerasTensor, v: KerasTensor, *balance: Any) -> KerasTensor:
        """Attend.

        Args:
            q: queries, (batch, length, width) or in twice as many heads.
            k: keys, likewise.
            v: values, (batch, length, width).
            balance: the four vectors q1, k1, q2 and k2 of which the share of the second
                attention is made, each (batch, width / heads / 2).

        Returns:
            The heads apart, (batch, length, heads, width / heads).
        """
        q1, k1, q2, k2 = balance
        share = ops.exp(ops.sum(q1 * k1, -1)) - ops.exp(ops.sum(q2 * k2, -1)) + self.initial
        q, k, v = (split_heads(x, 2 * self.heads) for x in (q, k, v))
        halves = [  # JAX wants values as wide as the queries: each half of a head by itself
            ops.dot_product_attention(q, k, repeat_heads(v[:, :, half::2], 2)) for half in (0, 1)
        ]
        mixed = ops.concatenate(halves, axis=-1)
        return mixed[:, :, 0::2] - share[:, None, None, None] * mixed[:, :, 1::2]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "initial": self.initial}


def split_heads(x: KerasTensor, heads: int) -> KerasTensor:
    """Cut the width into heads; nothing where that was done."""
    if len(x.shape) == 4:
        return x
    return ops.reshape(x, (-1, ops.shape(x)[1], heads, x.shape[-1] // heads))


def repeat_heads(x: KerasTensor, times: int) -> KerasTensor:
    """Put each head so many times in a row; to trace `ops.repeat`, Keras computes it in torch."""
    _, _, heads, width = x.shape
    return ops.reshape(ops.stack([x] * times, axis=3), (-1, ops.shape(x)[1], heads * times, width))


def merge_heads(x: KerasTensor) -> KerasTensor:
    """Lay the heads side by side again."""
    return ops.reshape(x, (-1, ops.shape(x)[1], x.shape[-2] * x.shape[-1]))


@registered
class Split(layers.Layer):
    """Cut the last axis into parts.

    Args:
        widths: of the parts.
    """

    def __init__(self, widths: tuple[int, ...], **settings: Any):
        super().__init__(**settings)
        self.widths = tuple(widths)

    def call(self, x: KerasTensor) -> list[KerasTensor]:
        """Cut x, (…, sum of the widths)."""
        ends = [sum(self.widths[: i + 1]) for i in range(len(self.widths) - 1)]
        return ops.split(x, ends, axis=-1)

    def compute_output_shape(self, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Give as many shapes as there are parts: Keras would compute a batch to find out."""
        return [(*shape[:-1], width) for width in self.widths]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "widths": self.widths}


@registered
class Token(layers.Layer):
    """Take one token of a sequence, (batch, length, width).

    Args:
        index: which.
    """

    def __init__(self, index: int = 0, **settings: Any):
        super().__init__(**settings)
        self.index = index

    def call(self, x: KerasTensor) -> KerasTensor:
        """Take the token, (batch, width)."""
        return x[:, self.index]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "index": self.index}


@registered
class First(layers.Layer):
    """Take the first tokens of a sequence, (batch, length, …).

    Args:
        count: how many.
    """

    def __init__(self, count: int, **settings: Any):
        super().__init__(**settings)
        self.count = count

    def call(self, x: KerasTensor) -> KerasTensor:
        """Take the tokens, (batch, count, …)."""
        return x[:, : self.count]

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (batch, count, …)."""
        return shape[0], self.count, *shape[2:]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "count": self.count}


@registered
class MaskedMean(layers.Layer):
    """Average the tokens of a sequence that are there."""

    def call(self, x: KerasTensor, present: KerasTensor) -> KerasTensor:
        """Average.

        Args:
            x: (batch, length, width).
            present: (batch, length), 1 for a token, 0 for padding.

        Returns:
            (batch, width).
        """
        weights = ops.expand_dims(ops.cast(present, "float32"), axis=-1)
        total = ops.sum(ops.cast(x, "float32") * weights, axis=1)
        return ops.cast(total / ops.maximum(ops.sum(weights, axis=1), 1), x.dtype)

    def compute_output_shape(self, x_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give (batch, width)."""
        return x_shape[0], x_shape[2]


@registered
class Scale(layers.Layer):
    """Scale each channel by a learned factor.

    Paper: Touvron et al., Going Deeper with Image Transformers, 2021. arXiv:2103.17239

    Args:
        initial: factor before anything is learned.
        tensor: the factors' name in the checkpoint, behind the layer's; "" where they bear that.
    """

    def __init__(self, initial: float, tensor: str = "gamma", **settings: Any):
        super().__init__(**settings)
        self.initial = initial
        self.tensor = tensor
        self.tensors = {"gamma": tensor}  # read by convert

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the factors."""
        self.gamma = self.add_weight(
            shape=shape[-1:], initializer=initializers.Constant(self.initial), name="gamma"
        )

    def call(self, x: KerasTensor) -> KerasTensor:
        """Scale x, (…, channels)."""
        return x * self.gamma

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of x."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "initial": self.initial, "tensor": self.tensor}


@registered
class RMSNorm(layers.RMSNormalization):
    """Divide by the root of the mean square along the last axis.

    Paper: Zhang and Sennrich, Root Mean Square Layer Normalization, 2019. arXiv:1910.07467
    """

    tensors = {"scale": "weight"}  # noqa: RUF012 (read by convert)


def rms_norm(x: KerasTensor, *, epsilon: float = 1e-6, name: str) -> KerasTensor:
    """Normalise the last axis by its root mean square."""
    return RMSNorm(epsilon=epsilon, name=name)(x)
