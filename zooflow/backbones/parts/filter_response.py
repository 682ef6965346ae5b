"""Filter response normalisation, which needs no batch.

Paper: Singh and Krishnan, Filter Response Normalization Layer, 2019. arXiv:1911.09737
"""

from typing import Any

from keras import KerasTensor, layers, ops

from . import registered


@registered
class FilterResponseNorm(layers.Layer):
    """Divide each channel by its root mean square over the image, and cut off below a threshold.

    Args:
        activates: cut off; else only divide, scale and shift.
        epsilon: added to the mean square.
    """

    tensors = {"gamma": "weight", "beta": "bias", "tau": "tau"}  # noqa: RUF012 (read by convert)

    def __init__(self, *, activates: bool = True, epsilon: float = 1e-5, **settings: Any):
        super().__init__(**settings)
        self.activates = activates
        self.epsilon = epsilon

    def build(self, shape: tuple[int, ...]) -> None:
        """Make scale, shift and threshold."""
        self.gamma = self.add_weight(shape=shape[-1:], initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape[-1:], initializer="zeros", name="beta")
        if self.activates:
            self.tau = self.add_weight(shape=shape[-1:], initializer="zeros", name="tau")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Normalise x, (batch, height, width, channels)."""
        square = ops.mean(ops.square(ops.cast(x, "float32")), axis=(1, 2), keepdims=True)
        x = x * ops.cast(ops.rsqrt(square + self.epsilon), x.dtype) * self.gamma + self.beta
        return ops.maximum(x, self.tau) if self.activates else x

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"activates": self.activates, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
