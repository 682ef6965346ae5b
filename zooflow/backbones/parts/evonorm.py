"""Normalisation and activation in one, found by search.

Paper: Liu et al., Evolving Normalization-Activation Layers, 2020. arXiv:2004.02967
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from keras import KerasTensor, layers, ops

from . import registered


@registered
class EvoNorm(layers.Layer):
    """Gate each channel by itself, divide by the deviation of its group, scale and shift.

    Args:
        activates: gate and divide; else only scale and shift.
        size: channels of a group; 0 for 32 groups.
        epsilon: added to the variance.
    """

    tensors = {"gamma": "weight", "beta": "bias", "v": "v"}  # noqa: RUF012 (read by convert)

    def __init__(
        self, *, activates: bool = True, size: int = 0, epsilon: float = 1e-5, **settings: Any
    ):
        super().__init__(**settings)
        self.activates = activates
        self.size = size
        self.epsilon = epsilon

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the scale, the shift and the gate."""
        self.gamma = self.add_weight(shape=shape[-1:], initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape[-1:], initializer="zeros", name="beta")
        if self.activates:
            self.v = self.add_weight(shape=shape[-1:], initializer="ones", name="v")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Normalise x, (batch, height, width, channels)."""
        if self.activates:
            _, height, width, channels = x.shape
            size = self.size or channels // 32
            parts = (-1, height, width, channels // size, size)
            spread = ops.var(ops.reshape(ops.cast(x, "float32"), parts), (1, 2, 4), keepdims=True)
            spread = ops.cast(ops.sqrt(spread + self.epsilon), x.dtype)
            y = ops.reshape(x * ops.sigmoid(x * self.v), parts) / spread
            x = ops.reshape(y, (-1, height, width, channels))
        return x * self.gamma + self.beta

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"activates": self.activates, "size": self.size, "epsilon": self.epsilon}
        return {**super().get_config(), **own}


@registered
class EvoNormA(EvoNorm):
    """Divide by the deviation of the group also where channels do not gate themselves."""

    def call(self, x: KerasTensor) -> KerasTensor:
        """Normalise x, (batch, height, width, channels)."""
        _, height, width, channels = x.shape
        size = self.size or channels // 32
        parts = (-1, height, width, channels // size, size)
        spread = ops.var(ops.reshape(ops.cast(x, "float32"), parts), (1, 2, 4), keepdims=True)
        spread = ops.cast(ops.sqrt(spread + self.epsilon), x.dtype)
        x = x * ops.sigmoid(x * self.v) if self.activates else x
        y = ops.reshape(ops.reshape(x, parts) / spread, (-1, height, width, channels))
        return y * self.gamma + self.beta


EVOLVED: dict[str, Callable[..., layers.Layer]] = {
    "evonorms0": EvoNorm,
    "evonorms0-8": partial(EvoNorm, size=8),
    "evonorms0a": partial(EvoNormA, epsilon=1e-3),
    "evonorms0a-16": partial(EvoNormA, size=16, epsilon=1e-3),
}
