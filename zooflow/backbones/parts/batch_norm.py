"""Batch normalisation that learns through the backends' own kernels."""

from collections.abc import Callable
from typing import Any

import keras
from keras import KerasTensor, layers

Normalise = Callable[[Any, Any, Any, float], tuple[Any, Any, Any]]


@keras.saving.register_keras_serializable("zooflow")
class BatchNorm(layers.BatchNormalization):
    """Normalise each channel over the batch.

    Keras's own, which goes over a batch of images some ten times while it learns, and in float32
    whatever the precision, takes a quarter of a step of EfficientNet. The numbers are the same.
    """

    def call(
        self, inputs: KerasTensor, training: bool | None = None, mask: Any = None
    ) -> KerasTensor:
        """Normalise inputs, (batch, height, width, channels)."""
        kernel = KERNELS.get(keras.backend.backend())
        images = len(inputs.shape) == 4 and mask is None
        if not (training and self.trainable and images and kernel):
            return super().call(inputs, training=training, mask=mask)
        y, mean, variance = kernel(inputs, self.gamma, self.beta, self.epsilon)
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return y


def tensorflow_kernel(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalise x, and give the mean and the variance of each channel."""
    import tensorflow as tf

    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.convert_to_tensor(gamma),
        offset=tf.convert_to_tensor(beta),
        mean=tf.zeros(0),
        variance=tf.zeros(0),
        epsilon=epsilon,
    )
    pixels = tf.cast(tf.reduce_prod(tf.shape(x)[:-1]), variance.dtype)
    return y, mean, variance * tf.maximum(pixels - 1, 1) / pixels  # the kernel divides by n - 1


def torch_kernel(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalise x, and give the mean and the variance of each channel."""
    import torch

    y, mean, inverse = torch.native_batch_norm(
        x.permute(0, 3, 1, 2), gamma.value, beta.value, None, None, True, 0.0, epsilon
    )
    return y.permute(0, 2, 3, 1), mean, inverse**-2 - epsilon


KERNELS: dict[str, Normalise] = {"tensorflow": tensorflow_kernel, "torch": torch_kernel}
