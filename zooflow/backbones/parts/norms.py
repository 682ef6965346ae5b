"""Norms of channels beyond Keras's own."""

from typing import Any

from keras import KerasTensor, layers, ops

from . import registered


@registered
class SimpleNorm(layers.Layer):
    """Divide by the deviation along the last axis, without taking the mean away.

    Args:
        epsilon: added to the variance.
    """

    tensors = {"scale": "weight"}  # noqa: RUF012 (read by convert)

    def __init__(self, epsilon: float = 1e-6, **settings: Any):
        super().__init__(**settings)
        self.epsilon = epsilon

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the factors."""
        self.scale = self.add_weight(shape=shape[-1:], initializer="ones", name="scale")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Normalise x, (…, channels)."""
        channels = x.shape[-1]
        wide = ops.cast(x, "float32")
        variance = ops.var(wide, axis=-1, keepdims=True) * (channels / (channels - 1))  # unbiased
        return ops.cast(wide * ops.rsqrt(variance + self.epsilon), x.dtype) * self.scale

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of x."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "epsilon": self.epsilon}


@registered
class GlobalResponseNorm(layers.Layer):
    """Weigh channels by their share of what the whole image says.

    Paper: Woo et al., ConvNeXt V2, 2023. arXiv:2301.00808
    """

    tensors = {"weight": "weight", "bias": "bias"}  # noqa: RUF012 (read by convert)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make factors and biases."""
        self.weight = self.add_weight(shape=shape[-1:], initializer="zeros", name="weight")
        self.bias = self.add_weight(shape=shape[-1:], initializer="zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Normalise x, (batch, height, width, channels)."""
        squares = ops.square(ops.cast(x, "float32"))
        size = ops.sqrt(ops.sum(squares, axis=(1, 2), keepdims=True))
        share = ops.cast(size / (ops.mean(size, axis=-1, keepdims=True) + 1e-6), x.dtype)
        return x + self.weight * (x * share) + self.bias

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of x."""
        return shape


def simple_norm(x: KerasTensor, *, epsilon: float = 1e-6, name: str) -> KerasTensor:
    """Divide the last axis by its deviation."""
    return SimpleNorm(epsilon, name=name)(x)
