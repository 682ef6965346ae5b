"""Optimizers on TensorFlow: gradients in one piece, and AdamW through its own kernel."""

from typing import Any

import keras
from keras.optimizers import AdamW, Optimizer


class Dense(Optimizer):
    """Sum what an embedding learns in all places where a token stands; goes before Keras's kinds.

    Keras's own square and clip the gradient of each place, where that of their sum is meant.
    """

    def _backend_apply_gradients(
        self, grads: list[Any], trainable_variables: list[keras.Variable]
    ) -> None:
        import tensorflow as tf

        dense = [tf.convert_to_tensor(gradient) for gradient in grads]
        super()._backend_apply_gradients(dense, trainable_variables)


class FusedAdamW(Dense, AdamW):
    """AdamW that updates a variable in one pass over it; Keras's own takes a dozen."""

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        import tensorflow as tf

        if not self.global_clipnorm:
            return grads
        return tf.clip_by_global_norm(grads, self.global_clipnorm)[0]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a tf.Variable."""
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )
