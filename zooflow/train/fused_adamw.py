"""Optimizers on TensorFlow: gradients in one piece, and AdamW through its own kernel.

What all variables share is computed once a step: a graph that holds it for each of them takes twice
as long to trace.
"""

from typing import Any

import keras
from keras.optimizers import AdamW, Optimizer


class Dense(Optimizer):
    """Sum what an embedding learns in all places where a token stands; goes before Keras's kinds.

    Keras's own square and clip the gradient of each place, where that of their sum is meant.
    """

    _rate: Any = None  # of the step in hand

    def _get_current_learning_rate(self) -> Any:
        return super()._get_current_learning_rate() if self._rate is None else self._rate

    def _backend_apply_gradients(
        self, grads: list[Any], trainable_variables: list[keras.Variable]
    ) -> None:
        import tensorflow as tf

        dense = [tf.convert_to_tensor(gradient) for gradient in grads]
        self._rate = super()._get_current_learning_rate()
        super()._backend_apply_gradients(dense, trainable_variables)
        self._rate = None


class FusedAdamW(Dense, AdamW):
    """AdamW that updates a variable in one pass over it; Keras's own takes a dozen."""

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        import tensorflow as tf

        if not self.global_clipnorm:
            return grads
        return tf.clip_by_global_norm(grads, self.global_clipnorm)[0]

    def _backend_update_step(
        self, grads: list[Any], trainable_variables: list[keras.Variable], learning_rate: Any
    ) -> None:
        import tensorflow as tf

        beta1, beta2 = tf.constant(self.beta_1), tf.constant(self.beta_2)
        step = tf.cast(self.iterations + 1, beta1.dtype)
        self._shared = {
            "beta1_power": beta1**step,
            "beta2_power": beta2**step,
            "beta1": beta1,
            "beta2": beta2,
            "epsilon": tf.constant(self.epsilon),
        }
        super()._backend_update_step(grads, trainable_variables, learning_rate)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a tf.Variable."""
        import tensorflow as tf

        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            grad=gradient,
            **self._shared,
        )
