"""A learned number that a residual is multiplied by.

Paper: De and Smith, Batch Normalization Biases Residual Blocks Towards the Identity Function, 2020.
arXiv:2002.10444
"""

from keras import KerasTensor, layers

from . import registered


@registered
class SkipGain(layers.Layer):
    """Multiply by one learned number, whose tensor bears the layer's own name."""

    tensors = {"gain": ""}  # noqa: RUF012 (read by convert)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the number."""
        self.gain = self.add_weight(shape=(), initializer="zeros", name="gain")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Multiply x, (batch, …)."""
        return x * self.gain
