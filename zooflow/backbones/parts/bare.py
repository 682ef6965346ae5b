"""Biases that a checkpoint holds by themselves, not as a part of a layer."""

from typing import Any

from keras import KerasTensor, layers

from . import registered


@registered
class Bias(layers.Layer):
    """Shift each channel by a learned number, whose tensor bears the layer's own name."""

    tensors = {"bias": ""}  # noqa: RUF012 (read by convert)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the numbers."""
        self.bias = self.add_weight(shape=shape[-1:], initializer="zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Shift x, (…, channels)."""
        return x + self.bias

    def compute_output_shape(self, shape: Any) -> Any:
        """Give the shape of x."""
        return shape
