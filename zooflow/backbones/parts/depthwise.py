"""Depthwise convolution with large windows that learns fast on the CPU."""

from typing import Any

import keras
from keras import KerasTensor, layers, ops

from ...backend import devices


@keras.saving.register_keras_serializable("zooflow")
class DepthwiseConv(layers.DepthwiseConv2D):
    """Convolve each channel by itself.

    TensorFlow's processor kernel for the gradient of a window of 5x5 takes ten times as long as
    the convolution; of 3x3 not. So while it learns, the gradient is put together of such parts.
    """

    def call(self, inputs: KerasTensor, training: bool | None = None) -> KerasTensor:
        """Convolve inputs, (batch, height, width, channels)."""
        large = max(self.kernel_size) > PART and {*self.strides, *self.dilation_rate} == {1}
        if not (training and large and _slow()):
            return super().call(inputs)
        kernel = ops.convert_to_tensor(self.kernel)
        y = convolve(ops.cast(inputs, kernel.dtype), kernel, self.padding.upper())
        return y + self.bias if self.use_bias else y


def _slow() -> bool:
    return keras.backend.backend() == "tensorflow" and devices()[0].startswith("CPU")


PART = 3  # side of the largest window whose gradient is fast


def convolve(x: Any, kernel: Any, padding: str) -> Any:
    """Convolve by TensorFlow, with a gradient of its own.

    Args:
        x: (batch, height, width, channels).
        kernel: (rows, columns, channels, 1).
        padding: "SAME" or "VALID".
    """
    import tensorflow as tf

    settings = {"strides": [1, 1, 1, 1], "padding": padding}

    @tf.custom_gradient
    def run(x: Any, kernel: Any) -> Any:
        def gradients(dy: Any) -> tuple[Any, Any]:
            dx = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
                input_sizes=tf.shape(x), filter=kernel, out_backprop=dy, **settings
            )
            return dx, kernel_gradient(x, dy)

        return tf.nn.depthwise_conv2d(x, kernel, **settings), gradients

    def kernel_gradient(x: Any, dy: Any) -> Any:
        rows, columns = kernel.shape[:2]
        if padding == "SAME":
            edges = [((side - 1) // 2, side // 2) for side in (rows, columns)]
            x = tf.pad(x, [(0, 0), *edges, (0, 0)])
        height, width = tf.unstack(tf.shape(dy)[1:3])

        def part(top: int, left: int) -> Any:
            high, wide = min(PART, rows - top), min(PART, columns - left)
            return tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
                input=x[:, top : top + height + high - 1, left : left + width + wide - 1],
                filter_sizes=[high, wide, *kernel.shape[2:]],
                out_backprop=dy,
                strides=[1, 1, 1, 1],
                padding="VALID",
            )

        stripes = [
            tf.concat([part(top, left) for left in range(0, columns, PART)], axis=1)
            for top in range(0, rows, PART)
        ]
        return tf.concat(stripes, axis=0)

    return run(x, tf.convert_to_tensor(kernel))  # eagerly it may be a variable still
