"""Convolutions whose kernel each image blends of several experts'.

Paper: Yang et al., CondConv, 2019. arXiv:1904.04971
"""

from typing import Any

from keras import KerasTensor, layers, ops

from . import registered
from .initializers import Draw


@registered
class ConditionalConv2D(layers.Layer):
    """Convolve each image with a kernel of its own: 1x1, or depthwise.

    Args:
        filters: channels that come out.
        kernel: side of the window.
        stride: its step.
        depthwise: convolve each channel apart.
        padding: "same" as TensorFlow pads, or "valid".
    """

    tensors = {"experts": "weight"}  # noqa: RUF012 (read by convert)

    def __init__(
        self,
        filters: int,
        kernel: int,
        *,
        stride: int = 1,
        depthwise: bool = False,
        padding: str = "valid",
        **settings: Any,
    ):
        super().__init__(**settings)
        if not depthwise and kernel * stride > 1:
            raise NotImplementedError("experts of a full convolution wider than 1x1")
        self.filters = filters
        self.kernel = kernel
        self.stride = stride
        self.depthwise = depthwise
        self.padding = padding

    def build(self, x_shape: tuple[int, ...], shares_shape: tuple[int, ...]) -> None:
        """Make the experts' kernels, each a row in PyTorch's order."""
        size = self.filters * (self.kernel**2 if self.depthwise else x_shape[-1])
        self.experts = self.add_weight(
            shape=(shares_shape[-1], size), initializer=Draw(), name="experts"
        )

    def call(self, x: KerasTensor, shares: KerasTensor) -> KerasTensor:
        """Convolve.

        Args:
            x: (batch, height, width, channels).
            shares: of each expert, (batch, experts).
        """
        kernels = ops.matmul(shares, self.experts)
        _, height, width, channels = x.shape
        if not self.depthwise:
            kernels = ops.reshape(kernels, (-1, self.filters, channels))
            pixels = ops.reshape(x, (-1, height * width, channels))
            y = ops.matmul(pixels, ops.transpose(kernels, (0, 2, 1)))
            return ops.reshape(y, (-1, height, width, self.filters))
        kernels = ops.reshape(kernels, (-1, 1, 1, channels, self.kernel**2))
        step, reach = self.stride, self.kernel
        if self.padding == "same":
            sides = [max((side - 1) // step * step + reach - side, 0) for side in (height, width)]
            around = [(side // 2, side - side // 2) for side in sides]
            x = ops.pad(x, ((0, 0), *around, (0, 0)))
        rows, columns = ((side - reach) // step + 1 for side in x.shape[1:3])
        pieces = [
            x[:, i : i + (rows - 1) * step + 1 : step, j : j + (columns - 1) * step + 1 : step]
            * kernels[..., i * reach + j]
            for i in range(reach)
            for j in range(reach)
        ]
        return sum(pieces[1:], pieces[0])

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = ("filters", "kernel", "stride", "depthwise", "padding")
        return {**super().get_config(), **{key: getattr(self, key) for key in own}}
