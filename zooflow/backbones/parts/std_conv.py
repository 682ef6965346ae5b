"""Convolutions whose kernels are standardised, as networks without batch normalisation need.

Paper: Qiao et al., Micro-Batch Training with Batch-Channel Normalization and Weight
Standardization, 2019. arXiv:1903.10520; scaled: Brock et al., Characterizing Signal Propagation to
Close the Performance Gap in Unnormalized ResNets, 2021. arXiv:2101.08692
"""

from typing import Any

from keras import KerasTensor, ops

from . import pad, registered
from .grouped import GroupedConv2D
from .initializers import Draw


@registered
class StdConv2D(GroupedConv2D):
    """Convolve by a kernel of which every filter has mean 0 and deviation 1.

    Args:
        epsilon: added to the variance.
    """

    def __init__(self, *arguments: Any, epsilon: float = 1e-6, **settings: Any):
        super().__init__(*arguments, **settings)
        self.epsilon = epsilon

    def convolution_op(self, inputs: KerasTensor, kernel: KerasTensor) -> KerasTensor:
        """Convolve inputs, (batch, height, width, channels)."""
        return super().convolution_op(inputs, self.standardised(kernel))

    def standardised(self, kernel: KerasTensor) -> KerasTensor:
        """Shift and scale every filter of a kernel."""
        exact = ops.cast(kernel, "float32")
        mean, variance = ops.moments(exact, axes=(0, 1, 2), keepdims=True)
        return ops.cast((exact - mean) * ops.rsqrt(variance + self.epsilon), kernel.dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "epsilon": self.epsilon}


@registered
class ScaledStdConv2D(StdConv2D):
    """Convolve by a standardised kernel, divided by its size and multiplied by a learned gain.

    Args:
        scale: constant factor: the gain of the activation that follows.
    """

    tensors = {"kernel": "weight", "bias": "bias", "gain": "gain"}  # noqa: RUF012 (for convert)

    def __init__(self, *arguments: Any, scale: float = 1.0, **settings: Any):
        super().__init__(*arguments, **settings)
        self.scale = scale

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the gain, (filters, 1, 1, 1), too."""
        super().build(shape)
        self.gain = self.add_weight(shape=(self.filters, 1, 1, 1), initializer="ones", name="gain")

    def standardised(self, kernel: KerasTensor) -> KerasTensor:
        """Shift and scale every filter of a kernel."""
        height, width, channels, filters = kernel.shape
        gain = ops.reshape(self.gain, (filters,)) * self.scale
        return super().standardised(kernel) * gain * (height * width * channels) ** -0.5

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "scale": self.scale}


def std_conv(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    epsilon: float = 1e-6,
    padding: str = "both",
    name: str,
) -> KerasTensor:
    """Convolve by a standardised kernel, padded as `parts.conv` pads; arguments as there."""
    x = x if padding == "same" else pad(x, (kernel - 1) // 2, name=f"{name}-pad")
    layer = StdConv2D(
        filters,
        kernel,
        stride,
        padding="same" if padding == "same" else "valid",
        use_bias=False,
        kernel_initializer=Draw(),
        epsilon=epsilon,
        name=name,
    )
    return layer(x)


def scaled_conv(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    scale: float = 1.0,
    epsilon: float = 1e-5,
    same: bool = False,
    name: str,
) -> KerasTensor:
    """Convolve by a standardised kernel with a gain.

    Args:
        x: (batch, height, width, channels).
        filters: channels that come out.
        kernel: side of the window.
        stride: its step.
        groups: parts of the channels that are convolved apart.
        scale: constant factor.
        epsilon: added to the variance of the kernel.
        same: pad as TensorFlow does; else both sides alike.
        name: of the layer.
    """
    if not same:
        x = pad(x, (kernel - 1) // 2, name=f"{name}-pad")
    layer = ScaledStdConv2D(
        filters,
        kernel,
        stride,
        padding="same" if same else "valid",
        groups=groups,
        kernel_initializer=Draw(),
        scale=scale,
        epsilon=epsilon,
        name=name,
    )
    return layer(x)
