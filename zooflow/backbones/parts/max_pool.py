"""Maximum pooling as PyTorch pads it: both sides alike, with nothing that could be the maximum."""

from typing import Any

from keras import KerasTensor, layers, ops

from . import registered


@registered
class MaxPool(layers.Layer):
    """Take the largest value of every window.

    Args:
        size: side of the window; odd.
        stride: its step.
    """

    def __init__(self, size: int = 3, stride: int = 2, **settings: Any):
        super().__init__(**settings)
        self.size = size
        self.stride = stride

    def call(self, x: KerasTensor) -> KerasTensor:
        """Pool x, (batch, height, width, channels)."""
        edge = (self.size // 2, self.size // 2)
        x = ops.pad(x, ((0, 0), edge, edge, (0, 0)), constant_values=float("-inf"))
        return ops.max_pool(x, self.size, self.stride, data_format="channels_last")

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "size": self.size, "stride": self.stride}
