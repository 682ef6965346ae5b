"""Gradients by whatever backend computes."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradient(function: Callable[[Any], Any], at: np.ndarray) -> np.ndarray:
    """Differentiate a function of one tensor.

    Args:
        function: from a tensor to a scalar tensor.
        at: where.

    Returns:
        The gradient, in the shape of `at`.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(function)(at))
    if backend == "torch":
        import torch

        with torch.enable_grad():
            point = keras.ops.convert_to_tensor(at).detach().requires_grad_()
            (found,) = torch.autograd.grad(function(point), point)
        return keras.ops.convert_to_numpy(found)
    import tensorflow as tf

    point = tf.convert_to_tensor(at)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = function(point)
    return keras.ops.convert_to_numpy(tape.gradient(value, point))
